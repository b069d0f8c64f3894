/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Catching: positions that are no place in the person's code and yet where a
 * command stops.  Whether one is such a position is a function of the record and of
 * what is caught now, so both directions stop at the same ones:
 * - the thread stands at a system-call instruction, or at the entry of the C++
 *   runtime's function that throws or catches; native stretches end there;
 * - the step from it is a native stretch that had such a call within: one of the
 *   recorder, which nothing but the program ends, or one from before it was caught.
 */
#include <stdlib.h>
#include <string.h>

#include "tracer/control-private.h"

#define EXCEPTIONS	(1u << CATCH_THROW | 1u << CATCH_CATCH)

enum { NOTED_MAX = 10000 };	/* throws and catches of a session */

/* -- what is caught ----------------------------------------------------------------- */

/* What runs natively, and has its calls reported no more, has them reported again. */
static void report_again(struct control *c)
{
	bool natively = c->stretch.kind == STRETCH_RUN || c->stretch.kind == STRETCH_CALL;

	if (!c->catching.some_calls || !natively || ending(c) || ahead_goes_on(c))
		return;
	process_report_calls(c->process, true);
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->id > 0 && !t->exited)
			tracee_interrupt(t);
}

static void what_is_caught(struct control *c)
{
	struct catching *k = &c->catching;

	search_forget(c);
	k->some_calls = (k->kinds & (1u << CATCH_FORK | 1u << CATCH_EXEC | 1u << CATCH_EXIT)) != 0;
	for (size_t i = 0; i < sizeof k->calls; i++)
		k->some_calls |= k->calls[i] != 0;
	k->some = k->some_calls || (k->kinds & EXCEPTIONS) != 0;
	report_again(c);
}

void control_catch_calls(struct control *c, const int *numbers, size_t count)
{
	memset(c->catching.calls, 0, sizeof c->catching.calls);
	for (size_t i = 0; i < count; i++)
		if (numbers[i] >= 0 && numbers[i] < CONTROL_CALLS_MAX)
			c->catching.calls[numbers[i] / 8] |= (uint8_t)(1u << numbers[i] % 8);
	what_is_caught(c);
}

void control_catch_kinds(struct control *c, unsigned kinds)
{
	c->catching.kinds = kinds;
	what_is_caught(c);
}

/* -- C++ exceptions ------------------------------------------------------------------ */

static const struct runtime_site *site_at(struct control *c, uint64_t pc)
{
	unsigned kinds = c->catching.kinds & EXCEPTIONS;

	return kinds != 0 ? runtime_at(c, pc, kinds) : NULL;
}

bool is_catch_site(struct control *c, uint64_t pc)
{
	return site_at(c, pc) != NULL;
}

void catch_plant(struct control *c)
{
	bool all = c->stretch.kind == STRETCH_CALL && ahead_goes_on(c);

	runtime_plant(c, all ? EXCEPTIONS : c->catching.kinds & EXCEPTIONS);
}

static bool named_after(const struct control *c, const char *name, struct control_catch *found)
{
	const struct runtime_function *f = runtime_named(name, c->catching.kinds & EXCEPTIONS);

	if (f == NULL)
		return false;
	found->kind = (enum catch_kind)f->kind;
	found->function = f->name;
	return true;
}

/* The stretch has gone through such a function, as was noted or as its name says: it
 * is called after what the person's code called.  One that ends at the function is
 * not the one that goes through it. */
static bool thrown_within(struct control *c, uint64_t position, struct control_catch *found)
{
	const struct macro_event *m = events_macro_at(&c->timeline->events, position);
	const struct throw_event *t;
	struct brief b;
	size_t count;

	if ((c->catching.kinds & EXCEPTIONS) == 0)
		return false;
	if (position > c->timeline->frontier && c->stretch.kind == STRETCH_CALL && ahead_goes_on(c) &&
	    named_after(c, c->stretch.name, found))
		return true;
	if (m != NULL) {
		timeline_brief(c->timeline, position, &b);
		if (!is_catch_site(c, b.pc) && named_after(c, m->name, found))
			return true;
	}
	t = events_throws(&c->timeline->events, position, &count);
	for (size_t i = 0; i < count; i++)
		if (c->catching.kinds >> t[i].kind & 1) {
			found->kind = (enum catch_kind)t[i].kind;
			return true;
		}
	return false;
}

/* -- at a position ---------------------------------------------------------------------- */

bool control_catch_at(struct control *c, uint64_t position, struct control_catch *found)
{
	const struct catching *k = &c->catching;
	const struct runtime_site *site;
	struct brief b;

	*found = (struct control_catch){ .number = -1 };
	if (c->timeline == NULL || position > c->timeline->frontier)
		return false;
	found->kind = CATCH_SIGNAL;
	if (signal_stops(c, position, &found->number, &found->within))
		return true;
	found->within = false;
	if (!k->some)
		return false;
	timeline_brief(c->timeline, position, &b);
	if (b.kind == RECORD_WRITE || b.kind == RECORD_EXIT)
		return false;
	if ((site = site_at(c, b.pc)) != NULL) {
		found->kind = (enum catch_kind)site->of->kind;
		found->function = site->of->name;
		return true;
	}
	if (k->some_calls && catch_call_at(c, position, found))
		return true;
	found->within = true;
	return thrown_within(c, position + 1, found);
}

/* -- searching ----------------------------------------------------------------------------- */

static uint64_t next_site(struct control *c, uint64_t from, int direction)
{
	uint64_t pcs[RUNTIME_SITES];
	size_t n = runtime_addresses(c, c->catching.kinds & EXCEPTIONS, pcs);

	qsort(pcs, n, sizeof *pcs, address_compare);
	return n > 0 ? timeline_find_pc(c->timeline, pcs, n, from, direction) : NOWHERE;
}

static uint64_t next_within(struct control *c, const struct table *t, uint64_t from, int direction)
{
	struct control_catch found;

	for (uint64_t p = from + 1; (p = events_next(t, p, direction)) != NOWHERE; )
		if (thrown_within(c, p, &found))
			return p - 1;
	return NOWHERE;
}

uint64_t catch_next_throw(struct control *c, uint64_t from, int direction)
{
	const struct events *e = &c->timeline->events;
	uint64_t found;

	if ((c->catching.kinds & EXCEPTIONS) == 0)
		return NOWHERE;
	found = nearer(next_site(c, from, direction), next_within(c, &e->throws, from, direction), direction);
	return nearer(found, next_within(c, &e->macros, from, direction), direction);
}

/* -- while it runs ------------------------------------------------------------------------- */

/* In the recorder's stretch, which goes on: the command that waits for it ends. */
void catch_ends_command(struct control *c)
{
	if (c->busy && c->cursor == c->timeline->frontier && c->goal.from != c->cursor)
		command_finish(c, REASON_EXCEPTION);
}

bool catch_noted(struct control *c, struct tracee *t)
{
	const struct runtime_site *site = c->stretch.kind == STRETCH_CALL && ahead_goes_on(c) ?
	    runtime_at(c, t->registers.word[REG_PC], EXCEPTIONS) : NULL;
	struct throw_event event = { .position = c->timeline->frontier + 1, .thread = t->id };

	if (site == NULL || ending(c))
		return false;
	event.kind = (uint8_t)site->of->kind;
	if (c->timeline->events.throws.count < NOTED_MAX)
		events_throw(&c->timeline->events, &event);
	if (c->catching.kinds >> event.kind & 1)
		catch_ends_command(c);
	return true;
}
