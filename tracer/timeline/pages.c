/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/timeline/pages.h"

#include <stdlib.h>
#include <string.h>

#include "src/bisect.h"

enum { SLOTS_MIN = 256, BLOCKS_MIN = 4 };

static size_t slot_of(const struct pages *p, uint64_t number)
{
	return (size_t)((number * 0x9e3779b97f4a7c15ull) >> 32) & (p->capacity - 1);
}

struct page *pages_find(struct pages *p, uint64_t number)
{
	if (p->last != NULL && p->last->number == number)
		return p->last;
	if (p->capacity == 0)
		return NULL;
	for (size_t i = slot_of(p, number); p->slots[i] != NULL; i = (i + 1) & (p->capacity - 1))
		if (p->slots[i]->number == number)
			return p->last = p->slots[i];
	return NULL;
}

static void put_slot(struct pages *p, struct page *page)
{
	size_t i = slot_of(p, page->number);

	while (p->slots[i] != NULL)
		i = (i + 1) & (p->capacity - 1);
	p->slots[i] = page;
}

static bool grow(struct pages *p)
{
	struct page **old = p->slots;
	size_t capacity = p->capacity;

	if ((p->count + 1) * 4 < capacity * 3)
		return true;
	p->slots = calloc(capacity ? capacity * 2 : SLOTS_MIN, sizeof(struct page *));
	if (p->slots == NULL) {
		p->slots = old;
		return false;
	}
	p->capacity = capacity ? capacity * 2 : SLOTS_MIN;
	for (size_t i = 0; i < capacity; i++)
		if (old[i] != NULL)
			put_slot(p, old[i]);
	free(old);
	return true;
}

struct page *pages_add(struct pages *p, uint64_t number, const uint8_t *bytes)
{
	struct page *page;

	if (!grow(p) || (page = calloc(1, sizeof *page)) == NULL)
		return NULL;
	page->number = number;
	page->bytes = bytes != NULL ? malloc(SHADOW_PAGE) : calloc(1, SHADOW_PAGE);
	if (page->bytes == NULL) {
		free(page);
		return NULL;
	}
	if (bytes != NULL)
		memcpy(page->bytes, bytes, SHADOW_PAGE);
	put_slot(p, page);
	p->count++;
	p->memory += SHADOW_PAGE + sizeof *page;
	return p->last = page;
}

static bool keep_copy(struct pages *p, struct page *page, uint32_t block)
{
	struct page_copy *copies;
	uint8_t *bytes = malloc(SHADOW_PAGE);

	if (bytes == NULL)
		return false;
	if (page->copy_count == page->copy_capacity) {
		uint32_t capacity = page->copy_capacity ? page->copy_capacity * 2 : 4;

		copies = realloc(page->copies, capacity * sizeof *copies);
		if (copies == NULL) {
			free(bytes);
			return false;
		}
		page->copies = copies;
		page->copy_capacity = capacity;
	}
	memcpy(bytes, page->bytes, SHADOW_PAGE);
	page->copies[page->copy_count++] = (struct page_copy){ block, page->block_count, bytes };
	p->memory += SHADOW_PAGE + sizeof *copies;
	return true;
}

bool pages_touch(struct pages *p, struct page *page, uint32_t block, bool copy)
{
	if (page->block_count > 0 && page->blocks[page->block_count - 1] == block)
		return true;
	if (page->block_count == page->block_capacity) {
		uint32_t capacity = page->block_capacity ? page->block_capacity * 2 : BLOCKS_MIN;
		uint32_t *blocks = realloc(page->blocks, capacity * sizeof *blocks);

		if (blocks == NULL)
			return false;
		p->memory += (capacity - page->block_capacity) * sizeof *blocks;
		page->blocks = blocks;
		page->block_capacity = capacity;
	}
	if (copy && !keep_copy(p, page, block))
		return false;
	page->blocks[page->block_count++] = block;
	return true;
}

uint32_t page_block_index(const struct page *page, uint32_t block)
{
	return (uint32_t)bisect(page->block_count, i, page->blocks[i] < block);
}

void pages_forget_past(struct pages *p)
{
	if (p->past_count == 0)
		return;
	for (size_t i = 0; i < p->capacity; i++)
		if (p->slots[i] != NULL) {
			free(p->slots[i]->past);
			p->slots[i]->past = NULL;
		}
	p->past_count = 0;
}

/* -- cutting -------------------------------------------------------------------- */

void pages_cut(struct pages *p, uint32_t block)
{
	pages_forget_past(p);
	for (size_t i = 0; i < p->capacity; i++)
		if (p->slots[i] != NULL)
			p->slots[i]->block_count = page_block_index(p->slots[i], block);
}

/* pages_cut() has only lowered the count: the entry is still there behind it. */
void pages_keep(struct page *page, uint32_t block)
{
	if (page->block_count == 0 || page->blocks[page->block_count - 1] != block)
		page->block_count++;
}

static void trim_blocks(struct pages *p, struct page *page)
{
	uint32_t capacity = page->block_count > 0 ? BLOCKS_MIN : 0;
	uint32_t *blocks;

	while (capacity < page->block_count)
		capacity *= 2;
	if (capacity == page->block_capacity)
		return;
	blocks = capacity > 0 ? realloc(page->blocks, capacity * sizeof *blocks) : NULL;
	if (capacity == 0)
		free(page->blocks);
	else if (blocks == NULL)
		return;
	p->memory -= (page->block_capacity - capacity) * sizeof *blocks;
	page->blocks = blocks;
	page->block_capacity = capacity;
}

static void trim_copies(struct pages *p, struct page *page)
{
	while (page->copy_count > 0 && page->copies[page->copy_count - 1].index >= page->block_count) {
		free(page->copies[--page->copy_count].bytes);
		p->memory -= SHADOW_PAGE + sizeof *page->copies;
	}
}

static void page_free(struct page *page)
{
	for (uint32_t c = 0; c < page->copy_count; c++)
		free(page->copies[c].bytes);
	free(page->copies);
	trail_free(&page->trail);
	free(page->blocks);
	free(page->past);
	free(page->bytes);
	free(page);
}

/* Open addressing: entries that a search would not find any more, because it ends at the gap,
 * move up into it. */
static void empty_slot(struct pages *p, size_t gap)
{
	size_t mask = p->capacity - 1;

	p->slots[gap] = NULL;
	for (size_t i = (gap + 1) & mask; p->slots[i] != NULL; i = (i + 1) & mask) {
		size_t home = slot_of(p, p->slots[i]->number);

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		p->slots[gap] = p->slots[i];
		p->slots[i] = NULL;
		gap = i;
	}
}

void pages_cut_done(struct pages *p)
{
	p->last = NULL;
	for (size_t i = 0; i < p->capacity; ) {
		struct page *page = p->slots[i];

		if (page != NULL) {
			trim_copies(p, page);
			trim_blocks(p, page);
		}
		if (page == NULL || page->block_count > 0 || page->base) {
			i++;
			continue;
		}
		p->count--;
		p->memory -= SHADOW_PAGE + sizeof *page;
		page_free(page);
		empty_slot(p, i);	/* another may stand here now */
	}
}

void pages_free(struct pages *p)
{
	for (size_t i = 0; i < p->capacity; i++)
		if (p->slots[i] != NULL)
			page_free(p->slots[i]);
	free(p->slots);
	*p = (struct pages){ 0 };
}
