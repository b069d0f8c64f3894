/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Steps by line end where a person expects, forwards and backwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/engine-host.h"
#include "tests/unit/stepping-programs.h"
#include "tracer/program/frames.h"
#include "tracer/program/inlined.h"
#include "tracer/program/variables.h"

enum { STOPS_MAX = 4096 };

struct walk {
	uint64_t stops[STOPS_MAX];	/* where steps from the start end, ascending */
	size_t count;
	char lines[16384];		/* "9 10 3 …" */
};

/* Step to the end of the program. */
static void walk(struct host *h, enum control_kind kind, struct walk *w)
{
	size_t length = 0;

	host_seek(h, 0);
	w->count = 0;
	w->stops[w->count++] = 0;
	w->lines[0] = '\0';
	while (host_step(h, kind, false, 1) == REASON_STEP && w->count < STOPS_MAX) {
		w->stops[w->count++] = control_position(h->control);
		length += (size_t)snprintf(w->lines + length, sizeof w->lines - length, "%s%u",
		    length > 0 ? " " : "", host_line(h));
	}
	assert_true(length < sizeof w->lines);
}

/* The last stop at or before a position. */
static size_t stop_before(const struct walk *w, uint64_t position)
{
	size_t i = w->count;

	while (i > 0 && w->stops[i - 1] > position)
		i--;
	return i - 1;
}

static bool is_stop(const struct walk *w, uint64_t position)
{
	return w->stops[stop_before(w, position)] == position;
}

static bool at_statement(struct host *h)
{
	struct view *v = control_view(h->control, control_position(h->control), 0);
	struct line_row row;

	return lines_find(h->image, view_register(v, REG_PC), &row) && row.file >= 0 &&
	    row.line > 0 && row.is_stmt && image_is_own(h->image, view_register(v, REG_PC));
}

static unsigned depth_here(struct host *h)
{
	return control_depth(h->control, control_position(h->control));
}

/* Back over all that was walked, to the very same positions. */
static void back_again(struct host *h, enum control_kind kind, const struct walk *w)
{
	uint64_t end = control_position(h->control);

	for (size_t i = w->count - (w->stops[w->count - 1] == end); i-- > 0; ) {
		host_back(h, kind, false, 1);
		assert_int_equal(control_position(h->control), w->stops[i]);
	}
}

/* From anywhere in a line's visit: forwards to the next one's start, and back to its own. */
static void there_and_back(struct host *h, const struct walk *w, uint64_t position)
{
	size_t visit = stop_before(w, position);

	host_seek(h, position);
	if (!at_statement(h))
		return;
	if (host_step(h, CONTROL_STEP_IN, false, 1) != REASON_STEP)
		return;
	assert_int_equal(control_position(h->control), w->stops[visit + 1]);
	host_back(h, CONTROL_STEP_IN, false, 1);
	assert_int_equal(control_position(h->control), w->stops[visit]);
}

/* What passes over calls stops where what goes into them does, too; and where it has
 * stayed in its frame, going back and forth ends in the same place. */
static void over_and_back(struct host *h, const struct walk *w, uint64_t position)
{
	uint64_t there, back;
	unsigned depth;

	host_seek(h, position);
	depth = depth_here(h);
	if (!at_statement(h) || host_step(h, CONTROL_NEXT, false, 1) != REASON_STEP)
		return;
	there = control_position(h->control);
	assert_true(is_stop(w, there));
	if (depth_here(h) != depth)
		return;
	host_back(h, CONTROL_NEXT, false, 1);
	back = control_position(h->control);
	assert_true(back < there && is_stop(w, back));
	if (depth_here(h) != depth)
		return;
	host_step(h, CONTROL_NEXT, false, 1);
	assert_int_equal(control_position(h->control), there);
}

/* Frames of functions that were called, without inlined calls. */
static bool is_below(struct host *h, uint64_t position, uint64_t other)
{
	struct brief a, b;

	timeline_brief(h->control->timeline, position, &a);
	timeline_brief(h->control->timeline, other, &b);
	return a.depth < b.depth || (a.depth == b.depth && inlined_depth(h->image, b.pc) > 0) ||
	    !image_is_own(h->image, b.pc);
}

/* Out of a frame, and back to before it was called. */
static void out_and_back(struct host *h, uint64_t position)
{
	host_seek(h, position);
	if (host_step(h, CONTROL_STEP_OUT, false, 1) == REASON_STEP)
		assert_true(is_below(h, control_position(h->control), position));
	host_seek(h, position);
	if (host_back(h, CONTROL_STEP_OUT, false, 1) == REASON_STEP)
		assert_true(is_below(h, control_position(h->control), position));
}

static void all_ways(const char *source, const struct host_options *options)
{
	static struct walk in, over;
	struct host h;
	uint64_t end, stride;

	host_start(&h, source, options);
	assert_string_equal(h.why, "");
	walk(&h, CONTROL_STEP_IN, &in);
	assert_int_equal(control_reason(h.control), REASON_EXITED);
	end = control_position(h.control);
	back_again(&h, CONTROL_STEP_IN, &in);
	walk(&h, CONTROL_NEXT, &over);
	if (control_depth(h.control, 0) == 0)	/* else it leaves an inlined call, and back passes over that */
		back_again(&h, CONTROL_NEXT, &over);
	for (size_t i = 0; i < over.count; i++)
		assert_true(is_stop(&in, over.stops[i]));
	stride = end / 400 + 1;
	for (uint64_t p = 0; p < end; p += stride) {
		there_and_back(&h, &in, p);
		over_and_back(&h, &in, p);
		out_and_back(&h, p);
	}
	host_stop(&h);
}

static const struct {
	const char *name, *source, *language, *in, *over;	/* lines at -O0 */
} programs[] = {
	{ "recursion", recursion, "c",
	  "10 2 3 5 2 3 5 2 3 4 7 5 6 7 5 6 7 10 11 12",
	  "10 11 12" },
	{ "callbacks", callbacks, "c",
	  "9 10 3 4 5 6 3 4 5 6 3 4 5 6 11 12",
	  "9 10 11 12" },
	{ "jumps", jumps, "c",
	  "16 17 18 10 11 5 6 7 16 17 18 10 11 5 6 7 16 17 19 20",
	  "16 17 18 16 17 18 16 17 19 20" },
	{ "handlers", handlers, "c",
	  "13 14 15 6 7 8 10 16 17 18 6 7 8 9 17 19 20",
	  "13 14 15 16 17 18 17 19 20" },
	{ "exceptions", exceptions, "c++",
	  "16 18 10 11 1 12 4 5 7 8 12 13 1 12 13 18 19 10 11 1 12 4 5 6 13 1 13 21 22 23 24 25",
	  "16 18 19 21 22 23 24 25" },
	{ "inlines", inlines, "c",
	  "26 27 5 6 10 11 12 5 6 12 27 28 21 15 16 17 18 21 22 29 30 31 32",
	  "26 27 28 29 30 31 32" },
	{ "tails", tails, "c",
	  "25 5 6 7 9 12 13 14 16 5 6 7 9 12 13 14 16 5 6 7 9 12 13 14 15 17 10 17 10 17 10 25 26 19 20 21 22 26 27 28 29",
	  "25 26 27 28 29" },
	{ "loops", loops, "c",
	  "15 16 17 18 19 18 19 18 19 18 19 18 20 21 3 4 5 6 8 9 5 6 7 5 6 8 9 5 6 7 5 11 12 21 22 23 26 27",
	  "15 16 17 18 19 18 19 18 19 18 19 18 20 21 22 23 26 27" },
	{ "endings", endings, "c",
	  "17 18 19 20 12 13 14 8 9 10",
	  "17 18 19 20" },
	{ "coroutines", coroutines, "c",
	  "23 24 25 26 27 28 17 18 12 13 6 7 8 19 20 29 17 18 9 10 14 15 19 20 30 31",
	  "23 24 25 26 27 28 29 30 31" },
};

static void lines_are_as_expected(void **state)
{
	static struct walk w;
	struct host h;

	(void)state;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
		print_message("# %s\n", programs[i].name);
		host_start(&h, programs[i].source, &(struct host_options){ .language = programs[i].language });
		walk(&h, CONTROL_STEP_IN, &w);
		assert_string_equal(w.lines, programs[i].in);
		walk(&h, CONTROL_NEXT, &w);
		assert_string_equal(w.lines, programs[i].over);
		host_stop(&h);
	}
}

static void forth_and_back_agree(void **state)
{
	static const struct host_options options[] = {
		{ .flags = "" }, { .flags = "-O1" }, { .flags = "-O2 -fomit-frame-pointer" }, { .flags = "-O3" },
		{ .flags = "", .clang = true }, { .flags = "-O2 -fomit-frame-pointer", .clang = true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		for (size_t k = 0; k < sizeof options / sizeof options[0]; k++) {
			struct host_options o = options[k];

			o.language = programs[i].language;
			print_message("# %s, %s %s\n", programs[i].name, o.clang ? "clang" : "gcc", o.flags);
			all_ways(programs[i].source, &o);
		}
}

/* -- places of their own ---------------------------------------------------------------- */

static void break_and_run(struct host *h, unsigned line)
{
	host_break(h, line);
	assert_int_equal(host_continue(h), REASON_BREAKPOINT);
	assert_int_equal(control_set_breakpoints(h->control, NULL, 0), 0);
}

static void expect_frame(struct host *h, const struct frame *f, const char *name, unsigned line,
    const char *variable, const char *value)
{
	struct view *v = control_view(h->control, control_position(h->control), 0);
	static struct variable is;
	char called[256];
	unsigned at;
	int file;

	frame_name(h->image, f, called, sizeof called);
	assert_string_equal(called, name);
	assert_true(frame_place(h->image, f, &file, &at));
	assert_int_equal(at, line);
	assert_true(variable_find(h->image, v, f, variable, &is));
	assert_string_equal(is.value, value);
}

static void inlined_calls_are_frames(void **state)
{
	static struct frame frames[16];
	static struct variable unused;
	struct host h;
	uint64_t start;

	(void)state;
	host_start(&h, inlines, &(struct host_options){ 0 });
	break_and_run(&h, 12);
	assert_int_equal(depth_here(&h), 1);
	host_step(&h, CONTROL_STEP_IN, false, 1);
	assert_int_equal(host_line(&h), 5);
	assert_int_equal(depth_here(&h), 2);
	start = control_position(h.control);
	assert_true(frames_find(h.image, control_view(h.control, start, 0), frames, 16) >= 3);
	expect_frame(&h, &frames[0], "half", 5, "x", "20");
	expect_frame(&h, &frames[1], "quarter", 12, "h", "20");
	expect_frame(&h, &frames[2], "main", 27, "sink", "20");
	assert_int_equal(frames[0].cfa, frames[2].cfa);
	/* A name of the caller is none here. */
	assert_false(variable_find(h.image, control_view(h.control, start, 0), &frames[0], "h", &unused));
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 12);
	assert_int_equal(depth_here(&h), 1);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 27);
	assert_int_equal(depth_here(&h), 0);
	host_seek(&h, start);
	assert_int_equal(host_back(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(depth_here(&h), 1);
	assert_int_equal(host_line(&h), 12);
	/* By instruction there are only the functions that were called: out of main, and back to its start. */
	host_seek(&h, start);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, true, 1), REASON_EXITED);
	host_seek(&h, start);
	assert_int_equal(host_back(&h, CONTROL_STEP_OUT, true, 1), REASON_ENTRY);
	assert_int_equal(control_position(h.control), 0);
	host_seek(&h, 0);
	/* A function that is called out of an inlined call has that below it. */
	break_and_run(&h, 17);
	assert_int_equal(depth_here(&h), 2);
	assert_true(frames_find(h.image, control_view(h.control, control_position(h.control), 0),
	    frames, 16) >= 3);
	expect_frame(&h, &frames[1], "calls", 21, "x", "10");
	host_stop(&h);
}

/* A line of which all code is inlined is stopped at, before anything of it has run. */
static void lines_of_inlined_calls(void **state)
{
	static struct walk w;
	struct host h;
	uint64_t call;

	(void)state;
	host_start(&h, inlines, &(struct host_options){ .flags = "-O2 -fomit-frame-pointer" });
	walk(&h, CONTROL_NEXT, &w);
	assert_string_equal(w.lines, "27 28 29 30 31");
	/* To and fro: the same place, seen from outside. */
	host_seek(&h, w.stops[4]);
	host_back(&h, CONTROL_NEXT, false, 1);
	call = control_position(h.control);
	assert_int_equal(call, w.stops[3]);
	assert_int_equal(host_line(&h), 29);
	assert_int_equal(control_before_calls(h.control, call, 0), 1);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(control_position(h.control), w.stops[4]);
	/* Into it no instruction is run; there it is the call's inside, as it is for a seek. */
	host_back(&h, CONTROL_NEXT, false, 1);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1), REASON_STEP);
	assert_int_equal(control_position(h.control), call);
	assert_int_equal(host_line(&h), 21);
	assert_int_equal(control_before_calls(h.control, call, 0), 0);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 22);
	host_seek(&h, call);
	assert_int_equal(host_line(&h), 21);
	/* Several at once. */
	host_seek(&h, w.stops[0]);
	host_step(&h, CONTROL_NEXT, false, 3);
	assert_int_equal(host_line(&h), 29);
	host_step(&h, CONTROL_NEXT, false, 2);
	assert_int_equal(host_line(&h), 31);
	host_back(&h, CONTROL_NEXT, false, 2);
	assert_int_equal(host_line(&h), 29);
	/* A breakpoint of the inlined line is in there. */
	host_seek(&h, 0);
	host_break(&h, 21);
	host_step(&h, CONTROL_NEXT, false, 4);
	assert_int_equal(control_position(h.control), call);
	assert_int_equal(control_reason(h.control), REASON_BREAKPOINT);
	assert_int_equal(host_line(&h), 21);
	host_stop(&h);
}

static void tail_calls_end_in_the_caller(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, tails, &(struct host_options){ .flags = "-O2 -fomit-frame-pointer" });
	break_and_run(&h, 13);			/* odd, which even has jumped to */
	assert_int_equal(depth_here(&h), 1);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(depth_here(&h), 0);
	assert_in_range(host_line(&h), 25, 26);	/* the result's store may be either's */
	break_and_run(&h, 21);			/* jumps to puts */
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(depth_here(&h), 0);
	assert_string_equal(host_output(&h, control_position(h.control)), "said\n");
	host_stop(&h);
}

static void exceptions_end_where_they_land(void **state)
{
	struct host h;
	uint64_t thrown;

	(void)state;
	host_start(&h, exceptions, &(struct host_options){ .language = "c++" });
	break_and_run(&h, 6);
	thrown = control_position(h.control);
	for (int i = 0; i < 2; i++) {
		host_seek(&h, thrown);
		assert_int_equal(host_step(&h, i == 0 ? CONTROL_NEXT : CONTROL_STEP_OUT, false, 1), REASON_STEP);
		assert_int_equal(depth_here(&h), 1);	/* between, which destroys its guard */
		assert_int_equal(host_line(&h), 13);
		assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
		assert_int_equal(depth_here(&h), 0);
		assert_int_equal(host_line(&h), 21);
	}
	host_stop(&h);
}

static void pause_it(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	control_pause(((struct host *)arg)->control);
}

/* Left in the middle of a library: from there to the person's code. */
static void out_of_a_library(void **state)
{
	static const char source[] =
	    "#include <unistd.h>\n"		/* 1 */
	    "static int nap(void)\n"		/* 2 */
	    "{\n"				/* 3 */
	    "	usleep(400000);\n"		/* 4 */
	    "	return 1;\n"			/* 5 */
	    "}\n"				/* 6 */
	    "int main(void)\n"			/* 7 */
	    "{\n"				/* 8 */
	    "	return nap() - 1;\n"		/* 9 */
	    "}\n";
	const struct timeval soon = { 0, 50000 };
	const enum control_kind kinds[] = { CONTROL_NEXT, CONTROL_STEP_OUT, CONTROL_STEP_IN };
	struct event *timer;
	struct host h;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		host_start(&h, source, &(struct host_options){ 0 });
		break_and_run(&h, 4);
		timer = evtimer_new(h.base, pause_it, &h);
		evtimer_add(timer, &soon);
		assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_PAUSE);
		assert_int_equal(host_line(&h), 0);
		assert_int_equal(depth_here(&h), 1);
		assert_int_equal(host_step(&h, kinds[i], false, 1), REASON_STEP);
		assert_int_equal(host_line(&h), 5);
		assert_int_equal(depth_here(&h), 1);
		event_free(timer);
		host_stop(&h);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_as_expected),
		cmocka_unit_test(forth_and_back_agree),
		cmocka_unit_test(inlined_calls_are_frames),
		cmocka_unit_test(lines_of_inlined_calls),
		cmocka_unit_test(tail_calls_end_in_the_caller),
		cmocka_unit_test(exceptions_end_where_they_land),
		cmocka_unit_test(out_of_a_library),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
