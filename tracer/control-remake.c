/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What was recorded ahead of the cursor was a guess, and is made anew where a
 * command wants it otherwise: library calls that a breakpoint lies in, and one
 * that is to be stepped into.  The command goes through the record as far as that
 * is what it wants; then the program is taken back to the call, and goes on.
 *
 * Where a command leads must not depend on how far the recorder has come.  So
 * library calls end at breakpoints that commands have decided on, at the call that
 * they went through first with one that was not among them; the recorder uses the
 * same ones until another command decides.  A call that was recorded meanwhile
 * without it is recorded once more, one that was not yet is recorded with it: both
 * come to the same positions.  One that is too many does no harm, for it stops
 * nothing; so they are forgotten only together.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/control-private.h"

enum {
	TRIES_MAX = 64,		/* library calls that one command tries to go back to, in vain */
	PATIENCE = 256,		/* turns of the loop, a quarter of a millisecond each … */
	STEPS_AT_ONCE = 16,	/* … or so many steps */
};

/* -- sets of breakpoints --------------------------------------------------------------- */

static bool has(const struct break_set *s, uint64_t address)
{
	return s->count > 0 && bsearch(&address, s->addresses, s->count, sizeof address, address_compare) != NULL;
}

static bool includes(const struct break_set *s, const struct break_set *other)
{
	for (size_t i = 0; i < other->count; i++)
		if (!has(s, other->addresses[i]))
			return false;
	return true;
}

static struct break_set *newest(struct control *c)
{
	return &c->remaking.sets[c->remaking.newest % REMADE_SETS];
}

/* Does the set of this number include what is wanted now?  An old set is overwritten by the
 * one REMADE_SETS later; then it counts as empty. */
static bool covers(const struct control *c, unsigned number)
{
	const struct remaking *m = &c->remaking;

	if (number + REMADE_SETS <= m->newest)
		return m->wanted.count == 0;
	return m->sets[number % REMADE_SETS].covers;
}

bool remake_wanted(struct control *c)
{
	struct remaking *m = &c->remaking;
	const struct breaking *b = &c->breaking;
	uint64_t *addresses = calloc(b->count + 1, sizeof *addresses);
	size_t n = 0;

	if (addresses == NULL)
		return false;
	for (size_t i = 0; i < b->count; i++)
		if (!image_is_own(c->setup.image, b->addresses[i]))
			addresses[n++] = b->addresses[i];
	free(m->wanted.addresses);
	m->wanted = (struct break_set){ .addresses = addresses, .count = n };
	for (size_t i = 0; i < REMADE_SETS; i++)
		m->sets[i].covers = includes(&m->sets[i], &m->wanted);
	return true;
}

/* A new set, of what is wanted now.  Without memory for it the old one is used on, and calls
 * are passed as those of the record are that cannot be made anew. */
static void plant_wanted(struct control *c)
{
	struct remaking *m = &c->remaking;
	uint64_t *copy = calloc(m->wanted.count + 1, sizeof *copy);
	struct break_set *s;

	if (copy == NULL)
		return;
	for (size_t i = 0; i < m->wanted.count; i++)
		copy[i] = m->wanted.addresses[i];
	m->newest++;
	s = newest(c);
	free(s->addresses);
	*s = (struct break_set){ .addresses = copy, .count = m->wanted.count, .covers = true };
}

/* Nothing is wanted yet. */
void remake_init(struct control *c)
{
	c->remaking.newest = 1;
	c->remaking.held = c->remaking.tried = NOWHERE;
	for (size_t i = 0; i < REMADE_SETS; i++)
		c->remaking.sets[i].covers = true;
}

void remake_free(struct control *c)
{
	free(c->remaking.wanted.addresses);
	for (size_t i = 0; i < REMADE_SETS; i++)
		free(c->remaking.sets[i].addresses);
}

/* -- what library calls end at --------------------------------------------------------- */

static bool goes_forward(const struct control *c)
{
	return c->busy && !c->command.backwards && c->command.kind != CONTROL_SEEK;
}

/* Only a command at the frontier decides on a new set: when the newest lacks something that is
 * wanted; and when the recorder has no part in it, also when it has too many. */
unsigned remake_decide(struct control *c)
{
	const struct remaking *m = &c->remaking;
	bool arrived = goes_forward(c) && c->cursor == c->timeline->frontier;

	if (arrived && (!covers(c, m->newest) ||
	    (!ahead_goes_on(c) && newest(c)->count != m->wanted.count)))
		plant_wanted(c);
	return m->newest;
}

void remake_plant(struct control *c, uint64_t but)
{
	const struct break_set *s = newest(c);

	for (size_t i = 0; i < s->count; i++)
		if (s->addresses[i] != but)
			process_plant(c->process, s->addresses[i]);
}

bool remake_is_planted(const struct control *c, uint64_t pc)
{
	return has(&c->remaking.sets[c->remaking.newest % REMADE_SETS], pc);
}

/* -- what the record lacks --------------------------------------------------------------- */

/* Is a library call that was recorded with set `made' (0: it is no library call) not what the
 * command under way wants?  With the policy `step' commands have recorded it, and nothing was
 * guessed: it is made anew only to be entered. */
static bool lacks(const struct control *c, unsigned made)
{
	if (made == 0 || !goes_forward(c))
		return false;
	return c->command.enter || (c->ahead.policy != RECORDS_STEPS && !covers(c, made));
}

static bool lacks_next(const struct control *c)
{
	const struct macro_event *m = events_macro_at(&c->timeline->events, c->cursor + 1);

	return m != NULL && m->position > c->remaking.given_up && c->remaking.tried != c->cursor &&
	    lacks(c, m->made);
}

uint64_t remake_next(struct control *c, uint64_t from, int direction)
{
	const struct macro_event *m;

	if (direction < 0 || !goes_forward(c) || (c->remaking.wanted.count == 0 && !c->command.enter))
		return NOWHERE;
	while ((m = events_macro_after(&c->timeline->events, from)) != NULL) {
		if (m->position > c->remaking.given_up && lacks(c, m->made))
			return m->position;
		from = m->position;
	}
	return NOWHERE;
}

/* If it does the recorder must not go on by itself: it would make the call with the old set, and
 * the command would have it made again. */
bool remake_decides(struct control *c)
{
	const struct brief *b = &c->timeline->newest;
	bool wants = goes_forward(c) && (c->command.enter || !covers(c, c->remaking.newest));

	if (lacks_next(c))
		return true;
	if (c->current != NULL && c->current->pending_count > 0)
		return false;
	if (!is_stepped(c, b->pc))
		return wants || is_breakpoint(c, b->pc);
	return wants && decode_at(c, b->pc)->class == CLASS_CALL;
}

/* -- while no command goes on ---------------------------------------------------------------- */

bool remake_holds(const struct control *c)
{
	return !c->busy && c->remaking.held == c->timeline->frontier;
}

/* A person who has stopped in a library looks around there, step by step: the recorder must not
 * run the rest of the call meanwhile. */
static void hold(struct control *c)
{
	bool stays = c->command.enter || c->reason == REASON_BREAKPOINT;

	if (c->cursor == c->timeline->frontier)
		c->remaking.held = stays && !is_stepped(c, c->timeline->newest.pc) ?
		    c->timeline->frontier : NOWHERE;
}

void remake_over(struct control *c)
{
	struct remaking *m = &c->remaking;

	if (c->command.backwards || c->command.kind == CONTROL_SEEK)
		return;
	hold(c);
	if (m->error == 0 || c->command.enter)
		return;
	if (c->setup.on_unheard != NULL)
		c->setup.on_unheard(c->setup.arg, m->error, &m->obstacle, m->given_up);
	m->error = 0;
}

void remake_begin(struct control *c)
{
	c->remaking.tried = NOWHERE;
	c->remaking.given_up = 0;
	c->remaking.tries = 0;
	c->remaking.patience = PATIENCE;
}

/* -- making it anew ----------------------------------------------------------------------------- */

/* A person's change is no guess. */
static int judge(struct control *c, struct control_obstacle *o)
{
	uint64_t change = events_next(&c->timeline->events.changes, c->cursor, 1);

	memset(o, 0, sizeof *o);
	if (change == NOWHERE)
		return rewind_judge(c, c->cursor, o);
	o->position = change;
	strcpy(o->what, "a change");
	strcpy(o->why, "it was made by hand and would be lost");
	return -EPERM;
}

static enum remake give_up(struct control *c, int error, const struct control_obstacle *o)
{
	struct remaking *m = &c->remaking;
	uint64_t frontier = c->timeline->frontier;

	if (m->error == 0) {
		m->error = error;
		m->obstacle = *o;
	}
	if (c->command.enter) {
		c->cursor = c->goal.from;
		command_finish(c, c->reason);
		return REMAKE_REFUSED;
	}
	/* Behind the obstacle calls may be made anew again.  One that has no position of its own yet
	 * says nothing of how far it reaches: then only this call is passed, a number of times. */
	if (error == -EPERM && o->position > c->cursor && o->position < frontier)
		m->given_up = o->position;
	else
		m->given_up = error == -EPERM && ++m->tries < TRIES_MAX ? c->cursor + 1 : frontier;
	return REMAKE_NOTHING;
}

/* Within raise(3) and its like all signals are blocked for some instructions while one is on its
 * way.  Whether the recorder is just there must not decide if the program can be taken back: it goes on. */
static bool signal_passes(struct control *c)
{
	bool waits = false;

	if (c->remaking.patience == 0 || (c->stretch.kind == STRETCH_NONE && !ahead_goes_on(c)))
		return false;
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		waits |= t->id > 0 && !t->exited && tracee_signal_waits(t);
	c->remaking.patience -= waits;
	return waits;
}

static enum remake later(struct control *c)
{
	c->remaking.tried = NOWHERE;
	for (unsigned n = 0; n < STEPS_AT_ONCE && c->stretch.kind == STRETCH_NONE && ahead_goes_on(c); n++)
		if (advance(c) != ADVANCED)
			break;
	pump_soon(c);
	return REMAKE_PENDING;
}

enum remake remake(struct control *c)
{
	struct control_obstacle o;
	int error;

	if (!lacks_next(c))
		return REMAKE_NOTHING;
	error = judge(c, &o);
	if (error == 0 && c->stretch.kind != STRETCH_NONE) {
		if (c->stretch.end == END_NONE)
			stretch_end(c, END_PAUSED, c->stretch.thread);
		return REMAKE_PENDING;
	}
	c->remaking.tried = c->cursor;
	if (error == 0)
		error = rewind_live(c, c->cursor, &o);
	if (error == -EPERM && signal_passes(c))
		return later(c);
	if (error != 0)
		return give_up(c, error, &o);
	if (c->ahead.anchor > c->cursor)
		c->ahead.anchor = c->cursor;
	if (c->setup.on_cut != NULL)
		c->setup.on_cut(c->setup.arg);
	return REMAKE_DONE;
}

void remake_waiting(struct control *c)
{
	if (c->cursor == c->timeline->frontier && c->stretch.end == END_NONE &&
	    c->remaking.tried != c->cursor && lacks(c, c->stretch.made))
		stretch_end(c, END_PAUSED, c->stretch.thread);
}

int control_failed(const struct control *c, struct control_obstacle *obstacle)
{
	*obstacle = c->remaking.obstacle;
	return c->remaking.error;
}
