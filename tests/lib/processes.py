# SPDX-License-Identifier: AGPL-3.0-or-later
"""Processes as /proc and pidfds show them.

become_subreaper() makes every orphan of what a test starts the test's own
child: whatever a service leaves behind is found below the test, however it
was forked and in whichever namespace it is.
"""
import ctypes
import os
import re
import select
import signal
import time

PR_SET_CHILD_SUBREAPER = 36


def become_subreaper():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), 'PR_SET_CHILD_SUBREAPER')


def _read(pid, name):
    try:
        with open(f'/proc/{pid}/{name}', 'rb') as file:
            return file.read()
    except OSError:
        return b''


def status(pid):
    """/proc/PID/status as a dictionary of strings; {} when it has gone."""
    lines = _read(pid, 'status').decode(errors='replace').splitlines()
    return {key: value.strip() for key, _, value in (line.partition(':') for line in lines)}


def parent(pid):
    return int(status(pid).get('PPid', 0))


def name(pid):
    """What it runs: the base name of its first argument, else [comm]."""
    argv0 = _read(pid, 'cmdline').split(b'\0')[0].decode(errors='replace')
    return os.path.basename(argv0) or f'[{status(pid).get("Name", "gone")}]'


def descendants(pid):
    """Pids of all below pid, zombies left out."""
    children = {}
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            now = status(entry)
            if now and not now['State'].startswith('Z'):
                children.setdefault(int(now['PPid']), []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found


def named(pid, pattern):
    """Descendants of pid whose name matches."""
    return [p for p in descendants(pid) if re.fullmatch(pattern, name(p))]


def wait_for(condition, seconds=10, what='the condition'):
    """The condition's first true value: for what only /proc shows, which has no event to wait on."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise AssertionError(f'{what} did not come within {seconds} s')
        select.select([], [], [], 0.005)


def wait_gone(pids, seconds):
    """Those of pids that are still there after at most so many seconds."""
    deadline = time.monotonic() + seconds
    fds = {}
    for pid in pids:
        try:
            fds[os.pidfd_open(pid)] = pid
        except ProcessLookupError:
            pass
    try:
        while fds and time.monotonic() < deadline:
            poll = select.poll()
            for fd in fds:
                poll.register(fd, select.POLLIN)
            for fd, _ in poll.poll(max(0, (deadline - time.monotonic()) * 1000)):
                del fds[fd]
                os.close(fd)
        return sorted(fds.values())
    finally:
        for fd in fds:
            os.close(fd)


def reap(keep=()):
    """Collect adopted orphans that have ended, but not those in keep (pids of Popen objects)."""
    try:
        with open(f'/proc/self/task/{os.getpid()}/children', encoding='ascii') as file:
            children = [int(pid) for pid in file.read().split()]
    except OSError:
        children = [int(p) for p in os.listdir('/proc') if p.isdigit() and parent(p) == os.getpid()]
    for pid in children:
        if pid not in keep:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass


def wait_none_below(pid, seconds, keep=()):
    """Names of what is still below pid after at most so many seconds: [] is what a test wants.
    What is in keep, or below it, is left out."""
    deadline = time.monotonic() + seconds
    while True:
        reap(keep)
        kept = {*keep, *(p for k in keep for p in descendants(k))}
        left = [p for p in descendants(pid) if p not in kept]
        if not left or time.monotonic() >= deadline:
            return [f'{p} {name(p)}' for p in left]
        wait_gone(left, max(0, deadline - time.monotonic()))


def namespaces(pid):
    """{'pid': 'pid:[4026531836]', …}; needs the right to ptrace it."""
    directory = f'/proc/{pid}/ns'
    return {n: os.readlink(f'{directory}/{n}') for n in ('cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts')}


def descriptors(pid):
    """{3: 'socket:[…]', …}; needs the right to ptrace it."""
    directory = f'/proc/{pid}/fd'
    return {int(fd): os.readlink(f'{directory}/{fd}') for fd in os.listdir(directory)}


def kill(pid, number=signal.SIGKILL):
    """Signal one process, through a pidfd so that it is no other's pid by now."""
    fd = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(fd, number)
    finally:
        os.close(fd)
