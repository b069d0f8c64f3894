#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each process killed in its turn: what ends is what must, with a reason; the rest goes on."""
import os
import signal
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes, programs                                             # noqa: E402
from lib.client import Refused, word                                            # noqa: E402
from lib.service import Service                                                 # noqa: E402
from lib.tap import check, contains, equal, main, test                          # noqa: E402
from lib.websocket import Closed, WebSocket                                     # noqa: E402


def works(service):
    """A whole session, from source to end."""
    session = service.client.create(programs.HELLO)
    end = session.continue_()
    equal((end['status'], end.get('exitCode')), ('exited', 0))
    session.delete()


def refused(call):
    try:
        call()
    except Refused as answer:
        return answer
    raise AssertionError('it was not refused')


def compiling(service):
    """(thread, answers): a request whose compilation takes long; its refusal comes to be in answers."""
    answers = []

    def create():
        try:
            service.client.other().create(programs.SLOW_TO_COMPILE, 'c++')
        except Refused as answer:
            answers.append(answer)
    thread = threading.Thread(target=create)
    thread.start()
    return thread, answers


def program_of(service):
    found = service.programs()
    equal(len(found), 1, 'programs')
    return found[0]


def tracer_of(service):
    return processes.parent(processes.parent(program_of(service)))


@test('the program: the session tells its end, and keeps its past')
def program():
    with Service() as service:
        session = service.client.create(programs.COUNT, record='step')
        for _ in range(4):
            state = session.step_in()
        before = session.registers(position=state['position'])
        processes.kill(program_of(service))
        state = session.continue_()
        equal((state['status'], state['signal']['number']), ('exited', int(signal.SIGKILL)))
        equal(session.registers(position=before.get('position', 1)) is not None, True)
        equal(session.seek(position=0)['position'], 0)
        session.delete()
        works(service)


@test('the program, while it runs')
def running_program():
    with Service() as service:
        socket = WebSocket(service.client.create(programs.FOREVER))
        number = socket.post('continue', {'wait': 60000})
        socket.wait_event('continued')
        processes.kill(program_of(service))
        state = socket.reply(number)
        equal((state['status'], state['signal']['number']), ('exited', int(signal.SIGKILL)))
        works(service)


@test('the program\'s stub: the program ends with it, and the session says so')
def stub():
    with Service() as service:
        session = service.client.create(programs.COUNT)
        session.step_in()
        victim = program_of(service)
        processes.kill(processes.parent(victim))
        try:
            equal(session.continue_()['status'], 'exited')
            equal(session.seek(position=0)['position'], 0)
            session.delete()
        except Refused as answer:
            check(answer.status in (410, 502), answer)
        equal(processes.wait_gone([victim], 10), [], 'the program outlives its session')
        works(service)


def dies_with_reason(service, session, victim, victims):
    """The tracer is killed; session says so, and all below it is gone."""
    processes.kill(victim)
    equal(processes.wait_gone(victims, 10), [], 'outlives its tracer')
    answer = refused(session.state)
    check(answer.status in (410, 502), answer)
    equal(answer.code, 'worker_died')
    contains(answer.message, 'tracer')


@test('the tracer: its program dies with it, the session says why, another session does not notice')
def tracer():
    with Service() as service:
        session = service.client.create(programs.COUNT)
        victim = tracer_of(service)
        below = processes.descendants(victim)
        other = service.client.create(programs.COUNT)
        other.step_in()
        dies_with_reason(service, session, victim, [victim, *below])
        equal(other.step_in()['position'] > 1, True)
        equal([s['session'] for s in service.client.sessions()['sessions']], [other.id])
        works(service)


@test('the tracer, while a client waits for its answer on a socket')
def tracer_in_call():
    with Service() as service:
        session = service.client.create(programs.FOREVER)
        socket = WebSocket(session)
        number = socket.post('continue', {'wait': 60000})
        socket.wait_event('continued')
        processes.kill(tracer_of(service))
        try:
            answer = refused(lambda: socket.reply(number))
            check(answer.status in (410, 502), answer)
        except Closed as closed:
            check(closed.code is not None, 'closed without a reason')
        equal(refused(session.state).code, 'worker_died')
        works(service)


@test('a compiler during its compilation: a clear answer, and the next job works')
def compiler():
    with Service() as service:
        thread, answers = compiling(service)
        busy = processes.wait_for(lambda: service.named('.*cc1plus'), what='a compilation')[0]
        worker = busy
        while processes.name(worker) != 'penguintrace-compiler':
            worker = processes.parent(worker)
        processes.kill(worker)
        equal(processes.wait_gone([busy, worker], 10), [], 'outlives the compiler')
        thread.join(20)
        equal([(a.status, a.code) for a in answers], [(502, 'worker_died')])
        contains(answers[0].message, 'signal 9')
        works(service)


@test('cc1plus during its compilation: the compiler says so')
def cc1plus():
    with Service() as service:
        thread, answers = compiling(service)
        processes.kill(processes.wait_for(lambda: service.named('.*cc1plus'), what='a compilation')[0])
        thread.join(20)
        equal(len(answers), 1)
        check(400 <= answers[0].status < 600 and answers[0].message, answers[0])
        works(service)


@test('the client of a compilation closes: the compilation is stopped')
def client_leaves():
    with Service() as service:
        client = service.client.other()
        thread = programs.start_compiling(client)
        busy = processes.wait_for(lambda: service.named('.*cc1plus'), what='a compilation')
        import socket
        client._connection.sock.shutdown(socket.SHUT_RDWR)      # pylint: disable=protected-access
        equal(processes.wait_gone(busy, 5), [], 'it goes on compiling')
        thread.join(10)
        works(service)


@test('spare workers: others take their place')
def spares():
    with Service() as service:
        works(service)
        for name in ('compiler', 'tracer'):
            spare = processes.wait_for(lambda n=name: service.ours(n), what=name)
            for pid in spare:
                processes.kill(pid)
            equal(processes.wait_gone(spare, 10), [])
        works(service)
        works(service)


@test('httpd: another takes the sessions over, where they stood')
def httpd():
    with Service() as service:
        session = service.client.create(programs.COUNT)
        for _ in range(5):
            state = session.step_in()
        socket = WebSocket(session)
        old = service.one('httpd')
        processes.kill(old)
        try:
            while True:
                socket.receive()
        except (Closed, OSError):
            pass
        again = session.state()
        equal((again['position'], word(again['pc']), again['line']),
              (state['position'], word(state['pc']), state['line']))
        check(service.one('httpd') != old, 'the same httpd')
        equal([s['session'] for s in service.client.sessions()['sessions']], [session.id])
        reopened = WebSocket(session)
        equal(reopened.hello['state']['position'], state['position'])
        equal(reopened.step_back()['position'] < state['position'], True)
        contains(service.log.text(), 'httpd has died')
        session.delete()
        works(service)


@test('httpd, while the program runs: the program goes on, the next httpd can pause it')
def httpd_while_running():
    with Service() as service:
        session = service.client.create(programs.FOREVER)
        socket = WebSocket(session)
        socket.post('continue', {'wait': 60000})
        socket.wait_event('continued')
        running = program_of(service)
        processes.kill(service.one('httpd'))
        state = session.pause()
        equal(state['status'], 'stopped')
        equal(program_of(service), running)
        session.delete()


@test('httpd again and again')
def httpd_often():
    with Service() as service:
        session = service.client.create(programs.COUNT)
        for _ in range(4):
            mark = service.log.mark()
            processes.kill(service.one('httpd'))
            service.log.wait('httpd has died', after=mark)
            session.step_in()
            processes.wait_for(lambda: len(service.ours('httpd')) == 1)
        session.delete()


@test('the broker: everything ends, all starts afresh, and the log says so')
def broker():
    with Service() as service:
        session = service.client.create(programs.COUNT)
        old = service.tree()
        processes.kill(service.one('broker'))
        equal(processes.wait_gone(old, 10), [], 'left of the earlier tree')
        contains(service.log.wait('starting afresh'), 'broker')
        service.log.wait('isolation ', after=service.log.mark() - 1)
        processes.wait_for(lambda: len(service.ours('httpd')) == 1)
        answer = refused(session.state)
        check(answer.status in (404, 410), answer)
        works(service)


@test('the launcher, by SIGKILL: nothing is left')
def launcher():
    with Service() as service:
        service.client.create(programs.COUNT)
        socket = WebSocket(service.client.create(programs.FOREVER))
        socket.post('continue', {'wait': 60000})
        socket.wait_event('continued')
        everything = service.tree()
        check(len(everything) >= 8, f'only {len(everything)} processes')
        processes.kill(service.pid)
        service.wait(10)
        equal(processes.wait_gone(everything, 10), [], 'outlives the launcher')
        equal(service.left(), [], 'left below the test')
        service.process.returncode = 0


if __name__ == '__main__':
    main()
