# SPDX-License-Identifier: AGPL-3.0-or-later
"""Run by gdb, not by people: what the searches of a record cost in its `record full'.

gdb -nx -batch -x in-gdb.py --args PROGRAM: "name: value unit" a line, as search-log prints.
"""
import random
import time

import gdb  # pylint: disable=import-error

PLAIN, RECORDED, SEEKS, STEPS = 3000, 10000, 10, 100


def run(command):
    gdb.execute(command, to_string=True)


def seconds(*commands):
    start = time.monotonic()
    for command in commands:
        run(command)
    return time.monotonic() - start


def resident():
    with open('/proc/self/status', encoding='ascii') as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith('VmRSS:'))


def say(name, value, unit):
    print(f'{name}: {value:.1f} {unit}', flush=True)


for setting in ('pagination off', 'confirm off', 'record full insn-number-max unlimited'):
    run(f'set {setting}')
run('break work')
run('run')
run('delete')
say('stepi', PLAIN / seconds(f'stepi {PLAIN}'), 'steps/s')
before = resident()
run('record full')
say('recording', RECORDED / seconds(f'stepi {RECORDED}'), 'steps/s')
say('memory', (resident() - before) / RECORDED, 'bytes/step')
say('reverse-stepi', seconds(*['reverse-stepi'] * STEPS) / STEPS * 1e6, 'us')
run('record goto end')
random.seed(1)
say('record goto', seconds(*[f'record goto {random.randrange(1, RECORDED)}' for _ in range(SEEKS)]) / SEEKS * 1e6, 'us')
run('record goto end')
run('break main')
say('reverse-continue', seconds('reverse-continue') * 1e6, 'us')
run('delete')
run('record goto end')
run('watch neighbours.once')
say('reverse-continue to a watchpoint', seconds('reverse-continue') * 1e6, 'us')
run('delete')
run('kill')
