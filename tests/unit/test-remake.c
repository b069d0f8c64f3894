/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What was recorded ahead is made anew where a command wants it otherwise: a library call
 * is entered, a breakpoint in a library stops.  (test-pace.c: at the same positions at any pace.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/engine-host.h"
#include "tracer/program/functions.h"
#include "tracer/program/unwind.h"

enum { BUDGET = 50000 };

static const struct host_options ahead = { .policy = RECORDS_AHEAD, .budget = BUDGET };
static const struct control_command enter = { .kind = CONTROL_STEP_IN, .by_instruction = true,
    .enter = true, .count = 1 }, enter_line = { .kind = CONTROL_STEP_IN, .enter = true, .count = 1 };

static const char says[] =
    "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"		/* 3 */
    "int n;\nint main(int argc, char **argv)\n{\n	n = argc;\n"		/* 7 */
    "	puts(\"one\");\n"							/* 8 */
    "	n += strlen(argv[0]);\n"						/* 9 */
    "	printf(\"%d\\n\", n);\n"						/* 10 */
    "	puts(\"two\");\n"							/* 11 */
    "	char *p = malloc(30);\n"						/* 12 */
    "	puts(\"three\");\n"							/* 13 */
    "	free(p);\n	return n;\n}\n";					/* 15 */

/* -- looking -------------------------------------------------------------------------- */

static struct function function_at(struct host *h)
{
	struct function f = { .name = "" };

	function_find(h->image, host_register(h, control_position(h->control), REG_PC), &f);
	return f;
}

static bool in_library(struct host *h)
{
	return !image_is_own(h->image, host_register(h, control_position(h->control), REG_PC));
}

static bool is_below(struct host *h, const char *name)
{
	struct frame frames[16];
	struct view *v = control_view(h->control, control_position(h->control), 0);
	struct function f;
	size_t count = unwind(h->image, v, frames, 16);

	for (size_t i = 1; i < count && i < 16; i++)
		if (function_find(h->image, frames[i].pc - 1, &f) && strcmp(f.name, name) == 0)
			return true;
	return false;
}

static void to_line(struct host *h, unsigned line)
{
	assert_int_equal(host_seek(h, 0), REASON_GOTO);
	while (host_line(h) != line)
		assert_int_equal(host_step(h, CONTROL_NEXT, false, 1), REASON_STEP);
}

static const char *all_output(struct host *h)
{
	return host_output(h, control_frontier(h->control));
}

static void ends(struct host *h)
{
	int code;

	assert_int_equal(host_continue(h), REASON_EXITED);
	assert_true(control_exit_code(h->control, &code));
	assert_int_equal(code, 8);
	assert_string_equal(all_output(h), "one\n8\ntwo\nthree\n");
}

/* -- entering -------------------------------------------------------------------------- */

static void a_recorded_call_is_entered(void **state)
{
	static const struct { unsigned line; const char *name; } calls[] = {
		{ 8, "puts" }, { 9, "strlen" }, { 10, "printf" }, { 12, "malloc" },
	};
	struct host h;

	(void)state;
	host_start(&h, says, &ahead);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		uint64_t epoch, from;

		host_settle(&h);
		to_line(&h, calls[i].line);
		host_settle(&h);
		assert_int_equal(control_live_status(h.control), STATUS_EXITED);
		epoch = control_epoch(h.control);
		from = control_position(h.control);
		assert_int_equal(host_do(&h, enter_line), REASON_STEP);
		if (!in_library(&h))
			fail_msg("line %u: not entered, but at line %u", calls[i].line, host_line(&h));
		/* Of strlen there are many, which have no names. */
		if (calls[i].line != 9 && strstr(function_at(&h).name, calls[i].name) == NULL)
			fail_msg("in %s, not %s", function_at(&h).name, calls[i].name);
		assert_true(is_below(&h, "main"));
		assert_int_equal(control_epoch(h.control), epoch + 1);
		assert_true(control_position(h.control) > from);
		/* What comes waits for a command; what was before is there. */
		host_settle(&h);
		assert_int_equal(control_frontier(h.control), control_position(h.control));
		assert_int_equal(host_do(&h, enter), REASON_STEP);
		assert_int_equal(control_epoch(h.control), epoch + 1);
		assert_true(in_library(&h));
		assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
		assert_string_equal(function_at(&h).name, "main");
		assert_true(host_line(&h) == calls[i].line || host_line(&h) == calls[i].line + 1);
	}
	ends(&h);
	host_stop(&h);
}

/* From the call's own instruction, step by step, and the way back. */
static void instructions_are_entered(void **state)
{
	struct host h;
	uint64_t call, epoch, seen[40];

	(void)state;
	host_start(&h, says, &ahead);
	host_settle(&h);
	to_line(&h, 8);
	do {
		call = control_position(h.control);
		assert_int_equal(host_do(&h, enter), REASON_STEP);
	} while (!in_library(&h));
	epoch = control_epoch(h.control);
	assert_int_equal(control_position(h.control), call + 1);
	for (int i = 0; i < 40; i++) {
		seen[i] = control_view(h.control, control_position(h.control), 0)->registers.word[REG_PC];
		assert_true(in_library(&h));
		assert_int_equal(control_position(h.control), call + 1 + (uint64_t)i);
		assert_int_equal(host_do(&h, enter), REASON_STEP);
		host_settle(&h);
	}
	assert_int_equal(control_epoch(h.control), epoch);
	assert_string_equal(all_output(&h), "");
	for (int i = 39; i >= 0; i--) {
		struct control_command back = enter;

		back.backwards = true;
		assert_int_equal(host_do(&h, back), REASON_STEP);
		assert_int_equal(control_view(h.control, control_position(h.control), 0)->registers.word[REG_PC], seen[i]);
	}
	/* Forwards it is the record that is gone through. */
	assert_int_equal(host_do(&h, enter), REASON_STEP);
	assert_int_equal(control_epoch(h.control), epoch);
	assert_int_equal(control_position(h.control), call + 2);
	ends(&h);
	host_stop(&h);
}

/* -- breakpoints ------------------------------------------------------------------------ */

static void a_later_breakpoint_stops(void **state)
{
	struct host h;
	uint64_t first, second, epoch;

	(void)state;
	host_start(&h, says, &ahead);
	host_settle(&h);
	epoch = control_epoch(h.control);
	first = control_frontier(h.control);
	host_break_function(&h, "puts");
	host_settle(&h);
	assert_int_equal(control_frontier(h.control), first);	/* setting it costs nothing */
	/* Nor does what passes no call. */
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 2), REASON_STEP);
	assert_int_equal(control_epoch(h.control), epoch);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(control_epoch(h.control), epoch + 1);
	assert_string_equal(function_at(&h).name, "puts");
	assert_true(is_below(&h, "main"));
	assert_string_equal(all_output(&h), "");
	first = control_position(h.control);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_string_equal(function_at(&h).name, "puts");
	assert_string_equal(host_output(&h, control_position(h.control)), "one\n8\n");
	second = control_position(h.control);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_BREAKPOINT);
	assert_int_equal(control_position(h.control), first);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(control_position(h.control), second);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_string_equal(function_at(&h).name, "main");
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	/* One that steps over the call stops in it, too. */
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 2), REASON_BREAKPOINT);
	assert_string_equal(function_at(&h).name, "puts");
	host_settle(&h);
	assert_int_equal(control_epoch(h.control), epoch + 1);
	/* Taken out it stops no more, and the record stays. */
	host_break_function(&h, NULL);
	assert_int_equal(host_seek(&h, 0), REASON_GOTO);
	ends(&h);
	assert_int_equal(control_epoch(h.control), epoch + 1);
	/* Another one: again. */
	host_settle(&h);
	host_break_function(&h, "malloc");
	assert_int_equal(host_seek(&h, 0), REASON_GOTO);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_string_equal(function_at(&h).name, "malloc");
	assert_true(control_epoch(h.control) > epoch + 1);
	host_break_function(&h, NULL);
	ends(&h);
	host_stop(&h);
}

static bool third(struct host *h, uint64_t position, struct view *view)
{
	(void)position;
	(void)view;
	return h->asked == 3;
}

static void a_condition_is_asked_at_each_arrival(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, says, &ahead);
	host_settle(&h);
	h.stops = third;
	host_break_function(&h, "puts");
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(h.asked, 3);
	assert_string_equal(host_output(&h, control_position(h.control)), "one\n8\ntwo\n");
	ends(&h);
	host_stop(&h);
}

/* -- what may not be thrown away ------------------------------------------------------------ */

static int unheard;
static uint64_t unheard_to;
static struct control_obstacle why;

static void on_unheard(void *arg, int error, const struct control_obstacle *o, uint64_t position)
{
	(void)arg;
	assert_int_equal(error, -1);	/* EPERM */
	unheard++;
	why = *o;
	unheard_to = position;
}

static void a_change_is_kept(void **state)
{
	struct control_obstacle o;
	struct host h;
	uint64_t at, epoch;

	(void)state;
	host_start(&h, says, &ahead);
	host_settle(&h);
	to_line(&h, 12);
	at = control_position(h.control);
	assert_int_equal(control_halt(h.control), 0);
	assert_int_equal(control_rewind(h.control, at, &o), 0);
	assert_int_equal(control_write_memory(h.control, host_address(&h, "n"), "\x2a\0\0", 4), 0);
	control_go_on(h.control);
	host_settle(&h);
	epoch = control_epoch(h.control);
	h.control->setup.on_unheard = on_unheard;
	unheard = 0;
	host_break_function(&h, "puts");
	assert_int_equal(host_seek(&h, 0), REASON_GOTO);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	/* Before the change it stops nothing, and that is said; behind it it does. */
	assert_int_equal(unheard, 1);
	assert_int_equal(unheard_to, at + 1);
	assert_string_equal(why.what, "a change");
	assert_int_equal(why.position, at + 1);
	assert_string_equal(host_output(&h, control_position(h.control)), "one\n8\ntwo\n");
	assert_int_equal(control_epoch(h.control), epoch + 1);
	to_line(&h, 8);
	at = control_position(h.control);
	assert_int_equal(host_do(&h, enter_line), REASON_STEP);
	assert_int_equal(control_failed(h.control, &o), -1);
	assert_string_equal(o.what, "a change");
	assert_int_equal(control_position(h.control), at);
	host_break_function(&h, NULL);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(control_failed(h.control, &o), 0);
	assert_int_equal(h.control->timeline->events.status, 42);
	host_stop(&h);
}

static void threads_prevent_it(void **state)
{
	static const char source[] =
	    "#include <pthread.h>\n#include <stdio.h>\n"
	    "static void *work(void *arg) { return arg; }\n"
	    "int main(void)\n{\n	pthread_t t;\n	puts(\"before\");\n"			/* 7 */
	    "	pthread_create(&t, 0, work, 0);\n	pthread_join(t, 0);\n"
	    "	puts(\"behind\");\n	return 0;\n}\n";
	struct host_options o = ahead;
	struct control_obstacle obstacle;
	struct host h;

	(void)state;
	o.flags = "-pthread";
	host_start(&h, source, &o);
	host_settle(&h);
	assert_int_equal(control_live_status(h.control), STATUS_EXITED);
	h.control->setup.on_unheard = on_unheard;
	unheard = 0;
	host_break_function(&h, "puts");
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_string_equal(host_output(&h, control_position(h.control)), "before\n");
	assert_int_equal(unheard, 1);
	assert_non_null(strstr(why.what, "clone"));
	to_line(&h, 7);
	host_do(&h, enter_line);
	assert_int_equal(control_failed(h.control, &obstacle), -1);
	assert_int_equal(host_line(&h), 7);
	host_stop(&h);
}

static void what_waits_for_input_is_made_anew(void **state)
{
	static const char source[] =
	    "#include <stdio.h>\nint main(void)\n{\n	char line[40];\n"
	    "	puts(\"name?\");\n	if (fgets(line, sizeof line, stdin) == NULL)\n		return 9;\n"
	    "	printf(\"hello %s\", line);\n	return 0;\n}\n";
	struct host h;
	uint64_t at = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		host_start(&h, source, &ahead);
		host_settle(&h);
		assert_true(control_waiting(h.control));
		/* By one who comes along with it, and by one who has been waiting there. */
		if (i == 1) {
			h.done = false;
			assert_int_equal(control_start(h.control, &(struct control_command){ .kind = CONTROL_CONTINUE, .count = 1 }), 0);
			host_break_function(&h, "fgets");
			assert_true(host_wait(&h, &h.done));
			assert_int_equal(control_reason(h.control), REASON_BREAKPOINT);
		} else {
			host_break_function(&h, "fgets");
			assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
		}
		assert_string_equal(function_at(&h).name, "fgets");
		assert_string_equal(all_output(&h), "name?\n");
		assert_true(at == 0 || at == control_position(h.control));
		at = control_position(h.control);
		assert_int_equal(control_input(h.control, "tux\n", 4, false), 0);
		assert_int_equal(host_continue(&h), REASON_EXITED);
		assert_string_equal(all_output(&h), "name?\nhello tux\n");
		host_stop(&h);
	}
}

/* The recorder stands where a signal is blocked and on its way, as it is within each raise(3). */
static void a_signal_on_its_way_is_awaited(void **state)
{
	struct control_obstacle o;
	struct host h;
	int code;

	(void)state;
	host_start(&h, "#include <signal.h>\n#include <stdio.h>\nint n;\nstatic void on(int s)\n{\n	n += s;\n}\n"
	    "int main(void)\n{\n	puts(\"one\");\n"				/* 10 */
	    "	sigset_t s;\n	sigemptyset(&s);\n	sigaddset(&s, SIGUSR1);\n	signal(SIGUSR1, on);\n"
	    "	sigprocmask(SIG_BLOCK, &s, 0);\n	raise(SIGUSR1);\n"
	    "	for (int i = 0; i < 300; i++)\n		n++;\n"
	    "	sigprocmask(SIG_UNBLOCK, &s, 0);\n	return n - 300;\n}\n", &ahead);
	while (h.control->stretch.kind != STRETCH_NONE ||
	    !tracee_signal_waits(process_threads(h.control->process)))
		event_base_loop(h.base, EVLOOP_ONCE);
	assert_int_equal(host_do(&h, enter_line), REASON_STEP);
	assert_int_equal(host_line(&h), 10);
	assert_int_equal(host_do(&h, enter_line), REASON_STEP);
	assert_int_equal(control_failed(h.control, &o), 0);
	assert_true(in_library(&h) && is_below(&h, "main"));
	while (host_continue(&h) != REASON_EXITED)
		;
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, SIGUSR1);
	assert_string_equal(all_output(&h), "one\n");
	host_stop(&h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recorded_call_is_entered), cmocka_unit_test(instructions_are_entered),
		cmocka_unit_test(a_later_breakpoint_stops), cmocka_unit_test(a_condition_is_asked_at_each_arrival),
		cmocka_unit_test(a_change_is_kept), cmocka_unit_test(threads_prevent_it),
		cmocka_unit_test(what_waits_for_input_is_made_anew), cmocka_unit_test(a_signal_on_its_way_is_awaited),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
