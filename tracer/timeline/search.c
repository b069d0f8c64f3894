/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Questions about all of the record: the index names the block, the block the position. */
#include <stdlib.h>
#include <string.h>

#include "src/bisect.h"
#include "tracer/timeline/block.h"

/* Is `position' where a search from `from' looks? */
static bool is_beyond(uint64_t position, uint64_t from, int direction)
{
	return direction < 0 ? position < from : position > from;
}

/* The block whose records lead to the position next to `from'; false: there is none. */
static bool first_block(const struct timeline *t, uint64_t from, int direction, uint32_t *block)
{
	if (direction < 0 ? from < 2 : from >= t->frontier)
		return false;
	*block = (uint32_t)(direction < 0 ? (from - 2) / BLOCK_RECORDS : from / BLOCK_RECORDS);
	return true;
}

static bool next_block(uint32_t *block, int direction)
{
	if (direction < 0 && *block == 0)
		return false;
	*block += direction < 0 ? -1u : 1u;
	return true;
}

static bool is_nearer(uint64_t a, uint64_t b, int direction)
{
	return b == NOWHERE || (a != NOWHERE && (direction < 0 ? a > b : a < b));
}

/* -- by brief -------------------------------------------------------------------------- */

struct question {
	const uint64_t *pcs;
	size_t count;
	int thread;
	unsigned depth;
	bool (*is_true)(const struct question *, const struct brief *);
};

static bool is_one_of(const uint64_t *pcs, size_t count, uint64_t pc)
{
	size_t first = bisect(count, i, pcs[i] < pc);

	return first < count && pcs[first] == pc;
}

static bool is_at(const struct question *q, const struct brief *b)
{
	return is_arrival(b) && is_one_of(q->pcs, q->count, b->pc);
}

static bool is_shallow(const struct question *q, const struct brief *b)
{
	return b->thread == q->thread && b->low <= q->depth;
}

/* The nearest position in the block. */
static uint64_t ask_block(struct timeline *t, uint32_t block, uint64_t from, int direction,
    const struct question *q)
{
	const struct brief *briefs = block_briefs(t, block);
	uint64_t start = (uint64_t)block * BLOCK_RECORDS;
	size_t count = briefs != NULL ? block_records(t, block) : 0, i = direction < 0 ? count - 1 : 0;

	/* briefs[i] is position start + i + 1 */
	if (direction < 0 && from < start + count + 1)
		i = (size_t)(from - start) - 2;
	else if (direction >= 0 && from > start)
		i = (size_t)(from - start);
	for (; i < count; i += direction < 0 ? -1ul : 1ul)
		if (q->is_true(q, &briefs[i]))
			return briefs[i].position;
	return NOWHERE;
}

/* -- pcs --------------------------------------------------------------------------------- */

/* The nearest block from *block on in which any of them was arrived at. */
static bool find_visit(const struct timeline *t, const uint64_t *pcs, size_t count, uint32_t *block,
    int direction)
{
	uint32_t best = 0;
	bool any = false;

	for (size_t i = 0; i < count && !(any && best == *block); i++) {
		uint32_t at = *block;

		if (!visits_find(&t->index.visits, pcs[i], &at, direction))
			continue;
		if (!any || (direction < 0 ? at > best : at < best))
			best = at;
		any = true;
	}
	*block = best;
	return any;
}

uint64_t timeline_find_pc(struct timeline *t, const uint64_t *pcs, size_t count, uint64_t from,
    int direction)
{
	struct question q = { .pcs = pcs, .count = count, .is_true = is_at };
	uint32_t block;

	for (bool more = first_block(t, from, direction, &block);
	    more && find_visit(t, pcs, count, &block, direction); more = next_block(&block, direction)) {
		uint64_t position = ask_block(t, block, from, direction, &q);

		if (position != NOWHERE)
			return position;
	}
	return direction < 0 && from > 0 && is_one_of(pcs, count, t->index.start) ? 0 : NOWHERE;
}

static uint64_t visits_in(const struct timeline *t, const uint64_t *pcs, size_t count,
    uint32_t from, uint32_t to)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += visits_count(&t->index.visits, pcs[i], from, to);
	return sum;
}

/* Arrivals at the positions (from, to], which are in one block. */
static uint64_t count_in_block(struct timeline *t, const uint64_t *pcs, size_t count, uint64_t from,
    uint64_t to)
{
	struct question q = { .pcs = pcs, .count = count, .is_true = is_at };
	uint32_t block = (uint32_t)(from / BLOCK_RECORDS);
	const struct brief *briefs;
	uint64_t sum = 0;

	if (from >= to || visits_in(t, pcs, count, block, block + 1) == 0)
		return 0;
	briefs = block_briefs(t, block);
	for (uint64_t p = from; briefs != NULL && p < to; p++)
		sum += is_at(&q, &briefs[p % BLOCK_RECORDS]);
	return sum;
}

uint64_t timeline_count_pc(struct timeline *t, const uint64_t *pcs, size_t count, uint64_t from,
    uint64_t to)
{
	uint64_t first = (from + BLOCK_RECORDS - 1) / BLOCK_RECORDS, end = to / BLOCK_RECORDS;

	if (to == t->frontier)	/* its block ends here */
		end = (to + BLOCK_RECORDS - 1) / BLOCK_RECORDS;
	if (first > end)	/* all in the middle of one block */
		return count_in_block(t, pcs, count, from, to);
	return count_in_block(t, pcs, count, from, first * BLOCK_RECORDS < to ? first * BLOCK_RECORDS : to) +
	    visits_in(t, pcs, count, (uint32_t)first, (uint32_t)end) +
	    count_in_block(t, pcs, count, end * BLOCK_RECORDS, to);
}

/* -- depth --------------------------------------------------------------------------------- */

uint64_t timeline_find_shallow(struct timeline *t, int thread, unsigned depth, uint64_t from,
    int direction)
{
	struct question q = { .thread = thread, .depth = depth, .is_true = is_shallow };
	const struct thread_spans *spans = spans_find(&t->index.spans, thread);
	struct brief next = { 0 };
	uint32_t block, i;

	/* Mostly it is the next one. */
	if (direction < 0 ? from > 0 : from < t->frontier)
		timeline_brief(t, direction < 0 ? from - 1 : from + 1, &next);
	if (is_shallow(&q, &next))
		return next.position;
	if (spans != NULL && first_block(t, from, direction, &block)) {
		i = span_index(spans, block + (direction < 0)) - (direction < 0);
		for (; i < spans->count; i += direction < 0 ? -1u : 1u) {
			uint64_t position = spans->list[i].low > depth ? NOWHERE :
			    ask_block(t, spans->list[i].block, from, direction, &q);

			if (position != NOWHERE)
				return position;
		}
	}
	if (direction < 0 && from > 0) {
		struct brief b;

		timeline_brief(t, 0, &b);
		return is_shallow(&q, &b) ? 0 : NOWHERE;
	}
	return NOWHERE;
}

/* In the blocks [from, to). */
static unsigned depth_of_blocks(const struct timeline *t, uint64_t from, uint64_t to)
{
	const struct spans *spans = &t->index.spans;
	unsigned depth = 0;

	for (size_t k = 0; k < spans->count; k++) {
		const struct thread_spans *s = &spans->threads[k];

		for (uint32_t i = span_index(s, (uint32_t)from); i < s->count && s->list[i].block < to; i++)
			if (s->list[i].high > depth)
				depth = s->list[i].high;
	}
	return depth;
}

static unsigned depth_of_positions(struct timeline *t, uint64_t from, uint64_t end, unsigned depth)
{
	struct brief b;

	if (from >= end || depth_of_blocks(t, from / BLOCK_RECORDS, from / BLOCK_RECORDS + 1) <= depth)
		return depth;
	for (uint64_t p = from; p < end; p++) {
		timeline_brief(t, p + 1, &b);
		if (b.depth > depth)
			depth = b.depth;
	}
	return depth;
}

unsigned timeline_depth_max(struct timeline *t, uint64_t from, uint64_t to)
{
	uint64_t first, end = to / BLOCK_RECORDS;
	unsigned depth = 0;
	struct brief b;

	if (from == 0) {
		timeline_brief(t, 0, &b);
		depth = b.depth;
	} else {
		from--;		/* from here on the index of the record that leads to a position */
	}
	first = (from + BLOCK_RECORDS - 1) / BLOCK_RECORDS;
	if (first > end)
		return depth_of_positions(t, from, to, depth);
	if (first < end) {
		unsigned whole = depth_of_blocks(t, first, end);

		depth = whole > depth ? whole : depth;
	}
	depth = depth_of_positions(t, from, first * BLOCK_RECORDS < to ? first * BLOCK_RECORDS : to, depth);
	return depth_of_positions(t, end * BLOCK_RECORDS, to, depth);
}

/* -- memory -------------------------------------------------------------------------------------- */

/* The nearest record of the block that wrote some of the bytes. */
static uint64_t write_in_block(const struct timeline *t, uint32_t block, uint64_t from, int direction,
    uint64_t address, uint64_t length)
{
	struct decoder d = block_decoder(&t->blocks[block]);
	uint64_t position = (uint64_t)block * BLOCK_RECORDS, found = NOWHERE;
	struct record_info info;
	struct write w;

	for (size_t i = block_records(t, block); i > 0; i--) {
		decode_record(&d, NULL, &info);
		position++;
		while (decode_write(&d, &w))
			if (w.address < address + length && address < w.address + w.length &&
			    is_beyond(position, from, direction) && is_nearer(position, found, direction))
				found = position;
	}
	return found;
}

/* The bytes are in one page. */
static uint64_t write_in_page(struct timeline *t, uint64_t address, uint64_t length, uint64_t from,
    int direction)
{
	const struct page *page = pages_find(&t->pages, address / SHADOW_PAGE);
	uint32_t block;

	if (page == NULL)
		return NOWHERE;
	for (bool more = first_block(t, from, direction, &block);
	    more && trail_find(&page->trail, &block, direction, address % SHADOW_PAGE, length);
	    more = next_block(&block, direction)) {
		uint64_t position = write_in_block(t, block, from, direction, address, length);

		if (position != NOWHERE)
			return position;
	}
	return NOWHERE;
}

uint64_t timeline_find_write(struct timeline *t, uint64_t address, uint64_t length, uint64_t from,
    int direction)
{
	uint64_t found = NOWHERE;

	while (length > 0) {
		uint64_t n = SHADOW_PAGE - address % SHADOW_PAGE, position;

		n = n < length ? n : length;
		position = write_in_page(t, address, n, from, direction);
		if (is_nearer(position, found, direction))
			found = position;
		address += n;
		length -= n;
	}
	return found;
}

/* -- registers -------------------------------------------------------------------------------------- */

/* A register of either kind. */
struct sought {
	int thread, reg;
	const struct vector_register *vector;	/* NULL: it is reg */
	struct vector_state *state;		/* of the thread, where the decoder is */
};

/* Its bytes; false: there is no such thread. */
static bool read_register(const struct sought *s, const struct moment *m,
    uint8_t bytes[VECTOR_REGISTER_MAX])
{
	const struct moment_thread *at = moment_find(m, s->thread);

	memset(bytes, 0, VECTOR_REGISTER_MAX);
	if (at == NULL)
		return false;
	if (s->vector != NULL)
		vector_get(s->state, s->vector, bytes);
	else
		memcpy(bytes, &at->registers.word[s->reg], sizeof at->registers.word[0]);
	return true;
}

static bool begin_block(struct timeline *t, uint32_t block, const struct sought *s, struct decoder *d)
{
	const struct block *b = &t->blocks[block];

	if (s->vector == NULL)
		return block_moment(b, d, &t->scratch);
	*d = (struct decoder){ .at = t->blocks[b->vectors_block].log.data + b->vectors };
	decode_vectors(d, s->thread, s->state);
	if (!block_moment(b, d, &t->scratch))
		return false;
	d->vector = s->state;
	d->vector_thread = s->thread;
	return true;
}

/* The last record of the block before `from' that changed the register. */
static uint64_t register_in_block(struct timeline *t, uint32_t block, uint64_t from,
    const struct sought *s)
{
	uint64_t position = (uint64_t)block * BLOCK_RECORDS, found = NOWHERE;
	uint8_t before[VECTOR_REGISTER_MAX], now[VECTOR_REGISTER_MAX];
	struct record_info info;
	struct decoder d;
	bool was, is;

	if (!begin_block(t, block, s, &d))
		return NOWHERE;
	was = read_register(s, &t->scratch, before);
	for (size_t i = block_records(t, block); i > 0 && position + 1 < from; i--, was = is) {
		decode_record(&d, &t->scratch, &info);
		decode_skip_writes(&d);
		position++;
		is = read_register(s, &t->scratch, now);
		if (is && (!was || memcmp(before, now, sizeof now) != 0))
			found = position;
		memcpy(before, now, sizeof now);
	}
	return found;
}

static uint64_t find_register(struct timeline *t, const struct sought *s, uint64_t from)
{
	const struct thread_spans *spans = spans_find(&t->index.spans, s->thread);
	uint64_t bit = s->vector != NULL ? SPAN_VECTOR : 1ull << s->reg;
	uint32_t block;

	if (spans == NULL || !first_block(t, from, -1, &block))
		return NOWHERE;
	for (uint32_t i = span_index(spans, block + 1) - 1; i < spans->count; i--) {
		uint64_t position = (spans->list[i].registers & bit) == 0 ? NOWHERE :
		    register_in_block(t, spans->list[i].block, from, s);

		if (position != NOWHERE)
			return position;
	}
	return NOWHERE;
}

uint64_t timeline_find_register(struct timeline *t, int reg, int thread, uint64_t from)
{
	return find_register(t, &(struct sought){ .thread = thread, .reg = reg }, from);
}

uint64_t timeline_find_vector(struct timeline *t, const struct vector_register *r, int thread,
    uint64_t from)
{
	struct vector_state state;

	return find_register(t, &(struct sought){ .thread = thread, .vector = r, .state = &state }, from);
}
