/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The core of a tracer and its program while they step in bulk.  On one core a step
 * takes a fifth of what it takes across two, so both are tied to one.  But the
 * scheduler, which is what spreads sessions over cores, moves nobody that is tied,
 * and of two that are not it moves one without the other.  So a session that has to
 * wait for its core unties its tracer, and the program follows that one.
 */
#ifndef PT_AFFINITY_H
#define PT_AFFINITY_H

#include <event2/event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum tie {
	TIE_NONE,	/* both run where they like */
	TIE_BOTH,	/* both on one core */
	TIE_PROGRAM,	/* the program on the tracer's core, the tracer where it is put */
};

/* What the tracer has had of the processor, ns (/proc/PID/schedstat). */
struct core_time {
	uint64_t ran, waited;		/* waited: it could have run */
};

struct affinity {
	enum tie tie;
	int cpu;			/* the program's, when it is tied */
	cpu_set_t own, its;		/* without a tie */
	struct event *rest;		/* unties both */
	bool resting;			/* it is on its way */
	struct timespec looked;		/* CLOCK_MONOTONIC_COARSE */
	struct core_time time;		/* then */
};

/* Do others want the core, too?  *since: of the time that it was tied to it.  With nobody
 * there but its program a tracer waits for the end of each stop, 0.65 of the time that it
 * runs; with one more pair 2.2 times as long as it runs, with two more 3.8 times. */
bool core_is_crowded(const struct core_time *since);

#endif
