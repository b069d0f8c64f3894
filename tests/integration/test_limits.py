#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Limits that the broker keeps: numbers, sizes and wall clocks, each with its own clear answer."""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes, programs                                             # noqa: E402
from lib.client import Refused                                                  # noqa: E402
from lib.launcher import Broker                                                 # noqa: E402
from lib.service import Service                                                 # noqa: E402
from lib.tap import check, contains, equal, main, test                          # noqa: E402
from lib.wire import COMPILER, TRACER                                           # noqa: E402


def refused(b, status, code):
    failed = b.httpd.expect('failed')
    equal((failed['status'], failed['code']), (status, code))
    return failed


@test('sessions_per_owner: one owner is full, another is not')
def per_owner():
    with Broker(sessions_per_owner=2) as b:
        first, tracer = b.live(1)
        b.live(2)
        b.create(3)
        failed = refused(b, 503, 'sessions_per_owner')
        check(failed['retry_after'] > 0, 'no Retry-After')
        contains(failed['message'], 'DELETE')
        b.live(4, owner='bert')
        b.httpd.send('end', request=5, owner='anna', session=first['session'])
        b.httpd.expect('ended')
        b.httpd.expect('sessions')
        b.gone(tracer)
        b.live(6)


@test('sessions_max: the service is full for all')
def in_all():
    with Broker(sessions_max=2) as b:
        b.live(1, owner='anna')
        b.live(2, owner='bert')
        b.create(3, owner='carl')
        check(refused(b, 503, 'sessions_max')['retry_after'] > 0, 'no Retry-After')


@test('queue_max: the place in the queue and Retry-After')
def queue_full():
    with Broker(compiles_max=1, queue_max=2) as b:
        for request in (1, 2, 3, 4):
            b.create(request)
        failed = refused(b, 503, 'queue_max')
        equal((failed['request'], failed['queue']), (4, 3))
        check(failed['retry_after'] > 0, 'no Retry-After')


@test('source_max and the size of an upload: 413')
def sizes():
    with Broker(source_max='1K', compile_output='64K') as b:
        b.create(1, body=b'x' * 1025)
        contains(refused(b, 413, 'source_max')['message'], '1024')
        b.create(2, body=b'x' * 65537, format=1)
        refused(b, 413, 'compile_output')


@test('compile_wall: a compiler that does not come to an end is killed')
def compile_wall():
    with Broker(compile_wall=1) as b:
        start = time.monotonic()
        b.create()
        compiler = b.spawn(COMPILER).start()
        compiler.channel.expect('job')
        contains(refused(b, 422, 'limit_time')['message'], 'compile_wall')
        check(1 <= time.monotonic() - start < 8, f'after {time.monotonic() - start:.1f} s')
        b.gone(compiler)
        b.live(2)


@test('compile_wall also ends a compiler that is never ready')
def never_ready():
    with Broker(compile_wall=1) as b:
        b.create()
        silent = b.spawn(COMPILER).start(hello=False)
        refused(b, 422, 'limit_time')
        b.gone(silent)
        b.create(2)
        never = b.spawn(COMPILER)
        refused(b, 422, 'limit_time')
        b.wait_killed(never)
        never.start(hello=False)        # SPAWNED crosses the KILL
        never.channel.closed()
        never.exited()
        b.alive()


@test('start_wall: a program that does not come to its first stop')
def start_wall():
    with Broker(start_wall=1) as b:
        b.create(1, body=b'ELF', format=1)
        tracer = b.spawn(TRACER).start()
        tracer.channel.expect('trace')
        contains(refused(b, 422, 'start_wall')['message'], 'start_wall')
        b.gone(tracer)


@test('session_wall: the longest that a session may last, whoever is connected')
def session_wall():
    with Broker(session_wall=10) as b:
        created, tracer = b.live()
        b.httpd.send('clients', session=created['session'], count=1)
        b.httpd.socket.settimeout(20)
        ended = b.httpd.expect('ended')
        equal((ended['session'], ended['code']), (created['session'], 'session_wall'))
        b.gone(tracer)


@test('session_idle: counted from the last client, and not while one is there')
def session_idle():
    with Broker(session_idle=10) as b:
        idle, tracer = b.live(1)
        used, _ = b.live(2)
        b.httpd.send('clients', session=used['session'], count=1)
        b.httpd.socket.settimeout(20)
        start = time.monotonic()
        ended = b.httpd.expect('ended')
        equal((ended['session'], ended['code']), (idle['session'], 'session_idle'))
        b.gone(tracer)
        b.httpd.send('clients', session=used['session'], count=0)
        equal(b.httpd.expect('ended')['session'], used['session'])
        check(time.monotonic() - start > 18, 'the second one was not counted from its last client')


@test('idle sessions cost the broker no processor time')
def idle_costs_nothing():
    def ticks(pid):
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            return sum(int(n) for n in file.read().rpartition(')')[2].split()[11:13])
    with Broker() as b:
        for request in range(1, 11):
            b.live(request)
        b.alive()
        processes.wait_for(lambda: processes.status(b.process.pid)['State'].startswith('S'), what='its sleep')
        switches = _switches(b.process.pid)
        before = ticks(b.process.pid)
        import select
        select.select([b.httpd.socket], [], [], 2)      # the event that must not come
        equal(ticks(b.process.pid), before, 'clock ticks in 2 s')
        equal(_switches(b.process.pid), switches, 'wake-ups in 2 s')


def _switches(pid):
    with open(f'/proc/{pid}/status', encoding='ascii') as file:
        return [line for line in file if 'ctxt_switches' in line]


# -- the same as a client of the whole service sees it -------------------------------


def over_http(call):
    try:
        call()
    except Refused as answer:
        check(answer.message, 'no message')
        return answer
    raise AssertionError('it was not refused')


@test('over HTTP: sessions_per_owner is 503 with Retry-After')
def http_per_owner():
    with Service(sessions_per_owner=1) as service:
        service.client.create(programs.HELLO)
        answer = over_http(lambda: service.client.create(programs.HELLO))
        equal((answer.status, answer.code), (503, 'sessions_per_owner'))
        check(int(answer.headers['retry-after']) > 0, answer.headers)


@test('over HTTP: a full queue is 503 with the place in it, and the jobs before it go on')
def http_queue():
    with Service(compiles_max=1, queue_max=1, compile_wall=3) as service:
        answers = []

        def create():
            answers.append(over_http(lambda: service.client.other().create(programs.SLOW_TO_COMPILE, 'c++')))
        threads = [threading.Thread(target=create) for _ in range(2)]
        for thread in threads:
            thread.start()
        processes.wait_for(lambda: b'penguintrace_queued 1' in service.client.fetch('GET', '/metrics').body)
        answer = over_http(lambda: service.client.create(programs.HELLO))
        equal((answer.status, answer.code), (503, 'queue_max'))
        equal(answer.body['error']['queue'], 2)
        check(int(answer.headers['retry-after']) > 0, answer.headers)
        for thread in threads:
            thread.join(30)
        equal([(a.status, a.code) for a in answers], [(422, 'limit_time')] * 2)


@test('over HTTP: a body over source_max is 413')
def http_size():
    with Service(source_max='2K') as service:
        answer = over_http(lambda: service.client.create('/' * 3000))
        equal(answer.status, 413)


@test('a thousand requests at once: each has its answer, and the service is as before')
def http_flood():
    with Service(compiles_max=2, queue_max=8) as service:
        statuses = []

        def flood():
            client = service.client.other()
            for _ in range(50):
                statuses.append(over_http(lambda: client.create('int main(')).status)
        threads = [threading.Thread(target=flood) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(100)
        equal(len(statuses), 1000)
        equal(set(statuses) - {422, 503}, set(), 'other answers')
        over_http(lambda: service.client.create('int main('))
        equal(service.client.sessions()['sessions'], [])


if __name__ == '__main__':
    main()
