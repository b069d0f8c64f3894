/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/timeline/visits.h"

#include <stdlib.h>
#include <string.h>

#include "src/bisect.h"

enum {
	SLOTS_MIN = 64,
	NIBBLE = 15,		/* a posting's two numbers up to this are in its first byte, else behind it */
	POSTING_MAX = 1 + 5 + 5,	/* bytes: that, and two numbers of 32 bits */
	MARK_EVERY = 64,	/* postings; a mark tells where to go on reading, and the sums up to there */
};

/* -- the list of one pc ------------------------------------------------------------------ */

struct walk {
	const struct visit *visit;
	const uint8_t *at;
	uint32_t block, before, arrivals;	/* before: arrivals in the blocks before this one */
	bool newest;				/* has been given */
};

static void put(struct visit *v, uint32_t n)
{
	for (; n >= 128; n >>= 7)
		v->postings[v->length++] = (uint8_t)(n | 128);
	v->postings[v->length++] = (uint8_t)n;
}

static uint32_t get(const uint8_t **at)
{
	uint32_t n = 0;

	for (unsigned shift = 0; ; shift += 7) {
		uint8_t byte = *(*at)++;

		n |= (uint32_t)(byte & 127) << shift;
		if (byte < 128)
			return n;
	}
}

static uint32_t mark_count(const struct visit *v)
{
	return v->posting_count > 0 ? (v->posting_count - 1) / MARK_EVERY : 0;
}

/* How many marks may be gone on from, to find block: the posting before each is before block. */
static uint32_t marks_before(const struct visit *v, uint32_t block)
{
	return (uint32_t)bisect(mark_count(v), i, v->marks[i].block < block);
}

/* From the last of so many marks on; 0: from the start. */
static struct walk walk_from(const struct visit *v, uint32_t marks)
{
	const struct visit_mark *m = marks > 0 ? &v->marks[marks - 1] : NULL;

	return (struct walk){ .visit = v, .at = v->postings + (m != NULL ? m->offset : 0),
		.block = m != NULL ? m->block : -1u, .before = m != NULL ? m->total : 0 };
}

/* To before the first posting that is at or behind block, at most MARK_EVERY away from it. */
static struct walk walk_to(const struct visit *v, uint32_t block)
{
	return walk_from(v, marks_before(v, block));
}

static bool step(struct walk *w)
{
	const struct visit *v = w->visit;
	uint32_t gap;

	w->before += w->arrivals;
	if (w->at == v->postings + v->length) {
		if (w->newest || v->arrivals == 0)
			return false;
		w->newest = true;
		w->block = v->block;
		w->arrivals = v->arrivals;
		return true;
	}
	gap = *w->at >> 4;
	w->arrivals = *w->at++ & NIBBLE;
	if (gap == 0)
		gap = get(&w->at);
	if (w->arrivals == 0)
		w->arrivals = get(&w->at);
	w->block += gap;
	return true;
}

/* The newest block is over: it becomes a posting.  There is room. */
static void close_newest(struct visit *v)
{
	uint32_t gap = v->posting_count > 0 ? v->block - v->last : v->block + 1;

	if (v->posting_count > 0 && v->posting_count % MARK_EVERY == 0)
		v->marks[v->posting_count / MARK_EVERY - 1] =
		    (struct visit_mark){ v->length, v->last, v->total };
	v->postings[v->length++] = (uint8_t)((gap <= NIBBLE ? gap : 0) << 4 |
	    (v->arrivals <= NIBBLE ? v->arrivals : 0));
	if (gap > NIBBLE)
		put(v, gap);
	if (v->arrivals > NIBBLE)
		put(v, v->arrivals);
	v->posting_count++;
	v->last = v->block;
	v->total += v->arrivals;
	v->arrivals = 0;
}

/* Bytes in use: a pc that was never arrived at is only a place for one. */
static uint64_t in_use(const struct visit *v)
{
	if (v->posting_count == 0 && v->arrivals == 0)
		return 0;
	return sizeof *v + v->length + mark_count(v) * sizeof *v->marks;
}

static bool room(struct visit *v)
{
	if (v->length + POSTING_MAX > v->capacity) {
		uint32_t capacity = v->capacity + v->capacity / 2 + 16;
		uint8_t *postings = realloc(v->postings, capacity);

		if (postings == NULL)
			return false;
		v->postings = postings;
		v->capacity = capacity;
	}
	if (v->posting_count / MARK_EVERY > v->mark_capacity) {
		uint32_t capacity = v->mark_capacity + v->mark_capacity / 2 + 2;
		struct visit_mark *marks = realloc(v->marks, capacity * sizeof *marks);

		if (marks == NULL)
			return false;
		v->marks = marks;
		v->mark_capacity = capacity;
	}
	return true;
}

/* -- the table ----------------------------------------------------------------------------- */

/* Where pc is in the slots, or is to be. */
static uint32_t *slot_of(const struct visits *all, uint64_t pc)
{
	uint32_t i = (uint32_t)((pc * 0x9e3779b97f4a7c15ull) >> 32) & (all->slot_count - 1);

	while (all->slots[i] != 0 && all->list[all->slots[i] - 1].pc != pc)
		i = (i + 1) & (all->slot_count - 1);
	return &all->slots[i];
}

static struct visit *find(const struct visits *all, uint64_t pc)
{
	uint32_t slot = all->slot_count > 0 ? *slot_of(all, pc) : 0;

	return slot > 0 ? &all->list[slot - 1] : NULL;
}

static bool grow_slots(struct visits *all)
{
	uint32_t count = all->slot_count > 0 ? all->slot_count * 2 : SLOTS_MIN;
	uint32_t *slots;

	if ((all->count + 1) * 4 < all->slot_count * 3)
		return true;
	slots = calloc(count, sizeof *slots);
	if (slots == NULL)
		return false;
	free(all->slots);
	all->slots = slots;
	all->slot_count = count;
	for (uint32_t i = 0; i < all->count; i++)
		*slot_of(all, all->list[i].pc) = i + 1;
	return true;
}

static bool grow_list(struct visits *all)
{
	uint32_t capacity = all->capacity + all->capacity / 4 + 32;
	struct visit *list;

	if (all->count < all->capacity)
		return true;
	list = realloc(all->list, capacity * sizeof *list);
	if (list == NULL)
		return false;
	all->list = list;
	all->capacity = capacity;
	return true;
}

bool visits_reserve(struct visits *all, uint64_t pc)
{
	struct visit *v = find(all, pc);

	if (v != NULL)
		return room(v);
	if (!grow_slots(all) || !grow_list(all))
		return false;
	v = &all->list[all->count];
	*v = (struct visit){ .pc = pc };
	*slot_of(all, pc) = ++all->count;
	return room(v);
}

void visits_note(struct visits *all, uint64_t pc, uint32_t block)
{
	struct visit *v = find(all, pc);
	uint64_t before = in_use(v);

	if (v->arrivals > 0 && v->block != block)
		close_newest(v);
	v->block = block;
	v->arrivals++;
	all->memory += in_use(v) - before;
}

/* -- asking ------------------------------------------------------------------------------- */

bool visits_find(const struct visits *all, uint64_t pc, uint32_t *block, int direction)
{
	const struct visit *v = find(all, pc);
	struct walk w;
	bool found = false;
	uint32_t wanted = *block;

	if (v == NULL)
		return false;
	/* Down: the last one at or before it is behind a mark that is before it. */
	w = walk_to(v, wanted);
	while (step(&w)) {
		if (direction < 0 && w.block > wanted)
			break;
		if (direction >= 0 && w.block < wanted)
			continue;
		*block = w.block;
		found = true;
		if (direction >= 0)
			break;
	}
	if (!found && direction < 0 && (w = walk_to(v, wanted)).before > 0) {
		*block = w.block;
		found = true;
	}
	return found;
}

/* Arrivals in the blocks before this one. */
static uint64_t count_before(const struct visit *v, uint32_t block)
{
	struct walk w = walk_to(v, block);

	while (step(&w))
		if (w.block >= block)
			return w.before;
	return w.before;
}

uint64_t visits_count(const struct visits *all, uint64_t pc, uint32_t from, uint32_t to)
{
	const struct visit *v = find(all, pc);

	return v != NULL && from < to ? count_before(v, to) - count_before(v, from) : 0;
}

/* -- forgetting ----------------------------------------------------------------------------- */

/* The last posting that is kept is the newest block again. */
static void cut_one(struct visit *v, uint32_t block)
{
	uint32_t marks = marks_before(v, block), postings;
	struct walk w = walk_from(v, marks > 0 ? marks - 1 : 0), last = w, before = w;

	if (v->arrivals > 0 && v->block < block)
		return;
	v->arrivals = 0;
	for (postings = (marks > 0 ? marks - 1 : 0) * MARK_EVERY; step(&w) && w.block < block; postings++) {
		before = last;
		last = w;
	}
	v->block = last.block;
	v->arrivals = last.arrivals;
	v->length = (uint32_t)(before.at - v->postings);
	v->last = before.block;
	v->total = last.before;
	v->posting_count = postings > 0 ? postings - 1 : 0;
}

void visits_cut(struct visits *all, uint32_t block)
{
	all->memory = 0;
	for (uint32_t i = 0; i < all->count; i++) {
		cut_one(&all->list[i], block);
		all->memory += in_use(&all->list[i]);
	}
}

void visits_free(struct visits *all)
{
	for (uint32_t i = 0; i < all->count; i++) {
		free(all->list[i].postings);
		free(all->list[i].marks);
	}
	free(all->list);
	free(all->slots);
	*all = (struct visits){ 0 };
}
