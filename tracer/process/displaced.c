/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Over a planted breakpoint while it stays planted: the instruction below it is
 * done by a copy in a page of the tracer's own, so that no other thread can run
 * through unseen and nothing is taken out and put back.
 *
 * The page is the program's memory, but no part of the program: the region table
 * leaves it out, and whoever stops in it is told to stand where the copied
 * instruction is, before anybody looks; so signal frames and records have the
 * program's own pcs.  It lies a GiB away, clear of heap and libraries: where the
 * program's own mappings come to lie does not depend on breakpoints.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tracer/process/private.h"

enum {
	SCRATCH_SIZE = 4096, SLOT_BYTES = 64, SLOTS = SCRATCH_SIZE / SLOT_BYTES,
	PLACES = 16,		/* tried for a page */
	COPY_STEPS = 4,		/* that lead out of any copy */
	TRIES = 16,		/* to step over an instruction: with interrupts, 3 s */
};
static const uint64_t AWAY = 1ull << 30, APART = 16ull << 20, REACH = 3ull << 29, LOW = 1ull << 32;

struct slot {
	uint64_t address;		/* of the instruction */
	uint8_t original[ORIGINAL_BYTES];
	size_t original_length;
	struct displaced code;
};

struct scratch {
	uint64_t page;
	struct slot slots[SLOTS];
	size_t count;
};

void displaced_free(struct process *p)
{
	for (size_t i = 0; i < p->scratch_count; i++)
		free(p->scratches[i]);
}

/* Take [start, end) out of the one region that it is in. */
static size_t cut_out(struct region *regions, size_t count, uint64_t start, uint64_t end)
{
	size_t i = 0, behind;
	struct region *r;

	while (i < count && (start < regions[i].start || end > regions[i].end))
		i++;
	if (i == count)
		return count;
	r = &regions[i];
	behind = count - i - 1;
	if (r->start == start && r->end == end) {
		memmove(r, r + 1, behind * sizeof *r);
		return count - 1;
	}
	if (r->start < start && r->end > end) {
		memmove(r + 1, r, (behind + 1) * sizeof *r);
		r[0].end = start;
		r[1].start = end;
		return count + 1;
	}
	if (r->start == start)
		r->start = end;
	else
		r->end = start;
	return count;
}

/* The kernel joins equal neighbours, also on both sides of a page. */
void displaced_hide(const struct process *p, struct region *regions, size_t *count)
{
	for (size_t i = 0; i < p->scratch_count; i++)
		*count = cut_out(regions, *count, p->scratches[i]->page, p->scratches[i]->page + SCRATCH_SIZE);
}

/* -- making copies ------------------------------------------------------------------- */

static uint64_t map_page(struct tracee *t, uint64_t near)
{
	struct arch_call call = { SYS_mmap, { 0, SCRATCH_SIZE, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, (uint64_t)-1, 0 } };
	int64_t result;

	near -= near % SCRATCH_SIZE;
	for (unsigned i = 0; i < PLACES; i++) {
		uint64_t away = AWAY + i * APART;

		call.arguments[0] = near < LOW ? near + away : near - away;
		if (tracee_call(t, &call, &result) != 0)
			return 0;
		if ((uint64_t)result == call.arguments[0])
			return call.arguments[0];
		if (result != -EEXIST)
			return 0;
	}
	return 0;
}

static bool in_reach(uint64_t a, uint64_t b)
{
	return a - b + REACH < 2 * REACH;
}

static struct scratch *scratch_for(struct tracee *t, uint64_t address)
{
	struct process *p = t->process;
	struct scratch *s;

	for (size_t i = 0; i < p->scratch_count; i++)
		if (in_reach(p->scratches[i]->page, address) && p->scratches[i]->count < SLOTS)
			return p->scratches[i];
	if (p->scratch_count == SCRATCHES_MAX || (s = calloc(1, sizeof *s)) == NULL)
		return NULL;
	s->page = map_page(t, address);
	if (s->page == 0) {
		free(s);
		return NULL;
	}
	return p->scratches[p->scratch_count++] = s;
}

static uint64_t new_slot(struct tracee *t, struct arch_decoder *decoder, const struct slot *wanted)
{
	struct scratch *s = scratch_for(t, wanted->address);
	uint64_t at = s != NULL ? s->page + s->count * SLOT_BYTES : 0;
	struct slot *slot;

	if (at == 0)
		return 0;
	slot = &s->slots[s->count];
	*slot = *wanted;
	if (!arch_displace(decoder, slot->address, slot->original, slot->original_length, at, &slot->code) ||
	    process_write(t->process, at, slot->code.code, slot->code.length) != 0)
		return 0;
	s->count++;
	return at;
}

/* The copy for a planted address, if the code there is still the same. */
static uint64_t find_slot(const struct process *p, const struct slot *wanted)
{
	for (size_t i = 0; i < p->scratch_count; i++)
		for (size_t k = 0; k < p->scratches[i]->count; k++) {
			const struct slot *s = &p->scratches[i]->slots[k];

			if (s->address == wanted->address && s->original_length == wanted->original_length &&
			    memcmp(s->original, wanted->original, s->original_length) == 0)
				return p->scratches[i]->page + k * SLOT_BYTES;
		}
	return 0;
}

static uint64_t slot_of(struct tracee *t, struct planted *b, struct arch_decoder *decoder)
{
	struct slot wanted = { .address = b->address };
	struct process *p = t->process;

	if (b->looked)
		return b->slot;
	b->looked = true;
	wanted.original_length = process_read(p, b->address, wanted.original, sizeof wanted.original);
	process_hide_planted(p, b->address, wanted.original, wanted.original_length);
	b->slot = find_slot(p, &wanted);
	if (b->slot == 0)
		b->slot = new_slot(t, decoder, &wanted);
	return b->slot;
}

/* An interrupt was still to be told, and nothing is done yet, or not all of a rep. */
static bool stays(const struct tracee *t, uint64_t address)
{
	return t->registers.word[REG_PC] == address && t->stop.kind == STOP_INTERRUPT;
}

/* In its place, the breakpoint out for the moment. */
static int step_over(struct tracee *t, const struct planted *b, const struct decoded *d)
{
	struct process *p = t->process;
	uint64_t address = b->address;
	size_t planted = p->planted_count;
	int error = process_write(p, address, b->original, arch_breakpoint_size);
	bool watched = process_watch_steps(true);

	for (unsigned tries = 0; error == 0 && tries < TRIES; tries++) {
		error = d->class == CLASS_RUN_TO ? tracee_run_to(t, d->run_to) : tracee_step(t);
		if (!stays(t, address))
			break;
	}
	process_watch_steps(watched);
	process_unplant_behind(p, planted);
	if (error == 0 && t->stop.kind == STOP_STEP)
		error = arch_after_step(t->tid, d, &t->registers);
	if (error == 0)
		error = process_write(p, address, arch_breakpoint, arch_breakpoint_size);
	return error;
}

/* A signal comes before the instruction: its frame must have the address itself. */
static uint64_t displaces_to(struct tracee *t, struct planted *b, struct arch_decoder *decoder)
{
	return t->pending_count == 0 ? slot_of(t, b, decoder) : 0;
}

bool process_passes_in_place(struct tracee *t, struct arch_decoder *decoder)
{
	struct planted *b = process_planted_at(t->process, t->registers.word[REG_PC]);

	return b != NULL && displaces_to(t, b, decoder) == 0;
}

int process_pass(struct tracee *t, struct arch_decoder *decoder, const struct decoded *d)
{
	struct planted *b = process_planted_at(t->process, t->registers.word[REG_PC]);

	if (b == NULL)
		return tracee_step(t);
	t->slot = displaces_to(t, b, decoder);
	return t->slot != 0 ? 0 : step_over(t, b, d);
}

/* -- whoever stops in one ------------------------------------------------------------- */

static const struct slot *slot_around(const struct process *p, uint64_t pc, unsigned *offset)
{
	for (size_t i = 0; i < p->scratch_count; i++)
		if (pc - p->scratches[i]->page < SCRATCH_SIZE) {
			*offset = (unsigned)(pc % SLOT_BYTES);
			return &p->scratches[i]->slots[pc % SCRATCH_SIZE / SLOT_BYTES];
		}
	return NULL;
}

/* Of the instruction itself, which is going to fail again. */
static bool is_fault(const struct tracee *t)
{
	return t->stop.kind == STOP_SIGNAL && t->stop.info.si_code > 0 &&
	    signal_has_address(t->stop.info.si_signo);
}

static bool can_step(const struct tracee *t)
{
	return t->stop.kind == STOP_INTERRUPT || t->stop.kind == STOP_SIGNAL ||
	    t->stop.kind == STOP_STEP || t->stop.kind == STOP_WATCH;
}

/* What it was let go for is done first: else it would arrive at the breakpoint, which
 * it has passed, once more.  A plain instruction does not block, but the program can
 * have put another one there. */
static void finish(struct tracee *t)
{
	struct stop stop = t->stop;
	bool watched;
	int status, error;

	if (ptrace(PTRACE_SINGLESTEP, t->tid, NULL, NULL) != 0)
		return;
	watched = process_watch_steps(true);
	error = tracee_await(t, &status);
	process_watch_steps(watched);
	if (error != 0)
		return;
	tracee_classify(t, status);
	if (t->stop.kind == STOP_STEP)
		t->stop = stop;
	else if (stop.kind == STOP_SIGNAL)
		tracee_hold_signal(t, &stop.info);
}

void displaced_stop(struct tracee *t)
{
	unsigned offset;
	const struct slot *s = slot_around(t->process, t->registers.word[REG_PC], &offset);
	uint64_t pc;

	if (s == NULL)
		return;
	pc = s->address;
	for (unsigned i = 0; i < s->code.exit_count; i++)
		if (s->code.exits[i].offset == offset)
			pc = s->code.exits[i].pc;
	if (pc == s->address && can_step(t) && !(offset == 0 && is_fault(t)) &&
	    t->copy_steps < COPY_STEPS) {
		t->copy_steps++;
		finish(t);	/* comes back here */
		t->copy_steps--;
		return;
	}
	t->registers.word[REG_PC] = pc;
	t->moved = true;
}
