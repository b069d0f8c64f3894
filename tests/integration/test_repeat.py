#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The same commands lead through the same moments, in each run: registers and the whole stack."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import programs                                                        # noqa: E402
from lib.service import shared                                                  # noqa: E402
from lib.tap import check, equal, main, note, test                                    # noqa: E402

STACK_BYTES = 4096
MIXED = r'''#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int main(int argc, char **argv)
{
	int numbers[] = { 5, 1, 4, argc };
	static char text[100];	/* nor malloc() nor stdio: its key is from getrandom() */
	char canary[16];

	snprintf(text, sizeof text, "%s %p", argv[0], (void *)text);
	strcpy(canary, "on the stack");
	qsort(numbers, 4, sizeof numbers[0], compare);
	for (int i = 0; i < 4; i++)
		write(1, text, (size_t)snprintf(text, sizeof text, "%d %s\n", numbers[i], canary));
	return numbers[0];
}
'''
CLOCK = r'''#include <sys/auxv.h>
#include <time.h>
int main(void)
{
	struct timespec now;

	return getauxval(AT_SYSINFO_EHDR) == 0 && clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? 7 : 1;
}
'''
COMMANDS = ([('stepIn', {'granularity': 'instruction', 'count': 20})] + [('next', {})] * 6 +
            [('stepIn', {}), ('stepOut', {}), ('stepBack', {}), ('next', {'count': 3}), ('continue', {})])


def moments(record):
    """One run of the commands: what each of them answers, and the stack there."""
    session = shared().client.create(MIXED, flags=['-fstack-protector-all'], record=record)
    seen = []
    for command, arguments in COMMANDS:
        state = session.request(command, arguments)
        stack = session.read_memory(address=state['registers'].get('rsp') or
                                    session.registers()['registers']['rsp'], count=STACK_BYTES)
        seen.append((command, state['position'], state['reason'], state['pc'], state['outputEnd'],
                     session.registers()['registers'], stack['data']))
    varies = session.state()['live']['varies']
    session.delete()
    return seen, varies


def compare_runs(record):
    first, varies = moments(record)
    again, _ = moments(record)
    if varies:
        note(f'on this machine these may vary: {varies}')
    for a, b in zip(first, again):
        if 'addresses' in varies:
            a, b = a[:3], b[:3]
        equal(b, a, f'after {a[0]} to {a[1]}')


@test('twice the same commands, policy step: the same positions, registers, stack')
def step():
    compare_runs('step')


@test('and recording ahead')
def ahead():
    compare_runs('ahead')


@test('the state says what the machine cannot fix, and here it fixes all')
def varies():
    session = shared().client.create(programs.HELLO)
    equal(session.state()['live']['varies'], [])
    session.delete()


@test('the clock is read by a system call, which the record can see')
def clock():
    session = shared().client.create(CLOCK)
    end = session.continue_()
    equal((end['status'], end['exitCode']), ('exited', 7))
    session.delete()


@test('library code takes no path that cannot be stepped or shown: neither AVX, nor restartable sequences')
def paths():
    text = ('#include <string.h>\nextern const unsigned int __rseq_size;\nstatic char text[4096];\n'
            'static void *(*volatile set)(void *, int, size_t) = memset;\n'
            'int main(void)\n{\n\tset(text, 1, sizeof text);\n\treturn __rseq_size != 0;\n}\n')
    session = shared().client.create(text, record='step')
    session.goto(line=7)
    state = session.step_in(enter=True)
    names = set()
    while 'file' not in state:
        names.add(session.disassemble(instructionCount=1)['instructions'][0]['instruction'].split()[0])
        state = session.step_in(granularity='instruction', enter=True)
    check(len(names) > 3, names)
    equal([name for name in names if name.startswith('v')], [], 'instructions of AVX')
    equal(session.continue_()['exitCode'], 0)
    session.delete()


main()
