/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What an instruction reads.  A memory operand is read, but for the first one of
 * those instructions that only write it, and where only its address counts.
 * Capstone's operand access is not asked, for the same reasons as in decode.c.
 */
#include <string.h>

#include "tracer/process/arch/x86_64/decoder.h"

/* By the beginning of the mnemonic, for the first operand. */
static const char *const only_write[] = {
	"mov", "vmov", "set", "pop", "fst", "fist", "fbstp", "fnst", "fnsave", "fxsave", "xsave",
	"pextr", "vpextr", "extract", "vextract", "stmxcsr", "vstmxcsr", "stos", "sgdt", "sidt",
	"sldt", "str", "smsw", "maskmov", "vmaskmov", "vpmaskmov", "vpscatter", "vscatter",
	"vcompress", "vpcompress", "vcvtps2ph", "vpmov", "ins",
};

static const char *const address_only[] = {
	"lea", "nop", "prefetch", "clflush", "clwb", "cldemote", "invlpg", "vgather", "vpgather",
};

static bool begins(const char *mnemonic, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(mnemonic, list[i], strlen(list[i])) == 0)
			return true;
	return false;
}
#define BEGINS(mnemonic, list) begins(mnemonic, list, sizeof(list) / sizeof((list)[0]))

static void add(struct reads *r, struct read_operand operand)
{
	if (r->count < READS_MAX)
		r->operand[r->count++] = operand;
}

static void add_simple(struct reads *r, int base, uint16_t length, bool string)
{
	add(r, (struct read_operand){ .base = (int8_t)base, .index = -1, .segment = -1, .scale = 1,
	    .length = length, .string = string });
}

static void add_operand(struct reads *r, const cs_insn *insn, const cs_x86_op *op)
{
	bool rip = op->mem.base == X86_REG_RIP;
	struct read_operand o = {
		.base = (int8_t)(rip ? -1 : arch_decoder_register(op->mem.base)),
		.index = (int8_t)arch_decoder_register(op->mem.index),
		.segment = op->mem.segment == X86_REG_FS ? X86_FS_BASE :
		    op->mem.segment == X86_REG_GS ? X86_GS_BASE : -1,
		.scale = (uint8_t)op->mem.scale, .length = op->size, .displacement = op->mem.disp,
	};

	/* 32-bit address arithmetic is too rare to follow. */
	if (insn->detail->x86.addr_size != 8 || (o.base < 0 && !rip && op->mem.base != X86_REG_INVALID))
		return;
	if (rip)
		o.displacement += (int64_t)(insn->address + insn->size);
	add(r, o);
}

static void by_operands(struct reads *r, const cs_insn *insn)
{
	const cs_x86 *x = &insn->detail->x86;

	for (unsigned i = 0; i < x->op_count; i++)
		if (x->operands[i].type == X86_OP_MEM && (i > 0 || !BEGINS(insn->mnemonic, only_write)))
			add_operand(r, insn, &x->operands[i]);
}

/* Both operands in memory: the SSE instructions of the same names have none or one. */
static bool is_string(const cs_insn *insn)
{
	const cs_x86 *x = &insn->detail->x86;

	return x->op_count == 2 && x->operands[0].type == X86_OP_MEM && x->operands[1].type == X86_OP_MEM;
}

static bool by_string(struct reads *r, const cs_insn *insn)
{
	uint16_t unit = insn->detail->x86.op_count > 0 ? insn->detail->x86.operands[0].size : 0;

	switch (insn->id) {
	case X86_INS_MOVSD: case X86_INS_CMPSD:
		if (!is_string(insn))
			return false;
		add_simple(r, X86_RSI, unit, true);
		if (insn->id == X86_INS_CMPSD)
			add_simple(r, X86_RDI, unit, true);
		return true;
	case X86_INS_CMPSB: case X86_INS_CMPSW: case X86_INS_CMPSQ:
		add_simple(r, X86_RDI, unit, true);
		add_simple(r, X86_RSI, unit, true);
		return true;
	case X86_INS_MOVSB: case X86_INS_MOVSW: case X86_INS_MOVSQ:
	case X86_INS_LODSB: case X86_INS_LODSW: case X86_INS_LODSD: case X86_INS_LODSQ:
		add_simple(r, X86_RSI, unit, true);
		return true;
	case X86_INS_SCASB: case X86_INS_SCASW: case X86_INS_SCASD: case X86_INS_SCASQ:
		add_simple(r, X86_RDI, unit, true);
		return true;
	default:
		return false;
	}
}

static void by_stack(struct reads *r, const cs_insn *insn)
{
	const cs_x86 *x = &insn->detail->x86;

	switch (insn->id) {
	case X86_INS_POP:
		add_simple(r, X86_RSP, x->op_count > 0 ? x->operands[0].size : 8, false);
		break;
	case X86_INS_POPF: case X86_INS_POPFQ: case X86_INS_RET:
		add_simple(r, X86_RSP, 8, false);
		break;
	case X86_INS_LEAVE:
		add_simple(r, X86_RBP, 8, false);
		break;
	default:
		break;
	}
}

void arch_reads(struct arch_decoder *decoder, uint64_t pc, const uint8_t *bytes, size_t length,
    struct reads *r)
{
	const cs_insn *insn = arch_decoder_instruction(decoder, pc, bytes, length);

	*r = (struct reads){ 0 };
	if (insn == NULL || BEGINS(insn->mnemonic, address_only) || by_string(r, insn))
		return;
	by_stack(r, insn);
	by_operands(r, insn);
}

void arch_read_range(const struct read_operand *o, const struct registers *before,
    const struct registers *after, uint64_t *address, uint64_t *length)
{
	uint64_t from = o->base >= 0 ? before->word[o->base] : 0, to;

	*length = o->length;
	*address = from + (uint64_t)o->displacement;
	if (o->index >= 0)
		*address += before->word[o->index] * o->scale;
	if (o->segment >= 0)
		*address += before->word[o->segment];
	if (!o->string)
		return;
	/* Down when DF is set: the first unit lies above. */
	to = after->word[o->base];
	*length = to >= from ? to - from : from - to;
	*address = to >= from ? from : to + o->length;
}
