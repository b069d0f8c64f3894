#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Breakpoints of every kind, forwards and backwards: conditions, hits, messages, libraries."""
import itertools
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.traced import CALLS                                        # noqa: E402
from lib.running import Running, line_of, moment, run_to_end        # noqa: E402
from lib.tap import check, contains, equal, main, test              # noqa: E402


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


def set_kind(session, kind, address, **wish):
    """The one breakpoint of this kind, where square() returns, or in it."""
    command, place = {'function': ('setFunctionBreakpoints', {'name': 'square'}),
                      'instruction': ('setInstructionBreakpoints', {'address': address}),
                      'line': ('setBreakpoints', {'line': line_of(HITS, 'return p.right')})}[kind]
    placed = session.request(command, {'breakpoints': [{**place, **wish}]})['breakpoints'][0]
    check(placed['verified'], placed)
    return placed


@test('conditions, hit conditions, log messages and enabled are those of every kind of breakpoint, both ways')
def every_kind():
    def run(session, command, **wish):
        set_kind(session, kind, address, **wish)
        stops = []
        while command()['reason'] == 'breakpoint':
            stops.append(int(session.evaluate(expression='n')['result']))
        return stops
    wishes = (({'condition': 'n % 10 == 5'}, [5, 15, 25]), ({'hitCondition': '%12'}, [11, 23]),
              ({'condition': 'n > 20', 'hitCondition': '>=8'}, [28, 29]), ({'enabled': False}, []),
              ({'condition': 'n == 7 || n == 8', 'logMessage': 'at {n}'}, []))
    for kind, (wish, expected), record in itertools.product(('function', 'instruction', 'line'), wishes, ('step', 'ahead')):
        with Running(HITS, record=record) as session:
            what = f'{kind} {wish} {record}'
            address = set_kind(session, 'line', '')['address']
            session.set_breakpoints(breakpoints=[])
            equal(run(session, session.continue_, **wish), expected, what)
            said = [e['text'] for e in session.events(0)['events'] if e.get('category') == 'console']
            equal(said, ['at 7\n', 'at 8\n'] if 'logMessage' in wish else [], what)
            equal(run(session, session.reverse_continue, **wish), expected[::-1], f'{what}, back')
            again = [e['text'] for e in session.events(0)['events'] if e.get('category') == 'console']
            equal(again, said, f'{what}, told on the way back')


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
	return (int)(root(27.0) + root(8.0) + root(1.0));
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
        session.request('setFunctionBreakpoints', {'breakpoints': []})
        equal(session.continue_()['exitCode'], 6)


@test('what was wished of a breakpoint that waits for its library holds when that is loaded')
def wishes_wait():
    for wish, stops in (({'condition': '$xmm0 == 0', 'hitCondition': '=1'}, 0), ({'hitCondition': '=2'}, 1),
                        ({'hitCondition': '>=2', 'condition': '1 == 1'}, 2), ({'enabled': False}, 0),
                        ({'condition': '1 == 0'}, 0), ({'logMessage': 'root'}, 0)):
        for record in ('step', 'ahead'):
            with Running(LOADS, record=record) as session:
                session.request('setFunctionBreakpoints', {'breakpoints': [{'name': 'cbrt', **wish}]})
                reasons = [session.continue_()['reason'] for _ in range(stops + 1)]
                equal(reasons, ['breakpoint'] * stops + ['exited'], f'{wish} {record}')
                said = [e['text'] for e in session.events(0)['events'] if e.get('category') == 'console']
                equal(said, ['root\n'] * 3 if 'logMessage' in wish else [], f'{wish} {record}')


@test('goto a line runs there')
def goto():
    with Running(CALLS) as session:
        line = line_of(CALLS, 'return b')
        state = session.goto(line=line)
        equal((state['reason'], state['line']), ('goto', line))


if __name__ == '__main__':
    main()
