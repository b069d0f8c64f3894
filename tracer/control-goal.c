/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a step by instruction or line waits for.
 *
 * Frames are told apart by depth, which the record has for each position: a call
 * makes it grow, whatever ends the call (return, longjmp, exception) makes it
 * shrink.  low is the lowest depth since the start, so a position of that depth is
 * in the frame that the step began in or in one below; all others were called
 * meanwhile: by it, or by who called it, such as the next call of a comparator.
 * Within one depth there are the inlined calls, by the address alone, and the
 * functions that were jumped to instead of called.
 */
#include <stdlib.h>
#include <string.h>

#include "tracer/control-private.h"
#include "tracer/program/functions.h"

#define DYNAMIC_LINKER "/ld-linux"	/* glibc's, in a path */

/* -- places ---------------------------------------------------------------------------- */

void spot_at(const struct control *c, const struct brief *b, struct spot *spot)
{
	struct image *im = c->setup.image;

	*spot = (struct spot){ .thread = b->thread, .pc = b->pc, .depth = b->depth, .own = image_is_own(im, b->pc) };
	if (!spot->own)
		return;
	spot->call = inlined_innermost(im, b->pc);
	spot->has_row = lines_find(im, b->pc, &spot->row) && spot->row.file >= 0 && spot->row.line > 0;
}

bool spot_is_statement(const struct spot *s)
{
	return s->has_row && s->row.is_stmt;
}

bool spot_same_line(const struct spot *a, const struct spot *b)
{
	return a->has_row && b->has_row && a->row.line == b->row.line && a->row.file == b->row.file;
}

enum spot_frame spot_compare(const struct control *c, const struct spot *spot,
    const struct spot *other)
{
	const struct image *im = c->setup.image;

	if (spot->call == other->call || spot->call == 0 || other->call == 0)
		return FRAME_SAME;
	if (inlined_within(im, spot->call, other->call))
		return FRAME_OUTER;
	return inlined_function(im, spot->call) == inlined_function(im, other->call) ?
	    FRAME_INNER : FRAME_OTHER;
}

/* What is another file's line, or none, would be passed: a method from a header. */
bool spot_before_call(const struct control *c, const struct spot *seen_from, struct spot *at)
{
	const struct image *im = c->setup.image;
	uint32_t entered = at->depth == seen_from->depth && (!at->has_row || at->row.is_stmt) ?
	    inlined_entered(im, at->pc, seen_from->call) : 0;
	struct line_row row = { .start = at->pc, .end = at->pc, .is_stmt = true };
	uint32_t outer;

	if (entered == 0)
		return false;
	outer = inlined_call_place(im, entered, &row.file, &row.line);
	if (row.file < 0 || row.line == 0)
		return false;
	at->call = outer;
	at->row = row;
	at->has_row = true;
	at->ahead = 1;
	while ((entered = inlined_entered(im, at->pc, entered)) != 0)
		at->ahead++;
	return true;
}

void spot_keep(struct control *c, uint64_t position, const struct spot *at)
{
	c->before = (struct before_calls){ .position = position, .epoch = c->epoch,
	    .seen_from = at->call, .count = at->ahead };
}

void spot_kept(const struct control *c, const struct brief *b, struct spot *spot)
{
	const struct before_calls *k = &c->before;
	struct spot seen_from = { .depth = spot->depth, .call = k->seen_from };

	if (k->count > 0 && k->position == b->position && k->epoch == c->epoch && spot->pc == b->pc)
		spot_before_call(c, &seen_from, spot);
}

bool is_function_start(const struct control *c, uint64_t pc)
{
	struct function f;

	return function_find(c->setup.image, pc, &f) && f.start == pc;
}

static bool is_linker(const struct control *c, uint64_t pc)
{
	const char *module = function_module(c->setup.image, pc);

	return module != NULL && strstr(module, DYNAMIC_LINKER) != NULL;
}

/* Library code, also what is linked into the program, but for the stubs that lead to it
 * and for what looks up where they lead. */
static bool is_library(const struct control *c, uint64_t pc)
{
	struct function f;

	if (image_is_own(c->setup.image, pc) || is_linker(c, pc))
		return false;
	return function_module(c->setup.image, pc) != NULL ||
	    (function_find(c->setup.image, pc, &f) && strstr(f.name, "@plt") == NULL);
}

/* What the linker calls (an IFUNC's resolver) belongs to its looking up. */
static bool linker_calls(const struct control *c, const struct brief *b)
{
	struct view *view = timeline_view(c->timeline, b->position, b->thread);
	uint64_t word = 0, back = 0;

	if (view != NULL && view_read_all(view, b->sp, &word, sizeof word))
		back = arch_return_address(&view->registers, word);
	free(view);
	return is_linker(c, back);
}

/* Not all of a library's functions have names. */
bool goal_enters(const struct control *c, const struct brief *b)
{
	struct brief before;

	if (!c->command.enter || b->position == 0 || !is_library(c, b->pc))
		return false;
	timeline_brief(c->timeline, b->position - 1, &before);
	return (is_function_start(c, b->pc) || !is_library(c, before.pc)) && !linker_calls(c, b);
}

/* -- forwards ------------------------------------------------------------------------------ */

void brief_of_thread(struct control *c, uint64_t position, int thread, struct brief *b)
{
	const struct moment *m;
	const struct moment_thread *t;

	timeline_brief(c->timeline, position, b);
	if (thread == 0 || thread == b->thread)
		return;
	m = timeline_moment(c->timeline, position);
	t = m != NULL ? moment_find(m, thread) : NULL;
	if (t == NULL)
		return;
	b->thread = thread;
	b->pc = t->registers.word[REG_PC];
	b->sp = t->registers.word[REG_SP];
	b->depth = b->low = t->depth;
}

void goal_begin(struct control *c)
{
	struct goal *g = &c->goal;
	struct brief b;

	brief_of_thread(c, c->cursor, c->command.thread, &b);
	spot_at(c, &b, &g->start);
	spot_kept(c, &b, &g->start);
	spot_keep(c, c->cursor, &(struct spot){ 0 });
	g->low = b.depth;
	g->jumped = g->gone = g->recursive = g->leaps = false;
	g->others = g->leapt = 0;
}

/* In the function's frame, or one that has come in its place: is it a part that a
 * step passes over? */
static bool within(const struct control *c, const struct spot *at)
{
	const struct goal *g = &c->goal;
	enum spot_frame frame;

	if (g->low < g->start.depth)
		return false;
	frame = spot_compare(c, &g->start, at);
	return g->jumped || frame == FRAME_INNER || frame == FRAME_OTHER;
}

/* A function that is jumped to at its first instruction ends as the one whose place it
 * takes; elsewhere it may be another stack's (swapcontext(3)), which comes back. */
static void note_jump(struct control *c, const struct spot *at, uint64_t pc)
{
	struct goal *g = &c->goal;

	if (!g->jumped && g->low == g->start.depth && at->depth == g->low &&
	    spot_compare(c, &g->start, at) == FRAME_OTHER)
		g->jumped = is_function_start(c, pc);
}

static bool line_changed(struct control *c, const struct spot *at)
{
	const struct goal *g = &c->goal;

	if (!spot_is_statement(at))
		return false;
	return !spot_same_line(at, &g->start) || at->depth != g->start.depth ||
	    g->low < g->start.depth || spot_compare(c, &g->start, at) != FRAME_SAME;
}

/* The line of an inlined call, of which nothing has run? */
static bool at_call(struct control *c, const struct brief *b, struct spot *at)
{
	const struct goal *g = &c->goal;

	if (g->jumped || g->low < g->start.depth || !spot_before_call(c, &g->start, at) ||
	    !line_changed(c, at))
		return false;
	spot_keep(c, b->position, at);
	return true;
}

/* Out of the function, by line also out of an inlined call; from a library that a pause
 * has left it in, to the person's code. */
static bool is_out(struct control *c, const struct spot *at)
{
	const struct goal *g = &c->goal;

	if (g->low < g->start.depth || !g->start.own)
		return true;
	return !c->command.by_instruction && !g->jumped && spot_is_statement(at) &&
	    spot_compare(c, &g->start, at) == FRAME_OUTER;
}

/* A thread that has ended steps no more: the step is over where another one goes on. */
static bool is_gone(struct control *c, const struct brief *b)
{
	struct goal *g = &c->goal;
	const struct moment *m;
	const struct moment_thread *t;

	if (b->kind != RECORD_INSTRUCTION && !g->gone) {
		m = timeline_moment(c->timeline, b->position);
		t = m != NULL ? moment_find(m, g->start.thread) : NULL;
		g->gone = t == NULL;
	}
	return g->gone;
}

bool goal_reached(struct control *c, const struct brief *b)
{
	struct goal *g = &c->goal;
	struct spot at;

	if (c->command.kind == CONTROL_CONTINUE)
		return false;
	if (b->thread != g->start.thread) {
		if (!is_gone(c, b))
			return false;
		spot_at(c, b, &at);
		return c->command.by_instruction ? at.own || c->command.enter : spot_is_statement(&at);
	}
	if (b->low < g->low)
		g->low = b->low;
	/* Left in the middle of a library by a pause or a switch: not where people stop. */
	if (!c->command.enter && !image_is_own(c->setup.image, b->pc))
		return false;
	if (c->command.kind != CONTROL_STEP_IN && b->depth > g->low)
		return false;	/* called meanwhile */
	if (c->command.by_instruction && c->command.kind != CONTROL_STEP_OUT)
		return true;
	spot_at(c, b, &at);
	note_jump(c, &at, b->pc);
	switch (c->command.kind) {
	case CONTROL_STEP_IN:
		return line_changed(c, &at) || goal_enters(c, b);
	case CONTROL_NEXT:
		return (!within(c, &at) && line_changed(c, &at)) || at_call(c, b, &at);
	default:
		return is_out(c, &at);
	}
}
