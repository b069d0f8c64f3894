# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stops a program that runs natively, beside gdb on the same program in turns.

Each row: hits a second of a breakpoint or watchpoint that does not stop, told by the time
that a whole run takes with it, less the time without; and a step over a library call.
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
CALLS_C = '''#include <stdio.h>
int main(void)
{
	int i = 0;
	for (i = 0; i < 100000; i++)
		printf("%d\\n", i);
	return 0;
}
'''
PRINT = 1 + CALLS_C[:CALLS_C.index('printf')].count('\n')


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def native(service, text):
    """A session whose `continue' runs natively."""
    session = service.client.create(text)
    session.request('record', {'policy': 'step'})
    return session


def run_ours(service, prepare):
    session = native(service, LOOP_C)
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


def step_times(service):
    """Median seconds of a step over the printf, and of a bare step, over HTTP."""
    session = native(service, CALLS_C)
    session.set_breakpoints(breakpoints=[{'line': PRINT}])
    session.continue_()
    session.set_breakpoints(breakpoints=[])
    over, bare = [], []
    while len(over) < 60:
        call = session.disassemble(count=1)['instructions'][0]['text'].startswith('call')
        (over if call else bare).append(seconds(lambda: session.request('next', {'granularity': 'instruction'})))
    session.delete()
    return statistics.median(over), statistics.median(bare)


def rows(service, row):
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
