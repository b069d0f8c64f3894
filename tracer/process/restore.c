/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The program is made what it was: what only that needs to ask and to set. */
#include "tracer/process/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "src/cleanup.h"

int process_restore(struct process *p, uint64_t address, const void *bytes, size_t length)
{
	struct tracee *t = process_any_stopped(p);
	struct iovec from = { (void *)(uintptr_t)bytes, length };
	struct iovec to = { (void *)(uintptr_t)address, length };
	ssize_t n;

	if (t == NULL)
		return -ESRCH;
	/* Only where the program itself may write; a word takes two calls otherwise. */
	n = process_vm_writev(t->tid, &from, 1, &to, 1, 0);
	if (n == (ssize_t)length)
		return 0;
	if (n < 0)
		n = 0;
	return process_write(p, address + (size_t)n, (const uint8_t *)bytes + n, length - (size_t)n);
}

/* A step out of the call ends before the next instruction runs. */
int tracee_leave_call(struct tracee *t)
{
	struct registers r = t->registers;
	int error;

	if (t->stop.kind != STOP_SYSCALL)
		return 0;
	error = arch_call_skip(t->tid, &r, -ENOSYS);
	if (error == 0)
		error = tracee_set_registers(t, &r);
	for (int tries = 0; error == 0 && tries < PENDING_MAX; tries++) {
		error = tracee_step(t);
		if (error != 0 || t->stop.kind == STOP_STEP)
			return error;
		if (t->stop.kind == STOP_SIGNAL)
			tracee_hold_signal(t, &t->stop.info);
		else if (t->stop.kind != STOP_INTERRUPT)
			return -ESRCH;
	}
	return error != 0 ? error : -EAGAIN;
}

bool tracee_has_registers(struct tracee *t, const struct registers *r)
{
	return get_registers(t) == 0 && memcmp(&t->registers, r, sizeof *r) == 0;
}

int tracee_get_mask(const struct tracee *t, uint64_t *mask)
{
	if (ptrace(PTRACE_GETSIGMASK, t->tid, (void *)sizeof *mask, mask) != 0)
		return -errno;
	if (t->trap_blocked)
		*mask |= TRAP_BIT;
	return 0;
}

/* SIGTRAP stays open for the steps to come, as tracee_unblock_trap() would have it. */
int tracee_set_mask(struct tracee *t, uint64_t mask)
{
	uint64_t open = mask & ~TRAP_BIT;

	t->trap_blocked = (mask & TRAP_BIT) != 0;
	return ptrace(PTRACE_SETSIGMASK, t->tid, (void *)sizeof open, &open) == 0 ? 0 : -errno;
}

bool status_masks(const struct tracee *t, const char *one, const char *other, uint64_t *masks)
{
	char path[64], line[128];
	FILE *status;

	*masks = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)t->tid);
	status = fopen(path, "re");
	if (status == NULL)
		return false;
	while (fgets(line, sizeof line, status) != NULL)
		if (strncmp(line, one, strlen(one)) == 0 || strncmp(line, other, strlen(other)) == 0)
			*masks |= strtoull(line + strcspn(line, ":") + 1, NULL, 16);
	fclose(status);
	return true;
}

#define KILL_BIT (1ull << (SIGKILL - 1))

/* For the thread, and for the process. */
static uint64_t signals_waiting(const struct tracee *t, uint64_t *blocked)
{
	uint64_t waiting;

	*blocked = 0;
	return status_masks(t, "SigPnd:", "ShdPnd:", &waiting) &&
	    status_masks(t, "SigBlk:", "SigBlk:", blocked) ? waiting : 0;
}

bool tracee_signal_waits(const struct tracee *t)
{
	uint64_t blocked, waiting = signals_waiting(t, &blocked);

	return t->trap_state != TRAP_NONE || (waiting & (blocked | KILL_BIT)) != 0;
}

/* At such stops the kernel looks for signals before the thread runs (get_signal(), which
 * stops for an interrupt before it takes one). */
static bool signal_comes_next(const struct tracee *t)
{
	uint64_t blocked, waiting;

	if (!t->stopped || t->unmaking || t->pending_count == PENDING_MAX || (t->stop.kind != STOP_INTERRUPT &&
	    t->stop.kind != STOP_STEP && t->stop.kind != STOP_SIGNAL && t->stop.kind != STOP_RETURN))
		return false;
	waiting = signals_waiting(t, &blocked);
	return (waiting & KILL_BIT) == 0 && (waiting & ~blocked) != 0;
}

int tracee_take_signals(struct tracee *t)
{
	while (signal_comes_next(t)) {
		int error = tracee_next_stop(t);

		if (error != 0)
			return error;
		if (t->stop.kind == STOP_SIGNAL)
			tracee_hold_signal(t, &t->stop.info);
		else if (t->stop.kind != STOP_INTERRUPT)
			return -ESRCH;
	}
	return 0;
}

uint64_t tracee_signals_set(const struct tracee *t)
{
	uint64_t masks;

	return status_masks(t, "SigIgn:", "SigCgt:", &masks) ? masks : UINT64_MAX;
}

bool process_is_terminal(const struct process *p, unsigned fd, int terminal)
{
	struct stat its, ours;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/fd/%u", (int)p->pid, fd);
	return stat(path, &its) == 0 && fstat(terminal, &ours) == 0 && S_ISCHR(its.st_mode) &&
	    its.st_rdev == ours.st_rdev && its.st_ino == ours.st_ino;
}
