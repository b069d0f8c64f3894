/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The live program: breakpoints, pause, terminal, signals, threads, limits, its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "tests/unit/engine-host.h"

static const struct host_options plain;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void breakpoints_both_ways(void **state)
{
	struct host h;
	uint64_t positions[5];

	(void)state;
	host_start(&h,
	    "#include <stdio.h>\nint total;\n"		/* 2 */
	    "int main(void)\n{\n"			/* 4 */
	    "	for (int i = 1; i <= 5; i++) {\n"	/* 5 */
	    "		total += i;\n"			/* 6 */
	    "		printf(\"%d\\n\", total);\n"	/* 7 */
	    "	}\n	return total;\n}\n", &plain);
	host_break(&h, 7);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
		assert_int_equal(host_line(&h), 7);
		assert_int_equal(host_int(&h, "total"), (i + 1) * (i + 2) / 2);
		positions[i] = control_position(h.control);
	}
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_string_equal(host_output(&h, control_position(h.control)), "1\n3\n6\n10\n15\n");
	for (int i = 5; i-- > 0; ) {
		assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_BREAKPOINT);
		assert_int_equal(control_position(h.control), positions[i]);
		assert_int_equal(host_int(&h, "total"), (i + 1) * (i + 2) / 2);
	}
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(control_position(h.control), positions[0]);
	assert_int_equal(host_seek(&h, positions[3]), REASON_GOTO);
	assert_int_equal(host_int(&h, "total"), 10);
	assert_int_equal(control_start(h.control, &(struct control_command){
	    .kind = CONTROL_SEEK, .position = 1 << 20 }), -ERANGE);
	host_stop(&h);
}

static void a_library_call_is_one_step(void **state)
{
	struct host h;
	char name[64];
	uint64_t microseconds, before;

	(void)state;
	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	puts(\"hello\");\n	return 0;\n}\n", &plain);
	host_break(&h, 4);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	for (;;) {
		before = control_position(h.control);
		assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 1), REASON_STEP);
		if (control_output_end_at(h.control, control_position(h.control)) > 0)
			break;
	}
	assert_true(control_macro(h.control, before + 1, name, sizeof name, &microseconds));
	assert_string_equal(name, "puts");
	assert_false(control_macro(h.control, before, name, sizeof name, &microseconds));
	assert_string_equal(host_output(&h, before), "");
	assert_string_equal(host_output(&h, before + 1), "hello\n");
	host_stop(&h);
}

static void a_callback_is_entered(void **state)
{
	struct host h;
	unsigned entered = 0;

	(void)state;
	host_start(&h,
	    "#include <stdlib.h>\nint v[4] = { 3, 1, 2, 0 };\n"
	    "static int compare(const void *a, const void *b)\n{\n"	/* 3 */
	    "	return *(int *)a - *(int *)b;\n}\n"			/* 5 */
	    "int main(void)\n{\n"					/* 7 */
	    "	qsort(v, 4, sizeof v[0], compare);\n"			/* 9 */
	    "	return v[0];\n}\n", &plain);				/* 10 */
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 9);
	while (host_step(&h, CONTROL_STEP_IN, false, 1) == REASON_STEP && host_line(&h) != 10)
		if (host_line(&h) == 5) {
			entered++;
			assert_int_equal(control_depth(h.control, control_position(h.control)), 1);
		}
	assert_in_range(entered, 4, 6);
	assert_int_equal(host_int(&h, "v"), 0);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 0);
	assert_int_equal(host_back(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 9);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 10);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 6);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 10);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, false, 1), REASON_STEP);
	assert_int_equal(host_back(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 9);	/* not in the comparison before */
	assert_int_equal(control_depth(h.control, control_position(h.control)), 0);
	host_stop(&h);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	control_pause(((struct host *)arg)->control);
}

static void pause_after(struct host *h, struct control_command command, bool in_own)
{
	const struct timeval soon = { 0, 100000 };
	struct event *timer = evtimer_new(h->base, on_timer, h);
	double start = now();

	evtimer_add(timer, &soon);
	assert_int_equal(host_do(h, command), REASON_PAUSE);
	assert_true(now() - start < 5);	/* on a loaded machine; the API's test wants 100 ms */
	event_free(timer);
	assert_int_equal(host_line(h) != 0, in_own);
}

static void pauses(void **state)
{
	const struct control_command run = { .kind = CONTROL_CONTINUE, .count = 1 };
	const struct control_command next = { .kind = CONTROL_NEXT, .count = 1 };
	struct host h;

	(void)state;
	host_start(&h, "int n;\nint main(void)\n{\n	n = 1;\n	for (;;)\n		n = 2;\n}\n", &plain);
	pause_after(&h, run, true);
	assert_int_equal(host_int(&h, "n"), 2);
	pause_after(&h, (struct control_command){ .kind = CONTROL_STEP_OUT, .count = 1 }, true);
	assert_true(control_frontier(h.control) > 20);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	assert_int_equal(host_int(&h, "n"), 0);
	host_stop(&h);

	host_start(&h, "#include <unistd.h>\nint main(void)\n{\n	sleep(1);\n	return 3;\n}\n", &plain);
	pause_after(&h, run, false);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 5);	/* sleep() has nothing more to do in line 4 */
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);

	host_start(&h, "#include <unistd.h>\nint main(void)\n{\n	sleep(1);\n	return 3;\n}\n", &plain);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	pause_after(&h, next, false);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 5);
	host_stop(&h);
}

static void native_speed(void **state)
{
	double start;
	struct host h;

	(void)state;
	host_start(&h, "int main(void)\n{\n	for (volatile long i = 0; i < 30000000; i++)\n		;\n"
	    "	return 0;\n}\n", &plain);
	start = now();
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_true(now() - start < 10);
	assert_true(control_frontier(h.control) <= 2);
	host_stop(&h);
}

/* What is stepped over is recorded up to a budget; then it runs. */
static void a_long_call_is_stepped_over(void **state)
{
	struct host h;

	(void)state;
	host_start(&h,
	    "static int fib(int n)\n{\n"				/* 2 */
	    "	if (n < 2)\n		return n;\n"		/* 4 */
	    "	return fib(n - 1) + fib(n - 2);\n}\n"		/* 6 */
	    "int main(void)\n{\n"				/* 8 */
	    "	int r = fib(27);\n"				/* 9 */
	    "	return r & 127;\n}\n", &plain);		/* 10 */
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 9);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 10);
	assert_int_equal(host_int(&h, "r"), 196418);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 0);
	assert_in_range(control_frontier(h.control), 50000, 51000);
	assert_int_equal(host_back(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 9);
	host_stop(&h);
}

/* Within the recursion the return address is hit by every call further in. */
static void a_long_recursion_is_left(void **state)
{
	struct host h;
	unsigned depth;

	(void)state;
	host_start(&h,
	    "static int fib(int n)\n{\n"				/* 2 */
	    "	if (n < 2)\n		return n;\n"		/* 4 */
	    "	return fib(n - 1) + fib(n - 2);\n}\n"		/* 6 */
	    "int main(void)\n{\n"				/* 8 */
	    "	int r = fib(19);\n"				/* 9 */
	    "	return r & 127;\n}\n", &plain);		/* 10 */
	host_break(&h, 3);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	control_set_breakpoints(h.control, NULL, 0);
	depth = control_depth(h.control, control_position(h.control));
	assert_int_equal(depth, 2);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 5);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 1);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 0);
	assert_int_equal(host_line(&h), 9);
	host_stop(&h);
}

static bool true_when_waiting(struct host *h)
{
	double start = now();

	while (!control_waiting(h->control) && now() - start < 10)
		event_base_loop(h->base, EVLOOP_ONCE);
	return control_waiting(h->control);
}

static void input(void **state)
{
	const struct control_command next = { .kind = CONTROL_NEXT, .count = 1 };
	struct host h;

	(void)state;
	host_start(&h,
	    "#include <stdio.h>\nint n, sum;\nint main(void)\n{\n"
	    "	while (scanf(\"%d\", &n) == 1)\n"			/* 5 */
	    "		sum += n;\n"					/* 6 */
	    "	return sum;\n}\n", &plain);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 5);
	assert_false(control_waiting(h.control));
	h.done = false;
	assert_int_equal(control_start(h.control, &next), 0);
	assert_true(true_when_waiting(&h));
	assert_false(h.done);
	assert_int_equal(control_live_status(h.control), STATUS_RUNNING);
	assert_int_equal(control_start(h.control, &next), -EBUSY);
	assert_int_equal(control_input(h.control, "12\n", 3, false), 0);
	assert_true(host_wait(&h, &h.done));
	assert_false(control_waiting(h.control));
	assert_int_equal(host_line(&h), 6);
	assert_int_equal(host_int(&h, "n"), 12);
	h.done = false;
	assert_int_equal(control_start(h.control, &(struct control_command){ .kind = CONTROL_CONTINUE, .count = 1 }), 0);
	assert_true(true_when_waiting(&h));
	assert_int_equal(control_input(h.control, "30", 2, true), 0);
	assert_true(host_wait(&h, &h.done));
	assert_int_equal(control_reason(h.control), REASON_EXITED);
	assert_int_equal(host_int(&h, "sum"), 42);
	assert_int_equal(control_input(h.control, "x", 1, false), -EPIPE);
	host_stop(&h);

	host_start(&h,
	    "#include <stdio.h>\nint n, sum;\nint main(void)\n{\n"
	    "	while (scanf(\"%d\", &n) == 1)\n		sum += n;\n	return sum;\n}\n",
	    &(struct host_options){ .input = "1 2 3\n", .input_end = true });
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(host_int(&h, "sum"), 6);
	host_stop(&h);
}

static const char flood[] =
    "#include <stdio.h>\n#include <string.h>\nint main(void)\n{\n"
    "	char line[1001]; memset(line, 'x', 999); line[999] = '\\n'; line[1000] = 0;\n"
    "	for (int i = 0; i < 10000; i++)\n		fputs(line, stdout);\n	return 0;\n}\n";

static void much_output(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, flood, &plain);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(control_output_end(h.control), 10000000);
	host_stop(&h);
	host_start(&h, flood, &(struct host_options){ .output_max = 100000 });
	assert_int_equal(host_continue(&h), REASON_LIMIT);
	assert_non_null(control_limit_hit(h.control));
	assert_string_equal(control_limit_hit(h.control)->name, "output");
	assert_int_equal(control_output_end(h.control), 100000);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 1), REASON_LIMIT);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, true, 1), REASON_ENTRY);
	host_stop(&h);
}

static void limits_keep_everything(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, "int n;\nint main(void)\n{\n	for (;;)\n		n++;\n}\n",
	    &(struct host_options){ .steps_max = 1000 });
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_LIMIT);
	assert_int_equal(control_frontier(h.control), 1000);
	assert_string_equal(control_limit_hit(h.control)->name, "steps");
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, true, 900), REASON_STEP);
	assert_int_equal(control_position(h.control), 100);
	host_stop(&h);
	host_start(&h, "#include <stdlib.h>\n#include <string.h>\nint main(void)\n{\n"
	    "	memset(malloc(64 << 20), 1, 64 << 20);\n	return 0;\n}\n",
	    &(struct host_options){ .log_max = 4 << 20 });
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);
	host_start(&h, "#include <stdlib.h>\n#include <string.h>\nint main(void)\n{\n"
	    "	memset(malloc(64 << 20), 1, 64 << 20);\n	return 0;\n}\n",
	    &(struct host_options){ .log_max = 4 << 20 });
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 3), REASON_LIMIT);
	assert_string_equal(control_limit_hit(h.control)->name, "timeline");
	assert_int_equal(host_back(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	host_stop(&h);
}

static void a_fault_stops_first(void **state)
{
	struct control_signal s;
	struct host h;
	uint64_t p;
	int code;

	(void)state;
	host_start(&h, "int *p;\nint main(void)\n{\n	int x = 1;\n	*p = x;\n	return 0;\n}\n", &plain);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 2), REASON_STEP);
	assert_int_equal(host_line(&h), 5);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_EXCEPTION);
	p = control_position(h.control);
	s = control_signal_at(h.control, p);
	assert_int_equal(s.number, SIGSEGV);
	assert_int_equal(s.address, 0);
	assert_string_equal(s.access, "writing");
	assert_int_equal(control_status_at(h.control, p), STATUS_STOPPED);
	assert_int_equal(host_back(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 5);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	assert_int_equal(control_position(h.control), p);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(control_position(h.control), p + 1);
	assert_int_equal(control_signal_at(h.control, p + 1).number, SIGSEGV);
	assert_false(control_exit_code(h.control, &code));
	assert_int_equal(control_status_at(h.control, p + 1), STATUS_EXITED);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 1), REASON_EXITED);
	host_stop(&h);

	host_start(&h, "#include <stdlib.h>\nint main(void)\n{\n	abort();\n}\n", &plain);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	assert_int_equal(control_signal_at(h.control, control_position(h.control)).number, SIGABRT);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);

	host_start(&h, "#include <string.h>\nint main(void)\n{\n	char *volatile p = 0;\n"
	    "	return strlen(p);\n}\n", &plain);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	s = control_signal_at(h.control, control_position(h.control));
	assert_int_equal(s.number, SIGSEGV);
	assert_string_equal(s.access, "reading");
	host_stop(&h);

	host_start(&h, "int main(void)\n{\n	void (*f)(void) = (void *)16;\n	f();\n	return 0;\n}\n", &plain);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 3), REASON_EXCEPTION);
	s = control_signal_at(h.control, control_position(h.control));
	assert_int_equal(s.address, 16);
	assert_string_equal(s.access, "executing");
	host_stop(&h);
}

static void it_may_be_killed_at_any_time(void **state)
{
	struct host h;
	uint64_t p;

	(void)state;
	host_start(&h, "int n;\nint main(void)\n{\n	for (;;)\n		n++;\n}\n", &plain);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 1000), REASON_STEP);
	assert_int_equal(kill(h.control->program.pid, SIGKILL), 0);
	while (control_live_status(h.control) != STATUS_EXITED)
		event_base_loop(h.base, EVLOOP_ONCE);
	p = control_frontier(h.control);
	assert_int_equal(p, 1001);
	assert_int_equal(control_status_at(h.control, p), STATUS_EXITED);
	assert_int_equal(control_signal_at(h.control, p).number, SIGKILL);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, true, 500), REASON_STEP);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);

	host_start(&h, "int n;\nint main(void)\n{\n	for (;;)\n		n++;\n}\n", &plain);
	h.done = false;
	assert_int_equal(control_start(h.control, &(struct control_command){ .kind = CONTROL_CONTINUE, .count = 1 }), 0);
	event_base_loop(h.base, EVLOOP_NONBLOCK);
	control_terminate(h.control);
	assert_true(host_wait(&h, &h.done));
	assert_int_equal(control_reason(h.control), REASON_EXITED);
	assert_int_equal(control_live_status(h.control), STATUS_EXITED);
	host_stop(&h);
}

static const char threads[] =
    "#include <pthread.h>\nint n; pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;\n"	/* 2 */
    "static void *work(void *arg)\n{\n"							/* 3 */
    "	for (int i = 0; i < 3; i++) {\n"						/* 5 */
    "		pthread_mutex_lock(&m);\n"						/* 6 */
    "		n++;\n"									/* 7 */
    "		pthread_mutex_unlock(&m);\n"						/* 8 */
    "	}\n	return arg;\n}\n"							/* 10 */
    "int main(void)\n{\n"								/* 12 */
    "	pthread_t t;\n"									/* 14 */
    "	pthread_create(&t, 0, work, &n);\n"						/* 15 */
    "	work(0);\n"									/* 16 */
    "	pthread_join(t, 0);\n"								/* 17 */
    "	return n;\n}\n";								/* 18 */

static void threads_step(void **state)
{
	struct host h;
	int ids[4];

	(void)state;
	host_start(&h, threads, &(struct host_options){ .flags = "-pthread" });
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 15);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 16);
	assert_int_equal(control_threads(h.control, control_position(h.control), ids, 4), 2);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 17);
	assert_true(host_int(&h, "n") >= 3);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 18);
	assert_int_equal(host_int(&h, "n"), 6);
	assert_int_equal(control_threads(h.control, control_position(h.control), ids, 4), 1);
	assert_int_equal(host_back(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 17);
	assert_int_equal(host_back(&h, CONTROL_NEXT, false, 2), REASON_STEP);
	assert_int_equal(host_line(&h), 15);
	assert_int_equal(host_int(&h, "n"), 0);
	assert_int_equal(host_seek(&h, control_frontier(h.control)), REASON_GOTO);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);
}

static void threads_break(void **state)
{
	bool seen[8] = { false };
	struct host h;
	int code;

	(void)state;
	host_start(&h, threads, &(struct host_options){ .flags = "-pthread" });
	host_break(&h, 7);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
		assert_int_equal(host_line(&h), 7);
		assert_int_equal(host_int(&h, "n"), i);
		seen[control_view(h.control, control_position(h.control), 0)->thread & 7] = true;
	}
	assert_true(seen[1] && seen[2]);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, 6);
	for (int i = 5; i >= 0; i--) {
		assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_BREAKPOINT);
		assert_int_equal(host_int(&h, "n"), i);
	}
	host_stop(&h);
}

static void it_makes_no_processes(void **state)
{
	struct host h;
	int code;

	(void)state;
	host_start(&h, "#include <unistd.h>\n#include <errno.h>\nint main(void)\n{\n"
	    "	int f = fork();\n	if (f == 0) _exit(9);\n	int e = errno;\n"
	    "	execl(\"/bin/true\", \"true\", (char *)0);\n	return f == -1 && e == EAGAIN && errno == EACCES;\n}\n", &plain);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, 1);
	host_stop(&h);
}

static void an_end_before_the_beginning(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, "#include <stdlib.h>\n__attribute__((constructor)) static void c(void) { _Exit(3); }\n"
	    "int main(void) { return 0; }\n", &plain);
	assert_string_equal(h.why, "the program exited with code 3 before its first stop");
	host_stop(&h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breakpoints_both_ways), cmocka_unit_test(a_library_call_is_one_step),
		cmocka_unit_test(a_callback_is_entered), cmocka_unit_test(pauses),
		cmocka_unit_test(native_speed),
		cmocka_unit_test(a_long_call_is_stepped_over), cmocka_unit_test(a_long_recursion_is_left),
		cmocka_unit_test(input),
		cmocka_unit_test(much_output), cmocka_unit_test(limits_keep_everything),
		cmocka_unit_test(a_fault_stops_first), cmocka_unit_test(it_may_be_killed_at_any_time),
		cmocka_unit_test(threads_step), cmocka_unit_test(threads_break),
		cmocka_unit_test(it_makes_no_processes), cmocka_unit_test(an_end_before_the_beginning),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
