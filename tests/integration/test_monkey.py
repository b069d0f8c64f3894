#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Any command at any time, with any arguments: each is answered, the past does not change, nothing dies.

Commands are drawn at random, by seeds that are fixed, so that what fails fails again; MONKEY_SEED
and MONKEY_COMMANDS try others.
"""
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused                                                  # noqa: E402
from lib.service import Service                                                 # noqa: E402
from lib.tap import check, equal, main, test                                    # noqa: E402
from lib.websocket import WebSocket                                             # noqa: E402

SEED = int(os.environ.get('MONKEY_SEED', '1'))
COMMANDS = int(os.environ.get('MONKEY_COMMANDS', '150'))
ANSWERS = (200, 400, 409, 410, 422)
REMEMBERED = 12

MEMORY = r'''#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node { int value; double weight; struct node *next; };
static int total, table[16];

static struct node *push(struct node *list, int value)
{
	struct node *n = malloc(sizeof *n);

	*n = (struct node){ value, value / 2.0, list };
	return n;
}

static int sum(const struct node *n)
{
	return n == NULL ? 0 : n->value + sum(n->next);
}

int main(void)
{
	struct node *list = NULL;

	for (int i = 0; i < 40; i++) {
		list = push(list, i * i);
		table[i & 15] += i;
		total = sum(list);
		if (i % 10 == 0)
			printf("%d: %d\n", i, total);
	}
	memset(table, 0, sizeof table);
	while (list != NULL) {
		struct node *next = list->next;

		free(list);
		list = next;
	}
	return total & 127;
}
'''
SIGNALS = r'''#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile int total, table[4];

static void handler(int number)
{
	total += number;
}

static void *worker(void *arg)
{
	for (int i = 0; i < 50; i++)
		table[(long)arg] += i;
	raise(SIGUSR2);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	char line[80];

	signal(SIGUSR1, handler);
	signal(SIGUSR2, handler);
	for (long i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, worker, (void *)i);
	for (int i = 0; i < 20; i++)
		raise(SIGUSR1);
	if (fork() == 0)
		_exit(1);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	if (fgets(line, sizeof line, stdin) != NULL)
		printf("got %s", line);
	*(volatile int *)8 = total;
	return 0;
}
'''
EXCEPTIONS = r'''#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

static int total;
static int table[3];

static int fall(int depth)
{
	if (depth == 0)
		throw std::runtime_error("the bottom");
	return fall(depth - 1) + 1;
}

int main()
{
	std::map<std::string, int> count;

	for (int i = 0; i < 4; i++) {
		try {
			total += fall(i);
		} catch (const std::exception &e) {
			count[e.what()]++;
			table[i % 3] = count.size();
		}
	}
	std::cout << count["the bottom"] << std::endl;
	throw 42;
}
'''


def flip(r, share=0.5):
    return r.random() < share


class Monkey:
    """One session and what is known of it."""

    def __init__(self, service, seed, source, language, record):
        self.r = random.Random(seed)
        self.session = service.client.create(source, language, record=record)
        self.socket = WebSocket(self.session)
        self.state = self.session.state()
        self.lines = source.count('\n')
        self.past = {}
        self.data = []
        self.done = []

    # -- arguments -------------------------------------------------------------

    def position(self):
        frontier = self.state['frontier']
        return self.r.choice((0, frontier, self.r.randint(0, frontier), self.r.randint(0, frontier),
                              self.state['position'], frontier + self.r.randint(0, 3)))

    def address(self):
        known = [int(v, 16) for v in self.session.registers()['registers'].values()]
        known += [0, 1, 0xffffffffffffffff, 0x401000, 0x404040]
        return hex((self.r.choice(known) + self.r.choice((0, 0, 0, 1, -8, 4095))) % (1 << 64))

    def expression(self):
        return self.r.choice((
            'total', 'table', 'table[2]', '&total', '*list', 'list->next', 'i', 'i + 1', '$pc', '$sp + 8', '*(int *)$sp',
            'nothing', 'total / 0', '((((', 'sizeof(int)', 'table[100000]', '(char)65', '*(int *)0', 'n', 'count', 'e',
            '$xmm0', 'list->weight * 2', 'main', '*main', 'table == 0', 'line'))

    def breakpoints(self):
        return [{'line': self.r.randint(1, self.lines),
                 **({'condition': self.expression()} if flip(self.r, 0.4) else {}),
                 **({'hitCondition': self.r.choice(('=2', '>=3', '%2', '1'))} if flip(self.r, 0.3) else {}),
                 **({'logMessage': 'here {total}'} if flip(self.r, 0.2) else {}),
                 **({'enabled': False} if flip(self.r, 0.1) else {})} for _ in range(self.r.randint(0, 4))]

    def moment(self):
        found = {}
        if flip(self.r, 0.4):
            found['position'] = self.position()
        if flip(self.r, 0.1):
            found['epoch'] = self.state['epoch'] + self.r.choice((0, 0, 1))
        if flip(self.r, 0.15):
            found['thread'] = self.r.choice((1, 1, 2, 3, 4))
        return found

    def step(self):
        return {**self.moment(), 'granularity': self.r.choice(('line', 'instruction')),
                'count': self.r.choice((1, 1, 2, 7, 200)), 'wait': 300,
                **({'direction': 'back'} if flip(self.r, 0.3) else {})}

    def control(self):
        r = self.r
        return r.choice((
            lambda: ('stepIn', {**self.step(), **({'enter': True} if flip(r, 0.1) else {})}),
            lambda: ('next', self.step()),
            lambda: ('stepOut', {**self.step(), 'count': r.choice((1, 1, 2))}),
            lambda: ('stepBack', {**self.moment(), 'count': r.choice((1, 3, 50)), 'wait': 300}),
            lambda: ('continue', {**self.moment(), 'wait': 300}),
            lambda: ('reverseContinue', {**self.moment(), 'wait': 300}),
            lambda: ('goto', {**self.moment(), 'line': r.randint(1, self.lines), 'wait': 300}),
            lambda: ('seek', {'position': self.position()}),
            lambda: ('pause', {})))()

    def query(self):
        r = self.r
        return r.choice((
            lambda: ('state', {}), lambda: ('registers', {}), lambda: ('threads', {}), lambda: ('exceptionInfo', {}),
            lambda: ('stackTrace', {'count': r.choice((1, 64, 256))}),
            lambda: ('scopes', {'frameId': r.randint(0, 3)}),
            lambda: ('variables', {'variablesReference': r.randint(1, 12)}),
            lambda: ('variables', {'expression': self.expression(), 'frameId': r.randint(0, 2)}),
            lambda: ('evaluate', {'expression': self.expression(), 'frameId': r.randint(0, 2)}),
            lambda: ('disassemble', {'instructionOffset': r.randint(-40, 40)}),
            lambda: ('disassemble', {'address': self.address(), 'function': flip(r)}),
            lambda: ('readMemory', {'address': self.address(), 'count': r.choice((0, 1, 64, 5000))}),
            lambda: ('output', {}), lambda: ('timeline', {'buckets': r.choice((1, 50, 4096))}),
            lambda: ('window', {'from': self.position(), 'to': self.position()}),
            lambda: ('lastWrite', {'address': self.address(), 'size': r.choice((1, 8, 4096))}),
            lambda: ('hits', {'line': r.randint(1, self.lines)}),
            lambda: ('syscalls', {}),
            lambda: ('dataBreakpointInfo', {'name': self.expression()}),
            lambda: ('breakpointLocations', {'line': 1, 'endLine': self.lines})))()

    def setting(self):
        r = self.r
        return r.choice((
            lambda: ('setBreakpoints', {'breakpoints': self.breakpoints()}),
            lambda: ('setInstructionBreakpoints', {'breakpoints': [{'address': self.address()}]}),
            lambda: ('setFunctionBreakpoints', {'breakpoints': [{'name': r.choice(('sum', 'handler', 'fall', 'puts', 'x'))}]}),
            lambda: ('setDataBreakpoints', {'breakpoints': [{'dataId': d} for d in self.data[-r.randint(1, 2):]]}),
            lambda: ('setExceptionBreakpoints', {'filters': r.sample(('throw', 'catch', 'fork', 'exec', 'exit'), 2),
                                                 'signals': [{'name': r.choice(('SIGUSR1', 'SIGSEGV', 'SIGABRT')),
                                                              'stop': flip(r), 'pass': flip(r)}]}),
            lambda: ('setSyscallRules', {'rules': [{'name': r.choice(('write', 'brk', 'futex', 'read')), 'stop': True}]}),
            lambda: ('setVariable', {'name': r.choice(('total', 'i', 'table[1]', 'list', 'n')), 'value': r.choice(('0', '7', '-1', "'a'", 'x'))}),
            lambda: ('setRegister', {'name': r.choice(('rax', 'rip', 'rsp', 'eflags', 'xmm0')), 'value': r.choice(('0', '1', '0x401000'))}),
            lambda: ('writeMemory', {'address': self.address(), 'data': 'AAAA'}),
            lambda: ('rewind', {'position': self.position()}),
            lambda: ('record', {'policy': r.choice(('step', 'ahead', 'everything')), 'budget': r.choice((0, 100, 3000))}),
            lambda: ('input', {'text': 'tux\n'})))()

    # -- going -----------------------------------------------------------------

    def ask(self, command, arguments):
        """The body, or None: refused, and that by right."""
        self.done.append((command, arguments))
        try:
            return self.socket.request(command, arguments)
        except Refused as refused:
            check(refused.status in ANSWERS, f'{command} {arguments}: {refused}')
            check(refused.message, f'{command} {arguments}: refused without a word')
            return None

    def one(self):
        kind = self.r.choices((self.control, self.query, self.setting), (5, 4, 2))[0]
        command, arguments = kind()
        if kind is self.query:
            arguments = {**self.moment(), **arguments}
        body = self.ask(command, arguments)
        if command == 'dataBreakpointInfo' and body and body.get('dataId'):
            self.data.append(body['dataId'])
        if kind is self.control and body and body['status'] == 'running':
            self.ask('pause', {})

    def moment_of(self, position):
        """What must never change of a position, as long as the epoch is the same."""
        state = self.session.state(position=position)
        return {k: state.get(k) for k in ('pc', 'registers', 'depth', 'thread', 'outputEnd', 'macro')}

    def look(self):
        """The state, and one of the positions that were seen before."""
        state = self.session.state()
        check(0 <= state['position'] <= state['frontier'], state)
        if state['epoch'] != self.state['epoch']:
            self.past.clear()
        self.state = state
        for position in self.r.sample(sorted(self.past), min(2, len(self.past))):
            if position < state['frontier']:
                equal(self.moment_of(position), self.past[position], f'position {position}')
        position = self.r.randint(0, state['frontier'])
        if position < state['frontier'] and self.session.state()['epoch'] == state['epoch']:
            self.past[position] = self.moment_of(position)
        while len(self.past) > REMEMBERED:
            del self.past[next(iter(self.past))]

    def run(self):
        for _ in range(COMMANDS):
            self.one()
            self.look()
        self.session.delete()


def monkey(title, source, language, record, number):
    @test(f'{title}, policy {record}')
    def case():
        with Service() as service:
            animal = Monkey(service, SEED * 1000 + number, source, language, record)
            try:
                animal.run()
            except Exception:
                for command in animal.done[-12:]:
                    print('#', command, flush=True)
                raise


for _number, (_title, _source, _language, _record) in enumerate((
        ('a heap', MEMORY, 'c', 'step'), ('a heap', MEMORY, 'c', 'ahead'),
        ('threads, signals, a fork, input, a fault', SIGNALS, 'c', 'step'),
        ('threads, signals, a fork, input, a fault', SIGNALS, 'c', 'ahead'),
        ('exceptions', EXCEPTIONS, 'c++', 'step'), ('exceptions', EXCEPTIONS, 'c++', 'ahead'),
        ('exceptions', EXCEPTIONS, 'c++', 'everything'))):
    monkey(_title, _source, _language, _record, _number)

main()
