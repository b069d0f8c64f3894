/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What an instruction writes, from its encoding (Arm ARM, C4.1.94 "Loads and
 * Stores"): the stores that compilers make of the person's code are followed,
 * every other one may write anywhere.
 */
#include <stdlib.h>
#include <string.h>

#include "tracer/process/arch.h"

enum { INSTRUCTION = 4 };

struct arch_decoder {
	char nothing;
};

struct arch_decoder *arch_decoder_new(void)
{
	return calloc(1, sizeof(struct arch_decoder));
}

void arch_decoder_free(struct arch_decoder *d)
{
	free(d);
}

static unsigned bits(uint32_t insn, unsigned high, unsigned low)
{
	return (insn >> low) & ((1u << (high - low + 1)) - 1);
}

static int64_t extended(unsigned value, unsigned width)
{
	return (int64_t)((uint64_t)value << (64 - width)) >> (64 - width);
}

/* Register 31 is the stack pointer as a base, zero as a value. */
static void value_of(struct decoded *d, unsigned rt, bool simd)
{
	if (simd || d->length > 8)
		return;
	if (rt == 31) {
		d->value = VALUE_CONSTANT;
	} else {
		d->value = VALUE_REGISTER;
		d->source = (int8_t)(REG_X0 + rt);
	}
}

static void store(struct decoded *d, unsigned rn, int64_t displacement, unsigned length)
{
	d->write = WRITE_OPERAND;
	d->base = (int8_t)(rn == 31 ? REG_SP : REG_X0 + (int)rn);
	d->displacement = displacement;
	d->length = (uint16_t)length;
}

/* STP, STNP: opc 101 V 0 mode L imm7 Rt2 Rn Rt. */
static void store_pair(struct decoded *d, uint32_t insn)
{
	bool simd = bits(insn, 26, 26);
	unsigned opc = bits(insn, 31, 30);
	unsigned size = simd ? 4u << opc : opc == 2 ? 8 : 4;
	bool post = bits(insn, 24, 23) == 1;

	store(d, bits(insn, 9, 5), post ? 0 : extended(bits(insn, 21, 15), 7) * (int)size, 2 * size);
}

static unsigned size_of(uint32_t insn)
{
	bool simd = bits(insn, 26, 26);
	unsigned size = 1u << bits(insn, 31, 30);

	return simd && bits(insn, 23, 22) == 2 ? 16 : size;
}

/* STR and the like: size 111 V 01 opc imm12 Rn Rt. */
static void store_unsigned(struct decoded *d, uint32_t insn)
{
	unsigned size = size_of(insn);

	store(d, bits(insn, 9, 5), (int64_t)bits(insn, 21, 10) * size, size);
	value_of(d, bits(insn, 4, 0), bits(insn, 26, 26));
}

/* size 111 V 00 opc 0 imm9 mode Rn Rt: unscaled, post-index, pre-index. */
static void store_signed(struct decoded *d, uint32_t insn)
{
	bool post = bits(insn, 11, 10) == 1;

	store(d, bits(insn, 9, 5), post ? 0 : extended(bits(insn, 20, 12), 9), size_of(insn));
	value_of(d, bits(insn, 4, 0), bits(insn, 26, 26));
}

/* size 111 V 00 opc 1 Rm option S 10 Rn Rt: only a 64-bit index, not extended. */
static void store_register(struct decoded *d, uint32_t insn)
{
	unsigned size = size_of(insn), rm = bits(insn, 20, 16);

	if (bits(insn, 15, 13) != 3) {
		d->anywhere = true;
		return;
	}
	store(d, bits(insn, 9, 5), 0, size);
	d->index = (int8_t)(rm == 31 ? -1 : REG_X0 + (int)rm);
	d->scale = (uint8_t)(bits(insn, 12, 12) ? size : 1);
	value_of(d, bits(insn, 4, 0), bits(insn, 26, 26));
}

static bool is_load_or_store(uint32_t insn)
{
	return (bits(insn, 28, 25) & 5) == 4;
}

/* L, or opc ≠ 0 (10 with V and size 0 is the 128-bit store). */
static bool single_loads(uint32_t insn)
{
	unsigned opc = bits(insn, 23, 22);

	return opc != 0 && !(opc == 2 && bits(insn, 26, 26) && bits(insn, 31, 30) == 0);
}

static void load_or_store(struct decoded *d, uint32_t insn)
{
	unsigned group = bits(insn, 29, 27);

	if (group == 5) {
		if (!bits(insn, 22, 22))
			store_pair(d, insn);
	} else if (group == 3) {
		return;			/* LDR (literal) */
	} else if (group != 7) {
		d->anywhere = true;	/* exclusives, ordered, structures, tags */
	} else if (bits(insn, 25, 24) == 1) {
		if (!single_loads(insn))
			store_unsigned(d, insn);
	} else if (bits(insn, 21, 21) == 0) {
		if (!single_loads(insn))
			store_signed(d, insn);
	} else if (bits(insn, 11, 10) == 2) {
		if (!single_loads(insn))
			store_register(d, insn);
	} else {
		d->anywhere = true;	/* atomics */
	}
}

/* Stepping between them clears the monitor: the store would never succeed. */
static bool loads_exclusively(uint32_t insn)
{
	return bits(insn, 29, 24) == 8 && bits(insn, 22, 22) && !bits(insn, 23, 23);
}

static bool stores_exclusively(uint32_t insn)
{
	return bits(insn, 29, 24) == 8 && !bits(insn, 22, 22) && !bits(insn, 23, 23);
}

static uint32_t word_at(const uint8_t *bytes)
{
	uint32_t insn;

	memcpy(&insn, bytes, sizeof insn);
	return insn;
}

/* To behind the store; a sequence of which that is not seen runs to its own end. */
static void exclusive(struct decoded *d, const uint8_t *bytes, size_t length)
{
	d->anywhere = true;
	for (size_t at = INSTRUCTION; at + INSTRUCTION <= length; at += INSTRUCTION)
		if (stores_exclusively(word_at(bytes + at))) {
			d->class = CLASS_RUN_TO;
			d->vector = true;	/* whatever stands between them */
			d->run_to = d->pc + at + INSTRUCTION;
			return;
		}
}

/* General: data processing (immediate, register), branches, and loads and stores
 * without V; MSR could be to FPCR or FPSR (Arm ARM, C4.1). */
bool arch_touches_vector(const uint8_t *instruction, size_t size)
{
	uint32_t insn;

	if (size < INSTRUCTION)
		return true;
	insn = word_at(instruction);
	switch (bits(insn, 28, 25)) {
	case 8: case 9:			/* 100x */
	case 5: case 13:		/* x101 */
		return false;
	case 10: case 11:		/* 101x */
		return bits(insn, 31, 22) == 0x354;	/* system */
	case 4: case 6: case 12: case 14:	/* x1x0 */
		return bits(insn, 26, 26) != 0;
	default:
		return true;
	}
}

void arch_decode(struct arch_decoder *decoder, uint64_t pc, const uint8_t *bytes, size_t length,
    struct decoded *d)
{
	uint32_t insn;

	(void)decoder;
	*d = (struct decoded){ .pc = pc, .base = -1, .index = -1, .segment = -1, .source = -1,
	    .scale = 1, .size = INSTRUCTION };
	if (length < INSTRUCTION) {
		d->anywhere = d->vector = true;
		return;
	}
	insn = word_at(bytes);
	d->vector = arch_touches_vector(bytes, length);
	if (bits(insn, 31, 26) == 0x25 || (insn & 0xfffffc1f) == 0xd63f0000) {	/* BL, BLR */
		d->class = CLASS_CALL;
	} else if ((insn & 0xffe0001f) == 0xd4000001) {		/* SVC */
		d->class = CLASS_SYSCALL;
		d->anywhere = true;
	} else if ((insn & 0xffe0001f) == 0xd4200000) {		/* BRK */
		d->class = CLASS_TRAP;
	} else if (is_load_or_store(insn)) {
		load_or_store(d, insn);
		if (loads_exclusively(insn))
			exclusive(d, bytes, length);
	} else if (bits(insn, 31, 22) == 0x354) {		/* DC ZVA and other SYS */
		d->anywhere = true;
	}
}

void arch_effect(const struct decoded *d, const struct registers *before,
    const struct registers *after, struct effect *e)
{
	uint64_t value = d->constant;

	(void)after;
	e->anywhere = d->anywhere;
	e->known = false;
	e->length = 0;
	if (d->write == WRITE_NOTHING || d->anywhere)
		return;
	e->address = before->word[d->base] + (uint64_t)d->displacement;
	if (d->index >= 0)
		e->address += before->word[d->index] * d->scale;
	e->length = d->length;
	if (d->value == VALUE_REGISTER)
		value = before->word[d->source];
	memcpy(e->value, &value, sizeof value);
	e->known = d->value != VALUE_UNKNOWN && d->length <= 8;
}
