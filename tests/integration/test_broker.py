#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The broker's own work, seen from all its sides: a session's life, owners, queue, a new httpd."""
import os
import re
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import wire                                                            # noqa: E402
from lib.launcher import Broker                                                 # noqa: E402
from lib.tap import check, contains, equal, main, test                          # noqa: E402
from lib.wire import COMPILER, TRACER                                           # noqa: E402


@test('the compilers are asked at the start, and httpd gets the offer')
def offer():
    with Broker() as b:
        equal([t['compiler'] for t in b.offer['tools']], ['gcc'])
        equal(b.offer['isolation'], 'none')
        check(b.offer['isolation_note'], 'no note for a machine without isolation')


@test('a body becomes a session: job, result, trace, started, created')
def life():
    with Broker() as b:
        b.create(7, body=b'{"language": "c"}')
        compiler = b.spawn(COMPILER).start()
        job = compiler.channel.expect('job')
        equal(job['probe'], 0)
        equal(wire.read_memfd(job['body']), b'{"language": "c"}')
        compiler.channel.send('result', status=201, language='c', elf=wire.memfd(b'\x7fELF'),
                              diagnostics=wire.memfd(b'[]'))
        tracer = b.spawn(TRACER).start()
        b.wait_killed(compiler)
        trace = tracer.channel.expect('trace')
        equal(wire.read_memfd(trace['elf']), b'\x7fELF')
        equal(wire.read_memfd(trace['body']), b'{"language": "c"}')
        tracer.channel.send('started', status=201)
        client = wire.Channel(_socket(tracer.channel.expect('client')['channel']), 'TRACER')
        created = b.httpd.expect('created')
        equal((created['request'], created['owner'], created['language']), (7, 'anna', 'c'))
        check(re.fullmatch(r'[A-Za-z0-9_-]{22}', created['session']), created['session'])
        equal(wire.read_memfd(created['diagnostics']), b'[]')
        httpd = wire.Channel(_socket(created['channel']), 'HTTPD')
        httpd.raw(b'step')
        equal(client.socket.recv(64), b'step', 'the two ends are a pair')


def _socket(fd):
    import socket
    return socket.socket(fileno=fd)


@test('an uploaded program goes to the tracer without a compiler')
def upload():
    with Broker() as b:
        b.create(1, body=b'\x7fELF...', format=1)
        tracer = b.spawn(TRACER).start()
        trace = tracer.channel.expect('trace')
        equal(wire.read_memfd(trace['elf']), b'\x7fELF...')
        equal(trace['body'], None)


@test('the same request again needs no compiler; another owner\'s, or another request, does')
def cached():
    with Broker(compile_cache='1M') as b:
        def compiled(request, owner, body):
            b.create(request, owner, body)
            compiler = b.spawn(COMPILER).start()
            compiler.channel.expect('job')
            compiler.channel.send('result', status=201, language='c', elf=wire.memfd(b'the ELF of ' + body),
                                  diagnostics=wire.memfd(b'[1]'))
            b.gone(compiler)
        compiled(1, 'anna', b'one')
        compiled(2, 'bert', b'one')
        compiled(3, 'anna', b'two')
        for _ in range(3):
            b.spawn(TRACER)
        b.create(4, 'anna', b'one')
        tracer = b.spawn(TRACER).start()
        trace = tracer.channel.expect('trace')
        equal(wire.read_memfd(trace['elf']), b'the ELF of one')
        equal(wire.read_memfd(trace['body']), b'one')
        tracer.channel.send('started', status=201)
        created = b.httpd.expect('created')
        equal((created['request'], created['language']), (4, 'c'))
        equal(wire.read_memfd(created['diagnostics']), b'[1]')
        compiled(5, 'anna', b'x' * 400000)          # over a quarter of the cache: not kept
        compiled(6, 'anna', b'x' * 400000)


@test('a failed compilation is answered with its diagnostics')
def compile_error():
    with Broker() as b:
        b.create()
        compiler = b.spawn(COMPILER).start()
        compiler.channel.expect('job')
        compiler.channel.send('result', status=422, code='compile', message='1 error',
                              diagnostics=wire.memfd(b'[{"line":1}]'))
        failed = b.httpd.expect('failed')
        equal((failed['status'], failed['code'], failed['message']), (422, 'compile', '1 error'))
        equal(wire.read_memfd(failed['diagnostics']), b'[{"line":1}]')
        b.gone(compiler)
        equal(b.alive()['sessions'], 0)


@test('a program that cannot be started is answered with the tracer\'s reason')
def not_started():
    with Broker() as b:
        b.create(1, body=b'no ELF', format=1)
        tracer = b.spawn(TRACER).start()
        tracer.channel.expect('trace')
        tracer.channel.send('started', status=422, code='elf', message='This is no ELF program.')
        equal(b.httpd.expect('failed')['code'], 'elf')
        b.wait_killed(tracer)


@test('no more than compiles_max at a time, in order; a withdrawn one leaves the queue')
def queue():
    with Broker(compiles_max=1) as b:
        for request in (1, 2, 3):
            b.create(request)
        first = b.spawn(COMPILER).start()
        first.channel.expect('job')
        measured = b.alive()
        equal((measured['compiling'], measured['queued']), (1, 2))
        b.httpd.send('cancel', request=2)
        equal(b.httpd.expect('failed')['request'], 2)
        first.channel.send('result', status=422, code='compile', message='no')
        equal(b.httpd.expect('failed')['request'], 1)
        equal(b.waiting, [], 'started before the first one was gone')
        b.gone(first)
        second = b.spawn(COMPILER).start()
        second.channel.expect('job')
        second.channel.send('result', status=422, code='compile', message='no')
        equal(b.httpd.expect('failed')['request'], 3)


@test('cancel kills the compiler')
def cancel():
    with Broker() as b:
        b.create()
        compiler = b.spawn(COMPILER).start()
        compiler.channel.expect('job')
        b.httpd.send('cancel', request=1)
        equal(b.httpd.expect('failed')['code'], 'cancelled')
        b.gone(compiler)
        equal(b.alive()['sessions'], 0)


@test('a session is its owner\'s alone: to others it is not there')
def owners():
    with Broker() as b:
        created, _ = b.live(owner='anna')
        answers = {}
        for owner, session in (('bert', created['session']), ('anna', 'no-such-session')):
            for command in ('attach', 'query', 'end', 'program'):
                b.httpd.send(command, request=5, owner=owner, session=session)
                failed = b.httpd.expect('failed')
                failed['message'] = failed['message'].replace(session, 'ID')
                answers.setdefault(command, []).append(failed)
        for command, (theirs, absent) in answers.items():
            equal(theirs, absent, command)
            equal(theirs['status'], 404)
        b.httpd.send('list', request=6, owner='bert')
        equal(b.httpd.expect('sessions')['rows'], [])
        b.httpd.send('list', request=6, owner='anna')
        equal([r['session'] for r in b.httpd.expect('sessions')['rows']], [created['session']])


@test('attach gives another pair; query, program; end kills, and says so later too')
def attach_and_end():
    with Broker() as b:
        created, tracer = b.live(elf=b'the program')
        asked = {'request': 2, 'owner': 'anna', 'session': created['session']}
        b.httpd.send('attach', **asked)
        tracer.channel.expect('client')
        equal(b.httpd.expect('attached')['language'], 'c')
        b.httpd.send('query', **asked)
        equal(b.httpd.expect('sessions')['rows'][0]['phase'], 3)
        b.httpd.send('program', **asked)
        equal(wire.read_memfd(b.httpd.expect('program_is')['elf']), b'the program')
        b.httpd.send('end', **asked)
        equal(b.httpd.expect('ended')['code'], 'deleted')
        equal(b.httpd.expect('sessions')['rows'], [])
        b.gone(tracer)
        b.httpd.send('attach', **asked)
        failed = b.httpd.expect('failed')
        equal((failed['status'], failed['code']), (410, 'deleted'))


@test('a new httpd gets the offer and takes the sessions over; waiting requests end with the old one')
def new_httpd():
    with Broker() as b:
        created, tracer = b.live()
        b.create(2)
        compiler = b.spawn(COMPILER).start()
        compiler.channel.expect('job')
        b.httpd.close()
        b.gone(compiler)
        b.open_httpd()
        b.httpd.send('list', request=3, owner='anna')
        equal([r['session'] for r in b.httpd.expect('sessions')['rows']], [created['session']])
        b.httpd.send('attach', request=4, owner='anna', session=created['session'])
        tracer.channel.expect('client')
        b.httpd.expect('attached')


@test('spare workers are started before they are asked for, and replaced')
def spares():
    with Broker(spare_workers=1, offer=False) as b:
        probe = b.spawn(COMPILER).start()
        spare, tracer = b.spawn(COMPILER).start(), b.spawn(TRACER).start()
        probe.channel.expect('job')
        probe.channel.send('tools', tools=[])
        b.gone(probe)
        b.open_httpd()
        b.create()
        spare.channel.expect('job')
        b.spawn(COMPILER)
        spare.channel.send('result', status=201, language='c', elf=wire.memfd(b'E'))
        tracer.channel.expect('trace')
        b.spawn(TRACER)


@test('a spare that dies unasked is not started again and again')
def dying_spares():
    with Broker(spare_workers=1, offer=False) as b:
        probe = b.spawn(COMPILER).start()
        spare = b.spawn(COMPILER).start()
        spare.exited()
        probe.channel.expect('job')
        probe.channel.send('tools', tools=[])
        b.gone(probe)
        b.open_httpd()
        b.alive()
        equal([w.kind for w in b.waiting if w.kind == COMPILER], [])
        b.create()
        b.spawn(COMPILER)


@test('a sandbox that cannot be started is a clear 503')
def spawn_fails():
    with Broker() as b:
        b.create()
        b.spawn(COMPILER).refuse(28)
        failed = b.httpd.expect('failed')
        equal((failed['status'], failed['code']), (503, 'spawn_failed'))
        contains(failed['message'], 'No space left')


@test('sessions leave no descriptor behind')
def descriptors():
    with Broker() as b:
        before = None
        for request in range(1, 6):
            created, tracer = b.live(request)
            os.close(created['channel'])
            b.httpd.send('end', request=request, owner='anna', session=created['session'])
            b.httpd.expect('ended')
            b.httpd.expect('sessions')
            b.gone(tracer)
            b.alive()
            before = before or len(b.fds())
        equal(len(b.fds()), before, f'descriptors: {b.fds()}')


@test('with a node set, ids begin with it')
def node():
    with Broker(node='a1') as b:
        created, _ = b.live()
        check(re.fullmatch(r'a1\.[A-Za-z0-9_-]{22}', created['session']), created['session'])


@test('a tracer that dies ends its session, and only that one')
def tracer_dies():
    with Broker() as b:
        dead, tracer = b.live(1)
        lives, _ = b.live(2)
        tracer.exited(status=int(signal.SIGSEGV))
        ended = b.httpd.expect('ended')
        equal((ended['session'], ended['code']), (dead['session'], 'worker_died'))
        contains(ended['message'], 'signal 11')
        b.httpd.send('list', request=3, owner='anna')
        equal([r['session'] for r in b.httpd.expect('sessions')['rows']], [lives['session']])


@test('SIGTERM: sessions go on, none is new; with the last one the broker ends')
def draining():
    with Broker() as b:
        created, _ = b.live()
        b.process.terminate()
        b.log.wait('draining')
        b.create(2)
        failed = b.httpd.expect('failed')
        equal((failed['status'], failed['code']), (503, 'draining'))
        b.httpd.send('end', request=3, owner='anna', session=created['session'])
        b.httpd.expect('ended')
        b.httpd.expect('sessions')
        equal(b.process.wait(10), 0)


if __name__ == '__main__':
    main()
