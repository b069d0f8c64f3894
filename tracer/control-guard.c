/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The guard: the pages of the person's code are not executable while foreign code
 * runs natively, and whoever comes back to them faults there. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tracer/control-private.h"

bool in_own_pages(const struct control *c, uint64_t pc)
{
	size_t count;
	const struct image_range *ranges = image_own_pages(c->setup.image, &count);

	for (size_t i = 0; i < count; i++)
		if (pc >= ranges[i].start && pc < ranges[i].end)
			return true;
	return false;
}

static bool is_edge(const struct control *c, uint64_t address)
{
	size_t count;
	const struct image_range *ranges = image_own_pages(c->setup.image, &count);

	for (size_t i = 0; i < count; i++)
		if (address == ranges[i].start || address == ranges[i].end)
			return true;
	return false;
}

/* Where the part of the region that begins at from ends: at an edge, or with it. */
static uint64_t part_end(const struct control *c, const struct region *r, uint64_t from)
{
	size_t count;
	const struct image_range *ranges = image_own_pages(c->setup.image, &count);
	uint64_t end = r->end;

	for (size_t i = 0; i < count; i++) {
		if (ranges[i].start > from && ranges[i].start < end)
			end = ranges[i].start;
		if (ranges[i].end > from && ranges[i].end < end)
			end = ranges[i].end;
	}
	return end;
}

static bool continues(const struct region *a, const struct region *b)
{
	return a->end == b->start && a->protection == b->protection && a->shared == b->shared &&
	    strcmp(a->name, b->name) == 0 &&
	    (b->name[0] != '/' || b->offset == a->offset + (a->end - a->start));
}

/* The kernel has cut mappings at the edges of the guarded pages, and joined what then looked the
 * same on both sides of one: both are undone. */
struct region *guard_hide(const struct control *c, const struct region *regions, size_t *count)
{
	size_t ranges, n = 0;
	struct region *out;

	image_own_pages(c->setup.image, &ranges);
	out = calloc(*count + 2 * ranges + 1, sizeof *out);
	for (size_t i = 0; out != NULL && i < *count; i++)
		for (uint64_t from = regions[i].start, end; from < regions[i].end; from = end) {
			struct region part = regions[i];

			end = c->guarded ? part_end(c, &part, from) : part.end;
			if (part.name[0] == '/')
				part.offset += from - part.start;
			part.start = from;
			part.end = end;
			if (c->guarded && in_own_pages(c, from))
				part.protection |= PROT_EXEC;
			if (c->guarded && n > 0 && is_edge(c, from) && continues(&out[n - 1], &part))
				out[n - 1].end = end;
			else
				out[n++] = part;
		}
	*count = n;
	return out;
}

/* A stopped thread that can be made to call: not one that is in a call. */
static struct tracee *caller(struct control *c)
{
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->id > 0 && t->stopped && !t->exited && t->stop.kind != STOP_SYSCALL &&
		    t->stop.kind != STOP_CLONE && t->stop.kind != STOP_FORK && t->stop.kind != STOP_EXITING)
			return t;
	return NULL;
}

/* Marked, so that the filter does not stop for it. */
static bool protect(const struct control *c, struct tracee *t, uint64_t start, uint64_t end,
    unsigned protection)
{
	const struct arch_call call = { SYS_mprotect, { start, end - start, protection,
	    [SANDBOX_MARKED_ARGUMENT] = c->program.mark } };
	int64_t result = -1;

	return tracee_call(t, &call, &result) == 0 && result == 0;
}

/* Those of the region's pages that are the person's and executable, as the record has
 * them: off they get back what they had, on they are not executable and else the same. */
static bool protect_own(struct control *c, struct tracee *t, const struct region *r, bool on)
{
	size_t count;
	const struct image_range *ranges = image_own_pages(c->setup.image, &count);
	bool done = true;

	for (size_t i = 0; i < count; i++) {
		uint64_t start = r->start > ranges[i].start ? r->start : ranges[i].start;
		uint64_t end = r->end < ranges[i].end ? r->end : ranges[i].end;

		if (start < end && (r->protection & PROT_EXEC))
			done &= protect(c, t, start, end, on ? r->protection & ~(unsigned)PROT_EXEC : r->protection);
	}
	return done;
}

bool guard(struct control *c, bool on)
{
	const struct region_table *table;
	struct tracee *t = caller(c);
	bool done = true;

	if (c->guarded == on)
		return true;		/* also before there is a timeline: the program's start can fail */
	table = regions_at(&c->timeline->regions, c->timeline->frontier + 1);
	if (t == NULL || table == NULL)
		return false;
	for (size_t i = 0; i < table->count && done; i++)
		done = protect_own(c, t, &table->regions[i], on) || !on;
	/* What is mapped no longer cannot be made as it was. */
	for (size_t i = 0; i < table->count && !done; i++)
		protect_own(c, t, &table->regions[i], false);
	c->guarded = on && done;
	return done || !on;
}

/* -- the program changes what the guard is about ------------------------------------- */

static bool touches_own(const struct control *c, uint64_t start, uint64_t length)
{
	size_t count;
	const struct image_range *ranges = image_own_pages(c->setup.image, &count);

	for (size_t i = 0; i < count; i++)
		if (start < ranges[i].end && start + length > ranges[i].start)
			return true;
	return false;
}

/* mmap(2), mremap(2): without the flag the kernel looks for a place where nothing is. */
bool guard_concerns(const struct control *c, const struct arch_call *call)
{
	const uint64_t *a = call->arguments;

	if (!c->guarded && (c->stretch.passing == NULL || c->stretch.passing_in_place))
		return false;
	switch (call->number) {
	case SYS_mmap:
		return (a[3] & MAP_FIXED) != 0 && touches_own(c, a[0], a[1]);
	case SYS_mremap:
		return touches_own(c, a[0], a[1]) ||
		    ((a[3] & MREMAP_FIXED) != 0 && touches_own(c, a[4], a[2]));
	case SYS_mprotect:
	case SYS_munmap:
		return touches_own(c, a[0], a[1]);
	default:
		return false;
	}
}

/* The guard goes down as it was made, so what the call has set is set once more. */
bool guard_changed(struct control *c, struct tracee *t)
{
	const struct arch_call *call = &c->stretch.changing_call;
	bool is_it = c->stretch.changing == t;

	if (!is_it)
		return false;
	c->stretch.changing = NULL;
	guard(c, false);
	if ((call->number == SYS_mprotect && t->stop.result == 0) ||
	    (call->number == SYS_mmap && (uint64_t)t->stop.result == call->arguments[0]))
		protect(c, t, call->arguments[0], call->arguments[0] + call->arguments[1],
		    (unsigned)call->arguments[2]);
	c->regions_stale = true;
	return true;
}

/* A fetch from the person's pages, that the guard has made fail: maybe some time
 * ago, when an interrupt stopped the thread before its signal. */
static bool is_fetch(const struct control *c, const struct tracee *t, const siginfo_t *info)
{
	uint64_t pc = t->registers.word[REG_PC];
	const struct region_table *table;
	ssize_t i;

	if (info->si_signo != SIGSEGV || info->si_code != SEGV_ACCERR ||
	    (uint64_t)(uintptr_t)info->si_addr != pc || !in_own_pages(c, pc))
		return false;
	table = regions_at(&c->timeline->regions, c->timeline->frontier + 1);
	i = table != NULL ? region_find(table, pc) : -1;
	return i >= 0 && (table->regions[i].protection & PROT_EXEC) != 0;
}

bool is_guard_fault(struct control *c, struct tracee *t, const siginfo_t *info)
{
	uint64_t pc = t->registers.word[REG_PC];

	if (!is_fetch(c, t, info))
		return false;
	if (c->guarded)
		return true;
	if (t->stale_pc == pc && t->stale_at == c->timeline->frontier)
		return false;		/* again: it writes to where it stands */
	t->stale_pc = pc;
	t->stale_at = c->timeline->frontier;
	return true;
}
