/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Watchpoint registers: Arm ARM, DBGWCR<n>_EL1; given by PTRACE_SETREGSET. */
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "tracer/process/arch.h"

enum { ENABLE = 1, ON_LOAD = 1 << 3, ON_STORE = 2 << 3, BYTES_SHIFT = 5, WORD = 8 };

/* struct user_hwdebug_state of the kernel's asm/ptrace.h, with the registers used here. */
struct debug_state {
	uint32_t info, pad;
	struct { uint64_t address; uint32_t control, pad; } reg[WATCH_SLOTS];
};

const bool arch_watch_before = true;

int arch_watch_set(pid_t tid, const struct watch_slot *slots, size_t count)
{
	struct debug_state state;
	struct iovec iov = { &state, sizeof state };

	memset(&state, 0, sizeof state);
	for (size_t i = 0; i < count; i++) {
		uint32_t bytes = ((1u << slots[i].length) - 1) << (slots[i].address % WORD);

		state.reg[i].address = slots[i].address & ~(uint64_t)(WORD - 1);
		state.reg[i].control = ENABLE | ON_STORE | bytes << BYTES_SHIFT;
		if (slots[i].reads)
			state.reg[i].control |= ON_LOAD;
	}
	return ptrace(PTRACE_SETREGSET, tid, NT_ARM_HW_WATCH, &iov) == 0 ? 0 : -errno;
}

/* The machine says only the address, which may be the start of a wider access. */
unsigned arch_watch_hit(pid_t tid, uint64_t address, const struct watch_slot *slots, size_t count)
{
	unsigned hit = 0;

	(void)tid;
	for (size_t i = 0; i < count; i++)
		if (slots[i].address / WORD == address / WORD)
			hit |= 1u << i;
	for (size_t i = 0; i < count && hit == 0; i++)
		if (slots[i].address - address < 64)	/* the widest: DC ZVA's block */
			hit |= 1u << i;
	return hit;
}
