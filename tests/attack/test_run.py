#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hostile programs under the whole service.  Each proves its attempt from inside and is judged
from outside: the service lives, the next session works, nothing is left behind."""
import ctypes
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes, programs, service                            # noqa: E402
from lib.tap import check, contains, equal, main, note, skip, test      # noqa: E402

# (name, C expression that must be -1, the errno values that are right).
FILES, DENIED, UNKNOWN = ('ENOENT', 'EACCES'), ('EPERM',), ('ENOSYS', 'EPERM')
READ_ONLY = ('EROFS', 'EACCES', 'ETXTBSY')
ATTEMPTS = (
    ('R01 unshare', 'unshare(CLONE_NEWUSER)', DENIED),
    ('R01 clone', 'syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)', UNKNOWN),
    ('R01 clone, network', 'syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0)', UNKNOWN),
    ('R01 clone3', 'syscall(SYS_clone3, 0, 0)', UNKNOWN),
    ('R01 fsopen', 'syscall(SYS_fsopen, "tmpfs", 0)', UNKNOWN),
    ('R01 max_user_namespaces', 'open("/proc/sys/user/max_user_namespaces", O_WRONLY)', FILES),
    ('R02 fchmodat2', 'syscall(452, AT_FDCWD, "/tmp", 06777, 0)', UNKNOWN),
    ('R03 io_uring', 'syscall(SYS_io_uring_setup, 1, 0)', DENIED),
    ('R04 AF_INET', 'socket(AF_INET, SOCK_STREAM, 0)', DENIED),
    ('R04 AF_INET6', 'socket(AF_INET6, SOCK_STREAM, 0)', DENIED),
    ('R04 AF_UNIX', 'socket(AF_UNIX, SOCK_STREAM, 0)', DENIED),
    ('R04 AF_NETLINK', 'socket(AF_NETLINK, SOCK_RAW, 0)', DENIED),
    ('R04 AF_PACKET', 'socket(AF_PACKET, SOCK_RAW, 0)', DENIED),
    ('R04 AF_ALG', 'socket(38, SOCK_SEQPACKET, 0)', DENIED),
    ('R04 AF_VSOCK', 'socket(40, SOCK_STREAM, 0)', DENIED),
    ('R05 TIOCSTI', 'ioctl(0, TIOCSTI, "x")', DENIED),
    ('R05 TIOCSTI, wide', 'syscall(SYS_ioctl, 0, TIOCSTI | 1ul << 32, "x")', DENIED),
    ('R05 TIOCLINUX', 'ioctl(0, TIOCLINUX, "\\3")', DENIED),
    ('R05 TIOCSCTTY', 'ioctl(0, TIOCSCTTY, 1)', DENIED),
    ('R06 a way out by a descriptor', 'more_descriptors()', ('EBADF',)),
    ('R07 /proc/self/exe', 'open("/proc/self/exe", O_WRONLY)', READ_ONLY + FILES),
    ('R07 the parent\'s', 'open("/proc/1/exe", O_RDONLY)', FILES),
    ('R08 /proc/1/mem', 'open("/proc/1/mem", O_RDWR)', FILES),
    ('R08 /proc/1/environ', 'open("/proc/1/environ", O_RDONLY)', FILES),
    ('R08 /proc/1/root', 'open("/proc/1/root/etc", O_RDONLY)', FILES),
    ('R08 process_vm_readv', 'syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0)', DENIED),
    ('R08 pidfd_getfd', 'syscall(SYS_pidfd_getfd, 0, 0, 0)', UNKNOWN),
    ('R08 ptrace', 'ptrace(PTRACE_SEIZE, 1, 0, 0)', DENIED),
    ('R09 kill outside', 'kill(4711, SIGKILL)', ('ESRCH',)),
    ('R09 prlimit64', 'syscall(SYS_prlimit64, 1, RLIMIT_CPU, 0, 0)', UNKNOWN),
    ('R09 sched_setaffinity', 'syscall(SYS_sched_setaffinity, 1, 0, 0)', UNKNOWN),
    ('R09 setpriority', 'setpriority(PRIO_PROCESS, 1, 19)', UNKNOWN),
    ('R10 CLONE_UNTRACED', 'syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0)', UNKNOWN),
    ('R10 PTRACE_TRACEME', 'ptrace(PTRACE_TRACEME, 0, 0, 0)', DENIED),
    ('R10 PR_SET_PTRACER', 'prctl(0x59616d61, -1)', UNKNOWN),
    ('R12 setuid', 'setuid(0)', DENIED),
    ('R12 chmod u+s', '(close(creat("/tmp/f", 0700)), chmod("/tmp/f", 04755))', UNKNOWN),
    ('R13 mount', 'syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, 0)', DENIED),
    ('R13 umount', 'syscall(SYS_umount2, "/proc", 2)', DENIED),
    ('R13 pivot_root', 'syscall(SYS_pivot_root, "/tmp", "/tmp")', DENIED),
    ('R13 mknod', 'mknod("/tmp/null", S_IFCHR | 0666, 0x103)', DENIED),
    ('R13 chroot', 'chroot("/tmp")', DENIED),
    ('R14 cgroup', 'open("/sys/fs/cgroup", O_RDONLY)', FILES),
    ('R15 bpf', 'syscall(SYS_bpf, 0, 0, 0)', DENIED),
    ('R15 perf_event_open', 'syscall(SYS_perf_event_open, 0, 0, -1, -1, 0)', DENIED),
    ('R15 userfaultfd', 'syscall(SYS_userfaultfd, 0)', DENIED),
    ('R15 keyctl', 'syscall(SYS_keyctl, 0, -3, 0)', DENIED),
    ('R15 personality', 'syscall(SYS_personality, 0x40000)', DENIED),
    ('R15 kcmp', 'syscall(SYS_kcmp, 1, 1, 0, 0, 0)', DENIED),
    ('R15 open_by_handle_at', 'syscall(SYS_open_by_handle_at, AT_FDCWD, 0, 0)', DENIED),
    ('R15 init_module', 'syscall(SYS_init_module, 0, 0, "")', DENIED),
    ('R15 memfd_create', 'syscall(SYS_memfd_create, "x", 0)', UNKNOWN),
    ('R16 /dev/kvm', 'open("/dev/kvm", O_RDWR)', FILES),
    ('R16 /dev/mem', 'open("/dev/mem", O_RDWR)', FILES),
    ('R16 /dev/tty', 'open("/dev/tty", O_RDWR)', FILES),
    ('R16 /dev/ptmx', 'open("/dev/ptmx", O_RDWR)', FILES),
    ('R16 /dev/fuse', 'open("/dev/fuse", O_RDWR)', FILES),
    ('R17 write to /usr', 'open("/usr/bin/env", O_RDWR)', READ_ONLY),
    ('R17 make a file in /usr', 'open("/usr/x", O_WRONLY | O_CREAT, 0600)', READ_ONLY),
    ('R17 make a file in /', 'open("/x", O_WRONLY | O_CREAT, 0600)', READ_ONLY),
    ('R17 make a file in /work', 'open("/work/x", O_WRONLY | O_CREAT, 0600)', READ_ONLY),
    ('R17 vmsplice', 'syscall(SYS_vmsplice, 1, 0, 0, 0)', UNKNOWN),
    ('/etc/passwd', 'open("/etc/passwd", O_RDONLY)', FILES),
    ('/etc/shadow', 'open("/etc/shadow", O_RDONLY)', FILES),
    ('/root', 'open("/root", O_RDONLY)', FILES),
    ('/home', 'open("/home", O_RDONLY)', FILES),
    ('/run', 'open("/run", O_RDONLY)', FILES),
    ('/var', 'open("/var", O_RDONLY)', FILES),
    ('B07 shared memory', 'syscall(SYS_shmget, 1, 4096, 01666)', UNKNOWN),
    ('B07 message queue', 'syscall(SYS_mq_open, "/x", O_CREAT, 0600, 0)', UNKNOWN),
    ('B07 keyring', 'syscall(SYS_add_key, "user", "x", "y", 1, -4)', DENIED),
)

INCLUDES = '#define _GNU_SOURCE\n' + ''.join(f'#include <{name}.h>\n' for name in (
    'errno', 'fcntl', 'linux/sched', 'pthread', 'sched', 'signal', 'stdio', 'stdlib', 'string', 'sys/ioctl', 'sys/mman',
    'sys/prctl', 'sys/ptrace', 'sys/resource', 'sys/socket', 'sys/stat', 'sys/syscall', 'sys/wait', 'unistd'))

# What is left of a table is a line for each attempt that did not fail as it must.
ATTEMPT = '''
	errno = 0;
	result = {expression};
	if (result != -1 || !({right}))
		printf("WRONG {name}: %ld, %s\\n", result, strerror(errno));
'''


def attempts_program():
    body = ''.join(ATTEMPT.format(expression=expression, name=name,
                                  right=' || '.join(f'errno == {value}' for value in right))
                   for name, expression, right in ATTEMPTS)
    return INCLUDES + '''
static long more_descriptors(void)
{
	for (int fd = 3; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return fd;
	return -1;
}

int main(void)
{
	long result;
''' + body + '\tputs("tried");\n\treturn 0;\n}\n'


def run(source, isolation='namespaces', **fields):
    """(last state, output) of a program that ends, in a session that is then gone."""
    client = service.shared(isolation=isolation).client
    session = client.create(INCLUDES + source if '#include' not in source else source, **fields)
    try:
        state = session.continue_(wait=30000)
        for _ in range(8):
            if state['status'] == 'exited' or state.get('reason') == 'limit':
                break
            state = session.continue_(wait=30000)
        text = session.output(start=0, count=60000)['text']
    finally:
        session.delete()
    return state, text


def afterwards():
    """The service lives, the next one works, and of the programs nothing is left."""
    state, text = run(programs.HELLO)
    equal((state['status'], text.strip()), ('exited', 'hello'))
    running = service.shared(isolation='namespaces')
    processes.wait_for(lambda: not [p for p in running.programs() if processes.name(p) == 'program'],
                       what='the end of all programs')


def attempt_all(isolation):
    state, text = run(attempts_program(), isolation)
    for line in text.splitlines():
        if line.startswith('WRONG'):
            note(line)
    contains(text, 'tried')
    check('WRONG' not in text, 'an attempt went another way')
    equal(state.get('exitCode'), 0)


@test('R01–R17: each attempt fails as it must')
def attempts():
    attempt_all('namespaces')
    afterwards()


@test('R01–R17 at the level restricted: filter and Landlock alone hold, too')
def attempts_restricted():
    abi = ctypes.CDLL(None).syscall(444, None, 0, 1)        # landlock_create_ruleset: its version
    if abi < 6:
        skip(f'Landlock ABI {abi}: it is the only lock on files at this level')
    attempt_all('restricted')


@test('R02: no system call from 424 on but those that are known')
def unknown_calls():
    _state, text = run('''
int main(void)
{
	static const int known[] = { 436, 437, 439, 441, 449 };

	for (int number = 424; number < 700; number++) {
		int skip = 0;

		for (int i = 0; i < 5; i++)
			skip |= known[i] == number;
		if (!skip && (syscall(number, -1, -1, -1, -1, -1, -1) != -1 || (errno != ENOSYS && errno != EPERM)))
			printf("WRONG %d: %s\\n", number, strerror(errno));
	}
	puts("tried");
}''')
    contains(text, 'tried')
    equal([line for line in text.splitlines() if 'WRONG' in line], [])
    afterwards()


@test('R02: another architecture\'s entry kills')
def foreign_entry():
    if os.uname().machine != 'x86_64':
        return
    for entry in ('__asm__ volatile("int $0x80" : : "a"(20) : "memory");', 'syscall(0x40000000 | SYS_getpid);'):
        state, text = run(f'int main(void) {{ puts("before"); fflush(stdout); {entry} puts("after"); }}')
        contains(text, 'before')
        check('after' not in text, 'it was let through')
        equal(state['signal']['name'], 'SIGSYS')
    afterwards()


@test('R09: pid 1, the group and everybody else are deaf')
def kill_others():
    state, text = run('''
int main(void)
{
	kill(1, SIGKILL);
	kill(1, SIGSTOP);
	kill(getppid(), SIGTERM);
	signal(SIGTERM, SIG_IGN);
	kill(-1, SIGTERM);
	puts("alive");
}''')
    contains(text, 'alive')
    equal(state.get('exitCode'), 0)
    afterwards()


@test('R10, D08: children that run away end with the session')
def daemons():
    _state, text = run('''
int main(void)
{
	for (int i = 0; i < 5; i++)
		if (fork() == 0) {
			setsid();
			if (fork() == 0) {
				signal(SIGHUP, SIG_IGN);
				signal(SIGTERM, SIG_IGN);
				for (;;)
					sleep(1000);
			}
			_exit(0);
		}
	puts("gone");
}''')
    contains(text, 'gone')
    afterwards()


@test('D01: a fork bomb meets its limit; another session works meanwhile')
def fork_bomb():
    client = service.shared(isolation='namespaces').client
    session = client.create(INCLUDES + '''
int main(void)
{
	for (;;)
		fork();
}''')
    session.continue_(wait=300)
    state, text = run(programs.HELLO)
    equal((state['status'], text.strip()), ('exited', 'hello'))
    session.delete()
    afterwards()


@test('D01: a bomb of threads')
def thread_bomb():
    _state, text = run('''
static void *idle(void *arg)
{
	pause();
	return arg;
}

int main(void)
{
	pthread_attr_t attr;
	pthread_t thread;
	int count = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	while (count < 100000 && pthread_create(&thread, &attr, idle, NULL) == 0)
		count++;
	printf("%d threads\\n", count);
}''')
    check(int(text.split()[0]) < 100, text)
    afterwards()


@test('D02: memory has an end')
def memory():
    _state, text = run('''
int main(void)
{
	unsigned long total = 0, step = 64ul << 20;

	for (; step >= 4096; step /= 2)
		while (mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
			total += step;
	printf("%lu MiB\\n", total >> 20);
}''')
    check(int(text.split()[0]) <= 1024, text)
    afterwards()


@test('D03: the disk has an end, in bytes and in files')
def disk():
    _state, text = run('''
int main(void)
{
	static char block[1 << 16];
	unsigned long bytes = 0, files = 0;
	char name[32];
	int fd;

	signal(SIGXFSZ, SIG_IGN);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "/tmp/%d", i);
		if ((fd = open(name, O_WRONLY | O_CREAT, 0600)) < 0)
			break;
		for (ssize_t n; (n = write(fd, block, sizeof block)) > 0; )
			bytes += n;
		close(fd);
	}
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "/tmp/%d", i);
		unlink(name);
	}
	for (; files < 1000000; files++) {
		snprintf(name, sizeof name, "/tmp/f%lu", files);
		if ((fd = open(name, O_WRONLY | O_CREAT, 0600)) < 0)
			break;
		close(fd);
	}
	printf("%lu %lu\\n", bytes >> 20, files);
}''')
    mebibytes, files = map(int, text.split())
    check(mebibytes <= 16 and files <= 10000, text)
    afterwards()


@test('D04: it stops itself, it sleeps for ever, it ignores every signal: DELETE ends it')
def stubborn():
    client = service.shared(isolation='namespaces').client
    for body in ('raise(SIGSTOP);', 'for (;;) sleep(1000);',
                 'for (int s = 1; s < 65; s++) signal(s, SIG_IGN); for (;;) ;'):
        session = client.create(f'{INCLUDES}int main(void) {{ {body} }}')
        session.continue_(wait=100)
        session.delete()
    afterwards()


@test('D05: a flood of output ends at the limit')
def flood():
    client = service.shared(isolation='namespaces').client
    session = client.create('#include <unistd.h>\nint main(void) { static char x[65536]; for (;;) '
                            'write(1, x, sizeof x); }')
    for _ in range(20):
        state = session.continue_(wait=10000)
        if state['status'] == 'exited' or state.get('reason') == 'limit':
            break
    session.delete()
    check(state['status'] == 'exited' or state.get('reason') == 'limit', str(state)[:300])
    afterwards()


@test('D07: no core file')
def core():
    state, text = run('''
int main(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	printf("%d\\n", setrlimit(RLIMIT_CORE, &limit));
	fflush(stdout);
	abort();
}''')
    contains(text, '-1')
    equal(state['signal']['name'], 'SIGABRT')
    afterwards()


@test('B07: two sessions do not meet')
def two_sessions():
    _state, text = run('''
int main(void)
{
	int fd = open("/tmp/letter", O_RDWR | O_CREAT, 0600);

	printf("%ld\\n", (long)lseek(fd, 0, SEEK_END));
	write(fd, "hello", 5);
	fflush(stdout);
}''')
    equal(text.strip(), '0')
    _state, text = run('int main(void) { printf("%d\\n", access("/tmp/letter", F_OK)); }')
    equal(text.strip(), '-1')
    _state, text = run('int main(void) { int fd = open("/usr/bin/env", O_RDONLY);\n'
                       'printf("%d\\n", open("/proc/7/status", O_RDONLY)); return fd < 0; }')
    equal(text.strip(), '-1')
    afterwards()


if __name__ == '__main__':
    sys.exit(main())
