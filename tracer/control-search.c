/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which recorded positions a command has to look at: those where something may stop
 * it, and for a step those that are not deeper than where it began.  The rest is
 * passed without a look, so that a million positions are searched as fast as one.
 *
 * Each source names the nearest position of its own; what it names need not stop.
 */
#include "tracer/control-private.h"

uint64_t nearer(uint64_t a, uint64_t b, int direction)
{
	if (a == NOWHERE || b == NOWHERE)
		return a == NOWHERE ? b : a;
	return (direction < 0) == (a > b) ? a : b;
}

/* -- sources ---------------------------------------------------------------------------- */

static uint64_t next_breakpoint(struct control *c, uint64_t from, int direction)
{
	return timeline_find_pc(c->timeline, c->breaking.addresses, c->breaking.count, from, direction);
}

static uint64_t next_write(struct control *c, uint64_t from, int direction)
{
	const struct watching *w = &c->watching;
	uint64_t found = NOWHERE;

	for (size_t i = 0; i < w->count; i++)
		if (w->list[i].kind != WATCH_READ)
			found = nearer(found, timeline_find_write(c->timeline, w->list[i].address,
			    w->list[i].length, from, direction), direction);
	return found;
}

static uint64_t (*const sources[])(struct control *, uint64_t from, int direction) = {
	next_breakpoint, next_write, watch_next_hit, watch_next_read, signal_search,
	catch_next_call, catch_next_throw, remake_next,
};

_Static_assert(sizeof sources / sizeof sources[0] == SEARCH_SOURCES, "one answer each");

/* -- searching --------------------------------------------------------------------------- */

void search_forget(struct control *c)
{
	c->search.direction = 0;
}

/* An answer is good until it has been passed: it is the nearest one from anywhere before it. */
uint64_t search_stop(struct control *c, uint64_t from, int direction)
{
	struct search *s = &c->search;
	uint64_t found = NOWHERE;
	bool fresh = s->direction != direction || s->frontier != c->timeline->frontier ||
	    s->epoch != c->epoch || (direction < 0 ? from > s->from : from < s->from);

	for (int i = 0; i < SEARCH_SOURCES; i++) {
		if (fresh || (s->next[i] != NOWHERE &&
		    (direction < 0 ? s->next[i] >= from : s->next[i] <= from)))
			s->next[i] = sources[i](c, from, direction);
		found = nearer(found, s->next[i], direction);
	}
	s->direction = direction;
	s->from = from;
	s->frontier = c->timeline->frontier;
	s->epoch = c->epoch;
	return found;
}

/* A step by instruction or line looks at every position, but in frames that it goes over. */
static uint64_t search_goal(struct control *c)
{
	const struct goal *g = &c->goal;
	const struct moment_thread *t;
	uint64_t found;

	if (c->command.kind == CONTROL_CONTINUE)
		return NOWHERE;
	if (c->command.kind == CONTROL_STEP_IN)
		return c->cursor + 1;
	found = timeline_find_shallow(c->timeline, g->start.thread, g->low, c->cursor, 1);
	t = moment_find(&c->timeline->now, g->start.thread);
	/* It has ended: that is seen where another one goes on. */
	return found == NOWHERE && t == NULL ? c->cursor + 1 : found;
}

uint64_t search_forward(struct control *c)
{
	uint64_t frontier = c->timeline->frontier, next = search_goal(c);

	if (next != c->cursor + 1)
		next = nearer(next, search_stop(c, c->cursor, 1), 1);
	return next < frontier ? next : frontier;
}
