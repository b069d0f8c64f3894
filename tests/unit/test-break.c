/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Breakpoints that are asked whether they stop, natively and over the record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/unit/engine-host.h"
#include "tracer/program/variables.h"

static const struct host_options plain;

/* A view's word at a symbol's address. */
static uint64_t counter_at;

static uint32_t counter(const struct view *view)
{
	uint32_t value = 0;

	assert_true(view_read_all(view, counter_at, &value, sizeof value));
	return value;
}

static bool at_tenth(struct host *h, uint64_t position, struct view *view)
{
	(void)h;
	assert_true(view->position == position);
	return counter(view) % 10 == 9;
}

static bool never(struct host *h, uint64_t position, struct view *view)
{
	(void)h;
	(void)position;
	(void)view;
	return false;
}

static uint64_t object(struct host *h, const char *name)
{
	struct view *v = control_view(h->control, 0, 0);
	static struct variable variable;
	static struct frame frame;

	assert_true(unwind(h->image, v, &frame, 1) == 1);
	assert_true(variable_find(h->image, v, &frame, name, &variable));
	return variable.address;
}

static const char loop[] =
    "int n, m;\n"						/* 1 */
    "int main(void)\n{\n"
    "	for (int i = 0; i < 35; i++) {\n"			/* 4 */
    "		n = i;\n"					/* 5 */
    "		m += n;\n"					/* 6 */
    "	}\n	return n;\n}\n";				/* 8 */

/* A hit that does not stop leaves no record, and what the program does is the same. */
static void hits_are_passed_in_one_stretch(void **state)
{
	struct host h;
	int code;

	(void)state;
	host_start(&h, loop, &plain);
	counter_at = object(&h, "n");
	h.stops = at_tenth;
	host_break(&h, 6);
	for (uint32_t i = 9; i < 30; i += 10) {
		uint64_t before = control_frontier(h.control);

		assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
		assert_int_equal(host_int(&h, "n"), i);
		assert_int_equal(host_line(&h), 6);
		assert_in_range(control_frontier(h.control) - before, 1, 2);
	}
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(h.asked, 35);
	assert_int_equal(host_int(&h, "m"), 34 * 35 / 2);
	assert_true(control_exit_code(h.control, &code) && code == 34);
	for (uint32_t i = 29; i > 0 && i < 30; i -= 10) {
		assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_BREAKPOINT);
		assert_int_equal(host_int(&h, "n"), i);
	}
	host_stop(&h);
}

static void steps_ask_too(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, loop, &plain);
	counter_at = object(&h, "n");
	h.stops = at_tenth;
	host_break(&h, 6);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_BREAKPOINT);
	assert_int_equal(host_int(&h, "n"), 9);
	assert_int_equal(h.asked, 10);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	assert_int_equal(h.asked, 19);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1000), REASON_BREAKPOINT);
	assert_int_equal(host_int(&h, "n"), 9);
	h.stops = never;
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1), REASON_STEP);
	host_stop(&h);
}

static const char recursion[] =
    "int n, deepest;\n"						/* 1 */
    "static int down(int k)\n{\n"				/* 2 */
    "	n = k;\n"						/* 4 */
    "	if (k == 0) return 1;\n"				/* 5 */
    "	int r = down(k - 1) + 1;\n"				/* 6 */
    "	return r;\n}\n"						/* 7 */
    "static int work(void)\n{\n"				/* 9 */
    "	int r = 0;\n"						/* 11 */
    "	for (int i = 0; i < 400; i++) r += down(100);\n"	/* 12 */
    "	return r;\n}\n"						/* 13 */
    "int main(void)\n{\n"					/* 15 */
    "	int r = work();\n"					/* 17 */
    "	return r == 40400;\n}\n";				/* 18 */

/* The call is too long to be recorded whole; its frame is the outer one. */
static void a_passed_breakpoint_in_a_long_call(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, recursion, &plain);
	counter_at = object(&h, "n");
	h.stops = never;
	host_break(&h, 7);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 17);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 18);
	assert_int_equal(host_int(&h, "r"), 40400);
	assert_int_equal(h.asked, 40000);
	host_stop(&h);
}

static void set_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	host_break(arg, 5);
}

/* Without an end of the stretch. */
static void it_is_set_while_the_program_runs(void **state)
{
	const struct timeval soon = { 0, 20000 };
	struct event *timer;
	struct host h;

	(void)state;
	host_start(&h, "int n;\nint main(void)\n{\n	for (;;)\n		n++;\n}\n", &plain);
	timer = evtimer_new(h.base, set_late, &h);
	evtimer_add(timer, &soon);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(host_line(&h), 5);
	assert_int_equal(control_frontier(h.control), 1);
	event_free(timer);
	host_stop(&h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hits_are_passed_in_one_stretch), cmocka_unit_test(steps_ask_too),
		cmocka_unit_test(a_passed_breakpoint_in_a_long_call),
		cmocka_unit_test(it_is_set_while_the_program_runs),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
