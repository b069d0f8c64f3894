/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* x86-64: DWARF numbers from the System V psABI, figure 3.36; flags from the
 * Intel SDM volume 1, section 3.4.3. */
#include "tracer/registers.h"

#define USER_FLAGS	0xcd5ull	/* CF PF AF ZF SF DF OF */

const struct register_info register_table[REGISTERS_COUNT] = {
	[X86_RAX] = { "rax", 0, 0, 0 },
	[X86_RBX] = { "rbx", 3, 1, 0 },
	[X86_RCX] = { "rcx", 2, 2, 0 },
	[X86_RDX] = { "rdx", 1, 3, 0 },
	[X86_RSI] = { "rsi", 4, 4, 0 },
	[X86_RDI] = { "rdi", 5, 5, 0 },
	[X86_RBP] = { "rbp", 6, 6, 0 },
	[X86_RSP] = { "rsp", 7, 7, 0 },
	[X86_R8] = { "r8", 8, 8, 0 },
	[X86_R9] = { "r9", 9, 9, 0 },
	[X86_R10] = { "r10", 10, 10, 0 },
	[X86_R11] = { "r11", 11, 11, 0 },
	[X86_R12] = { "r12", 12, 12, 0 },
	[X86_R13] = { "r13", 13, 13, 0 },
	[X86_R14] = { "r14", 14, 14, 0 },
	[X86_R15] = { "r15", 15, 15, 0 },
	[X86_RIP] = { "rip", 16, 16, 0 },
	[X86_EFLAGS] = { "eflags", 49, 17, ~USER_FLAGS },
	[X86_CS] = { "cs", 51, 18, ~0ull },
	[X86_SS] = { "ss", 52, 19, ~0ull },
	[X86_DS] = { "ds", 53, 20, ~0ull },
	[X86_ES] = { "es", 50, 21, ~0ull },
	[X86_FS] = { "fs", 54, 22, ~0ull },
	[X86_GS] = { "gs", 55, 23, ~0ull },
	[X86_FS_BASE] = { "fs_base", 58, 24, 0 },
	[X86_GS_BASE] = { "gs_base", 59, 25, 0 },
	[X86_ORIG_RAX] = { "orig_rax", -1, 26, ~0ull },
};

const struct flag_info flag_table[] = {
	{ "CF", 0, "carry" },
	{ "PF", 2, "parity" },
	{ "AF", 4, "auxiliary carry" },
	{ "ZF", 6, "zero" },
	{ "SF", 7, "sign" },
	{ "TF", 8, "trap" },
	{ "IF", 9, "interrupts" },
	{ "DF", 10, "direction" },
	{ "OF", 11, "overflow" },
	{ NULL, 0, NULL },
};
