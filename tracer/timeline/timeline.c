/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/timeline/timeline.h"

#include <stdlib.h>
#include <string.h>

/* What the block begins with: all threads' registers; and their vector states, if
 * one of those has changed since a block had them. */
static bool encode_start(struct timeline *t, struct block *b)
{
	if (!encode_moment(&b->log, &t->now))
		return false;
	if (t->block_count > 0 && !t->now.vectors_changed) {
		b->vectors = b[-1].vectors;
		b->vectors_block = b[-1].vectors_block;
		return true;
	}
	b->vectors = (uint32_t)b->log.length;
	b->vectors_block = (uint32_t)t->block_count;
	t->now.vectors_changed = false;
	return encode_vectors(&b->log, &t->now);
}

/* A page is copied when this much of what wrote it lies behind its newest copy. */
enum { COPY_BLOCKS = 64, COPY_LOG = 1 << 19 };

static bool block_begin(struct timeline *t)
{
	struct block *b;

	if (t->block_count == t->block_capacity) {
		size_t capacity = t->block_capacity ? t->block_capacity * 2 : 16;

		b = realloc(t->blocks, capacity * sizeof *b);
		if (b == NULL)
			return false;
		t->blocks = b;
		t->block_capacity = capacity;
	}
	b = &t->blocks[t->block_count];
	*b = (struct block){ .last = t->last };
	if (!encode_start(t, b)) {
		t->now.vectors_changed = true;
		bytes_free(&b->log);
		return false;
	}
	b->start = (uint32_t)b->log.length;
	t->log_memory += sizeof *b;
	t->block_count++;
	return true;
}

/* A full block keeps just the bytes that it has. */
static void block_end(struct timeline *t)
{
	struct block *b = &t->blocks[t->block_count - 1];
	uint8_t *data = realloc(b->log.data, b->log.length);

	if (data != NULL) {
		b->log.data = data;
		b->log.capacity = b->log.length;
	}
	t->log_memory += b->log.capacity;
}

static struct brief brief_of_now(const struct timeline *t, enum record_kind kind, unsigned pushes)
{
	const struct moment_thread *now = &t->now.threads[t->now.current];

	return (struct brief){
		.position = t->frontier, .pc = now->registers.word[REG_PC],
		.sp = now->registers.word[REG_SP], .thread = now->id, .depth = now->depth,
		.low = now->depth - pushes, .kind = kind,
	};
}

struct timeline *timeline_new(int thread, const struct registers *registers,
    const struct vector_state *vector)
{
	struct timeline *t = calloc(1, sizeof *t);
	struct moment_thread *first;

	if (t == NULL)
		return NULL;
	events_init(&t->events);
	first = moment_add(&t->now, thread);
	if (first == NULL || (first->vector = calloc(1, sizeof *first->vector)) == NULL) {
		timeline_free(t);
		return NULL;
	}
	if (vector != NULL)
		*first->vector = *vector;
	first->registers = *registers;
	t->last = registers->word[REG_SP];
	t->newest = brief_of_now(t, RECORD_INSTRUCTION, 0);
	t->index.start = t->newest.pc;
	return t;
}

void timeline_free(struct timeline *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < t->block_count; i++)
		bytes_free(&t->blocks[i].log);
	free(t->blocks);
	moment_free(&t->now);
	moment_free(&t->scratch);
	bytes_free(&t->writes);
	pages_free(&t->pages);
	regions_free(&t->regions);
	events_free(&t->events);
	index_free(&t->index);
	free(t->briefs);
	free(t);
}

uint64_t timeline_memory(const struct timeline *t)
{
	uint64_t open = t->block_count > 0 ? t->blocks[t->block_count - 1].log.length : 0;

	return t->log_memory + open + t->writes.length + t->pages.memory + t->regions.memory +
	    events_memory(&t->events) + index_memory(&t->index);
}

/* -- the frontier's memory -------------------------------------------------- */

const uint8_t *timeline_unwritten(struct timeline *t, uint64_t address, uint64_t position,
    uint8_t buffer[SHADOW_PAGE])
{
	static const uint8_t zeros[SHADOW_PAGE];
	const struct region_table *table = regions_at(&t->regions, position);
	ssize_t i = table != NULL ? region_find(table, address) : -1;
	uint64_t skip, length;

	if (i < 0 || table->backings[i].data == NULL)
		return zeros;
	skip = address - table->regions[i].start;
	if (skip >= table->backings[i].length)
		return zeros;
	length = table->backings[i].length - skip;
	if (length >= SHADOW_PAGE)
		return table->backings[i].data + skip;
	memset(buffer, 0, SHADOW_PAGE);
	memcpy(buffer, table->backings[i].data + skip, length);
	return buffer;
}

const uint8_t *timeline_page(struct timeline *t, uint64_t address, uint8_t buffer[SHADOW_PAGE])
{
	struct page *page = pages_find(&t->pages, address / SHADOW_PAGE);

	return page != NULL ? page->bytes :
	    timeline_unwritten(t, address, t->frontier + 1, buffer);
}

void timeline_peek(struct timeline *t, uint64_t address, void *buffer, size_t length)
{
	uint8_t page[SHADOW_PAGE];

	for (size_t done = 0; done < length; ) {
		size_t in = (address + done) % SHADOW_PAGE, n = SHADOW_PAGE - in;

		if (n > length - done)
			n = length - done;
		memcpy((uint8_t *)buffer + done,
		    timeline_page(t, address + done - in, page) + in, n);
		done += n;
	}
}

bool timeline_base(struct timeline *t, uint64_t address, const uint8_t bytes[SHADOW_PAGE])
{
	struct page *page = pages_add(&t->pages, address / SHADOW_PAGE, bytes);

	if (page != NULL)
		page->base = true;
	return page != NULL;
}

/* The page, made of what it held unwritten if need be. */
static struct page *page_for(struct timeline *t, uint64_t address)
{
	struct page *page = pages_find(&t->pages, address / SHADOW_PAGE);
	uint8_t buffer[SHADOW_PAGE];

	if (page != NULL)
		return page;
	page = pages_add(&t->pages, address / SHADOW_PAGE,
	    timeline_unwritten(t, address - address % SHADOW_PAGE, t->frontier + 1, buffer));
	if (page != NULL)
		page->since = t->frontier + 1;
	return page;
}

/* -- appending --------------------------------------------------------------- */

/* Is there so much log since the page's newest copy that another one is wanted? */
static bool is_far(const struct timeline *t, const struct page *page)
{
	uint32_t i = page->copy_count > 0 ? page->copies[page->copy_count - 1].index : 0;
	size_t length = 0;

	if (page->block_count == 0 || page->block_count - i >= COPY_BLOCKS)
		return page->block_count > 0;
	for (; i < page->block_count; i++)
		length += t->blocks[page->blocks[i]].log.length;
	return length >= COPY_LOG;
}

static bool write_in_page(struct timeline *t, uint64_t address, const uint8_t *new, size_t length)
{
	struct page *page = page_for(t, address);
	uint32_t block = (uint32_t)(t->frontier / BLOCK_RECORDS);
	uint8_t *old, xor[SHADOW_PAGE];

	if (page == NULL || !pages_touch(&t->pages, page, block, is_far(t, page)) ||
	    !trail_note(&page->trail, block, address % SHADOW_PAGE, length, &t->pages.memory))
		return false;
	old = page->bytes + address % SHADOW_PAGE;
	for (size_t i = 0; i < length; i++) {
		xor[i] = old[i] ^ new[i];
		old[i] = new[i];
	}
	if (t->writes_any)
		t->writes.data[t->writes_last] |= 128;	/* the one before is not the last */
	else
		t->writes_from = t->last;
	t->writes_last = t->writes.length;
	t->writes_any = true;
	return encode_write(&t->writes, &t->last, address, xor, length, false);
}

bool timeline_write(struct timeline *t, uint64_t address, const void *bytes, size_t length)
{
	const uint8_t *new = bytes;

	if (t->writes.length == 0 && t->frontier % BLOCK_RECORDS == 0 &&
	    t->block_count == t->frontier / BLOCK_RECORDS && !block_begin(t))
		return false;
	while (length > 0) {
		size_t n = SHADOW_PAGE - address % SHADOW_PAGE;

		if (n > length)
			n = length;
		if (!write_in_page(t, address, new, n))
			return false;
		address += n;
		new += n;
		length -= n;
	}
	return true;
}

bool timeline_forget(struct timeline *t, uint64_t start, uint64_t end)
{
	static const uint8_t zeros[SHADOW_PAGE];

	for (uint64_t at = start; at < end; at += SHADOW_PAGE) {
		struct page *page = pages_find(&t->pages, at / SHADOW_PAGE);

		if (page != NULL && memcmp(page->bytes, zeros, SHADOW_PAGE) != 0 &&
		    !timeline_write(t, at, zeros, SHADOW_PAGE))
			return false;
	}
	return true;
}

bool timeline_append(struct timeline *t, enum record_kind kind,
    const struct thread_change *changes, size_t count)
{
	struct record_writes written = { t->writes_any ? t->writes.length : 0, t->last - t->writes_from };
	struct block *b;

	if (t->block_count == t->frontier / BLOCK_RECORDS && !block_begin(t))
		return false;
	b = &t->blocks[t->block_count - 1];
	if (!index_prepare(&t->index, &t->now, changes, count) ||
	    !encode_record(&b->log, &t->now, kind, &written, changes, count))
		return false;
	if (t->writes_any) {
		if (!bytes_reserve(&b->log, t->writes.length))
			return false;
		memcpy(b->log.data + b->log.length, t->writes.data, t->writes.length);
		b->log.length += t->writes.length;
	}
	t->writes_any = false;
	t->writes.length = 0;
	if (t->writes.capacity > 1 << 20)
		bytes_free(&t->writes);
	t->frontier++;
	t->newest = brief_of_now(t, kind, changes[0].removed ? 0 : changes[0].pushes);
	index_commit(&t->index, &t->newest, changes, count);
	if (t->frontier % BLOCK_RECORDS == 0)
		block_end(t);
	if (t->appended != NULL)
		t->appended(t->appended_arg);
	return true;
}
