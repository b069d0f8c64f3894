#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the design says of the processes: the broker steps aside, compilers hold nothing, idle sessions sleep."""
import os
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes, programs                                              # noqa: E402
from lib.running import run_to_end                                               # noqa: E402
from lib.service import shared                                                   # noqa: E402
from lib.tap import check, equal, main, skip, test                               # noqa: E402
from lib.traced import CALLS                                                     # noqa: E402
from lib.websocket import WebSocket                                              # noqa: E402


def stopped(pid):
    return processes.status(pid)['State'].startswith('T')


@test('the broker is out of the step path: with it stopped, sessions step, run and are looked at')
def without_broker():
    session = shared().client.create(CALLS)
    socket = WebSocket(session)
    broker = shared().one('broker')
    os.kill(broker, signal.SIGSTOP)
    try:
        processes.wait_for(lambda: stopped(broker), what='a stopped broker')
        for number in range(1, 21):
            equal(session.step_in(granularity='instruction', wait=5000)['position'], number)
        equal(socket.step_back(count=3)['status'], 'stopped')
        session.stack_trace()
        equal(run_to_end(session)['exitCode'], 3)
    finally:
        os.kill(broker, signal.SIGCONT)
    socket.close()
    session.delete()


@test('gcc and its children hold nothing and are behind the filter')
def compilers():
    service = shared()
    client = service.client.other()
    thread = programs.start_compiling(client)
    busy = processes.wait_for(lambda: service.named('.*cc1plus'), what='a compilation')[0]
    while processes.parent(busy) != service.pid:
        now = processes.status(busy)
        equal((now['Seccomp'], now['NoNewPrivs']), ('2', '1'), now['Name'])
        equal([int(now[name], 16) for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')], [0] * 5, now['Name'])
        check('0' not in now['Uid'].split() or os.geteuid() != 0, f'{now["Name"]} is root')
        busy = processes.parent(busy)
    client._connection.sock.shutdown(2)         # pylint: disable=protected-access
    thread.join(20)


@test('httpd, broker and workers have a network without anything in it')
def networks():
    if os.geteuid() != 0:
        skip('only root may look at the network of others')
    service = shared()
    session = service.client.create(CALLS)
    pids = [service.one('httpd'), service.one('broker'), *service.ours('compiler'), *service.ours('tracer'),
            *service.programs()]
    for pid in pids:
        with open(f'/proc/{pid}/net/dev', encoding='ascii') as file:
            names = [line.partition(':')[0].strip() for line in file if ':' in line]
        equal(names, ['lo'], processes.name(pid))
        with open(f'/proc/{pid}/net/route', encoding='ascii') as file:
            equal(file.readlines()[1:], [], f'{processes.name(pid)} has routes')
        with open(f'/proc/{pid}/net/if_inet6', encoding='ascii') as file:
            equal(file.read(), '', processes.name(pid))
    session.delete()


@test('a session that stands wakes nobody up')
def idle():
    service = shared()
    session = service.client.create(CALLS)
    socket = WebSocket(session)
    tracer = processes.parent(processes.parent(service.programs()[0]))
    pids = [service.one('httpd'), tracer, service.programs()[0]]

    def switches():
        return [[processes.status(pid)[name] for name in ('voluntary_ctxt_switches', 'nonvoluntary_ctxt_switches')]
                for pid in pids]
    session.recorded()
    socket.state()
    processes.wait_for(lambda: all(processes.status(pid)['State'][0] in 'St' for pid in pids), what='sleep')
    before = switches()
    time.sleep(1)               # what is measured is that in this time nothing happens
    equal(switches(), before, 'wake-ups of httpd, tracer, program in 1 s')
    socket.close()
    session.delete()


if __name__ == '__main__':
    main()
