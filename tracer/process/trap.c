/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * SIGTRAP of the program's own, beside those that stepping and breakpoints make.  The kernel
 * must not find it blocked when it makes one of these, so it is open whatever the program
 * says: what comes while the program has it blocked is kept here, and the kernel has
 * both, mask and signal, for the time of each system call.
 *
 * What the kernel loses is lost: of two that are sent to one thread it keeps the first (POSIX,
 * standard signals), so that one sent to it between the end of its step, or its breakpoint,
 * and the stop for that is never seen; and one before a planted int3's hides that.
 */
#include "tracer/process/private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

enum { FIRST = 6 };	/* signals that go before all others, itself among them (SYNCHRONOUS_MASK) */

void trap_own(struct tracee *t)
{
	bool again = t->trap_state == TRAP_SENT || t->trap_state == TRAP_LENT;

	if (again)
		t->stop.info = t->trap;
	if (!t->trap_blocked) {
		t->trap_state = again ? TRAP_NONE : t->trap_state;
		return;
	}
	/* A standard signal that is pending swallows the next one. */
	if (t->trap_state == TRAP_NONE)
		t->trap = t->stop.info;
	t->trap_state = TRAP_KEPT;
	t->stop.kind = STOP_INTERRUPT;
}

int trap_again(struct tracee *t)
{
	if (t->trap_state == TRAP_DUE && t->stop.kind == STOP_RETURN)
		t->trap_state = TRAP_SENT;
	else if (t->trap_state == TRAP_KEPT && t->stop.kind == STOP_ENTRY && !t->trap_blocked)
		t->trap_state = TRAP_LENT;
	else
		return 0;
	return SIGTRAP;
}

int trap_beside_step(struct tracee *t)
{
	siginfo_t info;

	if (!t->process->trap_comes)
		return 0;
	if (ptrace(PTRACE_GETSIGINFO, t->tid, NULL, &info) != 0)
		return -errno;
	if (arch_trap_is_step(info.si_code))
		return 0;
	t->stop.info = info;
	trap_own(t);
	if (t->stop.kind == STOP_STEP)
		tracee_hold_signal(t, &t->stop.info);
	t->stop.kind = STOP_STEP;
	return 0;
}

/* -- the mask -------------------------------------------------------------------------- */

bool trap_mask_of_call(const struct tracee *t)
{
	int64_t result = arch_in_call(&t->registers) ? arch_call_result(&t->registers) : 0;
	uint64_t mask, told;

	return (result == -EINTR || (result <= -512 && result >= -516)) &&
	    ptrace(PTRACE_GETSIGMASK, t->tid, (void *)sizeof told, &told) == 0 &&
	    status_masks(t, "SigBlk:", "SigBlk:", &mask) && mask != told;
}

static void set_mask(struct tracee *t, uint64_t mask)
{
	ptrace(PTRACE_SETSIGMASK, t->tid, (void *)sizeof mask, &mask);
}

/* A step that ends while SIGTRAP is blocked makes the kernel forget the program's
 * handler for it (force_sig_info_to_task()), for instance within that handler.
 * One that came while it seemed blocked comes now. */
void tracee_unblock_trap(struct tracee *t)
{
	uint64_t mask;

	if (ptrace(PTRACE_GETSIGMASK, t->tid, (void *)sizeof mask, &mask) != 0)
		return;
	if ((mask & TRAP_BIT) != 0 && trap_mask_of_call(t))
		return;
	if (mask & TRAP_BIT) {
		t->trap_blocked = true;
		set_mask(t, mask & ~TRAP_BIT);
	} else if (t->trap_state == TRAP_KEPT && !t->trap_blocked) {
		t->trap_state = TRAP_DUE;
	}
}

void tracee_block_trap(struct tracee *t)
{
	uint64_t mask;

	if (!t->trap_blocked ||
	    ptrace(PTRACE_GETSIGMASK, t->tid, (void *)sizeof mask, &mask) != 0)
		return;
	t->trap_blocked = false;
	set_mask(t, mask | TRAP_BIT);
}

/* -- system calls ---------------------------------------------------------------------- */

/* Does the kernel keep one for the thread? */
static bool trap_waits(const struct tracee *t)
{
	struct __ptrace_peeksiginfo_args args = { .nr = 1 };
	siginfo_t info;

	for (; ptrace(PTRACE_PEEKSIGINFO, t->tid, &args, &info) == 1; args.off++)
		if (info.si_signo == SIGTRAP)
			return true;
	return false;
}

/* The fields of signalfd(2) that say who has sent it, and what. */
static void tell_by_descriptor(const struct tracee *t, uint64_t buffer)
{
	const siginfo_t *sent = &t->trap;
	struct signalfd_siginfo info;
	int64_t end = t->stop.result < (int64_t)(FIRST * sizeof info) ? t->stop.result : (int64_t)(FIRST * sizeof info);

	for (int64_t at = 0; at + (int64_t)sizeof info <= end; at += sizeof info) {
		if (process_read(t->process, buffer + at, &info, sizeof info) != sizeof info ||
		    info.ssi_signo != SIGTRAP)
			continue;
		info.ssi_errno = sent->si_errno;
		info.ssi_code = sent->si_code;
		info.ssi_pid = (uint32_t)sent->si_pid;
		info.ssi_uid = sent->si_uid;
		info.ssi_int = sent->si_value.sival_int;
		info.ssi_ptr = (uint64_t)(uintptr_t)sent->si_value.sival_ptr;
		process_write(t->process, buffer + at, &info, sizeof info);
	}
}

void tracee_trap_returned(struct tracee *t, const struct arch_call *call)
{
	uint64_t info = call->arguments[1];

	if (t->trap_state != TRAP_LENT || trap_waits(t))
		return;
	t->trap_state = TRAP_NONE;
	if (call->number == SYS_rt_sigtimedwait && t->stop.result == SIGTRAP && info != 0)
		process_write(t->process, info, &t->trap, sizeof t->trap);
	else if (call->number == SYS_read)
		tell_by_descriptor(t, info);
}

bool trap_is_set_up(const struct tracee *t, const struct arch_call *call)
{
	int number = 0;

	if (call->number == SYS_fcntl)
		return call->arguments[1] == F_SETSIG && call->arguments[2] == SIGTRAP;
	return call->number == SYS_timer_create && call->arguments[1] != 0 &&
	    process_read(t->process, call->arguments[1] + offsetof(struct sigevent, sigev_signo),
	    &number, sizeof number) == sizeof number && number == SIGTRAP;
}
