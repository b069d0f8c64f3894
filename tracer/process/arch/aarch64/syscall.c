/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* syscall(2), table "Architecture calling conventions".  The number of a call that
 * is under way is no register here: NT_ARM_SYSTEM_CALL has it. */
#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "tracer/process/private.h"

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

enum { REG_NUMBER = REG_X0 + 8 };

const uint8_t arch_syscall_instruction[] = { 0x01, 0x00, 0x00, 0xd4 };	/* svc #0 */
const size_t arch_syscall_instruction_size = sizeof arch_syscall_instruction;

void arch_call_get(const struct registers *r, struct arch_call *call)
{
	call->number = (int32_t)r->word[REG_NUMBER];	/* the kernel looks at no more of it */
	for (int i = 0; i < 6; i++)
		call->arguments[i] = r->word[REG_X0 + i];
}

void arch_call_next(const struct registers *r, struct arch_call *call)
{
	arch_call_get(r, call);
}

void arch_call_set(struct registers *r, uint64_t pc, const struct arch_call *call)
{
	r->word[REG_PC] = pc;
	r->word[REG_NUMBER] = (uint64_t)call->number;
	for (int i = 0; i < 6; i++)
		r->word[REG_X0 + i] = call->arguments[i];
}

int64_t arch_call_result(const struct registers *r)
{
	return (int64_t)r->word[REG_X0];
}

/* Not told by the registers: -ERESTART… (512 to 516) in x0 is what can be seen. */
bool arch_in_call(const struct registers *r)
{
	int64_t result = (int64_t)r->word[REG_X0];

	return result <= -512 && result >= -516;
}

/* The first argument is in the kernel (orig_x0), the result stands in its place. */
bool arch_call_again(struct registers *r)
{
	(void)r;
	return false;
}

static int put_number(pid_t tid, int number)
{
	struct iovec iov = { &number, sizeof number };

	return ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &iov) == 0 ? 0 : -errno;
}

int arch_call_skip(pid_t tid, struct registers *r, int64_t result)
{
	int error = put_number(tid, -1);

	if (error == 0)
		r->word[REG_X0] = (uint64_t)result;
	return error;
}

int arch_call_replace(pid_t tid, struct registers *r, long number)
{
	(void)r;
	return put_number(tid, (int)number);
}

void arch_call_back(struct registers *r, const struct arch_call *call)
{
	r->word[REG_X0] = call->arguments[0];
	r->word[REG_PC] -= arch_syscall_instruction_size;
}
