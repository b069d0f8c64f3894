/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Backwards: everything is in the record, so this is a search.  Going back
 * by lines leads to where going forward would have stopped: the first position
 * of a visit of a line, a visit being what one frame runs of a line before it
 * runs another.  A step over calls stays in its frame and in those below it,
 * which were open all the while: low, the lowest depth on the way, tells.
 */
#include "tracer/control-private.h"

struct back {
	struct spot from;	/* what is gone back from */
	uint64_t position;
	unsigned low;		/* the lowest depth since, on the way forward from there */
	uint64_t later;		/* pc in the same frame that was passed last */
	bool over;		/* calls are passed over */
};

static struct back back_from(const struct control *c, const struct brief *b, bool over)
{
	struct back s = { .position = b->position, .low = b->low,
	    .later = b->pc, .over = over };

	spot_at(c, b, &s.from);
	spot_kept(c, b, &s.from);
	return s;
}

/* To the nearest position before where the thread has run, but within calls that are
 * passed over; low is that of the way between.  false: there is none. */
static bool back_once(struct control *c, struct back *s, struct brief *b)
{
	s->position = timeline_find_shallow(c->timeline, s->from.thread, s->over ? s->low : ~0u,
	    s->position, -1);
	if (s->position == NOWHERE)
		return false;
	timeline_brief(c->timeline, s->position, b);
	return true;
}

/* In the same function's frame: an inlined call, or another stack that was switched to
 * and back from; not who has jumped to the function. */
static bool passed_over(const struct control *c, const struct back *s, const struct spot *at)
{
	enum spot_frame frame = spot_compare(c, &s->from, at);

	return at->depth == s->from.depth && (frame == FRAME_INNER ||
	    (frame == FRAME_OTHER && !is_function_start(c, s->later)));
}

/* The nearest position before that a person stops at: in the thread, on a statement of
 * a submitted file.  false: there is none. */
static bool visible_before(struct control *c, struct back *s, struct brief *b, struct spot *at)
{
	while (back_once(c, s, b)) {
		if (!s->over || b->depth <= s->low) {
			bool passed;

			spot_at(c, b, at);
			passed = s->over && passed_over(c, s, at);
			if (((spot_is_statement(at) || goal_enters(c, b)) && !passed) ||
			    (s->over && spot_before_call(c, &s->from, at)))
				return true;
			if (!passed)
				s->later = b->pc;
		}
		if (b->low < s->low)
			s->low = b->low;
	}
	return false;
}

static uint64_t line_back(struct control *c, const struct brief *from, bool over)
{
	struct back s = back_from(c, from, over);
	struct spot at, before;
	struct brief b;
	uint64_t first;

	if (!visible_before(c, &s, &b, &before))
		return 0;
	do {
		at = before;
		first = b.position;
		s = back_from(c, &b, over);
		s.from = at;
	} while (visible_before(c, &s, &b, &before) && before.depth == at.depth &&
	    s.low >= at.depth && spot_same_line(&before, &at) &&
	    spot_compare(c, &at, &before) == FRAME_SAME);
	spot_keep(c, first, &at);
	return first;
}

/* The inlined call, or what was jumped to, has ended here on the way back. */
static bool before_call(const struct control *c, const struct back *s, const struct brief *b)
{
	struct spot at;

	if (b->depth != s->from.depth || c->command.by_instruction)
		return false;
	spot_at(c, b, &at);
	return spot_compare(c, &s->from, &at) == FRAME_OUTER;
}

/* Before the call that made this frame, by who goes on when it returns. */
static uint64_t out_back(struct control *c, const struct brief *from)
{
	struct back s = back_from(c, from, true);
	struct brief b;

	while (back_once(c, &s, &b)) {
		if (s.low < s.from.depth ? b.depth <= s.low : before_call(c, &s, &b))
			return b.position;
		if (b.low < s.low)
			s.low = b.low;
	}
	return 0;
}

static uint64_t instruction_back(struct control *c, const struct brief *from, bool over)
{
	struct back s = back_from(c, from, over);
	struct brief b;

	while (back_once(c, &s, &b)) {
		if ((!over || b.depth <= s.low) &&
		    (c->command.enter || image_is_own(c->setup.image, b.pc)))
			return b.position;
		if (b.low < s.low)
			s.low = b.low;
	}
	return 0;
}

/* As judge() does it going forward; a data breakpoint is behind the step that touched its memory. */
static bool stops_at(struct control *c, uint64_t position, enum control_reason *reason)
{
	struct control_catch catch;
	struct brief b;

	timeline_brief(c->timeline, position, &b);
	if (control_watch_at(c, position) >= 0)
		*reason = REASON_DATA_BREAKPOINT;
	else if (breakpoint_stops(c, &b))
		*reason = REASON_BREAKPOINT;
	else if (control_catch_at(c, position, &catch))
		*reason = REASON_EXCEPTION;
	else
		return false;
	return true;
}

/* The last stop on the way from `from', which is left out, back to `to'.  NOWHERE: there is none. */
static uint64_t stop_until(struct control *c, uint64_t to, uint64_t from, enum control_reason *reason)
{
	uint64_t p = from;

	while (p > to && (p = search_stop(c, p, -1)) != NOWHERE && p >= to && p > 0)
		if (stops_at(c, p, reason))
			return p;
	return NOWHERE;
}

static uint64_t stop_back(struct control *c, enum control_reason *reason)
{
	for (uint64_t p = c->cursor; (p = search_stop(c, p, -1)) != NOWHERE; )
		if (stops_at(c, p, reason))
			return p;
	*reason = REASON_ENTRY;
	return 0;
}

static uint64_t once_back(struct control *c, uint64_t position)
{
	bool over = c->command.kind == CONTROL_NEXT;
	struct brief from;

	brief_of_thread(c, position, c->command.thread, &from);
	if (c->command.kind == CONTROL_STEP_OUT)
		return out_back(c, &from);
	return c->command.by_instruction ? instruction_back(c, &from, over) :
	    line_back(c, &from, over);
}

uint64_t search_back(struct control *c, enum control_reason *reason)
{
	uint64_t position = c->cursor;

	if (c->command.kind == CONTROL_CONTINUE)
		return stop_back(c, reason);
	*reason = REASON_STEP;
	for (uint64_t n = c->command.count > 0 ? c->command.count : 1; n > 0 && position > 0; n--) {
		uint64_t to = once_back(c, position), stop = stop_until(c, to, position, reason);

		if (stop != NOWHERE)
			return stop;
		position = to;
	}
	return position;
}
