/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which bytes of memory differ between two positions. */
#include "tracer/timeline/timeline.h"

#include <stdlib.h>
#include <string.h>

enum {
	NEAR_RECORDS = 1024,	/* up to here the records are read, beyond it the pages are asked */
	GAP_MAX = 8,		/* equal bytes between two changes that do not part them */
};

struct page_list {
	struct timeline *timeline;
	struct page **pages;
	size_t count, capacity;
};

static void list_add(struct page_list *l, struct page *page)
{
	if (page == NULL || (l->count > 0 && l->pages[l->count - 1] == page))
		return;
	if (l->count == l->capacity) {
		size_t capacity = l->capacity ? l->capacity * 2 : 16;
		struct page **pages = realloc(l->pages, capacity * sizeof(struct page *));

		if (pages == NULL)
			return;
		l->pages = pages;
		l->capacity = capacity;
	}
	l->pages[l->count++] = page;
}

static void add_written(void *arg, uint64_t address, size_t length)
{
	struct page_list *l = arg;

	(void)length;	/* a write stays in its page */
	list_add(l, pages_find(&l->timeline->pages, address / SHADOW_PAGE));
}

static int by_number(const void *a, const void *b)
{
	const struct page *x = *(struct page *const *)a, *y = *(struct page *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static void list_touched(struct page_list *l, uint64_t low, uint64_t high)
{
	const struct pages *p = &l->timeline->pages;

	for (size_t i = 0; i < p->capacity; i++) {
		struct page *page = p->slots[i];
		uint32_t at;

		if (page == NULL)
			continue;
		at = page_block_index(page, (uint32_t)(low / BLOCK_RECORDS));
		if (at < page->block_count && (uint64_t)page->blocks[at] * BLOCK_RECORDS < high)
			list_add(l, page);
	}
}

static bool each_difference(const struct page *page, const uint8_t *from, const uint8_t *to,
    bool (*each)(void *arg, uint64_t address, const uint8_t *bytes, size_t length), void *arg)
{
	for (size_t i = 0; i < SHADOW_PAGE; i++) {
		size_t start = i, end;

		if (from[i] == to[i])
			continue;
		for (end = i + 1; i < SHADOW_PAGE && i < end + GAP_MAX; i++)
			if (from[i] != to[i])
				end = i + 1;
		if (!each(arg, page->number * SHADOW_PAGE + start, to + start, end - start))
			return false;
		i = end;
	}
	return true;
}

void timeline_changes(struct timeline *t, uint64_t from, uint64_t to,
    bool (*each)(void *arg, uint64_t address, const uint8_t *bytes, size_t length), void *arg)
{
	uint64_t low = from < to ? from : to, high = from < to ? to : from;
	struct page_list l = { .timeline = t };

	if (high - low <= NEAR_RECORDS)
		timeline_writes(t, low, high, add_written, &l);
	else
		list_touched(&l, low, high);
	if (l.count > 0)
		qsort(l.pages, l.count, sizeof(struct page *), by_number);
	for (size_t i = 0; i < l.count; i++) {
		uint8_t before[SHADOW_PAGE];
		const uint8_t *bytes;

		if (i > 0 && l.pages[i] == l.pages[i - 1])
			continue;
		bytes = timeline_page_at(t, l.pages[i], from);
		if (bytes == NULL)
			break;
		memcpy(before, bytes, SHADOW_PAGE);
		bytes = timeline_page_at(t, l.pages[i], to);
		if (bytes == NULL || !each_difference(l.pages[i], before, bytes, each, arg))
			break;
	}
	free(l.pages);
}
