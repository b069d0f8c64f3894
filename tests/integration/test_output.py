#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a program prints and reads, and the limits of a session."""
import base64
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.traced import ECHO, LOOP, PRINTER                          # noqa: E402
from lib.running import Running, line_of, output_of, refuses, run_to_end    # noqa: E402
from lib.service import Service                                     # noqa: E402
from lib.tap import check, contains, equal, main, test              # noqa: E402
from lib.websocket import WebSocket                                 # noqa: E402


@test('output arrives while the program runs, in order with the steps')
def output():
    with Running(PRINTER, record='step') as session:    # else it may have printed before the socket is open
        socket = WebSocket(session)
        number = socket.post('continue', {})
        check(socket.wait_event('output', lambda e: 'two' in e['text']), 'no output event')
        session.pause()
        socket.reply(number)
        equal(output_of(session), b'one\ntwo\n')
        socket.close()
    with Running(PRINTER) as session:
        first = session.goto(line=line_of(PRINTER, 'two'))
        equal(first['output'], 'one\n')
        state = session.next()
        equal((state['output'], state['outputEnd']), ('two\n', 8))
        back = session.step_back()
        equal((back['output'], back['outputEnd']), ('', 4))
        equal(session.state(position=0)['outputEnd'], 0)


@test('a program that waits for input says so, and reads what is typed')
def typed_input():
    with Running(ECHO) as session:
        state = session.continue_()
        equal((state['status'], state['live']['waiting']), ('running', True))
        contains(output_of(session).decode(), 'name? ')
        refuses(409, 'busy', session.step_in)
        session.set_breakpoints(breakpoints=[{'line': line_of(ECHO, 'hello')}])
        socket = WebSocket(session)
        if not socket.hello['state']['live']['waiting']:    # stopped for a moment, for the breakpoint
            socket.wait_event('waiting', lambda e: e['waiting'])
        equal(session.input(text='tux\n'), {})
        stopped = socket.wait_event('stopped')
        equal(stopped['state']['line'], line_of(ECHO, 'hello'))
        equal(session.evaluate(expression='got')['result'], '1')
        session.set_breakpoints(breakpoints=[])
        state = session.continue_()
        equal(state['live']['waiting'], True)
        contains(output_of(session).decode(), 'hello tux')
        session.input(eof=True)
        exited = socket.wait_event('exited')
        equal(exited['state']['exitCode'], 4)
        refuses(410, 'exited', session.input, text='more')
        socket.close()


WAITS = r'''#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char way = argc > 1 ? argv[1][0] : 0, text[16] = "";
	struct pollfd p[2] = { { -1, POLLIN, 0 }, { 0, POLLIN, 0 } };
	struct iovec v = { text, sizeof text };
	fd_set set;
	long n = 0;

	FD_ZERO(&set);
	FD_SET(0, &set);
	if (way == 'p')
		n = poll(p, 2, -1);
	if (way == 'P')
		n = ppoll(p, 2, 0, 0);
	if (way == 's')
		n = syscall(SYS_select, 1, &set, 0, 0, 0);
	if (way == 'S')
		n = pselect(1, &set, 0, 0, 0, 0);
	if (way == 'v')
		return readv(0, &v, 1) == 3 ? 0 : 2;
	return n == 1 && read(0, text, sizeof text) == 3 ? 0 : 1;
}
'''


@test('whoever waits for input by poll, ppoll, select, pselect or readv waits for it, too')
def waits():
    for way in 'pPsSv':
        for record in ('step', 'ahead'):
            with Running(WAITS, args=[way], record=record) as session:
                state = session.continue_()
                equal((state['status'], state['live']['waiting']), ('running', True), f'{way} {record}')
                check(not state['live']['recording'], f'{way} {record}: recording does not wait')
                session.input(text='ab\n')
                equal(run_to_end(session)['exitCode'], 0, f'{way} {record}')


@test('arguments, environment and standard input of the request')
def surroundings():
    text = ('#include <stdio.h>\n#include <stdlib.h>\nint main(int argc, char **argv)\n{\n\tchar line[32];\n'
            '\tprintf("%d %s %s ", argc, argv[1], getenv("BIRD"));\n\tfgets(line, sizeof line, stdin);\n'
            '\tprintf("%s", line);\n\treturn getchar() == EOF ? 5 : 6;\n}\n')
    with Running(text, args=['two words'], env={'BIRD': 'penguin'}, stdin='typed\n') as session:
        equal(run_to_end(session)['exitCode'], 5)
        contains(output_of(session).decode(), '2 two words penguin ')
        contains(output_of(session).decode(), 'typed')


@test('64 KB of output on one line, and all of it can be had')
def long_output():
    text = ('#include <stdio.h>\nint main(void)\n{\n\tfor (int i = 0; i < 65536; i++)\n'
            '\t\tputchar(\'a\' + i % 26);\n\tputchar(\'\\n\');\n\treturn 0;\n}\n')
    with Running(text) as session:
        state = run_to_end(session)
        equal(state['outputEnd'], 65537)
        equal(output_of(session), bytes(ord('a') + i % 26 for i in range(65536)) + b'\n')
        check(len(state['output']) <= 16384 and 'output' in state['truncated'], 'not capped')
        check(state['output'].endswith('\n'), state['output'][-5:])


@test('10 MB of output neither hang nor grow without bound')
def much_output():
    text = ('#include <stdio.h>\nint main(void)\n{\n\tfor (int i = 0; i < 163840; i++)\n'
            '\t\tputs("0123456789012345678901234567890123456789012345678901234567890123"+2);\n\treturn 0;\n}\n')
    with Running(text) as session:
        socket = WebSocket(session)
        number = socket.post('continue', {})
        state = socket.reply(number)
        check(state['status'] == 'exited' or state['reason'] == 'limit', state)
        if state['status'] == 'exited':
            equal(state['outputEnd'], 163840 * 63)
        check(len(socket.events) < 5000, f'{len(socket.events)} events')
        check(sum(len(e.get('text', '')) for e in socket.events) < 11 << 20, 'too much text')
        equal(session.registers(position=0)['registers']['rip'], session.first['pc'])
        part = session.output(start=state['outputEnd'] - 66, count=66)
        contains(part['text'], '0123456789')
        socket.close()


@test('text that is not UTF-8 becomes U+FFFD and its bytes can be had')
def odd_bytes():
    text = '#include <stdio.h>\nint main(void)\n{\n\tputs("a\\xff\\xc3\\xa9\\x01");\n\treturn 0;\n}\n'
    with Running(text) as session:
        state = run_to_end(session)
        contains(state['output'], 'a\ufffd\u00e9\u0001')
        equal(output_of(session), b'a\xff\xc3\xa9\x01\n')


@test('a step over a call that waits says running, and stops once it has its input; pause ends a wait')
def step_waits():
    with Running(ECHO) as session:
        session.goto(line=line_of(ECHO, 'got = scanf'))
        state = session.next()
        equal((state['status'], state['live']['waiting']), ('running', True))
        socket = WebSocket(session)
        session.input(data=base64.b64encode(b'gentoo\n').decode())
        stopped = socket.wait_event('stopped')['state']
        equal(stopped['line'], line_of(ECHO, 'hello'))
        equal(session.continue_()['live']['waiting'], True)
        state = session.pause()
        equal((state['status'], state['reason']), ('stopped', 'pause'))
        check(len(session.stack_trace()['stackFrames']) > 1, 'no stack in the middle of a read')
        equal(session.continue_()['live']['waiting'], True)
        session.input(eof=True)
        equal(socket.wait_event('exited')['state']['exitCode'], 4)
        socket.close()


@test('output without end stops at the limit, and says which')
def output_limit():
    text = '#include <stdio.h>\nint main(void)\n{\n\tfor (;;)\n\t\tputs("and so on and so on and so on");\n}\n'
    with Running(text) as session:
        socket = WebSocket(session)
        number = socket.post('continue', {})
        state = socket.reply(number)
        equal(state['reason'], 'limit')
        limit = next(e for e in socket.events if e['event'] == 'limit')['limit'] \
            if any(e['event'] == 'limit' for e in socket.events) else socket.wait_event('limit')['limit']
        equal(limit['name'], 'output')
        check(limit['used'] >= limit['limit'], limit)
        equal(session.registers(position=0)['registers']['rip'], session.first['pc'])
        socket.close()


@test('the limits of the timeline stop the program, say which, and what was recorded stays')
def timeline_limits():
    with Service(trace_steps=2000, trace_log='1M') as service:
        session = service.client.create(LOOP)
        state = session.step_in(granularity='instruction', count=5000)
        equal((state['reason'], state['position'], state['status']), ('limit', 2000, 'stopped'))
        limit = next(e for e in session.events(0, wait=0)['events'] if e['event'] == 'limit')['limit']
        equal((limit['name'], limit['used'], limit['limit'], limit['unit']), ('steps', 2000, 2000, 'steps'))
        equal(session.step_in(granularity='instruction')['reason'], 'limit')
        equal(session.step_back(granularity='instruction', count=1000)['position'], 1000)
        equal(session.step_in(granularity='instruction', count=1000)['reason'], 'step')
        session.delete()
        text = ('#include <string.h>\nstatic char data[8 << 20];\nint main(void)\n{\n'
                '\tfor (int i = 1;; i++)\n\t\tmemset(data, i, sizeof(data));\n}\n')
        session = service.client.create(text)
        state = session.step_in(count=20)
        equal(state['reason'], 'limit')
        limit = next(e for e in session.events(0, wait=0)['events'] if e['event'] == 'limit')['limit']
        equal((limit['name'], limit['unit']), ('timeline', 'bytes'))
        limits = {entry['name']: entry for entry in state['live']['limits']}
        equal(sorted(limits), ['ahead', 'output', 'steps', 'time', 'timeline'])
        for entry in limits.values():
            check(entry['limit'] > 0 and entry['used'] >= 0 and entry['unit'] and len(entry['advice']) > 30, entry)
        equal({limit['advice'], state['limit']['advice']}, {limits['timeline']['advice']})
        equal(session.seek(position=0)['pc'], session.first['pc'])
        session.delete()


@test('time: a program that runs too long on end is stopped, can go on, and waiting for input does not count')
def time_limit():
    with Service(trace_run=1) as service:
        for record in ('step', 'ahead'):
            session = service.client.create(LOOP, record=record)
            state = session.continue_()
            equal((state['reason'], state['limit']['name'], state['limit']['limit']), ('limit', 'time', 1))
            contains(state['limit']['advice'], 'Continue')
            position = state['position']
            check(position > 0, 'nothing has run')
            state = session.continue_()
            equal((state['reason'], state['limit']['name']), ('limit', 'time'))
            check(state['position'] > position, 'it did not go on')
            equal(session.seek(position=0)['pc'], session.first['pc'])
            session.delete()
        session = service.client.create(ECHO, record='step')
        socket = WebSocket(session)
        socket.post('continue', {})
        socket.wait_event('waiting', lambda event: event['waiting'])
        # longer than the limit; measures that nothing happens in it
        time.sleep(1.5)
        equal(session.state()['live']['waiting'], True)
        session.input(text='tux\ntux\n')
        equal(socket.wait_event('exited')['state']['status'], 'exited')
        session.delete()


if __name__ == '__main__':
    main()
