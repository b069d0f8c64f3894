/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* x86-64: DWARF numbers from the System V psABI, figure 3.36; flags from the
 * Intel SDM volume 1, section 3.4.3. */
#include "tracer/registers.h"

const struct register_info register_table[REGISTERS_COUNT] = {
	[REG_RAX] = { "rax", 0, 0 },
	[REG_RBX] = { "rbx", 3, 1 },
	[REG_RCX] = { "rcx", 2, 2 },
	[REG_RDX] = { "rdx", 1, 3 },
	[REG_RSI] = { "rsi", 4, 4 },
	[REG_RDI] = { "rdi", 5, 5 },
	[REG_RBP] = { "rbp", 6, 6 },
	[REG_RSP] = { "rsp", 7, 7 },
	[REG_R8] = { "r8", 8, 8 },
	[REG_R9] = { "r9", 9, 9 },
	[REG_R10] = { "r10", 10, 10 },
	[REG_R11] = { "r11", 11, 11 },
	[REG_R12] = { "r12", 12, 12 },
	[REG_R13] = { "r13", 13, 13 },
	[REG_R14] = { "r14", 14, 14 },
	[REG_R15] = { "r15", 15, 15 },
	[REG_RIP] = { "rip", 16, 16 },
	[REG_EFLAGS] = { "eflags", 49, 17 },
	[REG_CS] = { "cs", 51, 18 },
	[REG_SS] = { "ss", 52, 19 },
	[REG_DS] = { "ds", 53, 20 },
	[REG_ES] = { "es", 50, 21 },
	[REG_FS] = { "fs", 54, 22 },
	[REG_GS] = { "gs", 55, 23 },
	[REG_FS_BASE] = { "fs_base", 58, 24 },
	[REG_GS_BASE] = { "gs_base", 59, 25 },
	[REG_ORIG_RAX] = { "orig_rax", -1, 26 },
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
