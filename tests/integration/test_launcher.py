#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The launcher alone: stand-ins for the programs that it starts, so that each can die,
misbehave and be looked at (tests/lib/stand-in.c)."""
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes, tap                          # noqa: E402
from lib.service import URL, Service, environment       # noqa: E402

PROGRAMS = ('broker', 'httpd', 'compiler', 'tracer')
DIRECTORY = tempfile.mkdtemp(prefix='penguintrace-launcher-')
NOBODY = 65534


def prepare():
    os.chmod(DIRECTORY, 0o755)
    shutil.copy(f'{tap.build()}/penguintrace', DIRECTORY)
    for name in PROGRAMS:
        shutil.copy(f'{tap.build()}/tests/lib/stand-in', f'{DIRECTORY}/penguintrace-{name}')


@tap.at_end
def clean():
    shutil.rmtree(DIRECTORY)


class Launcher(Service):
    """Started with stand-ins; node says what they do."""

    def __init__(self, node='steady', **more):
        super().__init__(build=DIRECTORY, wait=False, node=node, **more)

    def started(self):
        self.url = URL.search(self.output.wait(URL)).group()
        self.log.wait(r'httpd has')
        self.log.wait(r'report op 3 kind 0')
        return self


def run(*arguments, **settings):
    """(exit status, stdout, stderr) of the launcher with these arguments."""
    done = subprocess.run([f'{DIRECTORY}/penguintrace', *arguments], env=environment(settings),
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# -- the command line ---------------------------------------------------------

@tap.test('--help, --version')
def _():
    status, out, _err = run('--help')
    tap.equal(status, 0)
    tap.contains(out, '--isolation')
    tap.contains(out, 'sessions_max')
    status, out, _err = run('--version')
    tap.equal(status, 0)
    tap.contains(out, 'AGPL-3.0-or-later')


@tap.test('a wrong command line, setting or file says what, where and what is allowed')
def _():
    path = f'{DIRECTORY}/wrong.conf'
    with open(path, 'w', encoding='ascii') as file:
        file.write('# fine\nsessions_max = many\n')
    for arguments, settings, parts in (
            (['--nonsense'], {}, ['nonsense']),
            (['cook'], {}, ['cook', '--help']),
            (['--isolation', 'some'], {}, ['--isolation', 'namespaces|restricted|none']),
            (['--set', 'sessions_max'], {}, ['NAME=VALUE']),
            (['--set', 'teapots=1'], {}, ['teapots']),
            (['--config', path], {}, ['wrong.conf:2', 'sessions_max']),
            (['--config', '/none'], {}, ['/none']),
            ([], {'queue_max': -1}, ['PENGUINTRACE_QUEUE_MAX']),
            ([], {'token': 'short'}, ['16']),
            ([], {'token': 'with a blank in it'}, ['token']),
            ([], {'proxy_peers': 'everyone'}, ['PENGUINTRACE_PROXY_PEERS', 'addresses']),
            ([], {'node': 'a/b'}, ['PENGUINTRACE_NODE', 'letters, digits']),
            *((['--listen', listen], {}, ['--listen', 'ADDR:PORT', 'numeric']) for listen in (
                'example.org:80', '127.0.0.1', '127.0.0.1:99999', '::1:80')),
            ([], {'identity': 'proxy'}, ['proxy_peers'])):
        status, out, err = run(*arguments, **settings)
        tap.equal(status, 2, str(arguments))
        tap.equal(out, '')
        for part in parts:
            tap.contains(err, part)


@tap.test('each setting is an environment variable, an option and a line of a file, checked alike')
def _():
    with open(os.path.join(tap.ROOT, 'src', 'settings.def'), encoding='utf-8') as file:
        table = re.findall(r'^(CHOICE|NUMBER|BYTES)\((\w+), ([^\n]*)', file.read(), re.M)
    tap.check(len(table) > 25, f'only {len(table)} settings')
    path = f'{DIRECTORY}/wrong.conf'
    for kind, name, rest in table:
        allowed = rest.split('"')[3] if kind == 'CHOICE' else 'a number from'
        with open(path, 'w', encoding='ascii') as file:
            file.write(f'\n{name} = odd\n')
        for arguments, settings, where in (([], {name: 'odd'}, f'PENGUINTRACE_{name.upper()}'),
                                           (['--set', f'{name}=odd'], {}, '--set'),
                                           (['--config', path], {}, 'wrong.conf:2')):
            status, out, err = run(*arguments, **settings)
            tap.equal((status, out), (2, ''), f'{name} {where}')
            for part in (where, f'setting {name}', allowed):
                tap.contains(err, part)


@tap.test('an address that cannot be served on stops the start')
def _():
    taken = socket.create_server(('127.0.0.1', 0))
    port = taken.getsockname()[1]
    for listen, settings, part in (
            (f'127.0.0.1:{port}', {}, 'in use'),
            ('0.0.0.0:0', {'identity': 'none'}, 'identity = none'),
            ('127.0.0.1:0 0.0.0.0:0', {'isolation': 'none'}, 'isolation = none')):
        status, out, err = run('--listen', listen, **settings)
        tap.equal(status, 1, listen)
        tap.equal(out, '')
        tap.contains(err, part)
    taken.close()


@tap.test('a program that is missing stops the start')
def _():
    os.rename(f'{DIRECTORY}/penguintrace-tracer', f'{DIRECTORY}/elsewhere')
    try:
        status, _out, err = run('--listen', '127.0.0.1:0')
    finally:
        os.rename(f'{DIRECTORY}/elsewhere', f'{DIRECTORY}/penguintrace-tracer')
    tap.equal(status, 1)
    tap.contains(err, 'penguintrace-tracer')


@tap.test('doctor says every level')
def _():
    status, out, _err = run('doctor')
    tap.equal(status, 0)
    for level in ('namespaces', 'restricted', 'none'):
        tap.contains(out, f'isolation {level}: yes')


REFUSALS = {
    # what the machine lacks: the shell's words that take it away, and what is said
    'user namespaces': ('echo 0 >/proc/sys/user/max_user_namespaces', 'user.max_user_namespaces'),
    'nested user namespaces': ('echo 1 >/proc/sys/user/max_user_namespaces', 'user.max_user_namespaces'),
    'a whole /proc': ('mount -t tmpfs none /proc/scsi || mount -t tmpfs none /proc/fs', 'unmask=ALL'),
}


for lack, (take_away, cure) in REFUSALS.items():
    def _(take_away=take_away, cure=cure):
        def below(command):
            return subprocess.run(
                ['unshare', '--user', '--map-root-user', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child',
                 'sh', '-c', f'{{ {take_away}; }} && {command}'], cwd=DIRECTORY, env=environment({}),
                stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        if below('true').returncode != 0:
            tap.skip('unshare(1) cannot make such a place here')
        done = below('./penguintrace --listen 127.0.0.1:0')
        tap.equal((done.returncode, done.stdout), (1, b''))
        tap.contains(done.stderr.decode(), cure)
        tap.contains(done.stderr.decode(), '--isolation restricted')
        done = below('./penguintrace doctor')
        tap.equal(done.returncode, 1)
        tap.contains(done.stdout.decode(), cure)
        done = below('timeout 3 ./penguintrace --listen 127.0.0.1:0 --isolation restricted --set node=steady')
        tap.contains(done.stdout.decode(), 'serving on')
    tap.test(f'a machine without {lack}: it says so, with the cure, and does not start')(_)


@tap.test('root in a container with one uid: it starts')
def _():
    done = subprocess.run(['unshare', '--user', '--map-root-user', '--mount', '--pid', '--fork', '--mount-proc',
                           '--kill-child', 'timeout', '3', f'{DIRECTORY}/penguintrace', '--listen', '127.0.0.1:0',
                           '--set', 'node=steady'], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    if b'unshare:' in done.stderr:
        tap.skip('unshare(1) cannot make such a place here')
    tap.contains(done.stdout.decode(), 'serving on')


@tap.test('root without capabilities: it says so, and as an ordinary user it starts')
def _():
    if os.geteuid() != 0:
        tap.skip('not root')
    bare = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--no-new-privs']
    done = subprocess.run([*bare, f'{DIRECTORY}/penguintrace', 'doctor'], capture_output=True, timeout=60, check=False)
    tap.equal(done.returncode, 1)
    tap.contains(done.stdout.decode(), 'ordinary user')
    done = subprocess.run(['timeout', '3', *bare, f'{DIRECTORY}/penguintrace', '--listen', '127.0.0.1:0',
                           '--isolation', 'restricted'], capture_output=True, timeout=60, check=False)
    tap.contains(done.stdout.decode(), 'serving on')
    log = done.stderr.decode()
    tap.check('httpd has 1 listeners' in log, log)
    done = subprocess.run([*bare, '--reuid', str(NOBODY), '--regid', str(NOBODY), '--clear-groups',
                           f'{DIRECTORY}/penguintrace', 'doctor'], capture_output=True, timeout=60, check=False)
    tap.equal(done.returncode, 0)


# -- what is started ----------------------------------------------------------

@tap.test('listeners, addresses, token: httpd has them, the broker has none')
def _():
    with Launcher(listen='127.0.0.1:0 [::1]:0') as service:
        service.started()
        service.log.wait('httpd has 2 listeners and the token')
        lines = service.output.lines
        tap.equal(len(lines), 2)
        for line, host in zip(lines, ('127.0.0.1', '[::1]')):
            tap.contains(line, f'penguintrace: serving on http://{host}:')
            tap.check(len(line.partition('?token=')[2]) == 22, line)
            port = int(line.rpartition('/')[0].rpartition(':')[2])
            socket.create_connection((host.strip('[]'), port)).close()
        tap.check('has the token' not in service.log.text(), 'the token is for httpd alone')


@tap.test('identity none: no token in the address')
def _():
    with Launcher(identity='none') as service:
        tap.check('token' not in service.started().url, service.url)
        service.log.wait('httpd has 1 listeners and no token')


@tap.test('httpd and broker hold nothing')
def _():
    with Launcher() as service:
        service.started()
        own = processes.namespaces(os.getpid())
        for name in ('httpd', 'broker'):
            pid = service.one(name)
            now = processes.status(pid)
            for field in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'):
                tap.equal(int(now[field], 16), 0, f'{name} {field}')
            tap.equal((now['NoNewPrivs'], now['Seccomp']), ('1', '2'))
            for kind, link in processes.namespaces(pid).items():
                if kind in ('user', 'pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup'):
                    tap.check(link != own[kind], f'{name} shares {kind}')
            tap.equal(os.listdir(f'/proc/{pid}/root/'), [])
            tap.equal(os.readlink(f'/proc/{pid}/root'), '/empty')


@tap.test('the launcher keeps only what giving uids away needs')
def _():
    with Launcher() as service:
        service.started()
        now = processes.status(service.pid)
        tap.equal(now['NoNewPrivs'], '1')
        allowed = (1 << 5) | (1 << 6) | (1 << 7)        # KILL, SETGID, SETUID
        tap.equal(int(now['CapPrm'], 16) & ~allowed, 0)
        tap.equal(int(now['CapEff'], 16) & ~allowed, 0)


@tap.test('workers come with channel and pidfd; KILL ends one, its end is reported')
def _():
    with Launcher(node='kill') as service:
        service.started()
        for line in ('op 3 kind 1 id 1 error 0', 'op 3 kind 2 id 2 error 0',
                     'op 4 kind 1 id 1 error 0 status 9', 'op 4 kind 2 id 2 error 0 status 9'):
            service.log.wait(line)
        tap.equal(service.ours('tracer') + service.ours('compiler'), [])


# -- deaths -------------------------------------------------------------------

@tap.test('httpd dies: another one takes over, the rest goes on')
def _():
    with Launcher(node='spawn') as service:
        service.started()
        service.log.wait('op 3 kind 2')
        rest = set(service.ours('broker') + service.ours('tracer') + service.ours('compiler'))
        for _round in range(3):
            mark = service.log.mark()
            processes.kill(service.one('httpd'))
            service.log.wait('httpd has died .*killed by signal 9', after=mark)
            service.log.wait('report op 3 kind 0', after=mark)
            service.log.wait('httpd has 1 listeners and the token', after=mark)
        tap.equal(set(service.ours('broker') + service.ours('tracer') + service.ours('compiler')), rest)


@tap.test('the broker dies: everything ends and starts afresh, on the same address')
def _():
    with Launcher(node='spawn') as service:
        service.started()
        service.log.wait('op 3 kind 2')
        before = service.tree()
        mark = service.log.mark()
        processes.kill(service.one('broker'))
        service.log.wait('starting afresh', after=mark)
        service.log.wait('report op 3 kind 2', after=mark)
        tap.equal(processes.wait_gone(before, 5), [])
        tap.equal(len(service.output.lines), 1)


@tap.test('httpd and then the broker die: one httpd is started, not two')
def _():
    with Launcher() as service:
        service.started()
        for _round in range(3):
            mark = service.log.mark()
            processes.kill(service.one('httpd'))
            service.log.wait('starting another', after=mark)
            processes.kill(service.one('broker'))
            service.log.wait('starting afresh', after=mark)
            service.log.wait('report op 3 kind 0', after=service.log.mark())
            processes.wait_for(lambda: len(service.ours('httpd')) == 1, what='one httpd')


for breach in ('bad-size', 'bad-hash', 'bad-op', 'bad-kind', 'bad-kind-number', 'bad-id', 'kill-all',
               'bad-descriptor'):
    def _(breach=breach):
        with Launcher(node=breach) as service:
            service.log.wait('broke its contract')
            mark = service.log.mark()
            service.log.wait('broke its contract', after=mark)      # a new one has been started
    tap.test(f'a broker that breaks its contract is ended: {breach}')(_)


@tap.test('programs that die at once: it gives up, with status 1, and leaves nothing')
def _():
    for node in ('die', 'httpd-dies'):
        service = Launcher(node=node)
        try:
            service.log.wait('giving up')
            tap.equal(service.wait(30), 1)
            tap.equal(service.left(), [])
        finally:
            if service.process.poll() is None:
                service.kill()


@tap.test('SIGTERM, SIGINT: status 0, within 2 s, nothing is left')
def _():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        with Launcher(node='spawn') as service:
            service.started()
            service.log.wait('op 3 kind 2')
            service.terminate(number)
            tap.equal(service.wait(2), 0)


@tap.test('drain_timeout: sessions go on after SIGTERM; a second one ends everything')
def _():
    with Launcher(node='spawn', drain_timeout=600) as service:
        service.started()
        service.log.wait('op 3 kind 2')
        tracers = service.ours('tracer')
        service.terminate()
        service.log.wait('ending when the sessions have')
        tap.equal(service.ours('tracer'), tracers)
        service.terminate()
        tap.equal(service.wait(2), 0)


@tap.test('drain_timeout: when it is over everything ends')
def _():
    with Launcher(node='spawn', drain_timeout=1) as service:
        service.started()
        service.terminate()
        service.log.wait('drain_timeout is over')
        tap.equal(service.wait(4), 0)


@tap.test('SIGKILL of the launcher: everything dies with it')
def _():
    service = Launcher(node='spawn')
    service.started()
    service.log.wait('op 3 kind 2')
    processes.kill(service.pid)
    tap.equal(service.wait(5), -9)
    tap.equal(service.left(5), [])


@tap.test('an ordinary user: the same')
def _():
    if os.geteuid() != 0:
        tap.skip('not root: every test here was one')
    with Launcher(node='kill', user=NOBODY) as service:
        service.started()
        service.log.wait('op 4 kind 2 id 2 error 0 status 9')
        for name in ('httpd', 'broker'):
            now = processes.status(service.one(name))
            tap.equal(int(now['CapPrm'], 16) | int(now['CapBnd'], 16), 0)


def leave_behind(directory):
    """As a job that is killed does: files, directories without rights, links out of it."""
    owner = os.stat(directory)
    os.makedirs(f'{directory}/deep/deeper')
    os.symlink('/etc', f'{directory}/link')
    for path in ('deep', 'deep/deeper', 'link'):
        os.lchown(f'{directory}/{path}', owner.st_uid, owner.st_gid)
    os.chmod(f'{directory}/deep', 0)


for level in ('restricted', 'none'):
    def _(level=level):
        with Launcher(node='spawn', isolation=level) as service:
            service.started()
            service.log.wait('op 3 kind 2')
            for pid in service.tree():
                now = processes.status(pid)
                tap.equal((now['NoNewPrivs'], int(now['CapEff'], 16)), ('1', 0))
            (base,) = {os.path.dirname(os.readlink(f'/proc/{pid}/cwd'))
                       for name in ('compiler', 'tracer') for pid in service.ours(name)}
            tap.contains(base, '/tmp/penguintrace-')
            if os.geteuid() == 0:
                for pid in service.ours('compiler'):
                    leave_behind(os.readlink(f'/proc/{pid}/cwd'))
                uids = [processes.status(pid)['Uid'].split()[0] for pid in service.tree()]
                tap.equal(len(set(uids) - {'0'}), len(uids), 'uids that are another\'s')
        tap.check(not os.path.exists(base), f'{base} is left')
    tap.test(f'isolation {level}: starts, with a uid for each as root, and ends')(_)


if __name__ == '__main__':
    prepare()
    sys.exit(tap.main())
