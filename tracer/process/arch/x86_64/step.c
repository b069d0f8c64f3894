/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The trap flag, and where it leaks to. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>

#include "tracer/process/private.h"

enum { TF = 1 << 8, RF = 1 << 16 };

/* pushf has stored the tracer's TF; popf of that image would make it stick. */
static int clear_pushed(pid_t tid, uint64_t address)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)address, NULL);
	if (errno != 0)
		return -errno;
	return ptrace(PTRACE_POKEDATA, tid, (void *)(uintptr_t)address,
	    (void *)(word & ~(long)TF)) == 0 ? 0 : -errno;
}

int arch_after_step(pid_t tid, const struct decoded *d, struct registers *r)
{
	if (d->pushes_flags)
		return clear_pushed(tid, r->word[REG_SP]);
	if (d->class == CLASS_SYSCALL && (r->word[X86_R11] & TF)) {
		r->word[X86_R11] &= ~(uint64_t)TF;	/* syscall saves the flags there */
		return put_registers(tid, r);
	}
	return 0;
}

/* RF is set in what a fault saves, so that going on does not fault again.  TF is shown
 * where the kernel takes it for the program's: of the step after popf it does, and
 * does not clear it when the thread is let go. */
bool arch_tidy(struct registers *r)
{
	bool sticks = (r->word[REG_FLAGS] & TF) != 0;

	r->word[REG_FLAGS] &= ~(uint64_t)(TF | RF);
	return sticks;
}

/* The kernel says TRAP_BRKPT for the step that ends a system call, and SI_KERNEL
 * for int3. */
bool arch_trap_is_step(int si_code)
{
	return si_code == TRAP_TRACE || si_code == TRAP_BRKPT;
}

bool arch_trap_is_breakpoint(int si_code)
{
	return si_code == SI_KERNEL;
}

const unsigned arch_frame_slot = 8;	/* the return address lies between */

uint64_t arch_return_address(const struct registers *r, uint64_t stack)
{
	(void)r;
	return stack;
}
