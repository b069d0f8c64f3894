#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sessions: stepped both ways over HTTP and WebSockets, by one client or several."""
import base64
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused, word                                # noqa: E402
from lib.traced import ASM_ATT, ASM_INTEL, ASM_START, CALLS         # noqa: E402
from lib.running import Running, line_of, moment, refuses, run_to_end    # noqa: E402
from lib.service import shared                                      # noqa: E402
from lib.tap import check, contains, equal, main, test              # noqa: E402
from lib.websocket import WebSocket                                 # noqa: E402


# -- the first stop ---------------------------------------------------------------------


@test('C stops at main with a whole state')
def first_stop():
    with Running(CALLS) as session:
        state = session.first
        equal((state['position'], state['status'], state['reason']), (0, 'stopped', 'entry'))
        equal(state['function'], 'main')
        equal(state['file'], 'main.c')
        equal(state['line'], line_of(CALLS, 'int main') + 1)
        check(len(state['registers']) > 20, 'not all registers')
        equal(state['registers']['rip'], state['pc'])
        equal((state['live']['policy'], state['live']['waiting']), ('ahead', False))
        equal(session.info()['state']['position'], 0)


@test('assembly with main, AT&T and Intel, and with _start alone')
def assembly():
    for text, function in ((ASM_ATT, 'main'), (ASM_INTEL, 'main'), (ASM_START, '_start')):
        with Running(text, 'asm') as session:
            equal(session.first['function'], function)
            check(session.first.get('line', 0) > 0, f'no line: {session.first}')
            before = moment(session, 0)
            state = session.step_in(granularity='instruction')
            equal(state['position'], 1)
            equal(word(state['registers']['rax']), 42)
            session.step_in()
            equal(session.step_back(granularity='instruction', count=9)['position'], 0)
            equal(moment(session, 0), before)
            equal(run_to_end(session)['exitCode'], 42)


# -- stepping ----------------------------------------------------------------------------


@test('instructions both ways: registers and memory are exactly what they were')
def instructions():
    with Running(CALLS, record='step') as session:
        seen = [moment(session, 0)]
        for position in range(1, 61):
            state = session.step_in(granularity='instruction')
            equal((state['position'], state['from'], state['frontier']), (position, position - 1, position))
            seen.append(moment(session, position))
        for position in range(59, -1, -1):
            state = session.step_back(granularity='instruction')
            equal((state['position'], state['frontier']), (position, 60))
            equal(moment(session, position), seen[position])
        before = state['live']['limits']
        state = session.step_in(granularity='instruction', count=60)
        equal(moment(session, 60), seen[60])
        equal(state['live']['limits'], before, 'going forward over the record ran something:')
        equal(session.step_back(granularity='instruction', count=1000)['reason'], 'entry')


@test('a state says what differs from where the step began')
def differences():
    with Running(CALLS) as session:
        known = dict(session.first['registers'])
        for _ in range(25):
            state = session.step_in(granularity='instruction')
            known.update(state['registers'])
            equal(known, session.registers()['registers'])
            for change in state['memory']:
                data = base64.b64decode(change['bytes'])
                now = session.read_memory(address=change['address'], count=len(data))
                equal(base64.b64decode(now['data']), data)


@test('lines: stepIn enters, next passes over, stepOut leaves, stepBack returns')
def lines():
    with Running(CALLS) as session:
        call, inside = line_of(CALLS, 'twice(3)'), line_of(CALLS, 'int y')
        while session.state()['line'] != call:
            session.next()
        before = session.state()
        state = session.step_in()
        equal((state['function'], state['depth']), ('twice', before['depth'] + 1))
        check(state['line'] in (inside, inside - 1, inside - 2), state)
        state = session.step_out()
        equal((state['function'], state['line']), ('main', call))
        session.seek(position=before['position'])
        state = session.next()
        equal((state['function'], state['line']), ('main', call + 1))
        state = session.step_back()
        equal((state['function'], state['line']), ('main', call))
        state = session.step_in(position=before['position'], count=2)
        equal(state['function'], 'twice')


@test('stepBack by line at 0 succeeds and changes nothing')
def back_at_start():
    with Running(CALLS) as session:
        state = session.step_back()
        equal((state['position'], state['reason']), (0, 'entry'))


@test('a named position makes a retry harmless; an old epoch is stale')
def retry():
    with Running(CALLS) as session:
        session.step_in(granularity='instruction', count=10)
        epoch = session.state()['epoch']
        states = [session.step_in(granularity='instruction', position=4, epoch=epoch) for _ in range(3)]
        check(all(s['position'] == 5 and s['from'] == 4 for s in states), states)
        equal(states[0]['registers'], states[2]['registers'])
        refuses(409, 'stale', session.step_in, epoch=epoch + 1)


@test('seek to any recorded position, and not past the frontier')
def seek():
    with Running(CALLS, record='step') as session:
        session.step_in(granularity='instruction', count=50)
        for position in (0, 50, 25, 7, 49):
            equal(session.seek(position=position)['position'], position)
        error = refuses(422, 'out_of_range', session.seek, position=51)
        equal(error.body['error']['frontier'], 50)
        refuses(422, 'out_of_range', session.registers, position=1 << 60)


@test('one round trip: stack, variables and listing ride along')
def riders():
    with Running(CALLS) as session:
        state = session.next(**{'with': [
            {'command': 'stackTrace'}, {'command': 'variables', 'arguments': {'variablesReference': 2}},
            {'command': 'disassemble', 'arguments': {'function': True, 'syntax': 'intel'}},
            {'command': 'registers', 'arguments': {'position': 0}}, {'command': 'nonsense'}]})
        answers = state['with']
        equal([a['status'] for a in answers], [200, 200, 200, 200, 404])
        equal(answers[0]['body']['stackFrames'][0]['pc'], state['pc'])
        check(any(i['address'] == state['pc'] for i in answers[2]['body']['instructions']), 'pc is not listed')
        equal(answers[3]['body']['registers']['rip'], session.first['pc'])


# -- clients ------------------------------------------------------------------------------------------


@test('two clients share one cursor and both hear of it')
def two_clients():
    with Running(CALLS) as session:
        first, second = WebSocket(session), WebSocket(session)
        equal(second.hello['language'], 'c')
        equal(second.hello['files'], [{'name': 'main.c', 'text': CALLS}])
        state = first.next()
        event = second.wait_event('stopped')
        equal((event['state']['position'], event['reason']), (state['position'], 'step'))
        equal(second.state()['position'], state['position'])
        second.set_breakpoints(breakpoints=[{'line': line_of(CALLS, 'int y')}])
        told = first.wait_event('breakpoint')
        equal([b['line'] for b in told['breakpoints']], [line_of(CALLS, 'int y')])
        third = WebSocket(session)
        equal([b['file'] for b in third.hello['breakpoints']], ['main.c'])
        equal(second.step_back()['position'], 0)
        first.wait_event('stopped', lambda e: e['state']['position'] == 0)
        for socket in (first, second, third):
            socket.close()


@test('events by long poll: what has happened, and what is to come')
def long_poll():
    with Running(CALLS) as session:
        session.recorded()
        seq = session.events(0, wait=0)['seq']
        answers = []
        other = shared().client.other().session(session.id)
        waiter = threading.Thread(target=lambda: answers.append(other.events(seq, wait=20000)))
        waiter.start()
        state = session.next()
        waiter.join()
        event = answers[0]['events'][0]
        equal((event['event'], event['position'], event['seq']), ('stopped', state['position'], seq + 1))
        equal((answers[0]['state']['position'], answers[0]['lost']), (state['position'], False))
        equal(session.events(answers[0]['seq'], wait=0)['events'], [])


@test('words are uint64 and bytes bin on a WebSocket')
def encodings():
    with Running(CALLS) as session:
        socket = WebSocket(session)
        there = socket.registers()['registers']
        equal({k: f'0x{v:x}' for k, v in there.items()}, session.registers()['registers'])
        data = socket.read_memory(address=there['rip'], count=16)['data']
        check(isinstance(data, bytes), type(data))
        equal(base64.b64encode(data).decode(), session.read_memory(address=hex(there['rip']), count=16)['data'])
        socket.close()


# -- bad requests ----------------------------------------------------------------------------------------


@test('bad requests get an error that says what was wrong')
def bad_requests():
    with Running(CALLS) as session:
        contains(refuses(404, 'unknown_command', lambda: session.request('stepinn', {})).message, 'stepIn')
        error = refuses(400, 'argument', session.step_in, count='three')
        equal(error.body['error']['argument'], 'count')
        contains(error.message, 'from 1 to')
        refuses(400, 'argument', session.step_in, count=0)
        refuses(400, 'argument', session.step_in, speed=3)
        refuses(400, 'argument', session.step_in, granularity='page')
        refuses(400, 'argument', session.read_memory, address=[], count=1)
        refuses(400, 'argument', session.read_memory, address='main', count=1)
        refuses(400, 'argument', session.read_memory, address='0x1', count=1 << 20)
        refuses(422, 'out_of_range', session.state, position=1 << 40)
        refuses(422, 'thread', session.registers, thread=4711)
        refuses(422, 'out_of_range', session.scopes, frameId=900)
        refuses(422, 'file', session.source, file='other.c')
        refuses(501, 'not_available', lambda: session.request('picture', {}))
        for body in (b'{', b'[]', b'{} x', b'\xff', b'{"a":1,"a":2}', b'[' * 3000):
            answer = session.client.fetch('POST', f'{session.path}/state', body, {'Content-Type': 'application/json'})
            equal(answer.status, 400, body[:20])
        socket = WebSocket(session)
        for frame in (b'', b'\xc1', b'\x80', b'\x81\xa2id\x01', b'\xdf\xff\xff\xff\xff', b'\x91' * 100):
            socket.send_frame(2, frame)
            equal(socket.receive_answer()['status'], 400, frame[:20])
        equal(socket.state()['position'], 0)
        socket.close()
    try:
        session.state()
        raise AssertionError('a session that is gone answers')
    except Refused as refused:
        check(refused.status in (404, 410), refused)


if __name__ == '__main__':
    main()
