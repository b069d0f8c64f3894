# SPDX-License-Identifier: AGPL-3.0-or-later
"""httpd alone: real binary, real sockets, its own seccomp filter; broker and tracers are the test's.

    with Frontend(identity='none') as front:
        ...front.broker.expect('list')...
"""
import fcntl
import json
import os
import signal
import socket
import subprocess
import threading

from lib import tap, wire
from lib.client import Client
from lib.service import Held, Log

TOKEN = 'a-token-of-the-test'
OFFER = {
    'isolation': 'none', 'isolation_note': 'a "test"',
    'tools': [{'language': 'c', 'compiler': 'gcc', 'version': '12.2.0'},
              {'language': 'c++', 'compiler': 'g++', 'version': '12.2.0'},
              {'language': 'c', 'compiler': 'clang', 'version': '14.0.6'}],
}


class Frontend(Held):
    """penguintrace-httpd; broker is the test's end of its channel, client an HTTP client that may."""

    def __init__(self, offer=True, host='127.0.0.1', descriptors=None, **settings):
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        listener = socket.create_server((host, 0), family=family, backlog=128)
        self.address = listener.getsockname()[:2]
        settings = {'isolation': 'none', 'identity': 'token', 'token': TOKEN,
                    'listen': f'{host}:0', **settings}
        conf = wire.memfd(''.join(f'{k} = {v}\n' for k, v in settings.items()).encode())
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.process = self._start([theirs.fileno(), conf, listener.fileno()], descriptors)
        listener.close()
        theirs.close()
        os.close(conf)
        self.log = Log(self.process.stderr)
        self.broker = wire.Channel(ours, 'BROKER')
        self.base = f'http://{host}:{self.address[1]}'
        self.client = Client(self.base, headers={'Authorization': f'Bearer {TOKEN}'}, timeout=20)
        if offer:
            self.broker.hello()
            self.broker.send('offer', **OFFER)

    @staticmethod
    def _start(fds, descriptors):
        directory = tap.build()
        return subprocess.Popen(        # pylint: disable=consider-using-with
            [f'{directory}/tests/lib/with-policy', f'{directory}/penguintrace-httpd'],
            env={'ASAN_OPTIONS': 'detect_leaks=0'},
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, close_fds=False,
            preexec_fn=lambda: _place(fds, descriptors))

    def connect(self, source=None):
        """A plain connection, from another of this machine's addresses if one is given."""
        return socket.create_connection(self.address, 20, (source, 0) if source else None)

    def exchange(self, text, wait_close=True):
        """What comes back for raw bytes, until the server closes."""
        with self.connect() as raw:
            raw.sendall(text if isinstance(text, bytes) else text.encode())
            return read_all(raw) if wait_close else raw.recv(65536)

    def request(self, line, *fields, body=b'', host=None, token=True):
        """(status, fields, body) of one request on a connection of its own."""
        head = [line, f'Host: {host or self.base[7:]}', 'Connection: close', *fields]
        if token:
            head.append(f'Authorization: Bearer {TOKEN}')
        return parse(self.exchange('\r\n'.join([*head, '', '']).encode() + body))

    def tracer(self, message, session='S1', owner='local', **fields):
        """Answer created or attached; the test's end of the new session's channel."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.broker.send(message, session=session, owner=owner, language='c',
                         channel=os.dup(theirs.fileno()), **fields)
        theirs.close()
        return wire.Channel(ours, 'TRACER').hello()

    def attach(self, session='S1'):
        """Answer the attach that is on its way."""
        asked = self.broker.expect('attach')
        tap.equal(asked['session'], session)
        return self.tracer('attached', session, asked['owner'], request=asked['request'])

    def stop(self):
        """SIGTERM, as the launcher sends it."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        tap.equal(self.process.wait(10), 0, f'exit status; its log:\n{self.log.text()}')
        for line in self.log.text().splitlines():
            tap.check('AddressSanitizer' not in line and 'runtime error:' not in line, self.log.text())


def _place(fds, descriptors):
    """In the child: fd 3, 4, 5 as launch.h has them, none other."""
    import resource         # pylint: disable=import-outside-toplevel
    kept = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in fds]
    for number, fd in enumerate(kept, 3):
        os.dup2(fd, number)
    os.closerange(3 + len(fds), 1024)
    if descriptors:
        resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))


def read_all(raw):
    """Until the other side closes."""
    data = b''
    while True:
        try:
            piece = raw.recv(65536)
        except ConnectionResetError:
            return data
        if not piece:
            return data
        data += piece


def parse(data):
    """(status, fields by lower-case name, body) of one answer."""
    head, _, body = data.partition(b'\r\n\r\n')
    lines = head.decode('latin-1').split('\r\n')
    if not lines[0].startswith('HTTP/1.1 '):
        raise tap.Failure(f'no answer: {data[:200]!r}')
    pairs = (line.partition(':') for line in lines[1:])
    return int(lines[0].split()[1]), {k.lower(): v.strip() for k, _, v in pairs}, body


# -- what tests do with it ------------------------------------------------------

_front = []


def front():
    """One Frontend for the tests of a suite that need nothing special."""
    if not _front:
        _front.append(Frontend())
    return _front[0]


@tap.at_end
def _stop():
    for one in _front:
        one.stop()


class Call:
    """One HTTP request on its way, in a thread: the test answers what httpd asks meanwhile."""

    def __init__(self, own, method, path, value=None, body=None, **headers):
        self.answer = None
        self._thread = threading.Thread(target=self._run, args=(own.client.other(), method, path, value, body, headers))
        self._thread.start()

    def _run(self, client, method, path, value, body, headers):
        if value is not None:
            body = json.dumps(value).encode()
        self.answer = client.fetch(method, f'/api/v1/sessions{path}', body, headers)
        client.close()

    def result(self):
        self._thread.join(20)
        if self.answer is None:
            raise tap.Failure('no answer')
        return self.answer

    def status(self, wanted):
        """Its status must be this; the decoded body."""
        answer = self.result()
        tap.equal(answer.status, wanted, answer.body)
        return answer.json() if answer.body else None


def create(own, session, state=b'{"position":0}', **fields):
    """A session brought up: (the 201's body, the tracer's channel)."""
    call = Call(own, 'POST', '', {'language': 'c'})
    asked = own.broker.expect('create')
    os.close(asked['body'])
    tracer = own.tracer('created', session, asked['owner'], request=asked['request'], **fields)
    request = tracer.expect('request')
    tap.equal((request['command'], request['encoding'], request['payload']), ('state', 0, b'{}'))
    tracer.send('reply', client=request['client'], status=200, payload=state)
    return call.status(201), tracer


def told(own, session):
    """Take the broker's message that the session has been used."""
    tap.equal(own.broker.expect('clients')['session'], session)
