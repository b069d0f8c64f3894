#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""SSE, AVX and x87 registers over the session protocol: listed, told as changed, in expressions and variables, set."""
import base64
import os
import platform
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.running import Stepped, refuses                            # noqa: E402
from lib.tap import check, equal, main, test                        # noqa: E402

PROGRAM = '''\t.globl main
main:\tleaq stored(%rip), %r8
\tmovups pattern(%rip), %xmm3
\tfldpi
\tfld1
\tmovups %xmm3, stored(%rip)
\tfstpt stored+16(%rip)
\txorl %eax, %eax
\tret
\t.data
\t.balign 16
pattern:\t.quad 0x1122334455667788, 0x99aabbccddeeff00
stored:\t.space 64
\t.section .note.GNU-stack,"",@progbits
'''
REALS = '''__attribute__((noinline)) double half(double x, float y)
{
\treturn x * 0.5 + y;
}
volatile double in = 2.5, out;
int main(void)
{
\tout = half(in, 0.25f);
\treturn out == 51.5;
}
'''
WIDTH = {'xmm': 16, 'ymm': 32, 'zmm': 64}
X86 = platform.machine() == 'x86_64'


def vectors(session, **arguments):
    """{name: (bytes, changed)}"""
    answer = session.request('registers', {'vectors': True, **arguments})
    return {v['name']: (base64.b64decode(v['data']), v['changed']) for v in answer['vectors']}


def widest(registers):
    return next(kind for kind in ('zmm', 'ymm', 'xmm') if f'{kind}0' in registers)


@test('registers: each in its widest form, its bytes, and what has changed')
def listed():
    if not X86:
        return
    with Stepped(PROGRAM, 'asm') as session:
        check('vectors' not in session.registers(), 'listed without being asked for')
        first = vectors(session)
        kind = widest(first)
        check(all(len(first[f'{kind}{n}'][0]) == WIDTH[kind] for n in range(16)), 'widths')
        check(not any(changed for _, changed in first.values()), 'nothing has changed at the start')
        session.step_in(granularity='instruction', count=2)
        now = vectors(session)
        equal([name for name, (_, changed) in now.items() if changed], [f'{kind}3'])
        equal(now[f'{kind}3'][0][:16], struct.pack('<QQ', 0x1122334455667788, 0x99aabbccddeeff00))
        session.step_in(granularity='instruction', count=2)
        now = vectors(session, **{'from': 0})
        equal(now['st0'][0], bytes.fromhex('0000000000000080ff3f'))
        check({'st0', 'st1', 'ftag', 'fstat', f'{kind}3'} <= {n for n, (_, c) in now.items() if c}, 'since the start')
        equal(vectors(session, position=0), first)
        refuses(422, 'out_of_range', session.registers, vectors=True, **{'from': 99999999})


@test('expressions: $xmm3 with all its digits, $st0 is a number, $mxcsr a word')
def expressions():
    if not X86:
        return
    with Stepped(PROGRAM, 'asm') as session:
        session.step_in(granularity='instruction', count=4)
        equal(session.evaluate(expression='$xmm3')['result'], '0x99aabbccddeeff001122334455667788')
        equal(session.evaluate(expression='$st0 * 3')['result'], '3')
        check(session.evaluate(expression='$st1')['result'].startswith('3.14159265358979323'), 'pi')
        equal(session.evaluate(expression='$mxcsr & 0x1f80')['result'], '8064')
        refuses(422, 'expression', session.evaluate, expression='$xmm99')


@test('setRegister: vector registers, and going back from that')
def written():
    if not X86:
        return
    with Stepped(PROGRAM, 'asm') as session:
        session.step_in(granularity='instruction', count=4)
        before = session.state()['position']
        session.request('setRegister', {'name': 'xmm3', 'value': '0x' + '5a' * 16})
        session.request('setRegister', {'name': 'st0', 'value': '-2.5'})
        state = session.request('setRegister', {'name': 'mxcsr', 'value': '0x1fa0'})
        equal(state['position'], before + 3)
        refuses(422, 'value', session.set_register, name='mxcsr', value='0xffffffff')
        refuses(422, 'value', session.set_register, name='xmm3', value='0x' + '5a' * 17)
        refuses(422, 'value', session.set_register, name='xmm3', value='1.5')
        session.step_in(granularity='instruction', count=2)
        address = session.registers()['registers']['r8']
        stored = base64.b64decode(session.read_memory(address=address, count=26)['data'])
        equal(stored, b'\x5a' * 16 + bytes.fromhex('00000000000000a000c0'))
        session.seek(position=before)
        equal(session.evaluate(expression='$xmm3')['result'], '0x99aabbccddeeff001122334455667788')
        equal(session.evaluate(expression='$st0')['result'], '1')


@test('variables that optimized code holds in SSE registers: read and set')
def variables():
    if not X86:
        return
    with Stepped(REALS, 'c', flags=['-O2']) as session:
        session.request('setFunctionBreakpoints', {'breakpoints': [{'name': 'half'}]})
        session.continue_()
        equal(session.stack_trace()['stackFrames'][0]['name'], 'half')
        scope = session.scopes()['scopes'][0]['variablesReference']
        arguments = {v['name']: v for v in session.variables(variablesReference=scope)['variables']}
        equal([(arguments[n]['value'], arguments[n]['register']) for n in ('x', 'y')],
              [('2.5', 'xmm0'), ('0.25', 'xmm1')])
        equal(session.evaluate(expression='x * 2 + y')['result'], '5.25')
        session.request('setVariable', {'name': 'x', 'value': '102.5', 'frameId': 0})
        equal(session.evaluate(expression='x')['result'], '102.5')
        session.request('setFunctionBreakpoints', {'breakpoints': []})
        state = session.continue_()
        equal((state['status'], state['exitCode']), ('exited', 1))


main()
