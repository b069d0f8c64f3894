#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""WebSockets as httpd carries them: frames unread, ends told, slow and hostile clients."""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused                                       # noqa: E402
from lib.frontend import TOKEN, Call, create, front, parse, told     # noqa: E402
from lib.tap import check, contains, equal, main, test               # noqa: E402
from lib.websocket import BINARY, PING, TEXT, Closed, WebSocket      # noqa: E402


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
