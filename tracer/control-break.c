/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Breakpoints.  An address is where one may stop; whether it does is asked of
 * the session, once at each arrival: at a position of the record, or of a thread
 * that runs natively, before anything is recorded.  What does not stop there
 * goes on within its stretch.
 */
#include <errno.h>
#include <stdlib.h>

#include "tracer/control-private.h"

int address_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

bool is_breakpoint(const struct control *c, uint64_t pc)
{
	const struct breaking *b = &c->breaking;

	return b->count > 0 && bsearch(&pc, b->addresses, b->count, sizeof pc, address_compare) != NULL;
}

void breaking_free(struct control *c)
{
	free(c->breaking.addresses);
}

/* A system call may block: it is stepped by the recorder, and the record is asked. */
static bool can_pass(struct control *c, uint64_t pc)
{
	uint8_t class = decode_at(c, pc)->class;

	return class != CLASS_SYSCALL && class != CLASS_TRAP;
}

static bool was_asked(struct control *c, const struct tracee *t)
{
	const struct brief *newest = &c->timeline->newest;

	return newest->thread == t->id && newest->pc == t->registers.word[REG_PC] &&
	    (is_breakpoint(c, newest->pc) || remake_is_planted(c, newest->pc) ||
	    is_catch_site(c, newest->pc) || newest->pc == c->breaking.loader);
}

/* The person's code is guarded in a library call: there only those outside of it. */
void breakpoints_plant(struct control *c)
{
	const struct tracee *t = c->stretch.thread;
	bool all = c->stretch.kind == STRETCH_RUN;
	/* It leaves there, by a call that nothing can be put in front of. */
	uint64_t leaves = t != NULL && was_asked(c, t) && !can_pass(c, t->registers.word[REG_PC]) ?
	    t->registers.word[REG_PC] : 0;
	uint64_t loader[RUNTIME_SITES];

	for (size_t i = 0; i < c->breaking.count && all; i++)
		process_plant(c->process, c->breaking.addresses[i]);
	if (!all && c->breaking.replant)
		c->stretch.made = remake_decide(c);
	if (!all)
		remake_plant(c, leaves);
	c->breaking.replant = false;
	c->breaking.loader = all && (c->breaking.awaits_images || over_awaits_libraries(c)) &&
	    runtime_addresses(c, 1u << RUNTIME_LOADER, loader) > 0 ? loader[0] : 0;
	if (c->breaking.loader != 0)
		process_plant(c->process, c->breaking.loader);
}

void control_await_images(struct control *c, bool on)
{
	c->breaking.awaits_images = on;
}

/* A thread that runs has to stop for a moment: memory is written by its tracer.  What the
 * recorder has run knows none that came later. */
static void replant(struct control *c)
{
	if ((c->stretch.kind != STRETCH_RUN && (c->stretch.kind != STRETCH_CALL || ahead_goes_on(c))) ||
	    c->stretch.end != END_NONE)
		return;
	c->breaking.replant = true;
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->id > 0 && !t->stopped && !t->exited) {
			tracee_interrupt(t);
			return;
		}
}

int control_set_breakpoints(struct control *c, const uint64_t *addresses, size_t count)
{
	uint64_t *copy = malloc((count + 1) * sizeof *copy);

	if (copy == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		copy[i] = addresses[i];
	qsort(copy, count, sizeof *copy, address_compare);
	free(c->breaking.addresses);
	c->breaking.addresses = copy;
	c->breaking.count = count;
	search_forget(c);
	if (!remake_wanted(c))
		return -ENOMEM;
	replant(c);
	if (c->busy)
		pump_soon(c);
	return 0;
}

/* -- does it stop? ------------------------------------------------------------------- */

uint64_t control_arrived_at(struct control *c, uint64_t position)
{
	struct brief b;

	timeline_brief(c->timeline, position, &b);
	return b.kind != RECORD_WRITE && b.kind != RECORD_EXIT ? b.pc : 0;
}

bool breakpoint_stops(struct control *c, const struct brief *b)
{
	struct view *view;
	bool stops;

	if (b->kind == RECORD_WRITE || b->kind == RECORD_EXIT || !is_breakpoint(c, b->pc))
		return false;
	if (c->setup.stops == NULL || (c->breaking.decided == b->position && b->position > 0))
		return true;
	view = timeline_view(c->timeline, b->position, 0);
	stops = view == NULL || c->setup.stops(c->setup.arg, b->position, view);
	free(view);
	return stops;
}

bool breakpoint_passed(struct control *c, struct tracee *t)
{
	uint64_t pc = t->registers.word[REG_PC];
	struct live_view live;

	if (c->stretch.kind != STRETCH_RUN || over_ends(c, t) || pc == c->breaking.loader || !can_pass(c, pc))
		return false;
	if (!is_breakpoint(c, pc))
		return true;	/* planted for a step's end, or taken back since */
	if (c->setup.stops == NULL)
		return false;
	live_view_init(&live, c, t);
	if (!c->setup.stops(c->setup.arg, live.view.position, &live.view))
		return true;
	c->breaking.decided = live.view.position;
	return false;
}

/* -- on from there --------------------------------------------------------------------- */

bool breakpoint_arrived(struct control *c, const struct tracee *t)
{
	return remake_is_planted(c, t->registers.word[REG_PC]) && !was_asked(c, t);
}

bool breakpoint_can_leave(struct control *c, const struct tracee *t)
{
	return !was_asked(c, t) || can_pass(c, t->registers.word[REG_PC]);
}

/* false: it has stopped for another reason, or is gone and its stop comes. */
static bool goes_over(struct control *c, struct tracee *t)
{
	if (process_pass(t, c->decoder, decode_at(c, t->registers.word[REG_PC])) != 0)
		return false;
	if (t->slot != 0 || t->stop.kind == STOP_STEP)
		return true;
	on_process_stop(c, t);
	return false;
}

void breakpoint_leave(struct control *c, struct tracee *t)
{
	if (was_asked(c, t) && process_planted(c->process, t->registers.word[REG_PC]))
		goes_over(c, t);
}

void breakpoint_pass(struct control *c, struct tracee *t)
{
	c->stretch.passing_in_place = process_passes_in_place(t, c->decoder);
	if (c->stretch.passing_in_place)
		stretch_pass(c, t);
	else if (goes_over(c, t))
		stretch_go(c, t);
}

void breakpoint_pass_alone(struct control *c, struct tracee *t)
{
	c->stretch.passing = NULL;
	goes_over(c, t);
	stretch_go_on(c);
}
