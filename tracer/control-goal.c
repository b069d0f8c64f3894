/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a step by instruction or line waits for. */
#include "tracer/control-private.h"

static bool find_row(const struct control *c, uint64_t pc, struct line_row *row)
{
	return lines_find(c->setup.image, pc, row) && row->file >= 0 && row->line > 0;
}

void goal_begin(struct control *c)
{
	struct goal *g = &c->goal;
	struct brief b;

	timeline_brief(c->timeline, c->cursor, &b);
	g->thread = b.thread;
	g->depth = g->low = b.depth;
	g->has_row = find_row(c, b.pc, &g->row);
}

static bool line_changed(const struct control *c, const struct brief *b)
{
	const struct goal *g = &c->goal;
	struct line_row row;

	if (!find_row(c, b->pc, &row) || !row.is_stmt)
		return false;
	return !g->has_row || row.line != g->row.line || row.file != g->row.file ||
	    b->depth != g->depth || g->low < g->depth;
}

bool goal_reached(struct control *c, const struct brief *b)
{
	struct goal *g = &c->goal;
	bool popped;

	if (c->command.kind == CONTROL_CONTINUE || b->thread != g->thread)
		return false;
	if (b->low < g->low)
		g->low = b->low;
	popped = g->low < g->depth;
	/* Left in the middle of a library by a pause or a switch: not where people stop. */
	if (!c->command.enter && !image_is_own(c->setup.image, b->pc))
		return false;
	switch (c->command.kind) {
	case CONTROL_STEP_IN:
		return c->command.by_instruction || line_changed(c, b);
	case CONTROL_NEXT:
		return (popped || b->depth <= g->depth) &&
		    (c->command.by_instruction || line_changed(c, b));
	default:
		return popped;
	}
}
