#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Programs of many shapes: faults, signals, several files, uploads, deep stacks, C++, threads."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused                                      # noqa: E402
from lib.traced import CALLS, CXX_HELLO, FAULT, HANDLER, THREADS  # noqa: E402
from lib.running import Running, line_of, moment, output_of, refuses, run_to_end    # noqa: E402
from lib.service import shared                                      # noqa: E402
from lib.tap import check, contains, equal, main, test              # noqa: E402


# -- the end of a program ----------------------------------------------------------------------


@test('a segmentation fault stops first, says where, and the moments before stay')
def fault():
    with Running(FAULT) as session:
        state = session.continue_()
        equal((state['status'], state['reason']), ('stopped', 'exception'))
        signal = state['signal']
        equal((signal['number'], signal['name'], signal['address'], signal['access']), (11, 'SIGSEGV', '0x0', 'writing'))
        equal((state['line'], state['function']), (line_of(FAULT, '*nowhere = 1'), 'fall'))
        contains(session.exception_info()['description'], 'Segmentation')
        equal([f['name'] for f in session.stack_trace()['stackFrames'][:2]], ['fall', 'main'])
        equal(session.evaluate(expression='nowhere')['result'].split()[0], '0x0')
        position = state['position']
        state = session.continue_()
        equal((state['status'], state['signal']['name']), ('exited', 'SIGSEGV'))
        equal(session.seek(position=position)['line'], line_of(FAULT, '*nowhere = 1'))
        equal(session.seek(position=0)['pc'], session.first['pc'])


@test('stepping over a fault by line stops at it too')
def fault_by_step():
    with Running(FAULT) as session:
        for _ in range(20):
            state = session.step_in()
            if state['reason'] != 'step':
                break
        equal(state['reason'], 'exception')


@test('abort is a signal too, and a handler can be stepped into')
def signals():
    with Running('#include <stdlib.h>\nint main(void)\n{\n\tabort();\n}\n') as session:
        state = session.continue_()
        equal((state['reason'], state['signal']['name']), ('exception', 'SIGABRT'))
        check('main' in [f['name'] for f in session.stack_trace()['stackFrames']], 'main is not on the stack')
        state = session.continue_()
        equal((state['status'], state['signal']['number']), ('exited', 6))
    with Running(HANDLER) as session:
        session.set_breakpoints(breakpoints=[{'line': line_of(HANDLER, 'caught = number')}])
        state = session.continue_()
        while state['reason'] == 'exception':
            state = session.continue_()
        equal((state['reason'], state['function']), ('breakpoint', 'handler'))
        state = session.step_in(granularity='instruction', count=3)
        session.step_back(granularity='instruction', count=3)
        session.set_breakpoints(breakpoints=[])
        state = session.continue_()
        while state['reason'] == 'exception':
            state = session.continue_()
        equal(state['exitCode'], 10)


@test('exit status; stepping past the end changes nothing')
def exit_status():
    with Running('#include <stdlib.h>\nint main(void)\n{\n\texit(300);\n}\n') as session:
        state = run_to_end(session)
        equal(state['exitCode'], 300 & 255)
        again = session.step_in()
        equal((again['status'], again['position']), ('exited', state['position']))
        session.step_back(granularity='instruction')
        equal(session.continue_()['status'], 'exited')


# -- other shapes of a program ------------------------------------------------------------------


@test('several files: lines, breakpoints and sources of each')
def several_files():
    files = {'main.c': '#include "part.h"\n\nint main(void)\n{\n\treturn part(3);\n}\n',
             'part.c': '#include "part.h"\n\nint part(int n)\n{\n\treturn n + ADDED;\n}\n',
             'part.h': '#define ADDED 4\nint part(int n);\n'}
    with Running(files) as session:
        placed = session.set_breakpoints(file='part.c', breakpoints=[{'line': 5}])['breakpoints']
        equal(placed[0]['verified'], True)
        state = session.continue_()
        equal((state['file'], state['line'], state['function']), ('part.c', 5, 'part'))
        equal([f.get('file') for f in session.stack_trace()['stackFrames'][:2]], ['part.c', 'main.c'])
        for name, text in files.items():
            source = session.source(file=name)
            equal((source['text'], source['total']), (text, len(text)))
        equal(session.breakpoint_locations(file='part.c', line=1, endLine=9)['breakpoints'],
              [{'line': 4}, {'line': 5}, {'line': 6}])
        placed = session.request('setFunctionBreakpoints', {'breakpoints': [{'name': 'part'}, {'name': 'nothing'}]})
        equal([b['verified'] for b in placed['breakpoints']], [True, False])
        equal(run_to_end(session)['exitCode'], 7)


@test('an uploaded program is traced without its sources')
def upload():
    with Running(CALLS) as session:
        elf = session.program()
    session = shared().client.upload(elf)
    equal((session.first['function'], session.first['position']), ('main', 0))
    before = moment(session, 0)
    session.step_in(granularity='instruction', count=10)
    session.step_back(granularity='instruction', count=10)
    equal(moment(session, 0), before)
    refuses(422, 'file', session.source)
    equal(run_to_end(session)['exitCode'], 3)
    session.delete()
    for garbage in (b'', b'\x7fELF', b'\x7fELF' + bytes(4096), elf[:900], os.urandom(5000)):
        try:
            shared().client.upload(garbage)
            raise AssertionError(f'{garbage[:20]} was traced')
        except Refused as refused:
            check(refused.status in (400, 422), refused)


@test('a deep stack is paged')
def deep_stack():
    text = ('static int down(int n)\n{\n\tif (n == 0)\n\t\treturn 1;\n\treturn down(n - 1) + 1;\n}\n\n'
            'int main(void)\n{\n\treturn down(900) == 901;\n}\n')
    with Running(text) as session:
        session.goto(line=4)
        first = session.stack_trace(count=10)
        equal([f['id'] for f in first['stackFrames']], list(range(10)))
        equal(first['stackFrames'][0]['name'], 'down')
        last = session.stack_trace(start=895, count=64)
        names = [f['name'] for f in last['stackFrames']]
        equal(names[:7], ['down'] * 6 + ['main'])
        equal(session.evaluate(expression='n', frameId=300)['result'], '300')
        equal(run_to_end(session)['exitCode'], 1)


@test('a frame far behind the last that is kept is refused')
def deepest_stack():
    text = ('static int down(int n)\n{\n\tif (n == 0)\n\t\treturn 1;\n\treturn down(n - 1) + 1;\n}\n\n'
            'int main(void)\n{\n\treturn down(3000) == 3001;\n}\n')
    with Running(text) as session:
        session.goto(line=4)
        for frame in (1024, 2900, 0x3fffffff):
            refuses(422, 'out_of_range', session.variables, variablesReference=frame << 2 | 1)
        equal(session.variables(variablesReference=1023 << 2 | 1)['variables'][0]['value'], '1023')


@test('an optimized program can be stepped too')
def optimized():
    with Running(CALLS, flags=['-O2']) as session:
        seen = [moment(session, 0)]
        while len(seen) < 15 and session.step_in(granularity='instruction')['status'] != 'exited':
            seen.append(moment(session, len(seen)))
        for position in range(len(seen) - 1, -1, -1):
            equal(moment(session, position), seen[position])
        equal(run_to_end(session)['exitCode'], 3)


# -- C++ -----------------------------------------------------------------------------------------


@test('C++ with map, vector, union, function pointer, VLA and lambda, both ways', seconds=240)
def cxx():
    with Running(CXX_HELLO, 'c++', flags=['-std=gnu++17']) as session:
        equal(session.first['function'], 'main')
        states = [session.first]
        while states[-1]['status'] != 'exited' and len(states) < 200:
            states.append(session.next())
        equal(states[-1]['exitCode'], 0)
        contains(output_of(session).decode(), 'tux 3 lambda 8 vla 10 union 1')
        lines_seen = [s.get('line') for s in states]
        for part in ('vla[', 'lambda', 'number.f', 'pointer(', 'birds["tux"]'):
            check(line_of(CXX_HELLO, part) in lines_seen, f'{part} was not stepped: {lines_seen}')
        for state in reversed(states[:-1]):
            if state['position'] % 3 == 0:
                equal(session.seek(position=state['position'])['pc'], state['pc'])
        while session.step_back()['position'] > 0:
            pass
        equal(session.state()['registers'], session.first['registers'])


@test('C++ steps into a lambda and through a pointer to a function')
def cxx_inside():
    with Running(CXX_HELLO, 'c++') as session:
        session.goto(line=line_of(CXX_HELLO, 'pointer('))
        contains(session.step_in()['function'], 'square')
        session.goto(line=line_of(CXX_HELLO, 'add(3)'))
        contains(session.step_in()['function'], 'lambda')


@test('C++: a type error and a link error are diagnostics')
def diagnostics():
    client = shared().client
    error = refuses(422, 'compile_failed', lambda: client.create('int main() { return nothing; }', 'c++'))
    check(error.diagnostics[0]['line'] == 1 and error.diagnostics[0]['severity'] == 'error', error.diagnostics)
    try:
        client.create('void absent(void);\nint main(void) { absent(); return 0; }\n')
        raise AssertionError('linked')
    except Refused as refused:
        equal(refused.status, 422)
        contains(' '.join(d['message'] for d in refused.diagnostics), 'absent')


# -- threads ----------------------------------------------------------------------------------------


@test('two threads: both are there, both end')
def threads():
    with Running(THREADS, flags=['-pthread']) as session:
        session.set_breakpoints(breakpoints=[{'line': line_of(THREADS, 'work += 1')}])
        state = session.continue_()
        equal((state['reason'], state['function']), ('breakpoint', 'worker'))
        ids = [t['id'] for t in session.threads()['threads']]
        check(len(ids) >= 2 and state['thread'] in ids, (ids, state))
        for identifier in ids:
            check(session.stack_trace(thread=identifier)['totalFrames'] > 0, identifier)
        session.step_in(granularity='instruction', count=5)
        session.step_back(granularity='instruction', count=5)
        session.set_breakpoints(breakpoints=[])
        equal(run_to_end(session)['exitCode'], 2)


PICKED = r'''#include <pthread.h>
static volatile int mine, theirs;
static void *worker(void *arg)
{
	theirs = 1;
	theirs = 2;
	theirs = 3;
	return arg;
}
int main(void)
{
	pthread_t t;
	pthread_create(&t, 0, worker, 0);
	mine = 1;
	mine = 2;
	pthread_join(t, 0);
	return theirs - 3;
}
'''


@test('a thread is picked, and stepped both ways while the other one stays')
def picked_thread():
    for policy in ('step', 'ahead'):
        with Running(PICKED, flags=['-pthread'], record={'policy': policy, 'budget': 5000}) as session:
            first = session.first
            while first['line'] != line_of(PICKED, 'mine = 1'):
                first = session.next()      # natively the other one could have ended by then
            ids = [t['id'] for t in session.threads()['threads']]
            other = next(i for i in ids if i != first['thread'])
            lines, positions = [], []
            while not lines or lines[-1] < line_of(PICKED, 'theirs = 3'):
                state = session.next(thread=other)
                equal((state['thread'], state['reason']), (other, 'step'))
                lines.append(state['line'])
                positions.append(state['position'])
            equal(lines[-3:], [line_of(PICKED, f'theirs = {n}') for n in (1, 2, 3)])
            check(any(e['event'] == 'thread' and e['thread'] == other and e['reason'] == 'started'
                      for e in session.events(0)['events']), 'its start is no event')
            for position in reversed(positions[-3:-1]):
                state = session.next(thread=other, direction='back')
                equal((state['position'], state['thread']), (position, other))
            state = session.next(thread=first['thread'], position=first['position'])
            equal((state['thread'], state['line']), (first['thread'], line_of(PICKED, 'mine = 2')))
            refuses(422, 'thread', session.next, thread=4711)
            equal(run_to_end(session)['exitCode'], 0)


DEADLOCK = r'''#include <pthread.h>
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static void *worker(void *arg)
{
	pthread_mutex_lock(&m);
	return arg;
}
int main(void)
{
	pthread_t t;
	pthread_mutex_lock(&m);
	pthread_create(&t, 0, worker, 0);
	pthread_join(t, 0);
	return 0;
}
'''


@test('a deadlock is told, and paused')
def deadlock():
    with Running(DEADLOCK, flags=['-pthread']) as session:
        session.goto(line=line_of(DEADLOCK, 'pthread_join'))
        state = session.next(wait=0)
        while not state['live']['blocked']:
            equal(state['live']['status'], 'running')
            state = session.state()
        state = session.pause()
        equal(state['reason'], 'pause')
        check(not state['live']['blocked'], state['live'])


if __name__ == '__main__':
    main()
