# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures of a record of a million steps, gdb's beside them in the same run.

Both look at one program.  gdb's `record full' is measured over a hundredth of the steps:
its searches cost as much as they pass, ours hardly more than one.
"""
import os
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, FEW_STEPS, ROUNDS = 1000000, 20000, 3
GDB_STEPS = '10k steps'

# (ours, gdb's, target): names as search-log and in-gdb.py print them
SEARCHES = [
    ('seek with registers', 'record goto', '≤ 5 us'),
    ('seek with registers, worst', 'record goto', ''),
    ('seek with registers and 4 KiB of memory', 'record goto', ''),
    ('seek with registers and 4 KiB of memory, worst', 'record goto', '≤ 1 ms'),
    ('seek with registers among native stretches', '', '≤ 5 us'),
    ('seek and 4 KiB among native stretches, worst', '', '≤ 1 ms'),
    ('one instruction back', 'reverse-stepi', ''),
    ('reverse-continue to what runs often, worst', 'reverse-continue', '≤ 5 ms'),
    ('reverse-continue to what runs seldom, worst', 'reverse-continue', '≤ 5 ms'),
    ('reverse-continue to what never runs, worst', 'reverse-continue', '≤ 5 ms'),
    ('lastWrite of memory, worst', 'reverse-continue to a watchpoint', '≤ 1 ms'),
    ('lastWrite of a register, worst', '', '≤ 1 ms'),
    ('next back over nearly all of it, worst', 'reverse-continue', '≤ 5 ms'),
    ('timeline of 512 buckets, two breakpoints', '', '≤ 5 ms'),
]


def figures(command):
    """{name: (value, unit)} of what a tool prints."""
    found = {}
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        name, separator, value = line.rpartition(': ')
        fields = value.split()
        if separator and len(fields) == 2:
            found[name] = (float(fields[0]), fields[1])
    return found


def gdb(program):
    return figures(['gdb', '-nx', '-batch', '-x', f'{HERE}/in-gdb.py', '--args', program])


def medians(rounds):
    return {name: (statistics.median(r[name][0] for r in rounds), unit) for name, (_, unit) in rounds[0].items()}


def compile_program(tool, program):
    with open(f'{program}.c', 'w', encoding='utf-8') as file:
        subprocess.run([tool, '--program'], stdout=file, check=True)
    subprocess.run(['gcc', '-g', '-O0', '-no-pie', f'{program}.c', '-o', program], check=True)


def beside_gdb(target, other, value, theirs):
    """The remark of a row."""
    remarks = [f'target {target}'] if target else []
    if other:
        times, unit = theirs[other]
        ratio = value / times if unit == 'steps/s' else times / max(value, 0.1)
        size = '' if unit == 'steps/s' else f', {GDB_STEPS}'
        remarks.append(f'gdb {other}{size}: {times:.0f} {unit}, × {ratio:,.{int(ratio < 10)}f}')
    return '; '.join(remarks)


def in_a_long_record(build, row):
    """Recording beside gdb's, then seeks, searches and bytes at a million steps."""
    tool = f'{build}/tests/bench/search-log'
    theirs, ours = [], []
    with tempfile.TemporaryDirectory() as directory:
        program = os.path.join(directory, 'program')
        compile_program(tool, program)
        for _ in range(ROUNDS):
            theirs.append(gdb(program))
            ours.append(figures([tool, str(FEW_STEPS)]))
        long = figures([tool, str(STEPS)])
    theirs, short = medians(theirs), medians(ours)
    for name, target in (('stepi', '≥ 5 × gdb stepi'), ('recording', '')):
        value, unit = short['recording']
        row('recording', f'{value:.0f} {unit}', beside_gdb(target, name, value, theirs))
    for name in ('log', 'index', 'copies of pages'):
        row(f'{name}, 1M steps', f'{long[name][0]:.2f} {long[name][1]}')
    row('log and index, 1M steps', f'{long["log and index"][0]:.2f} bytes/step',
        f'target ≤ 6; gdb: {theirs["memory"][0]:.0f}')
    for name, other, target in SEARCHES:
        value, unit = long[name]
        row(name, f'{value:.1f} {unit}', beside_gdb(target, other, value, theirs))


ROWS = [in_a_long_record]
