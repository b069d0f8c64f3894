/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The index's growth and its being cut. */
#include <stdlib.h>
#include <string.h>

#include "tracer/timeline/block.h"

static uint32_t block_to(uint64_t position)
{
	return (uint32_t)((position - 1) / BLOCK_RECORDS);
}

/* A thread that is new has changed all of its registers. */
static uint64_t changed_registers(const struct moment_thread *before, const struct registers *after,
    bool vector)
{
	uint64_t set = vector ? SPAN_VECTOR : 0;

	if (before == NULL)
		return ~0ull;
	for (int i = 0; i < REGISTERS_COUNT; i++)
		set |= (uint64_t)(before->registers.word[i] != after->word[i]) << i;
	return set;
}

static bool vector_changes(const struct moment_thread *before, const struct vector_state *after)
{
	return after != NULL && (before == NULL || before->vector == NULL ||
	    memcmp(before->vector, after, sizeof *after) != 0);
}

/* -- growing ------------------------------------------------------------------------------ */

static bool reserve_changed(struct index *x, size_t count)
{
	uint64_t *changed;

	if (count <= x->changed_capacity)
		return true;
	changed = realloc(x->changed, count * sizeof *changed);
	if (changed == NULL)
		return false;
	x->changed = changed;
	x->changed_capacity = count;
	return true;
}

/* Where the thread that ran has gone, the record arrives at another one. */
static bool reserve_others(struct index *x, const struct moment *now)
{
	for (size_t i = 0; i < now->count; i++)
		if (!visits_reserve(&x->visits, now->threads[i].registers.word[REG_PC]) ||
		    !spans_reserve(&x->spans, now->threads[i].id))
			return false;
	return true;
}

bool index_prepare(struct index *x, const struct moment *now, const struct thread_change *changes,
    size_t count)
{
	if (!reserve_changed(x, count) || (changes[0].removed && !reserve_others(x, now)))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct moment_thread *before = moment_find(now, changes[i].id);

		x->changed[i] = changed_registers(before, changes[i].registers,
		    vector_changes(before, changes[i].vector));
		if (!spans_reserve(&x->spans, changes[i].id))
			return false;
		if ((i == 0 || changes[0].removed) &&
		    !visits_reserve(&x->visits, changes[i].registers->word[REG_PC]))
			return false;
	}
	return true;
}

static void note_depth(struct span *s, const struct brief *b)
{
	if (b->low < s->low)
		s->low = b->low;
	if (b->depth > s->high)
		s->high = b->depth;
}

static void note_arrival(struct index *x, const struct brief *b)
{
	uint32_t block = block_to(b->position);

	note_depth(spans_of(&x->spans, b->thread, block), b);
	if (is_arrival(b))
		visits_note(&x->visits, b->pc, block);
}

void index_commit(struct index *x, const struct brief *b, const struct thread_change *changes,
    size_t count)
{
	uint32_t block = block_to(b->position);

	note_arrival(x, b);
	for (size_t i = 0; i < count; i++)
		if (x->changed[i] != 0)
			spans_of(&x->spans, changes[i].id, block)->registers |= x->changed[i];
}

/* -- being cut -------------------------------------------------------------------------------- */

/* What one record, that leads from before to after, was noted for: there is room. */
static void note_again(struct index *x, const struct moment *before, const struct moment *after,
    const struct brief *b, bool vectors)
{
	note_arrival(x, b);
	for (size_t i = 0; i < after->count; i++) {
		const struct moment_thread *now = &after->threads[i];
		uint64_t set = changed_registers(moment_find(before, now->id), &now->registers, false);

		/* Which thread's has changed is not known here: all that did something are noted. */
		if (vectors && (set != 0 || now->id == b->thread))
			set |= SPAN_VECTOR;
		if (set != 0)
			spans_of(&x->spans, now->id, block_to(b->position))->registers |= set;
	}
}

static void copy_moment(struct moment *to, const struct moment *from)
{
	memcpy(to->threads, from->threads, from->count * sizeof *to->threads);
	to->count = from->count;
	to->current = from->current;
}

static bool note_writes(struct timeline *t, struct decoder *d, uint32_t block)
{
	bool ok = true;
	struct write w;

	while (decode_write(d, &w)) {
		struct page *page = pages_find(&t->pages, w.address / SHADOW_PAGE);

		ok &= trail_note(&page->trail, block, w.address % SHADOW_PAGE, w.length, &t->pages.memory);
	}
	return ok;
}

/* The records of a block that stay. */
static bool note_block(struct timeline *t, uint32_t block, uint64_t records, struct moment *before,
    struct moment *after)
{
	uint64_t position = (uint64_t)block * BLOCK_RECORDS;
	struct record_info info;
	struct decoder d;
	bool ok = block_moment(&t->blocks[block], &d, after);

	for (uint64_t i = 0; ok && i < records; i++) {
		struct brief b;

		copy_moment(before, after);
		d.vectors_changed = false;
		decode_record(&d, after, &info);
		b = block_brief(after, ++position, &info);
		note_again(&t->index, before, after, &b, d.vectors_changed);
		ok = note_writes(t, &d, block);
	}
	return ok;
}

/* What is noted again was noted before, and so there is room for it. */
bool index_cut(struct timeline *t, uint64_t position)
{
	uint32_t block = (uint32_t)(position / BLOCK_RECORDS);
	size_t threads = t->index.spans.count + 1;	/* the first one may not have run */
	struct moment before = { 0 }, after = { 0 };
	bool ok = moment_reserve(&before, threads) &&
	    moment_reserve(&after, threads);

	if (ok) {
		visits_cut(&t->index.visits, block);
		spans_cut(&t->index.spans, block);
		for (size_t i = 0; i < t->pages.capacity; i++)
			if (t->pages.slots[i] != NULL)
				trail_cut(&t->pages.slots[i]->trail, block, &t->pages.memory);
		if (position % BLOCK_RECORDS != 0)
			ok = note_block(t, block, position % BLOCK_RECORDS, &before, &after);
	}
	moment_free(&before);
	moment_free(&after);
	return ok;
}

void index_free(struct index *x)
{
	visits_free(&x->visits);
	spans_free(&x->spans);
	free(x->changed);
	*x = (struct index){ 0 };
}

uint64_t index_memory(const struct index *x)
{
	return x->visits.memory + x->spans.memory;
}
