/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What an instruction reads, from its encoding (Arm ARM, C4.1.94 "Loads and
 * Stores"): the loads that compilers make of the person's code; others are not seen.
 */
#include <string.h>

#include "tracer/process/arch.h"

enum { INSTRUCTION = 4 };

static unsigned bits(uint32_t insn, unsigned high, unsigned low)
{
	return (insn >> low) & ((1u << (high - low + 1)) - 1);
}

static int64_t extended(unsigned value, unsigned width)
{
	return (int64_t)((uint64_t)value << (64 - width)) >> (64 - width);
}

static unsigned size_of(uint32_t insn)
{
	return bits(insn, 26, 26) && bits(insn, 23, 22) == 3 ? 16 : 1u << bits(insn, 31, 30);
}

static struct read_operand *add(struct reads *r, uint32_t insn, int64_t displacement, unsigned length)
{
	unsigned rn = bits(insn, 9, 5);
	struct read_operand *o = &r->operand[r->count++];

	*o = (struct read_operand){ .base = (int8_t)(rn == 31 ? REG_SP : REG_X0 + (int)rn), .index = -1,
	    .segment = -1, .scale = 1, .length = (uint16_t)length, .displacement = displacement };
	return o;
}

/* LDP, LDNP, LDPSW: opc 101 V 0 mode L imm7 Rt2 Rn Rt. */
static void load_pair(struct reads *r, uint32_t insn)
{
	unsigned opc = bits(insn, 31, 30), size = bits(insn, 26, 26) ? 4u << opc : opc == 2 ? 8 : 4;
	bool post = bits(insn, 24, 23) == 1;

	add(r, insn, post ? 0 : extended(bits(insn, 21, 15), 7) * (int)size, 2 * size);
}

/* LDR and the like: size 111 V 00 opc, and how the address is told in bits 24, 21, 11 and 10. */
static void load(struct reads *r, uint32_t insn)
{
	unsigned size = size_of(insn), rm = bits(insn, 20, 16);
	struct read_operand *o;

	if (bits(insn, 24, 24)) {
		add(r, insn, (int64_t)bits(insn, 21, 10) * size, size);
	} else if (!bits(insn, 21, 21)) {
		add(r, insn, bits(insn, 11, 10) == 1 ? 0 : extended(bits(insn, 20, 12), 9), size);
	} else if (bits(insn, 11, 10) == 2 && bits(insn, 15, 13) == 3 && rm != 31) {
		o = add(r, insn, 0, size);	/* by a whole register, shifted by the size or not */
		o->index = (int8_t)(REG_X0 + (int)rm);
		o->scale = (uint8_t)(bits(insn, 12, 12) ? size : 1);
	}
}

void arch_reads(struct arch_decoder *decoder, uint64_t pc, const uint8_t *bytes, size_t length,
    struct reads *r)
{
	uint32_t insn;

	(void)decoder;
	(void)pc;
	*r = (struct reads){ 0 };
	if (length < INSTRUCTION)
		return;
	memcpy(&insn, bytes, sizeof insn);
	if (bits(insn, 29, 27) == 5 && bits(insn, 25, 25) == 0 && bits(insn, 22, 22))
		load_pair(r, insn);
	else if (bits(insn, 29, 27) == 7 && bits(insn, 25, 25) == 0 && bits(insn, 23, 22) != 0 &&
	    !(bits(insn, 26, 26) && bits(insn, 23, 22) == 2))
		load(r, insn);
}

void arch_read_range(const struct read_operand *o, const struct registers *before,
    const struct registers *after, uint64_t *address, uint64_t *length)
{
	(void)after;
	*length = o->length;
	*address = before->word[o->base] + (uint64_t)o->displacement;
	if (o->index >= 0)
		*address += before->word[o->index] * o->scale;
}
