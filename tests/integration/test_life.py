#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The processes' life: they greet, hold no more than they should, and end leaving nothing."""
import os
import re
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes, programs, tap                                        # noqa: E402
from lib.client import Refused                                                  # noqa: E402
from lib.service import Service, environment, scratch                           # noqa: E402
from lib.tap import check, contains, equal, main, skip, test                    # noqa: E402
from lib.websocket import Closed, WebSocket                                     # noqa: E402

NOBODY = 65534
PTRACE = 1 << 19            # CAP_SYS_PTRACE, include/uapi/linux/capability.h
AT_ONCE = 2                 # seconds: SIGTERM to the last of them gone
# What root's launcher keeps: SETUID and SETGID to give workers uids, KILL to end them.
LAUNCHER = {NOBODY: 0, 0: 1 << 5 | 1 << 6 | 1 << 7}

# name → permitted and effective capabilities; bounding, inheritable and ambient sets are empty for all.
GOLDEN = {
    'httpd': 0,
    'broker': 0,
    'compiler': 0,
    'tracer': PTRACE,
    'stub': 0,
    'program': 0,
}
ALL_NAMESPACES = {'cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'}
# What the program's stub has of its own, beside what the tracer has.
NESTED = {'user', 'pid', 'mnt', 'ipc'}


def users():
    """Who the service is started as: an ordinary user always, root where we are root."""
    return [0, NOBODY] if os.geteuid() == 0 else [None]


def start(user, **settings):
    if user == NOBODY and os.stat(tap.build()).st_mode & 0o005 != 0o005:
        skip('the build directory is not for other users')
    return Service(user=user or None, **settings)


def everyone(service):
    """{role: pid} of a service with one session, after all spares are there."""
    def find():
        pids = {name: service.ours(name) for name in GOLDEN if name not in ('stub', 'program')}
        program = service.programs()
        if not all(pids.values()) or not program:
            return None
        found = {name: list_[0] for name, list_ in pids.items()}
        found['program'] = program[0]
        found['stub'] = processes.parent(program[0])
        found['tracer'] = processes.parent(found['stub'])
        return found
    return processes.wait_for(find, what='a process of each kind')


def sets(pid):
    """The capability sets of a process."""
    status = processes.status(pid)
    return {name: int(status[name], 16) for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')}


@test('processes greet each other; the service is ready and says what it offers')
def greet():
    with Service() as service:
        equal(service.client.fetch('GET', '/readyz').status, 200)
        info = service.client.get('/api/v1/info')
        equal(info['isolation'], 'namespaces')
        check('c' in [language['name'] for language in info['languages']], info['languages'])
        service.one('httpd')
        service.one('broker')


def golden(user):
    with start(user) as service:
        session = service.client.create(programs.HELLO)
        for role, pid in everyone(service).items():
            status, held = processes.status(pid), sets(pid)
            equal(held, {'CapInh': 0, 'CapPrm': GOLDEN[role], 'CapEff': GOLDEN[role], 'CapBnd': 0, 'CapAmb': 0}, role)
            equal(status['NoNewPrivs'], '1', f'{role}: no_new_privs')
            equal(status['Seccomp'], '2', f'{role}: seccomp')
            if user == 0:
                check('0' not in status['Uid'].split(), f'{role} is root: {status["Uid"]}')
                check('0' not in status['Gid'].split() + status['Groups'].split(), f'{role} is in group root')
        held = sets(service.pid)
        allowed = LAUNCHER[0] if (os.geteuid() if user is None else user) == 0 else 0
        equal(held['CapEff'] & ~allowed, 0, 'the launcher holds more than it needs')
        equal(processes.status(service.pid)['NoNewPrivs'], '1', 'the launcher: no_new_privs')
        session.delete()


@test('capabilities, no_new_privs and seccomp of every process are those of the table')
def golden_sets():
    golden(users()[0])


@test('the same for an ordinary user')
def golden_user():
    golden(users()[-1])


@test('every process is in namespaces of its own, the program in nested ones')
def own_namespaces():
    if os.geteuid() != 0:
        skip('only root may look at the namespaces of others')
    with Service() as service:
        session = service.client.create(programs.HELLO)
        ours, found = processes.namespaces(service.pid), {}
        for role, pid in everyone(service).items():
            found[role] = processes.namespaces(pid)
            shared = {n for n in ALL_NAMESPACES if found[role][n] == ours[n]}
            equal(shared, set(), f'{role} shares with the launcher')
        for one in found:
            for other in found:
                if one < other and {one, other} - {'stub', 'program', 'tracer'}:
                    equal([n for n in ('user', 'pid', 'mnt', 'net') if found[one][n] == found[other][n]], [],
                          f'{one} shares with {other}')
        nested = {n for n in ALL_NAMESPACES if found['stub'][n] != found['tracer'][n]}
        check(NESTED <= nested, f'the program shares {NESTED - nested} with its tracer')
        equal(found['program']['pid'], found['stub']['pid'])
        session.delete()


@test('httpd and broker have an empty root, workers one without the machine\'s files')
def roots():
    if os.geteuid() != 0:
        skip('only root may look at the roots of others')
    with Service() as service:
        session = service.client.create(programs.HELLO)
        for role, pid in everyone(service).items():
            names = set(os.listdir(f'/proc/{pid}/root'))
            if role in ('httpd', 'broker'):
                equal(names, set(), role)
            check(not names & {'home', 'root', 'var', 'sys', 'boot', 'srv', 'mnt'}, f'{role} sees {sorted(names)}')
            check(not os.path.exists(f'/proc/{pid}/root/etc/passwd'), f'{role} sees /etc/passwd')
        session.delete()


ALLOWED = re.compile(r'socket:|pipe:|anon_inode:|/dev/null$|^/null$|/memfd:|/dev/pts/|/dev/ptmx|pidfd')


@test('no process holds a descriptor of a file or directory of the machine')
def descriptors():
    if os.geteuid() != 0:
        skip('only root may look at the descriptors of others')
    with Service() as service:
        session = service.client.create(programs.HELLO)
        pids = everyone(service)
        for role, pid in pids.items():
            odd = {fd: to for fd, to in processes.descriptors(pid).items() if not ALLOWED.search(to)}
            if role == 'tracer':       # its own sandbox: the program's file, /proc/PID/mem
                odd = {fd: to for fd, to in odd.items() if not re.match(r'/(proc|tmp|work)/', to)}
            equal(odd, {}, role)
        equal(sorted(processes.descriptors(pids['program'])), [0, 1, 2], 'the program has its terminal alone')
        session.delete()


def mounts():
    with open('/proc/self/mountinfo', encoding='utf-8') as file:
        return sorted(line.split(' ', 1)[1] for line in file)


def busy(service):
    """A session that stands, one that runs for ever, a compilation, a WebSocket."""
    service.client.create(programs.HELLO)
    runs = WebSocket(service.client.create(programs.FOREVER))
    runs.post('continue', {'wait': 60000})
    compiling = threading.Thread(target=compile_for_long, args=(service.client.other(),), daemon=True)
    compiling.start()
    processes.wait_for(lambda: service.named('.*cc1plus'), what='a compilation')
    return runs, compiling


def compile_for_long(client):
    try:
        client.create(programs.SLOW_TO_COMPILE, 'c++')
    except (Refused, OSError):
        pass
    except Exception:                                   # pylint: disable=broad-except
        pass                                            # its service ends under it: that is the test


def ends(number, user, seconds=AT_ONCE):
    mounted = mounts()
    with scratch() as directory, start(user, cwd=directory) as service:
        os.chmod(directory, 0o777)
        runs, compiling = busy(service)
        everything = [service.pid, *service.tree()]
        begin = time.monotonic()
        service.terminate(number)
        equal(service.wait(20), 0, 'exit status')
        left = processes.wait_gone(everything, 20)
        took = time.monotonic() - begin
        equal(left, [], 'left')
        equal(service.left(), [], 'left below the test')
        tap.note(f'{len(everything)} processes gone after {took * 1000:.0f} ms')
        check(took < seconds, f'it took {took:.1f} s')
        try:
            while True:
                runs.receive()
        except (Closed, OSError):
            pass
        compiling.join(10)
        equal(os.listdir(directory), [], 'files')
    equal(mounts(), mounted, 'mounts')


@test('SIGTERM ends all within 2 s, with sessions, a compilation and a socket; nothing is left')
def sigterm():
    ends(signal.SIGTERM, users()[0])


@test('the same for an ordinary user')
def sigterm_user():
    ends(signal.SIGTERM, users()[-1])


@test('SIGINT does the same')
def sigint():
    ends(signal.SIGINT, users()[0])


@test('with drain_timeout sessions go on after SIGTERM, none is new, and the last one ends it')
def drain():
    with Service(drain_timeout=600) as service:
        session = service.client.create(programs.COUNT)
        service.terminate()
        service.log.wait('draining')
        session.step_in()
        equal(service.client.fetch('GET', '/readyz').status, 503)
        try:
            service.client.create(programs.HELLO)
            check(False, 'a new session was made')
        except Refused as refused:
            equal(refused.status, 503)
        session.delete()
        equal(service.wait(10), 0)


@test('a second SIGTERM ends it at once')
def second_sigterm():
    with Service(drain_timeout=600) as service:
        service.client.create(programs.COUNT)
        service.terminate()
        service.log.wait('draining')
        service.terminate()
        equal(service.wait(10), 0)
        equal(service.left(), [])


@test('after a crash of everything it starts again on the same port')
def start_after_crash():
    with Service() as first:
        first.client.create(programs.HELLO)
        everything = [first.pid, *first.tree()]
        listen = first.client.url.netloc
        first.kill()
        equal(processes.wait_gone(everything, 10), [])
        with Service(listen=listen) as second:
            second.client.create(programs.HELLO).delete()
        first.process.returncode = 0


@test('two services side by side do not see each other')
def side_by_side():
    with Service() as one, Service() as other:
        session = one.client.create(programs.HELLO)
        try:
            other.client.session(session.id).step_in()
            check(False, 'the other service has the session')
        except Refused as refused:
            equal(refused.status, 404)
        equal(other.client.sessions()['sessions'], [])
        session.delete()


@test('a wrong setting stops the start with its place, its name and what is allowed')
def wrong_setting():
    program = os.path.join(tap.build(), 'penguintrace')
    for settings, arguments, name in (({'sessions_max': 0}, [], 'PENGUINTRACE_SESSIONS_MAX'),
                                      ({'no_such_thing': 1}, [], 'PENGUINTRACE_NO_SUCH_THING'),
                                      ({}, ['--isolation', 'sideways'], '--isolation')):
        done = subprocess.run([program, *arguments], env=environment(settings), capture_output=True, text=True,
                              timeout=30, check=False)
        check(done.returncode != 0, f'{name} was taken')
        contains(done.stderr, name)


if __name__ == '__main__':
    main()
