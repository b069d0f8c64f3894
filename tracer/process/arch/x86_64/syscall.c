/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* syscall(2), table "Architecture calling conventions". */
#include "tracer/process/private.h"

const uint8_t arch_syscall_instruction[] = { 0x0f, 0x05 };
const size_t arch_syscall_instruction_size = sizeof arch_syscall_instruction;

static const int argument[6] = { X86_RDI, X86_RSI, X86_RDX, X86_R10, X86_R8, X86_R9 };

/* The lower half is the number, with its sign (entry_SYSCALL_64): a program that sets
 * bits above it makes the same call. */
static long number_in(uint64_t word)
{
	return (int32_t)word;
}

void arch_call_get(const struct registers *r, struct arch_call *call)
{
	call->number = number_in(r->word[X86_ORIG_RAX]);
	for (int i = 0; i < 6; i++)
		call->arguments[i] = r->word[argument[i]];
}

void arch_call_next(const struct registers *r, struct arch_call *call)
{
	arch_call_get(r, call);
	call->number = number_in(r->word[X86_RAX]);
}

void arch_call_set(struct registers *r, uint64_t pc, const struct arch_call *call)
{
	r->word[REG_PC] = pc;
	r->word[X86_RAX] = (uint64_t)call->number;
	r->word[X86_ORIG_RAX] = (uint64_t)-1;	/* no call to restart */
	for (int i = 0; i < 6; i++)
		r->word[argument[i]] = call->arguments[i];
}

/* ERESTARTSYS 512 … ERESTART_RESTARTBLOCK 516 (include/linux/errno.h). */
bool arch_in_call(const struct registers *r)
{
	int64_t result = (int64_t)r->word[X86_RAX];

	return number_in(r->word[X86_ORIG_RAX]) >= 0 && result <= -512 && result >= -516;
}

int64_t arch_call_result(const struct registers *r)
{
	return (int64_t)r->word[X86_RAX];
}

bool arch_call_again(struct registers *r)
{
	r->word[REG_PC] -= sizeof arch_syscall_instruction;
	r->word[X86_RAX] = r->word[X86_ORIG_RAX];
	r->word[X86_ORIG_RAX] = (uint64_t)-1;
	return true;
}

int arch_call_skip(pid_t tid, struct registers *r, int64_t result)
{
	(void)tid;
	r->word[X86_ORIG_RAX] = (uint64_t)-1;
	r->word[X86_RAX] = (uint64_t)result;
	return 0;
}

int arch_call_replace(pid_t tid, struct registers *r, long number)
{
	(void)tid;
	r->word[X86_ORIG_RAX] = (uint64_t)number;
	return 0;
}

void arch_call_back(struct registers *r, const struct arch_call *call)
{
	r->word[X86_ORIG_RAX] = (uint64_t)-1;
	r->word[X86_RAX] = (uint64_t)call->number;
	r->word[REG_PC] -= arch_syscall_instruction_size;
}
