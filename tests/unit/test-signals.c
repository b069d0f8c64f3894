/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Signals: raised, nested, on a stack of their own, into calls; run natively, stepped
 * and recorded ahead, and back again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include "tests/unit/engine-host.h"

static const struct host_options plain;

#define HEAD \
	"#define _GNU_SOURCE\n#include <errno.h>\n#include <setjmp.h>\n#include <signal.h>\n#include <stdio.h>\n" \
	"#include <string.h>\n#include <sys/syscall.h>\n#include <sys/time.h>\n#include <time.h>\n#include <unistd.h>\n" \
	"static volatile int got, order;\n" \
	"static void on(int n, void (*f)(int), int flags)\n{\n	struct sigaction a;\n" \
	"	memset(&a, 0, sizeof a);\n	a.sa_handler = f;\n	a.sa_flags = flags;\n	sigaction(n, &a, 0);\n}\n" \
	"static void soon(int n, int us)\n{\n	struct sigevent e;\n	struct itimerspec t;\n	timer_t id;\n" \
	"	memset(&e, 0, sizeof e);\n	memset(&t, 0, sizeof t);\n	e.sigev_notify = SIGEV_SIGNAL;\n	e.sigev_signo = n;\n" \
	"	t.it_value.tv_nsec = us * 1000;\n	timer_create(CLOCK_MONOTONIC, &e, &id);\n	timer_settime(id, 0, &t, 0);\n}\n"

#define BLOCK_TRAP \
	"static sigset_t blocked(void)\n{\n	sigset_t s;\n	sigemptyset(&s);\n	sigaddset(&s, SIGTRAP);\n" \
	"	sigprocmask(SIG_BLOCK, &s, 0);\n	return s;\n}\n"

static const struct { const char *what, *source; int status; } programs[] = {
	{ "nested", HEAD
	    "static void two(int n) { order = order * 10 + 2; got += n; }\n"
	    "static void one(int n) { order = order * 10 + 1; raise(SIGUSR2); order = order * 10 + 3; got += n; }\n"
	    "int main(void)\n{\n	on(SIGUSR1, one, 0);\n	on(SIGUSR2, two, 0);\n	raise(SIGUSR1);\n"
	    "	return order == 123 && got == SIGUSR1 + SIGUSR2 ? 0 : 1;\n}\n", 0 },
	{ "a stack of its own", HEAD
	    "static char stack[65536];\n"
	    "static void one(int n) { char here; got = &here > stack && &here < stack + sizeof stack ? n : 0; }\n"
	    "int main(void)\n{\n	stack_t s = { .ss_sp = stack, .ss_size = sizeof stack };\n"
	    "	sigaltstack(&s, 0);\n	on(SIGUSR1, one, SA_ONSTACK);\n	raise(SIGUSR1);\n"
	    "	sigaltstack(0, &s);\n	return got == SIGUSR1 && s.ss_flags == 0 ? 0 : 1;\n}\n", 0 },
	{ "interrupted", HEAD
	    "static void one(int n) { got += n; }\n"
	    "int main(void)\n{\n	char c;\n	int p[2];\n	pipe(p);\n	on(SIGALRM, one, 0);\n	soon(SIGALRM, 20000);\n"
	    "	return read(p[0], &c, 1) == -1 && errno == EINTR && got == SIGALRM ? 0 : 1;\n}\n", 0 },
	{ "made again", HEAD
	    "static int p[2];\n"
	    "static void one(int n) { got += n; write(p[1], \"x\", 1); }\n"
	    "int main(void)\n{\n	char c = 0;\n	pipe(p);\n	on(SIGALRM, one, SA_RESTART);\n	soon(SIGALRM, 20000);\n"
	    "	return read(p[0], &c, 1) == 1 && c == 'x' && got == SIGALRM ? 0 : 1;\n}\n", 0 },
	{ "made again by the person's own instruction", HEAD
	    "static int p[2];\n"
	    "static void one(int n) { got += n; write(p[1], \"x\", 1); }\n"
	    "int main(void)\n{\n	char c = 0;\n	long r;\n	pipe(p);\n	on(SIGALRM, one, SA_RESTART);\n	soon(SIGALRM, 20000);\n"
	    "	__asm__ volatile (\"syscall\" : \"=a\" (r) : \"a\" (SYS_read), \"D\" (p[0]), \"S\" (&c), \"d\" (1) : \"rcx\", \"r11\", \"memory\");\n"
	    "	return r == 1 && c == 'x' && got == SIGALRM ? 0 : 1;\n}\n", 0 },
	{ "a sleep that goes on behind a signal without effect", HEAD
	    "int main(void)\n{\n	struct timespec t = { 0, 60000000 }, a, b;\n	soon(SIGCONT, 10000);\n"
	    "	clock_gettime(CLOCK_MONOTONIC, &a);\n	int r = nanosleep(&t, 0);\n	clock_gettime(CLOCK_MONOTONIC, &b);\n"
	    "	long us = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;\n"
	    "	return r == 0 && us >= 59000 ? 0 : 1;\n}\n", 0 },
	{ "SIGSTOP and SIGCONT", HEAD
	    "static void one(int n) { got += n; }\n"
	    "int main(void)\n{\n	on(SIGCONT, one, 0);\n	raise(SIGSTOP);\n	raise(SIGTSTP);\n	raise(SIGCONT);\n"
	    "	return got == SIGCONT ? 0 : 1;\n}\n", 0 },
	{ "blocked until it is not", HEAD
	    "static void one(int n) { got += n; }\n"
	    "int main(void)\n{\n	sigset_t s;\n	on(SIGUSR1, one, 0);\n	sigemptyset(&s);\n	sigaddset(&s, SIGUSR1);\n"
	    "	sigprocmask(SIG_BLOCK, &s, 0);\n	raise(SIGUSR1);\n	int before = got;\n"
	    "	sigprocmask(SIG_UNBLOCK, &s, 0);\n	return before == 0 && got == SIGUSR1 ? 0 : 1;\n}\n", 0 },
	{ "SIGTRAP that is ignored", HEAD
	    "int main(void)\n{\n	struct sigaction a, old;\n	memset(&a, 0, sizeof a);\n	a.sa_handler = SIG_IGN;\n"
	    "	sigaction(SIGTRAP, &a, 0);\n	raise(SIGTRAP);\n	got = 0;\n	raise(SIGTRAP);\n	sigaction(SIGTRAP, 0, &old);\n"
	    "	a.sa_handler = SIG_DFL;\n	sigaction(SIGTRAP, &a, &a);\n	sigaction(SIGTRAP, 0, &old);\n"
	    "	return a.sa_handler == SIG_IGN && old.sa_handler == SIG_DFL ? 0 : 1;\n}\n", 0 },
	{ "a storm", HEAD
	    "static void one(int n) { got += n > 0; }\n"
	    "int main(void)\n{\n	sigset_t s;\n	int sent = 0;\n	for (int n = 34; n < 64; n++)\n		on(n, one, 0);\n"
	    "	sigfillset(&s);\n	sigprocmask(SIG_BLOCK, &s, 0);\n"
	    "	for (int i = 0; i < 50; i++)\n		sent += sigqueue(getpid(), 34 + i % 30, (union sigval){ 0 }) == 0;\n"
	    "	sigprocmask(SIG_UNBLOCK, &s, 0);\n	return sent > 0 && got == sent ? 0 : 1;\n}\n", 0 },
	{ "out of a handler by siglongjmp", HEAD
	    "static sigjmp_buf there;\n"
	    "static void one(int n) { got += n; siglongjmp(there, 3); }\n"
	    "int main(void)\n{\n	sigset_t s;\n	on(SIGSEGV, one, 0);\n	int r = sigsetjmp(there, 1);\n"
	    "	if (r == 0)\n		*(volatile int *)8 = 1;\n	sigprocmask(SIG_SETMASK, 0, &s);\n"
	    "	return r == 3 && got == SIGSEGV && !sigismember(&s, SIGSEGV) ? 0 : 1;\n}\n", 0 },
	{ "what it does is changed again and again", HEAD
	    "static void one(int n) { got += n; }\n"
	    "int main(void)\n{\n	for (int i = 0; i < 5; i++) {\n		on(SIGURG, SIG_IGN, 0);\n		raise(SIGURG);\n"
	    "		on(SIGURG, one, 0);\n		raise(SIGURG);\n		raise(SIGURG);\n		on(SIGURG, SIG_DFL, 0);\n"
	    "		raise(SIGURG);\n	}\n	return got == 10 * SIGURG ? 0 : 1;\n}\n", 0 },
	{ "SIGTRAP in its own handler's mask", HEAD
	    "static void one(int n)\n{\n	sigset_t s;\n	sigprocmask(SIG_SETMASK, 0, &s);\n"
	    "	got += sigismember(&s, SIGTRAP) ? n : 100;\n}\n"
	    "int main(void)\n{\n	sigset_t s;\n	on(SIGTRAP, one, 0);\n	raise(SIGTRAP);\n	__asm__ volatile (\"int3\");\n"
	    "	raise(SIGTRAP);\n	sigprocmask(SIG_SETMASK, 0, &s);\n"
	    "	return got == 3 * SIGTRAP && !sigismember(&s, SIGTRAP) ? 0 : 1;\n}\n", 0 },
	{ "SIGTRAP that is blocked: pending, and waited for", HEAD BLOCK_TRAP
	    "int main(void)\n{\n	sigset_t s = blocked(), p, q;\n	struct timespec now = { 0, 0 };\n	siginfo_t i, j;\n"
	    "	raise(SIGTRAP);\n	sigpending(&p);\n	memset(&i, 0, sizeof i);\n"
	    "	int r = sigtimedwait(&s, &i, &now), pid = getpid();\n	sigpending(&q);\n"
	    "	int again = sigtimedwait(&s, &j, &now);\n	int none = again == -1 && errno == EAGAIN;\n"
	    "	return r == SIGTRAP && i.si_code <= 0 && i.si_pid == pid && none &&\n"
	    "	    sigismember(&p, SIGTRAP) && !sigismember(&q, SIGTRAP) ? 0 : 1;\n}\n", 0 },
	{ "SIGTRAP that is blocked, by a descriptor", HEAD BLOCK_TRAP
	    "#include <poll.h>\n#include <sys/signalfd.h>\n"
	    "int main(void)\n{\n	sigset_t s = blocked();\n	struct signalfd_siginfo i[2];\n"
	    "	struct pollfd p = { .fd = signalfd(-1, &s, SFD_NONBLOCK), .events = POLLIN };\n"
	    "	int before = poll(&p, 1, 0);\n	sigqueue(getpid(), SIGTRAP, (union sigval){ .sival_int = 42 });\n"
	    "	int after = poll(&p, 1, 0);\n	long n = read(p.fd, i, sizeof i);\n"
	    "	return before == 0 && after == 1 && n == sizeof i[0] && i[0].ssi_signo == SIGTRAP &&\n"
	    "	    i[0].ssi_code == SI_QUEUE && i[0].ssi_int == 42 && read(p.fd, i, sizeof i) == -1 ? 0 : 1;\n}\n", 0 },
	{ "SIGTRAP that comes while it is waited for", HEAD BLOCK_TRAP
	    "int main(void)\n{\n	sigset_t s = blocked();\n	siginfo_t i;\n	soon(SIGTRAP, 20000);\n"
	    "	int r = sigwaitinfo(&s, &i);\n	return r == SIGTRAP && i.si_code == SI_TIMER ? 0 : 1;\n}\n", 0 },
	{ "SIGTRAP by a mask for the time of a call, and what proc(5) says", HEAD BLOCK_TRAP
	    "static void one(int n, siginfo_t *i, void *c) { got += n; order = i->si_value.sival_int; }\n"
	    "static int status(const char *key, unsigned long *mask)\n{\n	char line[256];\n"
	    "	FILE *f = fopen(\"/proc/self/status\", \"r\");\n	int n = 0;\n	*mask = 0;\n"
	    "	while (fgets(line, sizeof line, f))\n		if (strncmp(line, key, 7) == 0)\n"
	    "			n = sscanf(line + 7, \"%lx\", mask);\n	fclose(f);\n	return n;\n}\n"
	    "int main(void)\n{\n	sigset_t s = blocked(), none;\n	unsigned long blocks, waits, later;\n"
	    "	on(SIGTRAP, (void (*)(int))one, SA_SIGINFO);\n	sigemptyset(&none);\n"
	    "	sigqueue(getpid(), SIGTRAP, (union sigval){ .sival_int = 42 });\n"
	    "	status(\"SigBlk:\", &blocks);\n	status(\"ShdPnd:\", &waits);\n	status(\"SigPnd:\", &later);\n"
	    "	waits |= later;\n	int before = got, r = sigsuspend(&none), e = errno;\n	sigprocmask(SIG_SETMASK, 0, &s);\n"
	    "	return before == 0 && got == SIGTRAP && order == 42 && r == -1 && e == EINTR && sigismember(&s, SIGTRAP) &&\n"
	    "	    blocks == 16 && waits == 16 ? 0 : 1;\n}\n", 0 },
	{ "SIGTRAP by system calls of the person's own, one behind the other", HEAD BLOCK_TRAP
	    "static inline __attribute__((always_inline)) long call(long n, long a, long b, long c, long d)\n{\n	long r;\n"
	    "	register long r10 __asm__(\"r10\") = d;\n"
	    "	__asm__ volatile (\"syscall\" : \"=a\" (r) : \"a\" (n), \"D\" (a), \"S\" (b), \"d\" (c), \"r\" (r10) : \"rcx\", \"r11\", \"memory\");\n"
	    "	return r;\n}\n"
	    "int main(void)\n{\n	sigset_t s = blocked();\n	unsigned long p = 0;\n	siginfo_t i;\n	int pid = getpid();\n"
	    "	call(SYS_kill, pid, SIGTRAP, 0, 0);\n	call(SYS_rt_sigpending, (long)&p, 8, 0, 0);\n"
	    "	long r = call(SYS_rt_sigtimedwait, (long)&s, (long)&i, 0, 8);\n"
	    "	return p == 16 && r == SIGTRAP && i.si_code == SI_USER && i.si_pid == pid ? 0 : 1;\n}\n", 0 },
	{ "SIGTRAP that is blocked until it is not, with what was sent", HEAD BLOCK_TRAP
	    "static void one(int n, siginfo_t *i, void *c) { got += n; order = i->si_value.sival_int; }\n"
	    "int main(void)\n{\n	sigset_t s = blocked(), p;\n	on(SIGTRAP, (void (*)(int))one, SA_SIGINFO);\n"
	    "	sigqueue(getpid(), SIGTRAP, (union sigval){ .sival_int = 7 });\n"
	    "	sigqueue(getpid(), SIGTRAP, (union sigval){ .sival_int = 8 });\n	sigpending(&p);\n	int before = got;\n"
	    "	sigprocmask(SIG_UNBLOCK, &s, 0);\n"
	    "	return before == 0 && got == SIGTRAP && order == 7 && sigismember(&p, SIGTRAP) ? 0 : 1;\n}\n", 0 },
	{ "a mask for the time of a call, all blocked before", HEAD
	    "static void one(int n) { got += n; }\n"
	    "int main(void)\n{\n	sigset_t s, none;\n	on(SIGUSR1, one, 0);\n	sigfillset(&s);\n	sigprocmask(SIG_SETMASK, &s, 0);\n"
	    "	soon(SIGUSR1, 20000);\n	sigemptyset(&none);\n	int r = sigsuspend(&none);\n	sigprocmask(SIG_SETMASK, 0, &s);\n"
	    "	return r == -1 && errno == EINTR && got == SIGUSR1 && sigismember(&s, SIGTRAP) && sigismember(&s, SIGUSR1) ? 0 : 1;\n}\n", 0 },
};

/* To the end by instructions, or all at once. */
static void to_the_end(struct host *h, bool stepped)
{
	enum control_reason reason = REASON_STEP;
	unsigned n = 0;

	while (reason == REASON_STEP || reason == REASON_EXCEPTION) {
		assert_true(++n < 10000);
		reason = stepped ? host_step(h, CONTROL_STEP_IN, true, 50) : host_continue(h);
	}
	assert_int_equal(reason, REASON_EXITED);
}

static void run(const char *what, const char *source, int status, enum control_policy policy, bool stepped)
{
	struct host h;
	int code = -1;

	host_start(&h, source, &plain);
	assert_int_equal(control_record(h.control, policy, policy == RECORDS_STEPS ? 0 : 50000), 0);
	to_the_end(&h, stepped);
	if (!control_exit_code(h.control, &code) || code != status)
		fail_msg("%s (policy %d, stepped %d): exit code %d, not %d", what, policy, stepped, code, status);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	assert_int_equal(host_int(&h, "got"), 0);
	to_the_end(&h, stepped);
	host_stop(&h);
}

static void every_way(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		run(programs[i].what, programs[i].source, programs[i].status, RECORDS_STEPS, false);
		run(programs[i].what, programs[i].source, programs[i].status, RECORDS_STEPS, true);
		run(programs[i].what, programs[i].source, programs[i].status, RECORDS_AHEAD, false);
	}
}

/* Each kind of choice, and what the program has made of it. */
static void as_chosen(void **state)
{
	static const char source[] = HEAD
	    "static void one(int n) { got += n; }\n"
	    "int main(void)\n{\n	on(SIGUSR1, one, 0);\n	raise(SIGUSR1);\n	raise(SIGUSR2);\n	raise(SIGURG);\n"
	    "	return got;\n}\n";
	static const struct { bool stop1, pass1, stop2, pass2, stop3; unsigned stops; int status; } cases[] = {
		{ true, true, true, false, true, 3, SIGUSR1 },
		{ true, false, false, false, false, 1, 0 },
		{ false, false, true, false, false, 1, 0 },
		{ false, true, false, false, true, 1, SIGUSR1 },
	};

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct control_signal_rule rules[CONTROL_SIGNALS] = { { .set = false } };
		bool stepped = i % 2 != 0;
		enum control_reason reason;
		struct control_catch found;
		unsigned stops = 0, back = 0;
		struct host h;
		int code = -1;

		rules[SIGUSR1] = (struct control_signal_rule){ true, cases[i / 2].stop1, cases[i / 2].pass1 };
		rules[SIGUSR2] = (struct control_signal_rule){ true, cases[i / 2].stop2, cases[i / 2].pass2 };
		rules[SIGURG] = (struct control_signal_rule){ true, cases[i / 2].stop3, true };
		host_start(&h, source, &plain);
		control_choose_signals(h.control, rules);
		while ((reason = stepped ? host_step(&h, CONTROL_STEP_IN, true, 1000) : host_continue(&h)) !=
		    REASON_EXITED) {
			if (reason != REASON_EXCEPTION)
				continue;
			assert_true(control_catch_at(h.control, control_position(h.control), &found));
			assert_int_equal(found.kind, CATCH_SIGNAL);
			stops++;
		}
		assert_true(control_exit_code(h.control, &code));
		assert_int_equal(code, cases[i / 2].status);
		assert_int_equal(stops, cases[i / 2].stops);
		while (host_back(&h, CONTROL_CONTINUE, false, 1) == REASON_EXCEPTION)
			back++;
		assert_int_equal(back, stops);
		host_stop(&h);
	}
}

/* What would end the program does so without a word, when that is what was chosen. */
static void ended_unseen(void **state)
{
	struct control_signal_rule rules[CONTROL_SIGNALS] = { { .set = false } };
	struct host h;

	(void)state;
	rules[SIGTERM] = (struct control_signal_rule){ true, false, true };
	host_start(&h, HEAD "int main(void)\n{\n	raise(SIGTERM);\n	return 0;\n}\n", &plain);
	control_choose_signals(h.control, rules);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_true(h.control->timeline->events.by_signal);
	assert_int_equal(h.control->timeline->events.status, SIGTERM);
	host_stop(&h);
}

/* SA_RESETHAND: the second one would end the program, and is shown first. */
static void handled_once(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, HEAD "static void one(int n) { got += n; }\n"
	    "int main(void)\n{\n	on(SIGUSR1, one, SA_RESETHAND);\n	raise(SIGUSR1);\n	raise(SIGUSR1);\n"
	    "	return 0;\n}\n", &plain);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	assert_int_equal(host_int(&h, "got"), SIGUSR1);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(h.control->timeline->events.status, SIGUSR1);
	host_stop(&h);
}

/* More signals and calls than are kept: bounded, and it comes to its end. */
static void floods(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, HEAD "static void one(int n) { got += n == SIGUSR1; }\n"
	    "int main(void)\n{\n	on(SIGUSR1, one, 0);\n	for (int i = 0; i < 15000; i++)\n		raise(SIGUSR1);\n"
	    "	return got == 15000 ? 9 : 1;\n}\n", &plain);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(h.control->timeline->events.status, 9);
	assert_int_equal(h.control->timeline->events.arrivals.count, 10000);
	assert_true(events_memory(&h.control->timeline->events) < 16 << 20);
	host_stop(&h);
}

/* What is blocked stays so when more calls are made than are reported. */
static void blocked_for_long(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, HEAD BLOCK_TRAP "static void one(int n) { got += n; }\n"
	    "int main(void)\n{\n	sigset_t s = blocked(), p, q;\n	on(SIGTRAP, one, 0);\n"
	    "	for (int i = 0; i < 11000; i++)\n		getppid();\n	sigprocmask(SIG_BLOCK, 0, &q);\n"
	    "	raise(SIGTRAP);\n	sigpending(&p);\n	int before = got;\n	sigprocmask(SIG_UNBLOCK, &s, 0);\n"
	    "	return (before == 0) + 2 * (got == SIGTRAP) + 4 * sigismember(&p, SIGTRAP) +\n"
	    "	    8 * sigismember(&q, SIGTRAP);\n}\n", &plain);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_false(h.control->timeline->events.by_signal);
	assert_int_equal(h.control->timeline->events.status, 15);
	host_stop(&h);
}

/* A timer's SIGTRAP for the thread, at any moment of a step: the kernel keeps one of a kind,
 * so that either comes at the other's stop.  One that is lost is waited for in vain. */
static void at_the_end_of_a_step(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, HEAD "static void one(int n) { got++; }\n"
	    "int main(void)\n{\n	struct sigevent e;\n	struct itimerspec t;\n	timer_t id;\n	on(SIGTRAP, one, 0);\n"
	    "	memset(&e, 0, sizeof e);\n	memset(&t, 0, sizeof t);\n	e.sigev_notify = SIGEV_THREAD_ID;\n"
	    "	e.sigev_signo = SIGTRAP;\n	e._sigev_un._tid = getpid();\n	timer_create(CLOCK_MONOTONIC, &e, &id);\n"
	    "	for (int i = 0; i < 1000; i++) {\n		t.it_value.tv_nsec = 100000 + i * 37;\n		timer_settime(id, 0, &t, 0);\n"
	    "		for (unsigned n = 0; got == i; n++)\n			if (n == 20000)\n				return 1;\n	}\n"
	    "	return 9;\n}\n", &(struct host_options){ .policy = RECORDS_AHEAD, .budget = 1000000 });
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(h.control->timeline->events.status, 9);
	host_stop(&h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way),
		cmocka_unit_test(as_chosen),
		cmocka_unit_test(ended_unseen),
		cmocka_unit_test(handled_once),
		cmocka_unit_test(floods),
		cmocka_unit_test(blocked_for_long),
		cmocka_unit_test(at_the_end_of_a_step),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
