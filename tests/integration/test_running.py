#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A program that runs: pause, wait, terminate, and what library calls leave behind."""
import base64
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import word                                         # noqa: E402
from lib.traced import LIBRARY, LOOP, NATIVE                        # noqa: E402
from lib.running import Running, line_of, refuses, run_to_end       # noqa: E402
from lib.service import shared                                      # noqa: E402
from lib.tap import build, check, contains, equal, main, note, test           # noqa: E402
from lib.websocket import WebSocket                                 # noqa: E402

SANITIZED = b'__asan_init' in open(os.path.join(build(), 'penguintrace-tracer'), 'rb').read()


@test('pause answers within 100 ms during for(;;), and the paused command gets the same state')
def pause():
    with Running(LOOP) as session:
        other = shared().client.other().session(session.id)
        socket = WebSocket(session)
        number = socket.post('continue', {})
        socket.wait_event('continued')
        refuses(409, 'busy', other.step_in)
        running = other.state()
        equal((running['status'], running['position'], running['live']['status']), ('running', 0, 'running'))
        equal(other.set_breakpoints(breakpoints=[])['breakpoints'], [])
        start = time.monotonic()
        state = other.pause()
        took = time.monotonic() - start
        check(took < (0.5 if SANITIZED else 0.1), f'{took * 1000:.0f} ms')
        equal((state['status'], state['reason']), ('stopped', 'pause'))
        paused = socket.reply(number)
        equal((paused['position'], word(paused['pc'])), (state['position'], word(state['pc'])))
        equal(state['function'], 'main')
        equal(session.step_in(granularity='instruction')['from'], state['position'])
        equal(session.pause()['status'], 'stopped')
        socket.close()


@test('wait: a continue that takes longer says running, and a second one joins it')
def waiting_time():
    with Running(LOOP) as session:
        equal(session.continue_(wait=50)['status'], 'running')
        equal(session.continue_(wait=50)['status'], 'running')
        session.pause()


@test('terminate ends the program and keeps its timeline')
def terminate():
    with Running(LOOP) as session:
        session.step_in(granularity='instruction', count=20)
        session.continue_(wait=0)
        equal(session.terminate()['live']['status'], 'exited')
        events = session.events(0)['events']
        while not any(e['event'] == 'terminated' for e in events):
            events += session.events(events[-1]['seq'])['events']
        state = session.seek(position=3)
        equal((state['position'], state['live']['status']), (3, 'exited'))
        equal(session.registers(position=0)['registers']['rip'], session.first['pc'])
        refuses(410, 'exited', session.input, text='x')


@test('a library call is one macro-step, and going back over it restores memory')
def library():
    with Running(LIBRARY) as session:
        session.goto(line=line_of(LIBRARY, 'memset'))
        address = next(v for v in session.variables(variablesReference=2)['variables'] if v['name'] == 'data')['address']
        before = session.read_memory(address=address, count=64)['data']
        first = session.state()
        state = session.next()
        filled = session.read_memory(address=address, count=64)['data']
        equal(base64.b64decode(filled), b'a' * 63 + b'\0')
        macros = [p for p in range(first['position'] + 1, state['position'] + 1)
                  if 'macro' in session.state(position=p)]
        check(len(macros) >= 1, 'no macro-step')
        equal(session.read_memory(address=address, count=64, position=macros[0] - 1)['data'], before)
        equal(session.step_back()['position'], first['position'])
        equal(session.read_memory(address=address, count=64)['data'], before)
        last = session.request('lastWrite', {'address': address, 'position': state['position']})
        equal((last['found'], last['position']), (True, macros[0]))
        session.goto(line=line_of(LIBRARY, 'qsort'))
        inside = line_of(LIBRARY, 'return *(const int *)a')
        session.set_breakpoints(breakpoints=[{'line': inside}])
        equal(session.continue_()['function'], 'compare')
        names = [f['name'] for f in session.stack_trace()['stackFrames']]
        check('main' in names, names)


@test('a macro-step says what ran, how long, and how its inside is recorded')
def macros():
    text = '#include <unistd.h>\nint main(void)\n{\n\tusleep(30000);\n\treturn 0;\n}\n'
    for command, arguments, name in (('next', {}, 'usleep'), ('goto', {'line': 5}, 'continue')):
        with Running(text, record='step') as session:
            session.goto(line=4)
            start = time.monotonic()
            end = session.request(command, arguments)['position']
            took = (time.monotonic() - start) * 1e6
            found = [session.state(position=p).get('macro') for p in range(end + 1)]
            macro = [m for m in found if m and m['name'] == name][-1]
            check(30000 <= macro['microseconds'] <= took, f'{macro} took {took}')
            for word_ in ('not recorded', 'breakpoint', 'enter', 'everything'):
                contains(macro['advice'], word_)


@test('a macro-step that changes 16 MB is stepped over and back, and looked at')
def much_memory():
    text = ('#include <stdlib.h>\n#include <string.h>\nint main(void)\n{\n\tchar *p = malloc(16 << 20);\n'
            '\tmemset(p, 1, 16 << 20);\n\tp[5] = 2;\n\treturn p[5];\n}\n')
    with Running(text) as session:
        before = session.goto(line=line_of(text, 'memset'))
        after = session.next()
        check('memory' in after['truncated'], after['truncated'])
        address = session.evaluate(expression='p')['result'].split()[0]
        middle = hex(word(address) + (8 << 20))
        equal(session.read_memory(address=middle, count=4)['data'], 'AQEBAQ==')
        found = session.request('lastWrite', {'address': middle})
        equal((found['found'], found['line']), (True, line_of(text, 'memset')))
        window = session.window(**{'from': before['position'], 'to': after['position']})
        equal(window['to'], after['position'])
        equal(session.step_back()['position'], before['position'])
        equal(session.read_memory(address=middle, count=4)['data'], 'AAAAAA==')
        equal(run_to_end(session)['exitCode'], 2)


@test('10^8 instructions under continue take what they take natively, plus at most 100 ms')
def native_speed():
    with Running(NATIVE, record='step') as session, tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'program')
        with open(path, 'wb') as file:
            file.write(session.program())
        os.chmod(path, 0o755)
        natively = []
        for _ in range(3):
            start = time.monotonic()
            equal(subprocess.run([path], check=False).returncode, 0)
            natively.append(time.monotonic() - start)
        start = time.monotonic()
        state = session.continue_()
        took = time.monotonic() - start
        equal((state['status'], state['exitCode']), ('exited', 0))
        note(f'natively {min(natively) * 1000:.0f} ms, under continue {took * 1000:.0f} ms')
        check(took < max(natively) + (0.4 if SANITIZED else 0.1), f'{took:.3f} s against {natively}')


if __name__ == '__main__':
    main()
