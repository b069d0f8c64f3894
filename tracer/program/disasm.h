/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Instructions as text, by capstone, from the bytes of a view. */
#ifndef PT_DISASM_H
#define PT_DISASM_H

#include "tracer/program/image.h"

enum disasm_syntax { DISASM_ATT, DISASM_INTEL };

struct instruction {
	uint64_t address;
	uint8_t size;			/* 1 … 15 (AArch64: 4) */
	uint8_t bytes[16];
	char text[192];			/* "mov eax, dword ptr [rbp - 4]"; ".byte 0x0f" when undecodable */
	uint64_t target;		/* of a direct jump or call, else 0 */
};

struct disasm;
struct disasm *disasm_new(void);	/* NULL: no memory */
void disasm_free(struct disasm *);

/* Instructions from address on, at most max, none reaching behind end (0: no
 * bound).  Returns how many; fewer when memory cannot be read. */
size_t disasm(struct disasm *, const struct view *, enum disasm_syntax, uint64_t address,
    uint64_t end, struct instruction *out, size_t max);

#endif
