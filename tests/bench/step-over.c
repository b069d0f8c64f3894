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
#include <time.h>

#include "tests/unit/engine-host.h"

enum { STEPS_BARE = 20000 };

static const char program[] =
"#include <stdio.h>\n"
"int main(void) {\n"
"	for (int i = 0;; i++)\n"
"		printf(\"%d %s\\n\", i, \"penguins\");\n"
"}\n";

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double bare(const char *tool, const char *path, uint64_t address)
{
	char command[2048];
	double rate = 0;
	FILE *f;

	snprintf(command, sizeof command, "%s %s 0x%llx %d | tail -n 1", tool, path,
	    (unsigned long long)address, STEPS_BARE);
	f = popen(command, "r");
	if (f == NULL || fscanf(f, "%lf", &rate) != 1)
		rate = 0;
	if (f != NULL)
		pclose(f);
	return rate > 0 ? 1 / rate : 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, by_value);
	return v[n / 2];
}

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
		theirs[i] = bare(argv[1], h.control->path, host_symbol(&h, "main"));
		ours[i] = over(&h, steps);
	}
	printf("one bare step: %.1f us\n", median(theirs, rounds) * 1e6);
	printf("a step over printf: %.1f us\n", median(ours, rounds) * 1e6);
	printf("step over printf / bare step: %.1f\n", median(ours, rounds) / median(theirs, rounds));
	host_stop(&h);
	return 0;
}
