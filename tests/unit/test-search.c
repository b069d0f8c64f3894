/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Commands in the record stop where a look at each position says, either way. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "tests/unit/engine-host.h"
#include "tracer/program/variables.h"

enum { STEPS = 6000, STOPS = 2000 };

static const char program[] =
"static int table[64], total; static char flags[8];\n"
"static int leaf(int n) { flags[n & 7]++; return n * 3; }\n"
"static int tree(int n) { return n < 2 ? leaf(n) : tree(n - 1) + tree(n - 2); }\n"
"int main(void) {\n"
"	for (int i = 0; ; i++) {\n"
"		table[i & 63] = tree(i % 7);\n"
"		if (i % 5 == 0) total += leaf(i);\n"
"	}\n"
"}\n";

struct stops {
	uint64_t at[STOPS];
	size_t count;
};

static void begin(struct host *h)
{
	host_start(h, program, &(struct host_options){ .steps_max = 1000000 });
	assert_int_equal(host_step(h, CONTROL_STEP_IN, true, STEPS), REASON_STEP);
	assert_int_equal(control_frontier(h->control), STEPS);
}

static void add(struct stops *s, uint64_t position)
{
	assert_true(s->count < STOPS);
	s->at[s->count++] = position;
}

static bool is_one_of(uint64_t pc, const uint64_t *addresses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (addresses[i] == pc)
			return true;
	return false;
}

/* By looking at each. */
static void scan(struct host *h, const uint64_t *addresses, size_t count, struct stops *s)
{
	s->count = 0;
	for (uint64_t p = 1; p <= STEPS; p++)
		if (control_watch_at(h->control, p) >= 0 ||
		    is_one_of(control_arrived_at(h->control, p), addresses, count))
			add(s, p);
}

static void forwards(struct host *h, const struct stops *expected)
{
	host_seek(h, 0);
	for (size_t i = 0; i < expected->count; i++) {
		host_continue(h);
		assert_int_equal(control_position(h->control), expected->at[i]);
	}
}

static void backwards(struct host *h, const struct stops *expected)
{
	host_seek(h, STEPS);
	for (size_t i = expected->count; i-- > 0; ) {
		if (expected->at[i] == STEPS)
			continue;
		host_back(h, CONTROL_CONTINUE, false, 1);
		assert_int_equal(control_position(h->control), expected->at[i]);
	}
	host_back(h, CONTROL_CONTINUE, false, 1);
	assert_int_equal(control_position(h->control), 0);
}

static void compare(struct host *h, const uint64_t *addresses, size_t count)
{
	static struct stops expected;

	assert_int_equal(control_set_breakpoints(h->control, addresses, count), 0);
	scan(h, addresses, count, &expected);
	assert_true(expected.count > 0);
	forwards(h, &expected);
	backwards(h, &expected);
	assert_int_equal(control_set_breakpoints(h->control, NULL, 0), 0);
}

static void breakpoints(void **state)
{
	uint64_t addresses[3];
	struct host h;

	(void)state;
	begin(&h);
	addresses[0] = host_symbol(&h, "tree");
	addresses[1] = host_symbol(&h, "leaf");
	addresses[2] = control_view(h.control, 4321, 0)->registers.word[REG_PC];
	compare(&h, addresses, 1);
	compare(&h, addresses + 2, 1);
	compare(&h, addresses, 3);
	host_stop(&h);
}

static uint64_t variable_address(struct host *h, const char *name)
{
	struct view *v = control_view(h->control, 0, 0);
	struct variable variable;
	struct frame frame;

	assert_true(unwind(h->image, v, &frame, 1) == 1);
	assert_true(variable_find(h->image, v, &frame, name, &variable));
	return variable.address;
}

static void watched_memory(void **state)
{
	struct control_watch watches[2] = { { .length = 4, .kind = WATCH_WRITE },
		{ .length = 1, .kind = WATCH_CHANGE } };
	uint64_t leaf;
	struct host h;

	(void)state;
	begin(&h);
	leaf = host_symbol(&h, "leaf");
	watches[0].address = variable_address(&h, "total");
	watches[1].address = variable_address(&h, "flags") + 1;
	assert_int_equal(control_set_watchpoints(h.control, watches, 1), 0);
	compare(&h, &leaf, 0);
	assert_int_equal(control_set_watchpoints(h.control, watches, 2), 0);
	compare(&h, &leaf, 0);
	compare(&h, &leaf, 1);
	host_stop(&h);
}

/* Steps over calls pass what is deeper; to each position that they lead to, from every
 * one, where a walk over the positions leads. */
static void steps_over(void **state)
{
	struct host h;

	(void)state;
	begin(&h);
	for (uint64_t p = 7; p < STEPS - 1500; p += 97) {
		unsigned depth = control_depth(h.control, p);
		uint64_t next = p + 1;

		while (next < STEPS && control_depth(h.control, next) > depth)
			next++;
		host_seek(&h, p);
		host_step(&h, CONTROL_NEXT, true, 1);
		assert_int_equal(control_position(h.control), next);
		host_back(&h, CONTROL_NEXT, true, 1);
		if (control_depth(h.control, next) == depth)
			assert_int_equal(control_position(h.control), p);
	}
	host_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breakpoints),
		cmocka_unit_test(watched_memory),
		cmocka_unit_test(steps_over),
	};

	return RUN_TESTS(tests);
}
