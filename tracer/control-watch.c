/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Watched memory: the record says what was written, the registers what was touched
 * while nothing was recorded. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/bisect.h"
#include "tracer/control-private.h"

enum {
	COMPARE_BYTES = 64,
	WATCHES_MAX = 64,	/* they may share slots; a set of them is one word's bits */
};

/* -- setting ---------------------------------------------------------------------- */

static size_t slots_of(const struct control_watch *list, size_t count, struct watch_slot *slots)
{
	struct watch_range *ranges = calloc(count + 1, sizeof *ranges);
	size_t n = WATCH_SLOTS + 1;

	for (size_t i = 0; ranges != NULL && i < count; i++)
		ranges[i] = (struct watch_range){ list[i].address, list[i].length,
		    list[i].kind == WATCH_READ || list[i].kind == WATCH_ACCESS };
	if (ranges != NULL)
		n = watch_split(ranges, count, slots);
	free(ranges);
	return n;
}

size_t control_watches_fit(const struct control_watch *list, size_t count)
{
	struct watch_slot slots[WATCH_SLOTS];
	size_t n = 0;

	while (n < count && n < WATCHES_MAX && slots_of(list, n + 1, slots) <= WATCH_SLOTS)
		n++;
	return n;
}

/* Slots of those that fit, each beside the ones before it: the others are seen in the
 * record only. */
static size_t plan_slots(const struct control_watch *list, size_t count, struct watch_slot *slots)
{
	struct control_watch kept[WATCHES_MAX];
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		kept[n] = list[i];
		n += control_watches_fit(kept, n + 1) == n + 1;
	}
	return slots_of(kept, n, slots);
}

/* Threads that run take the new slots when they are let go again. */
static void rearm(struct control *c)
{
	if ((c->stretch.kind != STRETCH_RUN && c->stretch.kind != STRETCH_CALL) || c->stretch.end != END_NONE)
		return;
	process_watch_on(c->process, true);
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->id > 0 && !t->exited)
			tracee_interrupt(t);
}

int control_set_watchpoints(struct control *c, const struct control_watch *list, size_t count)
{
	struct watching *w = &c->watching;
	struct watch_slot slots[WATCH_SLOTS];
	struct control_watch *copy;
	size_t slot_count;

	if (count > WATCHES_MAX)
		return -ENOSPC;
	copy = calloc(count + 1, sizeof *copy);
	slot_count = copy != NULL ? plan_slots(list, count, slots) : WATCH_SLOTS + 1;
	if (slot_count > WATCH_SLOTS) {
		free(copy);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		copy[i] = list[i];
	free(w->list);
	w->list = copy;
	w->count = count;
	w->slot_count = slot_count;
	w->block_end = 0;
	search_forget(c);
	c->stretch.watched = 0;		/* of other slots */
	for (size_t i = 0; i < slot_count; i++)
		w->slots[i] = slots[i];
	process_watch(c->process, slots, slot_count);
	rearm(c);
	return 0;
}

void watch_free(struct control *c)
{
	free(c->watching.list);
	free(c->watching.hits);
	reads_forget(c);
}

/* -- at a position ------------------------------------------------------------------ */

static bool overlap(const struct control_watch *w, uint64_t address, uint64_t length)
{
	return address < w->address + w->length && address + length > w->address;
}

/* Does the value differ between the two moments that a step joins? */
static bool value_changed(struct control *c, const struct control_watch *w, uint64_t position)
{
	uint8_t before[COMPARE_BYTES], now[COMPARE_BYTES];
	struct view *old = timeline_view(c->timeline, position - 1, 0);
	struct view *new = timeline_view(c->timeline, position, 0);
	size_t length = w->length < COMPARE_BYTES ? (size_t)w->length : COMPARE_BYTES;
	size_t had = old != NULL ? view_read(old, w->address, before, length) : 0;
	size_t has = new != NULL ? view_read(new, w->address, now, length) : 0;

	free(old);
	free(new);
	return had != has || memcmp(before, now, has) != 0;
}

struct written {
	const struct watching *watching;
	uint64_t touched;	/* watches, a bit each */
};

static void note_write(void *arg, uint64_t address, size_t length)
{
	struct written *written = arg;
	const struct watching *w = written->watching;

	for (size_t i = 0; i < w->count; i++)
		if (overlap(&w->list[i], address, length))
			written->touched |= 1ull << i;
}

static uint64_t writes_between(struct control *c, uint64_t from, uint64_t to)
{
	struct written written = { &c->watching, 0 };

	timeline_writes(c->timeline, from, to, note_write, &written);
	return written.touched;
}

/* A block without such a write is looked through once: searches ask position by position. */
static bool block_may_hit(struct control *c, uint64_t position)
{
	struct watching *w = &c->watching;
	uint64_t block = (position - 1) / BLOCK_RECORDS, end = (block + 1) * BLOCK_RECORDS;

	if (position == c->timeline->frontier)
		return true;
	if (end > c->timeline->frontier)
		end = c->timeline->frontier;
	if (w->block_end != end || w->block != block) {
		w->block = block;
		w->block_end = end;
		w->block_hit = writes_between(c, block * BLOCK_RECORDS, end) != 0;
	}
	return w->block_hit;
}

static bool page_written(struct control *c, uint64_t number, uint64_t position)
{
	const struct page *page = pages_find(&c->timeline->pages, number);
	uint32_t block = (uint32_t)((position - 1) / BLOCK_RECORDS), i;

	if (page == NULL || page->block_count == 0)
		return false;
	i = page_block_index(page, block);
	return i < page->block_count && page->blocks[i] == block;
}

static bool may_be_written(struct control *c, uint64_t position)
{
	const struct watching *w = &c->watching;

	for (size_t i = 0; i < w->count; i++)
		if (page_written(c, w->list[i].address / SHADOW_PAGE, position) ||
		    page_written(c, (w->list[i].address + w->list[i].length - 1) / SHADOW_PAGE, position))
			return block_may_hit(c, position);
	return false;
}

/* Index of the first hit at or behind position. */
static size_t hit_index(const struct watching *w, uint64_t position)
{
	return bisect(w->hit_count, i, w->hits[i].position < position);
}

uint64_t watch_next_hit(struct control *c, uint64_t from, int direction)
{
	const struct watching *w = &c->watching;
	size_t i = hit_index(w, direction < 0 ? from : from + 1) - (direction < 0);

	return i < w->hit_count ? w->hits[i].position : NOWHERE;
}

static bool seen_by_register(const struct watching *w, const struct control_watch *watch, uint64_t position)
{
	for (size_t i = hit_index(w, position); i < w->hit_count && w->hits[i].position == position; i++) {
		const struct watch_slot *slot = &w->hits[i].slot;

		if (overlap(watch, slot->address, slot->length) &&
		    (!slot->reads || watch->kind == WATCH_READ || watch->kind == WATCH_ACCESS))
			return true;
	}
	return false;
}

/* What one instruction wrote is known to the byte; of the rest only what it changed. */
static bool touched(struct control *c, const struct control_watch *w, uint64_t position, bool written)
{
	bool seen = seen_by_register(&c->watching, w, position);
	struct brief b;

	if ((w->kind == WATCH_READ || w->kind == WATCH_ACCESS) && step_reads(c, w, position))
		return true;
	if (!written && !seen)
		return false;
	if (w->kind == WATCH_READ)
		return seen && !value_changed(c, w, position);
	if (w->kind == WATCH_CHANGE)
		return value_changed(c, w, position);
	timeline_brief(c->timeline, position, &b);
	return seen || b.kind == RECORD_INSTRUCTION || value_changed(c, w, position);
}

int control_watch_at(struct control *c, uint64_t position)
{
	const struct watching *w = &c->watching;
	uint64_t written = 0;

	if (w->count == 0 || position == 0 || position > c->timeline->frontier)
		return -1;
	if (may_be_written(c, position))
		written = writes_between(c, position - 1, position);
	for (size_t i = 0; i < w->count; i++)
		if (touched(c, &w->list[i], position, written >> i & 1))
			return (int)i;
	return -1;
}

/* -- while it runs ------------------------------------------------------------------- */

static bool hit_room(struct watching *w)
{
	size_t capacity = w->hit_capacity ? w->hit_capacity * 2 : 64;
	struct watch_hit *hits;

	if (w->hit_count < w->hit_capacity)
		return true;
	hits = realloc(w->hits, capacity * sizeof *hits);
	if (hits == NULL)
		return false;
	w->hits = hits;
	w->hit_capacity = capacity;
	return true;
}

void watch_recorded(struct control *c)
{
	struct watching *w = &c->watching;

	for (size_t i = 0; i < w->slot_count; i++)
		if ((c->stretch.watched >> i & 1) && hit_room(w))
			w->hits[w->hit_count++] = (struct watch_hit){ c->timeline->frontier, w->slots[i] };
	c->stretch.watched = 0;
}

void watch_cut(struct control *c, uint64_t position)
{
	struct watching *w = &c->watching;

	w->hit_count = hit_index(w, position + 1);
	w->block_end = 0;
}

/* Is what the program has now what it had when the stretch began? */
static bool is_as_before(struct control *c, const struct control_watch *w)
{
	uint8_t before[COMPARE_BYTES], now[COMPARE_BYTES];
	size_t length = w->length < COMPARE_BYTES ? (size_t)w->length : COMPARE_BYTES;

	timeline_peek(c->timeline, w->address, before, length);
	return process_read(c->process, w->address, now, length) == length &&
	    memcmp(before, now, length) == 0;
}

/* Who waits for another value is not stopped for the same. */
static bool counts(struct control *c, unsigned slots)
{
	const struct watching *w = &c->watching;

	for (size_t i = 0; i < w->count; i++)
		for (size_t k = 0; k < w->slot_count; k++)
			if ((slots >> k & 1) &&
			    overlap(&w->list[i], w->slots[k].address, w->slots[k].length) &&
			    (w->list[i].kind != WATCH_CHANGE || !is_as_before(c, &w->list[i])))
				return true;
	return false;
}

/* Without the guard a thread that goes through foreign code must not run on. */
void on_watch(struct control *c, struct tracee *t)
{
	bool done, unguarded = c->stretch.kind == STRETCH_CALL && !c->guarded;

	t->in_call = false;
	if (tracee_finish_access(t, &done) != 0)
		return;
	if (!done) {
		on_process_stop(c, t);
		return;
	}
	c->stretch.watched |= t->stop.watched;
	if (c->stretch.kind != STRETCH_NONE && (counts(c, t->stop.watched) || unguarded))
		stretch_end(c, END_WATCH, t);
	else if (ending(c))
		stretch_settle(c);
	else
		stretch_go(c, t);
}
