/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The timeline's view: registers and memory at one position. */
#include "tracer/timeline/timeline.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct timeline_view {
	struct view view;
	struct timeline *timeline;
	const struct region_table *table;
};

/* How many of the region's bytes from address on can be read: pages wholly behind
 * the end of the file that they map cannot. */
static uint64_t readable(const struct region_table *t, size_t i, uint64_t address)
{
	const struct region *r = &t->regions[i];

	if ((r->protection & PROT_READ) == 0 && (r->protection & PROT_EXEC) == 0)
		return 0;
	return r->end - address;
}

static bool read_page(const struct timeline_view *v, uint64_t address, size_t region,
    uint8_t *buffer, size_t length)
{
	struct page *page = pages_find(&v->timeline->pages, address / SHADOW_PAGE);
	const struct backing *b = &v->table->backings[region];
	uint64_t skip = address - v->table->regions[region].start;
	const uint8_t *bytes;

	if (page != NULL) {
		bytes = timeline_page_at(v->timeline, page, v->view.position);
		if (bytes == NULL)
			return false;
		memcpy(buffer, bytes + address % SHADOW_PAGE, length);
		return true;
	}
	memset(buffer, 0, length);
	if (b->data != NULL && skip < b->length)
		memcpy(buffer, b->data + skip, b->length - skip < length ? b->length - skip : length);
	return true;
}

static size_t view_read_bytes(const struct view *view, uint64_t address, void *buffer,
    size_t length)
{
	const struct timeline_view *v = (const struct timeline_view *)view;
	size_t done = 0;

	while (done < length && v->table != NULL) {
		uint64_t at = address + done, n = SHADOW_PAGE - at % SHADOW_PAGE;
		ssize_t i = region_find(v->table, at);
		uint64_t left = i >= 0 ? readable(v->table, (size_t)i, at) : 0;

		if (n > left)
			n = left;
		if (n > length - done)
			n = length - done;
		if (n == 0 || !read_page(v, at, (size_t)i, (uint8_t *)buffer + done, n))
			break;
		done += n;
	}
	return done;
}

static const struct region *view_region_table(const struct view *view, size_t *count)
{
	const struct timeline_view *v = (const struct timeline_view *)view;

	*count = v->table != NULL ? v->table->count : 0;
	return v->table != NULL ? v->table->regions : NULL;
}

static bool view_vector_state(const struct view *view, struct vector_state *vector)
{
	const struct timeline_view *v = (const struct timeline_view *)view;

	return timeline_vector(v->timeline, view->position, view->thread, vector);
}

static const struct view_ops view_ops = { view_read_bytes, view_region_table, view_vector_state };

struct view *timeline_view(struct timeline *t, uint64_t position, int thread)
{
	const struct moment *m = position <= t->frontier ? timeline_moment(t, position) : NULL;
	const struct moment_thread *at;
	struct timeline_view *v;

	if (m == NULL)
		return NULL;
	at = thread == 0 ? &m->threads[m->current] : moment_find(m, thread);
	if (at == NULL || (v = calloc(1, sizeof *v)) == NULL)
		return NULL;
	v->view = (struct view){ &view_ops, position, at->id, at->registers };
	v->timeline = t;
	v->table = regions_at(&t->regions, position);
	return &v->view;
}

struct view *timeline_view_making(struct timeline *t, const struct registers *registers)
{
	struct view *view = timeline_view(t, t->frontier, 0);

	if (view != NULL) {
		view->registers = *registers;
		((struct timeline_view *)view)->table = regions_at(&t->regions, t->frontier + 1);
	}
	return view;
}
