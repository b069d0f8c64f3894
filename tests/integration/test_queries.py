#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is seen of a moment: code, registers, stack, values, memory, and the timeline around it."""
import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import word                                         # noqa: E402
from lib.traced import ASM_ATT, CALLS, LOOP, SCALARS                # noqa: E402
from lib.running import Running, line_of, refuses                   # noqa: E402
from lib.tap import check, contains, equal, main, test              # noqa: E402


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


KINDS = r'''#include <signal.h>
#include <stdio.h>

static volatile int got;

static void handler(int number)
{
	got = number;
}

static long call(long number, long a, long b)
{
	__asm__ volatile("syscall" : "+a" (number) : "D" (a), "S" (b) : "rcx", "r11", "memory");
	return number;
}

int main(void)
{
	signal(SIGUSR1, handler);
	call(62, call(39, 0, 0), SIGUSR1);
	puts("macro");
	return *(volatile int *)8;
}
'''


@test('what kind of step each was: an instruction, a library call, a system call, a signal, a change, the end')
def kinds():
    with Running(KINDS) as session:
        equal(session.continue_()['reason'], 'exception')
        session.request('setVariable', {'frameId': 0, 'name': 'got', 'value': '3'})
        equal(session.continue_()['reason'], 'exception')
        end = session.continue_()['position']
        steps = session.window(**{'from': 0, 'to': end})['steps']
        kinds = [step['kind'] for step in steps]
        equal((kinds[0], kinds.count('start'), kinds[end], kinds.count('exit')), ('start', 1, 'exit', 1))
        of = {kind: [i for i, k in enumerate(kinds) if k == kind] for kind in set(kinds)}
        equal(set(of), {'start', 'instruction', 'macro', 'syscall', 'signal', 'write', 'exit'})
        code = session.disassemble(address=steps[of['syscall'][0] - 1]['pc'], instructionCount=1)['instructions'][0]
        equal((code['instruction'].strip(), len(of['syscall'])), ('syscall', 2))
        equal(of['signal'], [of['syscall'][1] + 1])
        equal(session.state(position=of['signal'][0])['function'], 'handler')
        equal(of['write'], [end - 1])
        equal([i for i in range(1, end) if 'macro' in session.state(position=i)], of['macro'])
        equal([call['position'] for call in session.syscalls()['syscalls'] if not call['native']], of['syscall'])


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


if __name__ == '__main__':
    main()
