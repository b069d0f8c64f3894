/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A person changes the program at its newest moment: a record of its own. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tracer/control-private.h"

/* The answer to the last command stays as it was. */
static bool is_full(struct control *c)
{
	const struct control_limit hit = c->hit;
	const bool has_hit = c->has_hit, full = limit_reached(c);

	c->hit = hit;
	c->has_hit = has_hit;
	return full;
}

static struct tracee *newest_thread(const struct control *c)
{
	struct tracee *t = process_threads(c->process);

	while (t != NULL && t->id != c->timeline->newest.thread)
		t = t->next;
	return t;
}

static int check(struct control *c, struct tracee **t)
{
	if (c->busy || !c->started || c->stretch.kind != STRETCH_NONE)
		return -EBUSY;
	if (has_ended(c))
		return -EPIPE;
	if (c->cursor != c->timeline->frontier)
		return -ESTALE;
	if (is_full(c))
		return -EDQUOT;
	*t = newest_thread(c);
	return *t != NULL && (*t)->stopped && !(*t)->exited && registers_in_log(c, *t) != NULL ? 0 : -EPIPE;
}

static const struct region *region_at(const struct control *c, uint64_t address)
{
	const struct region_table *t = regions_at(&c->timeline->regions, c->timeline->frontier + 1);
	ssize_t i = region_find(t, address);

	return i >= 0 ? &t->regions[i] : NULL;
}

/* -- the record ---------------------------------------------------------------- */

/* A fault comes again if nothing has mended it; other signals are still to come. */
static void carry_signal(struct control *c, struct tracee *t)
{
	struct events *e = &c->timeline->events;
	const struct signal_event *held = events_signal_at(e, c->timeline->frontier - 1);
	struct signal_event still;

	c->reason = REASON_STEP;
	if (t->pending_count > 0 && signal_is_fault(&t->pending[0])) {
		tracee_drop_signal(t);
	} else if (held != NULL) {
		still = *held;
		still.position = c->timeline->frontier;
		events_signal(e, &still);
		c->reason = REASON_EXCEPTION;
	}
}

/* error: of what was recorded of the memory. */
static int append(struct control *c, struct tracee *t, const struct registers *registers, bool moved,
    const struct vector_state *vector, int error)
{
	struct thread_change change = { .id = t->id, .registers = registers, .vector = vector };

	if (moved)
		calls_rebuild(c, t, &change.pops, &change.pushes);
	if (!timeline_append(c->timeline, RECORD_WRITE, &change, 1)) {
		c->incomplete = true;
		return -ENOMEM;
	}
	c->incomplete = error != 0 || !events_change(&c->timeline->events, c->timeline->frontier);
	c->cursor = c->ahead.anchor = c->timeline->frontier;
	c->has_hit = false;
	t->own = is_stepped(c, registers->word[REG_PC]);
	carry_signal(c, t);
	return 0;
}

/* -- memory --------------------------------------------------------------------- */

/* At most two regions: a page is the least. */
static int find_regions(struct control *c, uint64_t address, size_t length,
    const struct region **first, const struct region **last)
{
	bool changed;
	int error;

	*first = region_at(c, address);
	*last = region_at(c, address + length - 1);
	if (*first != NULL && *last != NULL)
		return 0;
	error = rescan_regions(c, &changed);	/* the stack grows without a record */
	if (error != 0)
		return error;
	*first = region_at(c, address);
	*last = region_at(c, address + length - 1);
	return *first != NULL && *last != NULL ? 0 : -EFAULT;
}

/* Decoded instructions are stale, and maybe the one that calls are made by. */
static void code_changed(struct control *c)
{
	const struct region_table *t = regions_at(&c->timeline->regions, c->timeline->frontier + 1);

	decode_forget(c);
	process_find_syscall(c->process, t->regions, t->count);
}

int control_write_memory(struct control *c, uint64_t address, const void *bytes, size_t length)
{
	uint8_t old[CONTROL_WRITE_MAX];
	const struct region *first, *last;
	struct registers registers;
	struct tracee *t;
	int error = check(c, &t);

	if (error != 0)
		return error;
	if (length == 0 || length > sizeof old || address + length < address ||
	    process_read(c->process, address, old, length) != length)
		return -EFAULT;
	error = find_regions(c, address, length, &first, &last);
	if (error != 0)
		return error;
	error = process_write(c->process, address, bytes, length);
	if (error != 0) {
		process_write(c->process, address, old, length);	/* what had been written */
		return -EIO;
	}
	if ((first->protection | last->protection) & PROT_EXEC)
		code_changed(c);
	if (!timeline_write(c->timeline, address, bytes, length))
		error = -ENOMEM;
	else if (first->shared || last->shared)		/* may be mapped elsewhere, too */
		error = recorder_compare(&c->recorder, false);
	/* Held within a call that is not recorded yet, the thread has others than the record. */
	registers = *registers_in_log(c, t);
	return append(c, t, &registers, false, NULL, error);
}

/* -- registers -------------------------------------------------------------------- */

static bool is_code(const struct control *c, uint64_t pc)
{
	const struct region *r = region_at(c, pc);

	return r != NULL && (r->protection & PROT_EXEC) != 0;
}

int control_write_register(struct control *c, int index, uint64_t value)
{
	struct registers changed;
	struct tracee *t;
	int error = check(c, &t);

	if (error != 0)
		return error;
	changed = t->registers;
	changed.word[index] = value;
	if ((value ^ t->registers.word[index]) & register_table[index].fixed)
		return -EPERM;
	if (t->in_call || arch_in_call(&t->registers))
		return -EAGAIN;
	if (arch_in_call(&changed))	/* the kernel would take it for one that it has interrupted */
		return -EINVAL;
	if (index == REG_PC && !is_code(c, value))
		return -EFAULT;
	error = tracee_set_registers(t, &changed);
	if (error != 0)
		return error == -ESRCH ? -EPIPE : -EINVAL;
	return append(c, t, &t->registers, index == REG_PC || index == REG_SP, NULL, 0);
}

int control_write_vector(struct control *c, const struct vector_register *r, const uint8_t *bytes)
{
	struct tracee *t;
	int error = check(c, &t);

	if (error != 0)
		return error;
	if (t->in_call || arch_in_call(&t->registers))
		return -EAGAIN;
	error = tracee_get_vector(t, &c->vector);
	if (error == 0 && !vector_exists(&c->vector, r->kind))
		return -EINVAL;
	if (error == 0) {
		vector_put(&c->vector, r, bytes);
		error = tracee_set_vector(t, &c->vector);
	}
	if (error == 0)		/* as the machine took it */
		error = tracee_get_vector(t, &c->vector);
	if (error != 0)
		return error == -ESRCH ? -EPIPE : error == -ENOMEM ? -ENOMEM : -EINVAL;
	return append(c, t, &t->registers, false, &c->vector, 0);
}
