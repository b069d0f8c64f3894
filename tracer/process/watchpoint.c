/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Watched memory.  The debug registers are the thread's own: each is given them
 * before it runs natively, a new one as well (clone(2) does not hand them on), and
 * they are taken away again at the end of the stretch, so that no single step and
 * no call made for the tracer meets them.  The program cannot read them.
 */
#include "tracer/process/private.h"

#include <sys/ptrace.h>

#include "src/log.h"

enum { LENGTH_MAX = 8, QUEUE_MAX = 16 };

/* The longest naturally aligned piece at address. */
static uint8_t piece_length(uint64_t address, uint64_t left)
{
	uint8_t length = LENGTH_MAX;

	while (length > left || address % length != 0)
		length /= 2;
	return length;
}

static bool has_slot(const struct watch_slot *slots, size_t count, const struct watch_slot *slot)
{
	for (size_t i = 0; i < count && i < WATCH_SLOTS; i++)
		if (slots[i].address == slot->address && slots[i].length == slot->length &&
		    slots[i].reads == slot->reads)
			return true;
	return false;
}

size_t watch_split(const struct watch_range *ranges, size_t count, struct watch_slot slots[WATCH_SLOTS])
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t address = ranges[i].address, left = ranges[i].length;

		while (left > 0 && n <= WATCH_SLOTS) {
			struct watch_slot slot = { address, piece_length(address, left), ranges[i].reads };

			if (!has_slot(slots, n, &slot)) {
				if (n < WATCH_SLOTS)
					slots[n] = slot;
				n++;
			}
			address += slot.length;
			left -= slot.length;
		}
	}
	return n;
}

void process_watch(struct process *p, const struct watch_slot *slots, size_t count)
{
	p->slot_count = count < WATCH_SLOTS ? count : WATCH_SLOTS;
	for (size_t i = 0; i < p->slot_count; i++)
		p->slots[i] = slots[i];
	p->watch_plan++;
}

void watch_arm(struct tracee *t)
{
	struct process *p = t->process;

	if (!p->watching || t->id <= 0 || (t->watches && t->watch_plan == p->watch_plan))
		return;
	t->watches = arch_watch_set(t->tid, p->slots, p->slot_count) == 0;
	t->watch_plan = p->watch_plan;
	if (!t->watches && t->stop.kind != STOP_EXITING)
		log_warning("thread %d cannot watch memory", t->id);
}

void process_watch_on(struct process *p, bool on)
{
	p->watching = on && p->slot_count > 0;
	for (struct tracee *t = p->threads; !on && t != NULL; t = t->next)
		if (t->watches && t->stopped) {
			arch_watch_set(t->tid, NULL, 0);
			t->watches = false;
		}
}

/* A program can send itself a signal that looks the same: the registers know. */
bool watch_made_stop(struct tracee *t)
{
	struct process *p = t->process;
	unsigned slots;

	if (!t->watches || t->stop.info.si_code != TRAP_HWBKPT)
		return false;
	slots = arch_watch_hit(t->tid, (uint64_t)(uintptr_t)t->stop.info.si_addr, p->slots, p->slot_count);
	t->stop.watched = t->watch_plan == p->watch_plan ? slots : 0;
	return slots != 0;
}

bool watch_stop_follows(const struct tracee *t)
{
	struct __ptrace_peeksiginfo_args args = { .nr = QUEUE_MAX };
	siginfo_t queue[QUEUE_MAX];
	long n = t->watches ? ptrace(PTRACE_PEEKSIGINFO, t->tid, &args, queue) : 0;

	for (long i = 0; i < n; i++)
		if (queue[i].si_signo == SIGTRAP && queue[i].si_code == TRAP_HWBKPT)
			return true;
	return false;
}

int tracee_finish_access(struct tracee *t, bool *done)
{
	unsigned slots = t->stop.watched;
	int error;

	*done = true;
	if (!arch_watch_before)
		return 0;
	arch_watch_set(t->tid, NULL, 0);
	t->watches = false;
	error = tracee_step(t);
	*done = error == 0 && t->stop.kind == STOP_STEP;
	t->stop.watched = slots;
	return error;
}
