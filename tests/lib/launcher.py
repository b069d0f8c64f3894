# SPDX-License-Identifier: AGPL-3.0-or-later
"""A broker below a launcher that the test plays: real binary, real channels, and every
process at their other ends is the test's.  So what a hostile worker or httpd can say needs
no hook in the code that is tested.
"""
import array
import fcntl
import os
import signal
import socket
import subprocess

from lib import tap, wire
from lib.service import Held, Log


class Worker:
    """A compiler or tracer that the broker has asked for; channel is the test's end."""

    def __init__(self, launcher, kind, number):
        self.launcher, self.kind, self.id = launcher, kind, number
        self.killed, self.channel = False, None

    def start(self, hello=True):
        """SPAWNED, and HELLO."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.launcher.report(wire.SPAWNED, self.kind, self.id, fds=(theirs.fileno(),))
        theirs.close()
        self.channel = wire.Channel(ours, {wire.COMPILER: 'COMPILER', wire.TRACER: 'TRACER'}[self.kind])
        if hello:
            self.channel.hello()
        return self

    def refuse(self, error):
        """SPAWNED with an errno."""
        self.launcher.report(wire.SPAWNED, self.kind, self.id, error=error)

    def exited(self, status=0, out_of_memory=0):
        """It and all in it are gone: its channel closes, EXITED follows."""
        if self.channel:
            self.channel.close()
        self.launcher.report(wire.EXITED, self.kind, self.id, status=status, out_of_memory=out_of_memory)


class Broker(Held):
    """penguintrace-broker and what it has asked of its launcher."""

    def __init__(self, build=None, offer=True, **settings):
        settings = {'isolation': 'none', 'spare_workers': 0, 'compile_cache': 0, **settings}
        text = ''.join(f'{k} = {v}\n' for k, v in settings.items())
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        conf = wire.memfd(text.encode())
        self.socket = ours
        ours.settimeout(10)
        directory = build or tap.build()
        self.process = subprocess.Popen(        # pylint: disable=consider-using-with
            [f'{directory}/tests/lib/with-policy', f'{directory}/penguintrace-broker'], env={'ASAN_OPTIONS': 'detect_leaks=0'},
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, close_fds=False,
            preexec_fn=lambda: _place(theirs.fileno(), conf))
        theirs.close()
        os.close(conf)
        self.log = Log(self.process.stderr)
        self.hash, self.waiting, self.workers = None, [], {}
        self.httpd = None
        if offer:
            self.answer_probe()
            self.open_httpd()

    # -- as the launcher ------------------------------------------------------

    def next_request(self):
        """Read one SPAWN or KILL into waiting or the worker's killed; (op, worker)."""
        packet, _ = wire.receive_packet(self.socket)
        if not packet:
            raise tap.Failure(f'the broker has gone:\n{self.log.text()}')
        self.hash, operation, kind, number = wire.REQUEST.unpack(packet)
        if operation == wire.SPAWN:
            worker = self.workers[number] = Worker(self, kind, number)
            self.waiting.append(worker)
        else:
            worker = self.workers[number]
            worker.killed = True
        return operation, worker

    def spawn(self, kind):
        """The next worker of that kind that the broker asks for."""
        while True:
            for worker in self.waiting:
                if worker.kind == kind:
                    self.waiting.remove(worker)
                    return worker
            self.next_request()

    def wait_killed(self, worker):
        while not worker.killed:
            self.next_request()

    def gone(self, worker, status=signal.SIGKILL, out_of_memory=0):
        """What the real launcher does on KILL."""
        self.wait_killed(worker)
        worker.exited(int(status), out_of_memory)

    def report(self, operation, kind, number, error=0, status=0, out_of_memory=0, fds=()):
        packet = wire.REPORT.pack(self.hash, operation, kind, number, error, status, out_of_memory, 0, 0, 0)
        if fds:
            fds = [*fds, os.pidfd_open(os.getpid())]
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
        self.socket.sendmsg([packet], ancillary)
        if fds:
            os.close(fds[-1])

    # -- as others --------------------------------------------------------------

    def answer_probe(self):
        """The first compiler is asked for its tools."""
        worker = self.spawn(wire.COMPILER).start()
        tap.equal(worker.channel.expect('job')['probe'], 1)
        worker.channel.send('tools', tools=[{'language': 'c', 'compiler': 'gcc', 'version': '12.2.0'}])
        self.gone(worker)

    def open_httpd(self):
        """A new httpd, played by the test."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.report(wire.SPAWNED, wire.HTTPD, 0, fds=(theirs.fileno(),))
        theirs.close()
        self.httpd = wire.Channel(ours, 'HTTPD').hello()
        self.offer = self.httpd.expect('offer')
        return self.httpd

    def create(self, request=1, owner='anna', body=b'{}', **fields):
        self.httpd.send('create', request=request, owner=owner, size=fields.pop('size', len(body)),
                        body=wire.memfd(body), **fields)

    def live(self, request=1, owner='anna', elf=b'ELF'):
        """A session brought all the way up: (created, tracer)."""
        self.create(request, owner)
        compiler = self.spawn(wire.COMPILER).start()
        compiler.channel.expect('job')
        compiler.channel.send('result', status=201, language='c', elf=wire.memfd(elf))
        tracer = self.spawn(wire.TRACER).start()
        self.gone(compiler)
        tracer.channel.expect('trace')
        tracer.channel.send('started', status=201)
        tracer.channel.expect('client')
        return self.httpd.expect('created'), tracer

    def alive(self):
        """Whether it still does its work."""
        self.httpd.send('measure', request=99)
        return self.httpd.expect('measured')

    def fds(self):
        """What it has open: {fd: target}."""
        directory = f'/proc/{self.process.pid}/fd'
        return {fd: os.readlink(f'{directory}/{fd}') for fd in os.listdir(directory)}

    def stop(self):
        """The launcher goes: the broker ends by itself, with status 0."""
        self.socket.close()
        status = self.process.wait(10)
        tap.equal(status, 0, f'exit status; its log:\n{self.log.text()}')


def _place(channel, conf):
    """In the child: fd 3 and 4 as launch.h has them, none other."""
    channel, conf = (fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in (channel, conf))
    os.dup2(channel, 3)
    os.dup2(conf, 4)
    os.closerange(5, 1024)
