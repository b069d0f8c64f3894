#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tracing: real programs in C, C++ and assembly, stepped both ways over HTTP and WebSockets."""
import base64
import os
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused, word                                # noqa: E402
from lib.traced import (ASM_ATT, ASM_INTEL, ASM_START, CALLS, CXX_HELLO, ECHO, FAULT,    # noqa: E402
                        HANDLER, LIBRARY, LOOP, NATIVE, PRINTER, SCALARS, THREADS)
from lib.running import Running, line_of                                        # noqa: E402
from lib.service import Service, shared                             # noqa: E402
from lib.tap import build, check, contains, equal, main, note, test  # noqa: E402
from lib.websocket import WebSocket                                 # noqa: E402

SANITIZED = b'__asan_init' in open(os.path.join(build(), 'penguintrace-tracer'), 'rb').read()


def refuses(status, code, function, **arguments):
    """The error of a request that must be refused so."""
    try:
        answer = function(**arguments)
    except Refused as refused:
        equal((refused.status, refused.code), (status, code), str(refused))
        check(len(refused.message) > 10, f'the message says nothing: {refused.message!r}')
        return refused
    raise AssertionError(f'not refused: {answer!r}')


def stack_of(session, position):
    """The bytes around the stack pointer at a position."""
    registers = session.registers(position=position)['registers']
    return session.read_memory(address=registers['rsp'], count=512, position=position)['data']


def moment(session, position):
    """All there is to see at a position."""
    return session.registers(position=position)['registers'], stack_of(session, position)


def run_to_end(session, seconds=30):
    """continue until the program has exited: its state."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = session.continue_()
        if state['status'] == 'exited':
            return state
    raise AssertionError(f'not at its end: {state}')


def output_of(session):
    text, start = b'', 0
    while True:
        part = session.output(start=start, count=65536)
        text += base64.b64decode(part['bytes'])
        if part['end'] == start:
            return text
        start = part['end']


# -- the first stop ---------------------------------------------------------------------


@test('C stops at main with a whole state')
def first_stop():
    with Running(CALLS) as session:
        state = session.first
        equal((state['position'], state['status'], state['reason']), (0, 'stopped', 'entry'))
        equal(state['function'], 'main')
        equal(state['file'], 'main.c')
        equal(state['line'], line_of(CALLS, 'int main') + 1)
        check(len(state['registers']) > 20, 'not all registers')
        equal(state['registers']['rip'], state['pc'])
        equal((state['live']['policy'], state['live']['waiting']), ('ahead', False))
        equal(session.info()['state']['position'], 0)


@test('assembly with main, AT&T and Intel, and with _start alone')
def assembly():
    for text, function in ((ASM_ATT, 'main'), (ASM_INTEL, 'main'), (ASM_START, '_start')):
        with Running(text, 'asm') as session:
            equal(session.first['function'], function)
            check(session.first.get('line', 0) > 0, f'no line: {session.first}')
            before = moment(session, 0)
            state = session.step_in(granularity='instruction')
            equal(state['position'], 1)
            equal(word(state['registers']['rax']), 42)
            session.step_in()
            equal(session.step_back(granularity='instruction', count=9)['position'], 0)
            equal(moment(session, 0), before)
            equal(run_to_end(session)['exitCode'], 42)


# -- stepping ----------------------------------------------------------------------------


@test('instructions both ways: registers and memory are exactly what they were')
def instructions():
    with Running(CALLS, record='step') as session:
        seen = [moment(session, 0)]
        for position in range(1, 61):
            state = session.step_in(granularity='instruction')
            equal((state['position'], state['from'], state['frontier']), (position, position - 1, position))
            seen.append(moment(session, position))
        for position in range(59, -1, -1):
            state = session.step_back(granularity='instruction')
            equal((state['position'], state['frontier']), (position, 60))
            equal(moment(session, position), seen[position])
        before = state['live']['limits']
        state = session.step_in(granularity='instruction', count=60)
        equal(moment(session, 60), seen[60])
        equal(state['live']['limits'], before, 'going forward over the record ran something:')
        equal(session.step_back(granularity='instruction', count=1000)['reason'], 'entry')


@test('a state says what differs from where the step began')
def differences():
    with Running(CALLS) as session:
        known = dict(session.first['registers'])
        for _ in range(25):
            state = session.step_in(granularity='instruction')
            known.update(state['registers'])
            equal(known, session.registers()['registers'])
            for change in state['memory']:
                data = base64.b64decode(change['bytes'])
                now = session.read_memory(address=change['address'], count=len(data))
                equal(base64.b64decode(now['data']), data)


@test('lines: stepIn enters, next passes over, stepOut leaves, stepBack returns')
def lines():
    with Running(CALLS) as session:
        call, inside = line_of(CALLS, 'twice(3)'), line_of(CALLS, 'int y')
        while session.state()['line'] != call:
            session.next()
        before = session.state()
        state = session.step_in()
        equal((state['function'], state['depth']), ('twice', before['depth'] + 1))
        check(state['line'] in (inside, inside - 1, inside - 2), state)
        state = session.step_out()
        equal((state['function'], state['line']), ('main', call))
        session.seek(position=before['position'])
        state = session.next()
        equal((state['function'], state['line']), ('main', call + 1))
        state = session.step_back()
        equal((state['function'], state['line']), ('main', call))
        state = session.step_in(position=before['position'], count=2)
        equal(state['function'], 'twice')


@test('stepBack by line at 0 succeeds and changes nothing')
def back_at_start():
    with Running(CALLS) as session:
        state = session.step_back()
        equal((state['position'], state['reason']), (0, 'entry'))


@test('a named position makes a retry harmless; an old epoch is stale')
def retry():
    with Running(CALLS) as session:
        session.step_in(granularity='instruction', count=10)
        epoch = session.state()['epoch']
        states = [session.step_in(granularity='instruction', position=4, epoch=epoch) for _ in range(3)]
        check(all(s['position'] == 5 and s['from'] == 4 for s in states), states)
        equal(states[0]['registers'], states[2]['registers'])
        refuses(409, 'stale', session.step_in, epoch=epoch + 1)


@test('seek to any recorded position, and not past the frontier')
def seek():
    with Running(CALLS, record='step') as session:
        session.step_in(granularity='instruction', count=50)
        for position in (0, 50, 25, 7, 49):
            equal(session.seek(position=position)['position'], position)
        error = refuses(422, 'out_of_range', session.seek, position=51)
        equal(error.body['error']['frontier'], 50)
        refuses(422, 'out_of_range', session.registers, position=1 << 60)


@test('one round trip: stack, variables and listing ride along')
def riders():
    with Running(CALLS) as session:
        state = session.next(**{'with': [
            {'command': 'stackTrace'}, {'command': 'variables', 'arguments': {'variablesReference': 2}},
            {'command': 'disassemble', 'arguments': {'function': True, 'syntax': 'intel'}},
            {'command': 'registers', 'arguments': {'position': 0}}, {'command': 'nonsense'}]})
        answers = state['with']
        equal([a['status'] for a in answers], [200, 200, 200, 200, 404])
        equal(answers[0]['body']['stackFrames'][0]['pc'], state['pc'])
        check(any(i['address'] == state['pc'] for i in answers[2]['body']['instructions']), 'pc is not listed')
        equal(answers[3]['body']['registers']['rip'], session.first['pc'])


# -- running -----------------------------------------------------------------------------


@test('line and instruction breakpoints, forwards and backwards, to the end')
def breakpoints():
    with Running(CALLS) as session:
        line = line_of(CALLS, 'int y')
        placed = session.set_breakpoints(breakpoints=[{'line': line}, {'line': 1}, {'line': 9999}])['breakpoints']
        equal((placed[0]['verified'], placed[0]['line']), (True, line))
        check(placed[1]['line'] > 1 and 'message' in placed[1], placed[1])
        equal(placed[2]['verified'], False)
        placed = session.set_breakpoints(breakpoints=[{'line': line}])['breakpoints']
        hits = [session.continue_() for _ in range(2)]
        for state in hits:
            equal((state['reason'], state['line'], state['function']), ('breakpoint', line, 'twice'))
        state = session.reverse_continue()
        equal((state['reason'], state['position']), ('breakpoint', hits[0]['position']))
        equal(session.reverse_continue()['position'], 0)
        session.set_breakpoints(breakpoints=[])
        address = session.disassemble(function=True, position=hits[0]['position'])['instructions'][-1]['address']
        session.set_instruction_breakpoints(breakpoints=[{'address': address}, {'address': '0x10'}])
        state = session.continue_()
        equal((state['reason'], state['pc']), ('breakpoint', address))
        session.set_instruction_breakpoints(breakpoints=[])
        state = run_to_end(session)
        equal((state['exitCode'], state['reason']), (3, 'exited'))
        equal(moment(session, 0)[0]['rip'], session.first['pc'])
        equal(session.step_back()['status'], 'stopped')


HITS = r'''#include <stdio.h>
struct pair { int left, right; };
static int square(int n)
{
	struct pair p = { n, n * n };
	return p.right;
}
int main(void)
{
	int sum = 0;
	for (int i = 0; i < 30; i++)
		sum += square(i);
	printf("%d\\n", sum);
	return 0;
}
'''


def stops_at(session, command):
    """p.left where it stops, None at the other end of the program."""
    state = command()
    if state['reason'] != 'breakpoint':
        return None
    return int(session.evaluate(expression='p.left')['result'])


def set_hit(session, **wish):
    answer = session.request('setBreakpoints', dict(breakpoints=[dict(wish, line=line_of(HITS, 'return p.right'))]))
    return answer['breakpoints'][0]


@test('a breakpoint stops where its condition holds, forwards and backwards')
def conditions():
    with Running(HITS) as session:
        check(set_hit(session, condition='p.left % 10 == 5 && p.right > 100')['verified'], 'not verified')
        equal([stops_at(session, session.continue_) for _ in range(3)], [15, 25, None])
        equal([stops_at(session, session.reverse_continue) for _ in range(3)], [25, 15, None])
        equal([stops_at(session, session.continue_) for _ in range(2)], [15, 25])
        wrong = set_hit(session, condition='p.left == ')
        check(not wrong['verified'] and 'column 11' in wrong['message'], str(wrong))
        equal([(v['name'], v['value']) for v in session.variables(expression='p')['variables']],
              [('left', '25'), ('right', '625')])


def record_all(session):
    """Every step of the program, and back at its start."""
    equal(session.step_in(granularity='instruction', count=1000000)['status'], 'exited')
    session.seek(position=0)


@test('hits that run natively are counted, with those of the record, and after going back')
def native_hits():
    with Running(HITS) as session:
        set_hit(session, hitCondition='%10')
        equal([stops_at(session, session.continue_) for _ in range(2)], [9, 19])
        # another client's breakpoint on the same file leaves the count as it is
        set_hit(session, hitCondition='%10', enabled=True)
        equal([stops_at(session, session.continue_) for _ in range(2)], [29, None])
        equal([stops_at(session, session.reverse_continue) for _ in range(4)], [29, 19, 9, None])
        equal([stops_at(session, session.continue_) for _ in range(4)], [9, 19, 29, None])
    with Running(HITS) as session:
        set_hit(session, hitCondition='=2', condition='p.left > 10')
        equal([stops_at(session, session.continue_) for _ in range(2)], [12, None])
        equal([stops_at(session, session.reverse_continue) for _ in range(2)], [12, None])
    with Running(HITS) as session:
        set_hit(session, hitCondition='>=28')
        equal([stops_at(session, session.continue_) for _ in range(4)], [27, 28, 29, None])


@test('next and stepOut end at a breakpoint whose condition holds and pass the others, both ways')
def conditions_of_steps():
    text = HITS.replace('i < 30', 'i < 4').replace('sum += square(i)', 'sum += square(i) + square(i + 10)')
    with Running(text) as session:
        line = line_of(text, 'return p.right')
        session.set_breakpoints(breakpoints=[{'line': line, 'condition': 'p.left % 10 == 2'}])
        seen = []
        for direction in ('forward', 'back'):
            for _ in range(100):
                state = session.next(direction=direction)
                if state['reason'] == 'breakpoint':
                    seen.append(int(session.evaluate(expression='p.left')['result']))
                if state['status'] == 'exited' or state['position'] == 0:
                    break
        equal(seen, [2, 12, 12, 2])


@test('hit conditions count from the start, either way; a disabled breakpoint does nothing')
def hit_conditions():
    with Running(HITS) as session:
        record_all(session)
        set_hit(session, hitCondition='=3')
        equal([stops_at(session, session.continue_) for _ in range(2)], [2, None])
        equal([stops_at(session, session.reverse_continue) for _ in range(2)], [2, None])
        set_hit(session, hitCondition='%10')
        equal([stops_at(session, session.continue_) for _ in range(4)], [9, 19, 29, None])
        set_hit(session, hitCondition='>=2', condition='p.left > 26')
        equal([stops_at(session, session.reverse_continue) for _ in range(3)], [29, 28, None])
        check(not set_hit(session, hitCondition='often')['verified'], 'verified')
        check(set_hit(session, enabled=False)['verified'], 'not verified')
        equal(stops_at(session, session.continue_), None)


@test('a log message is told and does not stop; a condition without a value stops and says why')
def log_messages():
    with Running(HITS) as session:
        set_hit(session, logMessage='left {p.left}, {nothing}', condition='p.left > 27')
        equal(stops_at(session, session.continue_), None)
        said = [e['text'] for e in session.events(0)['events'] if e.get('category') == 'console']
        equal(said, [f"left {n}, {{no variable named 'nothing' in scope at this line}}\n" for n in (28, 29)])
    with Running(HITS) as session:
        set_hit(session, condition='10 / (p.left - 3) > 100')
        equal(stops_at(session, session.continue_), 3)
        told = [e for e in session.events(0)['events'] if e['event'] == 'breakpoint'][-1]
        contains(told['breakpoints'][0]['message'], 'division by zero')
        equal(told['breakpoints'][0]['condition'], '10 / (p.left - 3) > 100')
        set_hit(session, condition='p.left >', hitCondition='%2', logMessage='{n}', enabled=False)
        told = [e for e in session.events(0)['events'] if e['event'] == 'breakpoint'][-1]['breakpoints'][0]
        equal([told[k] for k in ('condition', 'hitCondition', 'logMessage', 'enabled')], ['p.left >', '%2', '{n}', False])


@test('a function breakpoint stops in every overload')
def overloads():
    text = ('static int twice(int n) { return 2 * n; }\n'
            'static double twice(double n) { return 2 * n; }\n'
            'int main() { return twice(2) + (int)twice(1.5); }\n')
    with Running(text, 'c++') as session:
        answer = session.request('setFunctionBreakpoints', dict(breakpoints=[{'name': 'twice'}]))
        check(answer['breakpoints'][0]['verified'], str(answer))
        equal(sorted(session.continue_()['line'] for _ in range(2)), [1, 2])
        equal(session.continue_()['status'], 'exited')


SAYS = r'''#include <stdio.h>
int main(void)
{
	puts("one");
	puts("two");
	return 3;
}
'''

LOADS = r'''#include <dlfcn.h>
int main(void)
{
	void *library = dlopen("libm.so.6", RTLD_NOW);
	double (*root)(double) = (double (*)(double))dlsym(library, "cbrt");
	return (int)root(27.0);
}
'''


@test('a breakpoint in a library stops what steps over it and what continues, both ways')
def in_libraries():
    with Running(SAYS, record='step') as session:
        answer = session.request('setFunctionBreakpoints', {'breakpoints': [{'name': 'puts'}]})
        check(answer['breakpoints'][0]['verified'], str(answer))
        session.goto(line=4)
        state = session.next()
        equal((state['reason'], state['function']), ('breakpoint', 'puts'))
        first = state['position']
        state = session.continue_()
        equal((state['reason'], state['function'], session.output(start=0)['text']), ('breakpoint', 'puts', 'one\n'))
        equal(session.reverse_continue()['position'], first)
        equal([session.continue_()['reason'] for _ in range(2)], ['breakpoint', 'exited'])
        equal(session.state()['exitCode'], 3)


@test('a function breakpoint waits for its library, and is told when that is loaded')
def in_loaded_libraries():
    with Running(LOADS, record='step') as session:
        answer = session.request('setFunctionBreakpoints', {'breakpoints': [{'name': 'cbrt'}]})
        check(not answer['breakpoints'][0]['verified'], str(answer))
        state = session.continue_()
        equal((state['reason'], state.get('function')), ('breakpoint', 'cbrt'))
        told = [e for e in session.events(0)['events'] if e['event'] == 'breakpoint'][-1]
        check(told['breakpoints'][0]['verified'], str(told))
        equal(session.continue_()['exitCode'], 3)


@test('goto a line runs there')
def goto():
    with Running(CALLS) as session:
        line = line_of(CALLS, 'return b')
        state = session.goto(line=line)
        equal((state['reason'], state['line']), ('goto', line))


@test('pause answers within 100 ms during for(;;), and the paused command gets the same state')
def pause():
    with Running(LOOP) as session:
        other = shared().client.other().session(session.id)
        socket = WebSocket(session)
        number = socket.post('continue', {})
        socket.wait_event('continued')
        refuses(409, 'busy', other.step_in)
        running = other.state()
        equal((running['status'], running['position'], running['live']['status']), ('running', 0, 'running'))
        equal(other.set_breakpoints(breakpoints=[])['breakpoints'], [])
        start = time.monotonic()
        state = other.pause()
        took = time.monotonic() - start
        check(took < (0.5 if SANITIZED else 0.1), f'{took * 1000:.0f} ms')
        equal((state['status'], state['reason']), ('stopped', 'pause'))
        paused = socket.reply(number)
        equal((paused['position'], word(paused['pc'])), (state['position'], word(state['pc'])))
        equal(state['function'], 'main')
        equal(session.step_in(granularity='instruction')['from'], state['position'])
        equal(session.pause()['status'], 'stopped')
        socket.close()


@test('wait: a continue that takes longer says running, and a second one joins it')
def waiting_time():
    with Running(LOOP) as session:
        equal(session.continue_(wait=50)['status'], 'running')
        equal(session.continue_(wait=50)['status'], 'running')
        session.pause()


@test('terminate ends the program and keeps its timeline')
def terminate():
    with Running(LOOP) as session:
        session.step_in(granularity='instruction', count=20)
        session.continue_(wait=0)
        equal(session.terminate()['live']['status'], 'exited')
        events = session.events(0)['events']
        while not any(e['event'] == 'terminated' for e in events):
            events += session.events(events[-1]['seq'])['events']
        state = session.seek(position=3)
        equal((state['position'], state['live']['status']), (3, 'exited'))
        equal(session.registers(position=0)['registers']['rip'], session.first['pc'])
        refuses(410, 'exited', session.input, text='x')


@test('a library call is one macro-step, and going back over it restores memory')
def library():
    with Running(LIBRARY) as session:
        session.goto(line=line_of(LIBRARY, 'memset'))
        address = next(v for v in session.variables(variablesReference=2)['variables'] if v['name'] == 'data')['address']
        before = session.read_memory(address=address, count=64)['data']
        first = session.state()
        state = session.next()
        filled = session.read_memory(address=address, count=64)['data']
        equal(base64.b64decode(filled), b'a' * 63 + b'\0')
        macros = [p for p in range(first['position'] + 1, state['position'] + 1)
                  if 'macro' in session.state(position=p)]
        check(len(macros) >= 1, 'no macro-step')
        equal(session.read_memory(address=address, count=64, position=macros[0] - 1)['data'], before)
        equal(session.step_back()['position'], first['position'])
        equal(session.read_memory(address=address, count=64)['data'], before)
        last = session.request('lastWrite', {'address': address, 'position': state['position']})
        equal((last['found'], last['position']), (True, macros[0]))
        session.goto(line=line_of(LIBRARY, 'qsort'))
        inside = line_of(LIBRARY, 'return *(const int *)a')
        session.set_breakpoints(breakpoints=[{'line': inside}])
        equal(session.continue_()['function'], 'compare')
        names = [f['name'] for f in session.stack_trace()['stackFrames']]
        check('main' in names, names)


@test('a macro-step that changes 16 MB is stepped over and back, and looked at')
def much_memory():
    text = ('#include <stdlib.h>\n#include <string.h>\nint main(void)\n{\n\tchar *p = malloc(16 << 20);\n'
            '\tmemset(p, 1, 16 << 20);\n\tp[5] = 2;\n\treturn p[5];\n}\n')
    with Running(text) as session:
        before = session.goto(line=line_of(text, 'memset'))
        after = session.next()
        check('memory' in after['truncated'], after['truncated'])
        address = session.evaluate(expression='p')['result'].split()[0]
        middle = hex(word(address) + (8 << 20))
        equal(session.read_memory(address=middle, count=4)['data'], 'AQEBAQ==')
        found = session.request('lastWrite', {'address': middle})
        equal((found['found'], found['line']), (True, line_of(text, 'memset')))
        window = session.window(**{'from': before['position'], 'to': after['position']})
        equal(window['to'], after['position'])
        equal(session.step_back()['position'], before['position'])
        equal(session.read_memory(address=middle, count=4)['data'], 'AAAAAA==')
        equal(run_to_end(session)['exitCode'], 2)


@test('10^8 instructions under continue take what they take natively, plus at most 100 ms')
def native_speed():
    with Running(NATIVE, record='step') as session, tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'program')
        with open(path, 'wb') as file:
            file.write(session.program())
        os.chmod(path, 0o755)
        natively = []
        for _ in range(3):
            start = time.monotonic()
            equal(subprocess.run([path], check=False).returncode, 0)
            natively.append(time.monotonic() - start)
        start = time.monotonic()
        state = session.continue_()
        took = time.monotonic() - start
        equal((state['status'], state['exitCode']), ('exited', 0))
        note(f'natively {min(natively) * 1000:.0f} ms, under continue {took * 1000:.0f} ms')
        check(took < max(natively) + (0.4 if SANITIZED else 0.1), f'{took:.3f} s against {natively}')


# -- looking --------------------------------------------------------------------------------


@test('disassembly: both syntaxes, symbols, lines, whole functions, backwards')
def disassembly():
    with Running(CALLS) as session:
        att = session.disassemble(function=True)
        intel = session.disassemble(function=True, syntax='intel')
        equal([i['address'] for i in att['instructions']], [i['address'] for i in intel['instructions']])
        check(att['instructions'][0]['instruction'] != '' and
              any('%' in i['instruction'] for i in att['instructions']), att)
        check(not any('%' in i['instruction'] for i in intel['instructions']), intel)
        equal(att['instructions'][0]['symbol'], 'main')
        contains(att['instructions'][1]['symbol'], 'main+')
        check(all(i['line'] > 0 and i['file'] == 'main.c' for i in att['instructions']), 'lines')
        equal(att['total'], len(att['instructions']))
        middle = att['instructions'][5]['address']
        around = session.disassemble(address=middle, instructionOffset=-3, instructionCount=5)['instructions']
        equal([i['address'] for i in around], [i['address'] for i in att['instructions'][2:7]])
        refuses(422, 'bad_address', session.disassemble, address='0x10')


@test('registers with flags')
def flags():
    with Running(ASM_ATT, 'asm') as session:
        state = session.step_in(granularity='instruction', count=2)
        answer = session.registers()
        value = word(answer['registers']['eflags'])
        for name, bit in (('CF', 0), ('PF', 2), ('ZF', 6), ('SF', 7), ('OF', 11)):
            equal(answer['flags'][name], value >> bit & 1, name)
        equal(state['status'], 'stopped')


@test('stack, scopes, variables and expressions')
def variables():
    with Running(SCALARS) as session:
        session.goto(line=line_of(SCALARS, 'return n'))
        frames = session.stack_trace()['stackFrames']
        equal([f['name'] for f in frames[:2]], ['look', 'main'])
        equal(frames[1]['line'], line_of(SCALARS, 'look(7'))
        scopes = {s['name']: s['variablesReference'] for s in session.scopes()['scopes']}
        arguments = {v['name']: v for v in session.variables(variablesReference=scopes['Arguments'])['variables']}
        equal((arguments['n']['value'], arguments['n']['type']), ('7', 'int'))
        contains(arguments['text']['value'], '"pinguin"')
        equal(arguments['text']['type'], 'const char *')
        locals_ = {v['name']: v for v in session.variables(variablesReference=scopes['Locals'])['variables']}
        contains(locals_['half']['value'], '3.5')
        equal(word(locals_['pointer']['value'].split()[0]), word(arguments['n']['address']))
        outer = {v['name']: v['value'] for v in session.variables(variablesReference=1 << 2 | 2)['variables']}
        equal(outer['big'], '1234567890123')
        equal(session.evaluate(expression='n')['result'], '7')
        equal(session.evaluate(expression='big', frameId=1)['result'], '1234567890123')
        equal(word(session.evaluate(expression='$pc')['result']), word(session.state()['pc']))
        equal(session.evaluate(expression='n + 1 > 7 && *pointer == n')['result'], '1')
        equal(session.evaluate(expression='text[0]')['result'], "112 'p'")
        refuses(422, 'expression', session.evaluate, expression='n +')
        equal(arguments['text']['evaluateName'], 'text')
        below = session.variables(expression='text')['variables']
        equal([(v['name'], v['value']) for v in below], [('*text', "112 'p'")])
        equal(below[0]['evaluateName'], '*text')
        check('namedVariables' not in below[0] and 'indexedVariables' not in below[0], below)
        refuses(400, 'argument', session.variables, expression='text', variablesReference=1)
        refuses(422, 'expression', session.evaluate, expression='nothing')


@test('an array of 200 elements has 200, one of 70000 has 70000, and one of none has none')
def long_arrays():
    for compiler in ('gcc', 'clang'):
        with Running('char some[200]; static short many[70000]; struct { int n; int none[0]; } last;\n'
                     'int main(void) { return some[0] + many[0] + last.none[0]; }\n', compiler=compiler) as session:
            some, many = (session.evaluate(expression=name) for name in ('some', 'many'))
            equal((some['type'], some['indexedVariables']), ('char [200]', 200))
            equal(many['indexedVariables'], 70000)
            equal(session.variables(expression='many', start=69999)['variables'][0]['name'], '[69999]')
            check('indexedVariables' not in session.evaluate(expression='last.none'), 'elements of nothing')


@test('memory is read at any position; what is not mapped is an error')
def memory():
    with Running(CALLS) as session:
        session.step_in(granularity='instruction', count=20)
        code = session.disassemble(address=session.first['pc'], instructionCount=1)['instructions'][0]
        data = session.read_memory(address=session.first['pc'], count=len(base64.b64decode(code['instructionBytes'])))
        equal(data['data'], code['instructionBytes'])
        refuses(422, 'bad_address', session.read_memory, address='0x10', count=8)
        refuses(422, 'bad_address', session.read_memory, address='0xffffffffffffffff', count=8)
        equal(len(base64.b64decode(session.read_memory(address=session.first['registers']['rsp'], count=0)['data'])), 0)


@test('timeline, window and hits')
def stretches():
    with Running(CALLS) as session:
        session.step_in(granularity='instruction', count=60)
        window = session.window(**{'from': 10, 'to': 40})
        equal([s['position'] for s in window['steps']], list(range(10, 41)))
        known = dict(window['registers'])
        for step in window['steps']:
            known.update(step['registers'])
            equal(known, session.registers(position=step['position'])['registers'])
        buckets = session.timeline(buckets=10)['buckets']
        equal(len(buckets), 10)
        check(max(b.get('depth', 0) for b in buckets) > 0, buckets)
        pc = session.state(position=20)['pc']
        contains(session.request('hits', {'address': pc})['positions'], 20)
    with Running(LOOP, record='step') as session:
        session.step_in(granularity='instruction', count=5000)
        answer = session.timeline(buckets=4096)
        equal((answer['from'], answer['to'], answer['exact'], len(answer['buckets'])), (0, 5000, True, 4096))
        pc, found, start = session.state()['pc'], [], 0
        while start <= 5000:
            part = session.request('hits', {'address': pc, 'from': start, 'count': 200})
            found += part['positions']
            equal(part['total'] - len(part['positions']), 0 if part['to'] == 5000 else part['total'] - 200)
            start = part['to'] + 1
        equal(len(found), session.request('hits', {'address': pc, 'count': 1})['total'])
        check(found[-1] == 5000 and len(found) > 500, found[-3:])
        check(all(session.state(position=p)['pc'] == pc for p in found[::200]), 'a hit elsewhere')
        count = session.evaluate(expression='n')['result']
        address = session.variables(variablesReference=2)['variables'][0]['address']
        written = session.request('lastWrite', {'address': address})
        equal((written['found'], written['line']), (True, line_of(LOOP, 'n++')))
        equal(session.evaluate(expression='n', position=written['position'])['result'], count)
        check(session.evaluate(expression='n', position=written['position'] - 1)['result'] != count, 'not written')
        equal(session.request('lastWrite', {'expression': 'n'}), written)
        refuses(422, 'no_place', lambda: session.request('lastWrite', {'expression': 'n + 1'}))
        refuses(400, 'argument', lambda: session.request('lastWrite', {'expression': 'n', 'address': address}))


def changes(session, register):
    """Positions whose step changed the register, by looking at each."""
    window = session.window(**{'from': 0, 'to': 60})
    return [s['position'] for s in window['steps'][1:] if register in s['registers']]


@test('who changed a register last, and what the buckets of the timeline count')
def by_index():
    with Running(CALLS) as session:
        session.step_in(granularity='instruction', count=60)
        for register in ('rax', 'rsp', 'eflags', 'rbx', 'rip'):
            changed = changes(session, register)
            for position in (0, 1, 7, 30, 60):
                before = [p for p in changed if p <= position]
                answer = session.request('lastWrite', {'expression': f'${register}', 'position': position})
                equal(answer.get('position'), before[-1] if before else None, (register, position))
                if before:
                    equal(answer['pc'], session.state(position=before[-1] - 1)['pc'])
    with Running(SCALARS) as session:
        end = session.step_in(granularity='instruction', count=60)['position']
        values = [session.evaluate(expression='$xmm0', position=p)['result'] for p in range(end + 1)]
        changed = [p for p in range(1, end + 1) if values[p] != values[p - 1]]
        check(changed, 'no vector register is used')
        for position in {0, changed[0] - 1, changed[0], changed[-1], end}:
            answer = session.request('lastWrite', {'expression': '$xmm0', 'position': position})
            equal(answer.get('position'), max((p for p in changed if p <= position), default=None), position)
    with Running(CALLS) as session:
        session.step_in(granularity='instruction', count=60)
        pcs = [session.state(position=p)['pc'] for p in range(61)]
        depths = [session.state(position=p)['depth'] for p in range(61)]
        chosen = {pcs[0], pcs[20], pcs[41]}
        session.request('setInstructionBreakpoints', {'breakpoints': [{'address': a} for a in chosen]})
        for start, end, count in ((0, 60, 7), (1, 59, 5), (20, 20, 1), (0, 60, 61)):
            answer = session.timeline(**{'from': start, 'to': end, 'buckets': count})
            edges = [start + (end - start + 1) * i // count for i in range(count + 1)]
            spans = [range(a, b) for a, b in zip(edges, edges[1:])]
            equal([b.get('breakpoints', 0) for b in answer['buckets']],
                  [sum(pcs[p] in chosen for p in span) for span in spans])
            equal([b.get('depth', 0) for b in answer['buckets']],
                  [max(depths[p] for p in span) for span in spans])


# -- input and output ------------------------------------------------------------------------


@test('output arrives while the program runs, in order with the steps')
def output():
    with Running(PRINTER, record='step') as session:    # else it may have printed before the socket is open
        socket = WebSocket(session)
        number = socket.post('continue', {})
        check(socket.wait_event('output', lambda e: 'two' in e['text']), 'no output event')
        session.pause()
        socket.reply(number)
        equal(output_of(session), b'one\ntwo\n')
        socket.close()
    with Running(PRINTER) as session:
        first = session.goto(line=line_of(PRINTER, 'two'))
        equal(first['output'], 'one\n')
        state = session.next()
        equal((state['output'], state['outputEnd']), ('two\n', 8))
        back = session.step_back()
        equal((back['output'], back['outputEnd']), ('', 4))
        equal(session.state(position=0)['outputEnd'], 0)


@test('a program that waits for input says so, and reads what is typed')
def typed_input():
    with Running(ECHO) as session:
        state = session.continue_()
        equal((state['status'], state['live']['waiting']), ('running', True))
        contains(output_of(session).decode(), 'name? ')
        refuses(409, 'busy', session.step_in)
        session.set_breakpoints(breakpoints=[{'line': line_of(ECHO, 'hello')}])
        socket = WebSocket(session)
        if not socket.hello['state']['live']['waiting']:    # stopped for a moment, for the breakpoint
            socket.wait_event('waiting', lambda e: e['waiting'])
        equal(session.input(text='tux\n'), {})
        stopped = socket.wait_event('stopped')
        equal(stopped['state']['line'], line_of(ECHO, 'hello'))
        equal(session.evaluate(expression='got')['result'], '1')
        session.set_breakpoints(breakpoints=[])
        state = session.continue_()
        equal(state['live']['waiting'], True)
        contains(output_of(session).decode(), 'hello tux')
        session.input(eof=True)
        exited = socket.wait_event('exited')
        equal(exited['state']['exitCode'], 4)
        refuses(410, 'exited', session.input, text='more')
        socket.close()


@test('arguments, environment and standard input of the request')
def surroundings():
    text = ('#include <stdio.h>\n#include <stdlib.h>\nint main(int argc, char **argv)\n{\n\tchar line[32];\n'
            '\tprintf("%d %s %s ", argc, argv[1], getenv("BIRD"));\n\tfgets(line, sizeof line, stdin);\n'
            '\tprintf("%s", line);\n\treturn getchar() == EOF ? 5 : 6;\n}\n')
    with Running(text, args=['two words'], env={'BIRD': 'penguin'}, stdin='typed\n') as session:
        equal(run_to_end(session)['exitCode'], 5)
        contains(output_of(session).decode(), '2 two words penguin ')
        contains(output_of(session).decode(), 'typed')


@test('64 KB of output on one line, and all of it can be had')
def long_output():
    text = ('#include <stdio.h>\nint main(void)\n{\n\tfor (int i = 0; i < 65536; i++)\n'
            '\t\tputchar(\'a\' + i % 26);\n\tputchar(\'\\n\');\n\treturn 0;\n}\n')
    with Running(text) as session:
        state = run_to_end(session)
        equal(state['outputEnd'], 65537)
        equal(output_of(session), bytes(ord('a') + i % 26 for i in range(65536)) + b'\n')
        check(len(state['output']) <= 16384 and 'output' in state['truncated'], 'not capped')
        check(state['output'].endswith('\n'), state['output'][-5:])


@test('10 MB of output neither hang nor grow without bound')
def much_output():
    text = ('#include <stdio.h>\nint main(void)\n{\n\tfor (int i = 0; i < 163840; i++)\n'
            '\t\tputs("0123456789012345678901234567890123456789012345678901234567890123"+2);\n\treturn 0;\n}\n')
    with Running(text) as session:
        socket = WebSocket(session)
        number = socket.post('continue', {})
        state = socket.reply(number)
        check(state['status'] == 'exited' or state['reason'] == 'limit', state)
        if state['status'] == 'exited':
            equal(state['outputEnd'], 163840 * 63)
        check(len(socket.events) < 5000, f'{len(socket.events)} events')
        check(sum(len(e.get('text', '')) for e in socket.events) < 11 << 20, 'too much text')
        equal(session.registers(position=0)['registers']['rip'], session.first['pc'])
        part = session.output(start=state['outputEnd'] - 66, count=66)
        contains(part['text'], '0123456789')
        socket.close()


@test('text that is not UTF-8 becomes U+FFFD and its bytes can be had')
def odd_bytes():
    text = '#include <stdio.h>\nint main(void)\n{\n\tputs("a\\xff\\xc3\\xa9\\x01");\n\treturn 0;\n}\n'
    with Running(text) as session:
        state = run_to_end(session)
        contains(state['output'], 'a\ufffd\u00e9\u0001')
        equal(output_of(session), b'a\xff\xc3\xa9\x01\n')


@test('a step over a call that waits says running, and stops once it has its input; pause ends a wait')
def step_waits():
    with Running(ECHO) as session:
        session.goto(line=line_of(ECHO, 'got = scanf'))
        state = session.next()
        equal((state['status'], state['live']['waiting']), ('running', True))
        socket = WebSocket(session)
        session.input(data=base64.b64encode(b'gentoo\n').decode())
        stopped = socket.wait_event('stopped')['state']
        equal(stopped['line'], line_of(ECHO, 'hello'))
        equal(session.continue_()['live']['waiting'], True)
        state = session.pause()
        equal((state['status'], state['reason']), ('stopped', 'pause'))
        check(len(session.stack_trace()['stackFrames']) > 1, 'no stack in the middle of a read')
        equal(session.continue_()['live']['waiting'], True)
        session.input(eof=True)
        equal(socket.wait_event('exited')['state']['exitCode'], 4)
        socket.close()


@test('output without end stops at the limit, and says which')
def output_limit():
    text = '#include <stdio.h>\nint main(void)\n{\n\tfor (;;)\n\t\tputs("and so on and so on and so on");\n}\n'
    with Running(text) as session:
        socket = WebSocket(session)
        number = socket.post('continue', {})
        state = socket.reply(number)
        equal(state['reason'], 'limit')
        limit = next(e for e in socket.events if e['event'] == 'limit')['limit'] \
            if any(e['event'] == 'limit' for e in socket.events) else socket.wait_event('limit')['limit']
        equal(limit['name'], 'output')
        check(limit['used'] >= limit['limit'], limit)
        equal(session.registers(position=0)['registers']['rip'], session.first['pc'])
        socket.close()


@test('the limits of the timeline stop the program, say which, and what was recorded stays')
def timeline_limits():
    with Service(trace_steps=2000, trace_log='1M') as service:
        session = service.client.create(LOOP)
        state = session.step_in(granularity='instruction', count=5000)
        equal((state['reason'], state['position'], state['status']), ('limit', 2000, 'stopped'))
        limit = next(e for e in session.events(0, wait=0)['events'] if e['event'] == 'limit')['limit']
        equal((limit['name'], limit['used'], limit['limit'], limit['unit']), ('steps', 2000, 2000, 'steps'))
        equal(session.step_in(granularity='instruction')['reason'], 'limit')
        equal(session.step_back(granularity='instruction', count=1000)['position'], 1000)
        equal(session.step_in(granularity='instruction', count=1000)['reason'], 'step')
        session.delete()
        text = ('#include <string.h>\nstatic char data[8 << 20];\nint main(void)\n{\n'
                '\tfor (int i = 1;; i++)\n\t\tmemset(data, i, sizeof(data));\n}\n')
        session = service.client.create(text)
        state = session.step_in(count=20)
        equal(state['reason'], 'limit')
        limit = next(e for e in session.events(0, wait=0)['events'] if e['event'] == 'limit')['limit']
        equal(limit['name'], 'timeline')
        equal(session.seek(position=0)['pc'], session.first['pc'])
        session.delete()


@test('time: a program that runs too long on end is stopped, can go on, and waiting for input does not count')
def time_limit():
    with Service(trace_run=1) as service:
        for record in ('step', 'ahead'):
            session = service.client.create(LOOP, record=record)
            state = session.continue_()
            equal((state['reason'], state['limit']['name'], state['limit']['limit']), ('limit', 'time', 1))
            contains(state['limit']['advice'], 'Continue')
            position = state['position']
            check(position > 0, 'nothing has run')
            state = session.continue_()
            equal((state['reason'], state['limit']['name']), ('limit', 'time'))
            check(state['position'] > position, 'it did not go on')
            equal(session.seek(position=0)['pc'], session.first['pc'])
            session.delete()
        session = service.client.create(ECHO, record='step')
        socket = WebSocket(session)
        socket.post('continue', {})
        socket.wait_event('waiting', lambda event: event['waiting'])
        # longer than the limit; measures that nothing happens in it
        time.sleep(1.5)
        equal(session.state()['live']['waiting'], True)
        session.input(text='tux\ntux\n')
        equal(socket.wait_event('exited')['state']['status'], 'exited')
        session.delete()


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


# -- clients ------------------------------------------------------------------------------------------


@test('two clients share one cursor and both hear of it')
def two_clients():
    with Running(CALLS) as session:
        first, second = WebSocket(session), WebSocket(session)
        equal(second.hello['language'], 'c')
        equal(second.hello['files'], [{'name': 'main.c', 'text': CALLS}])
        state = first.next()
        event = second.wait_event('stopped')
        equal((event['state']['position'], event['reason']), (state['position'], 'step'))
        equal(second.state()['position'], state['position'])
        second.set_breakpoints(breakpoints=[{'line': line_of(CALLS, 'int y')}])
        told = first.wait_event('breakpoint')
        equal([b['line'] for b in told['breakpoints']], [line_of(CALLS, 'int y')])
        third = WebSocket(session)
        equal([b['file'] for b in third.hello['breakpoints']], ['main.c'])
        equal(second.step_back()['position'], 0)
        first.wait_event('stopped', lambda e: e['state']['position'] == 0)
        for socket in (first, second, third):
            socket.close()


@test('events by long poll: what has happened, and what is to come')
def long_poll():
    with Running(CALLS) as session:
        session.recorded()
        seq = session.events(0, wait=0)['seq']
        answers = []
        other = shared().client.other().session(session.id)
        waiter = threading.Thread(target=lambda: answers.append(other.events(seq, wait=20000)))
        waiter.start()
        state = session.next()
        waiter.join()
        event = answers[0]['events'][0]
        equal((event['event'], event['position'], event['seq']), ('stopped', state['position'], seq + 1))
        equal((answers[0]['state']['position'], answers[0]['lost']), (state['position'], False))
        equal(session.events(answers[0]['seq'], wait=0)['events'], [])


@test('words are uint64 and bytes bin on a WebSocket')
def encodings():
    with Running(CALLS) as session:
        socket = WebSocket(session)
        there = socket.registers()['registers']
        equal({k: f'0x{v:x}' for k, v in there.items()}, session.registers()['registers'])
        data = socket.read_memory(address=there['rip'], count=16)['data']
        check(isinstance(data, bytes), type(data))
        equal(base64.b64encode(data).decode(), session.read_memory(address=hex(there['rip']), count=16)['data'])
        socket.close()


# -- bad requests ----------------------------------------------------------------------------------------


@test('bad requests get an error that says what was wrong')
def bad_requests():
    with Running(CALLS) as session:
        contains(refuses(404, 'unknown_command', lambda: session.request('stepinn', {})).message, 'stepIn')
        error = refuses(400, 'argument', session.step_in, count='three')
        equal(error.body['error']['argument'], 'count')
        contains(error.message, 'from 1 to')
        refuses(400, 'argument', session.step_in, count=0)
        refuses(400, 'argument', session.step_in, speed=3)
        refuses(400, 'argument', session.step_in, granularity='page')
        refuses(400, 'argument', session.read_memory, address=[], count=1)
        refuses(400, 'argument', session.read_memory, address='main', count=1)
        refuses(400, 'argument', session.read_memory, address='0x1', count=1 << 20)
        refuses(422, 'out_of_range', session.state, position=1 << 40)
        refuses(422, 'thread', session.registers, thread=4711)
        refuses(422, 'out_of_range', session.scopes, frameId=900)
        refuses(422, 'file', session.source, file='other.c')
        refuses(501, 'not_available', lambda: session.request('picture', {}))
        for body in (b'{', b'[]', b'{} x', b'\xff', b'{"a":1,"a":2}', b'[' * 3000):
            answer = session.client.fetch('POST', f'{session.path}/state', body, {'Content-Type': 'application/json'})
            equal(answer.status, 400, body[:20])
        socket = WebSocket(session)
        for frame in (b'', b'\xc1', b'\x80', b'\x81\xa2id\x01', b'\xdf\xff\xff\xff\xff', b'\x91' * 100):
            socket.send_frame(2, frame)
            equal(socket.receive()['status'], 400, frame[:20])
        equal(socket.state()['position'], 0)
        socket.close()
    try:
        session.state()
        raise AssertionError('a session that is gone answers')
    except Refused as refused:
        check(refused.status in (404, 410), refused)


if __name__ == '__main__':
    main()
