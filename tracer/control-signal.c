/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Signals on their way to the program: shown, delivered or held back as the
 * person has chosen (gdb's `handle').  Nothing chosen: what would end the program
 * is shown first, what has a handler is delivered, the rest has no effect.
 *
 * Which signal is next is noted with the position before its delivery, so that
 * going back stops there, too.  A fault that is held back is raised again by
 * its instruction: such a one is always shown, else it would go on for ever.
 */
#include <string.h>

#include "tracer/control-private.h"

enum { ARRIVALS_MAX = 10000 };	/* noted of a session; a program can send itself any number */

struct choice { bool stop, pass; };

bool signal_is_fault(const siginfo_t *info)
{
	return info->si_code > 0 && (info->si_signo == SIGSEGV || info->si_signo == SIGBUS ||
	    info->si_signo == SIGFPE || info->si_signo == SIGILL);
}

static struct choice choose(const struct control *c, int number, bool fatal, bool fault)
{
	const struct control_signal_rule *rule = &c->signalling.rules[number % CONTROL_SIGNALS];
	struct choice choice = { fatal, true };

	if (rule->set)
		choice = (struct choice){ rule->stop, rule->pass };
	choice.stop |= fault && !choice.pass;
	return choice;
}

void control_choose_signals(struct control *c,
    const struct control_signal_rule rules[CONTROL_SIGNALS])
{
	memcpy(c->signalling.rules, rules, sizeof c->signalling.rules);
	search_forget(c);
	c->signalling.some = false;
	for (size_t i = 0; i < CONTROL_SIGNALS; i++)
		c->signalling.some |= rules[i].set && rules[i].stop;
}

/* -- at a position ----------------------------------------------------------------- */

static bool arrived_within(const struct control *c, uint64_t position, int *number)
{
	size_t count;
	const struct arrival_event *a = events_arrivals(&c->timeline->events, position, &count);

	for (size_t i = 0; i < count; i++)
		if (a[i].native && choose(c, a[i].number, false, false).stop) {
			*number = a[i].number;
			return true;
		}
	return false;
}

bool signal_stops(const struct control *c, uint64_t position, int *number, bool *within)
{
	const struct signal_event *s = events_signal_at(&c->timeline->events, position);

	*within = false;
	if (s != NULL && choose(c, s->number, s->fatal, s->fault).stop) {
		*number = s->number;
		return true;
	}
	*within = true;
	return c->signalling.some && arrived_within(c, position + 1, number);
}

/* An arrival within a native stretch belongs to the position before. */
uint64_t signal_search(struct control *c, uint64_t from, int direction)
{
	const struct events *e = &c->timeline->events;
	uint64_t found = events_next(&e->signals, from, direction), arrival;

	if (!c->signalling.some)
		return found;
	arrival = events_next(&e->arrivals, from + 1, direction);
	return nearer(found, arrival != NOWHERE ? arrival - 1 : NOWHERE, direction);
}

size_t control_arrivals(const struct control *c, uint64_t position, struct control_arrival *out, size_t max)
{
	size_t count;
	const struct arrival_event *a = events_arrivals(&c->timeline->events, position, &count);

	for (size_t i = 0; i < count && i < max; i++)
		out[i] = (struct control_arrival){ a[i].number, a[i].thread, a[i].delivered };
	return count;
}

/* -- noting ------------------------------------------------------------------------- */

static void note_arrival(struct control *c, const struct tracee *t, bool delivered)
{
	struct events *e = &c->timeline->events;
	struct arrival_event event = { .position = c->timeline->frontier + 1, .thread = t->id,
		.number = t->pending[0].si_signo, .delivered = delivered,
		.native = c->stretch.kind == STRETCH_CALL || c->stretch.kind == STRETCH_RUN };

	if (c->started && e->arrivals.count < ARRIVALS_MAX)
		events_arrival(e, &event);
}

void signal_delivered(struct control *c, const struct tracee *t)
{
	note_arrival(c, t, true);
}

void signal_drop(struct control *c, struct tracee *t)
{
	note_arrival(c, t, false);
	tracee_drop_signal(t);
}

/* Reading, writing or executing: the fault's address says it, and the instruction. */
static const char *access_of(struct control *c, const struct tracee *t, uint64_t address)
{
	uint64_t pc = t->registers.word[REG_PC];
	struct effect e;

	if (address == pc)
		return "executing";
	arch_effect(decode_at(c, pc), &t->registers, &t->registers, &e);
	if (decode_at(c, pc)->write == WRITE_PUSH)
		return "writing";
	return e.length > 0 && address >= e.address && address < e.address + e.length ?
	    "writing" : "reading";
}

/* The oldest that is pending is next at the frontier. */
static void note(struct control *c, struct tracee *t, bool fatal)
{
	const siginfo_t *info = &t->pending[0];
	struct signal_event event = { .position = c->timeline->frontier, .number = info->si_signo,
		.thread = t->id, .fatal = fatal };

	if (t->pending_count == 0)
		return;
	event.fault = signal_is_fault(info);
	/* SI_KERNEL: a general protection fault, such as a non-canonical address; si_addr is 0. */
	if (info->si_code > 0 && info->si_code != SI_KERNEL && signal_has_address(info->si_signo)) {
		event.has_address = true;
		event.address = (uint64_t)(uintptr_t)info->si_addr;
	}
	if (event.has_address && (info->si_signo == SIGSEGV || info->si_signo == SIGBUS))
		event.access = access_of(c, t, event.address);
	events_signal(&c->timeline->events, &event);
}

void signal_held(struct control *c, struct tracee *t)
{
	if (t->pending_count > 0)
		note(c, t, tracee_disposition(t, t->pending[0].si_signo) == DISPOSITION_FATAL);
}

/* -- what becomes of the oldest that is pending ---------------------------------------- */

/* The signal that the frontier has been noted for is this one. */
static const struct signal_event *noted_here(const struct control *c, const struct tracee *t)
{
	const struct signal_event *s = events_signal_at(&c->timeline->events, c->timeline->frontier);

	return s != NULL && s->number == t->pending[0].si_signo && s->thread == t->id ? s : NULL;
}

static bool command_waits(const struct control *c)
{
	return c->busy && c->cursor == c->timeline->frontier;
}

static bool seen(const struct control *c, const struct tracee *t)
{
	return noted_here(c, t) != NULL && c->goal.shown && c->goal.from == c->timeline->frontier;
}

enum signal_fate signal_next(struct control *c, struct tracee *t)
{
	enum disposition d = tracee_disposition(t, t->pending[0].si_signo);
	bool fatal = d == DISPOSITION_FATAL, fault = signal_is_fault(&t->pending[0]), was_seen = seen(c, t);
	struct choice choice = choose(c, t->pending[0].si_signo, fatal, fault);

	if (noted_here(c, t) == NULL && (fatal || d == DISPOSITION_HANDLER || choice.stop))
		note(c, t, fatal);
	if ((fatal && choice.pass) || (choice.stop && command_waits(c) && !was_seen) ||
	    (fault && !choice.pass && !was_seen))
		return SIGNAL_HELD;
	c->goal.shown = false;		/* the next one is another */
	return choice.pass && d == DISPOSITION_HANDLER ? SIGNAL_PASSED : SIGNAL_DROPPED;
}

bool signal_ends(struct control *c, const struct tracee *t)
{
	const struct signal_event *s = noted_here(c, t);

	return s != NULL && s->fatal && choose(c, s->number, true, s->fault).pass &&
	    (seen(c, t) || !choose(c, s->number, true, s->fault).stop);
}

bool signal_holds_recorder(const struct control *c, const struct tracee *t)
{
	const struct signal_event *s = noted_here(c, t);

	return s != NULL && (s->fatal || s->fault);
}

enum signal_fate signal_in_stretch(struct control *c, struct tracee *t)
{
	int number = t->pending[0].si_signo;
	enum disposition d = tracee_disposition(t, number);
	bool fault = signal_is_fault(&t->pending[0]), recorder = c->started && ahead_goes_on(c);
	struct choice choice = choose(c, number, d == DISPOSITION_FATAL, fault);

	if ((d == DISPOSITION_FATAL && choice.pass) || (fault && !choice.pass) ||
	    (choice.stop && !recorder))
		return SIGNAL_HELD;
	if (choice.stop)
		catch_ends_command(c);
	return choice.pass && d == DISPOSITION_HANDLER ? SIGNAL_PASSED : SIGNAL_DROPPED;
}
