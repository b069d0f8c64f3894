/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One core for tracer and program, and the scheduler's say in which. */
#include "tracer/process/private.h"

#include <inttypes.h>
#include <stdio.h>

enum {
	LOOK_MILLISECONDS = 100,
	/* To be tied and untied takes half a step's time: people step again later than this,
	 * and programs sooner; and most library calls take less. */
	REST_MILLISECONDS = 10,
};

bool core_is_crowded(const struct core_time *since)
{
	return since->waited > since->ran;
}

/* The tracer's own, as proc_pid_schedstat says. */
static bool core_time(struct core_time *time)
{
	FILE *f = fopen("/proc/self/schedstat", "re");
	bool told = f != NULL && fscanf(f, "%" SCNu64 " %" SCNu64, &time->ran, &time->waited) == 2;

	if (f != NULL)
		fclose(f);
	return told;
}

/* Has it waited, since the last look?  Not told: it has not. */
static bool look(struct affinity *a)
{
	const struct core_time before = a->time;
	struct core_time since;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &a->looked);
	if (!core_time(&a->time))
		return false;
	since = (struct core_time){ a->time.ran - before.ran, a->time.waited - before.waited };
	return core_is_crowded(&since);
}

static bool look_is_due(const struct affinity *a)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (now.tv_sec - a->looked.tv_sec) * 1000 + (now.tv_nsec - a->looked.tv_nsec) / 1000000 >=
	    LOOK_MILLISECONDS;
}

static void tie_threads(struct process *p, const cpu_set_t *cpus)
{
	for (struct tracee *t = p->threads; t != NULL; t = t->next)
		sched_setaffinity(t->tid, sizeof *cpus, cpus);
}

static void tie_both(struct process *p, int cpu)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof one, &one) != 0)
		return;
	tie_threads(p, &one);
	p->affinity.tie = TIE_BOTH;
	p->affinity.cpu = cpu;
}

static void stay(struct affinity *a)
{
	if (a->resting)
		evtimer_del(a->rest);
	a->resting = false;
}

void process_pin(struct process *p)
{
	struct affinity *a = &p->affinity;
	int cpu = a->tie != TIE_BOTH ? sched_getcpu() : -1;

	stay(a);
	if (cpu < 0)
		return;
	if (a->tie == TIE_NONE) {
		if (sched_getaffinity(0, sizeof a->own, &a->own) == 0 &&
		    sched_getaffinity(p->pid, sizeof a->its, &a->its) == 0)
			tie_both(p, cpu);
	} else if (cpu != a->cpu) {
		tie_both(p, cpu);
		look(a);	/* how it was where it comes from says nothing about here */
	}
}

void process_unpin(struct process *p)
{
	struct affinity *a = &p->affinity;

	stay(a);
	if (a->tie == TIE_NONE)
		return;
	sched_setaffinity(0, sizeof a->own, &a->own);
	tie_threads(p, &a->its);
	a->tie = TIE_NONE;
}

static void on_rest(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	process_unpin(arg);
}

void process_rest(struct process *p)
{
	const struct timeval soon = { 0, REST_MILLISECONDS * 1000 };
	struct affinity *a = &p->affinity;

	if (a->tie == TIE_NONE || a->resting)
		return;
	if (a->rest == NULL)
		a->rest = evtimer_new(p->setup.base, on_rest, p);
	a->resting = a->rest != NULL && evtimer_add(a->rest, &soon) == 0;
	if (!a->resting)
		process_unpin(p);
}

void affinity_free(struct process *p)
{
	if (p->affinity.rest != NULL)
		event_free(p->affinity.rest);
}

void process_share_cores(struct process *p)
{
	struct affinity *a = &p->affinity;
	bool crowded;

	if (a->tie == TIE_NONE || !look_is_due(a))
		return;
	crowded = look(a);
	if (!crowded && a->tie == TIE_PROGRAM)
		tie_both(p, sched_getcpu());
	else if (crowded && a->tie == TIE_BOTH && sched_setaffinity(0, sizeof a->own, &a->own) == 0)
		a->tie = TIE_PROGRAM;
}
