/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* System calls that the tracer has the program make, or keeps it from making. */
#include "tracer/process/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "src/cleanup.h"

enum {
	TRIES_OPEN = 4,		/* signals come seldom: the first that comes is held, then all are blocked */
	TRIES_HELD = 16,	/* what the filter reports, an interrupt */
};

static uint64_t search(struct process *p, const struct region *r)
{
	size_t size = r->end - r->start;
	cleanup_free uint8_t *bytes = size <= 4 << 20 ? malloc(size) : NULL;
	const uint8_t *found;
	size_t length;

	if (bytes == NULL)
		return 0;
	length = process_read(p, r->start, bytes, size);
	found = memmem(bytes, length, arch_syscall_instruction, arch_syscall_instruction_size);
	return found != NULL ? r->start + (uint64_t)(found - bytes) : 0;
}

/* The vDSO has one, and nobody unmaps it; else any library does. */
void process_find_syscall(struct process *p, const struct region *regions, size_t count)
{
	p->syscall_at = 0;
	for (size_t i = 0; i < count && p->syscall_at == 0; i++)
		if (strcmp(regions[i].name, "[vdso]") == 0)
			p->syscall_at = search(p, &regions[i]);
	for (size_t i = count; i-- > 0 && p->syscall_at == 0; )
		if ((regions[i].protection & PROT_EXEC) && regions[i].name[0] == '/')
			p->syscall_at = search(p, &regions[i]);
}

void process_report_calls(struct process *p, bool on)
{
	p->report_calls = on;
}

bool tracee_at_call(struct tracee *t)
{
	uint8_t bytes[8];

	switch (t->stop.kind) {
	case STOP_ENTRY:
	case STOP_SYSCALL:
	case STOP_CLONE:
	case STOP_FORK:
		return true;
	default:
		return arch_in_call(&t->registers) ||
		    (process_read(t->process, t->registers.word[REG_PC], bytes,
		    arch_syscall_instruction_size) == arch_syscall_instruction_size &&
		    memcmp(bytes, arch_syscall_instruction, arch_syscall_instruction_size) == 0);
	}
}

/* Step over the one instruction; the filter may report the call on the way. */
static int step_over(struct tracee *t, int tries, bool open)
{
	while (tries-- > 0) {
		int error = tracee_step(t);

		if (error != 0)
			return error;
		if (t->stop.kind == STOP_STEP)
			return 0;
		if (t->stop.kind == STOP_SIGNAL)
			tracee_hold_signal(t, &t->stop.info);
		else if (t->stop.kind != STOP_SYSCALL && t->stop.kind != STOP_INTERRUPT)
			return -ESRCH;
		if (open && t->stop.kind == STOP_SIGNAL)
			return -EAGAIN;
	}
	return -EAGAIN;
}

#define BIT(number) (1ull << ((number) - 1))

/* With a fast timer one signal would come after the other, and the call never.  What
 * the instruction itself can raise stays open: blocked, it would lose its handler. */
static int hold_back_signals(struct tracee *t, uint64_t *mask)
{
	uint64_t held = ~(BIT(SIGTRAP) | BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE));

	if (ptrace(PTRACE_GETSIGMASK, t->tid, (void *)sizeof *mask, mask) != 0)
		return -errno;
	held |= *mask;
	return ptrace(PTRACE_SETSIGMASK, t->tid, (void *)sizeof held, &held) == 0 ? 0 : -errno;
}

/* The call, and the registers as they were; -EAGAIN: signals came each time. */
static int make_call(struct tracee *t, const struct registers *r, const struct registers *saved,
    int tries, int64_t *result)
{
	int error = tracee_set_registers(t, r), back;

	if (error == 0)
		error = step_over(t, tries, tries == TRIES_OPEN);
	if (error == 0)
		*result = arch_call_result(&t->registers);
	if (error == -ESRCH)
		return error;
	back = tracee_set_registers(t, saved);
	return error != 0 ? error : back;
}

int tracee_call(struct tracee *t, const struct arch_call *call, int64_t *result)
{
	struct registers saved = t->registers, r = saved;
	const bool told = t->process->faults_told;	/* the call makes no region grow */
	struct stop stop = t->stop;
	uint64_t mask;
	int error;

	if (t->process->syscall_at == 0)
		return -ENOSYS;
	arch_call_set(&r, t->process->syscall_at, call);
	tracee_unblock_trap(t);
	/* Each stop delivers one signal: no more than one is taken in with signals open. */
	error = t->pending_count == 0 ? make_call(t, &r, &saved, TRIES_OPEN, result) : -EAGAIN;
	if (error == -EAGAIN && hold_back_signals(t, &mask) == 0) {
		error = make_call(t, &r, &saved, TRIES_HELD, result);
		ptrace(PTRACE_SETSIGMASK, t->tid, (void *)sizeof mask, &mask);
	}
	t->stop = stop;
	t->process->faults_told = told;
	return error;
}

/* The filter is yet to see the number: it kills for one that is none, so a call that
 * changes nothing is made instead. */
int tracee_unmake_call(struct tracee *t)
{
	struct registers r = t->registers;
	int error = arch_call_replace(t->tid, &r, SYS_getppid);

	if (error == 0)
		error = tracee_set_registers(t, &r);
	t->unmaking = error == 0;
	return error;
}

/* t->stop.call is that of the entry still. */
void unmake_done(struct tracee *t)
{
	struct registers r = t->registers;

	t->unmaking = false;
	arch_call_back(&r, &t->stop.call);
	tracee_set_registers(t, &r);
	t->stop.result = 0;
}

int tracee_refuse_call(struct tracee *t, int error)
{
	struct registers r = t->registers;
	int failed = arch_call_skip(t->tid, &r, -error);

	return failed != 0 ? failed : tracee_set_registers(t, &r);
}
