/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a recorded instruction has read is in no record: it follows from the
 * instruction and the registers before it, at any position.
 */
#include <stdlib.h>

#include "tracer/control-private.h"

enum {
	CACHE = 1024,		/* instructions, by pc; a power of two */
	LOOKS = 16,		/* positions looked at before a search is told of the last */
};

struct read_cache {
	uint64_t pc;		/* 0: none */
	struct reads reads;
};

void reads_forget(struct control *c)
{
	free(c->watching.reads);
	c->watching.reads = NULL;
}

/* Code that can be written is looked at anew, as it was then. */
static void look(struct control *c, uint64_t pc, uint64_t position, struct reads *reads)
{
	struct view *view = timeline_view(c->timeline, position, 0);
	uint8_t bytes[DECODE_BYTES];
	size_t n = view != NULL ? view_read(view, pc, bytes, sizeof bytes) : 0;

	free(view);
	arch_reads(c->decoder, pc, bytes, n, reads);
}

static struct reads reads_of(struct control *c, uint64_t pc, uint64_t position)
{
	struct read_cache *cache = c->watching.reads, *at;
	struct reads reads;

	if (cache == NULL)
		cache = c->watching.reads = calloc(CACHE, sizeof *cache);
	at = cache != NULL ? &cache[(pc * 0x9e3779b97f4a7c15ull >> 40) & (CACHE - 1)] : NULL;
	if (at != NULL && at->pc == pc && pc != 0)
		return at->reads;
	look(c, pc, position, &reads);
	if (at != NULL && !decode_may_change(c, pc))
		*at = (struct read_cache){ pc, reads };
	return reads;
}

static bool registers_at(struct control *c, uint64_t position, int thread, struct registers *r)
{
	const struct moment *m = timeline_moment(c->timeline, position);
	const struct moment_thread *t = m != NULL ? moment_find(m, thread) : NULL;

	if (t != NULL)
		*r = t->registers;
	return t != NULL;
}

bool step_reads(struct control *c, const struct control_watch *w, uint64_t position)
{
	struct registers before, after;
	struct reads reads;
	struct brief b;

	timeline_brief(c->timeline, position, &b);
	if (b.kind != RECORD_INSTRUCTION || !registers_at(c, position - 1, b.thread, &before))
		return false;
	reads = reads_of(c, before.word[REG_PC], position - 1);
	if (reads.count == 0 || !registers_at(c, position, b.thread, &after))
		return false;
	for (unsigned i = 0; i < reads.count; i++) {
		uint64_t address, length;

		arch_read_range(&reads.operand[i], &before, &after, &address, &length);
		if (address < w->address + w->length && address + length > w->address && length > 0)
			return true;
	}
	return false;
}

/* Nothing says beforehand where: so a few positions at a time, and the search is told
 * to look at the last of them, for others have to have their turn. */
uint64_t watch_next_read(struct control *c, uint64_t from, int direction)
{
	const struct watching *w = &c->watching;
	uint64_t p = from;

	for (size_t i = 0; i < w->count; i++) {
		if (w->list[i].kind != WATCH_READ && w->list[i].kind != WATCH_ACCESS)
			continue;
		for (unsigned n = 0; n < LOOKS; n++) {
			if (direction < 0 ? p <= 1 : p >= c->timeline->frontier)
				return n > 0 ? p : NOWHERE;
			p = direction < 0 ? p - 1 : p + 1;
			if (control_watch_at(c, p) >= 0)
				return p;
		}
		return p;
	}
	return NOWHERE;
}
