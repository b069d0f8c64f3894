/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A step ends in the same place, whether it is recorded or goes on natively. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/engine-host.h"
#include "tests/unit/stepping-programs.h"

enum { STOPS_MAX = 512, ALL_RECORDED = 1000000 };

/* -- jumps and exceptions, further in and further out than the step ------------------------ */

static const char leaps[] =
"#include <setjmp.h>\n"			/* 1 */
"static jmp_buf in, out;\n"		/* 2 */
"static volatile int n;\n"		/* 3 */
"static void leap(int far)\n"		/* 4 */
"{\n"					/* 5 */
"	n++;\n"				/* 6 */
"	if (far) longjmp(out, 1);\n"	/* 7 */
"	longjmp(in, 1);\n"		/* 8 */
"}\n"					/* 9 */
"static void within(int times)\n"	/* 10 */
"{\n"					/* 11 */
"	for (volatile int i = 0; i < times; i++)\n"	/* 12 */
"		if (setjmp(in) == 0)\n"	/* 13 */
"			leap(0);\n"	/* 14 */
"}\n"					/* 15 */
"static void through(int far)\n"	/* 16 */
"{\n"					/* 17 */
"	within(20);\n"			/* 18 */
"	leap(far);\n"			/* 19 */
"	n = 0;\n"			/* 20 */
"}\n"					/* 21 */
"static void over(void)\n"		/* 22 */
"{\n"					/* 23 */
"	if (setjmp(out) == 0)\n"	/* 24 */
"		through(1);\n"		/* 25 */
"	n += 1000;\n"			/* 26 */
"	if (n < 2000) through(1);\n"	/* 27 */
"}\n"					/* 28 */
"int main(void)\n"			/* 29 */
"{\n"					/* 30 */
"	if (setjmp(out) == 0) through(1);\n"	/* 31 */
"	n++;\n"				/* 32 */
"	over();\n"			/* 33 */
"	n++;\n"				/* 34 */
"	return 0;\n"			/* 35 */
"}\n";

static const char throws[] =
"struct noisy { int *n; explicit noisy(int *p) : n(p) {} ~noisy() { ++*n; } };\n"	/* 1 */
"static int gone;\n"			/* 2 */
"static void thrower(int x)\n"		/* 3 */
"{\n"					/* 4 */
"	noisy guard(&gone);\n"		/* 5 */
"	if (x > 1)\n"			/* 6 */
"		throw x;\n"		/* 7 */
"}\n"					/* 8 */
"static void plain(int x)\n"		/* 9 */
"{\n"					/* 10 */
"	thrower(x);\n"			/* 11 */
"	gone += 100;\n"			/* 12 */
"}\n"					/* 13 */
"static void between(int x)\n"		/* 14 */
"{\n"					/* 15 */
"	noisy guard(&gone);\n"		/* 16 */
"	plain(x);\n"			/* 17 */
"}\n"					/* 18 */
"static int caught(int x)\n"		/* 19 */
"{\n"					/* 20 */
"	for (int i = 0; i < 3; i++) {\n"	/* 21 */
"		try {\n"		/* 22 */
"			between(x);\n"	/* 23 */
"		} catch (int e) {\n"	/* 24 */
"			gone += e;\n"	/* 25 */
"		}\n"			/* 26 */
"	}\n"				/* 27 */
"	plain(x);\n"			/* 28 */
"	return 1;\n"			/* 29 */
"}\n"					/* 30 */
"static int again(int x)\n"		/* 31 */
"{\n"					/* 32 */
"	try {\n"			/* 33 */
"		return caught(x);\n"	/* 34 */
"	} catch (...) {\n"		/* 35 */
"		gone++;\n"		/* 36 */
"		throw;\n"		/* 37 */
"	}\n"				/* 38 */
"}\n"					/* 39 */
"int main()\n"				/* 40 */
"{\n"					/* 41 */
"	int r = 0;\n"			/* 42 */
"	try {\n"			/* 43 */
"		r = caught(1);\n"	/* 44 */
"		r += again(2);\n"	/* 45 */
"	} catch (int e) {\n"		/* 46 */
"		r += e;\n"		/* 47 */
"	}\n"				/* 48 */
"	return r - 3;\n"		/* 49 */
"}\n";

/* Thrown by a library that is loaded when the step goes on natively already, and has a
 * runtime of its own. */
static const char late[] =
"#include <dlfcn.h>\n"			/* 1 */
"static volatile int n;\n"		/* 2 */
"static void leave()\n"		/* 3 */
"{\n"					/* 4 */
"	void *library = dlopen(\"libstdc++.so.6\", RTLD_NOW);\n"	/* 5 */
"	auto go = (void (*)(const char *))dlsym(library, \"_ZSt20__throw_length_errorPKc\");\n"	/* 6 */
"	for (volatile int i = 0; i < 30; i++) n++;\n"	/* 7 */
"	go(\"late\");\n"		/* 8 */
"}\n"					/* 9 */
"static void within()\n"		/* 10 */
"{\n"					/* 11 */
"	leave();\n"			/* 12 */
"	n = 100;\n"			/* 13 */
"}\n"					/* 14 */
"int main()\n"				/* 15 */
"{\n"					/* 16 */
"	try { throw 1; } catch (int) { }\n"	/* 17: the own one knows registers' sizes from here on */
"	try {\n"			/* 18 */
"		within();\n"		/* 19 */
"	} catch (...) {\n"		/* 20 */
"		n = 200;\n"		/* 21 */
"	}\n"				/* 22 */
"	n++;\n"				/* 23 */
"	return n - 201;\n"		/* 24 */
"}\n";

/* -- walking ------------------------------------------------------------------------------- */

struct walk {
	uint64_t pc[STOPS_MAX], sp[STOPS_MAX];
	unsigned line[STOPS_MAX], depth[STOPS_MAX];
	size_t count;
	enum control_reason reason;	/* of its end */
};

static void note(struct host *h, struct walk *w)
{
	uint64_t position = control_position(h->control);
	struct view *v = control_view(h->control, position, 0);

	w->pc[w->count] = view_register(v, REG_PC);
	w->sp[w->count] = view_register(v, REG_SP);
	w->depth[w->count] = control_depth(h->control, position);
	w->line[w->count++] = host_line(h);
}

static void walk(struct host *h, enum control_kind kind, struct walk *w)
{
	w->count = 0;
	while (w->count < STOPS_MAX && (w->reason = host_step(h, kind, false, 1)) == REASON_STEP)
		note(h, w);
	assert_true(w->count < STOPS_MAX);
}

static void compare(const struct walk *is, const struct walk *expected)
{
	for (size_t i = 0; i < expected->count && i < is->count; i++)
		if (is->pc[i] != expected->pc[i] || is->sp[i] != expected->sp[i] || is->depth[i] != expected->depth[i] ||
		    is->line[i] != expected->line[i])
			fail_msg("stop %zu behind line %u: line %u pc %#llx depth %u, recorded line %u pc %#llx depth %u",
			    i, i > 0 ? is->line[i - 1] : 0, is->line[i], (unsigned long long)is->pc[i], is->depth[i],
			    expected->line[i], (unsigned long long)expected->pc[i], expected->depth[i]);
	assert_int_equal(is->count, expected->count);
	assert_int_equal(is->reason, expected->reason);
}

/* A walk by steps of one kind, from the first stop or from a line on. */
static void walk_with(const char *source, const struct host_options *options, uint64_t budget,
    enum control_kind kind, unsigned line, struct walk *w)
{
	struct host_options o = *options;
	struct host h;

	o.step_budget = budget;
	host_start(&h, source, &o);
	assert_string_equal(h.why, "");
	if (line > 0) {
		host_break(&h, line);
		assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
		assert_int_equal(control_set_breakpoints(h.control, NULL, 0), 0);
	}
	walk(&h, kind, w);
	host_stop(&h);
}

static const uint64_t budgets[] = { 1, 25 };

static void all_budgets(const char *source, const struct host_options *o, enum control_kind kind,
    unsigned line)
{
	static struct walk expected, is;

	walk_with(source, o, ALL_RECORDED, kind, line, &expected);
	for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
		walk_with(source, o, budgets[i], kind, line, &is);
		compare(&is, &expected);
	}
}

static const struct {
	const char *name, *source, *language;
	unsigned lines[4];	/* where walks begin: 0: the first stop */
} programs[] = {
	{ "jumps", jumps, "c", { 0, 11 } },
	{ "handlers", handlers, "c", { 0, 8 } },
	{ "exceptions", exceptions, "c++", { 0, 12 } },
	{ "recursion", recursion, "c", { 0, 5 } },
	{ "callbacks", callbacks, "c", { 0 } },
	{ "loops", loops, "c", { 0 } },
	{ "endings", endings, "c", { 0 } },
	{ "leaps", leaps, "c", { 14, 19, 25 } },
	{ "throws", throws, "c++", { 0, 11, 17, 45 } },
	{ "inlines", inlines, "c", { 0 } },
	{ "coroutines", coroutines, "c", { 0 } },
};

static void native_ends_as_recorded(void **state)
{
	static const enum control_kind kinds[] = { CONTROL_NEXT, CONTROL_STEP_OUT };
	static const char *const flags[] = { "", "-static", "-D_FORTIFY_SOURCE=2 -O1 -fomit-frame-pointer" };

	(void)state;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		for (size_t f = 0; f < sizeof flags / sizeof flags[0]; f++) {
			struct host_options o = { .language = programs[i].language, .flags = flags[f] };

			print_message("# %s %s\n", programs[i].name, flags[f]);
			for (size_t l = 0; l == 0 || (f < 2 && l < 4 && programs[i].lines[l] > 0); l++)
				for (size_t k = 0; k < 2; k++)
					all_budgets(programs[i].source, &o, kinds[k], programs[i].lines[l]);
		}
}

static void libraries_come_late(void **state)
{
	static const struct host_options o = { .language = "c++", .flags = "-static-libstdc++ -static-libgcc" };

	(void)state;
	all_budgets(late, &o, CONTROL_NEXT, 12);
	all_budgets(late, &o, CONTROL_STEP_OUT, 5);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libraries_come_late),
		cmocka_unit_test(native_ends_as_recorded),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
