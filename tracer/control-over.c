/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A step that takes long is recorded up to a budget; from there it goes on natively
 * to where it may end: the return of the call that it is out of or over, or the
 * lines that other code than that of its own line begins with.  So neither a call
 * nor a loop on one line fills the timeline.
 */
#include <stdlib.h>

#include "tracer/control-private.h"
#include "tracer/program/unwind.h"

enum {
	BUDGET = 50000,		/* positions that one step passes */
	LINES_MAX = 4096,	/* places that are planted; a program with more is recorded on */
	FRAMES = 64,
	MISSED_MAX = 1000,	/* stops in other frames: it is recursion that loops */
};

/* The call to be over, or out of. */
static bool to_return(struct control *c, const struct tracee *t)
{
	unsigned depth = c->goal.start.depth;
	const struct callframe *f;

	if (c->command.kind == CONTROL_STEP_OUT && depth > 0)
		depth--;
	else if (c->command.kind != CONTROL_NEXT)
		return false;
	f = callstack_above(&t->calls, depth);
	if (f == NULL || !image_is_own(c->setup.image, f->back))
		return false;
	c->over.until = *f;
	return true;
}

/* Of the frame that nobody in the person's code has called. */
static uint64_t outermost_cfa(struct control *c, const struct tracee *t)
{
	struct frame *frames = calloc(FRAMES, sizeof *frames);
	struct live_view live;
	uint64_t cfa = 0;
	size_t count;

	live_view_init(&live, c, t);
	count = frames != NULL ? unwind(c->setup.image, &live.view, frames, FRAMES) : 0;
	for (size_t i = 0; i < count && count < FRAMES; i++)
		if (image_is_own(c->setup.image, frames[i].signal ? frames[i].pc : frames[i].pc - 1))
			cfa = frames[i].cfa;
	free(frames);
	return cfa;
}

/* The frame that the step is in: its return, and what tells it from another one of the
 * same function. */
static void to_frame(struct control *c, const struct tracee *t)
{
	const struct spot *start = &c->goal.start;
	const struct callframe *f = start->depth > 0 ? callstack_above(&t->calls, start->depth - 1) : NULL;

	if (f == NULL) {
		c->over.cfa = outermost_cfa(c, t);
		return;
	}
	c->over.cfa = f->slot + arch_frame_slot;
	if (image_is_own(c->setup.image, f->back))
		c->over.until = *f;
}

static size_t other_lines(struct control *c, uint64_t *addresses, size_t max)
{
	const struct spot *start = &c->goal.start;

	return lines_others(c->setup.image, c->command.kind == CONTROL_NEXT ? start->call : 0,
	    start->has_row ? start->row.file : -1, start->row.line, addresses, max);
}

static bool to_line(struct control *c, const struct tracee *t)
{
	size_t count = other_lines(c, NULL, 0);

	/* The lines of the same function, further in, would be stopped at each time. */
	if (c->goal.recursive && callstack_depth(&t->calls) > c->goal.start.depth)
		return false;
	if (count == 0 || count > LINES_MAX || c->command.by_instruction || c->command.enter ||
	    c->command.kind == CONTROL_STEP_OUT || c->goal.low < c->goal.start.depth || c->goal.jumped)
		return false;
	c->over.lines = true;
	if (c->command.kind == CONTROL_NEXT)
		to_frame(c, t);
	return true;
}

/* The native stretch was ended for recursion: it is on its way back. */
static bool returns_now(const struct control *c, const struct tracee *t)
{
	return c->goal.recursive && c->goal.recorded <= 1 &&
	    callstack_depth(&t->calls) > c->goal.start.depth;
}

bool over_begin(struct control *c, const struct tracee *t)
{
	if (c->command.kind == CONTROL_CONTINUE ||
	    (c->goal.recorded < BUDGET && !returns_now(c, t)) ||
	    t->id != c->goal.start.thread || t->pending_count > 0 || t->in_call)
		return false;
	if (!to_line(c, t) && !to_return(c, t))
		return false;
	c->goal.recorded = 0;
	return true;
}

void over_plant(struct control *c)
{
	uint64_t *addresses = c->over.lines ? calloc(LINES_MAX, sizeof *addresses) : NULL;
	size_t count = addresses != NULL ? other_lines(c, addresses, LINES_MAX) : 0;

	for (size_t i = 0; i < count; i++)
		process_plant(c->process, addresses[i]);
	free(addresses);
	if (c->over.until.back != 0)
		process_plant(c->process, c->over.until.back);
}

/* A place of another line: in the same frame, where calls are passed over? */
static bool line_ends(struct control *c, const struct tracee *t)
{
	const struct spot *start = &c->goal.start;
	uint64_t pc = t->registers.word[REG_PC];
	struct frame frames[2];
	struct line_row row;
	struct live_view live;

	if (!c->over.lines || !lines_find(c->setup.image, pc, &row) || row.start != pc ||
	    !row.is_stmt || row.file < 0 ||
	    (start->has_row && row.file == start->row.file && row.line == start->row.line))
		return false;
	if (c->over.cfa == 0)
		return true;
	live_view_init(&live, c, t);
	unwind(c->setup.image, &live.view, frames, 2);
	if (frames[0].cfa == 0 || frames[0].cfa >= c->over.cfa)
		return true;
	c->goal.recursive |= ++c->over.missed >= MISSED_MAX;
	return c->goal.recursive;	/* a record, and on from there by returning */
}

/* The return that is waited for, of the very call and not of one further in. */
static bool returns(const struct control *c, const struct tracee *t)
{
	return c->over.until.back != 0 && c->over.until.back == t->registers.word[REG_PC] &&
	    t->registers.word[REG_SP] >= c->over.until.slot;
}

bool over_ends(struct control *c, const struct tracee *t)
{
	return t->id == c->goal.start.thread && (returns(c, t) || line_ends(c, t));
}

void over_finish(struct control *c)
{
	c->over = (struct over){ 0 };
}
