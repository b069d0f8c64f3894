/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Recording ahead: the program goes on while the cursor stays where the person
 * looks, step by step as far as a budget reaches.
 *
 * Where a command leads must not depend on how far the recorder has come by
 * then.  So: the budget counts steps from an anchor that only commands move; as
 * long as it lasts nothing else makes the program go on, for a command that
 * arrives at the frontier neither; no watch register ends a stretch of it; and
 * which breakpoints do is decided by commands (control-remake.c).
 */
#include <errno.h>

#include "tracer/control-private.h"

enum { SHARE = 2 };	/* of the timeline's bytes, the rest is for what commands record */

/* -- how far -------------------------------------------------------------------------- */

static bool bytes_spent(const struct control *c)
{
	return timeline_memory(c->timeline) >= c->setup.log_bytes_max / SHARE;
}

static bool budget_left(const struct control *c)
{
	const struct ahead *a = &c->ahead;

	return c->timeline->frontier - a->anchor < a->budget && !bytes_spent(c);
}

static bool fatal_held(const struct control *c)
{
	return c->ahead.fatal && c->ahead.fatal_at == c->timeline->frontier;
}

bool ahead_goes_on(const struct control *c)
{
	struct control_limit limit;

	return c->started && c->ahead.policy != RECORDS_STEPS && !c->ahead.halted &&
	    !has_ended(c) && !fatal_held(c) && !remake_holds(c) && budget_left(c) && !limit_find(c, &limit);
}

bool is_stepped(const struct control *c, uint64_t pc)
{
	return c->ahead.policy == RECORDS_EVERYTHING || image_is_own(c->setup.image, pc);
}

struct control_limit ahead_limit(const struct control *c)
{
	static const char advice[] = "Recorded ahead as far as the budget goes. Continue runs on natively; "
	    "record, with a larger budget, records more.";
	const struct ahead *a = &c->ahead;
	uint64_t steps = c->timeline != NULL ? c->timeline->frontier - a->anchor : 0;

	if (c->timeline != NULL && steps < a->budget && bytes_spent(c))
		return (struct control_limit){ "ahead", "bytes", advice,
		    c->setup.log_bytes_max / SHARE, timeline_memory(c->timeline) };
	return (struct control_limit){ "ahead", "steps", advice, a->budget,
	    steps < a->budget ? steps : a->budget };
}

/* -- what happens to it ------------------------------------------------------------------ */

void ahead_fatal(struct control *c)
{
	c->ahead.fatal = true;
	c->ahead.fatal_at = c->timeline->frontier;
}

/* What follows a native stretch is recorded from there on: once the command is over,
 * which may run on from many a stop. */
void ahead_command_over(struct control *c)
{
	if (c->ahead.native)
		c->ahead.anchor = c->timeline->frontier;
	c->ahead.native = false;
}

void ahead_rewound(struct control *c)
{
	c->ahead.native = false;
	c->ahead.anchor = c->timeline->frontier;
	c->goal.shown = false;
}

void ahead_turned(struct control *c, bool went_on)
{
	struct ahead *a = &c->ahead;
	bool goes_on = ahead_goes_on(c);

	/* It may have begun and ended within the turn. */
	if (a->going != goes_on || (went_on && !goes_on)) {
		a->going = goes_on;
		if (!c->busy)
			process_unpin(c->process);
		tell_live(c);
	}
	if (!a->halting || c->stretch.kind != STRETCH_NONE)
		return;
	a->halting = false;
	if (c->setup.on_halted != NULL)
		c->setup.on_halted(c->setup.arg);
}

/* -- what is asked of it -------------------------------------------------------------------- */

int control_record(struct control *c, enum control_policy policy, uint64_t budget)
{
	if (c->busy || !c->started)
		return -EBUSY;
	c->ahead.policy = policy;
	c->ahead.budget = budget;
	c->ahead.anchor = c->cursor;
	c->remaking.held = NOWHERE;
	clock_restart(c);
	pump_soon(c);
	return 0;
}

enum control_policy control_policy(const struct control *c)
{
	return c->ahead.policy;
}

bool control_recording(const struct control *c)
{
	return ahead_goes_on(c) && !c->waiting;
}

int control_halt(struct control *c)
{
	if (c->busy || !c->started)
		return -EBUSY;
	c->ahead.halted = true;
	if (c->stretch.kind != STRETCH_NONE)
		stretch_end(c, END_PAUSED, c->stretch.thread);
	c->ahead.halting = c->stretch.kind != STRETCH_NONE;
	return c->ahead.halting ? -EINPROGRESS : 0;
}

void control_go_on(struct control *c)
{
	c->ahead.halted = c->ahead.halting = false;
	pump_soon(c);
}
