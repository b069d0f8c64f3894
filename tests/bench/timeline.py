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
STEPS = 1000000
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


def together(rounds):
    return {name: (statistics.median(r[name][0] for r in rounds), unit) for name, (_, unit) in rounds[0].items()}


def searches(row, ours, theirs):
    for name, other, target in SEARCHES:
        value, unit = ours[name]
        beside = ''
        if other:
            times, of = theirs[other]
            beside = f'gdb {other}, {GDB_STEPS}: {times:.0f} {of}, {times / max(value, 0.1):.0f} times as long'
        row(f'{name}, 1M steps', f'{value:.1f} {unit}', '; '.join(filter(None, (target and f'target {target}', beside))))


def in_a_long_record(build, row):
    """Seeks, searches and bytes at a million steps."""
    tool = f'{build}/tests/bench/search-log'
    with tempfile.TemporaryDirectory() as directory:
        program = os.path.join(directory, 'program')
        with open(f'{program}.c', 'w', encoding='utf-8') as file:
            subprocess.run([tool, '--program'], stdout=file, check=True)
        subprocess.run(['gcc', '-g', '-O0', '-no-pie', f'{program}.c', '-o', program], check=True)
        rounds = [gdb(program)]
        ours = figures([tool, str(STEPS)])
        rounds.append(gdb(program))
    theirs = together(rounds)
    for name, times in (('stepi', 5), ('recording', 1)):
        value, unit = theirs[name]
        row(f'recording, {STEPS} steps', f'{ours["recording"][0]:.0f} steps/s',
            f'{f"target ≥ {times} × " if times > 1 else ""}gdb {name}: {value:.0f} {unit}, '
            f'{ours["recording"][0] / value:.1f} times as many')
    for name in ('log', 'index', 'copies of pages', 'log and index'):
        value, unit = ours[name]
        row(f'{name}, 1M steps', f'{value:.2f} {unit}', f'target ≤ 6; gdb: {theirs["memory"][0]:.0f}'
            if name == 'log and index' else '')
    searches(row, ours, theirs)


ROWS = [in_a_long_record]
