#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recording ahead: the whole run of a small program lies before the person at once."""
import os
import random
import signal
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes                                                       # noqa: E402
from lib.client import Refused, word                                            # noqa: E402
from lib.running import Running, refuses                                        # noqa: E402
from lib.service import Service, shared                                         # noqa: E402
from lib.tap import check, contains, equal, main, note, test                    # noqa: E402
from lib.traced import CALLS, ECHO, FAULT, LIBRARY, LOOP                        # noqa: E402
from lib.websocket import WebSocket                                             # noqa: E402

EVENT_SECONDS = 0.1     # between two frontier events
AHEAD = 1 << 30         # steps: longer than any test


def limit(state, name):
    """A limit of the live process, None: it has none of that name."""
    return next((entry for entry in state['live']['limits'] if entry['name'] == name), None)


@test('the whole run is there, the cursor stays, and nothing about its moment changes')
def whole():
    with Running(CALLS) as session:
        first = session.first
        state = session.recorded()
        equal((state['position'], state['status'], state['reason'], state['live']['status']), (0, 'stopped', 'entry', 'exited'))
        equal((state['live']['policy'], state['live']['recording'], state['outputEnd']), ('ahead', False, 0))
        equal({name: state[name] for name in ('pc', 'line', 'registers')}, {name: first[name] for name in ('pc', 'line', 'registers')})
        check(state['frontier'] > 60, state['frontier'])
        check(limit(state, 'ahead')['used'] == state['frontier'], limit(state, 'ahead'))
        buckets = session.timeline(buckets=10)['buckets']
        check(max(bucket.get('depth', 0) for bucket in buckets) > 0, buckets)
        middle = session.seek(position=state['frontier'] // 2)
        equal((middle['position'], middle['frontier']), (state['frontier'] // 2, state['frontier']))
        end = session.continue_()
        equal((end['status'], end['exitCode'], end['position']), ('exited', 3, state['frontier']))


@test('record in the POST: the policy alone, or with a budget; another budget goes on')
def budgets():
    with Running(LOOP, record={'policy': 'ahead', 'budget': 1000}) as session:
        state = session.recorded()
        equal((state['frontier'], state['live']['status']), (1000, 'stopped'))
        equal((limit(state, 'ahead')['limit'], limit(state, 'ahead')['used']), (1000, 1000))
        equal(session.request('record', {'policy': 'ahead', 'budget': 1500}), {'policy': 'ahead', 'budget': 1500})
        seen = session.recorded()
        equal(seen['frontier'], 1500)
        session.seek(position=1500)
        session.request('record', {'policy': 'ahead', 'budget': 10})
        equal(session.recorded()['frontier'], 1510)
        state = session.step_in(granularity='instruction', count=20)
        equal((state['position'], state['frontier']), (1520, 1520))
        equal(session.request('record', {'policy': 'step'}), {'policy': 'step'})
        equal(limit(session.state(), 'ahead'), None)
    with Running(LOOP, record='step') as session:
        equal((session.first['frontier'], session.first['live']['status']), (0, 'stopped'))
        equal(session.step_in(granularity='instruction')['frontier'], 1)
    for wrong in ('all', 7, {}, {'policy': 'ahead', 'budget': -1}, {'policy': 'ahead', 'steps': 1}):
        refuses(400, 'bad_request', shared().client.create, LOOP, record=wrong)


@test('what continue runs natively beyond the budget is one step, and recording goes on behind it')
def native():
    with Running(LOOP, record={'policy': 'ahead', 'budget': 500}) as session:
        answer = session.continue_(wait=0)
        equal(answer['status'], 'running')
        while not (answer := session.state())['frontier'] >= 500:
            pass
        state = session.pause()
        equal((state['reason'], state['position']), ('pause', state['frontier']))
        check(state['position'] in (500, 501), state['position'])
        equal(session.recorded()['frontier'], state['position'] + 500 if 'macro' in state else 500)
        equal(session.state()['position'], state['position'])


@test('frontier events come at most ten times a second, and the last one when it is over')
def events():
    with Running(LOOP, record={'policy': 'ahead', 'budget': AHEAD}) as session:
        socket = WebSocket(session)
        times, last = [], 0
        for _ in range(8):
            event = socket.wait_event('frontier')
            times.append(time.monotonic())
            check(event['frontier'] > last and event['live']['recording'], event)
            last = event['frontier']
        check(times[-1] - times[0] > 7 * EVENT_SECONDS * 0.9, f'8 events in {times[-1] - times[0]:.3f} s')
        socket.request('record', {'policy': 'step'})
        event = socket.wait_event('frontier', lambda event: not event['live']['recording'])
        equal(event['frontier'], socket.state()['frontier'])
        socket.close()


@test('a program that waits for input: recording waits, the cursor is free, typing lets it go on')
def waits():
    with Running(ECHO) as session:
        socket = WebSocket(session)
        if not session.state()['live']['waiting']:
            socket.wait_event('waiting', lambda event: event['waiting'])
        state = session.state()
        equal((state['position'], state['status'], state['live']['recording']), (0, 'stopped', False))
        equal(session.next()['status'], 'stopped')
        equal(session.seek(position=state['frontier'])['position'], state['frontier'])
        answer = session.next()
        equal((answer['status'], answer['live']['waiting']), ('running', True))
        session.input(text='tux\n')
        socket.wait_event('stopped', lambda event: event['state']['position'] > state['frontier'])
        session.seek(position=0)
        session.input(eof=True)
        session.recorded()
        end = session.continue_()
        equal((end['status'], end['exitCode']), ('exited', 4))
        contains(session.request('output', {})['text'], 'hello tux')
        socket.close()


@test('a signal that ends the program is held, and shown when the cursor gets there')
def signals():
    with Running(FAULT) as session:
        state = session.recorded()
        equal((state['live']['status'], 'signal' in state), ('stopped', False))
        there = session.continue_()
        equal((there['reason'], there['signal']['name'], there['position']), ('exception', 'SIGSEGV', state['frontier']))
        end = session.continue_()
        equal((end['status'], end['signal']['name']), ('exited', 'SIGSEGV'))


@test('limits that the recorder meets: all is kept, and continue says which one')
def limits():
    with Service(trace_steps=2000, trace_ahead_steps=1200) as service:
        session = service.client.create(LOOP)
        equal(session.recorded()['frontier'], 1200)
        session.request('record', {'policy': 'ahead', 'budget': 5000})
        state = session.recorded()
        equal((state['frontier'], state['position'], state['live']['status']), (2000, 0, 'stopped'))
        end = session.continue_()
        equal((end['reason'], end['limit']['name'], end['position']), ('limit', 'steps', 2000))
        check(len(end['limit']['advice']) > 20, end['limit'])
        equal(session.seek(position=1000)['position'], 1000)


@test('killed or ended while it is recorded: the past is whole')
def killed():
    with Service() as service:
        for end in ('kill', 'terminate'):
            session = service.client.create(LOOP, record={'policy': 'ahead', 'budget': AHEAD})
            socket = WebSocket(session)
            socket.wait_event('frontier', lambda event: event['frontier'] >= 100)
            if end == 'kill':
                processes.kill(service.programs()[0])
                socket.wait_event('exited')
            else:
                equal(session.terminate()['live']['status'], 'exited')
                socket.wait_event('terminated')
            state = session.state()
            equal((state['position'], state['status'], state['live']['recording']), (0, 'stopped', False))
            equal(session.step_in(granularity='instruction', count=100)['position'], 100)
            last = session.seek(position=state['frontier'])
            equal((last['status'], last['signal']['number']), ('exited', int(signal.SIGKILL)))
            socket.close()
            session.delete()


@test('breakpoints that are set meanwhile stop at recorded positions')
def breakpoints():
    with Running(CALLS, record={'policy': 'ahead', 'budget': AHEAD}) as session:
        line = CALLS.splitlines().index('\treturn y;') + 1
        session.set_breakpoints(breakpoints=[{'line': line}])
        seen = []
        while (state := session.continue_())['status'] != 'exited':
            equal((state['reason'], state['line']), ('breakpoint', line))
            seen.append(state['position'])
        equal(len(seen), 5)
        for position in reversed(seen):
            equal(session.reverse_continue()['position'], position)


# -- the same positions ------------------------------------------------------------------------


def commands(seed):
    """A person's commands."""
    chance = random.Random(seed)
    for _ in range(40):
        yield chance.choice((
            ('stepIn', {}), ('stepIn', {'granularity': 'instruction', 'count': chance.randrange(1, 30)}), ('next', {}), ('next', {}),
            ('stepIn', {'granularity': 'instruction', 'enter': True}), ('stepOut', {}), ('continue', {}), ('stepBack', {}),
            ('next', {'direction': 'back'}), ('reverseContinue', {}), ('seek', {'position': chance.randrange(8)})))


def moments(text, record, line, pause):
    """What each command answers; pause: wait for the recorder before each."""
    seen = []
    with Running(text, record=record) as session:
        session.set_breakpoints(breakpoints=[{'line': line}])
        if pause:
            session.recorded()
        for command, arguments in commands(f'{text[:40]}{line}'):
            try:
                state = session.request(command, arguments)
            except Refused as refusal:
                seen.append((command, refusal.status))
                continue
            seen.append((command, *(state.get(name) for name in (
                'from', 'position', 'reason', 'status', 'pc', 'line', 'depth', 'output', 'outputEnd', 'exitCode', 'signal', 'memory')),
                         (state.get('macro') or {}).get('name'),
                         {name: value for name, value in state['registers'].items()}))
            while pause and session.state()['live']['recording']:
                pass
    return seen


@test('the same commands lead through the same moments, in two sessions and at any pace')
def paces():
    for text, line, budget in ((CALLS, 5, AHEAD), (CALLS, 16, 40), (LIBRARY, 6, AHEAD), (FAULT, 3, AHEAD), (LIBRARY, 16, 25)):
        record = {'policy': 'ahead', 'budget': budget}
        first = moments(text, record, line, False)
        for pause in (False, True):
            for number, (was, now) in enumerate(zip(first, moments(text, record, line, pause))):
                equal(now, was, f'line {line}, budget {budget}, waiting {pause}, command {number}:')


# -- everything ---------------------------------------------------------------------------------


@test('everything: library code is in the record, lines pass over it, enter goes into it')
def everything():
    lines = []
    for record in ('ahead', 'everything'):
        with Running(LIBRARY, record=record) as session:
            if record == 'everything':
                session.recorded()
            stops = []
            while (state := session.next())['status'] != 'exited':
                stops.append(state['line'])
            lines.append(stops)
    equal(lines[0], lines[1])
    with Running(LIBRARY, record='everything') as session:
        session.goto(line=15)
        while 'call' not in session.disassemble(instructionCount=1)['instructions'][0]['instruction']:
            session.step_in(granularity='instruction')
        before = session.state()
        inside = session.step_in(granularity='instruction', enter=True)
        check('file' not in inside and 'macro' not in inside, inside)
        equal(inside['position'], before['position'] + 1)
        equal(session.step_out()['function'], 'main')
        session.seek(position=before['position'])
        over = session.step_in(granularity='instruction')
        equal((over['function'], over['position'] > inside['position']), ('main', True))


# -- beside others --------------------------------------------------------------------------------


@test('while it records, a request is answered soon, and another session is stepped')
def quick():
    with Running(LOOP, record={'policy': 'ahead', 'budget': AHEAD}) as busy, Running(CALLS, record='step') as other:
        WebSocket(busy).close()
        for session, request in ((busy, lambda: busy.registers(position=0)), (other, lambda: other.step_in(granularity='instruction'))):
            took = []
            for _ in range(41):
                start = time.monotonic()
                request()
                took.append(time.monotonic() - start)
            note(f'median {statistics.median(took) * 1000:.2f} ms')
            check(statistics.median(took) < 0.02, f'{took}')
        check(busy.state()['live']['recording'], 'it has ceased to record')
        check(word(busy.first['pc']) > 0, busy.first)


if __name__ == '__main__':
    sys.exit(main())
