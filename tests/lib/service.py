# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole service, started as a person starts it, and stopped so that nothing is left.

    with Service(sessions_max=3) as service:
        session = service.client.create('int main(void) { return 0; }')

Settings are given by name; each run listens on a port of the kernel's choice.
"""
import os
import re
import signal
import subprocess
import tempfile
import threading
import time

from lib import processes, tap
from lib.client import Client

START_SECONDS = 60
STOP_SECONDS = 10       # the bar is 2 s and test_life.py measures it; a loaded machine may take longer
URL = re.compile(r'https?://\S+')


class Log:
    """Lines of a stream, read by a thread; wait() returns when one matches."""

    def __init__(self, stream):
        self.lines, self._changed, self._over = [], threading.Condition(), False
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        with stream:
            for line in stream:
                with self._changed:
                    self.lines.append(line.decode(errors='replace').rstrip('\n'))
                    self._changed.notify_all()
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def wait(self, pattern, seconds=30, after=0):
        """The first line, from number after on, that matches; raises when none comes."""
        deadline = time.monotonic() + seconds
        with self._changed:
            seen = after
            while True:
                for line in self.lines[seen:]:
                    if re.search(pattern, line):
                        return line
                seen = max(seen, len(self.lines))
                left = deadline - time.monotonic()
                if self._over or left <= 0 or not self._changed.wait(left):
                    if seen == len(self.lines):
                        raise tap.Failure(f'no line matches {pattern!r}; the last lines:\n' +
                                          '\n'.join(self.lines[-30:]))

    def mark(self):
        """For wait(after=…): only what comes from now on."""
        with self._changed:
            return len(self.lines)

    def text(self):
        with self._changed:
            return '\n'.join(self.lines)


def environment(settings):
    clean = {k: v for k, v in os.environ.items() if not k.startswith('PENGUINTRACE_')}
    clean.update({f'PENGUINTRACE_{k.upper()}': str(v) for k, v in settings.items()})
    return clean


_running = set()        # what is below one of these is not left behind by another


class Held:
    """For a `with`: a process with a log, stopped at the end; after a failure its log is shown and it is killed."""

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.stop()
            return
        tap.note(f'the log of {type(self).__name__}:')
        tap.note('\n'.join(self.log.text().splitlines()[-40:]))
        if self.process.poll() is None:
            self.kill()

    def kill(self):
        processes.kill(self.process.pid)
        self.process.wait()


class Service(Held):
    """Running from __init__ on; stop() (or the end of `with`) ends it and proves that nothing is left."""

    def __init__(self, build=None, arguments=(), wait=True, user=None, listen='127.0.0.1:0', cwd=None, **settings):
        processes.become_subreaper()
        self.directory = build or tap.build()
        program = os.path.join(self.directory, 'penguintrace')
        # Where it would leave files, if it left any.
        environ = {**environment(settings), 'TMPDIR': cwd or tempfile.gettempdir()}
        self.process = subprocess.Popen(     # pylint: disable=consider-using-with
            [program, '--listen', listen, *arguments], env=environ,
            user=user, group=user, cwd=cwd, extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.pid = self.process.pid
        _running.add(self)
        self.output, self.log = Log(self.process.stdout), Log(self.process.stderr)
        self.url, self.client = None, None
        if wait:
            self._wait_started()

    def _wait_started(self):
        try:
            self.url = URL.search(self.output.wait(URL, START_SECONDS)).group()
            self.client = self.login()
            self.log.wait(r'isolation ', START_SECONDS)     # the compilers have been asked
            processes.wait_for(lambda: self.client.fetch('GET', '/readyz').status == 200, START_SECONDS, '/readyz')
        except BaseException:
            tap.note(self.log.text())
            self.kill()
            raise

    def login(self):
        """A new Client: the printed URL's token for a cookie."""
        base, _, path = self.url.partition('://')[2].partition('/')
        client = Client(f'{self.url.partition(":")[0]}://{base}')
        answer = client.fetch('GET', f'/{path}')
        if answer.status >= 400:
            raise tap.Failure(f'the printed URL is answered with {answer.status}: {answer.body!r}')
        client.cookie = answer.headers.get('set-cookie', '').partition(';')[0]
        return client

    # -- its processes ----------------------------------------------------------

    def tree(self):
        """Pids of all below the launcher."""
        return processes.descendants(self.pid)

    def named(self, pattern):
        """Pids of all below the launcher, by name."""
        return processes.named(self.pid, pattern)

    def ours(self, name):
        """Pids of 'httpd', 'broker', 'compiler' or 'tracer': the launcher's own children.  (What a
        tracer has forked carries its name until it executes the program.)"""
        return [p for p in self.named(f'penguintrace-{name}') if processes.parent(p) == self.pid]

    def programs(self):
        """Pids of what people run: below a tracer, and below its stub.  (A spare tracer has a
        process there too, which has executed nothing yet.)"""
        stubs = [p for p in self.tree() if processes.parent(p) in self.ours('tracer')]
        return [p for stub in stubs for p in processes.descendants(stub)
                if processes.name(p) != 'penguintrace-tracer']

    def one(self, name):
        """The pid of 'httpd' or 'broker'."""
        found = self.ours(name)
        tap.equal(len(found), 1, f'{name}s')
        return found[0]

    # -- the end ------------------------------------------------------------------

    def wait(self, seconds):
        """Its exit status (negative: signal)."""
        return self.process.wait(seconds)

    def terminate(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    def left(self, seconds=STOP_SECONDS):
        """What is left below the test once the launcher is gone: [] is right."""
        _running.discard(self)
        return processes.wait_none_below(os.getpid(), seconds, keep={self.pid, *(s.pid for s in _running)})

    def kill(self):
        """End it the hard way, for tests that have failed already."""
        for pid in [self.pid, *self.tree()]:
            try:
                processes.kill(pid)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.left()

    def stop(self):
        """SIGTERM; status 0; nothing left; no report of a sanitizer."""
        try:
            if self.process.poll() is None:
                self.terminate()
            status = self.wait(STOP_SECONDS)
            left = self.left()
        except subprocess.TimeoutExpired:
            self.kill()
            raise tap.Failure(f'SIGTERM does not end it within {STOP_SECONDS} s') from None
        tap.equal(left, [], 'left behind')
        tap.equal(status, 0, 'exit status')
        self.check_log()

    def check_log(self):
        for line in self.log.text().splitlines():
            if 'ERROR: AddressSanitizer' in line or 'runtime error:' in line:
                raise tap.Failure(f'a sanitizer reports:\n{self.log.text()}')


_shared = {}


def shared(**settings):
    """One service for many tests, started at its first use and stopped after the last."""
    key = tuple(sorted(settings.items()))
    if key not in _shared or _shared[key].process.poll() is not None:
        _shared[key] = Service(**settings)
    return _shared[key]


@tap.at_end
def _stop_shared():
    for service in _shared.values():
        service.stop()


def scratch():
    """A directory for a test's files, removed with the object."""
    return tempfile.TemporaryDirectory(prefix='penguintrace-test-')
