#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two sessions: they do not meet, and what one takes the other does not miss."""
import hashlib
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes, programs                                     # noqa: E402
from lib.hostile import ask, attack, finish, running, session           # noqa: E402
from lib.tap import check, equal, main                                  # noqa: E402

# What the second session does sees nothing of what the first one does meanwhile.
FIRST = '''int main(void) {
	int fd = open("/usr/bin/env", O_RDONLY);
	struct flock l = { .l_type = F_RDLCK };
	printf("%d", flock(fd, LOCK_EX));
	fcntl(fd, F_SETLK, &l);
	open("/tmp/letter", O_CREAT | O_RDWR, 0600); open("/dev/shm/letter", O_CREAT | O_RDWR, 0600);
	puts("."); fflush(stdout);
	for (;;) sleep(1000); }'''
SECOND = '''int main(void) {
	int fd = open("/usr/bin/env", O_RDONLY);
	struct flock l = { .l_type = F_WRLCK };
	if (fcntl(fd, F_GETLK, &l) == -1) l.l_type = F_UNLCK;
	printf("%d %d %d %d %d %d", l.l_type == F_UNLCK, flock(fd, LOCK_EX | LOCK_NB),
	    fcntl(fd, F_SETLEASE, F_WRLCK), fcntl(fd, F_NOTIFY, 1), open("/tmp/letter", O_RDONLY),
	    open("/dev/shm/letter", O_RDONLY));
	for (int pid = 1; pid < 300; pid++)
		if (pid != getpid() && pid != getppid() && kill(pid, 0) == 0)
			printf(" sees %d", pid);
}'''


@attack('B07: locks on a file of /usr, leases, shared names, process ids')
def letters():
    with session(FIRST) as one, session(SECOND) as two:
        one.continue_(wait=500)
        equal(one.output()['text'].split('.')[0], '-1')
        _state, text = finish(two)
    equal(text, '1 -1 -1 -1 -1 -1')


@attack('R06, R08: of the machine and of the service a program finds nothing in /proc and /dev')
def surroundings():
    with session('''#include <dirent.h>
static void list(const char *path)
{
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d)); )
		if (e->d_name[0] != '.' && (strcmp(path, "/proc") != 0 || strspn(e->d_name, "0123456789")))
			printf("%s/%s\\n", path, e->d_name);
}
int main(void) {
	char text[4096], path[64];
	printf("pid %d\\n", getpid());
	list("/"); list("/dev"); list("/etc"); list("/proc"); list("/proc/self/fd"); list("/tmp");
	for (int pid = 1; pid < 100; pid++) {
		static const char *const names[] = { "maps", "mem", "environ", "cmdline", "root", "cwd", "fd", "exe", "stat" };
		for (int i = 0; i < 9 && pid != getpid(); i++) {
			snprintf(path, sizeof path, "/proc/%d/%s", pid, names[i]);
			if (open(path, O_RDONLY) >= 0 || readlink(path, text, sizeof text) >= 0)
				printf("FOUND %s\\n", path);
		}
	}
	extern char **environ;
	for (char **e = environ; *e; e++) printf("env %.4s\\n", *e);
}''') as one:
        _state, text = finish(one)
    lines = text.split('\r\n' if '\r\n' in text else '\n')
    equal([line for line in lines if 'FOUND' in line], [])
    own = next(line.split()[1] for line in lines if line.startswith('pid'))
    equal([line for line in lines if line.startswith('/proc/') and '/fd/' not in line and line.split('/')[2] != own], [])
    allowed = {'bin', 'dev', 'etc', 'lib', 'lib32', 'lib64', 'libx32', 'proc', 'sbin', 'tmp', 'usr', 'work'}
    equal({line[1:] for line in lines if line.startswith('/') and line.count('/') == 2 and line[:2] == '//'} - allowed, set())
    devices = {line.rpartition('/')[2] for line in lines if line.startswith('/dev/')}
    equal(devices - {'null', 'zero', 'full', 'random', 'urandom', 'pts', 'fd', 'stdin', 'stdout', 'stderr', 'shm'}, set())


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


@attack('R17: what is mapped from /usr stays as it is, for everybody')
def host_files():
    libc = next(p for p in ('/usr/lib/x86_64-linux-gnu/libc.so.6', '/usr/lib/aarch64-linux-gnu/libc.so.6', '/usr/lib64/libc.so.6')
                if os.path.exists(p))
    paths = ['/usr/bin/env', libc]
    before = [digest(path) for path in paths] + [os.stat(path).st_mtime_ns for path in paths]
    with session('''int main(void) {
	static const char *const files[] = { "/usr/bin/env", "''' + libc + '''" };
	for (int i = 0; i < 2; i++) {
		int fd = open(files[i], O_RDONLY), p[2], mem = open("/proc/self/mem", O_RDWR);
		char *shared = mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0);
		char *private = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		private[0] ^= 1;
		printf("%d", mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
		printf("%d", mprotect(shared, 4096, PROT_READ | PROT_WRITE) == -1);
		printf("%d", mem < 0 || pwrite(mem, "x", 1, (off_t)(uintptr_t)shared) != 1);
		pipe(p);
		printf("%d", splice(fd, 0, p[1], 0, 1, 0) == -1 && write(p[1], "x", 1) == 1);
		printf("%d%d", madvise(shared, 4096, 9 /* MADV_REMOVE */) == -1, fallocate(fd, 3, 0, 4096) == -1);
		printf("%d%d%d", ftruncate(fd, 0) == -1, truncate(files[i], 0) == -1, chmod(files[i], 0777) == -1);
		printf("%d%d ", unlink(files[i]) == -1, utimensat(AT_FDCWD, files[i], 0, 0) == -1);
	}
}''') as one:
        _state, text = finish(one)
    equal(text.split(), ['1' * 11] * 2)
    equal([digest(path) for path in paths] + [os.stat(path).st_mtime_ns for path in paths], before)


GREEDY = {
    'the processor, on 60 threads': '''static void *f(void *a) { for (;;) ; return a; }
int main(void) { pthread_t t; for (int i = 0; i < 60; i++) pthread_create(&t, 0, f, 0); f(0); }''',
    'the terminal': 'int main(void) { static char x[1 << 16]; for (;;) write(1, x, sizeof x); }',
    'memory': '''int main(void) { for (char *p; (p = mmap(0, 1 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) != MAP_FAILED; )
	memset(p, 1, 1 << 20); for (;;) ; }''',
    'files': '''int main(void) { char n[64]; for (int i = 0; ; i++) { snprintf(n, sizeof n, "/tmp/%d", i % 50000);
	int fd = open(n, O_CREAT | O_RDWR, 0600); write(fd, n, 64); close(fd); mkdir(n, 0700); } }''',
    'system calls': 'int main(void) { for (;;) { mmap(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); getppid(); } }',
    'pipes and timers': '''int main(void) { int p[2]; static char x[1 << 20]; timer_t t;
	while (pipe(p) == 0) { fcntl(p[1], F_SETPIPE_SZ, 1 << 20); fcntl(p[1], F_SETFL, O_NONBLOCK); write(p[1], x, sizeof x); }
	for (int i = 0; i < 100000 && timer_create(CLOCK_REALTIME, 0, &t) == 0; i++) ; for (;;) ; }''',
}


@attack('each takes all that it can get; a neighbour steps meanwhile', seconds=90)
def greedy():
    with session(programs.HELLO) as neighbour:
        for name, source in GREEDY.items():
            with session(source) as one:
                ask(one, 'continue', wait=300)
                start = time.monotonic()
                for _ in range(10):
                    neighbour.step_in(granularity='instruction')
                took = time.monotonic() - start
                check(took < 5, f'{name}: ten steps of a neighbour took {took:.1f} s')


@attack('thirty sessions, made and left in a hurry')
def hurry():
    before = len(running().tree())
    for number in range(6):
        with session(programs.HELLO) as a, session(FIRST) as b, session(GREEDY['system calls']) as c:
            for one in (a, b, c):
                ask(one, 'continue', wait=1 if number % 2 else 30)
    processes.wait_for(lambda: len(running().tree()) <= before, what='the end of all that they had')


if __name__ == '__main__':
    main()
