#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record ahead is made anew: stepping into library calls, and breakpoints in libraries that are set later."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused                                      # noqa: E402
from lib.running import Running, line_of                            # noqa: E402
from lib.tap import check, contains, equal, main, test              # noqa: E402
from lib.websocket import WebSocket                                 # noqa: E402

SAYS = r'''#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	char text[] = "four";
	int n = argc;

	puts("one");
	n += strlen(text);
	printf("%d\n", n);
	puts("two");
	char *p = malloc(30);
	puts("three");
	free(p);
	return n;
}
'''
PRINTED = 'one\n5\ntwo\nthree\n'

THREADS = r'''#include <pthread.h>
#include <stdio.h>

static void *work(void *arg)
{
	return arg;
}

int main(void)
{
	pthread_t thread;

	puts("before");
	pthread_create(&thread, NULL, work, NULL);
	pthread_join(thread, NULL);
	puts("behind");
	return 0;
}
'''

TYPED = r'''#include <stdio.h>

int main(void)
{
	char name[40];

	puts("name?");
	if (fgets(name, sizeof name, stdin) == NULL)
		return 1;
	printf("hello %s", name);
	return 0;
}
'''


def functions(session, **with_all):
    return session.request('setFunctionBreakpoints', {'breakpoints': [{'name': name, **(wish or {})} for name, wish in with_all.items()]})


def all_output(session):
    return session.request('output', {'position': session.state()['frontier']})['text']


def settled(session):
    """As session.recorded(), of one that has stopped since: then it may be that which has told it."""
    while (state := session.state())['live']['recording']:
        session.events(after=session.events(after=0, wait=0)['seq'], wait=50)
    return state


def names(session):
    return [frame['name'] for frame in session.stack_trace()['stackFrames']]


def to_line(session, text, part):
    session.seek(position=0)
    state = session.goto(line=line_of(text, part))
    equal(state['line'], line_of(text, part))
    return state


def ends(session, text=PRINTED, code=5):
    state = session.continue_()
    equal((state['status'], state['exitCode'], all_output(session)), ('exited', code, text))
    return state


@test('stepIn with enter goes into a call that is recorded, by line into its function; at the same positions each time')
def enters():
    runs = []
    for _ in range(2):
        seen = []
        with Running(SAYS) as session:
            session.recorded()
            for part, name in (('puts("one")', 'puts'), ('strlen', None), ('printf', 'printf'), ('malloc', 'malloc')):
                at = to_line(session, SAYS, part)
                equal(settled(session)['live']['status'], 'exited')
                state = session.step_in(enter=True)
                equal((state['epoch'], state['reason'], 'file' in state), (at['epoch'] + 1, 'step', False))
                stack = names(session)
                contains(stack[1], 'main')
                if name:
                    contains(stack[0], name)
                state = session.state()
                equal((state['frontier'], state['live']['recording']), (state['position'], False))
                for _ in range(3):
                    inside = session.step_in(enter=True, granularity='instruction')
                    equal((inside['position'], inside['epoch']), (state['position'] + 1, state['epoch']))
                    state = inside
                seen.append((state['position'], state['pc'], state['outputEnd']))
                out = session.step_out()
                equal(out['function'], 'main')
                check(0 <= out['line'] - line_of(SAYS, part) <= 1, out)
            ends(session)
        runs.append(seen)
    equal(runs[1], runs[0])


@test('the instruction of the call: enter stands at the first one behind it, and goes on one by one')
def instructions():
    with Running(SAYS) as session:
        session.recorded()
        to_line(session, SAYS, 'puts("two")')
        while 'call' not in session.disassemble(instructionCount=1)['instructions'][0]['instruction']:
            session.step_in(granularity='instruction')
        before = session.state()
        for n in range(1, 30):
            state = session.step_in(granularity='instruction', enter=True)
            equal((state['position'], state['epoch'], 'macro' in state), (before['position'] + n, before['epoch'] + 1, False))
        for n in range(28, 0, -1):
            state = session.step_in(granularity='instruction', enter=True, direction='back')
            equal(state['position'], before['position'] + n)
        equal(session.step_in(granularity='instruction', count=1)['function'], 'main')
        ends(session)


@test('a breakpoint in a library that is set when all is recorded stops; what was printed is printed once')
def later():
    with Running(SAYS) as session:
        whole = session.recorded()
        socket = WebSocket(session)
        check(functions(session, puts=None)['breakpoints'][0]['verified'], 'puts is not known')
        equal((session.state()['frontier'], session.state()['epoch']), (whole['frontier'], 1))
        seq = session.events(after=0, wait=0)['seq']
        state = session.continue_()
        equal((state['reason'], state['function'], state['epoch'], state['outputEnd']), ('breakpoint', 'puts', 2, 0))
        equal((state['frontier'], all_output(session)), (state['position'], ''))
        contains(names(session)[1], 'main')
        told = [event for event in session.events(after=seq, wait=0)['events'] if event['event'] in ('cut', 'stopped')]
        equal([event['event'] for event in told], ['cut', 'stopped'])
        equal(told[0]['epoch'], 2)
        first = state['position']
        out = session.step_out()
        equal((out['function'], out['line'], out['output']), ('main', line_of(SAYS, 'strlen'), 'one\n'))
        state = session.continue_()
        equal((state['function'], state['output'], state['outputEnd']), ('puts', '5\n', 6))
        equal(session.reverse_continue()['position'], first)
        equal(session.continue_()['position'], state['position'])
        # next meets it, too: over `two', malloc, and into `three'.
        session.step_out()
        while (state := session.next())['reason'] == 'step':
            pass
        equal((state['reason'], state['function']), ('breakpoint', 'puts'))
        contains(all_output(session), 'two\n')
        session.seek(position=0)
        functions(session)
        equal(ends(session)['epoch'], 2)
        text = ''
        while len(text) < len(PRINTED):
            event = socket.wait_event('output')
            text = text[:event['start']] + event['text']
        equal(text, PRINTED)
        socket.close()


@test('conditions and hit conditions, and the same positions as when it was set at first')
def conditions():
    for wish, printed in ((None, ''), ({'hitCondition': '2'}, 'one\n5\n'), ({'hitCondition': '>=3'}, 'one\n5\ntwo\n'),
                          ({'condition': '$rdi != 0 && *(char *)$rdi == \'t\' && *(char *)($rdi + 1) == \'h\''}, 'one\n5\ntwo\n')):
        seen = []
        for late in (False, True):
            with Running(SAYS) as session:
                if late:
                    session.recorded()
                functions(session, puts=wish)
                state = session.continue_()
                equal((state['reason'], state.get('function'), all_output(session)[:len(printed)]), ('breakpoint', 'puts', printed))
                seen.append((state['position'], state['pc'], state['outputEnd']))
                equal(state['outputEnd'], len(printed))
                functions(session)
                ends(session)
        equal(seen[1], seen[0])


@test('an instruction breakpoint within the C library')
def instruction_breakpoint():
    with Running(SAYS) as session:
        session.recorded()
        address = functions(session, malloc=None)['breakpoints'][0]['address']
        functions(session)
        to_line(session, SAYS, 'char *p')
        answer = session.set_instruction_breakpoints(breakpoints=[{'address': address}])
        check(answer['breakpoints'][0]['verified'], answer)
        state = session.next()
        equal((state['reason'], state['pc']), ('breakpoint', address))
        equal(session.step_out()['function'], 'main')


@test('what cannot be taken back is said: a thread was started in between')
def prevented():
    with Running(THREADS, flags=['-pthread']) as session:
        session.recorded()
        functions(session, puts=None)
        seq = session.events(after=0, wait=0)['seq']
        state = session.continue_()
        equal((state['reason'], state['function'], all_output(session)), ('breakpoint', 'puts', 'before\n'))
        told = [event for event in session.events(after=seq, wait=0)['events'] if event['event'] in ('breakpoint', 'limit')]
        message = next(event for event in told if event['event'] == 'breakpoint')['breakpoints'][0]['message']
        contains(message, 'stops nothing')
        contains(message, 'clone')
        limit = next(event for event in told if event['event'] == 'limit')
        contains(limit['text'], 'clone')
        check(len(limit['limit']['advice']) > 20, limit)
        at = to_line(session, THREADS, 'puts("before")')
        try:
            answer = session.step_in(enter=True)
        except Refused as refused:
            equal((refused.status, refused.code), (409, 'prevented'))
            contains(refused.message, 'thread')
            contains(refused.body['error']['obstacle']['name'], 'clone')
        else:
            raise AssertionError(f'not refused: {answer!r}')
        state = session.state()
        equal((state['position'], state['status'], state['epoch']), (at['position'], 'stopped', at['epoch']))
        equal(session.next()['reason'], 'step')
        message = functions(session, puts=None)['breakpoints'][0].get('message', '')
        equal(message, '')


@test('a change that was made by hand is not thrown away')
def change():
    with Running(SAYS) as session:
        session.recorded()
        to_line(session, SAYS, 'puts("three")')
        session.request('setVariable', {'name': 'n', 'value': '7'})
        equal(settled(session)['live']['status'], 'exited')
        functions(session, puts=None)
        session.seek(position=0)
        state = session.continue_()
        equal((state['function'], state['output']), ('puts', 'one\n5\ntwo\n'))
        functions(session)
        ends(session, code=7)


@test('a program that waits for input is taken back, too; what is typed then counts once')
def waits():
    with Running(TYPED) as session:
        while not session.state()['live']['waiting']:
            session.events(after=session.events(after=0, wait=0)['seq'], wait=200)
        functions(session, fgets=None)
        state = session.continue_()
        equal((state['reason'], state['function'], all_output(session)), ('breakpoint', 'fgets', 'name?\n'))
        session.input(text='tux\n')
        ends(session, 'name?\nhello tux\n', 0)
        # And when it has been read: it is typed again.
        functions(session, printf=None)
        session.seek(position=0)
        state = session.continue_()
        equal((state['reason'], state['function'], all_output(session)), ('breakpoint', 'printf', 'name?\n'))
        functions(session)
        ends(session, 'name?\nhello tux\n', 0)


@test('with the policy step nothing is thrown away for a breakpoint, but what is to be entered is')
def policy_step():
    with Running(SAYS, record='step') as session:
        end = session.step_in(granularity='instruction', count=10000)
        equal(end['status'], 'exited')
        functions(session, puts=None)
        session.seek(position=0)
        equal(session.continue_()['status'], 'exited')
        functions(session)
        to_line(session, SAYS, 'puts("two")')
        state = session.step_in(enter=True)
        equal((state['function'], state['epoch']), ('puts', 2))
        ends(session)


LONG = r'''#include <stdio.h>

static int table[64];

int main(void)
{
	puts("early");
	for (int i = 0; i < 4000; i++)
		table[i & 63] += i;
	puts("late");
	return 0;
}
'''


@test('who looked at what is cut off is told of the stop, and nothing is compared with it')
def cut_off():
    with Running(LONG) as session:
        settled(session)
        socket = WebSocket(session)
        end = session.state()['frontier']
        session.request('seek', {'position': end - 100})
        session.request('stepIn', {'position': 0, 'granularity': 'instruction', 'enter': True, 'count': 12})
        state = session.state()
        check(state['frontier'] < end - 100, f'it is cut off: {state["frontier"]} of {end}')
        while (event := socket.receive()).get('event') != 'stopped' or event['state']['position'] != state['position']:
            pass
        equal(event['state']['from'], state['position'])
        socket.close()


if __name__ == '__main__':
    sys.exit(main())
