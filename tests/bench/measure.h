/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the tools measure with. */
#ifndef PT_BENCH_MEASURE_H
#define PT_BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Seconds, monotonic. */
static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Sorts them; n ≥ 1. */
static inline double median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, by_value);
	return v[n / 2];
}

/* Steps a second of the bare loop (tool: bare-step) over the program, from address on; 0: it failed. */
static inline double bare_rate(const char *tool, const char *program, uint64_t address, uint64_t steps)
{
	char command[2048];
	double rate = 0;
	FILE *f;

	snprintf(command, sizeof command, "%s %s 0x%llx %llu | tail -n 1", tool, program,
	    (unsigned long long)address, (unsigned long long)steps);
	f = popen(command, "r");
	if (f == NULL || fscanf(f, "%lf", &rate) != 1)
		rate = 0;
	if (f != NULL)
		pclose(f);
	return rate;
}

#endif
