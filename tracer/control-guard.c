/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The guard: the pages of the person's code are not executable while foreign code
 * runs natively, and whoever comes back to them faults there. */
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

/* A stopped thread that can be made to call: not one that is in a call. */
static struct tracee *caller(struct control *c)
{
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->id > 0 && t->stopped && !t->exited && t->stop.kind != STOP_SYSCALL &&
		    t->stop.kind != STOP_CLONE && t->stop.kind != STOP_FORK && t->stop.kind != STOP_EXITING)
			return t;
	return NULL;
}

static bool guarded_call(struct control *c, struct tracee *t, int protection)
{
	size_t count;
	const struct image_range *ranges = image_own_pages(c->setup.image, &count);

	for (size_t i = 0; i < count; i++) {
		struct arch_call call = { SYS_mprotect, { ranges[i].start,
		    ranges[i].end - ranges[i].start, (uint64_t)protection } };
		int64_t result = -1;

		if (tracee_call(t, &call, &result) != 0 || result != 0)
			return false;
	}
	return true;
}

bool guard(struct control *c, bool on)
{
	struct tracee *t = caller(c);

	if (c->guarded == on)
		return true;
	if (t == NULL || !guarded_call(c, t, on ? PROT_READ : PROT_READ | PROT_EXEC))
		return false;
	c->guarded = on;
	return true;
}

/* A fetch from the person's pages, that the guard has made fail: maybe some time
 * ago, when an interrupt stopped the thread before its signal. */
bool is_guard_fault(const struct control *c, const struct tracee *t, const siginfo_t *info)
{
	uint64_t pc = t->registers.word[REG_PC];
	const struct region_table *table;
	ssize_t i;

	if (info->si_signo != SIGSEGV || info->si_code != SEGV_ACCERR ||
	    (uint64_t)(uintptr_t)info->si_addr != pc || !in_own_pages(c, pc))
		return false;
	table = regions_at(&c->timeline->regions, c->timeline->frontier + 1);
	i = table != NULL ? region_find(table, pc) : -1;
	return c->guarded || (i >= 0 && (table->regions[i].protection & PROT_EXEC) != 0);
}
