/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The general registers of one thread at one moment, as the kernel gives them
 * (struct user_regs_struct, PTRACE_GETREGSET NT_PRSTATUS), and one table that
 * says what each word is.  Nothing here knows ptrace.
 */
#ifndef PT_REGISTERS_H
#define PT_REGISTERS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#define REGISTERS_COUNT	27	/* words of user_regs_struct */
enum {	/* order of <sys/user.h>; <signal.h> has taken REG_R8, … */
	X86_R15, X86_R14, X86_R13, X86_R12, X86_RBP, X86_RBX, X86_R11, X86_R10,
	X86_R9, X86_R8, X86_RAX, X86_RCX, X86_RDX, X86_RSI, X86_RDI, X86_ORIG_RAX,
	X86_RIP, X86_CS, X86_EFLAGS, X86_RSP, X86_SS, X86_FS_BASE, X86_GS_BASE,
	X86_DS, X86_ES, X86_FS, X86_GS,
	REG_PC = X86_RIP, REG_SP = X86_RSP, REG_FP = X86_RBP, REG_FLAGS = X86_EFLAGS,
};
#elif defined(__aarch64__)
#define REGISTERS_COUNT	34	/* x0–x30, sp, pc, pstate */
enum { REG_X0 = 0, REG_FP = 29, REG_LR = 30, REG_SP = 31, REG_PC = 32, REG_FLAGS = 33 };
#else
#error "penguintrace runs on x86-64 and AArch64"
#endif

struct registers {
	uint64_t word[REGISTERS_COUNT];
};

struct register_info {
	const char *name;	/* "rax" */
	int dwarf;		/* DWARF number (psABI), or -1 */
	unsigned order;		/* place in a person's list; pseudo registers last */
	uint64_t fixed;		/* bits that a person cannot change: kernel's and tracer's */
};

struct flag_info {
	const char *name;	/* "ZF" */
	unsigned shift;		/* bit in word[REG_FLAGS] */
	const char *what;	/* "zero" */
};

/* [REGISTERS_COUNT]; flags end with name NULL.  registers-ARCH.c */
extern const struct register_info register_table[REGISTERS_COUNT];
extern const struct flag_info flag_table[];

/* Index of a register by name or DWARF number, -1 when there is none. */
int register_by_name(const char *name);
int register_by_dwarf(int dwarf);

#endif
