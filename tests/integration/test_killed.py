#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The program is killed at every kind of stop: its past stays, whole and visitable.

Each case brings a session to its stop, writes down what can be seen of every position,
kills the program from outside, and looks again.
"""
import os
import signal
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes, programs                                             # noqa: E402
from lib.client import Refused, word                                            # noqa: E402
from lib.service import shared                                                  # noqa: E402
from lib.tap import check, equal, main, skip, test                              # noqa: E402
from lib.websocket import WebSocket                                             # noqa: E402

POSITIONS_MAX = 64
STACK_BYTES = 512
MEMORY_CGROUP = '/sys/fs/cgroup/memory'

WRITER = 'int target;\nint main(void)\n{\n\tfor (int i = 0; i < 9; i++)\n\t\ttarget = i;\n\treturn 0;\n}\n'
SLEEPER = ('#include <unistd.h>\nint main(void)\n{\n\tsleep(1000);\n\treturn 0;\n}\n')
FAULT = 'static int fall(int *nowhere)\n{\n\t*nowhere = 1;\n\treturn 0;\n}\nint main(void)\n{\n\treturn fall((int *)0);\n}\n'
READER = ('#include <stdio.h>\nint main(void)\n{\n\tchar name[32];\n\tif (scanf("%31s", name) == 1)\n'
          '\t\tputs(name);\n\treturn 0;\n}\n')
BLOCKED = '\t.globl main\nmain:\n\tnop\n\tmov $34, %eax\n\tsyscall\n\tret\n\t.section .note.GNU-stack,"",@progbits\n'
HANDLER = ('#include <signal.h>\nstatic volatile int got;\nstatic void handler(int n)\n{\n\tgot = n;\n}\n'
           'int main(void)\n{\n\tsignal(SIGUSR1, handler);\n\traise(SIGUSR1);\n\treturn got;\n}\n')
THREADS = ('#include <pthread.h>\n#include <unistd.h>\nstatic volatile int work;\n'
           'static void *worker(void *arg)\n{\n\twork++;\n\tfor (;;)\n\t\tpause();\n\treturn arg;\n}\n'
           'int main(void)\n{\n\tpthread_t t;\n\tpthread_create(&t, 0, worker, 0);\n'
           '\tpthread_join(t, 0);\n\treturn 0;\n}\n')
LONG = 'int main(void)\n{\n\tunsigned s = 0;\n\tfor (unsigned i = 0; i < 100000000; i++)\n\t\ts += i;\n\treturn s & 1;\n}\n'
GREEDY = ('#include <stdlib.h>\n#include <string.h>\nint main(void)\n{\n\tfor (;;) {\n'
          '\t\tchar *more = malloc(1 << 20);\n\t\tif (more != NULL)\n\t\t\tmemset(more, 1, 1 << 20);\n\t}\n}\n')


class Run:
    """One session, its socket, and its program's process."""

    def __init__(self, source, language='c', **fields):
        service = shared()
        before = set(service.programs())
        fields.setdefault('record', 'step')
        self.session = service.client.create(source, language, **fields)
        self.pid = (set(service.programs()) - before).pop()
        self.socket = WebSocket(self.session)

    def control(self, command, **arguments):
        """A command that ends by itself."""
        return self.session.request(command, arguments)

    def begin(self, command, **arguments):
        """One that does not: its request's number, once it is under way."""
        number = self.socket.post(command, {'wait': 600000, **arguments})
        self.socket.wait_event('continued')
        return number


def seen(session):
    """What can be seen of the first positions: registers, stack memory, frames, output's length."""
    frontier = session.state()['frontier']
    moments = []
    for position in range(min(frontier, POSITIONS_MAX) + 1):
        state = session.state(position=position)
        moments.append({
            'pc': state['pc'], 'outputEnd': state['outputEnd'], 'registers': state['registers'],
            'stack': session.read_memory(position=position, address=state['registers']['rsp'],
                                         count=STACK_BYTES)['data'],
            'frames': [(f['pc'], f['name'])
                       for f in session.stack_trace(position=position)['stackFrames']]})
    return moments


def ended(run):
    """Wait for the program's end to be known; the state then."""
    after = 0
    while True:
        state = run.session.state()
        if state['live']['status'] == 'exited':
            return state
        after = run.session.events(after=after, wait=10000)['seq']


def refused(call):
    try:
        call()
    except Refused as answer:
        return answer.status
    return 200


def look_after(run, before, end=int(signal.SIGKILL)):
    """The past is what it was, can be walked both ways, and nothing lives on."""
    ended(run)
    for position, (was, now) in enumerate(zip(before, seen(run.session), strict=False)):
        for what, value in was.items():
            equal(now[what], value, f'{what} at {position}')
    last = run.session.continue_()
    equal((last['status'], last.get('exitCode', last.get('signal', {}).get('number'))), ('exited', end))
    equal(last['position'], last['frontier'])
    for position in range(min(last['frontier'], POSITIONS_MAX), -1, -1):
        equal(run.session.seek(position=position)['position'], position)
    first = run.session.state()
    equal((first['position'], first['status']), (0, 'stopped'))
    if last['frontier'] > 1:
        check(run.session.step_in(granularity='instruction')['position'] > 0, 'no step in the past')
    equal(run.session.reverse_continue()['position'], 0)
    equal(refused(lambda: run.session.input(text='x')), 410, 'input to a dead program')
    check(word(run.session.registers(position=0)['registers']['rip']) != 0, 'no registers')
    equal(processes.wait_gone([run.pid], 10), [], 'it lives')


def killed_at(title, source, *prepare, language='c', end=int(signal.SIGKILL), **fields):
    """A test: prepare steps, look, kill, look again; end: exit code, or signal."""
    def case():
        run = Run(source, language, **fields)
        for step in prepare:
            step(run)
        before = seen(run.session)
        processes.kill(run.pid)
        look_after(run, before, end)
        run.session.delete()
    test(title)(case)


def does(command, **arguments):
    return lambda run: run.control(command, **arguments)


def begins(command, **arguments):
    return lambda run: run.begin(command, **arguments)


def breaks_at(line):
    return lambda run: run.session.set_breakpoints(breakpoints=[{'line': line}])


def watches(run):
    found = run.session.request('dataBreakpointInfo', {'name': 'target'})
    run.session.request('setDataBreakpoints', {'breakpoints': [{'dataId': found['dataId']}]})


def pauses_running(run):
    number = run.begin('continue')
    run.session.pause()
    run.socket.reply(number)


def waits_for_input(run):
    run.socket.post('continue', {'wait': 600000})
    run.socket.wait_event('waiting', lambda event: event['waiting'])


def writes(run):
    run.session.request('setVariable', {'name': 'target', 'value': '7'})


killed_at('at its first stop', programs.COUNT)
killed_at('after an instruction', programs.COUNT, does('stepIn', granularity='instruction', count=5))
killed_at('after a line, library calls in it', programs.HELLO, does('next'), does('next'))
killed_at('at a breakpoint, run to natively', programs.COUNT, breaks_at(5), does('continue'))
killed_at('at watched memory, seen by a debug register', WRITER, watches, does('continue'), does('continue'))
killed_at('at a fault that is held', FAULT, does('stepIn'), does('continue'))
killed_at('at its exit, where it is held', programs.HELLO, does('next'), does('continue'), end=0)
killed_at('after a pause', programs.FOREVER, does('stepIn'), pauses_running)
killed_at('while it runs natively', programs.FOREVER, does('stepIn'), begins('continue'))
killed_at('asleep within a library call', SLEEPER, does('stepIn'), begins('next'))
killed_at('asleep within a system call of its own', BLOCKED, does('stepIn', granularity='instruction'),
          begins('stepIn', granularity='instruction', count=4), language='asm')
killed_at('while it waits for input', READER, does('stepIn'), waits_for_input)
killed_at('within a signal handler', HANDLER, breaks_at(5), does('continue'), does('stepIn'))
killed_at('with two threads asleep', THREADS, does('next', count=2), begins('continue'))
killed_at('in a new thread', THREADS, breaks_at(6), does('continue'), does('stepIn', granularity='instruction', count=2))
killed_at('while steps are recorded', LONG, does('stepIn', count=4), begins('next', count=1000000))
killed_at('while it records ahead', LONG, does('stepIn', count=4), record='ahead')
killed_at('after a write of the person', WRITER, does('stepIn', count=2), writes)
killed_at('the cursor in the past', programs.COUNT, does('stepIn', count=6), does('seek', position=2))


def memory_cgroup():
    """A cgroup of 64 MiB; skips where none is to be had."""
    try:
        path = tempfile.mkdtemp(prefix='penguintrace-test-', dir=MEMORY_CGROUP)
        with open(f'{path}/memory.limit_in_bytes', 'w', encoding='ascii') as file:
            file.write('64M')
        return path
    except OSError as error:
        skip(f'no memory cgroup to be had: {error}')
        return None


@test('out of memory, by the kernel, in the middle of a native run')
def out_of_memory():
    path = memory_cgroup()
    if path is None:
        return
    try:
        run = Run(GREEDY)
        run.control('stepIn', count=2)
        before = seen(run.session)
        with open(f'{path}/cgroup.procs', 'w', encoding='ascii') as file:
            file.write(str(run.pid))
        run.socket.post('continue', {'wait': 600000})
        look_after(run, before)
        run.session.delete()
        equal(processes.wait_gone([run.pid], 10), [], 'it lives')
    finally:
        os.rmdir(path)


main()
