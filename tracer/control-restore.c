/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Memory, registers, signals and descriptors of a position, put back into the
 * program, and looked at again: what differs then is an error. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tracer/control-rewind.h"

enum { CHUNK = 16 * SHADOW_PAGE };

/* -- memory ------------------------------------------------------------------------- */

struct memory {
	struct rewind *rewind;
	struct view *view;
	uint8_t then[CHUNK], live[CHUNK];
	int error;
};

static int put_back(struct memory *m, uint64_t address, const uint8_t *bytes, size_t length)
{
	struct process *p = m->rewind->control->process;
	int error = process_restore(p, address, bytes, length);

	if (error != 0)
		return error;
	while (length > 0) {
		size_t n = length < CHUNK ? length : CHUNK;

		if (process_read(p, address, m->live, n) != n || memcmp(m->live, bytes, n) != 0)
			return -EIO;
		address += n;
		bytes += n;
		length -= n;
	}
	return 0;
}

/* What the record knows of, also where the program itself may not write. */
static bool put_change(void *arg, uint64_t address, const uint8_t *bytes, size_t length)
{
	struct memory *m = arg;
	const struct region_table *table = regions_at(&m->rewind->control->timeline->regions,
	    m->rewind->position);
	ssize_t i = region_find(table, address);

	if (i >= 0 && (table->regions[i].protection & PROT_READ))
		m->error = put_back(m, address, bytes, length);
	else if (i >= 0)	/* it can be read again later, and not now */
		m->error = process_write(m->rewind->control->process, address, bytes, length);
	return m->error == 0;
}

/* Whole pages that differ; maybe the record has missed some, and it is what people see. */
static int put_pages(struct memory *m, uint64_t address, size_t length)
{
	size_t got = process_read(m->rewind->control->process, address, m->live, length);
	int error = 0;

	if (!view_read_all(m->view, address, m->then, got))
		return -ENOMEM;
	for (size_t at = 0; at + SHADOW_PAGE <= got && error == 0; at += SHADOW_PAGE)
		if (memcmp(m->live + at, m->then + at, SHADOW_PAGE) != 0) {
			uint8_t page[SHADOW_PAGE];

			memcpy(page, m->then + at, SHADOW_PAGE);
			error = put_back(m, address + at, page, SHADOW_PAGE);
			if (error == 0)
				got = process_read(m->rewind->control->process, address, m->live, length);
		}
	return error;
}

static int put_region(struct memory *m, const struct region *r)
{
	int error = 0;

	if ((r->protection & (PROT_READ | PROT_WRITE)) != (PROT_READ | PROT_WRITE))
		return 0;
	for (uint64_t at = r->start; at < r->end && error == 0; at += CHUNK)
		error = put_pages(m, at, r->end - at < CHUNK ? (size_t)(r->end - at) : CHUNK);
	return error;
}

static int restore_memory(struct rewind *r)
{
	struct timeline *t = r->control->timeline;
	struct memory *m = calloc(1, sizeof *m);
	const struct region *regions;
	size_t count;
	int error;

	if (m == NULL)
		return -ENOMEM;
	m->rewind = r;
	timeline_changes(t, t->frontier, r->position, put_change, m);
	m->view = timeline_view(t, r->position, 0);
	if (m->view == NULL)
		m->error = -ENOMEM;
	regions = m->view != NULL ? view_regions(m->view, &count) : NULL;
	for (size_t i = 0; m->error == 0 && i < count; i++)
		m->error = put_region(m, &regions[i]);
	free(m->view);
	error = m->error;
	free(m);
	return error;
}

/* -- threads -------------------------------------------------------------------------- */

/* Where it was within a call, it stands before that: the call is made again. */
static int restore_thread(struct rewind *r, struct tracee *t, const struct moment_thread *then)
{
	struct registers registers = then->registers;
	struct timeline *timeline = r->control->timeline;
	struct vector_state vector;
	uint64_t mask;

	if (arch_in_call(&registers) && !arch_call_again(&registers))
		return -EAGAIN;
	t->pending_count = 0;
	t->in_call = false;
	if (events_mask_at(&timeline->events, r->position, t->id, &mask) &&
	    tracee_set_mask(t, mask) != 0)
		return -EIO;
	if (timeline_vector(timeline, r->position, t->id, &vector) &&
	    tracee_set_vector(t, &vector) != 0)
		return -EIO;
	if (tracee_set_registers(t, &registers) != 0 || !tracee_has_registers(t, &registers))
		return -EIO;
	return 0;
}

static int restore_threads(struct rewind *r)
{
	const struct moment *m = timeline_moment(r->control->timeline, r->position);
	int error = m != NULL ? 0 : -ENOMEM;

	for (struct tracee *t = process_threads(r->control->process); error == 0 && t != NULL; t = t->next)
		if (t->id > 0 && !t->exited)
			error = restore_thread(r, t, moment_find(m, t->id));
	return error;
}

/* -- what the kernel keeps ------------------------------------------------------------- */

static int call(struct tracee *t, long number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct arch_call call = { number, { a, b, c, d } };
	int64_t result = -EIO;
	int error = tracee_call(t, &call, &result);

	return error != 0 ? error : result < 0 ? (int)result : 0;
}

/* Memory that the program may write, to hand a call something in; its stack may be
 * anywhere.  0: there is none. */
static uint64_t scratch_of(const struct rewind *r)
{
	struct region *regions;
	uint64_t at = 0;
	size_t count;

	if (process_regions(r->control->process, &regions, &count) != 0)
		return 0;
	for (size_t i = 0; i < count && at == 0; i++)
		if (!regions[i].shared && (regions[i].protection & (PROT_READ | PROT_WRITE)) == (PROT_READ | PROT_WRITE))
			at = regions[i].start;
	free(regions);
	return at;
}

static int restore_action(struct rewind *r, struct tracee *t, uint64_t scratch, int number)
{
	struct process *p = r->control->process;
	uint8_t action[ACTION_SIZE], saved[ACTION_SIZE];
	int error, back;

	if (!kept_action(r->control, r->position, number, action) ||
	    process_read(p, scratch, saved, sizeof saved) != sizeof saved)
		return -EIO;
	error = process_write(p, scratch, action, sizeof action);
	if (error == 0)
		error = call(t, SYS_rt_sigaction, (uint64_t)number, scratch, 0, 8);
	back = process_write(p, scratch, saved, sizeof saved);
	return error != 0 ? error : back;
}

static int restore_actions(struct rewind *r, struct tracee *t)
{
	uint64_t scratch = r->actions != 0 ? scratch_of(r) : 0;
	int error = 0;

	for (int number = 1; number <= 64 && error == 0; number++)
		if (r->actions >> (number & 63) & 1)
			error = restore_action(r, t, scratch, number);
	return error;
}

static int close_files(struct rewind *r, struct tracee *t)
{
	int error = 0;

	for (unsigned fd = 0; fd < REWIND_FILES && error == 0; fd++)
		if (r->opened[fd])
			error = call(t, SYS_close, fd, 0, 0, 0);
	return error;
}

/* -- all of it ----------------------------------------------------------------------------- */

static struct tracee *first_thread(const struct control *c)
{
	struct tracee *t = process_threads(c->process);

	while (t != NULL && (t->id <= 0 || t->exited))
		t = t->next;
	return t;
}

/* What was sent since then is held, as what has arrived is: it is sent again. */
static int leave_calls(struct control *c)
{
	bool watched = process_watch_steps(true);
	int error = 0;

	for (struct tracee *t = process_threads(c->process); t != NULL && error == 0; t = t->next) {
		if (t->id <= 0 || t->exited)
			continue;
		error = tracee_leave_call(t);
		if (error == 0)
			error = tracee_take_signals(t);
	}
	process_watch_steps(watched);
	return error;
}

int program_restore(struct rewind *r)
{
	struct tracee *t = first_thread(r->control);
	int error = leave_calls(r->control);

	if (t == NULL)
		return -ESRCH;
	if (error == 0 && !guard(r->control, false))
		error = -EIO;
	if (error == 0)
		error = restore_actions(r, t);
	if (error == 0)
		error = regions_restore(r, t);
	if (error == 0 && !regions_are_restored(r))
		error = -EIO;
	if (error == 0)
		error = restore_memory(r);
	if (error == 0)
		error = close_files(r, t);
	return error != 0 ? error : restore_threads(r);
}
