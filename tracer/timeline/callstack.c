/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/timeline/callstack.h"

#include <stdlib.h>
#include <string.h>

#include "src/bisect.h"

enum { DEPTH_MAX = 1 << 20 };

unsigned callstack_depth(const struct callstack *s)
{
	return s->count > 0 ? s->frames[s->count - 1].depth : 0;
}

const struct callframe *callstack_above(const struct callstack *s, unsigned depth)
{
	unsigned first = (unsigned)bisect(s->count, i, s->frames[i].depth <= depth);

	return first < s->count ? &s->frames[first] : NULL;
}

unsigned callstack_push(struct callstack *s, uint64_t slot, uint64_t back, unsigned inlined)
{
	unsigned depth = callstack_depth(s) + 1 + inlined;

	if (s->count == DEPTH_MAX)
		return 0;
	if (s->count == s->capacity) {
		unsigned capacity = s->capacity ? s->capacity * 2 : 16;
		struct callframe *frames = realloc(s->frames, capacity * sizeof *frames);

		if (frames == NULL)
			return 0;
		s->frames = frames;
		s->capacity = capacity;
	}
	s->frames[s->count++] = (struct callframe){ slot, back, depth };
	return 1 + inlined;
}

/*
 * Where a call pushes its return address (x86-64), a frame lives while that
 * slot is on the stack.  Where it does not (AArch64), a returned frame has the
 * stack pointer of its call and is told by where it went back to.
 */
static bool left(const struct callframe *f, uint64_t sp, uint64_t pc)
{
	return sp > f->slot || (sp == f->slot && f->back != 0 && pc == f->back);
}

unsigned callstack_pop(struct callstack *s, uint64_t sp, uint64_t pc)
{
	unsigned before = callstack_depth(s);

	while (s->count > 0 && left(&s->frames[s->count - 1], sp, pc))
		s->count--;
	return before - callstack_depth(s);
}

unsigned callstack_reuse(struct callstack *s, uint64_t slot)
{
	unsigned before = callstack_depth(s);

	while (s->count > 0 && s->frames[s->count - 1].slot <= slot)
		s->count--;
	return before - callstack_depth(s);
}

void callstack_replace(struct callstack *s, struct callstack *other, unsigned *pops,
    unsigned *pushes)
{
	unsigned same = 0, common;

	while (same < s->count && same < other->count &&
	    s->frames[same].slot == other->frames[same].slot &&
	    s->frames[same].back == other->frames[same].back &&
	    s->frames[same].depth == other->frames[same].depth)
		same++;
	common = same > 0 ? s->frames[same - 1].depth : 0;
	*pops = callstack_depth(s) - common;
	*pushes = callstack_depth(other) - common;
	free(s->frames);
	*s = *other;
	*other = (struct callstack){ 0 };
}

void callstack_fit(struct callstack *s, unsigned depth)
{
	int64_t more = (int64_t)depth - callstack_depth(s);
	unsigned kept = 0;

	for (unsigned i = 0; i < s->count; i++)
		if (s->frames[i].depth + more > 0) {
			s->frames[kept] = s->frames[i];
			s->frames[kept++].depth += (unsigned)more;
		}
	s->count = kept;
	if (depth > 0 && kept == 0)
		callstack_push(s, UINT64_MAX, 0, depth - 1);
}

void callstack_free(struct callstack *s)
{
	free(s->frames);
	*s = (struct callstack){ 0 };
}
