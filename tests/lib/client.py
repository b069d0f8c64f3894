# SPDX-License-Identifier: AGPL-3.0-or-later
"""The HTTP API as a client sees it, over kept-alive connections of one's own."""
import http.client
import json
import urllib.parse


class Refused(Exception):
    """An answer with a status of 400 or more."""

    def __init__(self, status, body, headers=None):
        error = body.get('error', {}) if isinstance(body, dict) else {}
        self.status = status
        self.code = error.get('code', '')
        self.message = error.get('message', '')
        self.diagnostics = error.get('diagnostics', [])
        self.body = body
        self.headers = headers or {}
        super().__init__(f'{status} {self.code}: {self.message or body!r}')


class Answer:
    """status, headers (lower-case names), body (bytes); json() decodes it."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Commands:
    """The session protocol by method: whoever has request(command, arguments) has these.

    Each takes its arguments by name and returns the body, or raises Refused:
    session.step_in(granularity='instruction', count=3)
    """

    def request(self, command, arguments):
        raise NotImplementedError


def _command(name):
    def call(self, **arguments):
        return self.request(name, arguments)
    call.__name__ = call.__doc__ = name
    return call


COMMANDS = {
    'step_in': 'stepIn', 'next': 'next', 'step_out': 'stepOut', 'step_back': 'stepBack',
    'continue_': 'continue', 'reverse_continue': 'reverseContinue', 'goto': 'goto', 'seek': 'seek',
    'pause': 'pause', 'state': 'state', 'registers': 'registers', 'stack_trace': 'stackTrace',
    'scopes': 'scopes', 'variables': 'variables', 'evaluate': 'evaluate', 'disassemble': 'disassemble',
    'read_memory': 'readMemory', 'source': 'source', 'output': 'output', 'threads': 'threads',
    'exception_info': 'exceptionInfo', 'timeline': 'timeline', 'window': 'window',
    'breakpoint_locations': 'breakpointLocations', 'set_breakpoints': 'setBreakpoints',
    'set_instruction_breakpoints': 'setInstructionBreakpoints', 'input': 'input', 'terminate': 'terminate',
    'syscalls': 'syscalls', 'set_syscall_rules': 'setSyscallRules',
    'set_exception_breakpoints': 'setExceptionBreakpoints',
    'set_variable': 'setVariable', 'set_register': 'setRegister', 'write_memory': 'writeMemory', 'rewind': 'rewind',
}
for _method, _name in COMMANDS.items():
    setattr(Commands, _method, _command(_name))


class Client:
    """One user: a base URL, a cookie, one connection that is opened again when it was closed."""

    def __init__(self, base, cookie='', headers=None, timeout=60):
        self.base = base.rstrip('/')
        self.url = urllib.parse.urlsplit(self.base)
        self.cookie, self.headers, self.timeout = cookie, dict(headers or {}), timeout
        self._connection = None

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None

    def _send(self, method, path, body, headers):
        if not self._connection:
            self._connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=self.timeout)
        self._connection.request(method, path, body, headers)
        return self._connection.getresponse()

    def fetch(self, method, path, body=None, headers=None):
        """An Answer, whatever its status.  A kept connection that the server has closed is opened again."""
        merged = dict(self.headers)
        if self.cookie:
            merged['Cookie'] = self.cookie
        if method != 'GET':
            merged['Origin'] = self.base
        merged.update(headers or {})
        kept = self._connection is not None
        try:
            try:
                response = self._send(method, path, body, merged)
            except (http.client.RemoteDisconnected, ConnectionError):
                self.close()
                if not kept:
                    raise
                response = self._send(method, path, body, merged)
            answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        except BaseException:
            self.close()
            raise
        if response.will_close:
            self.close()
        return answer

    def call(self, method, path, value=None):
        """JSON to JSON; Refused for 400 and over."""
        body = None if value is None else json.dumps(value).encode()
        headers = {'Content-Type': 'application/json'} if body is not None else {}
        answer = self.fetch(method, path, body, headers)
        try:
            decoded = answer.json() if answer.body else {}
        except ValueError:
            decoded = answer.body.decode(errors='replace')
        if answer.status >= 400:
            raise Refused(answer.status, decoded, answer.headers)
        return decoded

    def get(self, path):
        return self.call('GET', path)

    # -- sessions -----------------------------------------------------------

    def create(self, text, language='c', name=None, **fields):
        """Compile and start one source (or {name: text}); a Session, or Refused."""
        name = name or {'c': 'main.c', 'c++': 'main.cc', 'asm': 'main.s'}[language]
        files = text if isinstance(text, dict) else {name: text}
        body = {'language': language, 'files': [{'name': n, 'text': t} for n, t in files.items()]}
        body.update(fields)
        return Session(self, self.call('POST', '/api/v1/sessions', body))

    def upload(self, elf):
        """Start an ELF program."""
        answer = self.fetch('POST', '/api/v1/sessions', elf, {'Content-Type': 'application/octet-stream'})
        if answer.status >= 400:
            raise Refused(answer.status, answer.json(), answer.headers)
        return Session(self, answer.json())

    def session(self, identifier):
        """A session that is there already."""
        return Session(self, {'session': identifier})

    def sessions(self):
        return self.get('/api/v1/sessions')

    def other(self):
        """The same user on a connection of its own (for threads, and for a second tab)."""
        return Client(self.base, self.cookie, self.headers, self.timeout)


class Session(Commands):
    """One session over HTTP: POST …/ID/COMMAND."""

    def __init__(self, client, created):
        self.client, self.created = client, created
        self.id = created['session']
        self.path = f'/api/v1/sessions/{self.id}'
        self.first = created.get('state', {})
        self.diagnostics = created.get('diagnostics', [])

    def request(self, command, arguments):
        return self.client.call('POST', f'{self.path}/{command}', arguments)

    def events(self, after=0, wait=10000):
        return self.client.get(f'{self.path}/events?after={after}&wait={wait}')

    def recorded(self):
        """Wait until nothing more is recorded ahead, and that is told: the state then."""
        seen = 0
        while True:
            answer = self.events(after=seen)
            seen, state = answer['seq'], answer['state']
            told = [event['frontier'] for event in answer['events'] if event['event'] == 'frontier']
            if told and told[-1] == state['frontier'] and not state['live']['recording']:
                return state

    def info(self):
        return self.client.get(self.path)

    def program(self):
        return self.client.fetch('GET', f'{self.path}/program').body

    def delete(self):
        return self.client.call('DELETE', self.path)


def word(text):
    """A 64-bit word of the JSON encoding ("0x…") or of msgpack (a number)."""
    return int(text, 16) if isinstance(text, str) else text
