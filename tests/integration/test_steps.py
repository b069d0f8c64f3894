#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each stepping command, by line and by instruction, with a count, forwards and backwards."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.running import Running, line_of                            # noqa: E402
from lib.tap import check, contains, equal, main, test              # noqa: E402

PROGRAM = r'''#include <stdio.h>
#include <stdlib.h>

static int leaf(int x)
{
	return x * 2;
}

static int deep(int n)
{
	if (n <= 0)
		return leaf(n);
	int a = deep(n - 1);
	return a + leaf(n);
}

static int order(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int main(void)
{
	int v[4] = { 3, 1, 2, 0 };

	for (int i = 0; i < 3; i++)
		v[i] += leaf(i);
	qsort(v, 4, sizeof *v, order);
	v[0] = deep(3);
	printf("%d\n", v[0]);
	return v[0] & 1;
}
'''

INLINED = r'''static volatile int sink;

static inline __attribute__((always_inline)) int half(int x)
{
	sink = x;
	return sink / 2;
}

static int work(int x)
{
	int a = half(x);

	return a + 1;
}

int main(void)
{
	sink = work(8);
	return sink;
}
'''

COUNTS = (2, 3, 7, 20)
BACK = {'direction': 'back'}


def walk(session, command, how):
    """Where single steps from the start end, the program's end left out."""
    session.seek(position=0)
    positions = [0]
    while (state := session.request(command, how))['status'] != 'exited':
        positions.append(state['position'])
    return positions, state['position']


@test('with a count: where as many single steps end, and back through the same positions')
def counts():
    lengths = {}
    for record in ('step', 'ahead'):
        with Running(PROGRAM, record=record) as session:
            for command in ('stepIn', 'next'):
                for granularity in ('line', 'instruction'):
                    how = {'granularity': granularity}
                    what = f'{record} {command} {granularity}'
                    stops, end = walk(session, command, how)
                    lengths.setdefault((command, granularity), len(stops))
                    equal(len(stops), lengths[(command, granularity)], what)
                    for n in COUNTS:
                        session.seek(position=0)
                        state = session.request(command, {**how, 'count': n})
                        equal(state['position'], stops[n] if n < len(stops) else end, f'{what} {n}:')
                        session.seek(position=stops[-1])
                        state = session.request(command, {**how, **BACK, 'count': n})
                        equal(state['position'], stops[-1 - n] if n < len(stops) else 0, f'{what} {n} back:')
                        if command == 'stepIn':
                            session.seek(position=stops[-1])
                            equal(session.step_back(count=n, **how)['position'], state['position'], f'{what} {n} stepBack:')
    check(len(set(lengths.values())) == 4, f'{lengths}: these are not four ways to go')


@test('breakpoints, watched memory and what is caught end a step where they lie first on its way, either way, with a count, too')
def stops_on_the_way():
    with Running(PROGRAM) as session:
        end = session.recorded()['frontier']
        ways = [(command, {'granularity': granularity, 'direction': direction, 'count': count, 'position': start})
                for command in ('stepIn', 'next', 'stepOut') for granularity in ('line', 'instruction')
                for direction in ('forward', 'back') for count in (1, 3) for start in range(5, end, 29)]
        free = [session.request(command, how)['position'] for command, how in ways]
        session.set_breakpoints(breakpoints=[{'line': line_of(PROGRAM, 'return x * 2')}, {'line': line_of(PROGRAM, 'int a = deep')}])
        session.set_syscall_rules(rules=[{'name': 'write'}])
        watched = session.request('dataBreakpointInfo', {'name': 'v[1]', 'position': 0})['dataId']
        session.request('setDataBreakpoints', {'breakpoints': [{'dataId': watched, 'accessType': 'change'}]})
        session.seek(position=0)
        stops = {}
        while (state := session.continue_())['status'] != 'exited':
            stops[state['position']] = state['reason']
        equal(set(stops.values()), {'breakpoint', 'data breakpoint', 'exception'})
        met = 0
        for (command, how), to in zip(ways, free):
            start, back = how['position'], how['direction'] == 'back'
            passed = [p for p in stops if (to <= p < start if back else start < p <= to)]
            first = (max(passed) if back else min(passed)) if passed else to
            state = session.request(command, how)
            equal(state['position'], first, f'{command} {how}, which ends at {to} without them:')
            if passed:
                equal(state['reason'], stops[first], f'{command} {how}')
                met += 1
        check(met > 30, f'only {met} have met one')


@test('stepOut with a count leaves as many frames, forwards to behind their calls, and back to before them')
def out():
    with Running(PROGRAM) as session:
        session.set_breakpoints(breakpoints=[{'line': line_of(PROGRAM, 'return x * 2'), 'condition': 'x == 0', 'hitCondition': '=2'}])
        inside = session.continue_()
        equal((inside['function'], inside['depth']), ('leaf', 5))
        session.set_breakpoints(breakpoints=[])
        places = {1: line_of(PROGRAM, 'return leaf(n)'), 2: line_of(PROGRAM, 'int a = deep'), 5: line_of(PROGRAM, 'v[0] = deep')}
        for granularity in ('line', 'instruction'):
            for direction in ('forward', 'back'):
                how = {'granularity': granularity, 'direction': direction}
                session.seek(position=inside['position'])
                single = []
                for n in range(1, 6):
                    single.append(session.step_out(**how)['position'])
                    session.seek(position=inside['position'])
                    state = session.step_out(count=n, **how)
                    equal((state['position'], state['depth']), (single[-1], 5 - n), f'{how} {n}:')
                    if n in places:
                        equal(state['line'], places[n], f'{how} {n}:')
                    before = session.disassemble(instructionOffset=0 if direction == 'back' else -1,
                                                 instructionCount=1)['instructions'][0]
                    contains(before['instruction'], 'call')
                equal(single, sorted(single, reverse=direction == 'back'))


@test('stepOut of an inlined call: by line out of that, by instruction out of the function, both ways')
def out_of_inlined():
    with Running(INLINED) as session:
        inside = session.goto(line=line_of(INLINED, 'sink = x'))
        equal((inside['function'], inside['depth']), ('half', 2))
        for granularity, function in (('line', 'work'), ('instruction', 'main')):
            for direction in ('forward', 'back'):
                session.seek(position=inside['position'])
                state = session.step_out(granularity=granularity, direction=direction)
                equal((state['function'], state['reason']), (function, 'step'), f'{granularity} {direction}:')
                check((state['position'] < inside['position']) == (direction == 'back'), f'{granularity} {direction}')


@test('goto runs back, too: to a line, to an address, and stops at breakpoints on the way')
def back():
    with Running(PROGRAM) as session:
        line = line_of(PROGRAM, 'return x * 2')
        there = [session.goto(line=line) for _ in range(3)]
        equal([state['reason'] for state in there], ['goto'] * 3)
        session.goto(line=line_of(PROGRAM, 'printf'))
        for state in reversed(there):
            while (was := session.goto(line=line, direction='back'))['position'] > state['position']:
                equal((was['reason'], was['line']), ('goto', line))
            equal((was['reason'], was['position']), ('goto', state['position']))
        equal(session.goto(line=line, direction='back')['reason'], 'entry')
        session.seek(position=there[2]['position'])
        equal(session.goto(address=there[1]['pc'], direction='back')['position'], there[1]['position'])
        session.set_breakpoints(breakpoints=[{'line': line_of(PROGRAM, 'v[i] += leaf')}])
        state = session.goto(address=there[0]['pc'], direction='back')
        equal((state['reason'], state['line']), ('breakpoint', line_of(PROGRAM, 'v[i] += leaf')))
        check(there[0]['position'] < state['position'] < there[1]['position'], state)


if __name__ == '__main__':
    main()
