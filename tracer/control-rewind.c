/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The live program taken back to a position of its past, from which it goes on
 * another way: what came after is cut off the timeline, and the epoch says so.
 *
 * Nothing is touched before it is known that nothing prevents it.  What was put back
 * is looked at again; if the program cannot be made what the timeline says, it is
 * made what it was, and if that cannot be either, it is ended: its past stays, and
 * nothing is shown that is not so.
 */
#include "tracer/control-rewind.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* -- may it be? ------------------------------------------------------------------- */

/* Is there a program that could be taken back?  At its end it stands, or is leaving. */
static bool is_there(const struct control *c)
{
	size_t count = 0;

	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next) {
		if (t->id <= 0 || t->exited)
			continue;
		if (t->stopped ? t->stop.kind == STOP_EXITING || tracee_was_killed(t) : has_ended(c))
			return false;
		count++;
	}
	return count > 0;
}

static int check(struct control *c, uint64_t position)
{
	if (!c->started)
		return -EBUSY;
	if (position > c->timeline->frontier)
		return -ERANGE;
	if (has_ended(c) && position == c->timeline->frontier)
		return -EPIPE;
	return is_there(c) ? 0 : -EPIPE;
}

int rewind_judge(struct control *c, uint64_t position, struct control_obstacle *obstacle)
{
	struct rewind r = { .control = c, .position = position, .obstacle = obstacle };
	int error = check(c, position);

	memset(obstacle, 0, sizeof *obstacle);
	if (error != 0 || position == c->timeline->frontier)
		return error;
	pty_drain(c->pty);
	return effects_judge(&r) && regions_judge(&r) ? 0 : -EPERM;
}

int control_can_rewind(struct control *c, uint64_t position, struct control_obstacle *obstacle)
{
	memset(obstacle, 0, sizeof *obstacle);
	return c->busy ? -EBUSY : rewind_judge(c, position, obstacle);
}

/* -- signals that were on their way --------------------------------------------------- */

static bool is_fault(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
	    number == SIGTRAP;
}

/* Did the step to the position send one?  Else a fault's instruction is made again. */
static bool was_sent(const struct control *c, uint64_t position)
{
	size_t count;

	events_calls(&c->timeline->events, position, position, &count);
	return count > 0;
}

/* A handler is entered with the signal's number, and what is known of it if it asked. */
static siginfo_t delivered(struct control *c, uint64_t position)
{
	struct view *view = timeline_view(c->timeline, position, 0);
	struct arch_call entered = { 0 };
	siginfo_t info = { 0 };

	if (view == NULL)
		return info;
	arch_call_get(&view->registers, &entered);
	if (!view_read_all(view, entered.arguments[1], &info, sizeof info) ||
	    info.si_signo != (int)entered.arguments[0]) {
		memset(&info, 0, sizeof info);
		info.si_signo = (int)entered.arguments[0];
		info.si_code = SI_TKILL;
	}
	free(view);
	return info;
}

struct held {
	siginfo_t info[PENDING_MAX];
	unsigned count;
};

/* What was to be delivered next at the position: the steps behind it say so, or the
 * note of one that has stopped the program there. */
static void find_held(const struct rewind *r, struct held *held)
{
	struct control *c = r->control;
	const struct signal_event *next = events_signal_at(&c->timeline->events, r->position);
	struct brief b;

	held->count = 0;
	for (uint64_t p = r->position + 1; p <= c->timeline->frontier && held->count < PENDING_MAX; p++) {
		siginfo_t info;

		timeline_brief(c->timeline, p, &b);
		if (b.kind != RECORD_SIGNAL)
			break;
		info = delivered(c, p);
		if (!is_fault(info.si_signo) || was_sent(c, r->position))
			held->info[held->count++] = info;
	}
	if (held->count > 0 || next == NULL || next->fault)
		return;
	memset(&held->info[0], 0, sizeof held->info[0]);
	held->info[0].si_signo = next->number;
	held->info[0].si_code = SI_TKILL;
	held->count = 1;
}

/* -- from there on ------------------------------------------------------------------------ */

static void settle_threads(struct control *c, const struct held *held)
{
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next) {
		const struct moment_thread *now;
		unsigned pops, pushes;

		if (t->id <= 0 || t->exited)
			continue;
		now = moment_find(&c->timeline->now, t->id);
		t->stale_pc = 0;
		t->own = is_stepped(c, t->registers.word[REG_PC]);
		t->calling = t->call_told = t->unseen = false;
		calls_rebuild(c, t, &pops, &pushes);
		callstack_fit(&t->calls, now->depth);
		if (t->id != c->timeline->newest.thread)
			continue;
		c->current = t;
		for (unsigned i = 0; i < held->count; i++)
			tracee_hold_signal(t, &held->info[i]);
	}
}

static void settle_image(struct control *c)
{
	struct view *view = timeline_view(c->timeline, c->timeline->frontier, 0);

	decode_forget(c);
	if (view != NULL)
		image_update(c->setup.image, view);
	free(view);
}

static void settle(struct rewind *r, const struct held *held)
{
	struct control *c = r->control;
	bool within;
	int number;

	free(c->view);
	c->view = NULL;
	c->epoch++;
	c->cursor = c->timeline->frontier;
	c->reason = signal_stops(c, c->cursor, &number, &within) && !within ? REASON_EXCEPTION : REASON_GOTO;
	c->has_hit = c->incomplete = c->waiting = false;
	c->stretch = (struct stretch){ .kind = STRETCH_NONE };
	over_finish(c);
	c->breaking.decided = 0;
	c->catching.passes = 0;
	c->regions_stale = true;
	watch_cut(c, c->timeline->frontier);
	settle_image(c);
	settle_threads(c, held);
	pty_discard(c->pty);
	pty_pause(c->pty, false);
	if (r->has_read)
		input_return(c, r->position);
	c->ahead.fatal = false;
}

/* -- doing it --------------------------------------------------------------------------------- */

/* It could not be made what it was then; is it at least what it was now? */
static void give_up(struct rewind *r)
{
	struct rewind forth = { .control = r->control, .position = r->control->timeline->frontier,
	    .obstacle = r->obstacle, .actions = r->actions };

	if (program_restore(&forth) != 0)
		process_kill(r->control->process);
}

int rewind_live(struct control *c, uint64_t position, struct control_obstacle *obstacle)
{
	struct rewind r = { .control = c, .position = position, .obstacle = obstacle };
	struct held held;
	int error = c->stretch.kind != STRETCH_NONE ? -EBUSY : check(c, position);

	memset(obstacle, 0, sizeof *obstacle);
	if (error != 0)
		return error;
	pty_drain(c->pty);
	if (position == c->timeline->frontier) {
		c->cursor = position;
		return 0;
	}
	if (!effects_judge(&r) || !regions_judge(&r))
		return -EPERM;
	find_held(&r, &held);
	error = program_restore(&r);
	if (error == 0 && !is_there(c))
		error = -ESRCH;
	if (error == 0 && !timeline_cut(c->timeline, position))
		error = -ENOMEM;
	if (error != 0) {
		give_up(&r);
		return error == -ENOMEM ? -ENOMEM : -EIO;
	}
	settle(&r, &held);
	return 0;
}

int control_rewind(struct control *c, uint64_t position, struct control_obstacle *obstacle)
{
	uint64_t epoch = c->epoch;
	int error;

	memset(obstacle, 0, sizeof *obstacle);
	error = c->busy ? -EBUSY : rewind_live(c, position, obstacle);
	if (error == 0 && c->epoch != epoch)
		ahead_rewound(c);
	return error;
}
