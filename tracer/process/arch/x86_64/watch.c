/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Debug registers: Intel SDM volume 3, section 18.2 (DR0 to DR3 addresses, DR6 what
 * has happened, DR7 what to do); the kernel keeps a set for each thread. */
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>

#include "tracer/process/arch.h"

enum { DR_STATUS = 6, DR_CONTROL = 7, BREAK_ON_WRITE = 1, BREAK_ON_ACCESS = 3 };

const bool arch_watch_before = false;

static void *offset_of(unsigned number)
{
	return (void *)(offsetof(struct user, u_debugreg) + number * sizeof(long));
}

static int put(pid_t tid, unsigned number, uint64_t value)
{
	return ptrace(PTRACE_POKEUSER, tid, offset_of(number), value) == 0 ? 0 : -errno;
}

/* L0 … L3 in bits 0, 2, 4, 6; from bit 16 on four bits each: what for, and LEN. */
static uint64_t control_bits(const struct watch_slot *slot, size_t i)
{
	static const uint8_t length_code[] = { [1] = 0, [2] = 1, [4] = 3, [8] = 2 };
	uint64_t what = slot->reads ? BREAK_ON_ACCESS : BREAK_ON_WRITE;

	return 1ull << (2 * i) | (what | (uint64_t)length_code[slot->length] << 2) << (16 + 4 * i);
}

/* Addresses only while none counts: the kernel checks each change on its own. */
int arch_watch_set(pid_t tid, const struct watch_slot *slots, size_t count)
{
	uint64_t control = 0;
	int error = put(tid, DR_CONTROL, 0);

	for (size_t i = 0; i < count && error == 0; i++) {
		error = put(tid, (unsigned)i, slots[i].address);
		control |= control_bits(&slots[i], i);
	}
	if (error == 0 && count > 0)
		error = put(tid, DR_STATUS, 0);
	return error == 0 && count > 0 ? put(tid, DR_CONTROL, control) : error;
}

unsigned arch_watch_hit(pid_t tid, uint64_t address, const struct watch_slot *slots, size_t count)
{
	long status;

	(void)address;
	(void)slots;
	(void)count;
	errno = 0;
	status = ptrace(PTRACE_PEEKUSER, tid, offset_of(DR_STATUS), NULL);
	if (errno != 0)
		return 0;
	put(tid, DR_STATUS, 0);
	return (unsigned)status & ((1u << WATCH_SLOTS) - 1);
}
