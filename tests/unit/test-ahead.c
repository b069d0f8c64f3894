/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Recording ahead: the frontier grows while the cursor stays.  (test-pace.c: where commands
 * lead does not depend on how far it has come.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/ahead-programs.h"
#include "tests/unit/engine-host.h"

enum { BUDGET = 50000 };

static const struct host_options ahead = { .policy = RECORDS_AHEAD, .budget = BUDGET };

static const char endless[] = "int n;\nint main(void)\n{\n	for (;;)\n		n++;\n}\n";

static void on_late(evutil_socket_t fd, short what, void *base)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(base);
}

static void until_exited(struct host *h)
{
	const struct timeval limit = { 20, 0 };

	event_base_once(h->base, -1, EV_TIMEOUT, on_late, h->base, &limit);
	while (control_live_status(h->control) != STATUS_EXITED && !event_base_got_break(h->base))
		event_base_loop(h->base, EVLOOP_ONCE);
	assert_int_equal(control_live_status(h->control), STATUS_EXITED);
}

static const struct control_limit *limit(struct host *h, const char *name)
{
	static struct control_limit limits[8];
	size_t n = control_limits(h->control, limits, 8);

	for (size_t i = 0; i < n; i++)
		if (strcmp(limits[i].name, name) == 0)
			return &limits[i];
	return NULL;
}

static void the_whole_run_lies_ahead(void **state)
{
	struct host h;
	uint64_t end, positions[3];
	int code;

	(void)state;
	host_start(&h, calls, &ahead);
	assert_true(control_recording(h.control));
	assert_int_equal(control_live_status(h.control), STATUS_RUNNING);
	host_settle(&h);
	end = control_frontier(h.control);
	assert_true(end > 1000);
	assert_int_equal(control_position(h.control), 0);
	assert_int_equal(control_reason(h.control), REASON_ENTRY);
	assert_false(control_recording(h.control));
	assert_int_equal(control_live_status(h.control), STATUS_EXITED);
	assert_int_equal(control_status_at(h.control, 0), STATUS_STOPPED);
	assert_int_equal(control_output_end_at(h.control, 0), 0);
	host_break(&h, 17);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
		assert_int_equal(host_line(&h), 17);
		positions[i] = control_position(h.control);
	}
	assert_string_equal(host_output(&h, positions[2]), "0\n1\n");
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_BREAKPOINT);
	assert_int_equal(control_position(h.control), positions[1]);
	assert_int_equal(control_set_breakpoints(h.control, NULL, 0), 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(control_position(h.control), end);
	assert_int_equal(control_frontier(h.control), end);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, (3 + 1330) & 0xff);
	host_stop(&h);
}

/* The end leaves the guard up, and a deep recursion makes the stack's region grow. */
static void what_lies_behind_the_end_is_whole(void **state)
{
	struct host h;
	char text[8] = "";
	uint64_t where;

	(void)state;
	host_start(&h, "const char text[] = \"penguin\";\n"
	    "static int deep(int n)\n{\n	volatile char pad[1000];\n	pad[0] = n;\n"
	    "	return n == 0 ? 0 : deep(n - 1) + pad[0];\n}\n"			/* 6 */
	    "int main(void)\n{\n	return deep(300) + text[0];\n}\n", &ahead);
	host_settle(&h);
	assert_int_equal(control_live_status(h.control), STATUS_EXITED);
	where = host_address(&h, "text");
	for (uint64_t p = 0; p < control_frontier(h.control); p += 1000) {
		struct view *v = control_view(h.control, p, 0);

		assert_true(view_read_all(v, where, text, sizeof text));
		assert_string_equal(text, "penguin");
	}
	host_break(&h, 7);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 301);
	host_stop(&h);
}

static void a_budget_ends_it(void **state)
{
	struct host h;
	uint64_t p;

	(void)state;
	host_start(&h, endless, &(struct host_options){ .policy = RECORDS_AHEAD, .budget = 3000 });
	assert_int_equal(limit(&h, "ahead")->limit, 3000);
	host_settle(&h);
	assert_int_equal(control_frontier(h.control), 3000);
	assert_int_equal(limit(&h, "ahead")->used, 3000);
	assert_int_equal(control_live_status(h.control), STATUS_STOPPED);
	/* With another one it goes on; it counts from the cursor. */
	assert_int_equal(control_record(h.control, RECORDS_AHEAD, 5000), 0);
	host_settle(&h);
	assert_int_equal(control_frontier(h.control), 5000);
	/* Steps go on where it ends, one by one. */
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 5010), REASON_STEP);
	assert_int_equal(control_frontier(h.control), 5010);
	host_settle(&h);
	assert_int_equal(control_frontier(h.control), 5010);
	assert_int_equal(control_record(h.control, RECORDS_AHEAD, 100), 0);
	host_settle(&h);
	assert_int_equal(control_frontier(h.control), 5110);
	/* However short it was: it is told. */
	assert_int_equal(host_seek(&h, 5110), REASON_GOTO);
	h.live_events = 0;
	assert_int_equal(control_record(h.control, RECORDS_AHEAD, 3), 0);
	while (h.live_events == 0)
		event_base_loop(h.base, EVLOOP_ONCE);
	assert_int_equal(control_frontier(h.control), 5113);
	assert_int_equal(control_record(h.control, RECORDS_AHEAD, 0), 0);
	assert_int_equal(host_seek(&h, 5113), REASON_GOTO);
	/* And `continue' natively; what follows it is recorded again. */
	h.done = false;
	assert_int_equal(control_start(h.control, &(struct control_command){ .kind = CONTROL_CONTINUE, .count = 1 }), 0);
	control_pause(h.control);
	assert_true(host_wait(&h, &h.done));
	assert_int_equal(control_reason(h.control), REASON_PAUSE);
	p = control_position(h.control);
	assert_int_equal(p, 5114);
	assert_int_equal(control_record(h.control, RECORDS_AHEAD, 100), 0);
	host_settle(&h);
	assert_int_equal(control_frontier(h.control), p + 100);
	assert_int_equal(control_position(h.control), p);
	/* Without it nothing goes on. */
	assert_int_equal(control_record(h.control, RECORDS_STEPS, 0), 0);
	assert_null(limit(&h, "ahead"));
	assert_false(control_recording(h.control));
	host_stop(&h);
}

static void a_full_timeline_ends_it(void **state)
{
	static const char large[] = "#include <string.h>\nchar b[1 << 20];\nint main(void)\n{\n"
	    "	for (int i = 1; i < 100; i++)\n		for (unsigned k = 0; k < sizeof b; k += 4096)\n"
	    "			memset(b + k, i * 37 + k / 5000, 4096);\n	return 0;\n}\n";
	struct host h;

	(void)state;
	host_start(&h, endless, &(struct host_options){ .policy = RECORDS_AHEAD, .budget = BUDGET,
	    .steps_max = 1000 });
	host_settle(&h);
	assert_int_equal(control_frontier(h.control), 1000);
	assert_int_equal(control_position(h.control), 0);
	assert_null(control_limit_hit(h.control));
	assert_int_equal(host_continue(&h), REASON_LIMIT);
	assert_string_equal(control_limit_hit(h.control)->name, "steps");
	assert_int_equal(control_position(h.control), 1000);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, true, 10), REASON_STEP);
	assert_int_equal(control_position(h.control), 990);
	host_stop(&h);

	/* It takes half of the bytes; commands may use the rest. */
	host_start(&h, large, &(struct host_options){ .policy = RECORDS_AHEAD, .budget = BUDGET,
	    .log_max = 8 << 20 });
	host_settle(&h);
	assert_string_equal(limit(&h, "ahead")->unit, "bytes");
	assert_int_equal(limit(&h, "ahead")->limit, 4 << 20);
	assert_true(limit(&h, "timeline")->used < limit(&h, "timeline")->limit);
	assert_int_equal(control_live_status(h.control), STATUS_STOPPED);
	host_break(&h, 7);
	while (host_continue(&h) == REASON_BREAKPOINT)
		;
	assert_int_equal(control_reason(h.control), REASON_LIMIT);
	assert_string_equal(control_limit_hit(h.control)->name, "timeline");
	host_stop(&h);
}

static void it_waits_for_input(void **state)
{
	struct host h;
	unsigned told;
	uint64_t p;

	(void)state;
	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	char name[32];\n"
	    "	printf(\"name? \"); fflush(stdout);\n	if (fgets(name, sizeof name, stdin) == NULL)\n"
	    "		return 9;\n	printf(\"hello %s\", name);\n	return 0;\n}\n", &ahead);
	host_settle(&h);
	assert_true(control_waiting(h.control));
	assert_false(control_recording(h.control));
	assert_int_equal(control_position(h.control), 0);
	p = control_frontier(h.control);
	/* All of the past can be visited meanwhile. */
	assert_int_equal(host_seek(&h, p), REASON_GOTO);
	assert_int_equal(host_line(&h), 6);
	assert_int_equal(host_back(&h, CONTROL_NEXT, false, 2), REASON_STEP);
	assert_int_equal(host_line(&h), 5);
	assert_int_equal(host_seek(&h, p), REASON_GOTO);
	assert_int_equal(host_back(&h, CONTROL_NEXT, false, 2), REASON_STEP);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 6);
	control_pause(h.control);	/* nothing is under way */
	assert_true(control_waiting(h.control));
	assert_int_equal(control_frontier(h.control), p);
	/* A command waits there with it, and a pause ends both. */
	h.done = false;
	told = h.live_events;
	assert_int_equal(control_start(h.control, &(struct control_command){ .kind = CONTROL_NEXT, .count = 1 }), 0);
	assert_true(control_busy(h.control));
	assert_int_equal(control_position(h.control), p);
	assert_true(h.live_events > told);
	assert_int_equal(control_input(h.control, "tux\n", 4, false), 0);
	assert_true(host_wait(&h, &h.done));
	assert_int_equal(control_reason(h.control), REASON_STEP);
	assert_int_equal(host_line(&h), 8);
	host_settle(&h);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_string_equal(host_output(&h, control_position(h.control)), "name? hello tux\n");
	assert_int_equal(control_input(h.control, "x", 1, false), -EPIPE);
	host_stop(&h);
}

static void a_pause_ends_what_a_command_waits_for(void **state)
{
	struct host h;
	uint64_t p;

	(void)state;
	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	return getchar();\n}\n", &ahead);
	host_settle(&h);
	assert_true(control_waiting(h.control));
	p = control_frontier(h.control);
	h.done = false;
	assert_int_equal(control_start(h.control, &(struct control_command){ .kind = CONTROL_CONTINUE, .count = 1 }), 0);
	control_pause(h.control);
	assert_true(host_wait(&h, &h.done));
	assert_int_equal(control_reason(h.control), REASON_PAUSE);
	assert_int_equal(control_position(h.control), p + 1);
	/* Then it waits again. */
	host_settle(&h);
	assert_true(control_waiting(h.control));
	assert_int_equal(control_input(h.control, "\3", 1, true), 0);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	assert_int_equal(control_signal_at(h.control, control_position(h.control)).number, SIGINT);
	host_stop(&h);
}

static void a_fatal_signal_is_held(void **state)
{
	static const char source[] = "int *p;\nint main(void)\n{\n	int x = 1;\n	*p = x;\n	return 0;\n}\n";
	struct host h;
	uint64_t p;

	(void)state;
	host_start(&h, source, &ahead);
	host_settle(&h);
	p = control_frontier(h.control);
	assert_int_equal(control_live_status(h.control), STATUS_STOPPED);
	assert_int_equal(control_position(h.control), 0);
	assert_int_equal(control_signal_at(h.control, 0).number, 0);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	assert_int_equal(control_position(h.control), p);
	assert_int_equal(control_signal_at(h.control, p).number, SIGSEGV);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, true, 1), REASON_STEP);
	assert_int_equal(host_seek(&h, p), REASON_GOTO);
	/* It is shown before the program ends, also to who came by another way. */
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	assert_int_equal(control_position(h.control), p);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(control_position(h.control), p + 1);
	assert_int_equal(control_signal_at(h.control, p + 1).number, SIGSEGV);
	host_stop(&h);

	/* Who arrives there with the recorder sees it, too. */
	host_start(&h, source, &ahead);
	host_step(&h, CONTROL_STEP_IN, true, p);
	assert_int_equal(control_position(h.control), p);
	assert_int_equal(control_signal_at(h.control, p).number, SIGSEGV);
	host_stop(&h);
}

static void it_can_be_killed_meanwhile(void **state)
{
	struct host h;
	uint64_t p;

	(void)state;
	host_start(&h, endless, &(struct host_options){ .policy = RECORDS_AHEAD, .budget = 1 << 30 });
	while (control_frontier(h.control) < 1000)
		event_base_loop(h.base, EVLOOP_ONCE);
	assert_int_equal(kill(h.control->program.pid, SIGKILL), 0);
	until_exited(&h);
	p = control_frontier(h.control);
	assert_int_equal(control_position(h.control), 0);
	host_settle(&h);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 900), REASON_STEP);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(control_position(h.control), p);
	assert_int_equal(control_signal_at(h.control, p).number, SIGKILL);
	host_stop(&h);

	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	return getchar();\n}\n", &ahead);
	host_settle(&h);
	assert_true(control_waiting(h.control));
	control_terminate(h.control);
	until_exited(&h);
	assert_int_equal(control_position(h.control), 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);
}

static void it_halts(void **state)
{
	const struct control_command step = { .kind = CONTROL_STEP_IN, .by_instruction = true, .count = 1 };
	struct host h;
	uint64_t p;

	(void)state;
	host_start(&h, endless, &(struct host_options){ .policy = RECORDS_AHEAD, .budget = 1 << 30 });
	while (control_frontier(h.control) < 100)
		event_base_loop(h.base, EVLOOP_ONCE);
	assert_int_equal(control_halt(h.control), 0);
	p = control_frontier(h.control);
	for (int i = 0; i < 10; i++)
		event_base_loop(h.base, EVLOOP_NONBLOCK);
	assert_int_equal(control_frontier(h.control), p);
	assert_int_equal(control_live_status(h.control), STATUS_STOPPED);
	assert_int_equal(control_start(h.control, &step), -EBUSY);
	control_go_on(h.control);
	while (control_frontier(h.control) == p)
		event_base_loop(h.base, EVLOOP_ONCE);
	assert_int_equal(control_position(h.control), 0);
	host_stop(&h);

	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	return getchar() == 'x';\n}\n", &ahead);
	host_settle(&h);
	assert_true(control_waiting(h.control));
	assert_int_equal(control_halt(h.control), -EINPROGRESS);
	assert_true(host_wait(&h, &h.halted));
	assert_int_equal(control_live_status(h.control), STATUS_STOPPED);
	assert_int_equal(h.control->stretch.kind, STRETCH_NONE);
	assert_int_equal(control_halt(h.control), 0);
	control_go_on(h.control);
	assert_int_equal(control_input(h.control, "x\n", 2, false), 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(h.control->timeline->events.status, 1);
	host_stop(&h);
}

/* Done, or waiting: it costs nothing. */
static void idle_is_idle(void **state)
{
	const struct timeval while_ = { 0, 100000 };
	struct timespec before, after;
	struct host h;

	(void)state;
	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	return getchar() == 'x';\n}\n", &ahead);
	for (int i = 0; i < 2; i++) {
		host_settle(&h);
		event_base_loopexit(h.base, &while_);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
		event_base_dispatch(h.base);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
		assert_true(after.tv_sec == before.tv_sec && after.tv_nsec - before.tv_nsec < 5000000);
		assert_int_equal(control_input(h.control, "x\n", 2, false), 0);
		until_exited(&h);
		if (i == 0)
			assert_int_equal(host_continue(&h), REASON_EXITED);
		if (i == 0) {
			host_stop(&h);
			host_start(&h, endless, &(struct host_options){ .policy = RECORDS_AHEAD, .budget = 100 });
			host_settle(&h);
			control_terminate(h.control);
			until_exited(&h);
			break;
		}
	}
	host_stop(&h);
}

/* -- library code, too ------------------------------------------------------------------- */

static const struct host_options everything = { .policy = RECORDS_EVERYTHING, .budget = 1 << 20 };

/* Lines are stepped as without it, in either direction. */
static void everything_is_recorded(void **state)
{
	static const unsigned lines[] = { 14, 15, 16, 17, 15, 16, 17, 15 };
	unsigned inside = 0, deepest = 0;
	struct host h;
	int code;

	(void)state;
	host_start(&h, calls, &everything);
	host_settle(&h);
	assert_int_equal(control_live_status(h.control), STATUS_EXITED);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, (3 + 1330) & 0xff);
	for (uint64_t p = 0; p < 20000; p++)
		if (!image_is_own(h.image, host_register(&h, p, REG_PC))) {
			inside++;
			if (control_depth(h.control, p) > deepest)
				deepest = control_depth(h.control, p);
		}
	assert_true(inside > 1000);
	assert_true(deepest > 3);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
		assert_int_equal(host_line(&h), lines[i]);
		assert_int_equal(control_depth(h.control, control_position(h.control)), 0);
	}
	for (size_t i = sizeof lines / sizeof lines[0] - 1; i-- > 0; ) {
		assert_int_equal(host_back(&h, CONTROL_NEXT, false, 1), REASON_STEP);
		assert_int_equal(host_line(&h), lines[i]);
	}
	host_break(&h, 17);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	/* Who does not want to enter lands behind the call; who does, in it. */
	while (host_step(&h, CONTROL_STEP_IN, true, 1) == REASON_STEP)
		assert_true(image_is_own(h.image, host_register(&h, control_position(h.control), REG_PC)));
	host_seek(&h, 0);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	for (int i = 0; i < 20; i++)
		host_do(&h, (struct control_command){ .kind = CONTROL_STEP_IN, .by_instruction = true,
		    .enter = true, .count = 1 });
	assert_false(image_is_own(h.image, host_register(&h, control_position(h.control), REG_PC)));
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	host_stop(&h);
}

static void threads_are_recorded(void **state)
{
	static const char source[] =
	    "#include <pthread.h>\n#include <stdio.h>\nint n; pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;\n"
	    "static void *work(void *arg)\n{\n	for (int i = 0; i < 3; i++) {\n"
	    "		pthread_mutex_lock(&m);\n		n++;\n		pthread_mutex_unlock(&m);\n	}\n"
	    "	return arg;\n}\nint main(void)\n{\n	pthread_t t;\n"
	    "	pthread_create(&t, 0, work, &n);\n	work(0);\n	getchar();\n"
	    "	pthread_join(t, 0);\n	return n;\n}\n";
	struct host h;
	int code;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct host_options o = i == 0 ? ahead : everything;

		o.flags = "-pthread";
		host_start(&h, source, &o);
		host_settle(&h);
		assert_true(control_waiting(h.control));
		assert_int_equal(control_position(h.control), 0);
		assert_int_equal(control_input(h.control, "x\n", 2, false), 0);
		until_exited(&h);
		assert_true(control_exit_code(h.control, &code));
		assert_int_equal(code, 6);
		assert_int_equal(host_continue(&h), REASON_EXITED);
		host_stop(&h);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_run_lies_ahead),
		cmocka_unit_test(what_lies_behind_the_end_is_whole), cmocka_unit_test(a_budget_ends_it),
		cmocka_unit_test(a_full_timeline_ends_it), cmocka_unit_test(it_waits_for_input),
		cmocka_unit_test(a_pause_ends_what_a_command_waits_for),
		cmocka_unit_test(a_fatal_signal_is_held), cmocka_unit_test(it_can_be_killed_meanwhile),
		cmocka_unit_test(it_halts), cmocka_unit_test(everything_is_recorded),
		cmocka_unit_test(threads_are_recorded), cmocka_unit_test(idle_is_idle),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
