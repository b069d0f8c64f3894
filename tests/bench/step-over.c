/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A step over a printf, which runs natively and becomes one record, against one step of
 * the bare single-step loop.  step-over BARE-STEP [STEPS [ROUNDS]] prints the medians.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/measure.h"
#include "tests/unit/engine-host.h"

enum { STEPS_BARE = 20000 };

static const char program[] =
"#include <stdio.h>\n"
"int main(void) {\n"
"	for (int i = 0;; i++)\n"
"		printf(\"%d %s\\n\", i, \"penguins\");\n"
"}\n";

/* The record that ends the step over the call is a macro-step. */
static double over(struct host *h, size_t steps)
{
	double *times = calloc(steps, sizeof *times), result;
	size_t n = 0;

	while (n < steps) {
		double start = now();
		char name[64];
		uint64_t microseconds;

		host_step(h, CONTROL_NEXT, true, 1);
		times[n] = now() - start;
		n += control_macro(h->control, control_position(h->control), name, sizeof name, &microseconds);
	}
	result = median(times, steps);
	free(times);
	return result;
}

int main(int argc, char **argv)
{
	size_t steps = argc > 2 ? strtoull(argv[2], NULL, 0) : 200;
	size_t rounds = argc > 3 ? strtoull(argv[3], NULL, 0) : 5;
	double theirs[64], ours[64];
	struct host h;

	if (argc < 2 || rounds < 1 || rounds > 64)
		return 2;
	host_start(&h, program, &(struct host_options){ .steps_max = 10000000 });
	for (size_t i = 0; i < rounds; i++) {
		theirs[i] = 1 / bare_rate(argv[1], h.control->path, host_symbol(&h, "main"), STEPS_BARE);
		ours[i] = over(&h, steps);
	}
	printf("one bare step: %.1f us\n", median(theirs, rounds) * 1e6);
	printf("a step over printf: %.1f us\n", median(ours, rounds) * 1e6);
	printf("step over printf / bare step: %.1f\n", median(ours, rounds) / median(theirs, rounds));
	host_stop(&h);
	return 0;
}
