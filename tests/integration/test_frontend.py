#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The API between clients, broker and tracers: what httpd asks of whom, and how each one's end is told."""
import json
import os
import signal
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import wire                                             # noqa: E402
from lib.client import Refused                                   # noqa: E402
from lib.frontend import TOKEN, Frontend, parse, read_all        # noqa: E402
from lib.tap import Failure, at_end, check, contains, equal, main, test  # noqa: E402
from lib.websocket import BINARY, PING, TEXT, Closed, WebSocket  # noqa: E402

_front = []


def front():
    """One httpd for the tests that need nothing special."""
    if not _front:
        _front.append(Frontend())
    return _front[0]


@at_end
def stop():
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
            raise Failure('no answer')
        return self.answer

    def status(self, wanted):
        """Its status must be this; the decoded body."""
        answer = self.result()
        equal(answer.status, wanted, answer.body)
        return answer.json() if answer.body else None


def create(own, session, state=b'{"position":0}', **fields):
    """A session brought up: (the 201's body, the tracer's channel)."""
    call = Call(own, 'POST', '', {'language': 'c'})
    asked = own.broker.expect('create')
    os.close(asked['body'])
    tracer = own.tracer('created', session, asked['owner'], request=asked['request'], **fields)
    request = tracer.expect('request')
    equal((request['command'], request['encoding'], request['payload']), ('state', 0, b'{}'))
    tracer.send('reply', client=request['client'], status=200, payload=state)
    return call.status(201), tracer


def told(own, session):
    """Take the broker's message that the session has been used."""
    equal(own.broker.expect('clients')['session'], session)


# -- sessions -------------------------------------------------------------------

@test('a session is made: state from the tracer, warnings from the compiler, both unread')
def made():
    own = front()
    warnings = b'[{"file":"main.c","line":1}]'
    body, tracer = create(own, 'S-made', diagnostics=wire.memfd(warnings))
    told(own, 'S-made')
    equal(body, {'session': 'S-made', 'state': {'position': 0}, 'diagnostics': json.loads(warnings)})
    body, other = create(own, 'S-bare')
    told(own, 'S-bare')
    equal(body['diagnostics'], [])
    tracer.close()
    other.close()
    for session in ('S-made', 'S-bare'):
        check(own.broker.expect('end')['session'] in ('S-made', 'S-bare'), session)


@test('a program is uploaded as bytes')
def upload():
    own = front()
    call = Call(own, 'POST', '', body=b'\x7fELF', **{'Content-Type': 'application/octet-stream'})
    asked = own.broker.expect('create')
    equal((asked['format'], wire.read_memfd(asked['body'])), (1, b'\x7fELF'))
    own.broker.send('failed', request=asked['request'], status=422, code='elf', message='no ELF')
    equal(call.status(422)['error'], {'code': 'elf', 'message': 'no ELF'})


@test('what the compiler says of errors reaches the client, as JSON whatever is in it')
def failed():
    own = front()
    call = Call(own, 'POST', '', {})
    asked = own.broker.expect('create')
    own.broker.send('failed', request=asked['request'], status=422, code='compile', message='"a"\n\x01 \u20ac \\',
                    diagnostics=wire.memfd(b'[{"line":7}]'))
    error = call.status(422)['error']
    equal((error['message'], error['diagnostics']), ('"a"\n\x01 \u20ac \\', [{'line': 7}]))


@test('diagnostics that are not sealed, too big or no file are left out')
def bad_diagnostics():
    own = front()
    for fd in (wire.memfd(b'[]', sealed=False), wire.memfd(b' ' * (200 << 10)), os.open('/dev/zero', os.O_RDONLY)):
        call = Call(own, 'POST', '', {})
        asked = own.broker.expect('create')
        own.broker.send('failed', request=asked['request'], status=422, code='x', message='y', diagnostics=fd)
        equal(call.status(422), {'error': {'code': 'x', 'message': 'y'}})


@test('list, show and end go to the broker with the owner\'s name')
def broker_requests():
    own = front()
    rows = [{'session': f'S{i}', 'language': 'c', 'phase': i % 4, 'age_seconds': i} for i in range(100)]
    call = Call(own, 'GET', '')
    asked = own.broker.expect('list')
    equal(asked['owner'], 'local')
    own.broker.send('sessions', request=asked['request'], rows=rows, more=5)
    body = call.status(200)
    equal((len(body['sessions']), body['more']), (100, 5))
    equal(body['sessions'][3], {'session': 'S3', 'language': 'c', 'phase': 'live', 'usage': {'age_seconds': 3}})
    call = Call(own, 'GET', '/S2')
    asked = own.broker.expect('query')
    equal((asked['owner'], asked['session']), ('local', 'S2'))
    own.broker.send('sessions', request=asked['request'], rows=[rows[2]])
    equal(call.status(200), {**body['sessions'][2], 'state': None})
    call = Call(own, 'DELETE', '/S2')
    asked = own.broker.expect('end')
    own.broker.send('failed', request=asked['request'], status=404, code='session', message='none')
    call.status(404)


@test('a live session is shown with its state')
def shown():
    own = front()
    call = Call(own, 'GET', '/S-shown')
    asked = own.broker.expect('query')
    row = {'session': 'S-shown', 'language': 'asm', 'phase': 3, 'age_seconds': 9}
    own.broker.send('sessions', request=asked['request'], rows=[row])
    tracer = own.attach('S-shown')
    request = tracer.expect('request')
    tracer.send('reply', client=request['client'], status=200, payload=b'{"pc":"0x1"}')
    equal(call.status(200), {'session': 'S-shown', 'language': 'asm', 'phase': 'live',
                             'usage': {'age_seconds': 9}, 'state': {'pc': '0x1'}})
    told(own, 'S-shown')
    own.broker.send('ended', session='S-shown', code='deleted', message='ended')
    check(tracer.closed(), 'the channel stays')


@test('the program is streamed from its memfd, also to a client that reads slowly')
def program():
    own = front()
    elf = os.urandom(3 << 20)
    with own.connect() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.sendall(f'GET /api/v1/sessions/S1/program HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
                    f'Authorization: Bearer {TOKEN}\r\n\r\n'.encode())
        asked = own.broker.expect('program')
        own.broker.send('program_is', request=asked['request'], elf=wire.memfd(elf))
        status, fields, body = parse(read_all(raw))
    equal((status, int(fields['content-length']), body == elf), (200, len(elf), True))
    call = Call(own, 'GET', '/S1/program')
    asked = own.broker.expect('program')
    own.broker.send('program_is', request=asked['request'], elf=wire.memfd(elf, sealed=False))
    call.status(502)


# -- commands -------------------------------------------------------------------

@test('a command is carried unread, both ways')
def command():
    own = front()
    _, tracer = create(own, 'S-command')
    told(own, 'S-command')
    for body, status, answer in ((b'{"count": 3}', 200, b'{"position":3}'), (b'', 409, b'{"error":{}}'),
                                 (b'not json \xff\x00', 400, b''), (b'x' * 65536, 200, b'y' * 120000)):
        call = Call(own, 'POST', '/S-command/stepIn', body=body)
        request = tracer.expect('request')
        equal((request['command'], request['encoding'], request['payload']), ('stepIn', 0, body))
        tracer.send('reply', client=request['client'], status=status, payload=answer)
        got = call.result()
        equal((got.status, got.body), (status, answer))
    equal(Call(own, 'POST', '/S-command/stepIn', body=b'x' * 65537).result().status, 413)
    call = Call(own, 'GET', '/S-command/events?after=17&wait=20000')
    request = tracer.expect('request')
    equal((request['command'], request['payload']), ('events', b'{"after":17,"wait":20000}'))
    tracer.send('reply', client=request['client'], status=200, payload=b'{}')
    call.status(200)
    for query in ('after=-1', 'after=x', 'wait=12345678901', 'after='):
        equal(Call(own, 'GET', f'/S-command/events?{query}').result().status, 400, query)
    numbers = [request['client']]
    call = Call(own, 'GET', '/S-command/events')
    request = tracer.expect('request')
    equal(request['payload'], b'{}')
    tracer.send('reply', client=request['client'], status=200, payload=b'{}')
    check(request['client'] not in numbers, 'a number is used twice')
    call.status(200)
    own.broker.send('ended', session='S-command', code='deleted', message='ended by its owner')
    tracer.closed()


@test('a client that leaves is told to the tracer')
def gone():
    own = front()
    _, tracer = create(own, 'S-gone')
    told(own, 'S-gone')
    raw = own.connect()
    raw.sendall(f'GET /api/v1/sessions/S-gone/events HTTP/1.1\r\nHost: localhost\r\n'
                f'Authorization: Bearer {TOKEN}\r\n\r\n'.encode())
    request = tracer.expect('request')
    raw.close()
    equal(tracer.expect('gone')['client'], request['client'])
    # Its answer comes too late and harms nobody.
    tracer.send('reply', client=request['client'], status=200, payload=b'{}')
    call = Call(own, 'POST', '/S-gone/state', {})
    request = tracer.expect('request')
    tracer.send('reply', client=request['client'], status=200, payload=b'{}')
    call.status(200)
    own.broker.send('ended', session='S-gone', code='session_idle', message='nobody was there')
    error = Call(own, 'POST', '/S-gone/state', {}).status(410)['error']
    equal(error, {'code': 'session_idle', 'message': 'nobody was there'})


@test('a session that is not known is asked for once, by however many clients')
def attached():
    own = front()
    calls = [Call(own, 'POST', '/S-attach/state', {}) for _ in range(5)]
    tracer = own.attach('S-attach')
    for _ in calls:
        request = tracer.expect('request')
        tracer.send('reply', client=request['client'], status=200, payload=b'{}')
    for call in calls:
        call.status(200)
    told(own, 'S-attach')
    own.broker.send('ended', session='S-attach', code='deleted', message='ended')
    call = Call(own, 'POST', '/S-none/state', {})
    asked = own.broker.expect('attach')
    own.broker.send('failed', request=asked['request'], status=404, code='session', message='no such session')
    equal(call.status(404)['error']['message'], 'no such session')


@test('what is one owner\'s does not exist for another')
def owners():
    settings = {'identity': 'proxy', 'proxy_peers': '127.0.0.1'}
    with Frontend(**settings) as own:
        own.client.headers['X-Forwarded-User'] = 'anna'
        _, tracer = create(own, 'S-anna')
        told(own, 'S-anna')
        own.client.headers['X-Forwarded-User'] = 'berta'
        call = Call(own, 'POST', '/S-anna/state', {})
        asked = own.broker.expect('attach')
        equal((asked['owner'], asked['session']), ('berta', 'S-anna'))
        own.broker.send('failed', request=asked['request'], status=404, code='session', message='none of yours')
        call.status(404)
        own.broker.send('ended', session='S-anna', code='deleted', message='secret')
        tracer.closed()
        call = Call(own, 'POST', '/S-anna/state', {})
        asked = own.broker.expect('attach')
        own.broker.send('failed', request=asked['request'], status=404, code='session', message='none of yours')
        call.status(404)


# -- the end of others ------------------------------------------------------------

@test('a tracer that dies in the middle of a request: 502, then 410 with the reason')
def worker_died():
    own = front()
    _, tracer = create(own, 'S-died')
    told(own, 'S-died')
    call = Call(own, 'POST', '/S-died/continue', {})
    tracer.expect('request')
    tracer.close()
    own.broker.send('ended', session='S-died', code='worker_died', message='its tracer was killed')
    equal(call.status(502)['error'], {'code': 'worker_died', 'message': 'its tracer was killed'})
    equal(Call(own, 'POST', '/S-died/state', {}).status(410)['error']['message'], 'its tracer was killed')


@test('a tracer that breaks the rules loses its channel, and its session is ended')
def hostile_tracer():
    own = front()
    for number, packet in enumerate((b'\xff' * 100, b'', b'\x93\x00\x01\x02', b'\xdd\xff\xff\xff\xff',
                                     wire.encode('ended', {'session': 'S', 'code': 'c', 'message': 'm'})[0])):
        name = f'S-hostile{number}'
        _, tracer = create(own, name)
        told(own, name)
        call = Call(own, 'POST', f'/{name}/state', {})
        tracer.expect('request')
        tracer.raw(packet)
        equal(own.broker.expect('end')['session'], name)
        equal(call.status(502)['error']['code'], 'worker_died')
    _, tracer = create(own, 'S-odd')
    told(own, 'S-odd')
    for status in (0, 42, 101, 199, 204, 304, 303):
        call = Call(own, 'POST', '/S-odd/state', {})
        request = tracer.expect('request')
        tracer.send('reply', client=request['client'] + 1000, status=200, payload=b'stray')
        tracer.send('event', client=0, payload=b'stray')
        tracer.send('reply', client=request['client'], status=status, payload=b'{}')
        call.status(502)
    own.broker.send('ended', session='S-odd', code='deleted', message='ended')


@test('metrics: the broker\'s figures and httpd\'s own')
def metrics():
    own = front()
    client = own.client.other()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(client.fetch('GET', '/metrics')))
    thread.start()
    own.broker.send('measured', request=own.broker.expect('measure')['request'], sessions=7, workers_died_total=2)
    thread.join(20)
    text = answers[0].body.decode()
    contains(text, '\npenguintrace_sessions 7\n')
    contains(text, '\npenguintrace_workers_died_total 2\n')
    contains(text, 'penguintrace_http_answers_total{class="2xx"}')
    client.close()


@test('ready only when the compilers have answered')
def ready():
    with Frontend(offer=False) as own:
        equal(own.request('GET /healthz HTTP/1.1')[0], 200)
        equal(own.request('GET /readyz HTTP/1.1')[0], 503)
        own.broker.hello()
        own.broker.send('offer', isolation='namespaces', isolation_note='')
        own.broker.send('failed', request=0)
        while own.request('GET /readyz HTTP/1.1')[0] != 200:
            pass


@test('SIGTERM with drain_timeout: no new sessions, the others go on; a second one ends it')
def drain():
    with Frontend(drain_timeout=3600) as own:
        _, tracer = create(own, 'S-drain')
        told(own, 'S-drain')
        own.process.send_signal(signal.SIGTERM)
        own.log.wait('draining')
        equal(own.request('GET /readyz HTTP/1.1')[0], 503)
        equal(Call(own, 'POST', '', {}).result().status, 503)
        call = Call(own, 'POST', '/S-drain/state', {})
        request = tracer.expect('request')
        tracer.send('reply', client=request['client'], status=200, payload=b'{}')
        call.status(200)
        own.process.send_signal(signal.SIGTERM)
        equal(own.process.wait(10), 0)


@test('without its broker it ends')
def no_broker():
    own = Frontend()
    own.request('GET /readyz HTTP/1.1')
    own.broker.close()
    equal(own.process.wait(10), 1)


# -- WebSockets -------------------------------------------------------------------

class Opened:
    """A WebSocket on a session whose tracer the test plays."""

    def __init__(self, own, session):
        self.own, self.name = own, session
        _, self.tracer = create(own, session)
        told(own, session)

    def socket(self, first=True, **arguments):
        """(WebSocket, its client's number)"""
        opened, request = [], []
        session = self.own.client.session(self.name)
        session.client = self.own.client.other()

        def run():
            try:
                opened.append(WebSocket(session, **arguments))
            except (Refused, Closed) as error:
                opened.append(error)
        thread = threading.Thread(target=run)
        thread.start()
        request = self.tracer.expect('request')
        equal((request['command'], request['encoding']), ('hello', 1))
        if first:
            equal(self.own.broker.expect('clients')['count'], 1)
        self.tracer.send('event', client=request['client'], payload=b'\x81\xa5event\xa5hello')
        thread.join(20)
        return opened[0], request['client']

    def end(self):
        self.own.broker.send('ended', session=self.name, code='deleted', message='ended by its owner')
        self.tracer.closed()


@test('a WebSocket carries frames unread, both ways; its end is told')
def websocket():
    opened = Opened(front(), 'S-ws')
    ws, number = opened.socket()
    equal(ws.hello, {'event': 'hello'})
    for payload in (b'', b'\xff not msgpack', os.urandom(70000), os.urandom(120 << 10)):
        ws.send_frame(BINARY, payload)
        request = opened.tracer.expect('request')
        equal((request['client'], request['encoding'], request['command'], request['payload'] == payload),
              (number, 1, '', True))
        opened.tracer.send('reply', client=number, status=200, payload=payload)
        equal(ws.receive_frame() == (BINARY, payload), True)
    ws.send_frame(BINARY, b'ab', final=False)
    ws.send_frame(PING, b'between')
    ws.send_frame(0, b'cd')
    equal(opened.tracer.expect('request')['payload'], b'abcd')
    second, other = opened.socket(first=False)
    opened.tracer.send('event', client=0, payload=b'all')
    opened.tracer.send('event', client=other, payload=b'one')
    opened.tracer.send('event', client=0, payload=b'end')
    equal([ws.receive_frame()[1] for _ in range(2)], [b'all', b'end'])
    equal([second.receive_frame()[1] for _ in range(3)], [b'all', b'one', b'end'])
    ws.close()
    equal(opened.tracer.expect('gone')['client'], number)
    second.socket.close()
    equal(opened.tracer.expect('gone')['client'], other)
    equal(front().broker.expect('clients')['count'], 0)
    opened.end()


@test('a WebSocket\'s session ends: 4410 with the reason')
def websocket_ended():
    opened = Opened(front(), 'S-wsend')
    ws, _ = opened.socket()
    opened.own.broker.send('ended', session='S-wsend', code='session_wall', message='ü' * 500)
    try:
        ws.receive_frame()
        check(False, 'a frame came')
    except Closed as closed:
        equal(closed.code, 4410)
        contains(closed.reason, 'session_wall: üü')
        check('\ufffd' not in closed.reason, 'the reason ends within a character')
    try:
        WebSocket(front().client.session('S-wsend'))
        check(False, 'it opens again')
    except Refused as refused:
        equal(refused.status, 410)


@test('what a WebSocket must not be: each its close code')
def websocket_refused():
    opened = Opened(front(), 'S-wsbad')
    long = b'x' * ((120 << 10) + 1)
    for name, code, act in (
            ('text', 1003, lambda ws: ws.send_frame(TEXT, b'hello')),
            ('too long', 1009, lambda ws: ws.send_frame(BINARY, long)),
            ('too long in pieces', 1009, lambda ws: (ws.send_frame(BINARY, long[:100000], final=False),
                                                     ws.send_frame(0, long[:100000]))),
            ('unmasked', 1002, lambda ws: ws.socket.sendall(b'\x82\x01x')),
            ('reserved bits', 1002, lambda ws: ws.send_frame(0x40 | BINARY, b'x')),
            ('unknown opcode', 1002, lambda ws: ws.send_frame(3, b'x')),
            ('continuation of nothing', 1002, lambda ws: ws.send_frame(0, b'x')),
            ('long ping', None, lambda ws: ws.send_frame(PING, b'x' * 126))):
        ws, number = opened.socket()
        act(ws)
        try:
            ws.receive_frame()
            check(False, f'{name}: a frame came')
        except Closed as closed:
            equal(closed.code, code, name)
        ws.socket.close()
        equal(opened.tracer.expect('gone')['client'], number, name)
        equal(front().broker.expect('clients')['count'], 0)
    opened.end()


@test('the handshake: version, key, sub-protocol, origin')
def handshake():
    own = front()
    good = {'Upgrade': 'websocket', 'Connection': 'Upgrade', 'Sec-WebSocket-Version': '13',
            'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol': 'penguintrace.v1'}
    for name, value in (('Upgrade', 'h2c'), ('Connection', 'close'), ('Sec-WebSocket-Version', '8'),
                        ('Sec-WebSocket-Key', 'x'), ('Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ='),
                        ('Sec-WebSocket-Protocol', 'chat'), ('Sec-WebSocket-Protocol', '')):
        fields = {**good, name: value}
        lines = ['GET /api/v1/sessions/S1/socket HTTP/1.1', f'Host: {own.base[7:]}',
                 f'Authorization: Bearer {TOKEN}', *(f'{k}: {v}' for k, v in fields.items() if v)]
        with own.connect() as raw:
            raw.sendall('\r\n'.join([*lines, '', '']).encode())
            equal(parse(raw.recv(65536))[0], 400, f'{name}: {value}')


@test('a WebSocket waits for its session to be attached; RFC 6455\'s own key')
def websocket_attached():
    own = front()
    with own.connect() as raw:
        raw.sendall(f'GET /api/v1/sessions/S-wsattach/socket HTTP/1.1\r\nHost: {own.base[7:]}\r\n'
                    f'Authorization: Bearer {TOKEN}\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n'
                    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
                    'Sec-WebSocket-Protocol: other, penguintrace.v1\r\n\r\n'.encode() + b'\x82\x81\0\0\0\0x')
        tracer = own.attach('S-wsattach')
        equal(own.broker.expect('clients')['count'], 1)
        equal(tracer.expect('request')['command'], 'hello')
        contains(raw.recv(65536), b'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n')
        equal(tracer.expect('request')['payload'], b'x')
    equal(own.broker.expect('clients')['count'], 0)
    own.broker.send('ended', session='S-wsattach', code='deleted', message='ended')


@test('a client that does not read is dropped; its neighbour is served meanwhile')
def slow_client():
    opened = Opened(front(), 'S-slow')
    slow, number = opened.socket()
    other, _ = opened.socket(first=False)
    waiting = []

    def feed():
        for _ in range(200):
            opened.tracer.send('event', client=number, payload=b'x' * 100000)
        opened.tracer.send('event', client=0, payload=b'done')
    opened.tracer.socket.settimeout(20)
    thread = threading.Thread(target=feed)
    thread.start()
    equal(opened.tracer.expect('gone')['client'], number)
    equal(other.receive_frame()[1], b'done')
    thread.join(20)
    waiting.append(slow)
    other.socket.close()
    opened.tracer.expect('gone')
    equal(front().broker.expect('clients')['count'], 0)
    opened.end()


@test('a tracer that does not read holds its own clients back, not the service')
def slow_tracer():
    opened = Opened(front(), 'S-stuck')
    ws, number = opened.socket()
    payload = b'x' * 100000
    sent = threading.Event()

    def flood():
        for _ in range(100):
            ws.send_frame(BINARY, payload)
        sent.set()
    thread = threading.Thread(target=flood)
    thread.start()
    for _ in range(20):
        equal(front().request('GET /healthz HTTP/1.1')[0], 200)
    check(not sent.is_set(), 'all of 10 MB went to a tracer that reads nothing')
    for _ in range(100):
        equal(opened.tracer.expect('request')['payload'] == payload, True)
    thread.join(20)
    opened.tracer.send('reply', client=number, status=200, payload=b'ok')
    equal(ws.receive_frame()[1], b'ok')
    ws.socket.close()
    opened.tracer.expect('gone')
    front().broker.expect('clients')
    opened.end()


@test('too many clients on one session are refused')
def many_clients():
    opened = Opened(front(), 'S-many')
    raws = []
    for _ in range(64):
        raw = front().connect()
        raw.sendall(f'GET /api/v1/sessions/S-many/events HTTP/1.1\r\nHost: localhost\r\n'
                    f'Authorization: Bearer {TOKEN}\r\n\r\n'.encode())
        opened.tracer.expect('request')
        raws.append(raw)
    equal(Call(front(), 'POST', '/S-many/state', {}).status(503)['error']['code'], 'busy')
    for raw in raws:
        raw.close()
    for _ in raws:
        opened.tracer.expect('gone')
    opened.end()


if __name__ == '__main__':
    main()
