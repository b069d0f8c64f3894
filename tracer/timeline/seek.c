/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reading the timeline at a position: from its block's start on. */
#include <stdlib.h>
#include <string.h>

#include "tracer/timeline/block.h"

enum { PAST_PAGES_MAX = 256 };

struct decoder block_decoder(const struct block *b)
{
	return (struct decoder){ .at = b->log.data + b->start, .end = b->log.data + b->log.length,
		.last = b->last };
}

bool block_moment(const struct block *b, struct decoder *d, struct moment *m)
{
	*d = (struct decoder){ .at = b->log.data, .end = b->log.data + b->log.length, .last = b->last };
	if (!decode_moment(d, m))
		return false;
	d->at = b->log.data + b->start;
	return true;
}

size_t block_records(const struct timeline *t, size_t block)
{
	uint64_t left = t->frontier - (uint64_t)block * BLOCK_RECORDS;

	return left < BLOCK_RECORDS ? (size_t)left : BLOCK_RECORDS;
}

const struct moment *timeline_moment(struct timeline *t, uint64_t position)
{
	size_t block = (size_t)(position / BLOCK_RECORDS);
	struct decoder d;
	struct record_info info;

	if (position == t->frontier)
		return &t->now;
	if (!block_moment(&t->blocks[block], &d, &t->scratch))
		return NULL;
	for (uint64_t i = 0; i < position % BLOCK_RECORDS; i++) {
		decode_record(&d, &t->scratch, &info);
		decode_skip_writes(&d);
	}
	return &t->scratch;
}

static bool vector_at_frontier(const struct timeline *t, int thread, struct vector_state *vector)
{
	const struct moment_thread *m = moment_find(&t->now, thread);

	if (m == NULL)
		return false;
	if (m->vector != NULL)
		*vector = *m->vector;
	else
		memset(vector, 0, sizeof *vector);
	return true;
}

bool timeline_vector(struct timeline *t, uint64_t position, int thread, struct vector_state *vector)
{
	const struct block *b;
	struct record_info info;
	struct decoder d;

	if (position == t->frontier)
		return vector_at_frontier(t, thread, vector);
	b = &t->blocks[position / BLOCK_RECORDS];
	d = (struct decoder){ .at = t->blocks[b->vectors_block].log.data + b->vectors };
	decode_vectors(&d, thread, vector);
	if (!block_moment(b, &d, &t->scratch))
		return false;
	d.vector = vector;
	d.vector_thread = thread;
	for (uint64_t i = 0; i < position % BLOCK_RECORDS; i++) {
		decode_record(&d, &t->scratch, &info);
		decode_skip_writes(&d);
	}
	return moment_find(&t->scratch, thread) != NULL;
}

struct brief block_brief(const struct moment *m, uint64_t position,
    const struct record_info *info)
{
	const struct moment_thread *thread = &m->threads[m->current];

	return (struct brief){
		.position = position, .pc = thread->registers.word[REG_PC],
		.sp = thread->registers.word[REG_SP], .thread = thread->id,
		.depth = thread->depth, .low = info->low, .kind = info->kind,
	};
}

const struct brief *block_briefs(struct timeline *t, size_t block)
{
	size_t count = block_records(t, block);
	struct decoder d;
	struct record_info info;

	if (t->briefs == NULL && (t->briefs = calloc(BLOCK_RECORDS, sizeof *t->briefs)) == NULL)
		return NULL;
	if (t->briefs_count > 0 && t->briefs_block == block && t->briefs_count == count)
		return t->briefs;
	if (!block_moment(&t->blocks[block], &d, &t->scratch))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		decode_record(&d, &t->scratch, &info);
		decode_skip_writes(&d);
		t->briefs[i] = block_brief(&t->scratch, (uint64_t)block * BLOCK_RECORDS + i + 1, &info);
	}
	t->briefs_block = block;
	t->briefs_count = count;
	return t->briefs;
}

static void brief_at_start(struct timeline *t, struct brief *brief)
{
	const struct moment *m = timeline_moment(t, 0);
	struct record_info info = { RECORD_INSTRUCTION, false, 0 };

	if (m != NULL)
		*brief = block_brief(m, 0, &info);
}

void timeline_brief(struct timeline *t, uint64_t position, struct brief *brief)
{
	size_t block = position > 0 ? (size_t)((position - 1) / BLOCK_RECORDS) : 0;

	*brief = (struct brief){ .position = position };
	if (position == t->frontier)
		*brief = t->newest;
	else if (position == 0)
		brief_at_start(t, brief);
	else if (block_briefs(t, block) != NULL)
		*brief = t->briefs[(position - 1) % BLOCK_RECORDS];
}

/* -- memory ------------------------------------------------------------------ */

static void apply_xor(uint8_t *bytes, const uint8_t *xor, size_t length)
{
	uint64_t a, b;
	size_t i = 0;

	for (; i + sizeof a <= length; i += sizeof a) {
		memcpy(&a, bytes + i, sizeof a);
		memcpy(&b, xor + i, sizeof b);
		a ^= b;
		memcpy(bytes + i, &a, sizeof a);
	}
	for (; i < length; i++)
		bytes[i] ^= xor[i];
}

/* XOR the part of a write that is in the page into bytes. */
static void apply_write(uint8_t *bytes, uint64_t page, const struct write *w)
{
	uint64_t start = page * SHADOW_PAGE, end = start + SHADOW_PAGE;
	uint64_t from = w->address > start ? w->address : start;
	uint64_t to = w->address + w->xor_length < end ? w->address + w->xor_length : end;

	/* Most writes of a macro-step are in other pages: no byte of those is looked at. */
	if (from < to)
		apply_xor(bytes + (from - start), w->xor + (from - w->address), (size_t)(to - from));
}

/* Apply what the block's records in (from, to] wrote into the page. */
static void apply_block(const struct timeline *t, size_t block, uint64_t from, uint64_t to,
    uint64_t page, uint8_t *bytes)
{
	struct decoder d = block_decoder(&t->blocks[block]);
	uint64_t position = (uint64_t)block * BLOCK_RECORDS;
	size_t count = block_records(t, block);
	struct record_info info;
	struct write w;

	for (size_t i = 0; i < count && position < to; i++) {
		decode_record(&d, NULL, &info);
		position++;
		while (decode_write(&d, &w))
			if (position > from)
				apply_write(bytes, page, &w);
	}
}

/* Move bytes, the page's content at one position, to another. */
static void page_move(const struct timeline *t, const struct page *page, uint8_t *bytes,
    uint64_t from, uint64_t to)
{
	uint64_t low = from < to ? from : to, high = from < to ? to : from;

	if (low == high)
		return;
	for (uint32_t i = page_block_index(page, (uint32_t)(low / BLOCK_RECORDS));
	    i < page->block_count && (uint64_t)page->blocks[i] * BLOCK_RECORDS < high; i++)
		apply_block(t, page->blocks[i], low, high, page->number, bytes);
}

/* How many blocks page_move() would read. */
static uint32_t distance(const struct page *page, uint64_t a, uint64_t b)
{
	uint32_t i = page_block_index(page, (uint32_t)(a / BLOCK_RECORDS));
	uint32_t j = page_block_index(page, (uint32_t)(b / BLOCK_RECORDS));

	return i < j ? j - i : i - j;
}

/* The nearest moment at which the page is known: the past copy that is there,
 * the frontier, or a kept copy. */
static const uint8_t *nearest(const struct timeline *t, const struct page *page,
    uint64_t position, uint64_t *at)
{
	const uint8_t *best = page->bytes;
	uint32_t best_distance = distance(page, position, t->frontier);

	*at = t->frontier;
	if (page->past != NULL && distance(page, position, page->past_position) <= best_distance) {
		best = page->past;
		*at = page->past_position;
		best_distance = distance(page, position, *at);
	}
	for (uint32_t low = 0, high = page->copy_count; low < high; ) {
		uint32_t middle = (low + high) / 2;
		uint64_t start = (uint64_t)page->copies[middle].block * BLOCK_RECORDS;

		if (distance(page, position, start) < best_distance) {
			best = page->copies[middle].bytes;
			*at = start;
			best_distance = distance(page, position, start);
		}
		if (start < position)
			low = middle + 1;
		else
			high = middle;
	}
	return best;
}

const uint8_t *timeline_page_at(struct timeline *t, struct page *page, uint64_t position)
{
	const uint8_t *source;
	uint64_t at;

	if (position == t->frontier || page->block_count == 0)
		return page->bytes;
	if (position < page->since)
		return timeline_unwritten(t, page->number * SHADOW_PAGE, position, t->unwritten);
	source = nearest(t, page, position, &at);
	if (page->past == NULL) {
		if (t->pages.past_count >= PAST_PAGES_MAX)
			pages_forget_past(&t->pages);
		page->past = malloc(SHADOW_PAGE);
		if (page->past == NULL)
			return NULL;
		t->pages.past_count++;
	}
	if (source != page->past)
		memcpy(page->past, source, SHADOW_PAGE);
	page_move(t, page, page->past, at, position);
	page->past_position = position;
	return page->past;
}

void timeline_writes(struct timeline *t, uint64_t from, uint64_t to,
    void (*each)(void *arg, uint64_t address, size_t length), void *arg)
{
	for (size_t block = (size_t)(from / BLOCK_RECORDS);
	    (uint64_t)block * BLOCK_RECORDS < to; block++) {
		struct decoder d = block_decoder(&t->blocks[block]);
		uint64_t position = (uint64_t)block * BLOCK_RECORDS;
		struct record_info info;
		struct write w;

		for (size_t i = block_records(t, block); i > 0 && position < to; i--) {
			decode_record(&d, NULL, &info);
			position++;
			while (decode_write(&d, &w))
				if (position > from)
					each(arg, w.address, w.length);
		}
	}
}
