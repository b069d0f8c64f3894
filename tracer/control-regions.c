/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The mappings of a position, made again of those that are there: what has come is
 * unmapped, what was there is mapped if it was nobody's but the program's (no file),
 * and is as accessible as it was.  The heap goes by its break.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tracer/control-rewind.h"

/* A stretch of addresses in which neither table has a seam. */
struct part {
	uint64_t start, end;
	const struct region *live, *then;	/* NULL: nothing is mapped */
};

/* -- what is to be done ----------------------------------------------------------------- */

static bool is_heap(const struct region *r)
{
	return r != NULL && strcmp(r->name, "[heap]") == 0;
}

/* Memory of no file; the kernel calls some of it by a name. */
static bool is_anonymous(const struct region *r)
{
	return !r->shared && (r->name[0] == '\0' || is_heap(r) || strncmp(r->name, "[stack", 6) == 0 ||
	    strncmp(r->name, "[anon", 5) == 0);
}

static bool is_same(const struct region *a, const struct region *b)
{
	if (is_anonymous(a) || is_anonymous(b))
		return is_anonymous(a) && is_anonymous(b);
	return a->shared == b->shared && strcmp(a->name, b->name) == 0 &&
	    a->start - a->offset == b->start - b->offset;
}

static bool can_part(const struct part *p)
{
	if (p->then == NULL)
		return true;
	if (p->live != NULL && is_same(p->live, p->then))
		return true;
	return is_anonymous(p->then);
}

static int call(struct tracee *t, long number, uint64_t a, uint64_t b, uint64_t c, uint64_t flags)
{
	struct arch_call call = { number, { a, b, c, flags, (uint64_t)-1, 0 } };
	int64_t result = -EIO;
	int error = tracee_call(t, &call, &result);

	if (error != 0)
		return error;
	return result < 0 && result > -4096 ? (int)result : 0;
}

static int map_part(struct tracee *t, const struct part *p)
{
	return call(t, SYS_mmap, p->start, p->end - p->start, p->then->protection,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
}

static int do_part(struct tracee *t, const struct part *p)
{
	if (p->then == NULL)
		return p->live == NULL ? 0 : call(t, SYS_munmap, p->start, p->end - p->start, 0, 0);
	if (p->live == NULL || !is_same(p->live, p->then))
		return map_part(t, p);
	if (p->live->protection == p->then->protection)
		return 0;
	return call(t, SYS_mprotect, p->start, p->end - p->start, p->then->protection, 0);
}

/* -- both tables together ------------------------------------------------------------------ */

struct tables {
	struct region *live;
	const struct region *then;
	size_t live_count, then_count;
	size_t live_at, then_at;	/* how far next_part() has come */
	uint64_t address;
};

/* The region at an address, and the next seam behind that. */
static const struct region *at(const struct region *r, size_t count, size_t *i, uint64_t address,
    uint64_t *seam)
{
	while (*i < count && r[*i].end <= address)
		(*i)++;
	if (*i == count)
		return NULL;
	if (address < r[*i].start) {
		*seam = r[*i].start < *seam ? r[*i].start : *seam;
		return NULL;
	}
	*seam = r[*i].end < *seam ? r[*i].end : *seam;
	return &r[*i];
}

/* false: there are no more. */
static bool next_part(struct tables *t, struct part *p)
{
	p->start = t->address;
	p->end = UINT64_MAX;
	p->live = at(t->live, t->live_count, &t->live_at, p->start, &p->end);
	p->then = at(t->then, t->then_count, &t->then_at, p->start, &p->end);
	t->address = p->end;
	return p->end != UINT64_MAX;
}

static int tables_of(struct rewind *r, struct tables *t)
{
	const struct region_table *then = regions_at(&r->control->timeline->regions, r->position);

	*t = (struct tables){ .then = then->regions, .then_count = then->count };
	return process_regions(r->control->process, &t->live, &t->live_count);
}

/* -- judging ---------------------------------------------------------------------------------- */

/* The first step since then that has changed the table. */
static uint64_t changed_at(const struct rewind *r)
{
	const struct regions *all = &r->control->timeline->regions;

	for (size_t i = 0; i < all->count; i++)
		if (all->tables[i]->position > r->position)
			return all->tables[i]->position;
	return r->control->timeline->frontier;
}

/* Memory that is shared with a file: what was written into it is in that. */
static bool is_file(const struct region *r)
{
	return r->shared && r->name[0] == '/' && strncmp(r->name, "/dev/zero", 9) != 0 &&
	    strncmp(r->name, "/memfd:", 7) != 0 && strncmp(r->name, "/SYSV", 5) != 0;
}

struct file_write {
	const struct region_table *table;
	bool found;
};

static bool look_for_file(void *arg, uint64_t address, const uint8_t *bytes, size_t length)
{
	struct file_write *w = arg;
	ssize_t i = region_find(w->table, address);

	(void)bytes;
	(void)length;
	w->found |= i >= 0 && is_file(&w->table->regions[i]);
	return !w->found;
}

static bool judge_files(struct rewind *r)
{
	struct timeline *t = r->control->timeline;
	struct file_write w = { .table = regions_at(&t->regions, r->position) };
	bool any = false;

	for (size_t i = 0; i < w.table->count; i++)
		any |= is_file(&w.table->regions[i]) && (w.table->regions[i].protection & PROT_WRITE);
	if (any)
		timeline_changes(t, t->frontier, r->position, look_for_file, &w);
	return !w.found || prevents(r, t->frontier, "memory", "a file is mapped and was written through it");
}

bool regions_judge(struct rewind *r)
{
	struct tables t;
	struct part p;
	bool can = true;

	if (tables_of(r, &t) != 0)
		return prevents(r, r->control->timeline->frontier, "mappings", "they cannot be read");
	while (can && next_part(&t, &p))
		can = can_part(&p);
	if (!can)
		prevents(r, changed_at(r), "munmap", "what was mapped at 0x%llx is gone and was a file's",
		    (unsigned long long)p.start);
	free(t.live);
	return can && judge_files(r);
}

/* -- doing -------------------------------------------------------------------------------------- */

/* Where the heap ends; 0: there is none. */
static uint64_t heap_end(const struct region *r, size_t count)
{
	uint64_t end = 0;

	for (size_t i = 0; i < count; i++)
		if (is_heap(&r[i]))
			end = r[i].end;
	return end;
}

static uint64_t heap_start(const struct region *r, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is_heap(&r[i]))
			return r[i].start;
	return 0;
}

static int restore_heap(struct rewind *r, struct tracee *t)
{
	struct tables tables;
	uint64_t now, then;
	int error = tables_of(r, &tables);

	if (error != 0)
		return error;
	now = heap_end(tables.live, tables.live_count);
	then = heap_end(tables.then, tables.then_count);
	if (then == 0)		/* where it begins, nothing of it is left */
		then = heap_start(tables.live, tables.live_count);
	free(tables.live);
	return now == then ? 0 : call(t, SYS_brk, then, 0, 0, 0);
}

int regions_restore(struct rewind *r, struct tracee *t)
{
	struct tables tables;
	struct part p;
	int error = restore_heap(r, t);

	if (error == 0)
		error = tables_of(r, &tables);
	if (error != 0)
		return error;
	while (error == 0 && next_part(&tables, &p))
		error = do_part(t, &p);
	free(tables.live);
	return error;
}

bool regions_are_restored(struct rewind *r)
{
	struct tables t;
	struct part p;
	bool same = true;

	if (tables_of(r, &t) != 0)
		return false;
	while (same && next_part(&t, &p))
		same = (p.live == NULL) == (p.then == NULL) && (p.live == NULL ||
		    (is_same(p.live, p.then) && p.live->protection == p.then->protection));
	free(t.live);
	return same;
}
