/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What has left the program for good since a position: the system calls in between,
 * judged by one table, and what no call says.  The first that cannot be taken back
 * is named.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>

#include "tracer/control-rewind.h"

enum lasting {
	EFFECT_UNKNOWN, NOTHING, REGIONS, WRITES, READS, OPENS, CLOSES, MOVES, MASK, ACTION,
	SIGNALS, TERMINAL, DESCRIPTOR, STACK, LEAVES, FILES, THREADS, TIMES, SETTINGS,
};

struct row {
	int number;
	enum lasting effect;
	const char *name;
};

static const struct row rows[] = {
#define EFFECT(call, class) { SYS_##call, class, #call },
#include "tracer/effects.def"
};

static const struct row *row_of(int number)
{
	static const struct row none = { -1, EFFECT_UNKNOWN, NULL };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].number == number)
			return &rows[i];
	return &none;
}

static enum lasting effect_of(int number)
{
	return row_of(number)->effect;
}

bool prevents(struct rewind *r, uint64_t position, const char *what, const char *why, ...)
{
	struct control_obstacle *o = r->obstacle;
	va_list list;

	o->position = position;
	snprintf(o->what, sizeof o->what, "%s", what);
	va_start(list, why);
	vsnprintf(o->why, sizeof o->why, why, list);
	va_end(list);
	return false;
}

static bool call_prevents(struct rewind *r, const struct call_event *e, const char *why)
{
	const char *name = row_of(e->number)->name;
	char number[24];

	snprintf(number, sizeof number, "system call %d", e->number);
	return prevents(r, e->position, name != NULL ? name : number, "%s", why);
}

/* -- descriptors ---------------------------------------------------------------------- */

static bool is_terminal(const struct rewind *r, uint64_t fd)
{
	return fd <= INT32_MAX && process_is_terminal(r->control->process, (unsigned)fd,
	    pty_slave(r->control->pty));
}

static bool is_opened(const struct rewind *r, uint64_t fd)
{
	return fd < REWIND_FILES && r->opened[fd];
}

static bool opens(struct rewind *r, const struct call_event *e)
{
	uint64_t how = e->number == SYS_openat ? e->arguments[2] : e->arguments[1];

	if (!(e->flags & CALL_RETURNED))
		return call_prevents(r, e, "it has not come to its end");
	if ((how & O_ACCMODE) != O_RDONLY || (how & (O_CREAT | O_TRUNC)))
		return call_prevents(r, e, "it has opened a file for writing");
	if (e->result < 0 || e->result >= REWIND_FILES)
		return call_prevents(r, e, "too many files are open");
	r->opened[e->result] = true;
	return true;
}

static bool closes(struct rewind *r, const struct call_event *e)
{
	if (!is_opened(r, e->arguments[0]))
		return call_prevents(r, e, "it has closed what was open before");
	r->opened[e->arguments[0]] = false;
	return true;
}

static bool moves(struct rewind *r, const struct call_event *e)
{
	return is_opened(r, e->arguments[0]) ||
	    call_prevents(r, e, "it has read on in a file that was open before");
}

/* -- one call ---------------------------------------------------------------------------- */

static bool writes(struct rewind *r, const struct call_event *e)
{
	return is_terminal(r, e->arguments[0]) ||
	    call_prevents(r, e, "it has written to something else than the terminal");
}

static bool reads(struct rewind *r, const struct call_event *e)
{
	if (!is_terminal(r, e->arguments[0]))
		return moves(r, e);
	r->has_read = true;
	return true;
}

static bool asks_terminal(struct rewind *r, const struct call_event *e)
{
	switch (e->arguments[1]) {
	case TCGETS:
	case TIOCGWINSZ:
	case TIOCGPGRP:
	case FIONREAD:
	case TIOCOUTQ:
		return true;
	default:
		return call_prevents(r, e, "it has changed a terminal or a file");
	}
}

static bool asks_descriptor(struct rewind *r, const struct call_event *e)
{
	return e->arguments[1] == F_GETFD || e->arguments[1] == F_GETFL ||
	    (e->arguments[1] == F_SETFD && is_opened(r, e->arguments[0])) ||
	    call_prevents(r, e, "it has changed a descriptor");
}

static bool judge_call(struct rewind *r, const struct call_event *e)
{
	switch (effect_of(e->number)) {
	case EFFECT_UNKNOWN:
		return call_prevents(r, e, "what it does outside of the program's memory stays");
	case FILES:
		return call_prevents(r, e, "what it did to files and descriptors stays");
	case THREADS:
		return call_prevents(r, e, "a thread that has started or ended cannot be taken back");
	case TIMES:
		return call_prevents(r, e, "the timer that it set runs on");
	case SETTINGS:
		return call_prevents(r, e, "what it set in the kernel stays");
	case WRITES:
		return writes(r, e);
	case READS:
		return reads(r, e);
	case OPENS:
		return opens(r, e);
	case CLOSES:
		return closes(r, e);
	case MOVES:
		return moves(r, e);
	case TERMINAL:
		return asks_terminal(r, e);
	case DESCRIPTOR:
		return asks_descriptor(r, e);
	case STACK:
		return e->arguments[0] == 0 || call_prevents(r, e, "it has set a stack for signals");
	case ACTION:
		if (e->arguments[1] != 0)	/* it has succeeded: the number is one */
			r->actions |= 1ull << (e->arguments[0] & 63);
		return true;
	case NOTHING: case REGIONS: case MASK: case SIGNALS: case LEAVES:
		return true;
	}
	return true;
}

/* Interrupted and not returned since: as if it had succeeded, for it may go on. */
static bool has_returned(const struct call_event *e, const struct call_event *end)
{
	for (const struct call_event *later = e + 1; later < end; later++)
		if (later->thread == e->thread && later->number == e->number &&
		    (later->flags & CALL_RETURNED))
			return true;
	return false;
}

/* Those of the steps before the first one of which not all are known. */
static bool judge_calls(struct rewind *r, uint64_t end_position)
{
	const struct moment *m = timeline_moment(r->control->timeline, r->position);
	size_t count;
	const struct call_event *e = events_calls(&r->control->timeline->events, r->position + 1,
	    end_position - 1, &count), *end = e + count;

	for (; e < end; e++) {
		const struct moment_thread *its = m != NULL ? moment_find(m, e->thread) : NULL;
		bool returned = e->flags & CALL_RETURNED;

		/* A thread that has started since prevents it by that. */
		if (its == NULL || its->id != e->thread)
			continue;

		if (!returned && (effect_of(e->number) == READS || has_returned(e, end)))
			continue;
		if (returned && (e->result == -ENOSYS ||
		    (e->result < 0 && effect_of(e->number) != EFFECT_UNKNOWN)))
			continue;
		if (!judge_call(r, e))
			return false;
	}
	return true;
}

/* -- what no call says ----------------------------------------------------------------------- */

/* The first native stretch whose calls are not all known; NULL: none since then. */
static const struct macro_event *first_missed(const struct rewind *r)
{
	const struct events *e = &r->control->timeline->events;
	uint64_t from = e->calls_missed > r->position ? e->calls_missed - 1 : r->position;

	return e->calls_missed == UINT64_MAX ? NULL : events_macro_after(e, from);
}

static bool judge_all_calls(struct rewind *r)
{
	const struct macro_event *m = first_missed(r);

	if (!judge_calls(r, m != NULL ? m->position : r->control->timeline->frontier + 1))
		return false;
	return m == NULL || prevents(r, m->position, m->name,
	    "it ran natively after more system calls than are recorded, and what it did is not known");
}

static bool sets_timer(int number)
{
	switch (number) {
	case SYS_setitimer:
	case SYS_timer_settime:
#ifdef SYS_alarm
	case SYS_alarm:
#endif
		return true;
	default:
		return false;
	}
}

static bool has_timer(const struct rewind *r)
{
	size_t count;
	const struct call_event *e = events_calls(&r->control->timeline->events, 0, r->position, &count);

	for (size_t i = 0; i < count; i++)
		if (sets_timer(e[i].number))
			return true;
	return false;
}

static bool delivered_at(const struct events *e, uint64_t position)
{
	size_t count;
	const struct arrival_event *a = events_arrivals(e, position, &count);

	for (size_t i = 0; i < count; i++)
		if (a[i].delivered)
			return true;
	return false;
}

/* The first step since then in which a handler has got a signal, also within a native
 * stretch; NOWHERE: none.  Not each is noted of a program that is sent very many. */
static uint64_t first_delivery(const struct rewind *r)
{
	struct timeline *t = r->control->timeline;
	uint64_t noted = r->position;
	struct brief b;

	do
		noted = events_next(&t->events.arrivals, noted, 1);
	while (noted != NOWHERE && !delivered_at(&t->events, noted));
	for (uint64_t p = r->position + 1; p <= t->frontier && p < noted; p++) {
		timeline_brief(t, p, &b);
		if (b.kind == RECORD_SIGNAL)
			return p;
	}
	return noted;
}

/* One that a timer set before has sent would not come again. */
static bool judge_deliveries(struct rewind *r)
{
	uint64_t position = has_timer(r) ? first_delivery(r) : NOWHERE;

	return position == NOWHERE || prevents(r, position, "a signal",
	    "the program has timers, and theirs would not come again");
}

/* Sent before while it was blocked, and never open since: the kernel keeps it there,
 * and has delivered it since. */
static bool judge_blocked(struct rewind *r)
{
	const struct events *events = &r->control->timeline->events;
	size_t count;
	const struct call_event *e = events_calls(events, 0, r->position, &count);
	uint64_t number;

	for (size_t i = 0; i < count; i++) {
		if (effect_of(e[i].number) != SIGNALS || e[i].result != 0)
			continue;
		number = e[i].arguments[e[i].number == SYS_tgkill ? 2 : 1];
		if (number >= 1 && number <= 64 && events_blocked(events, e[i].thread,
		    1ull << (number - 1), e[i].position - 1, r->position))
			return prevents(r, r->position, "a signal", "it was sent before and is blocked there");
	}
	return true;
}

static bool judge_threads(struct rewind *r)
{
	const struct moment *m = timeline_moment(r->control->timeline, r->position);
	size_t live = 0;

	if (m == NULL)
		return prevents(r, r->position, "memory", "there is not enough to look back");
	for (struct tracee *t = process_threads(r->control->process); t != NULL; t = t->next) {
		struct moment_thread *then = t->id > 0 ? moment_find(m, t->id) : NULL;

		if (t->id <= 0 || t->exited)
			continue;
		if (then == NULL || then->id != t->id)
			return prevents(r, r->control->timeline->frontier, "a thread", "it has started since");
		if (tracee_signal_waits(t))
			return prevents(r, r->control->timeline->frontier, "a signal", "the kernel keeps it for the program");
		live++;
	}
	return live == m->count || prevents(r, r->control->timeline->frontier, "a thread", "it has ended since");
}

bool effects_judge(struct rewind *r)
{
	if (!judge_all_calls(r) || !judge_deliveries(r) ||
	    !judge_blocked(r) || !judge_threads(r))
		return false;
	return !r->has_read || input_can_return(r->control, r->position) ||
	    prevents(r, r->control->timeline->frontier, "read", "what was typed cannot be typed again as it was");
}
