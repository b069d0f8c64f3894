#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""contrib/quickstart, on the built tree: it serves, and ends by exec; also for a user who cannot write there."""
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import tap                                                             # noqa: E402
from lib.tap import check, equal, main, skip, test                              # noqa: E402

NOBODY = 65534
QUICKSTART = os.path.join(tap.ROOT, 'contrib', 'quickstart')


def serve(**options):
    """Start it, wait for the address, end it; the name of what runs under its pid by then."""
    with subprocess.Popen([QUICKSTART, '--listen', '127.0.0.1:0'], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, **options) as process:
        line = next((line for line in process.stdout if b'http://' in line), b'')
        with open(f'/proc/{process.pid}/comm', encoding='ascii') as file:
            name = file.read().strip()
        process.send_signal(signal.SIGTERM)
        equal(process.wait(10), 0, 'exit status')
    check(re.search(rb'http://127\.0\.0\.1:\d+/', line), f'no address is printed: {line!r}')
    return name


@test('a built tree is served, and the script has become the program')
def built_tree():
    equal(serve(), 'penguintrace')


@test('an ordinary user starts a built tree that it cannot write')
def read_only():
    if os.getuid() != 0:
        skip('only root can become somebody who cannot write here')
    before = os.stat(os.path.join(tap.ROOT, 'build', 'Makefile')).st_mtime_ns
    try:
        os.stat(tap.ROOT)
        name = serve(user=NOBODY, group=NOBODY, extra_groups=[], cwd='/')
    except PermissionError:
        skip('the tree lies in a folder that nobody else may enter')
    equal(name, 'penguintrace')
    equal(os.stat(os.path.join(tap.ROOT, 'build', 'Makefile')).st_mtime_ns, before, 'build/Makefile')


@test('--help says how, and does nothing else')
def helps():
    for script in ('quickstart', 'check'):
        done = subprocess.run([os.path.join(tap.ROOT, 'contrib', script), '--help'], stdin=subprocess.DEVNULL,
                              capture_output=True, check=True, timeout=5)
        check(done.stdout.startswith(b'contrib/' + script.encode()), done.stdout)


@test('--build-only builds and serves nothing')
def build_only():
    done = subprocess.run([QUICKSTART, '--build-only'], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    check(b'http://' not in done.stdout, 'it serves')


if __name__ == '__main__':
    main()
