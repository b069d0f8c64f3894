/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which system calls are caught.  Where one is can be two things: the position at which
 * its thread came to stand at the instruction, which is noted then (events.h,
 * `callsites'), whatever runs next and whether the call is made; or the one from which
 * a native stretch went that had it within.  The judge of a position and the search for
 * the next one read the same two tables.
 */
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>

#include "tracer/control-private.h"

static bool makes_thread(const struct arch_call *call)
{
	return call->number == SYS_clone && (call->arguments[0] & CLONE_THREAD) != 0;
}

enum catch_kind call_kind(const struct arch_call *call)
{
	switch (call->number) {
#ifdef SYS_fork
	case SYS_fork:
	case SYS_vfork:
		return CATCH_FORK;
#endif
	case SYS_clone:
		return makes_thread(call) ? CATCH_SYSCALL : CATCH_FORK;
	case SYS_execve:
	case SYS_execveat:
		return CATCH_EXEC;
	case SYS_exit_group:
		return CATCH_EXIT;
	default:
		return CATCH_SYSCALL;
	}
}

static bool by_number(const struct catching *k, long number)
{
	return number >= 0 && number < CONTROL_CALLS_MAX && (k->calls[number / 8] >> number % 8 & 1);
}

static bool wants(const struct catching *k, const struct arch_call *call, enum catch_kind *kind)
{
	*kind = call_kind(call);
	if (*kind != CATCH_SYSCALL && (k->kinds >> *kind & 1))
		return true;
	*kind = CATCH_SYSCALL;
	return by_number(k, call->number);
}

bool catches_calls(const struct control *c)
{
	return c->catching.some_calls;
}

/* -- at a position ---------------------------------------------------------------------- */

static bool is_call(const struct control *c, uint64_t pc)
{
	uint8_t bytes[8];

	timeline_peek(c->timeline, pc, bytes, arch_syscall_instruction_size);
	return memcmp(bytes, arch_syscall_instruction, arch_syscall_instruction_size) == 0;
}

/* Noted when it arrives there: it may be long until it makes the call, or never. */
void catch_arrived(struct control *c)
{
	const struct brief *b = &c->timeline->newest;
	const struct moment_thread *t = moment_find(&c->timeline->now, b->thread);
	struct callsite_event site = { .position = b->position, .thread = b->thread };
	struct arch_call call;

	if (t == NULL || decode_at(c, b->pc)->class != CLASS_SYSCALL || !is_call(c, b->pc))
		return;
	arch_call_next(&t->registers, &call);
	site.number = (int)call.number;
	site.first = call.arguments[0];
	events_callsite(&c->timeline->events, &site);
}

/* Does the thread stand at the instruction of such a call? */
static bool call_at(const struct control *c, const struct callsite_event *site, enum catch_kind *kind)
{
	const struct arch_call call = { .number = site->number, .arguments = { site->first } };

	return wants(&c->catching, &call, kind);
}

/* A stretch of the recorder is under way, and a thread in such a call. */
static bool call_in_flight(struct control *c, struct control_catch *found)
{
	if (c->stretch.kind != STRETCH_CALL || !ahead_goes_on(c))
		return false;
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->calling && wants(&c->catching, &t->call, &found->kind)) {
			found->number = (int)t->call.number;
			found->within = true;
			return true;
		}
	return false;
}

/* Such a call, begun in a native stretch. */
static bool native_call(const struct control *c, const struct call_event *e, enum catch_kind *kind)
{
	struct arch_call call = { .number = e->number };

	memcpy(call.arguments, e->arguments, sizeof call.arguments);
	return (e->flags & (CALL_ENTERED | CALL_NATIVE)) == (CALL_ENTERED | CALL_NATIVE) &&
	    wants(&c->catching, &call, kind);
}

/* A native stretch that begins at the position has made one. */
static bool call_within(struct control *c, uint64_t position, struct control_catch *found)
{
	size_t count;
	const struct call_event *e = events_calls(&c->timeline->events, position + 1, position + 1, &count);

	for (size_t i = 0; i < count; i++)
		if (native_call(c, &e[i], &found->kind)) {
			found->number = e[i].number;
			found->within = true;
			return true;
		}
	return position == c->timeline->frontier && call_in_flight(c, found);
}

bool catch_call_at(struct control *c, uint64_t position, struct control_catch *found)
{
	const struct callsite_event *site = events_callsite_at(&c->timeline->events, position);

	if (site == NULL || !call_at(c, site, &found->kind))
		return call_within(c, position, found);
	found->number = site->number;
	return true;
}

/* -- searching ----------------------------------------------------------------------------- */

static uint64_t next_callsite(struct control *c, uint64_t from, int direction)
{
	const struct events *e = &c->timeline->events;
	enum catch_kind kind;

	for (uint64_t p = from; (p = events_next(&e->callsites, p, direction)) != NOWHERE; )
		if (call_at(c, events_callsite_at(e, p), &kind))
			return p;
	return NOWHERE;
}

/* It belongs to the position before the step that made it. */
static uint64_t next_native_call(struct control *c, uint64_t from, int direction)
{
	const struct events *e = &c->timeline->events;
	enum catch_kind kind;
	size_t count;

	for (uint64_t p = from + 1; (p = events_next(&e->calls, p, direction)) != NOWHERE; ) {
		const struct call_event *at = events_calls(e, p, p, &count);

		for (size_t i = 0; i < count; i++)
			if (native_call(c, &at[i], &kind))
				return p - 1;
	}
	return NOWHERE;
}

uint64_t catch_next_call(struct control *c, uint64_t from, int direction)
{
	if (!c->catching.some_calls)
		return NOWHERE;
	return nearer(next_callsite(c, from, direction), next_native_call(c, from, direction), direction);
}

/* -- while it runs ------------------------------------------------------------------------- */

/* The command has been at this position already, and was stopped for a call there. */
void catch_begin(struct control *c, const struct tracee *t)
{
	c->catching.passes = c->timeline->newest.thread == t->id ? t->id : 0;
	c->catching.passes_at = t->registers.word[REG_PC];
}

/* At the entry: the first call of a stretch that begins at its instruction goes through. */
static bool passes(struct control *c, const struct tracee *t)
{
	bool first = c->catching.passes == t->id &&
	    t->registers.word[REG_PC] == c->catching.passes_at + arch_syscall_instruction_size;

	if (first)
		c->catching.passes = 0;
	return first;
}

bool catch_entry(struct control *c, struct tracee *t)
{
	enum catch_kind kind;

	if (!c->catching.some_calls || c->stretch.kind == STRETCH_KERNEL || ahead_goes_on(c) ||
	    passes(c, t) || !wants(&c->catching, &t->stop.call, &kind))
		return false;
	if (tracee_unmake_call(t) != 0)
		return false;
	t->calling = false;
	return true;
}

void catch_in_flight(struct control *c, const struct tracee *t)
{
	enum catch_kind kind;

	if (c->stretch.kind != STRETCH_KERNEL && ahead_goes_on(c) &&
	    wants(&c->catching, &t->call, &kind))
		catch_ends_command(c);
}
