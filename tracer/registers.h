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
enum {	/* order of <sys/user.h> */
	REG_R15, REG_R14, REG_R13, REG_R12, REG_RBP, REG_RBX, REG_R11, REG_R10,
	REG_R9, REG_R8, REG_RAX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_ORIG_RAX,
	REG_RIP, REG_CS, REG_EFLAGS, REG_RSP, REG_SS, REG_FS_BASE, REG_GS_BASE,
	REG_DS, REG_ES, REG_FS, REG_GS,
	REG_PC = REG_RIP, REG_SP = REG_RSP, REG_FP = REG_RBP, REG_FLAGS = REG_EFLAGS,
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
