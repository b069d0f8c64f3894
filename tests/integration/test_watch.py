#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Data breakpoints over HTTP: real C programs, forwards and backwards."""
import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused, word                        # noqa: E402
from lib.running import Running                                                 # noqa: E402
from lib.tap import check, contains, equal, main, test      # noqa: E402

LOOP = r'''static int total;

int main(void)
{
	for (int i = 1; i <= 8; i++)
		total += i;
	return total;
}
'''

LOCAL = r'''static int fill(int seed)
{
	int inner = seed;

	inner += 2;
	return inner;
}

static int other(int seed)
{
	volatile int a[8] = { 0 };

	for (int i = 0; i < 8; i++)
		a[i] = seed + i;
	return a[3];
}

int main(void)
{
	int sum = fill(5);

	sum += other(100);
	return sum;
}
'''

LIBRARY = r'''#include <string.h>

static char text[64];
static void *(*volatile set)(void *, int, size_t) = memset;
static char *(*volatile copy)(char *, const char *) = strcpy;

int main(void)
{
	set(text, 'a', 63);
	copy(text, "penguin");
	set(text, 0, 63);
	return text[3];
}
'''

THREADS = r'''#include <pthread.h>

static int n, turn;

static void *work(void *arg)
{
	while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != (arg != 0))
		;
	n++;
	__atomic_fetch_add(&turn, 1, __ATOMIC_SEQ_CST);
	return arg;
}

int main(void)
{
	pthread_t a, b;

	pthread_create(&a, 0, work, 0);
	pthread_create(&b, 0, work, &n);
	pthread_join(a, 0);
	pthread_join(b, 0);
	n++;
	return n;
}
'''

READS = r'''static volatile int n = 5, x;

int main(void)
{
	x = 1;
	x = n;
	n = 7;
	x = n;
	return 0;
}
'''


def number(data):
    return int.from_bytes(base64.b64decode(data), 'little', signed=True)


def info(session, **arguments):
    return session.request('dataBreakpointInfo', arguments)


def watch(session, *wanted):
    return session.request('setDataBreakpoints', {
        'breakpoints': [{'dataId': data_id, 'accessType': access} for data_id, access in wanted]})['breakpoints']


def watch_variable(session, name, access='write', **arguments):
    return watch(session, (info(session, name=name, **arguments)['dataId'], access))[0]


def go(session, back=False):
    return session.request('reverseContinue' if back else 'continue', {})


def hit(state):
    equal(state['reason'], 'data breakpoint', str(state))
    return number(state['dataBreakpoint']['old']), number(state['dataBreakpoint']['new'])


def all_hits(session):
    """(position, old, new) of each stop to the end, and the exit's state."""
    found = []
    while len(found) < 100:
        state = go(session)
        if state['status'] == 'exited':
            return found, state
        found.append((state['position'],) + hit(state))
    raise AssertionError(f'no end: {found}')


@test('eight writes of a loop, each with what was there and what is; the same positions back and forth')
def loop():
    sums = [i * (i + 1) // 2 for i in range(9)]
    seen = []
    for _ in range(2):      # another session has the same positions
        with Running(LOOP) as session:
            breakpoint = watch_variable(session, 'total')
            equal(breakpoint['verified'], True)
            found, state = all_hits(session)
            equal([f[1:] for f in found], list(zip(sums, sums[1:])))
            equal(state['exitCode'], 36)
            check('dataBreakpoint' not in state, 'the end is none')
            for position, old, new in reversed(found):
                state = go(session, back=True)
                equal((state['position'],) + hit(state), (position, old, new))
                equal(state['dataBreakpoint']['id'], breakpoint['id'])
            equal(go(session, back=True)['reason'], 'entry')
            equal(all_hits(session)[0], found)
            seen.append(found)
    equal(seen[0], seen[1])


@test('recorded steps and native ones find the same values')
def recorded():
    for steps in (1, 17, 40, 400):
        with Running(LOOP) as session:
            session.step_in(granularity='instruction', count=steps)
            session.seek(position=0)
            watch_variable(session, 'total', 'change')
            equal([f[2] for f in all_hits(session)[0]], [1, 3, 6, 10, 15, 21, 28, 36])


@test('a local that has gone out of scope is an address')
def local():
    with Running(LOCAL) as session:
        while session.request('state', {})['function'] != 'fill':
            session.step_in()
        answer = info(session, name='inner', variablesReference=2)
        contains(answer['description'], 'inner')
        equal(answer['accessTypes'], ['read', 'write', 'readWrite', 'change'])
        watch(session, (answer['dataId'], 'write'))
        found, state = all_hits(session)
        equal([f[2] for f in found[:2]], [5, 7])
        check(len(found) > 2, f'what came later at that address is missing: {found}')
        equal(state['exitCode'], 110)
        for position, old, new in reversed(found):
            state = go(session, back=True)
            equal((state['position'],) + hit(state), (position, old, new))


@test('one element of an array, written by library calls: the stop is within them')
def library():
    for command in ('continue', 'next'):
        with Running(LIBRARY, record='step') as session:
            address = word(session.request('evaluate', {'expression': 'text'})['address'])
            data = info(session, address=hex(address + 3), count=1)['dataId']
            watch(session, (data, 'write'))
            values = []
            while True:
                state = session.request(command, {})
                if state['status'] == 'exited':
                    break
                if state['reason'] == 'data breakpoint':
                    values.append(hit(state))
                    check('macro' in state, f'not a macro-step: {state}')
                    check(state.get('file') is None, f'the stop is not within the library: {state}')
            equal(values, [(0, ord('a')), (ord('a'), ord('g')), (ord('g'), 0)])
            equal(state['exitCode'], 0)


@test('two threads and the first: each write stops, in its thread')
def threads():
    with Running(THREADS) as session:
        watch_variable(session, 'n')
        who = []
        for i in range(3):
            state = go(session)
            equal(hit(state), (i, i + 1))
            who.append(state['thread'])
        equal(sorted(who), [1, 2, 3])
        equal(go(session)['exitCode'], 3)
        for i in (2, 1, 0):
            state = go(session, back=True)
            equal((hit(state), state['thread']), ((i, i + 1), who[i]))


@test('reads are seen natively and in the record, and the breakpoint says which are not')
def reads():
    with Running(READS, record='step') as session:
        breakpoint = watch_variable(session, 'n', 'read')
        equal(breakpoint['verified'], True)
        contains(breakpoint['message'], 'natively')
        equal([f[1:] for f in all_hits(session)[0]], [(5, 5), (7, 7)])
    with Running(READS, record='step') as session:
        watch_variable(session, 'n', 'readWrite')
        equal([f[1:] for f in all_hits(session)[0]], [(5, 5), (5, 7), (7, 7)])


@test('what does not fit into the debug registers says so, and is seen in the record')
def limits():
    with Running(LOOP) as session:
        at = word(session.first['registers']['rsp']) & ~63
        first = info(session, address=hex(at), count=32)['dataId']
        total = info(session, name='total')['dataId']
        answer = watch(session, (first, 'write'), (total, 'write'))
        equal([b['verified'] for b in answer], [True, True])
        contains(answer[1]['message'], 'four aligned pieces')
        equal(session.next(count=2)['reason'], 'data breakpoint')
        equal(watch(session, (total, 'write'), (first, 'write'))[0]['verified'], True)
        watch(session, (total, 'write'))
        session.seek(position=0)
        equal(len(all_hits(session)[0]), 8)
        check('dataId' not in info(session, address=hex(at), count=65), 'too much is offered')
        check('dataId' not in info(session, address='0x10', count=4), 'no memory is offered')
        equal(watch(session, ('0x0', 'write'))[0]['verified'], False)


@test('an expression that stands for an object can be watched, any other says why not')
def expressions():
    with Running(LOCAL) as session:
        session.request('setBreakpoints', {'breakpoints': [{'line': 14}]})
        equal(go(session)['reason'], 'breakpoint')
        session.request('setBreakpoints', {'breakpoints': []})
        third = info(session, name='a[3]')
        contains(third['description'], '4 bytes')
        watch(session, (third['dataId'], 'write'))
        state = go(session)
        equal((state['reason'], state['line'], session.evaluate(expression='a[3]')['result']),
              ('data breakpoint', 13, '103'))
        check('dataId' not in info(session, name='a[3] + 1'), 'a computed value is offered')
        try:
            info(session, name='a[3')
            check(False, 'half an expression is taken')
        except Refused as error:
            equal((error.status, error.code), (422, 'expression'))


@test('breakpoints beside it, and none any more once they are taken away')
def beside():
    with Running(LOOP) as session:
        watch_variable(session, 'total')
        session.request('setBreakpoints', {'breakpoints': [{'line': 6}]})
        reasons = [go(session)['reason'] for _ in range(6)]
        equal(reasons, ['breakpoint', 'data breakpoint'] * 3)
        watch(session)
        equal([go(session)['reason'] for _ in range(2)], ['breakpoint'] * 2)
        session.request('setBreakpoints', {'breakpoints': []})
        equal(go(session)['status'], 'exited')
        equal(go(session, back=True)['reason'], 'entry')


if __name__ == '__main__':
    main()
