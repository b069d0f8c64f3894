/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A native stretch: threads run at full speed until one of them has a reason to
 * stop, then all are stopped and what they did becomes one record.
 *
 * In STRETCH_CALL the pages of the person's code are not executable, so that
 * whoever comes back to it (a return, a callback, a handler, a new thread, a
 * landing pad) faults at its first instruction.  Threads that stand in the
 * person's code (->own) are held meanwhile; the others run.
 */
#include <stdio.h>
#include <string.h>

#include "tracer/control-private.h"
#include "tracer/program/functions.h"

enum { BLOCKED_MICROSECONDS = 2000, PASS_STEPS_MAX = 100000 };

/* -- whose turn it is ------------------------------------------------------------ */

/* One that stands in the person's code, after the excepted one in order of ids;
 * else any that can run. */
struct tracee *pick_thread(struct control *c, const struct tracee *except)
{
	struct tracee *best = NULL, *any = NULL;
	int after = except != NULL ? except->id : 0;

	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next) {
		if (t == except || t->id <= 0 || t->exited)
			continue;
		any = any != NULL ? any : t;
		if (t->own && (best == NULL || (best->id <= after && t->id > after)))
			best = t;
	}
	return best != NULL ? best : any;
}

/* Where libraries are stepped, too, threads that wait for each other all do so in a system
 * call: those are in their calls together, and the first one back is recorded. */
static bool waits_beside(const struct control *c, const struct tracee *t)
{
	return c->ahead.policy == RECORDS_EVERYTHING && t->in_call;
}

static bool another_waits(struct control *c)
{
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t != c->stretch.thread && t->id > 0 && t->stopped && !t->exited &&
		    (t->own || c->stretch.kind == STRETCH_KERNEL) && !waits_beside(c, t))
			return true;
	return false;
}

bool thread_sleeps(const struct tracee *t)
{
	char state = tracee_state(t);

	return state == 'S' || state == 'D' || state == '\0' /* no /proc: take its word for it */;
}

static void watch_blocking(struct control *c)
{
	const struct timeval soon = { 0, BLOCKED_MICROSECONDS };

	if ((c->stretch.kind == STRETCH_CALL || c->stretch.kind == STRETCH_KERNEL) &&
	    another_waits(c))
		event_add(c->blocked_event, &soon);
}

void stretch_blocked(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;
	struct tracee *t = c->stretch.thread;

	(void)fd;
	(void)what;
	if (c->stretch.kind == STRETCH_NONE || c->stretch.end != END_NONE || t == NULL || t->stopped)
		return;
	if (thread_sleeps(t) && another_waits(c))
		stretch_end(c, END_BLOCKED, t);
	else
		watch_blocking(c);
}

/* -- going ----------------------------------------------------------------------------- */

static bool runs_in(const struct control *c, const struct tracee *t)
{
	if (t->id <= 0 || !t->stopped || t->exited)
		return false;
	switch (c->stretch.kind) {
	case STRETCH_KERNEL:
		return t == c->stretch.thread || waits_beside(c, t);
	case STRETCH_CALL:
		return t == c->stretch.thread || !t->own || t->in_call;
	case STRETCH_NONE:
		return false;
	default:
		return true;
	}
}

void stretch_go(struct control *c, struct tracee *t)
{
	if (c->stretch.end != END_NONE || c->stretch.passing != NULL || !runs_in(c, t)) {
		stretch_settle(c);	/* it stays where it is */
		return;
	}
	if (c->stretch.kind == STRETCH_KERNEL) {
		/* Code that has changed meanwhile must not run on. */
		tracee_block_trap(t);
		if (tracee_at_call(t))
			tracee_start_call(t);
		else
			tracee_start_step(t);
		return;
	}
	t->in_call = false;
	tracee_continue(t);
}

/* A signal held for a thread may be one that must be looked at before it runs. */
static bool signal_comes_first(struct control *c, struct tracee *t)
{
	while (t->pending_count > 0 && t->stop.kind != STOP_SYSCALL) {
		if (is_guard_fault(c, t, &t->pending[0])) {
			tracee_drop_signal(t);
			continue;
		}
		switch (signal_in_stretch(c, t)) {
		case SIGNAL_HELD:
			stretch_end(c, END_SIGNAL, t);
			return true;
		case SIGNAL_PASSED:
			if (t->delivers)
				signal_delivered(c, t);
			return false;
		case SIGNAL_DROPPED:
			signal_drop(c, t);
		}
	}
	return false;
}

static void all_go(struct control *c)
{
	struct tracee *next;

	for (struct tracee *t = process_threads(c->process); t != NULL; t = next) {
		next = t->next;
		if (!runs_in(c, t))
			continue;
		if (signal_comes_first(c, t))
			return;
		if (c->stretch.kind != STRETCH_KERNEL)
			t->own = false;
		stretch_go(c, t);
	}
	watch_blocking(c);
}

/* Without a guard (no system call to be had) at least the return is seen. */
static void guard_or_plant(struct control *c)
{
	if (!guard(c, true) && c->stretch.back != 0)
		process_plant(c->process, c->stretch.back);
	breakpoints_plant(c);
	catch_plant(c);
}

static void plant_all(struct control *c)
{
	breakpoints_plant(c);
	over_plant(c);
	catch_plant(c);
}

static void name_it(struct control *c, uint64_t pc)
{
	struct function f;

	c->stretch.name[0] = '\0';
	if ((c->stretch.kind == STRETCH_CALL || c->over.until.back != 0) &&
	    function_find(c->setup.image, pc, &f)) {
		f.name[sizeof c->stretch.name - 1] = '\0';
		f.name[strcspn(f.name, "@")] = '\0';	/* of "puts@plt", "memcpy@@GLIBC_2.14" */
		strcpy(c->stretch.name, f.name);
	}
	if (c->over.lines)
		snprintf(c->stretch.name, sizeof c->stretch.name, "line %u", c->goal.start.row.line);
	else if (c->stretch.kind == STRETCH_RUN && c->over.until.back == 0)
		snprintf(c->stretch.name, sizeof c->stretch.name, "continue");
}

void stretch_begin(struct control *c, enum stretch_kind kind, struct tracee *t, uint64_t back)
{
	uint64_t pc = t->registers.word[REG_PC];

	if (kind == STRETCH_RUN)
		process_unpin(c->process);
	c->stretch = (struct stretch){ .kind = kind, .thread = t, .back = back };
	clock_gettime(CLOCK_MONOTONIC, &c->stretch.began);
	name_it(c, pc);
	process_watch_on(c->process, kind == STRETCH_RUN ||
	    (kind == STRETCH_CALL && !ahead_goes_on(c)));
	if (kind == STRETCH_CALL || kind == STRETCH_RUN) {
		calls_report(c);
		catch_begin(c, t);
	}
	if (kind == STRETCH_CALL)
		c->stretch.made = remake_decide(c);
	if (kind == STRETCH_CALL && in_own_pages(c, pc)) {
		stretch_pass(c, t);
		return;
	}
	if (kind == STRETCH_CALL)
		guard_or_plant(c);
	else if (kind == STRETCH_RUN)
		plant_all(c);
	breakpoint_leave(c, t);
	if (c->stretch.kind == kind && c->stretch.end == END_NONE)
		all_go(c);
}

/* -- foreign code on the person's pages (PLT, crt, a static libc) ------------------------ */

static void pass_done(struct control *c, struct tracee *t, bool arrived)
{
	c->stretch.passing = NULL;
	if (arrived) {
		stretch_arrive(c, t);
		if (c->stretch.end != END_NONE)
			return;
	}
	guard_or_plant(c);
	all_go(c);
}

void stretch_go_on(struct control *c)
{
	if (c->stretch.kind != STRETCH_NONE && c->stretch.end == END_NONE)
		all_go(c);
}

static void pass_steps(struct control *c, struct tracee *t)
{
	for (unsigned n = 0; n < PASS_STEPS_MAX; n++) {
		uint64_t pc = t->registers.word[REG_PC];
		const struct decoded *d = decode_at(c, pc);

		if (image_is_own(c->setup.image, pc) || !in_own_pages(c, pc)) {
			pass_done(c, t, image_is_own(c->setup.image, pc));
			return;
		}
		if (breakpoint_arrived(c, t)) {
			c->stretch.passing = NULL;
			stretch_end(c, END_BREAKPOINT, t);
			return;
		}
		if (d->class == CLASS_SYSCALL) {	/* may block: its stop comes later */
			c->stretch.passing_call = true;
			tracee_start_call(t);
			return;
		}
		if (transfer(c, t, d))
			continue;
		if (tracee_step_decoded(t, d, false) != 0)
			return;
		if (t->stop.kind != STOP_STEP && t->stop.kind != STOP_INTERRUPT) {
			c->stretch.passing = NULL;
			guard_or_plant(c);	/* for a handler that it goes to */
			on_process_stop(c, t);
			stretch_go_on(c);
			return;
		}
	}
	stretch_end(c, END_PAUSED, t);
}

static bool alone(struct control *c, struct tracee *t)
{
	bool all = true;

	c->stretch.passing = t;
	c->stretch.passing_call = false;
	for (struct tracee *o = process_threads(c->process); o != NULL; o = o->next)
		if (o->id > 0 && !o->stopped && !o->exited) {
			all = false;
			tracee_interrupt(o);
		}
	return all;
}

/* The others must not run while the guard is down, or a breakpoint out. */
void stretch_pass(struct control *c, struct tracee *t)
{
	bool watched;

	if (!alone(c, t))
		return;		/* stretch_settle() comes back here */
	if (c->stretch.passing_in_place) {
		c->stretch.passing_in_place = false;
		breakpoint_pass_alone(c, t);
		return;
	}
	guard(c, false);
	watched = process_watch_steps(true);
	pass_steps(c, t);
	process_watch_steps(watched);
}

/* -- ending ---------------------------------------------------------------------------------- */

void stretch_arrive(struct control *c, struct tracee *t)
{
	t->own = true;
	if (t == c->stretch.thread || c->stretch.thread == NULL)
		stretch_end(c, END_ARRIVED, t);
	else
		watch_blocking(c);
}

/* Its own thread has left, and no other had a reason so far. */
static bool is_nobodys(const struct stretch *s)
{
	return s->end == END_ARRIVED && s->thread == NULL;
}

/* The first reason is the one that counts, but for the program's own end. */
void stretch_end(struct control *c, enum stretch_end end, struct tracee *t)
{
	struct stretch *s = &c->stretch;

	if (s->end == END_NONE || end == END_EXIT || end == END_GONE || is_nobodys(s)) {
		s->end = end;
		if (t != NULL)
			s->thread = t;
	}
	for (struct tracee *o = process_threads(c->process); o != NULL; o = o->next)
		if (o->id > 0 && !o->exited)
			tracee_interrupt(o);
	stretch_settle(c);
}

/* One that is leaving changes memory until it is gone; the first thread has done so
 * (tracee_leave()), and nothing more is heard of it before the others have left. */
static bool runs_on(const struct control *c, const struct tracee *t)
{
	return t->id > 0 && !t->stopped && (!t->exited || t->tid != process_pid(c->process));
}

void stretch_settle(struct control *c)
{
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (runs_on(c, t))
			return;
	if (c->stretch.kind == STRETCH_NONE)
		pump_soon(c);		/* a stop that no stretch has waited for: on with it */
	else if (c->stretch.end != END_NONE)
		stretch_record(c);
	else if (c->stretch.passing != NULL && !c->stretch.passing_call)
		stretch_pass(c, c->stretch.passing);
}
