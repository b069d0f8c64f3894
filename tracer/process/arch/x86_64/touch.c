/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which instructions leave the vector registers alone?  Told from the opcode, not
 * from what a disassembler says of it: those on the list are the general ones
 * (Intel SDM volume 2, appendix A), whatever else there is counts as one that may
 * change x87, MXCSR, SSE, AVX …
 */
#include "tracer/process/arch.h"

/* A bit for each opcode, 16 to a row. */
static const uint16_t one_byte[16] = {	/* but prefixes, and 0F */
	[0x0] = 0x7fff, [0x1] = 0xffff, [0x2] = 0xffff, [0x3] = 0xffff,
	[0x5] = 0xffff,
	[0x6] = 0xfffb,		/* but 62: EVEX */
	[0x7] = 0xffff,
	[0x8] = 0x7fff,		/* but 8F: pop, or XOP */
	[0x9] = 0xf7ff,		/* but 9B: fwait */
	[0xa] = 0xffff, [0xb] = 0xffff,
	[0xc] = 0xffcf,		/* but C4, C5: VEX */
	[0xd] = 0x008f,		/* but D5: REX2; D8–DF: x87 */
	[0xe] = 0xffff, [0xf] = 0xffff,
};

static const uint16_t two_bytes[16] = {	/* 0F xx */
	[0x0] = 0x2bfd,		/* but 01: wrpkru, xsetbv …; 0A, 0C, 0E, 0F: 3DNow! */
	[0x1] = 0xff00,		/* nop, prefetch, endbr */
	[0x2] = 0x000f,
	[0x3] = 0x00ff,
	[0x4] = 0xffff,		/* cmovcc */
	[0x8] = 0xffff, [0x9] = 0xffff,
	[0xa] = 0xbf3f,		/* but AE: fxrstor, ldmxcsr … */
	[0xb] = 0xffff,
	[0xc] = 0xff8b,		/* but C2, C4–C6: cmpps, pinsrw … */
};

static bool listed(const uint16_t *table, uint8_t opcode)
{
	return (table[opcode >> 4] >> (opcode & 15) & 1) != 0;
}

static bool is_prefix(uint8_t byte)
{
	return byte == 0x66 || byte == 0x67 || byte == 0xf2 || byte == 0xf3 || byte == 0xf0 ||
	    byte == 0x2e || byte == 0x36 || byte == 0x3e || byte == 0x26 || byte == 0x64 ||
	    byte == 0x65 || (byte & 0xf0) == 0x40;
}

bool arch_touches_vector(const uint8_t *bytes, size_t size)
{
	size_t i = 0;

	while (i < size && is_prefix(bytes[i]))
		i++;
	if (size - i < 1)
		return true;
	if (bytes[i] == 0x8f)		/* reg 0 in ModRM: pop */
		return size - i < 2 || (bytes[i + 1] & 0x38) != 0;
	if (bytes[i] != 0x0f)
		return !listed(one_byte, bytes[i]);
	if (size - i < 2)
		return true;
	/* movbe, crc32, adcx, adox */
	if (bytes[i + 1] == 0x38)
		return size - i < 3 || (bytes[i + 2] != 0xf0 && bytes[i + 2] != 0xf1 &&
		    bytes[i + 2] != 0xf6);
	return !listed(two_bytes, bytes[i + 1]);
}
