/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Calls and jumps that are made by writing registers and memory (Intel SDM volume 2, CALL
 * and JMP): where traps are slow a step costs five times as much.
 */
#include <elf.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "tracer/process/private.h"

#ifndef NT_X86_SHSTK
#define NT_X86_SHSTK 0x204
#endif

/* A call pushes onto that, too (Documentation/arch/x86/shstk.rst); the request fails for a
 * thread that has none. */
static bool has_shadow_stack(pid_t tid)
{
	uint64_t pointer;
	struct iovec iov = { &pointer, sizeof pointer };

	return ptrace(PTRACE_GETREGSET, tid, NT_X86_SHSTK, &iov) == 0;
}

/* Only where the program itself may write, and all or nothing: in one page. */
static bool push(pid_t tid, uint64_t at, uint64_t word)
{
	struct iovec from = { &word, sizeof word }, to = { (void *)(uintptr_t)at, sizeof word };

	return at % sizeof word == 0 && !has_shadow_stack(tid) &&
	    process_vm_writev(tid, &from, 1, &to, 1, 0) == (ssize_t)sizeof word;
}

static bool follow(pid_t tid, uint64_t at, uint64_t *word)
{
	struct iovec to = { word, sizeof *word }, from = { (void *)(uintptr_t)at, sizeof *word };

	return process_vm_readv(tid, &to, 1, &from, 1, 0) == (ssize_t)sizeof *word;
}

/* Sign-extended from 48 bits: to any other address the instruction itself fails. */
static bool is_canonical(uint64_t address)
{
	return address >> 47 == 0;
}

bool arch_transfer(pid_t tid, const struct decoded *d, struct registers *r)
{
	uint64_t target = d->target, stack = r->word[REG_SP] - sizeof(uint64_t);

	if (d->transfer == TRANSFER_NONE)
		return false;
	if (d->transfer == TRANSFER_THROUGH && !follow(tid, d->target, &target))
		return false;
	if (!is_canonical(target))
		return false;
	if (d->transfer == TRANSFER_CALL) {
		if (!push(tid, stack, d->pc + d->size))
			return false;
		r->word[REG_SP] = stack;
	}
	r->word[REG_PC] = target;
	return true;
}
