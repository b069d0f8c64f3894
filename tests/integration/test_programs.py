#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Coursework: what typical programs show at the moments that a person looks at."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.running import Running, line_of                                        # noqa: E402
from lib.tap import check, equal, main, test                        # noqa: E402

DEEP = r'''static int deep(int n)
{
	volatile char pad[1000];

	pad[0] = n;
	if (n == 0)
		return 0;
	return deep(n - 1) + pad[0];
}

int main(void)
{
	int result;

	result = deep(300);
	return result == 0;
}
'''

ENDLESS = r'''static int deep(int n)
{
	volatile char pad[1000];

	pad[0] = n;
	return deep(n + 1) + pad[0];
}

int main(void)
{
	return deep(0);
}
'''

OVERFLOW = r'''#include <string.h>

static void fill(char *buffer)
{
	memset(buffer, 'A', 64);
}

int main(void)
{
	char small[8];

	fill(small);
	return small[0];
}
'''

RAISES = r'''#include <signal.h>

int main(void)
{
	raise(SIGSEGV);
	return 0;
}
'''


def continue_to(session, text, part):
    """Continue to a breakpoint on the line that contains part: its state."""
    session.set_breakpoints(breakpoints=[{'line': line_of(text, part)}])
    state = session.continue_()
    equal(state['reason'], 'breakpoint', part)
    return state


@test('a stack that has grown under continue can be looked at')
def grown_stack():
    with Running(DEEP, record='step') as session:
        state = continue_to(session, DEEP, 'return 0;')
        equal(state['depth'], 301, 'depth')
        above = session.stack_trace(start=295, count=20)['stackFrames']
        check('main' in [frame['name'] for frame in above], f'the outer frames: {above}')
        caller = session.stack_trace(start=1, count=1)['stackFrames'][0]
        equal(caller['line'], line_of(DEEP, 'return deep'), 'line of the caller')
        registers = session.registers()['registers']
        check(session.read_memory(address=registers['rsp'], count=64)['data'], 'the new part of the stack')
        equal(session.evaluate(expression='n')['result'], '0', 'n')


@test('what a call left below the stack is known when it is gone, too')
def shrunk_stack():
    with Running(DEEP, record='step') as session:
        low = int(session.registers()['registers']['rsp'], 16) - 256 * 1024
        continue_to(session, DEEP, 'return result')
        left = session.read_memory(address=hex(low), count=4096)['data']
        check(set(left) != {'A'}, 'only zeros where deep() has been')
        end = session.continue_()
        equal(end['status'], 'exited', 'end')
        equal(session.read_memory(address=hex(low), count=4096, position=1)['data'], left, 'the same in the past')


@test('an endless recursion shows its stack')
def endless():
    with Running(ENDLESS) as session:
        state = session.continue_()
        equal(state['signal']['name'], 'SIGSEGV', 'signal')
        equal(state['signal']['access'], 'writing', 'access')
        check(len(session.stack_trace(count=200)['stackFrames']) == 200, 'the frames of the recursion')


@test('a return to an address that cannot be names no address')
def smashed():
    with Running(OVERFLOW, flags=['-fno-stack-protector']) as session:
        state = session.continue_()
        equal(state['signal']['name'], 'SIGSEGV', 'signal')
        equal(state['line'], line_of(OVERFLOW, 'return small') + 1, 'line')
        check('address' not in state['signal'] and 'access' not in state['signal'], str(state['signal']))


@test('a SIGSEGV that was sent names no address')
def raised():
    with Running(RAISES) as session:
        signal = session.continue_()['signal']
        equal(signal, {'number': 11, 'name': 'SIGSEGV'}, 'signal')


if __name__ == '__main__':
    sys.exit(main())
