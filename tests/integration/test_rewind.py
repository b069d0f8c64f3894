#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What-if in the past, over HTTP: the program is taken back and goes on another way."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused                                      # noqa: E402
from lib.running import Stepped, line_of, refuses                   # noqa: E402
from lib.tap import check, contains, equal, main, test              # noqa: E402
from lib.websocket import WebSocket                                 # noqa: E402

LOOP = r'''#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	int bound = 3;
	int *heap = NULL;

	for (int i = 0; i < bound; i++) {
		heap = realloc(heap, (i + 1) * 100000);
		heap[i] = i * 10;
		printf("%d\n", heap[i]);
	}
	free(heap);
	return bound;
}
'''

CXX = r'''#include <iostream>
#include <string>
#include <vector>

static int deep(int n)
{
	volatile char room[50000];

	room[0] = room[49999] = 1;
	return n > 0 ? deep(n - 1) + room[0] : 0;
}

int main()
{
	std::vector<std::string> words;
	int wanted = 2;

	for (int i = 0; i < wanted; i++) {
		words.push_back(std::string(i * 30 + 1, 'a' + i));
		std::cout << words.back() << std::endl;
	}
	try {
		words.at(7);
	} catch (const std::exception &e) {
		std::cout << "none" << std::endl;
	}
	return deep(12);
}
'''

FILES = r'''#include <stdio.h>

int main(void)
{
	int n = 1;
	FILE *f = fopen("note", "w");

	n++;
	fputs("written", f);
	fflush(f);
	n++;
	fclose(f);
	return n;
}
'''

THREADS = r'''#include <pthread.h>

static void *work(void *arg)
{
	return arg;
}

int main(void)
{
	pthread_t thread;
	int n = 1;

	pthread_create(&thread, NULL, work, NULL);
	n++;
	pthread_join(thread, NULL);
	return n;
}
'''

ECHO = r'''#include <stdio.h>

int main(void)
{
	int times = 1, n;

	while (scanf("%d", &n) == 1)
		printf("%d\n", n * times);
	return 0;
}
'''

ENDS = r'''#include <stdlib.h>

int main(int argc, char **argv)
{
	int how = 1;
	int *volatile nowhere = NULL;

	if (how == 1)
		abort();
	if (how == 2)
		*nowhere = 1;
	if (how == 3)
		exit(33);
	return 44;
}
'''


def position_of(session, text, part):
    """The first position on a line, going there from the start."""
    session.seek(position=0)
    state = session.request('goto', {'line': line_of(text, part)})
    equal(state['line'], line_of(text, part))
    return state['position']


def all_output(session):
    return session.request('output', {'position': session.state()['frontier']})['text']


def to_the_end(session):
    """Every step of the person's code on the way."""
    state = session.step_in(granularity='instruction', count=100000)
    equal(state['status'], 'exited')
    return state


@test('a loop has another bound in the past: another future, and the first one is forgotten')
def loop():
    with Stepped(LOOP) as session:
        state = to_the_end(session)
        equal((state['exitCode'], all_output(session), state['epoch']), (3, '0\n10\n20\n', 1))
        at = position_of(session, LOOP, 'heap = realloc')
        answer = session.request('setVariable', {'name': 'bound', 'value': '5', 'position': at, 'epoch': 1})
        equal((answer['epoch'], answer['position'], answer['frontier']), (2, at + 1, at + 1))
        equal((answer['kind'], answer['outputEnd'], answer['status']), ('write', 0, 'stopped'))
        equal(all_output(session), '')
        refuses(409, 'stale', session.seek, position=0, epoch=1)
        refuses(422, 'out_of_range', session.registers, position=state['position'])
        state = to_the_end(session)
        equal((state['exitCode'], all_output(session)), (5, '0\n10\n20\n30\n40\n'))
        # And once more, natively, from the middle of the second future.
        session.request('setBreakpoints', {'breakpoints': [{'line': line_of(LOOP, 'free(heap)')}]})
        state = session.request('reverseContinue', {})
        equal((state['reason'], state['line']), ('breakpoint', line_of(LOOP, 'free(heap)')))
        session.request('setBreakpoints', {'breakpoints': []})
        state = session.request('setRegister', {'name': 'rbx', 'value': '0'})
        equal(state['epoch'], 3)
        equal(session.continue_()['exitCode'], 5)
        equal(all_output(session), '0\n10\n20\n30\n40\n')


@test('resume from here: nothing is changed, and the same comes again')
def resume():
    with Stepped(CXX, 'c++') as session:
        state = to_the_end(session)
        code, frontier, output = state['exitCode'], state['frontier'], all_output(session)
        equal(output, 'a\n' + 31 * 'b' + '\nnone\n')
        for n in range(8):
            epoch = session.state()['epoch']
            at = frontier * (n * 5 % 8) // 8
            answer = session.request('rewind', {'position': at})
            equal((answer['epoch'], answer['position'], answer['frontier'], answer['from']), (epoch + 1, at, at, at))
            check(len(answer['registers']) > 16, answer['registers'])
            state = to_the_end(session)
            equal((state['exitCode'], state['frontier'], all_output(session)), (code, frontier, output))
        equal(session.request('rewind', {'position': 0})['reason'], 'goto')
        equal(session.request('rewind', {})['epoch'], epoch + 2)    # there already
        equal(session.continue_()['exitCode'], code)


@test('recorded ahead: a change where the person looks cuts what was recorded, and recording goes on')
def ahead():
    with Stepped(LOOP, record='ahead') as session:
        session.request('goto', {'line': line_of(LOOP, 'for (int')})
        while session.state()['live']['recording']:
            session.events(after=session.events(after=0, wait=0)['seq'], wait=200)
        before = session.state()
        check(before['frontier'] > before['position'], before)
        state = session.request('setVariable', {'name': 'bound', 'value': '1'})
        equal((state['epoch'], state['position']), (2, before['position'] + 1))
        state = session.continue_()
        equal((state['status'], state['exitCode'], all_output(session)), ('exited', 1, '0\n'))


@test('a finished program: by exit, by abort, by a fault')
def finished():
    with Stepped(ENDS) as session:
        at = position_of(session, ENDS, 'how == 1')
        state = session.continue_()
        equal((state['reason'], state['signal']['name']), ('exception', 'SIGABRT'))
        equal(session.continue_()['status'], 'exited')
        refuses(409, 'exited', session.set_variable, name='how', value='2')
        session.seek(position=at)
        equal(session.request('setVariable', {'name': 'how', 'value': '2'})['epoch'], 2)
        state = session.continue_()
        equal((state['reason'], state['signal']['name']), ('exception', 'SIGSEGV'))
        for value, code in (('3', 33), ('4', 44), ('3', 33)):
            session.seek(position=at)
            session.request('setVariable', {'name': 'how', 'value': value})
            state = session.continue_()
            equal((state['status'], state['exitCode']), ('exited', code))


@test('a file that was written prevents it, and is named; behind it it goes on')
def files():
    with Stepped(FILES) as session:
        to_the_end(session)
        opened = position_of(session, FILES, 'FILE *f')
        flushed = position_of(session, FILES, 'fclose(f)')
        frontier = session.state()['frontier']
        error = refuses(409, 'prevented', session.set_variable, name='n', value='7', position=opened)
        obstacle = error.body['error']['obstacle']
        equal((obstacle['name'], obstacle['file'], obstacle['line']), ('openat', 'main.c', line_of(FILES, 'FILE *f')))
        contains(error.message, 'file')
        middle = position_of(session, FILES, 'fputs(')
        error = refuses(409, 'prevented', session.rewind, position=middle)
        equal(error.body['error']['obstacle']['name'], 'write')
        equal(error.body['error']['obstacle']['line'], line_of(FILES, 'fflush(f)'))
        error = refuses(409, 'prevented', session.rewind, position=flushed)
        equal(error.body['error']['obstacle']['name'], 'close')
        state = session.state()
        equal((state['epoch'], state['frontier']), (1, frontier))
        at = position_of(session, FILES, 'return n')
        state = session.request('setVariable', {'name': 'n', 'value': '7', 'position': at})
        equal(session.continue_()['exitCode'], 7)


@test('a thread that was started prevents it')
def threads():
    with Stepped(THREADS, flags=['-pthread']) as session:
        at = position_of(session, THREADS, 'int n = 1')
        equal(session.continue_()['exitCode'], 2)
        error = refuses(409, 'prevented', session.rewind, position=at)
        contains(error.message, 'thread')
        equal(error.body['error']['obstacle']['name'], 'clone')


@test('what was typed is typed again')
def typed():
    with Stepped(ECHO) as session:
        at = position_of(session, ECHO, 'while (scanf')
        equal(session.continue_()['live']['waiting'], True)
        session.input(text='3\n4\n')
        session.input(text='5\n', eof=True)
        while session.state()['status'] == 'running':
            session.events(after=session.events(after=0, wait=0)['seq'], wait=200)
        equal(all_output(session), '3\n4\n5\n')
        session.seek(position=at)
        session.request('setVariable', {'name': 'times', 'value': '100'})
        state = session.continue_()
        equal((state['status'], all_output(session)), ('exited', '300\n400\n500\n'))


@test('recorded ahead, the program waits for input: it is taken back from there, and what is typed then counts')
def ahead_waiting():
    with Stepped(ECHO, record='ahead') as session:
        at = session.request('goto', {'line': line_of(ECHO, 'while (scanf')})['position']
        while not session.state()['live']['waiting']:
            session.events(after=session.events(after=0, wait=0)['seq'], wait=200)
        state = session.request('setVariable', {'name': 'times', 'value': '10'})
        equal((state['position'], state['epoch'] >= 2), (at + 1, True))
        session.input(text='7\n')
        while '70' not in all_output(session):
            session.events(after=session.events(after=0, wait=0)['seq'], wait=200)
        while not session.state()['live']['waiting']:
            session.events(after=session.events(after=0, wait=0)['seq'], wait=200)
        state = session.request('setVariable', {'name': 'times', 'value': '2', 'position': at})
        session.input(text='8\n', eof=True)
        state = session.continue_()
        equal((state['status'], all_output(session)), ('exited', '14\n16\n'))


@test('other clients hear of the cut, and what they know is stale')
def clients():
    with Stepped(LOOP) as session:
        to_the_end(session)
        at = position_of(session, LOOP, 'heap = realloc')
        socket = WebSocket(session)
        seq = session.events(after=0, wait=0)['seq']
        session.request('rewind', {'position': at})
        events = session.events(after=seq, wait=10000)['events']
        equal([e['event'] for e in events], ['cut', 'stopped'])
        equal((events[0]['epoch'], events[0]['frontier']), (2, at))
        try:
            socket.request('registers', {'position': 1, 'epoch': 1})
        except Refused as refused:
            equal((refused.status, refused.code), (409, 'stale'))
        else:
            raise AssertionError('an old epoch is taken')
        state = socket.request('state', {})
        equal((state['epoch'], state['frontier'], state['outputEnd']), (2, at, 0))
        socket.close()
        old = session.events(after=0, wait=0)['events']
        equal([e['text'] for e in old if e['event'] == 'output'], [''] * sum(e['event'] == 'output' for e in old))


@test('hits and last writes are those of the new future')
def tables():
    with Stepped(LOOP) as session:
        to_the_end(session)
        line = line_of(LOOP, 'heap[i] =')
        equal(len(session.request('hits', {'line': line})['positions']), 3)
        at = position_of(session, LOOP, 'heap = realloc')
        session.request('setBreakpoints', {'breakpoints': [{'line': line, 'hitCondition': '4'}]})
        session.request('setVariable', {'name': 'bound', 'value': '6', 'position': at})
        equal(session.request('hits', {'line': line})['positions'], [])
        state = session.continue_()
        equal((state['reason'], state['line']), ('breakpoint', line))
        equal(session.request('evaluate', {'expression': 'i'})['result'], '3')
        where = session.request('evaluate', {'expression': 'bound'})['address']
        equal(session.request('lastWrite', {'address': where, 'size': 4, 'position': at + 1})['position'], at + 1)


if __name__ == '__main__':
    main()
