/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/timeline/recorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	BATCH = 32 * SHADOW_PAGE,	/* bytes that are read at once */
	WINDOW = 512,		/* pages that are asked about at once */
	GAP_MAX = 12,		/* equal bytes that cost less than another write's head */
	READ_MAX = 64,		/* of an effect whose value is not known */
};

void recorder_init(struct recorder *r, const struct recorder_source *source, uint64_t memory_max)
{
	*r = (struct recorder){ .source = *source, .memory_max = memory_max };
}

void recorder_done(struct recorder *r)
{
	free(r->buffer);
	r->buffer = NULL;
}

/* -- differences ------------------------------------------------------------------ */

/* Record what differs between a page's old and new bytes. */
static int write_differences(struct recorder *r, uint64_t address, const uint8_t *old,
    const uint8_t *new)
{
	uint8_t before[SHADOW_PAGE];

	/* The old bytes may be the shadow's own, which timeline_write() changes. */
	memcpy(before, old, SHADOW_PAGE);
	for (size_t i = 0; i < SHADOW_PAGE; ) {
		size_t start, end;

		if (before[i] == new[i]) {
			i++;
			continue;
		}
		for (start = i, end = i + 1; i < SHADOW_PAGE && i < end + GAP_MAX; i++)
			if (before[i] != new[i])
				end = i + 1;
		if (!timeline_write(r->timeline, address + start, new + start, end - start))
			return -ENOMEM;
	}
	return timeline_memory(r->timeline) > r->memory_max ? -EDQUOT : 0;
}

static int compare_page(struct recorder *r, uint64_t address, const uint8_t *new, bool base)
{
	uint8_t buffer[SHADOW_PAGE];
	const uint8_t *old = timeline_page(r->timeline, address, buffer);

	if (memcmp(old, new, SHADOW_PAGE) == 0)
		return 0;
	if (base && !timeline_base(r->timeline, address, new))
		return -ENOMEM;
	if (base)
		return timeline_memory(r->timeline) > r->memory_max ? -EDQUOT : 0;
	return write_differences(r, address, old, new);
}

/* One page on, within the range or to the next one. */
static void pass_page(struct memory_range **range)
{
	(*range)->address += SHADOW_PAGE;
	(*range)->length -= SHADOW_PAGE;
	if ((*range)->length == 0)
		(*range)++;
}

/* What has been gathered, by one call if all of it can be read. */
static int compare_gathered(struct recorder *r, bool base)
{
	struct memory_range *range = r->ranges, *end = range + r->range_count;
	int error = 0;

	r->range_count = r->gathered = 0;
	while (range < end && error == 0) {
		size_t got = r->source.read(r->source.arg, range, (size_t)(end - range), r->buffer), at;

		for (at = 0; at + SHADOW_PAGE <= got && error == 0; at += SHADOW_PAGE) {
			error = compare_page(r, range->address, r->buffer + at, base);
			pass_page(&range);
		}
		/* Past the end of a mapped file there is nothing to read. */
		if (at == 0)
			pass_page(&range);
	}
	return error;
}

static int compare_run(struct recorder *r, uint64_t start, uint64_t end, bool base)
{
	int error = 0;

	if (r->buffer == NULL && (r->buffer = malloc(BATCH)) == NULL)
		return -ENOMEM;
	while (start < end && error == 0) {
		size_t length = BATCH - r->gathered;

		if (length > end - start)
			length = (size_t)(end - start);
		r->ranges[r->range_count++] = (struct memory_range){ start, length };
		r->gathered += length;
		start += length;
		if (r->gathered == BATCH || r->range_count == RECORDER_RANGES)
			error = compare_gathered(r, base);
	}
	return error;
}

/* A page that neither the program nor the record has holds what the region is made of (zeros,
 * a file); reading it would make the kernel give the program one. */
static bool is_nothing(struct recorder *r, uint64_t address, bool absent)
{
	return absent && pages_find(&r->timeline->pages, address / SHADOW_PAGE) == NULL;
}

/* Has the record all of these pages?  They are read whether the program has them or not, so
 * that the kernel need not be asked. */
static bool all_known(struct recorder *r, uint64_t start, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (pages_find(&r->timeline->pages, start / SHADOW_PAGE + i) == NULL)
			return false;
	return true;
}

static int compare_range(struct recorder *r, uint64_t start, uint64_t end, bool base)
{
	bool absent[WINDOW];

	while (start < end) {
		size_t pages = (size_t)((end - start) / SHADOW_PAGE), i = 0;

		pages = pages < WINDOW ? pages : WINDOW;
		memset(absent, 0, pages * sizeof absent[0]);
		if (r->source.absent != NULL && !all_known(r, start, pages))
			r->source.absent(r->source.arg, start, absent, pages);
		while (i < pages) {
			size_t from = i;
			int error = 0;

			while (i < pages && !is_nothing(r, start + i * SHADOW_PAGE, absent[i]))
				i++;
			if (i > from)
				error = compare_run(r, start + from * SHADOW_PAGE,
				    start + i * SHADOW_PAGE, base);
			if (error != 0)
				return error;
			while (i < pages && is_nothing(r, start + i * SHADOW_PAGE, absent[i]))
				i++;
		}
		start += pages * SHADOW_PAGE;
	}
	return 0;
}

/* The kernel's own pages change without the program, or cannot be read. */
static bool of_kernel(const struct region *r)
{
	return strncmp(r->name, "[vvar", 5) == 0 || strcmp(r->name, "[vsyscall]") == 0;
}

/* Code that is mapped from a file and not writable is what the file says. */
static bool worth_reading(const struct region *r, const struct backing *b, bool everything)
{
	if ((r->protection & PROT_READ) == 0 || of_kernel(r))
		return false;
	if (r->protection & PROT_WRITE)
		return true;
	return everything && (b->data == NULL || (r->protection & PROT_EXEC) == 0);
}

/* The kernel is asked which pages are there only where it can say so, and where it is known what
 * the others hold: not for shared memory, nor for a file that is not known here. */
static int compare_region(struct recorder *r, const struct region *region, const struct backing *b,
    bool base)
{
	bool known = !region->shared && (region->name[0] == '\0' || region->name[0] == '[' || b->data != NULL);

	return (known ? compare_range : compare_run)(r, region->start, region->end, base);
}

/* Code that is what its file says is not read, but for pages that the record has from before it
 * was mapped. */
static int compare_known(struct recorder *r, const struct region *region)
{
	int error = 0;

	for (uint64_t at = region->start; at < region->end && error == 0; at += SHADOW_PAGE)
		if (pages_find(&r->timeline->pages, at / SHADOW_PAGE) != NULL)
			error = compare_run(r, at, at + SHADOW_PAGE, false);
	return error;
}

static int compare_all(struct recorder *r, bool everything, bool base)
{
	const struct region_table *t = regions_at(&r->timeline->regions, r->timeline->frontier + 1);
	int error = 0;

	for (size_t i = 0; t != NULL && i < t->count && error == 0; i++)
		if (worth_reading(&t->regions[i], &t->backings[i], everything))
			error = compare_region(r, &t->regions[i], &t->backings[i], base);
		else if (everything && !base && (t->regions[i].protection & PROT_READ) != 0)
			error = compare_known(r, &t->regions[i]);
	return error != 0 ? error : compare_gathered(r, base);
}

int recorder_compare(struct recorder *r, bool everything)
{
	return compare_all(r, everything, false);
}

int recorder_base(struct recorder *r, const struct region *regions, size_t count)
{
	bool changed;

	if (!regions_set(&r->timeline->regions, 0, regions, count, &changed))
		return -ENOMEM;
	return compare_all(r, true, true);
}

/* -- one instruction ------------------------------------------------------------------ */

/* Only what has changed, for the length is a bound. */
static int read_effect(struct recorder *r, uint64_t address, size_t length)
{
	const struct memory_range range = { address, length };
	uint8_t old[READ_MAX], new[READ_MAX];
	size_t got = r->source.read(r->source.arg, &range, 1, new), start = 0;

	timeline_peek(r->timeline, address, old, got);
	while (start < got && old[start] == new[start])
		start++;
	while (got > start && old[got - 1] == new[got - 1])
		got--;
	if (start == got)
		return 0;
	return timeline_write(r->timeline, address + start, new + start, got - start) ? 0 : -ENOMEM;
}

static int long_effect(struct recorder *r, const struct effect *e)
{
	uint64_t start = e->address - e->address % SHADOW_PAGE;
	uint64_t end = e->address + e->length + SHADOW_PAGE - 1;
	int error = compare_run(r, start, end - end % SHADOW_PAGE, false);

	return error != 0 ? error : compare_gathered(r, false);
}

int recorder_effect(struct recorder *r, const struct effect *e)
{
	if (e->anywhere)
		return recorder_compare(r, false);
	if (e->length == 0)
		return 0;
	if (e->known)
		return timeline_write(r->timeline, e->address, e->value, e->length) ? 0 : -ENOMEM;
	if (e->length <= READ_MAX)
		return read_effect(r, e->address, e->length);
	return long_effect(r, e);
}

/* -- regions ------------------------------------------------------------------------------ */

/* What of the old region no new one covers: its content goes into the record.
 * *next: the first new region that may reach into it; both tables ascend. */
static bool forget_uncovered(struct recorder *r, const struct region *old,
    const struct region *regions, size_t count, size_t *next)
{
	uint64_t at = old->start;

	while (*next < count && regions[*next].end <= old->start)
		(*next)++;
	for (size_t i = *next; i < count && regions[i].start < old->end; i++) {
		if (regions[i].start > at && !timeline_forget(r->timeline, at, regions[i].start))
			return false;
		at = regions[i].end;
	}
	return at >= old->end || timeline_forget(r->timeline, at, old->end);
}

int recorder_regions(struct recorder *r, const struct region *regions, size_t count, bool *changed)
{
	struct timeline *t = r->timeline;
	const struct region_table *old = regions_at(&t->regions, t->frontier + 1);
	size_t next = 0;

	for (size_t i = 0; old != NULL && i < old->count; i++)
		if (!forget_uncovered(r, &old->regions[i], regions, count, &next))
			return -ENOMEM;
	return regions_set(&t->regions, t->frontier + 1, regions, count, changed) ? 0 : -ENOMEM;
}
