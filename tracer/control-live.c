/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The program as it is now, seen as a moment that the record may yet get: only
 * what decides whether that comes to be looks at it. */
#include "tracer/control-private.h"

static size_t read_live(const struct view *view, uint64_t address, void *buffer, size_t length)
{
	const struct live_view *live = (const struct live_view *)view;
	struct process *p = live->control->process;
	size_t n = process_read(p, address, buffer, length);

	process_hide_planted(p, address, buffer, n);
	return n;
}

/* Those of the stretch's beginning: what it has mapped since is readable, but in no list. */
static const struct region *live_regions(const struct view *view, size_t *count)
{
	const struct live_view *live = (const struct live_view *)view;
	const struct timeline *t = live->control->timeline;
	const struct region_table *table = regions_at(&t->regions, t->frontier + 1);

	*count = table != NULL ? table->count : 0;
	return table != NULL ? table->regions : NULL;
}

static bool live_vector(const struct view *view, struct vector_state *vector)
{
	const struct live_view *live = (const struct live_view *)view;

	return tracee_get_vector(live->thread, vector) == 0;
}

void live_view_init(struct live_view *live, struct control *c, const struct tracee *t)
{
	static const struct view_ops ops = { .read = read_live, .regions = live_regions,
	    .vector = live_vector };

	live->view = (struct view){ &ops, c->timeline->frontier + 1, t->id, t->registers };
	live->control = c;
	live->thread = t;
}
