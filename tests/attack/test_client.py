#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Clients that send what no client should: huge counts, deep nesting, nonsense, floods, races.
Each request has an answer; neighbours are served meanwhile."""
import os
import random
import socket
import sys
import threading
import time

import msgpack

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import programs                                                # noqa: E402
from lib.client import Refused                                          # noqa: E402
from lib.hostile import ask, attack, client, session                    # noqa: E402
from lib.tap import check, contains, equal, main, note                  # noqa: E402
from lib.websocket import Closed, WebSocket                             # noqa: E402

LARGEST = (1 << 63) - 1
FAR = '0xffffffffffffffff'
FUNCTIONS = ''.join(f'int f{i}(int a) {{ return a + {i}; }}\n' for i in range(600)) + \
    'int main(void) {\n' + ''.join(f'f{i}(1);\n' for i in range(600)) + '}\n'
QUARTER = [{'command': 'readMemory', 'arguments': {'address': '0x400000', 'count': 65536}}] * 8
DEEP = [{'command': 'state', 'arguments': {'with': [{'command': 'state', 'arguments': {'with': QUARTER}}]}}]

REQUESTS = (
    ('stepIn', {'count': 1000001}), ('stepIn', {'count': -1}), ('stepIn', {'count': 1e300}), ('stepIn', {'count': 1 << 64}),
    ('seek', {'position': LARGEST}), ('seek', {'position': 0, 'epoch': LARGEST}), ('state', {'thread': (1 << 31) - 1}),
    ('setBreakpoints', {'breakpoints': [{'line': 1}] * 513}), ('setBreakpoints', {'breakpoints': [{'line': 1}] * 512}),
    ('setInstructionBreakpoints', {'breakpoints': [{'address': hex(0x7fff00000000 + i)} for i in range(512)]}),
    ('setFunctionBreakpoints', {'breakpoints': [{'name': f'f{i}'} for i in range(512)]}),
    ('state', {'with': QUARTER}), ('state', {'with': QUARTER + QUARTER}), ('state', {'with': DEEP}),
    ('window', {'from': 0, 'to': LARGEST}), ('window', {'from': LARGEST, 'to': 0}),
    ('timeline', {'from': 0, 'to': LARGEST, 'buckets': 4096}), ('hits', {'line': 700, 'to': LARGEST, 'count': 4096}),
    ('lastWrite', {'address': FAR, 'size': 4096}), ('lastWrite', {'address': '0x0', 'size': 4096}),
    ('readMemory', {'address': FAR, 'count': 65536, 'offset': LARGEST}),
    ('readMemory', {'address': '0x0', 'count': 65536, 'offset': -LARGEST - 1}),
    ('disassemble', {'address': FAR, 'instructionOffset': -512, 'instructionCount': 512}),
    ('disassemble', {'instructionOffset': -512, 'instructionCount': 512, 'function': True}),
    ('variables', {'variablesReference': (1 << 32) - 1}), ('scopes', {'frameId': 1023}),
    ('stackTrace', {'start': 1023, 'count': 256}), ('evaluate', {'expression': '$' * 255}),
    ('evaluate', {'expression': '(' * 255}), ('source', {'file': '../../etc/passwd'}), ('source', {'start': (1 << 32) - 1}),
    ('output', {'start': LARGEST, 'count': 65536}), ('input', {'data': '*'}), ('breakpointLocations', {'line': 10000000}),
    ('goto', {'address': '0x1', 'wait': 300}), ('cancel', {'requestId': LARGEST}), ('hello', {}),
)
BODIES = (b'[' * 60000, b'{"a":' * 10000 + b'1' + b'}' * 10000, b'{"count":1,"count":2}', b'{"count":' + b'9' * 60000 + b'}',
          b'\xff' * 1000, b'"' + b'a' * 60000 + b'"', b'{"position":1e999}', b'{"count":1}x', b'null', b'{"\0":1}')


@attack('arguments without measure')
def arguments():
    with session(FUNCTIONS) as one:
        ask(one, 'stepIn', count=5000, granularity='instruction', wait=1000)
        ask(one, 'pause')
        for command, given in REQUESTS:
            start = time.monotonic()
            answer = ask(one, command, **given)
            took = time.monotonic() - start
            check(took < 5, f'{command}: {took:.1f} s')
            if command == 'source' and 'file' in given:
                equal(answer.status, 422)
        ask(one, 'pause')
        own = one.client
        for body in BODIES:
            answer = own.fetch('POST', f'{one.path}/stepIn', body, {'Content-Type': 'application/json'})
            check(400 <= answer.status < 500, f'{body[:20]!r}: {answer.status}')


@attack('five hundred breakpoints in every function, run through both ways')
def breakpoints():
    with session(FUNCTIONS) as one:
        equal(len(one.set_breakpoints(breakpoints=[{'line': 18 + i} for i in range(512)])['breakpoints']), 512)
        for _ in range(20):
            equal(one.continue_(wait=5000)['reason'], 'breakpoint')
        for _ in range(20):
            check(one.reverse_continue()['reason'] in ('breakpoint', 'entry'), 'it went elsewhere')
        ask(one, 'setBreakpoints', breakpoints=[])


FRAMES = {
    'a nest of 100,000': b'\x91' * 100000, 'a map of 2^32': b'\xdf\xff\xff\xff\xff', 'a list of 2^32': b'\xdd\xff\xff\xff\xff',
    'a text of 2^32': b'\xdb\xff\xff\xff\xffx', 'bytes of 2^32': b'\xc6\xff\xff\xff\xff', 'an extension': b'\xc9\xff\xff\xff\xff\1',
    'something behind the end': msgpack.packb({'id': 1, 'command': 'state'}) + b'\0', 'nothing': b'', 'nil': b'\xc0',
    'a key twice': b'\x83\xa2id\x01\xa2id\x02\xa7command\xa5state', 'a negative id': msgpack.packb({'id': -1, 'command': 'state'}),
    'deep arguments': b'\x83\xa2id\x01\xa7command\xa5state\xa9arguments' + b'\x81\xa1a' * 30000 + b'\x80',
    'no number as id': msgpack.packb({'id': float('nan'), 'command': 'state'}),
}


@attack('frames of a WebSocket that are no request')
def frames():
    with session(programs.HELLO) as one:
        for name, frame in FRAMES.items():
            connection = WebSocket(one, timeout=10)
            connection.send_frame(2, frame)
            try:
                equal((name, connection.receive_answer().get('status')), (name, 400))
            except Closed:
                pass
            connection.close()


@attack('random and damaged frames')
def random_frames():
    seed = int.from_bytes(os.urandom(4), 'big')
    note(f'seed {seed}')
    chance = random.Random(seed)
    good = msgpack.packb({'id': 1, 'command': 'stepIn', 'arguments': {'granularity': 'instruction', 'count': 3, 'wait': 9}})
    with session(programs.HELLO) as one:
        connection = WebSocket(one, timeout=10)
        for number in range(2000):
            frame = bytearray(good if number % 2 else chance.randbytes(chance.randrange(60)))
            if number % 2:
                frame[chance.randrange(len(frame))] = chance.randrange(256)
            try:
                connection.send_frame(2, bytes(frame))
            except OSError:
                connection = WebSocket(one, timeout=10)
        connection.socket.close()
        ask(one, 'pause')
        equal(ask(one, 'seek', position=0)['position'], 0)


@attack('ten clients on one cursor: steps, seeks, pauses and old epochs, all at once')
def races():
    statuses, stop = set(), time.monotonic() + 3

    def race(one, seed):
        chance = random.Random(seed)
        mine = client().session(one.id)
        while time.monotonic() < stop:
            command, given = chance.choice((
                ('stepIn', {'granularity': 'instruction', 'count': 50, 'wait': 50}), ('stepBack', {'wait': 50}),
                ('seek', {'position': chance.randrange(200)}), ('pause', {}), ('continue', {'wait': 20}),
                ('reverseContinue', {'wait': 20}), ('setBreakpoints', {'breakpoints': [{'line': chance.randrange(1, 30)}]}),
                ('state', {'position': chance.randrange(200), 'epoch': chance.randrange(3)}), ('stackTrace', {}),
                ('input', {'text': 'x\n'})))
            answer = ask(mine, command, **given)
            statuses.add(answer.status if isinstance(answer, Refused) else 200)
        mine.client.close()
    with session('int main(void) { volatile int n = 0; for (;;) { n++; if (n % 1000 == 0) puts("x"); } }') as one:
        threads = [threading.Thread(target=race, args=(one, seed)) for seed in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            check(not thread.is_alive(), 'a client waits for ever')
        equal(ask(one, 'pause')['status'], 'stopped')
        first = ask(one, 'seek', position=0)
        equal((first['position'], first['reason']), (0, 'goto'))
    check(statuses <= {200, 409, 410, 422}, str(statuses))


@attack('sockets that ask and never read; long polls that nobody ends')
def floods():
    with session(programs.HELLO) as one, session(programs.HELLO) as neighbour:
        sockets = [WebSocket(one, timeout=10) for _ in range(30)]
        for connection in sockets:
            connection.socket.settimeout(0.05)
            try:
                for _ in range(300):
                    connection.post('disassemble', {'instructionCount': 512})
            except OSError:
                pass
        polls = []
        for _ in range(20):
            poll = socket.create_connection((one.client.url.hostname, one.client.url.port), 10)
            poll.sendall(f'GET {neighbour.path}/events?after=0&wait=600000 HTTP/1.1\r\nHost: {one.client.url.netloc}\r\n'
                         f'Cookie: {one.client.cookie}\r\n\r\n'.encode())
            polls.append(poll)
        start = time.monotonic()
        for _ in range(20):
            neighbour.step_in(granularity='instruction')
        took = time.monotonic() - start
        check(took < 5, f'20 steps of a neighbour: {took:.1f} s')
        for connection in sockets:
            connection.socket.close()
        for poll in polls:
            poll.close()


@attack('names of sessions and paths that are none')
def paths():
    own = client()
    with session(programs.HELLO) as one:
        for path in ('/api/v1/sessions/../info', f'{one.path}/%2e%2e/state', f'{one.path}/state%00', '/api/v1/sessions/' + 'A' * 4000,
                     f'{one.path}x/state', '/api/v1/sessions//state', f'{one.path}/socket'):
            answer = own.fetch('GET', path)
            check(400 <= answer.status < 500 or answer.status == 501, f'{path[:60]}: {answer.status}')
        contains(own.fetch('GET', one.path).body.decode(), one.id)


if __name__ == '__main__':
    main()
