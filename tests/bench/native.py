# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a program that runs natively is looked at for, beside gdb on the same program in turns.

Each row: hits a second of a breakpoint or watchpoint that does not stop, by the time of a
whole run; and a step over a library call.
"""
import os
import statistics
import subprocess
import tempfile
import time

HITS = 20000
ROUNDS = 5
LOOP_C = f'''#include <stdio.h>
static volatile int total, same = 7;
static int work(int i)
{{
	int twice = 2 * i;
	total += twice;
	same = 7;
	return twice;
}}
int main(void)
{{
	int i, sum = 0;
	for (i = 0; i < {HITS}; i++)
		sum += work(i);
	return sum == 1;
}}
'''
HOT = 1 + LOOP_C[:LOOP_C.index('total += twice')].count('\n')


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def run_ours(service, prepare):
    session = service.client.create(LOOP_C, record='step')
    try:
        prepare(session)
        took = seconds(lambda: session.continue_(wait=60000))
        state = session.state()
        assert state['status'] == 'exited', state
        return took
    finally:
        session.delete()


def run_gdb(program, commands):
    script = ['set confirm off', 'set pagination off', 'break main', 'run', 'delete', *commands]
    argv = ['gdb', '-nx', '-batch', *(word for line in script for word in ('-ex', line)),
            '-ex', 'python import time; start = time.perf_counter()', '-ex', 'continue',
            '-ex', 'python print("took", time.perf_counter() - start)', program]
    out = subprocess.run(argv, capture_output=True, text=True, check=False).stdout
    return float(next(line for line in out.splitlines() if line.startswith('took')).split()[1])


def break_if(session):
    session.set_breakpoints(breakpoints=[{'line': HOT, 'condition': 'i == -1'}])


def tracepoint(session):
    session.set_breakpoints(breakpoints=[{'line': HOT, 'logMessage': 'i is {i}'}])


def watch(session):
    """It is written and keeps its value: neither stops, and both look each time."""
    info = session.request('dataBreakpointInfo', {'name': 'same'})
    session.request('setDataBreakpoints', {'breakpoints': [{'dataId': info['dataId'], 'accessType': 'change'}]})


ROWS = (
    ('conditional breakpoint, hits/s', break_if, [f'break {HOT} if i == -1'], '≥ 3 × gdb'),
    ('log message, hits/s', tracepoint, [f'dprintf {HOT},"i is %d\\n", i'], ''),
    ('hardware watch, writes of the same value/s', watch, ['watch same'], '≥ gdb'),
)


def step_over(build, row):
    """A step over a printf without a turn of the service, against the bare single-step loop."""
    tools = f'{build}/tests/bench'
    output = subprocess.run([f'{tools}/step-over', f'{tools}/bare-step', '200', str(ROUNDS)],
                            capture_output=True, text=True, check=True).stdout
    for line in output.splitlines():
        name, _, value = line.rpartition(': ')
        row(name, value, 'target ≤ 6' if name.endswith('/ bare step') else '')


def hits(service, row):
    """Hits a second, ours and gdb's, and what they come to."""
    with tempfile.TemporaryDirectory() as directory:
        source, program = os.path.join(directory, 'loop.c'), os.path.join(directory, 'loop')
        with open(source, 'w', encoding='utf-8') as file:
            file.write(LOOP_C)
        subprocess.run(['gcc', '-g', '-O0', '-no-pie', source, '-o', program], check=True)
        for name, prepare, commands, target in ROWS:
            ours, theirs = [], []
            for _ in range(ROUNDS):
                ours.append(HITS / run_ours(service, prepare))
                theirs.append(HITS / run_gdb(program, commands))
            us, them = statistics.median(ours), statistics.median(theirs)
            row(name, f'{us:,.0f}')
            row('  gdb', f'{them:,.0f}')
            row('  ratio', f'{us / them:.1f}', f'target {target}' if target else '')
