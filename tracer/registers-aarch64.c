/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* AArch64: DWARF numbers from "DWARF for the Arm 64-bit Architecture" (IHI 0057),
 * section 4.1; flags from the Arm ARM, section C5.2.9 (NZCV). */
#include "tracer/registers.h"

const struct register_info register_table[REGISTERS_COUNT] = {
	[REG_X0 + 0] = { "x0", 0, 0 },
	[REG_X0 + 1] = { "x1", 1, 1 },
	[REG_X0 + 2] = { "x2", 2, 2 },
	[REG_X0 + 3] = { "x3", 3, 3 },
	[REG_X0 + 4] = { "x4", 4, 4 },
	[REG_X0 + 5] = { "x5", 5, 5 },
	[REG_X0 + 6] = { "x6", 6, 6 },
	[REG_X0 + 7] = { "x7", 7, 7 },
	[REG_X0 + 8] = { "x8", 8, 8 },
	[REG_X0 + 9] = { "x9", 9, 9 },
	[REG_X0 + 10] = { "x10", 10, 10 },
	[REG_X0 + 11] = { "x11", 11, 11 },
	[REG_X0 + 12] = { "x12", 12, 12 },
	[REG_X0 + 13] = { "x13", 13, 13 },
	[REG_X0 + 14] = { "x14", 14, 14 },
	[REG_X0 + 15] = { "x15", 15, 15 },
	[REG_X0 + 16] = { "x16", 16, 16 },
	[REG_X0 + 17] = { "x17", 17, 17 },
	[REG_X0 + 18] = { "x18", 18, 18 },
	[REG_X0 + 19] = { "x19", 19, 19 },
	[REG_X0 + 20] = { "x20", 20, 20 },
	[REG_X0 + 21] = { "x21", 21, 21 },
	[REG_X0 + 22] = { "x22", 22, 22 },
	[REG_X0 + 23] = { "x23", 23, 23 },
	[REG_X0 + 24] = { "x24", 24, 24 },
	[REG_X0 + 25] = { "x25", 25, 25 },
	[REG_X0 + 26] = { "x26", 26, 26 },
	[REG_X0 + 27] = { "x27", 27, 27 },
	[REG_X0 + 28] = { "x28", 28, 28 },
	[REG_X0 + 29] = { "x29", 29, 29 },
	[REG_X0 + 30] = { "x30", 30, 30 },
	[REG_SP] = { "sp", 31, 31 },
	[REG_PC] = { "pc", 32, 32 },
	[REG_FLAGS] = { "pstate", -1, 33, ~0xf0000000ull /* NZCV */ },
};

const struct flag_info flag_table[] = {
	{ "N", 31, "negative" },
	{ "Z", 30, "zero" },
	{ "C", 29, "carry" },
	{ "V", 28, "overflow" },
	{ NULL, 0, NULL },
};
