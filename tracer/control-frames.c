/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The shadow call stacks: kept by what calls and returns did to the stack
 * pointer, made anew after a stretch that nobody watched.  A frame's depth counts
 * the inlined calls that stand below it, too: it is the frames that people see.
 */
#include <stdlib.h>

#include "src/bisect.h"
#include "tracer/control-private.h"
#include "tracer/program/functions.h"
#include "tracer/program/unwind.h"

/* Frames are looked at in growing numbers, until they meet those that were known. */
enum { FRAMES_FIRST = 64, FRAMES_GROWTH = 8, FRAMES_MAX = 32768 };

const struct registers *registers_in_log(const struct control *c, const struct tracee *t)
{
	const struct moment_thread *m = moment_find(&c->timeline->now, t->id);

	return m != NULL && m->id == t->id ? &m->registers : NULL;
}

/* -- call by call ---------------------------------------------------------------------- */

/* Entered from code that is not the person's: at a function's first instruction,
 * and not where the call that led out was to return to. */
static bool entered_function(const struct control *c, uint64_t pc, uint64_t back)
{
	struct function f;

	return pc != back && function_find(c->setup.image, pc, &f) && f.start == pc;
}

/* How many inlined calls stand where the person's code was left for a call. */
static unsigned inlined_at_leave(const struct control *c, struct tracee *t)
{
	const struct registers *before = registers_in_log(c, t);

	if (before != NULL && image_is_own(c->setup.image, before->word[REG_PC]))
		t->calls.inlined = inlined_depth(c->setup.image, before->word[REG_PC]);
	return t->calls.inlined;
}

static void enter(struct control *c, struct tracee *t, uint64_t back, unsigned *pops,
    unsigned *pushes)
{
	uint64_t slot = t->registers.word[REG_SP];

	*pops += callstack_reuse(&t->calls, slot);
	*pushes = callstack_push(&t->calls, slot, back, inlined_at_leave(c, t));
}

void calls_update(struct control *c, struct tracee *t, const struct decoded *d, uint64_t back,
    unsigned *pops, unsigned *pushes)
{
	uint64_t sp = t->registers.word[REG_SP], pc = t->registers.word[REG_PC], stack = 0;
	bool own = image_is_own(c->setup.image, pc);

	*pops = callstack_pop(&t->calls, sp, pc);
	*pushes = 0;
	if (d != NULL && d->class == CLASS_CALL) {
		enter(c, t, d->pc + d->size, pops, pushes);
	} else if (d == NULL && own && t->entered && entered_function(c, pc, back)) {
		process_read(c->process, sp, &stack, sizeof stack);
		enter(c, t, arch_return_address(&t->registers, stack), pops, pushes);
	} else if (d == NULL && !own) {
		inlined_at_leave(c, t);
	}
	t->entered |= own;
}

/* -- all at once ------------------------------------------------------------------------- */

struct rebuild {
	struct frame *frames;	/* innermost first */
	size_t count;
	struct callstack calls;	/* what they become */
};

static struct callframe call_of(const struct frame *frames, size_t count, size_t i)
{
	return (struct callframe){ .slot = frames[i].cfa - arch_frame_slot,
	    .back = i + 1 < count ? frames[i + 1].pc : 0 };
}

bool frame_is_own(const struct control *c, const struct frame *f)
{
	return image_is_own(c->setup.image, f->signal ? f->pc : f->pc - 1);
}

/* The person's frames from the outermost in, but that one: nothing is below it.  The
 * known ones are there already: frames from i inwards come on top. */
static void push_frames(const struct control *c, struct rebuild *r, size_t i, bool any,
    unsigned inlined)
{
	while (i-- > 0) {
		struct callframe call = call_of(r->frames, r->count, i);

		if (!frame_is_own(c, &r->frames[i]))
			continue;
		if (any && r->frames[i].cfa != 0)
			callstack_push(&r->calls, call.slot, call.back, inlined);
		inlined = r->frames[i].level;
		any = true;
	}
}

/* Does the return address of each of the first so many frames stand in its slot? */
static bool still_there(struct control *c, const struct callstack *old, unsigned count)
{
	uint64_t word;

	for (unsigned i = 0; i < count; i++)
		if (process_read(c->process, old->frames[i].slot, &word, sizeof word) != sizeof word ||
		    word != old->frames[i].back)
			return false;
	return arch_frame_slot != 0;	/* else the slot holds none */
}

/* How many of the old frames a new one belongs to: it and those below it; 0: none. */
static unsigned known_frames(const struct callstack *old, const struct callframe *call)
{
	unsigned first = (unsigned)bisect(old->count, i, old->frames[i].slot > call->slot);	/* slots descend */

	return first < old->count && old->frames[first].slot == call->slot &&
	    old->frames[first].back == call->back ? first + 1 : 0;
}

/* The frames that were open before may be there yet, below the new ones. */
static bool join(struct control *c, const struct callstack *old, struct rebuild *r)
{
	for (size_t i = r->count - 1; i-- > 0; ) {
		struct callframe call = call_of(r->frames, r->count, i);
		unsigned known, pops;

		if (r->frames[i].cfa == 0 || !frame_is_own(c, &r->frames[i]))
			continue;
		known = known_frames(old, &call);
		if (known == 0 || !still_there(c, old, known))
			return false;
		pops = 0;
		for (unsigned k = 0; k < known; k++) {
			const struct callframe *f = &old->frames[k];

			callstack_push(&r->calls, f->slot, f->back, f->depth - pops - 1);
			pops = f->depth;
		}
		push_frames(c, r, i, true, r->frames[i].level);
		return true;
	}
	return false;
}

static bool find_frames(struct control *c, const struct callstack *old, const struct view *view,
    size_t max, struct rebuild *r)
{
	free(r->frames);
	r->frames = calloc(max, sizeof *r->frames);
	if (r->frames == NULL)
		return true;
	r->count = unwind(c->setup.image, view, r->frames, max);
	if (r->count == max && max < FRAMES_MAX)
		return join(c, old, r);
	push_frames(c, r, r->count, false, 0);
	return true;
}

/* After a stretch that was not watched: what call-frame information says. */
void calls_rebuild(struct control *c, struct tracee *t, unsigned *pops, unsigned *pushes)
{
	struct view *view = timeline_view_making(c->timeline, &t->registers);
	struct rebuild r = { 0 };
	size_t max = FRAMES_FIRST;

	while (view != NULL && !find_frames(c, &t->calls, view, max, &r))
		max *= FRAMES_GROWTH;
	free(view);
	free(r.frames);
	callstack_replace(&t->calls, &r.calls, pops, pushes);
	t->entered = true;
}
