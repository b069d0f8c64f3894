/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* PSTATE.SS belongs to the kernel here: nothing of stepping leaks into what the
 * program sees. */
#include <signal.h>

#include "tracer/process/private.h"

enum { PSTATE_SS = 1 << 21 };

int arch_after_step(pid_t tid, const struct decoded *d, struct registers *r)
{
	(void)tid;
	(void)d;
	(void)r;
	return 0;
}

bool arch_tidy(struct registers *r)
{
	r->word[REG_FLAGS] &= ~(uint64_t)PSTATE_SS;
	return false;
}

/* The step that ends a system call comes by the generic report: SI_USER. */
bool arch_trap_is_step(int si_code)
{
	return si_code == TRAP_TRACE || si_code == TRAP_HWBKPT || si_code == SI_USER;
}

bool arch_trap_is_breakpoint(int si_code)
{
	return si_code == TRAP_BRKPT;
}

const unsigned arch_frame_slot = 0;	/* bl leaves the stack pointer alone */

uint64_t arch_return_address(const struct registers *r, uint64_t stack)
{
	(void)stack;
	return r->word[REG_LR];
}
