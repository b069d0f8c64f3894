# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hostile programs, uploads and clients under a whole service, and what is looked at after each.

    @attack('what it tries')
    def something():
        with session('int main(void) { … }') as s:
            ...

After each attack the service lives, the next program works, no program is left, none of the
service's own processes has more descriptors or memory than it should have.
"""
import contextlib
import os
import time

from lib import processes, programs, service, tap
from lib.client import Refused

INCLUDES = '#define _GNU_SOURCE\n' + ''.join(f'#include <{name}.h>\n' for name in (
    'errno', 'fcntl', 'linux/futex', 'pthread', 'sched', 'signal', 'stdint', 'stdio', 'stdlib', 'string',
    'sys/file', 'sys/mman', 'sys/resource', 'sys/stat', 'sys/syscall', 'sys/time', 'sys/wait', 'unistd'))

MIB = 1 << 20
SETTINGS = {'compile_cache': 0, 'trace_log': '64M', 'trace_memory': '512M', 'start_wall': 2}
TRACER_MIB = 192        # twice its timeline, and what it reads of an ELF
OURS_MIB = 48           # httpd, broker, launcher
ANSWER_SECONDS = 15     # to anything, on a loaded machine


def running():
    return service.shared(**SETTINGS)


def client():
    """A connection of its own, on which no answer may take long."""
    own = running().client.other()
    own.timeout = ANSWER_SECONDS
    return own


def peak(pid):
    """The most memory that a process ever had, MiB."""
    return int(processes.status(pid).get('VmHWM', '0').split()[0]) // 1024


def tracers_are_small(most=TRACER_MIB):
    for pid in running().ours('tracer'):
        tap.check(peak(pid) <= most, f'a tracer took {peak(pid)} MiB')


@contextlib.contextmanager
def session(source, **fields):
    """A session of a source (or an ELF), gone afterwards; its tracer has stayed small."""
    own = client()
    if isinstance(source, bytes):
        one = own.upload(source)
    else:
        one = own.create(INCLUDES + source, **fields)
    try:
        yield one
        tracers_are_small()
    finally:
        own.close()
        own.call('DELETE', one.path)
        own.close()


def ask(one, command, **arguments):
    """Its answer, or the Refused that it is: what matters is that there is one."""
    try:
        return one.request(command, arguments)
    except Refused as answer:
        tap.check(answer.status < 500 and answer.code, f'{command}: {answer}')
        return answer


def finish(one):
    """(last state, output) once the program has ended or met a limit."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        state = one.continue_(wait=10000)
        if state['status'] == 'exited' or state.get('reason') == 'limit':
            return state, one.output(start=0, count=60000)['text']
    raise tap.Failure(f'it does not end: {state}')


def refused(source, status, code):
    try:
        with session(source):
            pass
    except Refused as answer:
        tap.equal((answer.status, answer.code), (status, code))
        return answer.message
    raise tap.Failure('it was not refused')


# -- afterwards -----------------------------------------------------------------------


def _ours():
    one = running()
    return {'launcher': one.pid, 'httpd': one.one('httpd'), 'broker': one.one('broker')}


def _descriptors():
    """How many each has; {} where they may not be seen."""
    try:
        return {name: len(processes.descriptors(pid)) for name, pid in _ours().items()}
    except PermissionError:
        return {}


def _hello():
    with session(programs.HELLO) as one:
        state, text = finish(one)
    tap.equal((state['status'], text.strip()), ('exited', 'hello'))


def _none_left():
    return not [p for p in running().programs() if processes.name(p) == 'program']


def _idle():
    """As many of each worker as are kept ready."""
    one = running()
    return _none_left() and len(one.ours('tracer')) == 1 and len(one.ours('compiler')) == 1


def _no_more(before):
    return all(count <= before[name] for name, count in _descriptors().items())


def attack(name, seconds=60):
    """A test, and what is looked at after it."""
    def register(function):
        def judged():
            _hello()
            processes.wait_for(_idle, what='a quiet service')
            before, pids = _descriptors(), _ours()
            function()
            _hello()
            processes.wait_for(_idle, what='the end of all programs')
            tap.equal(_ours(), pids, 'a process of the service was started anew')
            try:
                processes.wait_for(lambda: _no_more(before))
            except AssertionError:
                raise tap.Failure(f'descriptors: {before} before, {_descriptors()} after') from None
            for who, pid in pids.items():
                tap.check(peak(pid) <= OURS_MIB or 'asan' in os.path.basename(tap.build()),
                          f'{who} took {peak(pid)} MiB')
        return tap.test(name, seconds)(judged)
    return register
