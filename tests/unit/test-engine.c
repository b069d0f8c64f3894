/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Real programs under control: stepping, going back, native stretches. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>

#include "tests/unit/engine-host.h"

static const char simple[] =
"#include <stdio.h>\n"			/* 1 */
"int twice(int x)\n"			/* 2 */
"{\n"					/* 3 */
"	int y = x * 2;\n"		/* 4 */
"	return y;\n"			/* 5 */
"}\n"					/* 6 */
"int main(void)\n"			/* 7 */
"{\n"					/* 8 */
"	int a = 1;\n"			/* 9 */
"	a = twice(a + 1);\n"		/* 10 */
"	printf(\"a %d\\n\", a);\n"	/* 11 */
"	a++;\n"				/* 12 */
"	return a;\n"			/* 13 */
"}\n";					/* 14 */

static void steps_by_line(void **state)
{
	static const unsigned in[] = { 9, 10, 3, 4, 5, 6, 10, 11, 12, 13, 14 };
	static const unsigned over[] = { 9, 10, 11, 12, 13, 14 };
	uint64_t positions[12];
	struct host h;
	int code;

	(void)state;
	host_start(&h, simple, &(struct host_options){ 0 });
	assert_string_equal(h.why, "");
	assert_int_equal(control_reason(h.control), REASON_ENTRY);
	assert_int_equal(host_line(&h), 8);
	for (size_t i = 0; i < sizeof in / sizeof in[0]; i++) {
		assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1), REASON_STEP);
		assert_int_equal(host_line(&h), in[i]);
		positions[i] = control_position(h.control);
	}
	assert_string_equal(host_output(&h, control_position(h.control)), "a 4\n");
	assert_string_equal(host_output(&h, positions[7]), "");
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1), REASON_EXITED);
	assert_int_equal(control_status_at(h.control, control_frontier(h.control)), STATUS_EXITED);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, 5);
	for (size_t i = sizeof in / sizeof in[0]; i-- > 0; ) {
		assert_int_equal(host_back(&h, CONTROL_STEP_IN, false, 1), REASON_STEP);
		assert_int_equal(control_position(h.control), positions[i]);
	}
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, false, 1), REASON_ENTRY);
	assert_int_equal(control_position(h.control), 0);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, false, 1), REASON_ENTRY);
	for (size_t i = 0; i < sizeof over / sizeof over[0]; i++) {
		assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
		assert_int_equal(host_line(&h), over[i]);
	}
	for (size_t i = sizeof over / sizeof over[0] - 1; i-- > 0; ) {
		assert_int_equal(host_back(&h, CONTROL_NEXT, false, 1), REASON_STEP);
		assert_int_equal(host_line(&h), over[i]);
	}
	host_stop(&h);
}

static void steps_by_instruction(void **state)
{
	struct host h;
	uint64_t pcs[400], n = 0;

	(void)state;
	host_start(&h, simple, &(struct host_options){ 0 });
	do {
		struct view *v = control_view(h.control, control_position(h.control), 0);

		assert_int_equal(control_position(h.control), n);
		pcs[n++] = view_register(v, REG_PC);
	} while (host_step(&h, CONTROL_STEP_IN, true, 1) == REASON_STEP);
	assert_int_equal(control_reason(h.control), REASON_EXITED);
	for (uint64_t i = n; i-- > 0; ) {
		assert_int_equal(host_back(&h, CONTROL_STEP_IN, true, 1), i > 0 ? REASON_STEP : REASON_ENTRY);
		assert_int_equal(view_register(control_view(h.control, i, 0), REG_PC), pcs[i]);
		assert_int_equal(control_position(h.control), i);
	}
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 20), REASON_STEP);
	assert_int_equal(control_position(h.control), 20);
	host_stop(&h);
}

static void steps_out_and_over_recursion(void **state)
{
	static const char source[] =
	    "int f(int n)\n"			/* 1 */
	    "{\n"				/* 2 */
	    "	if (n == 0)\n"			/* 3 */
	    "		return 1;\n"		/* 4 */
	    "	int r = f(n - 1);\n"		/* 5 */
	    "	return r + n;\n"		/* 6 */
	    "}\n"				/* 7 */
	    "int main(void)\n"			/* 8 */
	    "{\n"				/* 9 */
	    "	int r = f(3);\n"		/* 10 */
	    "	return r;\n"			/* 11 */
	    "}\n";
	struct host h;
	uint64_t p;

	(void)state;
	host_start(&h, source, &(struct host_options){ 0 });
	host_break(&h, 5);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(host_line(&h), 5);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 1);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 2);
	assert_int_equal(control_set_breakpoints(h.control, NULL, 0), 0);
	p = control_position(h.control);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 6);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 2);
	assert_int_equal(host_back(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(control_position(h.control), p);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 1);
	assert_int_equal(host_line(&h), 5);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 0);
	assert_int_equal(host_line(&h), 10);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_EXITED);
	host_stop(&h);
}

static bool told(struct host *h, const char *what)
{
	const char *words[8];
	size_t n = control_varies(h->control, words, 8);

	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], what) == 0)
			return true;
	return false;
}

/* Where the kernel chooses addresses, the next run has others, and that is said. */
static void what_varies_is_told(void **state)
{
	struct host h;

	(void)state;
	for (int i = 0; i < 2; i++) {
		host_start(&h, "int main(void)\n{\n	return 0;\n}\n", &(struct host_options){ .addresses_move = i > 0 });
		assert_int_equal(told(&h, "addresses"), i > 0);
		assert_false(told(&h, "random"));
		assert_false(told(&h, "time"));
		host_stop(&h);
	}
}

/* -- mappings ------------------------------------------------------------------------- */

static unsigned protection_at(const struct host *h, uint64_t position, uint64_t address)
{
	const struct region_table *t = regions_at(&h->control->timeline->regions, position);
	ssize_t i = region_find(t, address);

	return i < 0 ? 0 : t->regions[i].protection;
}

/* Nothing but the calls tells of these: there is no page fault, and of shared memory no
 * count of the program's own pages. */
static void mappings_are_those_of_each_position(void **state)
{
	uint64_t at[4], shared;
	struct host h;

	(void)state;
	host_start(&h, "#include <sys/mman.h>\n"
	    "static char *shared;\n"
	    "int main(void) {\n"
	    "	shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
	    "	mprotect(shared, 4096, PROT_READ);\n"
	    "	munmap(shared, 4096);\n"
	    "	return 0;\n}\n", &(struct host_options){ 0 });
	for (unsigned i = 0; i < 4; i++) {
		host_step(&h, CONTROL_NEXT, false, 1);
		assert_int_equal(host_line(&h), 4 + i);
		at[i] = control_position(h.control);
	}
	timeline_peek(h.control->timeline, host_address(&h, "shared"), (uint8_t *)&shared, sizeof shared);
	assert_int_equal(protection_at(&h, at[0], shared), 0);
	assert_int_equal(protection_at(&h, at[1], shared), PROT_READ | PROT_WRITE);
	assert_int_equal(protection_at(&h, at[2], shared), PROT_READ);
	assert_int_equal(protection_at(&h, at[3], shared), 0);
	host_stop(&h);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(steps_by_line),
	cmocka_unit_test(steps_by_instruction),
	cmocka_unit_test(steps_out_and_over_recursion),
	cmocka_unit_test(what_varies_is_told),
	cmocka_unit_test(mappings_are_those_of_each_position),
};

int main(int argc, char **argv)
{
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
