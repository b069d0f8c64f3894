/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * An instruction that does elsewhere what it would do in its place (Intel SDM
 * volume 2, section 2.2.1.6 for RIP-relative operands).  Branches keep their
 * condition and lead out by a jump of 32 bits; a call pushes the address that it
 * would have pushed and becomes a jump.  Left to the single step: strings with a
 * count, what keeps the address that it stands at (x87, system calls), pushf, and
 * what capstone cannot decode.
 */
#include <string.h>

#include "tracer/process/arch/x86_64/decoder.h"

enum { NEAR_JUMP = 5, NEAR_MAX = 0x7fff0000 };

/* Where an instruction's opcode is (SDM volume 2, section 2.1): behind prefixes. */
struct form {
	const uint8_t *opcode;
	uint8_t modrm;			/* offset of that byte, where there is one */
	bool vex;			/* VEX or EVEX: no branch, and opcode is the prefix */
	bool narrow;			/* 16-bit operands or 32-bit addresses */
};

static bool is_prefix(uint8_t byte)
{
	static const uint8_t prefixes[] = { 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65 };

	return memchr(prefixes, byte, sizeof prefixes) != NULL;
}

static uint8_t opcode_length(const uint8_t *opcode)
{
	switch (opcode[0]) {
	case 0xc5:
		return 3;
	case 0xc4:
		return 4;
	case 0x62:
		return 5;
	case 0x0f:
		return opcode[1] == 0x38 || opcode[1] == 0x3a ? 3 : 2;
	default:
		return 1;
	}
}

static struct form form_of(const cs_insn *insn)
{
	struct form f = { .opcode = insn->bytes };

	while (f.opcode < insn->bytes + insn->size - 1 && is_prefix(*f.opcode)) {
		f.narrow |= *f.opcode == 0x66 || *f.opcode == 0x67;
		f.opcode++;
	}
	if (f.opcode < insn->bytes + insn->size - 1 && (*f.opcode & 0xf0) == 0x40)
		f.opcode++;		/* REX */
	f.vex = *f.opcode == 0xc4 || *f.opcode == 0xc5 || *f.opcode == 0x62;
	f.modrm = (uint8_t)(f.opcode - insn->bytes + opcode_length(f.opcode));
	return f;
}

/* The code that is being written, and where it will stand. */
struct writer {
	struct displaced *out;
	uint64_t at;
	bool fits;
};

static void put(struct writer *w, const void *bytes, size_t length)
{
	struct displaced *d = w->out;

	if (length > sizeof d->code - d->length) {
		w->fits = false;
		return;
	}
	memcpy(d->code + d->length, bytes, length);
	d->length = (uint8_t)(d->length + length);
}

static void put_word(struct writer *w, const uint8_t *opcode, size_t length, uint32_t word)
{
	put(w, opcode, length);
	put(w, &word, sizeof word);
}

/* From behind `length' bytes at here on. */
static bool relative(uint64_t here, uint64_t target, int32_t *distance)
{
	int64_t d = (int64_t)(target - here);

	*distance = (int32_t)d;
	return d >= -NEAR_MAX && d <= NEAR_MAX;
}

/* Whoever stands here is where the program would be at pc. */
static void put_exit(struct writer *w, uint64_t pc)
{
	static const uint8_t jump[] = { 0xe9 };
	struct displaced *d = w->out;
	int32_t distance;

	if (d->exit_count == DISPLACED_EXITS ||
	    !relative(w->at + d->length + NEAR_JUMP, pc, &distance)) {
		w->fits = false;
		return;
	}
	d->exits[d->exit_count].offset = d->length;
	d->exits[d->exit_count++].pc = pc;
	put_word(w, jump, sizeof jump, (uint32_t)distance);
}

/* In 32 bits, which the processor extends by their sign, and where that is another
 * value the upper half after it: no flag changes. */
static void put_push(struct writer *w, uint64_t value)
{
	static const uint8_t push[] = { 0x68 }, upper[] = { 0xc7, 0x44, 0x24, 0x04 };

	put_word(w, push, sizeof push, (uint32_t)value);
	if ((uint64_t)(int64_t)(int32_t)value != value)
		put_word(w, upper, sizeof upper, (uint32_t)(value >> 32));
}

/* -- operands ----------------------------------------------------------------------- */

static const cs_x86_op *memory_operand(const cs_x86 *x)
{
	for (unsigned i = 0; i < x->op_count; i++)
		if (x->operands[i].type == X86_OP_MEM)
			return &x->operands[i];
	return NULL;
}

/* ModR/M with mod 0 and r/m 5, and the displacement behind it: both ways of reading
 * the instruction have to agree. */
static bool relocate(const cs_insn *insn, const struct form *f, uint8_t *copy, uint64_t at)
{
	const cs_x86_op *op = memory_operand(&insn->detail->x86);
	uint64_t target;
	int32_t old, new;

	if (op == NULL || (op->mem.base != X86_REG_RIP && op->mem.base != X86_REG_EIP))
		return true;
	if (op->mem.base == X86_REG_EIP || f->modrm + 1u + sizeof old > insn->size ||
	    (copy[f->modrm] & 0xc7) != 0x05)
		return false;
	memcpy(&old, copy + f->modrm + 1, sizeof old);
	target = insn->address + insn->size + (uint64_t)(int64_t)old;
	if (old != op->mem.disp || !relative(at + insn->size, target, &new))
		return false;
	memcpy(copy + f->modrm + 1, &new, sizeof new);
	return true;
}

/* -- kinds ---------------------------------------------------------------------------- */

static bool copied(struct writer *w, const cs_insn *insn, const struct form *f, bool goes_on)
{
	uint8_t copy[DECODE_BYTES];

	memcpy(copy, insn->bytes, insn->size);
	if (!relocate(insn, f, copy, w->at + w->out->length))
		return false;
	put(w, copy, insn->size);
	if (goes_on)
		put_exit(w, insn->address + insn->size);
	return w->fits;
}

static uint64_t target_of(const cs_insn *insn)
{
	const cs_x86 *x = &insn->detail->x86;

	return x->op_count > 0 && x->operands[0].type == X86_OP_IMM ? (uint64_t)x->operands[0].imm : 0;
}

/* Its short form, over the way on, to the way there: loop and jrcxz have no other. */
static bool conditional(struct writer *w, const cs_insn *insn, uint8_t short_opcode)
{
	const uint8_t branch[] = { short_opcode, NEAR_JUMP };

	put(w, branch, sizeof branch);
	put_exit(w, insn->address + insn->size);
	put_exit(w, target_of(insn));
	return w->fits;
}

static bool direct_call(struct writer *w, const cs_insn *insn)
{
	put_push(w, insn->address + insn->size);
	put_exit(w, target_of(insn));
	return w->fits;
}

/* FF /2 becomes FF /4; an operand that counts from rsp would be another one by then. */
static bool indirect_call(struct writer *w, const cs_insn *insn, const struct form *f)
{
	const cs_x86_op *op = &insn->detail->x86.operands[0];
	uint8_t copy[DECODE_BYTES];

	if (insn->detail->x86.op_count != 1 ||
	    (op->type == X86_OP_MEM ? op->mem.base : op->reg) == X86_REG_RSP)
		return false;
	put_push(w, insn->address + insn->size);
	memcpy(copy, insn->bytes, insn->size);
	if (!relocate(insn, f, copy, w->at + w->out->length))
		return false;
	copy[f->modrm] = (uint8_t)((copy[f->modrm] & ~0x38) | 0x20);
	put(w, copy, insn->size);
	return w->fits;
}

static bool group_ff(struct writer *w, const cs_insn *insn, const struct form *f)
{
	switch (insn->bytes[f->modrm] >> 3 & 7) {
	case 2:
		return !f->narrow && indirect_call(w, insn, f);
	case 4:
		return !f->narrow && copied(w, insn, f, false);
	case 3:
	case 5:
		return false;		/* to another segment */
	default:
		return copied(w, insn, f, true);
	}
}

static bool two_bytes(struct writer *w, const cs_insn *insn, const struct form *f)
{
	uint8_t second = f->opcode[1];

	if ((second & 0xf0) == 0x80)
		return !f->narrow && conditional(w, insn, (uint8_t)(second - 0x10));
	/* syscall, sysret, ud2, sysenter, sysexit, rsm */
	if (second == 0x05 || second == 0x07 || second == 0x0b || second == 0x34 || second == 0x35 ||
	    second == 0xaa)
		return false;
	return copied(w, insn, f, true);
}

/* An x87 instruction leaves its own address in the state. */
static bool one_byte(struct writer *w, const cs_insn *insn, const struct form *f)
{
	uint8_t opcode = f->opcode[0];

	if ((opcode & 0xf0) == 0x70 || (opcode >= 0xe0 && opcode <= 0xe3))
		return !f->narrow && conditional(w, insn, opcode);
	if (opcode >= 0xd8 && opcode <= 0xdf)
		return false;
	switch (opcode) {
	case 0xe8:
		return !f->narrow && direct_call(w, insn);
	case 0xe9:
	case 0xeb:
		put_exit(w, target_of(insn));
		return !f->narrow && w->fits;
	case 0xc2:
	case 0xc3:
		return !f->narrow && copied(w, insn, f, false);
	case 0xff:
		return group_ff(w, insn, f);
	case 0x9b: case 0x9c: case 0xca: case 0xcb: case 0xcc: case 0xcd: case 0xce: case 0xcf:
	case 0xf1: case 0xf4: case 0x6c: case 0x6d: case 0x6e: case 0x6f:
		return false;	/* fwait, pushf, far returns, traps, hlt, ins, outs */
	default:
		return insn->id != X86_INS_XBEGIN && copied(w, insn, f, true);
	}
}

/* A count in rcx: an interrupt leaves it half done. */
static bool repeats(const cs_insn *insn, const struct form *f)
{
	static const uint8_t strings[] = { 0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf };
	size_t prefixes = (size_t)(f->opcode - insn->bytes);

	return !f->vex && memchr(strings, f->opcode[0], sizeof strings) != NULL &&
	    (memchr(insn->bytes, 0xf2, prefixes) != NULL || memchr(insn->bytes, 0xf3, prefixes) != NULL);
}

bool arch_displace(struct arch_decoder *decoder, uint64_t pc, const uint8_t *bytes, size_t length,
    uint64_t at, struct displaced *out)
{
	const cs_insn *insn = arch_decoder_instruction(decoder, pc, bytes, length);
	struct writer w = { out, at, true };
	struct form f;

	*out = (struct displaced){ 0 };
	if (insn == NULL)
		return false;
	f = form_of(insn);
	out->size = (uint8_t)insn->size;
	if (repeats(insn, &f))
		return false;
	if (f.vex)
		return copied(&w, insn, &f, true);
	return f.opcode[0] == 0x0f ? two_bytes(&w, insn, &f) : one_byte(&w, insn, &f);
}
