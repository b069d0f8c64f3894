/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A step that takes long is recorded up to a budget; from there it goes on natively
 * to where it may end: the return of the call that it is out of or over, or the
 * lines that other code than that of its own line begins with; or to a function that
 * jumps out of functions, from which the recorder finds the place that it leads to.
 * So neither a call nor a loop on one line fills the timeline.
 */
#include <stdlib.h>

#include "tracer/control-private.h"
#include "tracer/program/unwind.h"

enum {
	BUDGET = 50000,		/* positions that one step passes, if nothing else is said */
	LINES_MAX = 4096,	/* places that are planted; a program with more is recorded on */
	FRAMES = 256,
	MISSED_MAX = 1000,	/* stops in other frames: it is recursion that loops */
	LEAPS_MAX = 10000,	/* recorded with what each leads to; then they are not looked for */
};

static size_t live_frames(struct control *c, const struct tracee *t, struct frame *frames)
{
	struct live_view live;

	live_view_init(&live, c, t);
	return unwind(c->setup.image, &live.view, frames, FRAMES);
}

/* It was called by a library (a callback) or by the kernel (a handler): where the person's
 * code goes on behind that. */
static struct callframe return_to_own(struct control *c, const struct tracee *t,
    const struct callframe *f)
{
	struct frame *frames = calloc(FRAMES, sizeof *frames);
	size_t count = frames != NULL ? live_frames(c, t, frames) : 0, i = 0;
	struct callframe until = { 0 };

	while (i < count && frames[i].cfa != f->slot + arch_frame_slot)
		i++;
	while (i + 1 < count && until.back == 0)
		if (frame_is_own(c, &frames[++i]))
			until = (struct callframe){ .slot = frames[i - 1].cfa - arch_frame_slot, .back = frames[i].pc };
	free(frames);
	return until;
}

/* Until the call that made the frame is left.  false: it is not known where to. */
static bool until_returned(struct control *c, const struct tracee *t, const struct callframe *f)
{
	if (f == NULL)
		return false;
	c->over.until = image_is_own(c->setup.image, f->back) ? *f : return_to_own(c, t, f);
	return c->over.until.back != 0;
}

/* The call to be over, or out of. */
static bool to_return(struct control *c, const struct tracee *t)
{
	unsigned depth = c->goal.start.depth;

	if (c->command.kind == CONTROL_STEP_OUT && depth > 0)
		depth--;
	else if (c->command.kind != CONTROL_NEXT)
		return false;
	if (depth > c->goal.low)
		depth = c->goal.low;
	return until_returned(c, t, callstack_above(&t->calls, depth));
}

/* Of the frame that nobody in the person's code has called. */
static uint64_t outermost_cfa(struct control *c, const struct tracee *t)
{
	struct frame *frames = calloc(FRAMES, sizeof *frames);
	size_t count = frames != NULL ? live_frames(c, t, frames) : 0;
	uint64_t cfa = 0;

	for (size_t i = 0; i < count; i++)
		if (frame_is_own(c, &frames[i]))
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
	until_returned(c, t, f);
}

/* The inlined call or function whose lines count; 0: all do. */
static uint32_t within(const struct control *c)
{
	return c->command.kind == CONTROL_NEXT ? c->goal.start.call : 0;
}

static int file(const struct control *c)
{
	return c->goal.start.has_row ? c->goal.start.row.file : -1;
}

static size_t other_lines(struct control *c, uint64_t *addresses, size_t max)
{
	return lines_others(c->setup.image, within(c), file(c), c->goal.start.row.line, addresses, max);
}

/* The line of an inlined call that begins there. */
static bool is_other_call(const struct control *c, uint64_t pc)
{
	const struct spot *start = &c->goal.start;
	struct spot at = { .pc = pc, .depth = start->depth };

	return within(c) != 0 && spot_before_call(c, start, &at) &&
	    (at.call != start->call || !spot_same_line(&at, start));
}

static bool is_other_line(const struct control *c, uint64_t pc)
{
	return lines_is_other(c->setup.image, within(c), file(c), c->goal.start.row.line, pc) ||
	    is_other_call(c, pc);
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

/* It was interrupted by a jump: one that is still to be made, or has not led out of the step? */
static bool leaps_now(const struct control *c, const struct tracee *t)
{
	return c->goal.leaps && !image_is_own(c->setup.image, t->registers.word[REG_PC]);
}

static uint64_t budget(const struct control *c)
{
	return c->setup.step_budget > 0 ? c->setup.step_budget : BUDGET;
}

bool over_begin(struct control *c, const struct tracee *t)
{
	if (c->command.kind == CONTROL_CONTINUE ||
	    (c->goal.recorded < budget(c) && !returns_now(c, t) && !c->goal.leaps) || leaps_now(c, t) ||
	    t->id != c->goal.start.thread || t->pending_count > 0 || t->in_call)
		return false;
	if (!to_line(c, t) && !to_return(c, t))
		return false;
	c->goal.recorded = 0;
	c->goal.leaps = false;
	return true;
}

static bool is_over(const struct control *c)
{
	return c->over.lines || c->over.until.back != 0;
}

static void plant_lines(struct control *c)
{
	uint64_t *addresses = calloc(LINES_MAX, sizeof *addresses);
	size_t count = addresses != NULL ? other_lines(c, addresses, LINES_MAX) : 0;
	const uint64_t *targets;

	for (size_t i = 0; i < count; i++)
		process_plant(c->process, addresses[i]);
	count = addresses != NULL ? inlined_entries(c->setup.image, within(c), addresses, LINES_MAX) : 0;
	for (size_t i = 0; i < count && i < LINES_MAX; i++)
		if (is_other_line(c, addresses[i]))
			process_plant(c->process, addresses[i]);
	free(addresses);
	targets = targets_around(c, c->stretch.thread, c->goal.start.pc, &count);
	for (size_t i = 0; i < count; i++)
		if (is_other_line(c, targets[i]))
			process_plant(c->process, targets[i]);
}

void over_plant(struct control *c)
{
	if (c->over.lines)
		plant_lines(c);
	if (c->over.until.back != 0)
		process_plant(c->process, c->over.until.back);
	if (over_awaits_libraries(c))
		runtime_plant(c, 1u << RUNTIME_LEAVES);
}

bool over_awaits_libraries(const struct control *c)
{
	return is_over(c) && c->goal.leapt < LEAPS_MAX;
}

/* A place of another line: in the same frame, where calls are passed over? */
static bool line_ends(struct control *c, const struct tracee *t)
{
	struct frame frames[2];
	struct live_view live;

	if (!c->over.lines || !is_other_line(c, t->registers.word[REG_PC]))
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

/* A jump out of functions: into the step's frame, one around it, or one further in?  It
 * is recorded as a library call from here on, which ends where it leads to.  So is the
 * loading of a library, that makes such jumps, too, and is known behind it. */
static bool leaps(struct control *c, const struct tracee *t)
{
	if (!over_awaits_libraries(c) || runtime_at(c, t->registers.word[REG_PC],
	    1u << RUNTIME_LEAVES | 1u << RUNTIME_LOADER) == NULL)
		return false;
	c->goal.leapt++;
	return c->goal.leaps = true;
}

bool over_ends(struct control *c, const struct tracee *t)
{
	return t->id == c->goal.start.thread && (returns(c, t) || line_ends(c, t) || leaps(c, t));
}

void over_finish(struct control *c)
{
	c->over = (struct over){ 0 };
}
