/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * System calls on their way into the record.  A system-call instruction of the
 * person's code is a stretch of its own, and every call in it is known.  In a
 * native stretch each call is reported (two stops more) up to a number for
 * the session; from then on only those that the filter stops for.
 */
#include <string.h>
#include <sys/syscall.h>

#include "tracer/control-private.h"

enum {
	REPORTED_MAX = 10000,	/* calls of native stretches that are reported, then those */
	NATIVE_MAX = 50000,	/* of the filter up to here: a program can make any number */
};

static bool is_native(const struct control *c, const struct tracee *t)
{
	return c->stretch.kind != STRETCH_KERNEL || c->stretch.thread != t;
}

static void note(struct control *c, const struct tracee *t, const struct arch_call *call,
    int64_t result, unsigned flags)
{
	struct call_event event = { .position = c->timeline->frontier + 1, .number = (int)call->number,
		.thread = t->id, .result = result, .flags = flags | (is_native(c, t) ? CALL_NATIVE : 0) };

	memcpy(event.arguments, call->arguments, sizeof event.arguments);
	events_call(&c->timeline->events, &event);
}

/* The ends of those that are under way will not be seen, either. */
static void report_no_more(struct control *c)
{
	process_report_calls(c->process, false);
	events_calls_missed(&c->timeline->events, c->timeline->frontier + 1);
	calls_stand(c);
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		t->calling = false;
}

/* A program that blocks SIGTRAP finds it so in its calls, and only there. */
static bool blocks_trap(const struct control *c)
{
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->trap_blocked || t->trap_state != TRAP_NONE ||
		    (t->calling && c->signalling.trap_blocked))
			return true;
	return false;
}

static bool reports_all(const struct control *c)
{
	return c->timeline->events.native_calls < REPORTED_MAX || catches_calls(c) || blocks_trap(c);
}

void calls_report(struct control *c)
{
	if (reports_all(c))
		process_report_calls(c->process, true);
	else
		report_no_more(c);
}

/* Interrupted and made again, it is the same call; restart_syscall(2) is the kernel's own. */
static bool goes_on(const struct tracee *t)
{
	return t->calling && (t->stop.call.number == SYS_restart_syscall ||
	    memcmp(&t->call, &t->stop.call, sizeof t->call) == 0);
}

void call_over(struct control *c, struct tracee *t, int64_t result)
{
	if (!t->calling)
		return;
	kept_call(c, &t->call, result);
	if (!is_native(c, t) || c->timeline->events.native_calls < NATIVE_MAX)
		note(c, t, &t->call, result, CALL_RETURNED | (t->call_told ? 0 : CALL_ENTERED));
	t->calling = t->call_told = false;
	if (!is_native(c, t) || c->timeline->events.native_calls < REPORTED_MAX)
		return;
	events_calls_missed(&c->timeline->events, c->timeline->frontier + 1);
	if (!reports_all(c))
		report_no_more(c);
}

void calls_stand(struct control *c)
{
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->calling && !t->call_told) {
			note(c, t, &t->call, 0, CALL_ENTERED);
			t->call_told = true;
		}
}

/* Another thread's stops do not move one that stays where it is. */
static bool holds_still(const struct control *c, const struct tracee *t)
{
	return ending(c) || (c->stretch.passing != NULL && c->stretch.passing != t);
}

static void go_on_in_call(struct control *c, struct tracee *t)
{
	if (c->stretch.passing == t)
		tracee_start_call(t);
	else
		stretch_go(c, t);
}

void on_entry(struct control *c, struct tracee *t)
{
	bool again = goes_on(t);

	if (!again) {
		t->call = t->stop.call;
		t->calling = true;
		t->call_told = false;
	}
	if (!again && catch_entry(c, t)) {
		come_out(t);
		stretch_end(c, END_CATCH, t);
		return;
	}
	catch_in_flight(c, t);
	c->signalling.trap_blocked |= t->trap_blocked;
	tracee_block_trap(t);
	if (holds_still(c, t))
		come_out(t);
	else
		go_on_in_call(c, t);
}

/* The filter stops for it while calls are not reported. */
void call_filtered(struct control *c, const struct tracee *t)
{
	if (!t->calling && c->started && c->timeline->events.native_calls < NATIVE_MAX)
		note(c, t, &t->stop.call, 0, CALL_ENTERED);
}

static bool sets_mask(const struct tracee *t)
{
	return t->calling && (t->call.number == SYS_rt_sigprocmask || t->call.number == SYS_rt_sigreturn);
}

/* One that is to be made again (-ERESTART…) has not returned: its signal comes next,
 * or the stop that it was interrupted for. */
void on_return(struct control *c, struct tracee *t)
{
	bool again = t->stop.result <= -512 && t->stop.result >= -516;

	tracee_trap_returned(t, &t->call);
	if (sets_mask(t) || c->signalling.trap_blocked)
		tracee_unblock_trap(t);
	if (!again && t->calling)
		tracee_note_action(t, &t->call);
	if (!again)
		call_over(c, t, t->stop.result);
	t->in_call = again;
	if (!again && guard_changed(c, t) && !ending(c)) {
		stretch_end(c, END_ARRIVED, t);
		return;
	}
	if (again && holds_still(c, t))
		come_out(t);
	else if (again)
		go_on_in_call(c, t);
	else if (holds_still(c, t))
		stretch_settle(c);
	else if (c->stretch.passing == t)
		stretch_pass(c, t);
	else if (c->stretch.kind == STRETCH_KERNEL && c->stretch.thread == t)
		stretch_end(c, END_ARRIVED, t);
	else
		stretch_go(c, t);
}
