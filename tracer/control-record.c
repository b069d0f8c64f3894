/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One instruction of the person's code, recorded. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tracer/control-private.h"

enum { DECODED_MIN = 1024 };

/* -- decoded instructions, by pc --------------------------------------------------- */

static struct decoded *slot_of(struct decoded *table, size_t capacity, uint64_t pc)
{
	size_t i = (size_t)((pc * 0x9e3779b97f4a7c15ull) >> 40) & (capacity - 1);

	while (table[i].pc != 0 && table[i].pc != pc)
		i = (i + 1) & (capacity - 1);
	return &table[i];
}

static bool decoded_grow(struct control *c)
{
	size_t capacity = c->decoded_capacity ? c->decoded_capacity * 2 : DECODED_MIN;
	struct decoded *table;

	if (c->decoded_count * 2 < c->decoded_capacity)
		return true;
	table = calloc(capacity, sizeof *table);
	if (table == NULL)
		return false;
	for (size_t i = 0; i < c->decoded_capacity; i++)
		if (c->decoded[i].pc != 0)
			*slot_of(table, capacity, c->decoded[i].pc) = c->decoded[i];
	free(c->decoded);
	c->decoded = table;
	c->decoded_capacity = capacity;
	return true;
}

void decode_forget(struct control *c)
{
	if (c->decoded_count > 0)
		memset(c->decoded, 0, c->decoded_capacity * sizeof *c->decoded);
	c->decoded_count = 0;
	reads_forget(c);
}

/* Code that can be written is looked at anew each time. */
bool decode_may_change(const struct control *c, uint64_t pc)
{
	const struct region_table *t = regions_at(&c->timeline->regions, c->timeline->frontier + 1);
	ssize_t i = region_find(t, pc);

	return i < 0 || (t->regions[i].protection & 2 /* PROT_WRITE */) != 0;
}

const struct decoded *decode_at(struct control *c, uint64_t pc)
{
	uint8_t bytes[DECODE_BYTES];
	struct decoded *d = c->decoded_capacity > 0 ?
	    slot_of(c->decoded, c->decoded_capacity, pc) : NULL;

	if (d != NULL && d->pc == pc && pc != 0)
		return d;
	timeline_peek(c->timeline, pc, bytes, sizeof bytes);
	if (decode_may_change(c, pc) || !decoded_grow(c)) {
		d = &c->uncached;
	} else {
		d = slot_of(c->decoded, c->decoded_capacity, pc);
		c->decoded_count++;
	}
	arch_decode(c->decoder, pc, bytes, sizeof bytes, d);
	return d;
}

/* -- regions ----------------------------------------------------------------------------- */

int rescan_regions(struct control *c, bool *changed)
{
	struct region *regions, *shown;
	size_t count;
	int error = process_regions(c->process, &regions, &count);

	*changed = false;
	if (error != 0)
		return error;
	c->data_pages = process_data_pages(c->process);
	shown = guard_hide(c, regions, &count);
	error = shown != NULL ? recorder_regions(&c->recorder, shown, count, changed) : -ENOMEM;
	free(shown);
	free(regions);
	if (*changed)
		decode_forget(c);
	return error;
}

/* The stack grows without a system call. */
static int check_mapped(struct control *c, const struct effect *e)
{
	const struct region_table *t;
	bool changed;

	if (e->length == 0 || pages_find(&c->timeline->pages, e->address / SHADOW_PAGE) != NULL)
		return 0;
	t = regions_at(&c->timeline->regions, c->timeline->frontier + 1);
	return region_find(t, e->address) >= 0 ? 0 : rescan_regions(c, &changed);
}

/* Is code there stepped, or run natively as a part of a call?  What a command wants
 * to enter counts where that has arrived: what was recorded before is made anew then. */
static bool is_recorded(const struct control *c, uint64_t pc)
{
	return is_stepped(c, pc) ||
	    (c->busy && c->command.enter && c->cursor == c->timeline->frontier);
}

/* The thread's vector state, into the record that it makes; if it is gone the record says that
 * nothing of it has changed. */
static void take_vector(struct control *c, const struct tracee *t, struct thread_change *change)
{
	if (tracee_get_vector(t, &c->vector) == 0)
		change->vector = &c->vector;
}

/* -- a record --------------------------------------------------------------------------------- */

static enum advance append(struct control *c, struct tracee *t, const struct decoded *d,
    const struct effect *e, enum record_kind kind)
{
	struct thread_change change = { .id = t->id, .registers = &t->registers };
	int error;

	/* First what *d is needed for: new regions make decoded instructions stale. */
	calls_update(c, t, d, 0, &change.pops, &change.pushes);
	change.added = registers_in_log(c, t) == NULL;
	/* A signal's delivery sets the vector registers to their initial state. */
	if (d == NULL || d->vector || e->anywhere || change.added)
		take_vector(c, t, &change);
	error = check_mapped(c, e);
	if (error == 0)
		error = recorder_effect(&c->recorder, e);
	if (!timeline_append(c->timeline, kind, &change, 1))
		error = -ENOMEM;
	else
		catch_arrived(c);
	c->incomplete = error != 0;
	t->own = true;
	return ADVANCED;
}

/* A handler's frame is written by the kernel: wherever the stack is. */
static enum advance deliver(struct control *c, struct tracee *t)
{
	struct effect e = { .anywhere = true };
	struct decoded none = { .class = CLASS_PLAIN };

	if (t->delivers)
		signal_delivered(c, t);
	tracee_block_trap(t);
	if (tracee_step_decoded(t, &none, true) != 0)
		return ADVANCE_PENDING;
	/* An interrupt that was on its way comes when the handler has been entered. */
	if (t->stop.kind != STOP_STEP && t->stop.kind != STOP_INTERRUPT) {
		on_process_stop(c, t);
		return ADVANCE_PENDING;
	}
	if (!is_recorded(c, t->registers.word[REG_PC])) {
		stretch_begin(c, STRETCH_CALL, t, 0);
		return ADVANCE_PENDING;
	}
	tracee_unblock_trap(t);
	call_over(c, t, -EINTR);
	t->in_call = false;
	append(c, t, NULL, &e, RECORD_SIGNAL);
	kept_masks(c);
	return ADVANCED;
}

/* What becomes of the thread's pending signals.  *none: there are none any longer, and what is
 * returned means nothing. */
static enum advance pending_signal(struct control *c, struct tracee *t, bool *none)
{
	*none = false;
	while (t->pending_count > 0) {
		if (is_guard_fault(c, t, &t->pending[0])) {
			tracee_drop_signal(t);
			continue;
		}
		switch (signal_next(c, t)) {
		case SIGNAL_HELD:
			return ADVANCE_HELD;
		case SIGNAL_PASSED:
			return deliver(c, t);
		case SIGNAL_DROPPED:
			signal_drop(c, t);
		}
	}
	*none = true;
	return ADVANCED;
}

/* It was another instruction than the record says (two mappings of one page), and
 * that is a system call: it ends through the loop, as those do. */
static enum advance not_a_step(struct control *c, struct tracee *t)
{
	decode_forget(c);
	process_unpin(c->process);
	c->stretch = (struct stretch){ .kind = STRETCH_KERNEL, .thread = t };
	clock_gettime(CLOCK_MONOTONIC, &c->stretch.began);
	on_process_stop(c, t);
	return ADVANCE_PENDING;
}

/* What stepping ended with, when it was not a step. */
static enum advance interrupted_step(struct control *c, struct tracee *t, const struct decoded *d,
    const struct registers *before)
{
	struct effect e;

	if (t->stop.kind == STOP_SIGNAL) {
		tracee_hold_signal(t, &t->stop.info);
	} else if (t->stop.kind == STOP_EXITING || t->stop.kind == STOP_GONE) {
		on_process_stop(c, t);
		return ADVANCE_PENDING;
	} else if (t->stop.kind != STOP_INTERRUPT || arch_in_call(&t->registers)) {
		return not_a_step(c, t);
	}
	if (memcmp(before, &t->registers, sizeof *before) == 0)
		return advance(c);		/* nothing has run */
	if (t->registers.word[REG_PC] == before->word[REG_PC])
		arch_effect(d, before, &t->registers, &e);	/* a part of a rep */
	else
		e = (struct effect){ .anywhere = true };
	return append(c, t, d, &e, RECORD_INSTRUCTION);
}

bool transfer(const struct control *c, struct tracee *t, const struct decoded *d)
{
	const struct region_table *table = regions_at(&c->timeline->regions, c->timeline->frontier + 1);
	ssize_t i = d->transfer != TRANSFER_NONE && table != NULL ? region_find(table, d->pc) : -1;

	/* Where it cannot be executed the step has to find that out. */
	return i >= 0 && (table->regions[i].protection & PROT_EXEC) != 0 &&
	    d->pc + d->size <= table->regions[i].end && tracee_transfer(t, d);
}

static enum advance step(struct control *c, struct tracee *t)
{
	const struct registers before = t->registers;
	const struct decoded *d = decode_at(c, t->registers.word[REG_PC]);
	struct effect e;

	if (d->class == CLASS_SYSCALL || t->in_call) {
		stretch_begin(c, STRETCH_KERNEL, t, 0);
		return ADVANCE_PENDING;
	}
	/* No jumps: one to itself, made by writing registers, would never let the program run, and
	 * no signal would come through. */
	if (!(d->class == CLASS_CALL && transfer(c, t, d)) && tracee_step_decoded(t, d, false) != 0)
		return ADVANCE_PENDING;		/* gone: its stop comes through the loop */
	if (t->stop.kind != STOP_STEP)
		return interrupted_step(c, t, d, &before);
	if (!is_recorded(c, t->registers.word[REG_PC])) {
		stretch_begin(c, STRETCH_CALL, t, d->class == CLASS_CALL ? d->pc + d->size : 0);
		return ADVANCE_PENDING;
	}
	arch_effect(d, &before, &t->registers, &e);
	return append(c, t, d, &e, RECORD_INSTRUCTION);
}

enum advance advance(struct control *c)
{
	struct tracee *t = c->current;
	enum advance a;
	bool none;

	if (t == NULL || !t->stopped)
		t = c->current = pick_thread(c, NULL);
	if (t == NULL)
		return ADVANCE_PENDING;		/* the last one's end is on its way */
	if (turn_arrive(c, t))
		return ADVANCED;
	a = pending_signal(c, t, &none);
	if (!none)
		return a;
	if (is_recorded(c, t->registers.word[REG_PC]) || is_catch_site(c, t->registers.word[REG_PC]))
		return step(c, t);
	stretch_begin(c, STRETCH_CALL, t, 0);
	return ADVANCE_PENDING;
}
