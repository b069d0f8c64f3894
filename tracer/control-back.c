/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Backwards: everything is in the record, so this is a search.  Going back
 * by lines leads to where going forward would have stopped: the first position
 * of a visit of a line, a visit being what one frame runs of a line before it
 * runs another.
 */
#include "tracer/control-private.h"

/* The nearest position before p that a person stops at: in the thread, on a
 * statement of a submitted file, not in frames deeper than depth.  *low: how far
 * the frames were left between it and p.  false: there is none. */
static bool visible_before(struct control *c, uint64_t p, int thread, unsigned depth,
    struct brief *found, struct line_row *row, unsigned *low)
{
	struct brief b;

	timeline_brief(c->timeline, p, &b);
	*low = b.thread == thread ? b.low : depth;
	while ((p = timeline_find_shallow(c->timeline, thread, depth, p, -1)) != NOWHERE) {
		timeline_brief(c->timeline, p, &b);
		if (b.depth <= depth && lines_find(c->setup.image, b.pc, row) && row->is_stmt &&
		    row->file >= 0 && row->line > 0) {
			*found = b;
			return true;
		}
		if (b.low < *low)
			*low = b.low;
	}
	return false;
}

static uint64_t line_back(struct control *c, const struct brief *from, bool over)
{
	unsigned bound = over ? from->depth : ~0u, low;
	struct line_row row, before_row;
	struct brief at, before;

	if (!visible_before(c, from->position, from->thread, bound, &at, &row, &low))
		return 0;
	for (;;) {
		bound = over ? at.depth : ~0u;
		if (!visible_before(c, at.position, at.thread, bound, &before, &before_row, &low) ||
		    before.depth != at.depth || low < at.depth ||
		    before_row.line != row.line || before_row.file != row.file)
			return at.position;
		at = before;
	}
}

/* Before the call that made this frame. */
static uint64_t out_back(struct control *c, const struct brief *from)
{
	uint64_t p = from->position;

	if (from->depth > 0 && from->low >= from->depth)
		p = timeline_find_shallow(c->timeline, from->thread, from->depth - 1, p, -1);
	return from->depth > 0 && p != NOWHERE && p > 0 ? p - 1 : 0;
}

static uint64_t instruction_back(struct control *c, const struct brief *from, bool over)
{
	unsigned bound = over ? from->depth : ~0u;
	uint64_t p = from->position;
	struct brief b;

	while ((p = timeline_find_shallow(c->timeline, from->thread, bound, p, -1)) != NOWHERE) {
		timeline_brief(c->timeline, p, &b);
		if (b.depth <= bound)
			return p;
	}
	return 0;
}

/* Where going forward stops: behind the step that touched watched memory. */
static uint64_t breakpoint_back(struct control *c, enum control_reason *reason)
{
	struct control_catch catch;
	struct brief b;

	for (uint64_t p = c->cursor; (p = search_stop(c, p, -1)) != NOWHERE; ) {
		if (control_watch_at(c, p) >= 0) {
			*reason = REASON_DATA_BREAKPOINT;
			return p;
		}
		timeline_brief(c->timeline, p, &b);
		if (breakpoint_stops(c, &b)) {
			*reason = REASON_BREAKPOINT;
			return p;
		}
		if (control_catch_at(c, p, &catch) ||
		    events_signal_at(&c->timeline->events, p) != NULL) {
			*reason = REASON_EXCEPTION;
			return p;
		}
	}
	*reason = REASON_ENTRY;
	return 0;
}

static uint64_t once_back(struct control *c, uint64_t position)
{
	bool over = c->command.kind == CONTROL_NEXT;
	struct brief from;

	timeline_brief(c->timeline, position, &from);
	if (c->command.kind == CONTROL_STEP_OUT)
		return out_back(c, &from);
	return c->command.by_instruction ? instruction_back(c, &from, over) :
	    line_back(c, &from, over);
}

/* The last one on the way back that stops; `to' itself is arrived at anyway. */
static bool breakpoint_between(struct control *c, uint64_t to, uint64_t from, uint64_t *found)
{
	struct brief b;

	for (uint64_t p = from; (p = timeline_find_pc(c->timeline, c->breaking.addresses,
	    c->breaking.count, p, -1)) != NOWHERE && p > to; ) {
		timeline_brief(c->timeline, p, &b);
		if (breakpoint_stops(c, &b)) {
			*found = p;
			return true;
		}
	}
	return false;
}

uint64_t search_back(struct control *c, enum control_reason *reason)
{
	uint64_t position = c->cursor;

	if (c->command.kind == CONTROL_CONTINUE)
		return breakpoint_back(c, reason);
	*reason = REASON_STEP;
	for (uint64_t n = c->command.count > 0 ? c->command.count : 1; n > 0 && position > 0; n--) {
		uint64_t from = position;

		position = once_back(c, from);
		if (breakpoint_between(c, position, from, &position)) {
			*reason = REASON_BREAKPOINT;
			break;
		}
	}
	return position;
}
