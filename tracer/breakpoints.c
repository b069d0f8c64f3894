/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/breakpoints.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tracer/program/functions.h"
#include "tracer/program/lines.h"

/* The same members in three records of arguments. */
#define WISH_OF(a) ((struct breakpoint_wish){ .condition = (a)->condition, \
	.hit_condition = (a)->hitCondition, .log_message = (a)->logMessage, .enabled = (a)->enabled })

struct breakpoints {
	struct breakpoint *list;
	size_t count;
	unsigned last_id;
};

struct breakpoints *breakpoints_new(void)
{
	return calloc(1, sizeof(struct breakpoints));
}

void breakpoints_free(struct breakpoints *all)
{
	for (size_t i = 0; all != NULL && i < all->count; i++)
		breakpoint_clear(&all->list[i]);
	if (all != NULL)
		free(all->list);
	free(all);
}

static bool same_set(const struct breakpoint *b, enum breakpoint_kind kind, int file)
{
	return b->kind == kind && (kind != BREAKPOINT_LINE || b->file == file);
}

/* Room for a new set, the others of that set gone; `old' gets the list before. */
static int begin_set(struct breakpoints *all, enum breakpoint_kind kind, int file, size_t added,
    struct breakpoints *old)
{
	struct breakpoint *list;
	size_t kept = 0;

	for (size_t i = 0; i < all->count; i++)
		kept += !same_set(&all->list[i], kind, file);
	if (kept + added > BREAKPOINTS_MAX)
		return -ENOSPC;
	list = calloc(kept + added + 1, sizeof(*list));
	if (list == NULL)
		return -ENOMEM;
	*old = *all;
	all->list = list;
	all->count = 0;
	for (size_t i = 0; i < old->count; i++)
		if (!same_set(&old->list[i], kind, file))
			all->list[all->count++] = old->list[i];
	return 0;
}

/* Free the list before, but for what the breakpoints of other sets own: they live on in the new one. */
static void end_set(struct breakpoints *old, enum breakpoint_kind kind, int file)
{
	for (size_t i = 0; i < old->count; i++)
		if (same_set(&old->list[i], kind, file))
			breakpoint_clear(&old->list[i]);
	free(old->list);
}

static bool same_wish(const struct breakpoint *a, const struct breakpoint *b)
{
	return a->kind == b->kind && a->file == b->file && a->asked == b->asked &&
	    strcmp(a->name, b->name) == 0 &&
	    (a->kind != BREAKPOINT_INSTRUCTION || a->addresses[0] == b->addresses[0]);
}

static void refuse(struct breakpoint *b, const char *why)
{
	b->verified = false;
	b->address_count = 0;
	snprintf(b->message, sizeof(b->message), "%s", why);
}

static void add(struct breakpoints *all, const struct breakpoints *old, const struct image *image,
    const struct breakpoint_wish *wish, struct breakpoint *b)
{
	if (!breakpoint_keep(b, wish))
		refuse(b, "There is no memory for the condition or the log message.");
	if (b->verified && !breakpoint_wish(b, image, wish))
		b->verified = false;
	if (!b->verified || !wish->enabled)
		b->address_count = 0;
	for (size_t i = 0; i < old->count; i++)
		if (same_wish(&old->list[i], b)) {
			b->id = old->list[i].id;
			breakpoint_keep_hits(b, &old->list[i]);
		}
	if (b->id == 0)
		b->id = ++all->last_id;
	all->list[all->count++] = *b;
}

static int compare_addresses(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

void addresses_sort(uint64_t *addresses, size_t count)
{
	qsort(addresses, count, sizeof(*addresses), compare_addresses);
}

static void find_line(struct breakpoint *b, const struct image *image)
{
	unsigned actual = b->asked;
	size_t n = lines_breakpoints(image, b->file, b->asked, b->addresses, BREAKPOINT_ADDRESSES, &actual);

	b->address_count = n < BREAKPOINT_ADDRESSES ? n : BREAKPOINT_ADDRESSES;
	addresses_sort(b->addresses, b->address_count);
	b->verified = n > 0;
	b->line = n > 0 ? actual : b->asked;
	if (n == 0)
		refuse(b, "There is no code on this line or behind it.");
	else if (actual != b->asked)
		snprintf(b->message, sizeof(b->message), "Line %u has no code of its own: moved to line %u.",
		    b->asked, actual);
}

int breakpoints_set_lines(struct breakpoints *all, const struct image *image, int file,
    const struct args_source_breakpoint *asked, size_t count)
{
	struct breakpoints old;
	int r = begin_set(all, BREAKPOINT_LINE, file, count, &old);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		struct breakpoint b = { .kind = BREAKPOINT_LINE, .file = file, .asked = asked[i].line,
			.line = asked[i].line };

		find_line(&b, image);
		add(all, &old, image, &WISH_OF(&asked[i]), &b);
	}
	end_set(&old, BREAKPOINT_LINE, file);
	return 0;
}

static void find_function(struct breakpoint *b, const struct image *image)
{
	struct function found[BREAKPOINT_ADDRESSES];
	struct line_row row;

	b->address_count = functions_by_name(image, b->name, found, BREAKPOINT_ADDRESSES);
	b->verified = b->address_count > 0;
	b->pending = !b->verified;
	for (size_t k = 0; k < b->address_count; k++)
		b->addresses[k] = found[k].body;
	addresses_sort(b->addresses, b->address_count);
	if (!b->verified)
		refuse(b, "There is no function of this name yet: libraries that are loaded later are looked at.");
	else if (lines_find(image, found[0].body, &row))
		b->line = row.line;
}

int breakpoints_set_functions(struct breakpoints *all, const struct image *image,
    const struct args_function_breakpoint *asked, size_t count)
{
	struct breakpoints old;
	int r = begin_set(all, BREAKPOINT_FUNCTION, -1, count, &old);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		struct breakpoint b = { .kind = BREAKPOINT_FUNCTION, .file = -1 };

		snprintf(b.name, sizeof(b.name), "%s", asked[i].name);
		find_function(&b, image);
		add(all, &old, image, &WISH_OF(&asked[i]), &b);
	}
	end_set(&old, BREAKPOINT_FUNCTION, -1);
	return 0;
}

bool breakpoints_pending(const struct breakpoints *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].pending && all->list[i].enabled)
			return true;
	return false;
}

bool breakpoints_resolve(struct breakpoints *all, const struct image *image)
{
	bool found = false;

	for (size_t i = 0; i < all->count; i++) {
		struct breakpoint *b = &all->list[i];
		const struct breakpoint_wish wish = { b->asked_condition, b->asked_hits, b->log_message,
			b->enabled };

		if (!b->pending)
			continue;
		b->message[0] = '\0';
		find_function(b, image);
		b->verified = b->verified && breakpoint_wish(b, image, &wish);
		if (!b->verified || !b->enabled)
			b->address_count = 0;
		found |= !b->pending;
	}
	return found;
}

bool breakpoints_executable(const struct view *view, uint64_t address)
{
	size_t count = 0;
	const struct region *regions = view_regions(view, &count);

	for (size_t i = 0; i < count; i++)
		if (address >= regions[i].start && address < regions[i].end)
			return (regions[i].protection & PROT_EXEC) != 0;
	return false;
}

int breakpoints_set_instructions(struct breakpoints *all, const struct image *image, const struct view *view,
    const struct args_instruction_breakpoint *asked, size_t count)
{
	struct breakpoints old;
	int r = begin_set(all, BREAKPOINT_INSTRUCTION, -1, count, &old);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		struct breakpoint b = { .kind = BREAKPOINT_INSTRUCTION, .file = -1, .verified = true,
			.addresses = { asked[i].address }, .address_count = 1 };

		if (!breakpoints_executable(view, asked[i].address))
			refuse(&b, "There is no code at this address.");
		add(all, &old, image, &WISH_OF(&asked[i]), &b);
	}
	end_set(&old, BREAKPOINT_INSTRUCTION, -1);
	return 0;
}

const struct breakpoint *breakpoints_all(const struct breakpoints *all, size_t *count)
{
	*count = all->count;
	return all->list;
}

struct breakpoint *breakpoints_list(struct breakpoints *all, size_t *count)
{
	*count = all->count;
	return all->list;
}

uint64_t *breakpoints_addresses(const struct breakpoints *all, const uint64_t *extra, size_t extra_count,
    size_t *count)
{
	uint64_t *addresses = calloc(all->count * BREAKPOINT_ADDRESSES + extra_count + 1, sizeof(*addresses));
	size_t n = 0, kept = 0;

	if (addresses == NULL)
		return NULL;
	for (size_t i = 0; i < all->count; i++)
		for (size_t j = 0; j < all->list[i].address_count; j++)
			addresses[n++] = all->list[i].addresses[j];
	for (size_t i = 0; i < extra_count; i++)
		addresses[n++] = extra[i];
	addresses_sort(addresses, n);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || addresses[kept - 1] != addresses[i])
			addresses[kept++] = addresses[i];
	*count = kept;
	return addresses;
}

unsigned breakpoints_new_id(struct breakpoints *all)
{
	return ++all->last_id;
}

bool breakpoints_at(const struct breakpoints *all, uint64_t address)
{
	for (size_t i = 0; i < all->count; i++)
		for (size_t j = 0; j < all->list[i].address_count; j++)
			if (all->list[i].addresses[j] == address)
				return true;
	return false;
}
