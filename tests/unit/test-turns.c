/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Steps that take long, and steps of a thread that the person has picked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/engine-host.h"

enum { A_BUDGET = 60000 };	/* what one step may record, and some more */

static const struct host_options plain, threads = { .flags = "-pthread" };

static bool macro_is(struct host *h, const char *name)
{
	char is[64];
	uint64_t microseconds;

	for (uint64_t p = control_position(h->control); p > 0; p--)
		if (control_macro(h->control, p, is, sizeof is, &microseconds))
			return strcmp(is, name) == 0;
	return false;
}

/* -- one line that loops ------------------------------------------------------------- */

static const char loop[] =
"static long n;\n"			/* 1 */
"static int f(int i)\n"			/* 2 */
"{\n"					/* 3 */
"	return i & 1;\n"		/* 4 */
"}\n"					/* 5 */
"static void spin(int k)\n"		/* 6 */
"{\n"					/* 7 */
"	for (int i = 0; i < 1000000; i++) n += i;\n"	/* 8 */
"	if (k > 0)\n"			/* 9 */
"		spin(k - 1);\n"		/* 10 */
"	n++;\n"				/* 11 */
"}\n"					/* 12 */
"int main(void)\n"			/* 13 */
"{\n"					/* 14 */
"	for (int i = 0; i < 300000; i++) n += f(i);\n"	/* 15 */
"	n = 0;\n"			/* 16 */
"	spin(2);\n"			/* 17 */
"	while (n == 0 || 1) n++;\n"	/* 18 */
"}\n";

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	control_pause(((struct host *)arg)->control);
}

static void one_line_that_loops(void **state)
{
	const struct timeval soon = { 0, 300000 };
	struct event *timer;
	struct host h;
	uint64_t before;

	(void)state;
	host_start(&h, loop, &plain);
	host_step(&h, CONTROL_NEXT, false, 1);
	assert_int_equal(host_line(&h), 15);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 16);
	assert_true(macro_is(&h, "line 15"));
	assert_in_range(control_frontier(h.control), 1000, A_BUDGET);
	assert_int_equal(host_int(&h, "n"), 150000);
	/* Back from there the loop has not run. */
	assert_int_equal(host_back(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 15);
	assert_int_equal(host_int(&h, "n"), 0);
	/* A call whose inside loops in the same function: the frame counts. */
	host_seek(&h, control_frontier(h.control));
	host_break(&h, 10);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(control_set_breakpoints(h.control, NULL, 0), 0);
	before = control_frontier(h.control);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 11);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 1);
	assert_in_range(control_frontier(h.control), before, before + A_BUDGET);
	host_break(&h, 18);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(control_set_breakpoints(h.control, NULL, 0), 0);
	before = control_frontier(h.control);
	timer = evtimer_new(h.base, on_timer, &h);
	evtimer_add(timer, &soon);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1), REASON_PAUSE);
	assert_int_equal(host_line(&h), 18);
	assert_in_range(control_frontier(h.control), before, before + A_BUDGET);
	event_free(timer);
	host_stop(&h);
}

/* Deep, by calls that nobody has watched: each frame counts. */
static void deep_recursion(void **state)
{
	struct host h;

	(void)state;
	host_start(&h,
	    "static int down(int n)\n{\n	if (n == 0)\n		return 1;\n"	/* 1 */
	    "	return 1 + down(n - 1);\n}\n"					/* 5 */
	    "int main(void)\n{\n	return down(3000) + down(20000);\n}\n", &plain);
	host_break(&h, 4);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 3001);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 3000);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 20001);
	host_stop(&h);
}

/* -- threads ---------------------------------------------------------------------------- */

static const char two[] =
"#include <pthread.h>\n"		/* 1 */
"#include <stdio.h>\n"			/* 2 */
"static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;\n"	/* 3 */
"static volatile int a, b, c;\n"	/* 4 */
"static void *work(void *arg)\n"	/* 5 */
"{\n"					/* 6 */
"	a = 1;\n"			/* 7 */
"	a = 2;\n"			/* 8 */
"	pthread_mutex_lock(&m);\n"	/* 9 */
"	a = 3;\n"			/* 10 */
"	pthread_mutex_unlock(&m);\n"	/* 11 */
"	return arg;\n"			/* 12 */
"}\n"					/* 13 */
"int main(void)\n"			/* 14 */
"{\n"					/* 15 */
"	pthread_t t;\n"			/* 16 */
"	pthread_mutex_lock(&m);\n"	/* 17 */
"	pthread_create(&t, 0, work, 0);\n"	/* 18 */
"	b = 1;\n"			/* 19 */
"	b = 2;\n"			/* 20 */
"	b = 3;\n"			/* 21 */
"	pthread_mutex_unlock(&m);\n"	/* 22 */
"	c = a;\n"			/* 23 */
"	pthread_join(t, 0);\n"		/* 24 */
"	return a - 3;\n"		/* 25 */
"}\n";

static int thread_here(struct host *h)
{
	return control_view(h->control, control_position(h->control), 0)->thread;
}

static enum control_reason of_thread(struct host *h, int thread, enum control_kind kind, bool back)
{
	return host_do(h, (struct control_command){ .kind = kind, .count = 1, .thread = thread,
	    .backwards = back });
}

static void until_line(struct host *h, unsigned line)
{
	for (int i = 0; i < 40 && host_line(h) != line; i++)
		assert_int_equal(host_step(h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(h), line);
}

static int other_thread(struct host *h)
{
	int ids[4];

	assert_int_equal(control_threads(h->control, control_position(h->control), ids, 4), 2);
	return ids[1];
}

static void a_thread_is_picked(void **state)
{
	static const unsigned lines[] = { 7, 8, 9 };
	uint64_t start, positions[3];
	struct host h;
	int main_thread, other;

	(void)state;
	host_start(&h, two, &threads);
	main_thread = thread_here(&h);
	until_line(&h, 19);
	other = other_thread(&h);
	start = control_position(h.control);
	/* The other one goes on, and this one stays where it is. */
	for (size_t i = 0; i < 3; i++) {
		do {
			assert_int_equal(of_thread(&h, other, CONTROL_NEXT, false), REASON_STEP);
			assert_int_equal(thread_here(&h), other);
		} while (host_line(&h) == 6);
		assert_int_equal(host_line(&h), lines[i]);
		positions[i] = control_position(h.control);
	}
	assert_int_equal(host_int(&h, "b"), 0);
	/* Back, and forth in the record. */
	for (size_t i = 2; i-- > 0; ) {
		assert_int_equal(of_thread(&h, other, CONTROL_NEXT, true), REASON_STEP);
		assert_int_equal(control_position(h.control), positions[i]);
	}
	host_seek(&h, start);
	assert_int_equal(of_thread(&h, main_thread, CONTROL_NEXT, false), REASON_STEP);
	assert_int_equal(thread_here(&h), main_thread);
	assert_int_equal(host_line(&h), 20);
	host_seek(&h, start);
	do
		of_thread(&h, other, CONTROL_NEXT, false);
	while (host_line(&h) == 6);
	assert_int_equal(control_position(h.control), positions[0]);
	/* Over the lock that main holds: main runs until it is free. */
	host_seek(&h, positions[2]);
	assert_int_equal(of_thread(&h, other, CONTROL_NEXT, false), REASON_STEP);
	assert_int_equal(thread_here(&h), other);
	assert_int_equal(host_line(&h), 10);
	assert_int_equal(host_int(&h, "b"), 3);
	assert_int_equal(host_int(&h, "c"), 0);
	/* To its end: another thread's position. */
	assert_int_equal(of_thread(&h, other, CONTROL_NEXT, false), REASON_STEP);
	assert_int_equal(of_thread(&h, other, CONTROL_STEP_OUT, false), REASON_STEP);
	assert_int_equal(thread_here(&h), main_thread);
	host_stop(&h);
}

static const struct registers *view_registers_of(struct host *h, uint64_t position, int thread)
{
	struct view *v = control_view(h->control, position, thread);

	assert_non_null(v);
	return &v->registers;
}

/* Both always have something to do; each step is of one of them, and the other has not moved. */
static void one_at_a_time(void **state)
{
	static const char source[] = "#include <pthread.h>\n#include <sys/syscall.h>\nvolatile int go, n, m;\n"
	    "static void call(void)\n{\n	long r = SYS_getppid;\n"
	    "	__asm__ volatile (\"syscall\" : \"+a\" (r) : : \"rcx\", \"r11\", \"memory\");\n}\n"
	    "static void *work(void *arg)\n{\n	for (go = 1; go; n++)\n		call();\n	return arg;\n}\n"
	    "int main(void)\n{\n	pthread_t t;\n	pthread_create(&t, 0, work, 0);\n"
	    "	while (!go)\n		;\n	for (m = 0; m < 20; m++)\n		call();\n"		/* 22 */
	    "	go = 0;\n	pthread_join(t, 0);\n	return 0;\n}\n";			/* 23 */
	unsigned calls = 0;
	uint64_t start;
	struct host h;

	(void)state;
	host_start(&h, source, &threads);
	host_break(&h, 22);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	start = control_position(h.control);
	for (unsigned i = 0; i < 24; i++)
		of_thread(&h, i % 2 == 0 ? 1 : 2, CONTROL_NEXT, false);
	assert_true(control_frontier(h.control) > start + 50);
	for (uint64_t p = start + 1; p <= control_frontier(h.control); p++) {
		struct registers before = *view_registers_of(&h, p - 1, 1), other = *view_registers_of(&h, p - 1, 2);
		struct brief b;

		timeline_brief(h.control->timeline, p, &b);
		calls += b.kind == RECORD_SYSCALL;
		if (b.thread == 2)
			assert_memory_equal(view_registers_of(&h, p, 1), &before, sizeof before);
		else
			assert_memory_equal(view_registers_of(&h, p, 2), &other, sizeof other);
	}
	assert_true(calls >= 6);
	host_stop(&h);
}

/* A breakpoint where a thread arrives while another one's call runs. */
static void a_breakpoint_in_any_thread(void **state)
{
	uint64_t address, position;
	struct host h;

	(void)state;
	host_start(&h, two, &threads);
	address = host_symbol(&h, "work");
	assert_int_equal(control_set_breakpoints(h.control, &address, 1), 0);
	until_line(&h, 18);
	for (int i = 0; i < 10 && control_reason(h.control) != REASON_BREAKPOINT; i++)
		host_step(&h, CONTROL_NEXT, false, 1);
	assert_int_equal(control_reason(h.control), REASON_BREAKPOINT);
	assert_int_equal(view_register(control_view(h.control, control_position(h.control), 0), REG_PC), address);
	position = control_position(h.control);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 3), REASON_STEP);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_BREAKPOINT);
	assert_int_equal(control_position(h.control), position);
	host_stop(&h);
}

/* One waits in a call of its own code for another one that is in a library. */
static void a_call_waits_for_a_library(void **state)
{
	static const char source[] =
	    "#include <pthread.h>\n#include <sys/syscall.h>\n#include <unistd.h>\nstatic int pipes[2];\n"
	    "static long call(long n, long a, long b, long c)\n{\n	long r;\n"
	    "	__asm__ volatile (\"syscall\" : \"=a\" (r) : \"a\" (n), \"D\" (a), \"S\" (b), \"d\" (c) : \"rcx\", \"r11\", \"memory\");\n"
	    "	return r;\n}\n"
	    "static void *work(void *arg)\n{\n	usleep(20000);\n	write(pipes[1], \"x\", 1);\n	return arg;\n}\n"
	    "int main(void)\n{\n	pthread_t t;\n	char c = 0;\n	pipe(pipes);\n	pthread_create(&t, 0, work, 0);\n"
	    "	long n = call(SYS_read, pipes[0], (long)&c, 1);\n	pthread_join(t, 0);\n	return n == 1 && c == 'x' ? 7 : 1;\n}\n";
	struct host_options o = { .flags = "-pthread", .policy = RECORDS_AHEAD, .budget = 50000 };
	struct host h;

	(void)state;
	for (int i = 0; i < 2; i++, o.policy = RECORDS_STEPS) {
		host_start(&h, source, &o);
		while (host_step(&h, CONTROL_NEXT, false, 1) == REASON_STEP)
			;
		assert_int_equal(h.control->timeline->events.status, 7);
		assert_in_range(control_frontier(h.control), 10, 1000);
		host_stop(&h);
	}
}

static void nobody_can_go_on(void **state)
{
	struct host h;

	(void)state;
	host_start(&h,
	    "#include <pthread.h>\nstatic pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;\n"
	    "static void *work(void *a)\n{\n	pthread_mutex_lock(&m);\n	return a;\n}\n"
	    "int main(void)\n{\n	pthread_t t;\n	pthread_mutex_lock(&m);\n"
	    "	pthread_create(&t, 0, work, 0);\n	pthread_join(t, 0);\n	return 0;\n}\n", &threads);
	until_line(&h, 13);
	assert_false(control_blocked(h.control));
	h.done = false;
	assert_int_equal(control_start(h.control, &(struct control_command){ .kind = CONTROL_NEXT, .count = 1 }), 0);
	while (!control_blocked(h.control) && !h.done)
		event_base_loop(h.base, EVLOOP_NONBLOCK);
	assert_true(control_blocked(h.control));
	control_pause(h.control);
	assert_true(host_wait(&h, &h.done));
	assert_int_equal(control_reason(h.control), REASON_PAUSE);
	assert_false(control_blocked(h.control));
	host_stop(&h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line_that_loops), cmocka_unit_test(deep_recursion),
		cmocka_unit_test(a_thread_is_picked), cmocka_unit_test(a_breakpoint_in_any_thread),
		cmocka_unit_test(a_call_waits_for_a_library),
		cmocka_unit_test(nobody_can_go_on), cmocka_unit_test(one_at_a_time),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
