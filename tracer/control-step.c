/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Forwards: what a command waits for, judged at every position on the way. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/control-private.h"

enum {
	STEPS_A_TURN = 16,	/* are made, then the loop looks for requests: within 0.5 ms */
	RECORDED_A_TURN = 4096,	/* positions of the record are passed, then the same */
	TELL_MILLISECONDS = 100,	/* between two on_live for the frontier */
};

/* -- judging ---------------------------------------------------------------------- */

/* Has the cursor's new position fulfilled the command?  *reason says how. */
static bool judge(struct control *c, enum control_reason *reason)
{
	bool watched = control_watch_at(c, c->cursor) >= 0, there, stops, caught;
	struct control_catch catch;
	struct brief b;

	timeline_brief(c->timeline, c->cursor, &b);
	stops = breakpoint_stops(c, &b);
	there = goal_reached(c, &b);
	caught = control_catch_at(c, c->cursor, &catch);
	if (watched) {
		*reason = REASON_DATA_BREAKPOINT;
		return true;
	}
	if (there) {
		*reason = stops ? REASON_BREAKPOINT : caught ? REASON_EXCEPTION : REASON_STEP;
		if (--c->goal.left == 0 || stops || caught)
			return true;
		goal_begin(c);
	} else if (stops) {
		*reason = REASON_BREAKPOINT;
		return true;
	}
	if (caught) {
		*reason = REASON_EXCEPTION;
		return true;
	}
	return false;
}

void command_finish(struct control *c, enum control_reason reason)
{
	process_rest(c->process);
	evtimer_del(c->pump_event);
	c->busy = c->pausing = false;
	c->reason = reason;
	if (reason != REASON_STEP && reason != REASON_ENTRY)
		c->before.count = 0;
	ahead_command_over(c);
	remake_over(c);
	pump_soon(c);
	if (c->setup.on_done != NULL)
		c->setup.on_done(c->setup.arg);
}

/* -- going on --------------------------------------------------------------------------- */

static void tell_frontier(struct control *c)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if ((now.tv_sec - c->told.tv_sec) * 1000 + (now.tv_nsec - c->told.tv_nsec) / 1000000 >=
	    TELL_MILLISECONDS)
		tell_live(c);
}

static void end_by_signal(struct control *c)
{
	struct thread_change change = { .id = c->current->id, .registers = &c->current->registers };
	struct events *e = &c->timeline->events;

	timeline_append(c->timeline, RECORD_EXIT, &change, 1);
	e->ended = e->by_signal = true;
	e->status = c->current->pending[0].si_signo;
	e->end_position = c->timeline->frontier;
}

/* A signal that ends the program is next: it is shown first, then the program ends
 * here, and only for a command.  False: nothing more to do now. */
static bool held(struct control *c)
{
	if (signal_holds_recorder(c, c->current))
		ahead_fatal(c);
	if (!c->busy || c->cursor < c->timeline->frontier)
		return c->busy;
	if (signal_ends(c, c->current)) {
		end_by_signal(c);
		return true;
	}
	command_finish(c, REASON_EXCEPTION);
	return false;
}

static enum advance go_on(struct control *c)
{
	struct tracee *t;

	if (ahead_goes_on(c))
		return advance(c);
	turn_take(c);
	t = c->current;
	if (t != NULL && t->stopped && t->pending_count == 0 && breakpoint_can_leave(c, t) &&
	    (c->command.kind == CONTROL_CONTINUE || over_begin(c, t))) {
		stretch_begin(c, STRETCH_RUN, t, 0);
		return ADVANCE_PENDING;
	}
	return advance(c);
}

/* At the frontier: why the command ends there. */
static bool ends_here(struct control *c, enum control_reason *reason)
{
	*reason = has_ended(c) ? REASON_EXITED : c->pausing ? REASON_PAUSE : REASON_LIMIT;
	return has_ended(c) || c->pausing || limit_reached(c);
}

/* The next position is the newest, and whether a signal stops there is not known
 * until the recorder has tried to leave it. */
static bool is_unsettled(struct control *c)
{
	return c->cursor + 1 == c->timeline->frontier && c->stretch.kind == STRETCH_NONE &&
	    !c->pausing && ahead_goes_on(c) && !remake_decides(c);
}

/* One turn at the frontier: false when there is nothing more to do now. */
static bool turn_live(struct control *c, unsigned *steps)
{
	enum control_reason reason;

	if (c->stretch.kind != STRETCH_NONE) {
		if (c->busy && c->waiting) {
			remake_waiting(c);
			tell_live(c);	/* now it is the command that waits */
		}
		return false;
	}
	if (c->busy && ends_here(c, &reason)) {
		command_finish(c, reason);
		return false;
	}
	if (++*steps > STEPS_A_TURN) {
		pump_soon(c);
		return false;
	}
	process_pin(c->process);
	switch (go_on(c)) {
	case ADVANCED:
		return true;
	case ADVANCE_HELD:
		return held(c);
	case ADVANCE_PENDING:
	default:
		return c->stretch.kind != STRETCH_NONE && c->cursor < c->timeline->frontier;
	}
}

/* One position on in the record: false when there is nothing more to do now. */
static bool turn_recorded(struct control *c, unsigned *passed)
{
	enum control_reason reason;
	uint64_t next;

	next = search_forward(c);
	c->goal.recorded += next - 1 - c->cursor;
	c->cursor = next - 1;
	switch (remake(c)) {
	case REMAKE_DONE:
		return true;
	case REMAKE_PENDING:
	case REMAKE_REFUSED:
		return false;
	case REMAKE_NOTHING:
		break;
	}
	if (is_unsettled(c))
		return true;
	c->cursor++;
	c->goal.recorded++;
	if (judge(c, &reason)) {
		command_finish(c, c->cursor == c->timeline->frontier && has_ended(c) ?
		    REASON_EXITED : reason);
		return false;
	}
	if (c->pausing && c->cursor < c->timeline->frontier) {
		command_finish(c, REASON_PAUSE);
		return false;
	}
	if (++*passed <= RECORDED_A_TURN)
		return true;
	pump_soon(c);
	return false;
}

/* A command goes first; behind it the loop looks for its answer. */
static void turns(struct control *c, unsigned *steps, unsigned *passed)
{
	if (!c->busy) {
		while (ahead_goes_on(c) && turn_live(c, steps))
			;
		return;
	}
	while (c->cursor == c->timeline->frontier || is_unsettled(c) ?
	    turn_live(c, steps) : turn_recorded(c, passed))
		;
}

void pump(int fd, short what, void *arg)
{
	struct control *c = arg;
	bool went_on = ahead_goes_on(c);
	unsigned steps = 0, passed = 0;

	(void)fd;
	(void)what;
	tell_frontier(c);
	process_share_cores(c->process);
	process_watch_steps(true);
	turns(c, &steps, &passed);
	process_watch_steps(false);
	/* Most library calls are over before that; the program has the other cores again if not. */
	if (c->stretch.kind != STRETCH_NONE)
		process_rest(c->process);
	ahead_turned(c, went_on);
	clock_look(c);
}

void pump_soon(struct control *c)
{
	const struct timeval now = { 0, 0 };
	int priorities = event_base_get_npriorities(c->setup.base);

	/* Requests go before what nobody waits for. */
	event_priority_set(c->pump_event, c->busy ? priorities / 2 : priorities - 1);
	if (c->busy || c->ahead.going || c->ahead.halting || ahead_goes_on(c))
		evtimer_add(c->pump_event, &now);
}

void pump_init(struct control *c)
{
	c->pump_event = evtimer_new(c->setup.base, pump, c);
	c->blocked_event = evtimer_new(c->setup.base, stretch_blocked, c);
}
