#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Workers (and an httpd) that say what they should not: each loses its channel and its life,
the request gets a clear answer, and the broker goes on as if nothing had been."""
import os
import random
import signal
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import msgpack                                                                  # noqa: E402

from lib import tap, wire                                                       # noqa: E402
from lib.launcher import Broker                                                 # noqa: E402
from lib.tap import check, contains, equal, main, test                          # noqa: E402
from lib.wire import COMPILER, TRACER                                           # noqa: E402

NUMBER = {name: number for name, (number, _) in wire.MESSAGES.items()}


def compiling(b):
    """A request whose compiler has its job."""
    b.create()
    compiler = b.spawn(COMPILER).start()
    compiler.channel.expect('job')
    return compiler


def died(b, worker):
    """It is cut off and killed, and the request says 502 worker_died."""
    worker.channel.closed()
    b.gone(worker)
    failed = b.httpd.expect('failed')
    equal((failed['status'], failed['code']), (502, 'worker_died'))
    measured = b.alive()
    equal((measured['sessions'], measured['compiling']), (0, 0))
    return failed['message']


def result(**fields):
    row = {'status': 201, 'code': '', 'message': '', 'language': 'c', 'elf': False, 'diagnostics': False, **fields}
    return [NUMBER['result'], *row.values()]


def deep(levels):
    return b'\x91' * levels + b'\xc0'


NONSENSE = {
    'no msgpack at all': b'\xc1' * 64,
    'an empty array': msgpack.packb([]),
    'a map': msgpack.packb({0: 1}),
    'a number that is no message': msgpack.packb([4711]),
    'a number over 64 bits of sense': b'\x92\xcf' + b'\xff' * 8 + b'\xc0',
    'another process\'s message': msgpack.packb([NUMBER['created'], 1, 'id', 'anna', 'c', False, False]),
    'the tracer\'s message': msgpack.packb([NUMBER['started'], 201, '', '']),
    'a second hello': msgpack.packb([0, 1, 3]),
    'too few fields': msgpack.packb([NUMBER['result'], 201]),
    'bytes left over': msgpack.packb(result(status=422)) + b'\x00',
    'a string where a number belongs': msgpack.packb(result(status='201')),
    'a status out of range': msgpack.packb(result(status=6000)),
    'a string over its limit': msgpack.packb(result(status=422, code='x' * 65)),
    'a string with a NUL': msgpack.packb(result(status=422, code='a\0b')),
    'a string longer than the packet': b'\x97\x0d\xcd\x01\xa6\xdb\xff\xff\xff\xff',
    'an array of 2^32 rows': bytes([0x92, NUMBER['tools'], 0xdd, 0xff, 0xff, 0xff, 0xff]),
    'a nesting of 100,000': deep(100000),
    'a descriptor that is not there': msgpack.packb(result(elf=True)),
    'a success without a program': msgpack.packb(result()),
    'a status that is none': msgpack.packb(result(status=99)),
    'a success of another kind': msgpack.packb(result(status=204)),
    'tools that nobody asked for': msgpack.packb([NUMBER['tools'], []]),
    'a packet of the largest size': b'\x00' * wire.PACKET_MAX,
}


def register(name, packet):
    @test(f'a compiler says {name}')
    def case():
        with Broker() as b:
            compiler = compiling(b)
            compiler.channel.raw(packet)
            contains(died(b, compiler), 'protocol')


for _name, _packet in NONSENSE.items():
    register(_name, _packet)


@test('a compiler speaks before its job, and instead of its hello')
def too_early():
    with Broker() as b:
        b.create()
        compiler = b.spawn(COMPILER).start(hello=False)
        compiler.channel.raw(msgpack.packb(result(status=422)))
        died(b, compiler)
        b.create()
        compiler = b.spawn(COMPILER).start(hello=False)
        wire.receive_packet(compiler.channel.socket)
        compiler.channel.raw(msgpack.packb([0, b.hash, wire.PEERS['COMPILER']]))
        compiler.channel.raw(msgpack.packb(result(status=422)))
        # Either it was already given its job (and this is an answer) or it was not (and it is dropped).
        name, failed = b.httpd.receive()
        while name is None:
            name, failed = b.httpd.receive()
        check(failed['status'] in (422, 502), failed)


@test('a worker of another version, or another kind, is not taken')
def wrong_hello():
    with Broker() as b:
        for arguments in ({'table_hash': 1}, {'kind': 'TRACER'}, {'kind': 'HTTPD'}):
            b.create()
            compiler = b.spawn(COMPILER).start(hello=False)
            compiler.channel.hello(**arguments)
            died(b, compiler)


@test('a compiler\'s program that is unsealed, empty, too big or no memfd')
def bad_programs():
    with Broker(compile_output='64K') as b:
        reader, writer = os.pipe()
        pair = socket.socketpair()
        bad = {
            'unsealed': wire.memfd(b'ELF', sealed=False),
            'empty': wire.memfd(b''),
            'too big': wire.memfd(b'x' * (64 * 1024 + 1)),
            'a pipe': reader,
            'a socket': pair[0].detach(),
            'a directory': os.open('/', os.O_RDONLY | os.O_DIRECTORY),
            '/dev/zero': os.open('/dev/zero', os.O_RDONLY),
        }
        for name, fd in bad.items():
            compiler = compiling(b)
            compiler.channel.send('result', status=201, language='c', elf=fd)
            tap.note(f'{name}: {died(b, compiler)}')
        os.close(writer)
        compiler = compiling(b)
        compiler.channel.send('result', status=422, code='x', diagnostics=wire.memfd(b'x' * (2 << 20)))
        died(b, compiler)


@test('descriptors that no message announces are closed')
def unannounced():
    with Broker() as b:
        before = None
        for count in (1, 4, 5, 64):
            compiler = compiling(b)
            directory = os.open('/', os.O_RDONLY)
            compiler.channel.raw(msgpack.packb(result(status=422)), [directory] * count)
            os.close(directory)
            died(b, compiler)
            before = before or len(b.fds())
        equal(len(b.fds()), before, f'descriptors: {b.fds()}')
        check('/' not in b.fds().values(), 'the directory stayed open')


@test('a result sent twice, or started twice')
def twice():
    with Broker() as b:
        compiler = compiling(b)
        for _ in range(2):
            try:
                compiler.channel.send('result', status=201, language='c', elf=wire.memfd(b'ELF'))
            except BrokenPipeError:
                pass                # the first has been taken, and the channel cut
        tracer = b.spawn(TRACER).start()
        b.gone(compiler)
        tracer.channel.expect('trace')
        tracer.channel.send('started', status=201)
        b.httpd.expect('created')
        tracer.channel.send('started', status=201)
        tracer.channel.closed()
        b.gone(tracer)
        equal(b.httpd.expect('ended')['code'], 'worker_died')
        b.alive()


@test('a tracer\'s nonsense ends its own session only')
def tracer_nonsense():
    with Broker() as b:
        lives, other = b.live(1)
        _, tracer = b.live(2)
        tracer.channel.raw(b'\xc1')
        tracer.channel.closed()
        b.gone(tracer)
        equal(b.httpd.expect('ended')['code'], 'worker_died')
        b.httpd.send('attach', request=3, owner='anna', session=lives['session'])
        other.channel.expect('client')
        b.httpd.expect('attached')


@test('a worker that is killed for memory is said to have run out of it')
def out_of_memory():
    with Broker() as b:
        compiler = compiling(b)
        compiler.exited(int(signal.SIGKILL), out_of_memory=1)
        failed = b.httpd.expect('failed')
        equal((failed['status'], failed['code']), (502, 'worker_died'))
        contains(failed['message'], 'out of memory')


@test('what a worker said before it died still counts')
def last_words():
    with Broker() as b:
        compiler = compiling(b)
        compiler.channel.send('result', status=422, code='compile', message='its last words')
        compiler.exited()
        equal(b.httpd.expect('failed')['message'], 'its last words')


@test('a tracer that does not read its channel is ended, and holds nobody up')
def deaf_tracer():
    with Broker() as b:
        deaf, tracer = b.live(1)
        _, other = b.live(2)
        for request in range(3, 100000):
            b.httpd.send('attach', request=request, owner='anna', session=deaf['session'])
            name, fields = b.httpd.receive()
            if name != 'attached':
                break
            os.close(fields['channel'])
        equal((name, fields['code']), ('failed', 'worker_died'))
        b.gone(tracer)
        equal(b.httpd.expect('ended')['session'], deaf['session'])
        check(not other.killed, 'the other one was killed too')


@test('a session whose tracer has closed its channel and is not gone yet is asked for')
def attach_while_ending():
    with Broker() as b:
        ending, tracer = b.live(1)
        tracer.channel.close()
        b.wait_killed(tracer)
        b.httpd.send('attach', request=3, owner='anna', session=ending['session'])
        failed = b.httpd.expect('failed')
        equal((failed['request'], failed['status'], failed['code']), (3, 502, 'worker_died'))
        tracer.exited(int(signal.SIGKILL))
        equal(b.httpd.expect('ended')['code'], 'worker_died')
        b.alive()


@test('ten thousand random packets')
def fuzz():
    seed = int.from_bytes(os.urandom(4), 'big')
    tap.note(f'seed {seed}')
    rng = random.Random(seed)
    good = [msgpack.packb(result(status=422, code='c', message='m')), msgpack.packb([NUMBER['tools'], []])]
    with Broker(offer=True, compiles_max=64, queue_max=1000) as b:
        for _ in range(100):
            compiler = compiling(b)
            try:
                for _ in range(100):
                    packet = bytearray(rng.choice(good))
                    for _ in range(rng.randint(1, 4)):
                        packet[rng.randrange(len(packet))] = rng.randrange(256)
                    compiler.channel.raw(bytes(packet))
            except (BrokenPipeError, ConnectionResetError):
                pass
            b.gone(compiler)
            name, _ = b.httpd.receive()
            equal(name, 'failed')
        b.alive()


@test('an httpd that speaks nonsense loses its channel; the sessions stay for the next one')
def hostile_httpd():
    with Broker() as b:
        created, tracer = b.live()
        for packet in (b'\xc1', msgpack.packb([NUMBER['result'], 201]), msgpack.packb([NUMBER['end'], 1, 'a' * 200, ''])):
            b.httpd.raw(packet)
            b.httpd.closed()
            b.open_httpd()
        b.httpd.send('attach', request=4, owner='anna', session=created['session'])
        tracer.channel.expect('client')
        b.httpd.expect('attached')


@test('bodies that are unsealed, of another size, or none')
def bad_bodies():
    with Broker() as b:
        for request, (body, size) in enumerate(((wire.memfd(b'{}', sealed=False), 2), (wire.memfd(b'{}'), 3),
                                                (wire.memfd(b''), 0), (os.open('/dev/null', os.O_RDONLY), 0)), 1):
            b.httpd.send('create', request=request, owner='anna', size=size, body=body)
            failed = b.httpd.expect('failed')
            equal((failed['request'], failed['status'], failed['code']), (request, 400, 'body'))


if __name__ == '__main__':
    main()
