/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a thread's stop means for the stretch that is under way. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include "tracer/control-private.h"
#include "tracer/program/unwind.h"

enum {
	REFUSED_TOLD = 16,	/* a program that makes nothing else is not news */
	CALLERS_MAX = 32,
};

bool ending(const struct control *c)
{
	return c->stretch.kind == STRETCH_NONE || c->stretch.end != END_NONE;
}

/* -- signals ---------------------------------------------------------------------- */

static void on_guard_fault(struct control *c, struct tracee *t)
{
	if (ending(c) || c->stretch.passing != NULL) {
		t->own = image_is_own(c->setup.image, t->registers.word[REG_PC]);
		stretch_settle(c);
	} else if (!c->guarded) {
		stretch_go(c, t);	/* of a guard that is down by now */
	} else if (image_is_own(c->setup.image, t->registers.word[REG_PC])) {
		stretch_arrive(c, t);
	} else {
		stretch_pass(c, t);
	}
}

static void on_signal(struct control *c, struct tracee *t)
{
	if (is_guard_fault(c, t, &t->stop.info)) {
		on_guard_fault(c, t);
		return;
	}
	tracee_hold_signal(t, &t->stop.info);
	if (ending(c) || c->stretch.passing != NULL) {
		stretch_settle(c);
		return;
	}
	switch (signal_in_stretch(c, t)) {
	case SIGNAL_HELD:
		call_over(c, t, arch_call_result(&t->registers));
		stretch_end(c, END_SIGNAL, t);
		break;
	case SIGNAL_PASSED:
		call_over(c, t, arch_call_result(&t->registers));
		/* From a system call of the person's own code it is a step of its own. */
		if (c->stretch.kind == STRETCH_KERNEL) {
			stretch_end(c, END_ARRIVED, t);
			break;
		}
		signal_delivered(c, t);
		stretch_go(c, t);
		break;
	case SIGNAL_DROPPED:
		signal_drop(c, t);
		stretch_go(c, t);
		break;
	}
}

/* -- system calls that the filter reports ------------------------------------------- */

static uint64_t own_caller(struct control *c, const struct tracee *t)
{
	struct frame frames[CALLERS_MAX];
	struct live_view live;
	size_t n;

	live_view_init(&live, c, t);
	n = unwind(c->setup.image, &live.view, frames, CALLERS_MAX);
	for (size_t i = 0; i < n; i++)
		if (image_is_own(c->setup.image, frames[i].pc - (i > 0)))
			return frames[i].pc - (i > 0);
	return 0;
}

/* Nothing runs that the timeline does not see. */
static void refuse(struct control *c, struct tracee *t, int error)
{
	struct control_refusal refusal = { .number = (int)t->stop.call.number, .error = error,
		.position = c->timeline->frontier, .pc = t->registers.word[REG_PC] };

	if (c->refused < REFUSED_TOLD && c->setup.on_refused != NULL) {
		c->refused++;
		refusal.own = own_caller(c, t);
		c->setup.on_refused(c->setup.arg, &refusal);
	}
	tracee_refuse_call(t, error);
}

static bool changes_regions(long number)
{
	return number == SYS_mmap || number == SYS_munmap || number == SYS_mremap ||
	    number == SYS_brk || number == SYS_mprotect;
}

/* No call can be put into one that is in a call, and its registers are not yet what
 * they will be: the result is written when it returns. */
void come_out(struct tracee *t)
{
	if (tracee_start_call(t) == 0)
		tracee_interrupt(t);
}

static void on_call(struct control *c, struct tracee *t)
{
	const struct arch_call *call = &t->stop.call;

	c->filter_reports = true;
	call_filtered(c, t);
	if (changes_regions(call->number))
		c->regions_stale = true;
	if (call->number == SYS_exit_group && c->started) {
		c->stretch.status = (int)(call->arguments[0] & 0xff) << 8;
		stretch_end(c, END_EXIT, t);
		return;
	}
	if (c->started && (call_kind(call) == CATCH_FORK || call_kind(call) == CATCH_EXEC))
		refuse(c, t, call_kind(call) == CATCH_FORK ? EAGAIN : EACCES);
	if (ending(c)) {
		come_out(t);
		return;
	}
	if (terminal_waits(c, call)) {
		c->waiter = t->tid;
		set_waiting(c, true);
	}
	if (guard_concerns(c, call)) {
		c->stretch.changing = t;
		c->stretch.changing_call = *call;
		tracee_start_call(t);	/* its return is wanted, whether calls are reported or not */
	} else if (c->stretch.passing == t) {
		tracee_start_call(t);
	} else {
		stretch_go(c, t);
	}
}

/* -- threads ---------------------------------------------------------------------------- */

/* In the middle of the call that makes a thread. */
static void on_clone(struct control *c, struct tracee *t)
{
	if (c->stretch.passing == t && !ending(c))
		tracee_start_call(t);
	else if (ending(c) || c->stretch.passing != NULL)
		come_out(t);
	else
		stretch_go(c, t);
}

static unsigned threads_left(const struct control *c)
{
	unsigned n = 0;

	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		n += t->id > 0 && !t->exited;
	return n;
}

/* It runs no more.  When the stretch was its own, that is over. */
static void thread_left(struct control *c, struct tracee *t)
{
	if (c->current == t)
		c->current = NULL;
	if (c->stretch.passing == t)
		c->stretch.passing = NULL;
	if (c->stretch.changing == t)
		c->stretch.changing = NULL;
	if (c->stretch.thread == t) {
		c->stretch.left = (struct moment_thread){ .id = t->id, .registers = t->registers };
		c->stretch.thread = NULL;
		if (c->stretch.kind != STRETCH_NONE && c->stretch.end == END_NONE) {
			stretch_end(c, END_ARRIVED, NULL);
			return;
		}
	}
	stretch_settle(c);
}

static void on_exiting(struct control *c, struct tracee *t)
{
	if (threads_left(c) == 1 && !has_ended(c)) {
		c->stretch.status = t->stop.status;
		if (c->stretch.kind == STRETCH_NONE) {	/* killed while it stood */
			program_ended(c, t->stop.status);
			tracee_continue(t);
		} else {
			stretch_end(c, END_EXIT, t);
		}
		return;
	}
	t->exited = true;
	t->own = false;
	tracee_leave(t);	/* also while the others are being stopped */
	thread_left(c, t);
}

/* The first thread's end is told when all others are gone. */
static void on_gone(struct control *c, struct tracee *t)
{
	bool last = threads_left(c) == (t->exited ? 0u : 1u);
	int status = t->stop.status;

	if (last) {
		c->current = c->stretch.thread = NULL;
		process_forget(c->process, t);
		program_ended(c, status);
		return;
	}
	if (!t->exited) {
		t->exited = true;
		thread_left(c, t);
	}
	process_forget(c->process, t);
	stretch_settle(c);
}

static void on_interrupt(struct control *c, struct tracee *t)
{
	t->in_call = arch_in_call(&t->registers);
	t->own = is_stepped(c, t->registers.word[REG_PC]);
	if (ending(c) || c->stretch.passing != NULL)
		stretch_settle(c);
	else
		stretch_go(c, t);	/* a new thread's start */
}

/* Another process that nothing here follows: it must not run untraced. */
static void on_foreign(struct tracee *t)
{
	if (t->stop.kind == STOP_GONE) {
		process_forget(t->process, t);
		return;
	}
	kill(t->tid, SIGKILL);
	tracee_continue(t);
}

static void on_step(struct control *c, struct tracee *t)
{
	t->in_call = false;
	if (ending(c))
		stretch_settle(c);
	else if (c->stretch.passing == t)
		stretch_pass(c, t);
	else
		stretch_end(c, END_ARRIVED, t);
}

static void on_breakpoint(struct control *c, struct tracee *t)
{
	if (!ending(c) && c->stretch.passing != NULL) {
		stretch_settle(c);	/* it arrives anew once it may go, and is asked about then */
		return;
	}
	if (catch_noted(c, t) || (!ending(c) && !is_catch_site(c, t->registers.word[REG_PC]) &&
	    breakpoint_passed(c, t))) {
		breakpoint_pass(c, t);
		return;
	}
	t->own = true;
	stretch_end(c, END_BREAKPOINT, t);
}

/* Another thread's calls do not concern the one that waits. */
static bool stops_waiting(const struct control *c, const struct tracee *t)
{
	return t->tid == c->waiter || (t->stop.kind != STOP_CLONE && t->stop.kind != STOP_ENTRY &&
	    t->stop.kind != STOP_SYSCALL && t->stop.kind != STOP_RETURN);
}

void on_process_stop(void *arg, struct tracee *t)
{
	struct control *c = arg;

	if (t->id == 0) {
		on_foreign(t);
		return;
	}
	if (c->waiting && stops_waiting(c, t))
		set_waiting(c, false);
	if (c->breaking.replant && t->stopped && !ending(c))
		breakpoints_plant(c);
	switch (t->stop.kind) {
	case STOP_STEP:		on_step(c, t);				break;
	case STOP_BREAKPOINT:	on_breakpoint(c, t);			break;
	case STOP_WATCH:	on_watch(c, t);				break;
	case STOP_SIGNAL:	on_signal(c, t);			break;
	case STOP_ENTRY:	on_entry(c, t);				break;
	case STOP_SYSCALL:	on_call(c, t);				break;
	case STOP_RETURN:	on_return(c, t);			break;
	case STOP_INTERRUPT:	on_interrupt(c, t);			break;
	case STOP_CLONE:
	case STOP_FORK:		on_clone(c, t);				break;
	case STOP_EXEC:		start_exec(c, t);			break;
	case STOP_EXITING:	on_exiting(c, t);			break;
	case STOP_GONE:		on_gone(c, t);				break;
	}
}
