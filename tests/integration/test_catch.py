#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""System calls, signals, C++ exceptions and processes over HTTP: listed, caught, both ways."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused                              # noqa: E402
from lib.running import Stepped, line_of                                        # noqa: E402
from lib.tap import check, contains, equal, main, test      # noqa: E402

FILES = r'''#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	char text[16];
	int fd = open("/nonexistent", O_RDONLY | O_CLOEXEC);

	fd = open("/dev/zero", O_RDONLY);
	read(fd, text, 4);
	close(fd);
	write(1, "tab\there\n", 9);
	printf("pid %d\n", getpid() > 0);
	return 0;
}
'''

HANDLED = r'''#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile int count;

static void on_signal(int number)
{
	count += number;
}

int main(void)
{
	signal(SIGUSR1, on_signal);
	signal(SIGALRM, on_signal);
	raise(SIGUSR1);
	alarm(1);
	pause();
	raise(SIGTERM);
	printf("%d\n", count);
	return count;
}
'''

NULL = r'''static int *volatile nothing;

int main(void)
{
	return *nothing;
}
'''

TRAPS = r'''#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile int traps, codes[8];

static void on_trap(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	codes[traps++] = info->si_code;
}

static void forge(int code)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	info.si_signo = SIGTRAP;
	info.si_code = code;
	syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGTRAP, &info);
}

int main(void)
{
	struct sigaction action;
	sigset_t trap, now;

	memset(&action, 0, sizeof action);
	action.sa_sigaction = on_trap;
	action.sa_flags = SA_SIGINFO;
	sigaction(SIGTRAP, &action, 0);
	__asm__ volatile ("int3");
	raise(SIGTRAP);
	forge(TRAP_TRACE);
	forge(TRAP_BRKPT);
	forge(5);
	forge(128);
	sigemptyset(&trap);
	sigaddset(&trap, SIGTRAP);
	sigprocmask(SIG_BLOCK, &trap, 0);
	raise(SIGTRAP);
	sigprocmask(SIG_SETMASK, 0, &now);
	printf("%d traps, blocked %d\n", traps, sigismember(&now, SIGTRAP));
	sigprocmask(SIG_UNBLOCK, &trap, 0);
	sigprocmask(SIG_SETMASK, 0, &now);
	printf("%d traps, blocked %d\n", traps, sigismember(&now, SIGTRAP));
	return traps;
}
'''

THROWS = r'''#include <stdexcept>
#include <vector>

struct Mine { int value; };

static int fails(int n)
{
	if (n == 0)
		throw std::runtime_error("zero");
	if (n == 1)
		throw Mine{ 5 };
	return std::vector<int>(2).at((unsigned)n);
}

int main()
{
	int caught = 0;

	for (int i = 0; i < 3; i++) {
		try {
			fails(i);
		} catch (const std::exception &e) {
			caught += 1;
		} catch (const Mine &m) {
			caught += m.value;
		}
	}
	return caught;
}
'''

RETHROWS = r'''struct First { int value; };
struct Second { int value; };

static void inner(int n)
{
	try {
		throw First{ n };
	} catch (...) {
		try {
			throw Second{ n };
		} catch (Second &) {
		}
		throw;
	}
}

int main()
{
	try {
		try {
			inner(1);
		} catch (First &) {
			throw;
		}
	} catch (First &f) {
		return f.value;
	}
	return 9;
}
'''

PROCESSES = r'''#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	int failed = 0;

	failed += fork() == -1 && errno == EAGAIN;
	failed += execl("/bin/true", "true", (char *)0) == -1 && errno == EACCES;
	failed += system("true") != 0;
	for (int i = 0; i < 100; i++)
		failed += fork() == -1;
	printf("%d\n", failed);
	return 3;
}
'''

PIPE = r'''#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	char text[8];
	int ends[2];

	pipe(ends);
	dup2(ends[0], 0);
	write(ends[1], "pipe", 4);
	printf("%zd\n", read(0, text, sizeof text));
	fflush(stdout);
	alarm(1);
	read(0, text, sizeof text);
	return 0;
}
'''

TRACED = r'''#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>

int main(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");

	printf("%ld\n", ptrace(PTRACE_TRACEME, 0, 0, 0));
	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "TracerPid", 9) == 0)
			printf("%s", line);
	return 4;
}
'''

STEP = {'policy': 'step'}
AHEAD = {'policy': 'ahead', 'budget': 50000}


def all_stops(session, command):
    """The states at which continue (or reverseContinue) stops for what is caught, and the last one."""
    stops = []
    while True:
        state = command()
        if state['reason'] != 'exception':
            return stops, state
        check(len(stops) < 100, 'it stops for ever')
        stops.append(state)


def both_ways(session):
    """Stops of going to the end, the end; those of going back are the same."""
    there, end = all_stops(session, session.continue_)
    back, begin = all_stops(session, session.reverse_continue)
    equal(begin['reason'], 'entry')
    equal([state['position'] for state in back], [state['position'] for state in reversed(there)])
    equal([state['catch'] for state in back], [state['catch'] for state in reversed(there)])
    again, _ = all_stops(session, session.continue_)
    equal([state['position'] for state in again], [state['position'] for state in there])
    return there, end


def printed(session):
    return session.output(count=65536)['text']


# -- system calls -------------------------------------------------------------------------


@test('system calls are listed as strace writes them, stepped, run and recorded ahead')
def listed():
    for fields in (STEP, AHEAD):
        with Stepped(FILES, record=fields) as session:
            equal(session.continue_()['status'], 'exited')
            answer = session.syscalls(count=512)
            check(answer['complete'] and answer['total'] == len(answer['syscalls']), f'{answer}')
            texts = [call['text'] for call in answer['syscalls']]
            contains('\n'.join(texts), 'exit_group(0) = ?')
            failed = next(c for c in answer['syscalls'] if c['name'] == 'openat')
            equal((failed['result'], failed['error'], failed['thread']), ('-1', 'ENOENT', 1))
            read = next(c for c in answer['syscalls'] if c['name'] == 'read')
            if fields is AHEAD:
                contains(failed['text'], '"/nonexistent", O_RDONLY|O_CLOEXEC')
                contains('\n'.join(texts), 'write(1, "tab\\there\\n", 9) = 9')
                contains('\n'.join(texts), 'write(1, "pid 1\\n", 6) = 6')
                equal(read['arguments'][1:], ['"\\x00\\x00\\x00\\x00"', '4'])
            equal(read['result'], '4')
            positions = [c['position'] for c in answer['syscalls']]
            equal(positions, sorted(positions))
            part = session.syscalls(start=1, count=2)
            equal(part['syscalls'], answer['syscalls'][1:3])
            equal(part['total'], answer['total'])
            one = session.syscalls(**{'from': read['position'], 'to': read['position']})
            contains(one['syscalls'], read)
            buckets = session.timeline(buckets=4096)['buckets']
            equal(sum(bucket.get('syscalls', 0) for bucket in buckets), answer['total'])


@test('a system call stops before it is made, in library code too, and the same way back')
def caught():
    for fields in (STEP, AHEAD):
        with Stepped(FILES, record=fields) as session:
            answer = session.set_syscall_rules(rules=[{'name': 'write'}, {'name': 'close', 'stop': False}])
            equal([(rule['name'], rule['stop']) for rule in answer['rules']], [('write', True), ('close', False)])
            stops, end = both_ways(session)
            equal(end['exitCode'], 0)
            equal([state['catch']['kind'] for state in stops], ['syscall'] * 2)
            equal([state['catch']['name'] for state in stops], ['write'] * 2)
            equal(printed(session), 'tab\there\npid 1\n')
            equal(session.seek(position=stops[0]['position'])['outputEnd'], 0)
            equal(session.seek(position=stops[1]['position'])['outputEnd'], 9)
            session.set_syscall_rules(rules=[])
            equal(session.reverse_continue()['reason'], 'entry')


@test('an unknown system call, signal or filter is refused with a word of what is right')
def refused():
    with Stepped(FILES) as session:
        for call in (lambda: session.set_syscall_rules(rules=[{'name': 'opne'}]),
                     lambda: session.set_exception_breakpoints(signals=[{'name': 'SIGNOT'}]),
                     lambda: session.set_exception_breakpoints(signals=[{'name': 'SIGKILL'}]),
                     lambda: session.set_exception_breakpoints(filters=['thrown'])):
            try:
                call()
            except Refused as error:
                check(error.status in (400, 422) and len(error.message) > 10, str(error))
            else:
                raise AssertionError('not refused')


# -- signals -------------------------------------------------------------------------------


@test('signals: as today without a rule; stopped for, passed or held back with one')
def signals():
    with Stepped(HANDLED) as session:
        state = session.continue_()
        equal((state['reason'], state['signal']['name'], state['catch']),
              ('exception', 'SIGTERM', {'kind': 'signal', 'name': 'SIGTERM'}))
        state = session.continue_()
        equal((state['status'], state['signal']['name']), ('exited', 'SIGTERM'))
    for fields in (STEP, AHEAD):
        with Stepped(HANDLED, record=fields) as session:
            answer = session.set_exception_breakpoints(
                signals=[{'name': 'SIGUSR1'}, {'name': 'SIGTERM', 'stop': False, 'pass': False}])
            equal(sorted(rule['name'] for rule in answer['signals']), ['SIGTERM', 'SIGUSR1'])
            stops, end = both_ways(session)
            equal([state['catch']['name'] for state in stops], ['SIGUSR1'])
            equal(end['exitCode'], 10 + 14)
    with Stepped(HANDLED) as session:
        session.set_exception_breakpoints(signals=[{'name': 'SIGUSR1', 'stop': True, 'pass': False},
                                                   {'name': 'SIGTERM', 'stop': True, 'pass': False}])
        stops, end = both_ways(session)
        equal([state['catch']['name'] for state in stops], ['SIGUSR1', 'SIGTERM'])
        equal(end['exitCode'], 14)


@test('every signal that came is in the state of the step in which it came')
def shown():
    with Stepped(HANDLED) as session:
        session.set_exception_breakpoints(signals=[{'name': 'SIGTERM', 'stop': False, 'pass': False}])
        session.continue_()
        found = []
        for position in range(session.info()['state']['frontier'] + 1):
            found += session.state(position=position).get('signals', [])
        equal([(s['name'], s['delivered']) for s in found],
              [('SIGUSR1', True), ('SIGALRM', True), ('SIGTERM', False)])
        buckets = session.timeline(buckets=4096)['buckets']
        check(sum(bucket.get('signals', 0) for bucket in buckets) >= 2, 'no signals in the timeline')


@test('a fault that is held back stops again and again, and gets nowhere')
def held_fault():
    with Stepped(NULL) as session:
        session.set_exception_breakpoints(signals=[{'name': 'SIGSEGV', 'stop': False, 'pass': False}])
        state = session.continue_()
        equal((state['reason'], state['signal']['name']), ('exception', 'SIGSEGV'))
        again = session.continue_()
        equal((again['reason'], again['position']), ('exception', state['position']))
        session.set_exception_breakpoints()
        equal(session.continue_()['status'], 'exited')


@test("SIGTRAP of the program's own: int3, raised, forged, blocked; stepped and run")
def traps():
    expected = '6 traps, blocked 1\n7 traps, blocked 0\n'
    for fields in (STEP, AHEAD):
        with Stepped(TRAPS, record=fields) as session:
            state = session.continue_()
            equal((state['status'], printed(session), state.get('exitCode')), ('exited', expected, 7))
    with Stepped(TRAPS) as session:
        state = session.step_in(granularity='instruction', count=100000)
        equal((state['status'], printed(session), state.get('exitCode')), ('exited', expected, 7))


@test('a program that has itself traced, or looks who traces it, gets on')
def traced():
    with Stepped(TRACED) as session:
        state = session.continue_()
        equal((state['status'], state['exitCode']), ('exited', 4))
        contains(printed(session), '-1\n')


# -- C++ exceptions --------------------------------------------------------------------------


@test('C++ exceptions stop where they are thrown and caught, with their types, both ways')
def exceptions():
    types = ['std::runtime_error', 'Mine', 'std::out_of_range']
    with Stepped(THROWS, 'c++') as session:
        equal(session.set_exception_breakpoints(filters=['throw', 'catch'])['filters'], ['throw', 'catch'])
        stops, end = both_ways(session)
        equal(end['exitCode'], 7)
        equal([state['catch']['kind'] for state in stops], ['throw', 'catch'] * 3)
        equal([state['catch'].get('name') for state in stops], [t for t in types for _ in range(2)])
        frames = session.stack_trace(position=stops[0]['position'])['stackFrames']
        check(any(frame.get('line') == line_of(THROWS, '"zero"') for frame in frames), f'{frames}')
        frames = session.stack_trace(position=stops[4]['position'])['stackFrames']
        check(any(frame.get('line') == line_of(THROWS, '.at(') for frame in frames), f'{frames}')
    with Stepped(THROWS, 'c++', record=AHEAD) as session:
        session.set_exception_breakpoints(filters=['throw'])
        stops, end = both_ways(session)
        equal([state['catch']['kind'] for state in stops], ['throw'] * 3)
        equal([state['catch'].get('name') for state in stops[:2]], types[:2])


@test('what is thrown again has the type that it was caught with')
def rethrown():
    for fields in ({}, {'record': AHEAD}):
        with Stepped(RETHROWS, 'c++', **fields) as session:
            session.set_exception_breakpoints(filters=['throw', 'catch'])
            stops, end = both_ways(session)
            equal(end['exitCode'], 1)
            equal([(state['catch']['kind'], state['catch'].get('name')) for state in stops],
                  [('throw', 'First'), ('catch', 'First'), ('throw', 'Second'), ('catch', 'Second'), ('throw', 'First'),
                   ('catch', 'First'), ('throw', 'First'), ('catch', 'First')])


# -- processes --------------------------------------------------------------------------------


@test('a process or program of its own is refused: an event says so, and the program goes on')
def processes():
    with Stepped(PROCESSES) as session:
        state = session.continue_()
        equal((state['exitCode'], printed(session)), (3, '103\n'))
        events = [e for e in session.events(after=0, wait=0)['events'] if e['event'] == 'limit']
        equal(len(events), 16)
        equal((events[0]['limit']['name'], events[0]['limit']['limit']), ('processes', 1))
        contains(events[0]['text'], 'EAGAIN')
        contains(events[0]['text'], f'line {line_of(PROCESSES, "fork()")} of main.c')
        contains(events[1]['text'], 'EACCES')


@test('fork, exec and exit stop before they are made')
def filters():
    with Stepped(PROCESSES) as session:
        session.set_exception_breakpoints(filters=['exec', 'exit'])
        stops, end = both_ways(session)
        equal([(s['catch']['kind'], s['catch']['name']) for s in stops],
              [('exec', 'execve'), ('exit', 'exit_group')])
        equal(end['exitCode'], 3)


# -- the terminal -------------------------------------------------------------------------------


@test('a pipe in the place of the terminal is not waited for as that is')
def pipes():
    for fields in (STEP, AHEAD):
        with Stepped(PIPE, record=fields) as session:
            state = session.continue_()
            equal((state['reason'], state['signal']['name']), ('exception', 'SIGALRM'))
            waits = [e for e in session.events(after=0, wait=0)['events'] if e['event'] == 'waiting']
            equal(waits, [])


if __name__ == '__main__':
    main()
