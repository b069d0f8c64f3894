#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Programs that try to confuse, fill or hang their tracer.  A session may end with a clear reason;
every question has an answer, and nobody else notices."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.hostile import ask, attack, finish, refused, session           # noqa: E402
from lib.tap import check, contains, equal, main                        # noqa: E402

# Whatever these do to themselves, they can be stepped, run, paused, asked about and deleted.
CONFUSING = {
    'it unmaps its own code':
        'int main(void) { munmap((void *)((uintptr_t)main & ~0xffful), 4096); }',
    'it unmaps its stack':
        'int main(void) { char c; munmap((void *)(((uintptr_t)&c & ~0xffful) - 65536), 1 << 18); }',
    'it unmaps everything':
        'int main(void) { syscall(SYS_munmap, 4096ul, 0x7fffffffd000ul); }',
    'its code is written and forbidden':
        '''int main(void) {
	mprotect((void *)((uintptr_t)main & ~0xffful), 8192, 7);
	for (int i = 0; i < 100; i++) {
		volatile unsigned char *p;
		__asm__ volatile("lea 1f(%%rip), %0" : "=r"(p));
		*p = i & 1 ? 0xcc : 0x90;
		*p = 0x90;
		__asm__ volatile("1: nop");
	}
	mprotect((void *)((uintptr_t)main & ~0xffful), 4096, 0); }''',
    'breakpoints and trap flags of its own, with a handler':
        '''static volatile int n;
static void h(int s) { n += s; }
int main(void) { signal(SIGTRAP, h);
	for (int i = 0; i < 50; i++)
		__asm__ volatile("int3; .byte 0xf1; pushfq; orq $0x100, (%rsp); popfq; nop; pushfq; "
		    "andq $~0x100, (%rsp); popfq");
	printf("%d\\n", n); }''',
    'traps that it forges':
        '''static void h(int s) { (void)s; }
int main(void) { signal(SIGTRAP, h); signal(SIGSEGV, h);
	for (int code = -10; code < 10; code++) {
		siginfo_t i = { .si_signo = SIGTRAP, .si_code = code };
		i.si_addr = (void *)main;
		syscall(SYS_rt_sigqueueinfo, getpid(), SIGTRAP, &i);
		syscall(SYS_rt_sigqueueinfo, getpid(), SIGSEGV, &i);
	} }''',
    'signals to itself, without end':
        '''static volatile int n;
static void h(int s) { n += s; }
int main(void) { signal(SIGUSR1, h); signal(SIGTRAP, h);
	for (;;) { raise(SIGUSR1); raise(SIGTRAP); raise(SIGURG); raise(SIGSTOP); } }''',
    'traps that it queues, blocks and waits for':
        '''static volatile int n;
static void h(int s) { n += s; }
int main(void) { sigset_t trap, old; struct timespec t = { 0, 1000000 };
	signal(SIGTRAP, h); sigemptyset(&trap); sigaddset(&trap, SIGTRAP);
	for (int i = 0; i < 1000; i++) {
		siginfo_t info = { .si_signo = SIGTRAP, .si_code = i % 6 };
		sigprocmask(i % 3 ? SIG_BLOCK : SIG_UNBLOCK, &trap, &old);
		syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGTRAP, &info);
		sigtimedwait(&trap, 0, &t);
		__asm__ volatile("int3");
	} }''',
    'system calls in its own code, without end':
        '''int main(void) { long r; for (;;)
	__asm__ volatile("syscall" : "=a"(r) : "a"((long)SYS_getppid) : "rcx", "r11", "memory"); }''',
    'a fault that its handler returns to, for ever':
        '''static void h(int s) { (void)s; }
int main(void) { signal(SIGSEGV, h); *(volatile int *)0 = 1; }''',
    'it stops itself':
        'int main(void) { raise(SIGSTOP); kill(0, SIGTTIN); raise(SIGTSTP); puts("on"); }',
    'it waits for nobody':
        'int main(void) { int f = 0; syscall(SYS_futex, &f, FUTEX_WAIT, 0, 0, 0, 0); }',
    'a restartable sequence that is none':
        '''static char area[64] __attribute__((aligned(32)));
static struct { unsigned v, f; unsigned long ip, length, abort; } s __attribute__((aligned(32)));
int main(void) { syscall(SYS_rseq, area, 32, 0, 0x53053053);
	s.ip = (unsigned long)main - 1000; s.length = 100000; s.abort = (unsigned long)main + 4096;
	*(void **)(area + 8) = &s; for (volatile int i = 0; i < 1000000; i++) ; }''',
    'threads that spin, made by one that leaves':
        '''static void *f(void *a) { for (;;) ; return a; }
int main(void) { pthread_t t;
	for (int i = 0; i < 60; i++) pthread_create(&t, 0, f, 0);
	pthread_exit(0); }''',
    'a storm of threads':
        '''static void *f(void *a) { return a; }
int main(void) { for (;;) { pthread_t t; if (pthread_create(&t, 0, f, 0) == 0) pthread_detach(t); } }''',
    'programs that it would become':
        '''static void *f(void *a) { execl("/usr/bin/env", "env", NULL); return a; }
int main(int c, char **v) { pthread_t t; pthread_create(&t, 0, f, 0); (void)c;
	for (;;) execv("/proc/self/exe", v); }''',
    'terminals that it closes and takes':
        '''int main(void) { for (int i = 0; i < 3; i++) close(i);
	open("/dev/tty", O_RDWR); open("/dev/pts/0", O_RDWR); open("/dev/ptmx", O_RDWR);
	puts("x"); fflush(stdout); setsid(); for (int i = 0; i < 1000; i++) write(1, "x", 1); }''',
}


def provoke(one):
    """Each way of going on, each kind of question: all are answered."""
    ask(one, 'stepIn', granularity='instruction', count=200, wait=200)
    ask(one, 'pause')
    ask(one, 'next', count=3, wait=150)
    ask(one, 'pause')
    ask(one, 'continue', wait=150)
    state = ask(one, 'pause')
    check(state['status'] in ('stopped', 'exited'), f'a pause does not end it: {state}')
    for query in ('registers', 'stackTrace', 'disassemble', 'threads', 'output', 'syscalls'):
        ask(one, query)
    ask(one, 'variables', variablesReference=2)
    ask(one, 'seek', position=0)
    ask(one, 'reverseContinue')


def register(name, source):
    @attack(name)
    def confuse():
        with session(source) as one:
            provoke(one)


for _name, _source in CONFUSING.items():
    register(_name, _source)


@attack('code that is changed through a second mapping blocks where a plain instruction was')
def second_mapping():
    with session('''
__attribute__((aligned(4096))) void victim(void) { __asm__ volatile(".rept 64\\nnop\\n.endr"); }
__attribute__((aligned(4096))) int behind(void) { return 1; }
int main(void)
{
	static const unsigned char waits[] = { 0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xc3 };	/* pause(2) */
	int fd = open("/tmp/x", O_RDWR | O_CREAT, 0700);
	unsigned char *w;

	ftruncate(fd, 4096);
	w = mmap(0, 4096, 3, MAP_SHARED, fd, 0);
	memcpy(w, (void *)victim, 4096);
	mmap((void *)victim, 4096, 5, MAP_SHARED | MAP_FIXED, fd, 0);
	victim();
	memcpy(w, waits, sizeof waits);
	victim();
}''') as one:
        for _ in range(4):
            state = ask(one, 'stepIn', granularity='instruction', count=200, wait=700)
            if state['status'] == 'running':
                break
        equal(state['status'], 'running')
        equal(ask(one, 'pause')['status'], 'stopped')


@attack('a handler that has no stack: the signal is told')
def no_stack():
    with session('''static void h(int s) { (void)s; }
int main(void) { stack_t st = { .ss_sp = (void *)4096, .ss_size = 65536 };
	struct sigaction a = { .sa_handler = h, .sa_flags = SA_ONSTACK }; sigaltstack(&st, 0);
	sigaction(SIGSEGV, &a, 0); *(volatile int *)0 = 1; }''') as one:
        state = one.next(count=10, wait=5000)
        equal((state['reason'], state['signal']['name']), ('exception', 'SIGSEGV'))


@attack('a fast timer and a full queue of signals are no end of the program')
def signals():
    with session('''static volatile long n;
static void h(int s) { (void)s; n++; }
int main(void) { struct itimerval t = { { 0, 100 }, { 0, 100 } }, off = { 0 }; sigset_t all; int k = 0;
	signal(SIGALRM, h); setitimer(ITIMER_REAL, &t, 0);
	for (volatile int i = 0; i < 20000000; i++) ;
	setitimer(ITIMER_REAL, &off, 0);
	for (int s = 34; s < 64; s++) signal(s, h);
	n = 0; sigfillset(&all); sigprocmask(SIG_BLOCK, &all, 0);
	for (int i = 0; i < 100000; i++) k += sigqueue(getpid(), 34 + i % 30, (union sigval){ 0 }) == 0;
	sigprocmask(SIG_UNBLOCK, &all, 0);
	printf("%d\\n", k > 0 && n == k); }''') as one:
        state, text = finish(one)
    equal((state.get('exitCode'), text.strip()), (0, '1'))


@attack('a million system calls, natively: the list is bounded and says so')
def million_calls():
    with session('''int main(void) { long n = 0;
	for (int i = 0; i < 1000000; i++) n += syscall(SYS_getppid) >= 0;
	printf("%ld\\n", n); }''', record={'policy': 'step'}) as one:
        state, text = finish(one)
        equal((state.get('exitCode'), text.strip()), (0, '1000000'))
        calls = ask(one, 'syscalls', count=512)
        check(not calls['complete'] and 5000 < calls['total'] < 60000, f'{calls["total"]} {calls["complete"]}')


@attack('a fork bomb with every filter set: stopped at each, and it gets on')
def caught_bomb():
    with session('''int main(void) { int n = 0;
	for (int i = 0; i < 40; i++) n += fork() == -1 && errno == EAGAIN;
	printf("%d\\n", n); }''', record={'policy': 'step'}) as one:
        ask(one, 'setExceptionBreakpoints', filters=['fork', 'exec', 'exit', 'throw', 'catch'],
            signals=[{'name': 'SIGCHLD'}])
        for _ in range(40):
            equal(ask(one, 'continue')['catch']['kind'], 'fork')
        equal(ask(one, 'continue')['catch']['kind'], 'exit')
        state, text = finish(one)
        equal((state['status'], text.strip()), ('exited', '40'))


@attack('calls by numbers with bits that the kernel does not look at: refused and held as without them')
def numbers_with_more_bits():
    with session('''static long call(long n, long a, long b, long c) { long r;
	__asm__ volatile("syscall" : "=a"(r) : "a"(n | 7l << 32), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory"); return r; }
int main(void) { char *none[] = { 0 };
	long r = call(SYS_fork, 0, 0, 0), s = call(SYS_execve, (long)"/proc/self/exe", (long)none, (long)none);
	printf("%ld %ld\\n", r, s); fflush(stdout); call(SYS_exit_group, 5, 0, 0); return 1; }''', record={'policy': 'step'}) as one:
        state, text = finish(one)
        equal((state['status'], state.get('exitCode'), text.strip()), ('exited', 5, '-11 -13'))
        equal(ask(one, 'stepBack', granularity='instruction')['status'], 'stopped')


@attack('memory before the first stop is counted')
def early_memory():
    contains(refused('''__attribute__((constructor)) static void fill(void)
{ char *p = mmap(0, 400 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); memset(p, 0x55, 400 << 20); }
int main(void) { }''', 422, 'start'), 'trace_log')


@attack('memory that is written meets the limit of the timeline, and takes no more than that')
def written_memory():
    with session('''static char x[300 << 20];
int main(void) { memset(x, 1, sizeof x); puts("x"); }''') as one:
        equal(one.next(count=5, wait=10000)['reason'], 'limit')


@attack('memory that is only mapped takes none')
def sparse_memory():
    with session('''int main(void) {
	int fd = open("/tmp/x", O_RDWR | O_CREAT, 0600);
	mmap(0, 100ul << 20, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mmap(0, 100ul << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mmap(0, 100ul << 20, 3, MAP_SHARED, fd, 0);
	puts("x"); }''') as one:
        state, text = finish(one)
    equal((state['status'], text.strip()), ('exited', 'x'))


@attack('as many regions as there can be')
def regions():
    with session('''int main(void) { int n = 0;
	while (n < 30000 && mmap(0, 4096, n & 1 ? 3 : 1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) n++;
	printf("%d\\n", n); fflush(stdout);
	mmap(0, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); puts("x"); }''') as one:
        ask(one, 'next', count=2, wait=1500)
        ask(one, 'pause')
        ask(one, 'next', wait=3000)


@attack('what starts itself again before main, or another program')
def early_exec():
    for what in ('v[0] = "program"; execv("/proc/self/exe", v);', 'execl("/usr/bin/sleep", "sleep", "99", NULL);'):
        contains(refused('__attribute__((constructor)) static void f(int c, char **v)\n'
                         f'{{ (void)c; (void)v; {what} }}\nint main(void) {{ }}', 422, 'start_wall'), 'constructors')


@attack('processes made before main, with and without a memory of their own')
def early_processes():
    with session('''static char stack[65536];
static int child(void *a) { for (;;) ; return a != 0; }
__attribute__((constructor)) static void f(void) {
	for (int i = 0; i < 50; i++) fork();
	for (int i = 0; i < 5; i++) clone(child, stack + sizeof stack, CLONE_VM | CLONE_FILES | SIGCHLD, 0); }
int main(void) { puts("x"); }''') as one:
        state, text = finish(one)
    equal((state['status'], text.strip()), ('exited', 'x'))


if __name__ == '__main__':
    main()
