/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Programs with threads, signals and mappings of all kinds, under commands in
 * any order: each command ends, nothing that was written is missed, and the
 * program comes to the end that it would have come to by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "tests/unit/fidelity.h"

enum { COMMANDS = 60, LAST_COMMANDS = 40 };

static uint64_t seed;

static unsigned any(unsigned bound)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(seed >> 33) % bound;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	control_pause(((struct host *)arg)->control);
}

static void any_command(struct host *h, struct event *timer)
{
	const struct timeval soon = { 0, 1000 + (suseconds_t)any(20000) };
	int ids[64];
	size_t count = control_threads(h->control, control_position(h->control), ids, 64);

	evtimer_add(timer, &soon);
	host_do(h, (struct control_command){ .kind = (enum control_kind)any(4),
	    .by_instruction = any(2), .backwards = any(3) == 0, .count = 1 + any(20),
	    .thread = any(2) == 0 ? 0 : ids[any((unsigned)count)] });
	evtimer_del(timer);
}

/* signal 0: ends with this exit code. */
static void wander(const char *source, uint64_t start, int number, int code)
{
	const struct host_options options = { .flags = "-pthread", .input = "abc\n", .input_end = true };
	struct fidelity *f;
	struct event *timer;
	struct host h;
	int is = -1;

	seed = start;
	host_start(&h, source, &options);
	assert_string_equal(h.why, "");
	f = fidelity_begin(&h);
	timer = evtimer_new(h.base, on_timer, &h);
	for (int i = 0; i < COMMANDS; i++)
		any_command(&h, timer);
	event_free(timer);
	for (int i = 0; i < LAST_COMMANDS && host_continue(&h) != REASON_EXITED; i++)
		;
	assert_int_equal(control_reason(h.control), REASON_EXITED);
	assert_int_equal(control_signal_at(h.control, control_frontier(h.control)).number, number);
	assert_int_equal(control_exit_code(h.control, &is), number == 0);
	assert_int_equal(is, number == 0 ? code : -1);
	fidelity_end(f);
	host_stop(&h);
}

static void many_threads(void **state)
{
	(void)state;
	for (uint64_t s = 1; s <= 4; s++)
		wander("#include <pthread.h>\n#include <stdio.h>\n#include <unistd.h>\nint n;\n"
		    "pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER; pthread_cond_t c = PTHREAD_COND_INITIALIZER;\n"
		    "static void *work(void *a) {\n	for (int i = 0; i < 4; i++) {\n"
		    "		pthread_mutex_lock(&m);\n		n++;\n		printf(\"%d\\n\", n);\n"
		    "		if (i == 2) usleep(1000);\n		pthread_cond_signal(&c);\n"
		    "		pthread_mutex_unlock(&m);\n	}\n	return a;\n}\n"
		    "int main(void) {\n	pthread_t t[6];\n"
		    "	for (int i = 0; i < 6; i++) pthread_create(&t[i], 0, work, 0);\n"
		    "	pthread_mutex_lock(&m);\n	while (n < 12) pthread_cond_wait(&c, &m);\n"
		    "	pthread_mutex_unlock(&m);\n	for (int i = 0; i < 6; i++) pthread_join(t[i], 0);\n"
		    "	return n;\n}\n", s, 0, 24);
}

static void a_thread_ends_the_program(void **state)
{
	(void)state;
	for (uint64_t s = 1; s <= 3; s++)
		wander("#include <pthread.h>\n#include <stdlib.h>\n#include <unistd.h>\nvolatile int n;\n"
		    "static void *spin(void *a) { for (;;) n++; return a; }\n"
		    "static void *sleeper(void *a) { sleep(100); return a; }\n"
		    "static void *quit(void *a) { (void)a; for (int i = 0; i < 50; i++) n--; exit(7); }\n"
		    "int main(void) {\n	pthread_t a, b, c;\n	pthread_create(&a, 0, sleeper, 0);\n"
		    "	pthread_create(&b, 0, spin, 0);\n	pthread_create(&c, 0, quit, 0);\n"
		    "	pthread_join(a, 0);\n	return 1;\n}\n", s, 0, 7);
}

static void the_first_thread_leaves_first(void **state)
{
	(void)state;
	for (uint64_t s = 1; s <= 3; s++)
		wander("#include <pthread.h>\n#include <unistd.h>\nint n;\n"
		    "static void *w(void *a) { usleep(2000); for (int i = 0; i < 20; i++) n++; return a; }\n"
		    "int main(void) {\n	pthread_t a;\n	pthread_create(&a, 0, w, 0);\n"
		    "	pthread_detach(a);\n	pthread_exit(0);\n}\n", s, 0, 0);
}

static void on_one_core(pid_t program)
{
	const struct sched_param none = { 0 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
	assert_int_equal(sched_setaffinity(program, sizeof one, &one), 0);
	assert_int_equal(sched_setscheduler(program, SCHED_BATCH, &none), 0);
}

/* What the kernel clears when the first thread has left is that thread's last write, and in the
 * record of its end.  The other thread stands meanwhile, so that nothing else is waited for; and the
 * one that leaves, which is let go for it, gets the only core no sooner than the tracer gives it up. */
static void the_first_threads_id_is_cleared_in_the_record_of_its_end(void **state)
{
	const struct host_options plain = { .flags = "-pthread" };
	const struct control_command other = { .kind = CONTROL_STEP_IN, .by_instruction = true, .count = 1,
	    .thread = 2 };
	struct fidelity *f;
	cpu_set_t all;
	struct host h;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
	host_start(&h, "#include <pthread.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n"
	    "int word = 7, n;\nstatic void *w(void *a) { for (int i = 0; i < 2000; i++) n++; return a; }\n"
	    "int main(void) {\n	pthread_t a;\n	syscall(SYS_set_tid_address, &word);\n"
	    "	pthread_create(&a, 0, w, 0);\n	pthread_detach(a);\n"
#if defined(__x86_64__)
	    "	__asm__ volatile(\"syscall\" : : \"a\"(SYS_exit), \"D\"(0));\n}\n",
#else
	    "	register long x8 __asm__(\"x8\") = SYS_exit; __asm__ volatile(\"svc #0\" : : \"r\"(x8));\n}\n",
#endif
	    &plain);
	assert_string_equal(h.why, "");
	on_one_core(process_pid(h.control->process));
	f = fidelity_begin(&h);
	host_break(&h, 10);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	while (host_int(&h, "n") == 0)
		assert_int_equal(host_do(&h, other), REASON_STEP);
	assert_int_equal(control_set_breakpoints(h.control, NULL, 0), 0);
	do
		host_do(&h, (struct control_command){ .kind = CONTROL_NEXT, .by_instruction = true, .count = 1, .thread = 1 });
	while (control_threads(h.control, control_position(h.control), NULL, 0) == 2);
	assert_int_equal(host_int(&h, "word"), 0);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, true, 1), REASON_STEP);
	assert_int_equal(host_int(&h, "word"), 7);
	while (host_continue(&h) != REASON_EXITED)
		;
	fidelity_end(f);
	host_stop(&h);
	assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

static void signals_of_all_kinds(void **state)
{
	(void)state;
	for (uint64_t s = 1; s <= 4; s++)
		wander("#include <signal.h>\n#include <stdlib.h>\n#include <setjmp.h>\n"
		    "static sigjmp_buf b; static volatile int z, c;\n"
		    "static void on(int s) { c += s; if (s == SIGFPE) siglongjmp(b, 1); }\n"
		    "int main(void) {\n	signal(SIGTRAP, on); signal(SIGFPE, on);\n"
		    "	raise(SIGSTOP); raise(SIGTSTP); raise(SIGCONT); raise(SIGCHLD); raise(SIGTRAP);\n"
		    "	__asm__(\"int3\");\n	if (!sigsetjmp(b, 1)) z = 7 / z;\n"
		    "	signal(SIGUSR1, SIG_IGN); raise(SIGUSR1);\n"
		    "	if (c != 2 * SIGTRAP + SIGFPE) exit(1);\n	raise(SIGTERM);\n	return c;\n}\n",
		    s, SIGTERM, 0);
	wander("#include <signal.h>\n#include <sys/time.h>\n#include <unistd.h>\n"
	    "volatile int ticks, n;\nstatic void on(int s) { ticks += s == SIGALRM; }\n"
	    "int main(void) {\n	struct itimerval v = { { 0, 3000 }, { 0, 3000 } }, z = { 0 };\n"
	    "	signal(SIGALRM, on); setitimer(ITIMER_REAL, &v, 0);\n	while (ticks < 5) n++;\n"
	    "	pause(); setitimer(ITIMER_REAL, &z, 0);\n	return ticks > 5;\n}\n", 9, 0, 1);
}

static void mappings_come_and_go(void **state)
{
	(void)state;
	for (uint64_t s = 1; s <= 3; s++)
		wander("#define _GNU_SOURCE\n#include <sys/mman.h>\n#include <unistd.h>\n#include <string.h>\n#include <stdlib.h>\n"
		    "int main(void) {\n	int r = 0;\n	for (int i = 0; i < 5; i++) {\n"
		    "		char *p = mmap(0, 65536, 7, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);\n"
#if defined(__x86_64__)
		    "		memcpy(p, \"\\xb8\\x2a\\0\\0\\0\\xc3\", 6);\n"
#else
		    "		memcpy(p, \"\\x40\\x05\\x80\\x52\\xc0\\x03\\x5f\\xd6\", 8); __builtin___clear_cache(p, p + 8);\n"
#endif
		    "		r += ((int (*)(void))p)();\n		mprotect(p, 4096, 1); munmap(p, 65536);\n"
		    "		sbrk(8192); *((char *)sbrk(0) - 1) = i;\n	}\n"
		    "	char *q = malloc(1 << 20); memset(q, 1, 1 << 20); q = realloc(q, 8 << 20); q[7 << 20] = 3; free(q);\n"
		    "	char big[200000]; memset(big, r, sizeof big);\n	return (unsigned char)big[5];\n}\n",
		    s, 0, 210);
}

static void it_reads_and_waits_by_itself(void **state)
{
	(void)state;
	for (uint64_t s = 1; s <= 3; s++)
		wander("#define _GNU_SOURCE\n#include <pthread.h>\n#include <unistd.h>\n#include <sys/syscall.h>\n#include <linux/futex.h>\n"
		    "int f;\nstatic void *w(void *a) {\n	char c;\n	while (read(0, &c, 1) == 1)\n		;\n"
		    "	f = 1;\n	syscall(SYS_futex, &f, FUTEX_WAKE, 1, 0, 0, 0);\n	return a;\n}\n"
		    "int main(void) {\n	pthread_t t;\n	pthread_create(&t, 0, w, 0);\n"
		    "	while (!f) syscall(SYS_futex, &f, FUTEX_WAIT, 0, 0, 0, 0);\n"
		    "	pthread_join(t, 0);\n	return 3;\n}\n", s, 0, 3);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_threads), cmocka_unit_test(a_thread_ends_the_program),
		cmocka_unit_test(the_first_thread_leaves_first),
		cmocka_unit_test(the_first_threads_id_is_cleared_in_the_record_of_its_end),
		cmocka_unit_test(signals_of_all_kinds),
		cmocka_unit_test(mappings_come_and_go), cmocka_unit_test(it_reads_and_waits_by_itself),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
