/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What an instruction writes.  Capstone 4 calls many stores reads (movups,
 * movdqa, every VEX store, cmpxchg, fstp …), so operand access is not asked:
 * a memory operand in first place counts as written unless the instruction is
 * known to read it.  Too many cost a comparison; none must be missed.
 */
#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/process/arch/x86_64/decoder.h"

struct arch_decoder {
	csh handle;
	cs_insn *insn;
};

struct arch_decoder *arch_decoder_new(void)
{
	struct arch_decoder *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &d->handle) == CS_ERR_OK) {
		cs_option(d->handle, CS_OPT_DETAIL, CS_OPT_ON);
		d->insn = cs_malloc(d->handle);
		if (d->insn != NULL)
			return d;
		cs_close(&d->handle);
	}
	free(d);
	return NULL;
}

void arch_decoder_free(struct arch_decoder *d)
{
	if (d == NULL)
		return;
	cs_free(d->insn, 1);
	cs_close(&d->handle);
	free(d);
}

const cs_insn *arch_decoder_instruction(struct arch_decoder *d, uint64_t pc, const uint8_t *bytes, size_t length)
{
	return length > 0 && cs_disasm_iter(d->handle, &bytes, &length, &pc, d->insn) ? d->insn : NULL;
}

/* -- registers ------------------------------------------------------------------ */

struct part {
	int8_t index;		/* -1: none of the general registers */
	uint8_t shift;
};

#define WHOLE(r, r64, r32, r16, r8) \
	[X86_REG_##r64] = { X86_##r + 1, 0 }, [X86_REG_##r32] = { X86_##r + 1, 0 }, \
	[X86_REG_##r16] = { X86_##r + 1, 0 }, [X86_REG_##r8] = { X86_##r + 1, 0 }
#define HIGH(r, name) [X86_REG_##name] = { X86_##r + 1, 8 }

static const struct part parts[X86_REG_ENDING] = {	/* index + 1, 0: none */
	WHOLE(RAX, RAX, EAX, AX, AL), HIGH(RAX, AH),
	WHOLE(RBX, RBX, EBX, BX, BL), HIGH(RBX, BH),
	WHOLE(RCX, RCX, ECX, CX, CL), HIGH(RCX, CH),
	WHOLE(RDX, RDX, EDX, DX, DL), HIGH(RDX, DH),
	WHOLE(RSI, RSI, ESI, SI, SIL), WHOLE(RDI, RDI, EDI, DI, DIL),
	WHOLE(RBP, RBP, EBP, BP, BPL), WHOLE(RSP, RSP, ESP, SP, SPL),
	WHOLE(R8, R8, R8D, R8W, R8B), WHOLE(R9, R9, R9D, R9W, R9B),
	WHOLE(R10, R10, R10D, R10W, R10B), WHOLE(R11, R11, R11D, R11W, R11B),
	WHOLE(R12, R12, R12D, R12W, R12B), WHOLE(R13, R13, R13D, R13W, R13B),
	WHOLE(R14, R14, R14D, R14W, R14B), WHOLE(R15, R15, R15D, R15W, R15B),
};

static struct part part_of(unsigned reg)
{
	if (reg >= X86_REG_ENDING || parts[reg].index == 0)
		return (struct part){ -1, 0 };
	return (struct part){ (int8_t)(parts[reg].index - 1), parts[reg].shift };
}

int arch_decoder_register(unsigned id)
{
	return part_of(id).index;
}

/* -- memory operands --------------------------------------------------------------- */

/* 32-bit address arithmetic is too rare to follow. */
static bool address_known(const cs_insn *insn, const cs_x86_op *op)
{
	return insn->detail->x86.addr_size == 8 &&
	    (op->mem.base == X86_REG_INVALID || op->mem.base == X86_REG_RIP ||
	    part_of(op->mem.base).index >= 0) &&
	    (op->mem.index == X86_REG_INVALID || part_of(op->mem.index).index >= 0);
}

static void operand(struct decoded *d, const cs_insn *insn, const cs_x86_op *op)
{
	if (!address_known(insn, op)) {
		d->anywhere = true;
		return;
	}
	d->write = WRITE_OPERAND;
	d->base = op->mem.base == X86_REG_RIP ? -1 : part_of(op->mem.base).index;
	d->index = part_of(op->mem.index).index;
	d->scale = (uint8_t)op->mem.scale;
	d->displacement = op->mem.disp;
	if (op->mem.base == X86_REG_RIP)
		d->displacement += (int64_t)(insn->address + insn->size);
	d->segment = op->mem.segment == X86_REG_FS ? X86_FS_BASE :
	    op->mem.segment == X86_REG_GS ? X86_GS_BASE : -1;
	/* Sizes of SIMD operands are told too small now and then. */
	d->length = op->size <= 8 ? op->size : 64;
}

/* The value is in a register, or in the instruction: no need to read it back. */
static void stored_value(struct decoded *d, const cs_x86_op *op)
{
	if (op->type == X86_OP_IMM) {
		d->value = VALUE_CONSTANT;
		d->constant = (uint64_t)op->imm;
	} else if (op->type == X86_OP_REG && part_of(op->reg).index >= 0) {
		struct part part = part_of(op->reg);

		d->value = VALUE_REGISTER;
		d->source = part.index;
		d->shift = part.shift;
	}
}

static bool is_one_of(const uint16_t *ids, size_t count, unsigned id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}
#define IS_ONE_OF(ids, id) is_one_of(ids, sizeof(ids) / sizeof((ids)[0]), id)

static const uint16_t only_read[] = {
	X86_INS_CMP, X86_INS_TEST, X86_INS_JMP, X86_INS_BT, X86_INS_MUL, X86_INS_IMUL,
	X86_INS_DIV, X86_INS_IDIV, X86_INS_PREFETCH, X86_INS_PREFETCHNTA, X86_INS_PREFETCHT0,
	X86_INS_PREFETCHT1, X86_INS_PREFETCHT2, X86_INS_PREFETCHW, X86_INS_NOP, X86_INS_FLD,
	X86_INS_FILD, X86_INS_FADD, X86_INS_FMUL, X86_INS_FSUB, X86_INS_FSUBR, X86_INS_FDIV,
	X86_INS_FDIVR, X86_INS_FIADD, X86_INS_FIMUL, X86_INS_FISUB, X86_INS_FISUBR,
	X86_INS_FIDIV, X86_INS_FIDIVR, X86_INS_FCOM, X86_INS_FCOMP, X86_INS_FLDCW,
	X86_INS_LDMXCSR, X86_INS_LEA,
};

/* Where the operands do not say what is written, or how much. */
static const uint16_t unpredictable[] = {
	X86_INS_XSAVE, X86_INS_XSAVE64, X86_INS_XSAVEC, X86_INS_XSAVEC64, X86_INS_XSAVEOPT,
	X86_INS_XSAVEOPT64, X86_INS_XSAVES, X86_INS_XSAVES64, X86_INS_FXSAVE, X86_INS_FXSAVE64,
	X86_INS_FNSAVE, X86_INS_FNSTENV, X86_INS_ENTER, X86_INS_MASKMOVDQU,
	X86_INS_VMASKMOVDQU, X86_INS_MASKMOVQ, X86_INS_BTS, X86_INS_BTR, X86_INS_BTC,
	X86_INS_VPSCATTERDD, X86_INS_VPSCATTERDQ, X86_INS_VPSCATTERQD, X86_INS_VPSCATTERQQ,
	X86_INS_VSCATTERDPS, X86_INS_VSCATTERDPD, X86_INS_VSCATTERQPS, X86_INS_VSCATTERQPD,
	X86_INS_SGDT, X86_INS_SIDT, X86_INS_INSB, X86_INS_INSW, X86_INS_INSD, X86_INS_XBEGIN,
	X86_INS_LCALL, X86_INS_IRET, X86_INS_IRETD, X86_INS_IRETQ,
};

static const uint16_t read_strings[] = {
	X86_INS_CMPSB, X86_INS_CMPSW, X86_INS_CMPSQ, X86_INS_SCASB, X86_INS_SCASW,
	X86_INS_SCASD, X86_INS_SCASQ, X86_INS_LODSB, X86_INS_LODSW, X86_INS_LODSD,
	X86_INS_LODSQ,
};

static bool writes_string(const cs_insn *insn)
{
	const cs_x86 *x = &insn->detail->x86;

	switch (insn->id) {
	case X86_INS_STOSB: case X86_INS_STOSW: case X86_INS_STOSD: case X86_INS_STOSQ:
	case X86_INS_MOVSB: case X86_INS_MOVSW: case X86_INS_MOVSQ:
		return true;
	case X86_INS_MOVSD:	/* the SSE instruction has the same name */
		return x->op_count == 2 && x->operands[0].type == X86_OP_MEM &&
		    x->operands[1].type == X86_OP_MEM;
	default:
		return false;
	}
}

/* -- the whole ---------------------------------------------------------------------------- */

static void by_operands(struct decoded *d, const cs_insn *insn)
{
	const cs_x86 *x = &insn->detail->x86;

	for (unsigned i = 0; i < x->op_count; i++) {
		const cs_x86_op *op = &x->operands[i];

		if (op->type != X86_OP_MEM || IS_ONE_OF(only_read, insn->id))
			continue;
		if (i > 0 && insn->id != X86_INS_XCHG && (op->access & CS_AC_WRITE) == 0)
			continue;
		operand(d, insn, op);
		if (i == 0 && insn->id == X86_INS_MOV && x->op_count == 2)
			stored_value(d, &x->operands[1]);
		if (insn->id == X86_INS_POP)
			d->anywhere = true;	/* rsp after it counts in the address */
	}
}

static void string(struct decoded *d, const cs_insn *insn)
{
	uint8_t prefix = insn->detail->x86.prefix[0];

	if (writes_string(insn)) {
		d->write = WRITE_STRING;
		d->anywhere = insn->detail->x86.addr_size != 8;
	}
	if (prefix == X86_PREFIX_REP || prefix == X86_PREFIX_REPNE) {
		d->class = CLASS_RUN_TO;	/* one step, whatever the count */
		d->run_to = insn->address + insn->size;
	}
}

static void by_id(struct decoded *d, const cs_insn *insn)
{
	const cs_x86 *x = &insn->detail->x86;

	switch (insn->id) {
	case X86_INS_CALL:
		d->class = CLASS_CALL;
		d->write = WRITE_PUSH;
		d->value = VALUE_CONSTANT;
		d->constant = insn->address + insn->size;
		break;
	case X86_INS_PUSH:
		d->write = WRITE_PUSH;
		stored_value(d, &x->operands[0]);
		break;
	case X86_INS_PUSHF:
	case X86_INS_PUSHFQ:
		d->write = WRITE_PUSH;
		d->pushes_flags = true;
		break;
	case X86_INS_SYSCALL:
	case X86_INS_SYSENTER:
	case X86_INS_INT:
		d->class = CLASS_SYSCALL;
		d->anywhere = true;
		break;
	case X86_INS_INT3:
	case X86_INS_INT1:
		d->class = CLASS_TRAP;
		break;
	default:
		if (IS_ONE_OF(unpredictable, insn->id))
			d->anywhere = true;
		else if (writes_string(insn) || IS_ONE_OF(read_strings, insn->id))
			string(d, insn);
		else
			by_operands(d, insn);
		break;
	}
}

/* call rel32, and jmp [rip + disp32], of which linkage tables are made, with or without the
 * prefix that kept bounds.  The displacement ends the instruction. */
static void transfer(struct decoded *d, const cs_insn *insn)
{
	static const uint8_t call[] = { 0xe8 }, jump[] = { 0xff, 0x25 }, bound[] = { 0xf2, 0xff, 0x25 };
	int32_t distance;

#define IS(form) (insn->size == sizeof(form) + sizeof distance && memcmp(insn->bytes, form, sizeof(form)) == 0)
	if (IS(call))
		d->transfer = TRANSFER_CALL;
	else if (IS(jump) || IS(bound))
		d->transfer = TRANSFER_THROUGH;
	else
		return;
#undef IS
	memcpy(&distance, insn->bytes + insn->size - sizeof distance, sizeof distance);
	d->target = insn->address + insn->size + (uint64_t)(int64_t)distance;
}

static bool loads_ss(const cs_insn *insn)
{
	const cs_x86 *x = &insn->detail->x86;

	return x->op_count > 0 && x->operands[0].type == X86_OP_REG &&
	    x->operands[0].reg == X86_REG_SS;
}

/* mov ss: the next instruction is done in the same stop (Intel SDM volume 3, 6.8.3). */
static void with_next(struct arch_decoder *decoder, const uint8_t *bytes, size_t length,
    struct decoded *d)
{
	struct decoded next = { .class = CLASS_PLAIN };
	uint64_t address = d->pc + d->size;

	if (length > 0 && cs_disasm_iter(decoder->handle, &bytes, &length, &address, decoder->insn)) {
		next.size = (uint8_t)decoder->insn->size;
		by_id(&next, decoder->insn);
	}
	d->class = next.class;
	d->run_to = next.run_to;
	d->pushes_flags = next.pushes_flags;
	d->size += next.size;
	d->anywhere = d->vector = true;
}

void arch_decode(struct arch_decoder *decoder, uint64_t pc, const uint8_t *bytes, size_t length,
    struct decoded *d)
{
	uint64_t address = pc;

	*d = (struct decoded){ .pc = pc, .base = -1, .index = -1, .segment = -1, .source = -1,
	    .scale = 1 };
	if (length == 0 ||
	    !cs_disasm_iter(decoder->handle, &bytes, &length, &address, decoder->insn)) {
		d->anywhere = d->vector = true;
		return;
	}
	d->size = (uint8_t)decoder->insn->size;
	d->vector = arch_touches_vector(decoder->insn->bytes, d->size);
	by_id(d, decoder->insn);
	transfer(d, decoder->insn);
	if (loads_ss(decoder->insn))
		with_next(decoder, bytes, length, d);
}

/* -- effects ------------------------------------------------------------------------------- */

static uint64_t operand_address(const struct decoded *d, const struct registers *r)
{
	uint64_t address = (uint64_t)d->displacement;

	if (d->base >= 0)
		address += r->word[d->base];
	if (d->index >= 0)
		address += r->word[d->index] * d->scale;
	if (d->segment >= 0)
		address += r->word[d->segment];
	return address;
}

/* rdi moves over what was written: up, or down when DF is set. */
static void string_effect(const struct registers *before, const struct registers *after,
    struct effect *e)
{
	uint64_t from = before->word[X86_RDI], to = after->word[X86_RDI];

	e->address = to >= from ? from : to;
	e->length = to >= from ? to - from : from - to + 8;	/* down: the first unit lies above */
}

static void known_value(const struct decoded *d, const struct registers *before, struct effect *e)
{
	uint64_t value = d->constant;

	if (d->value == VALUE_REGISTER)
		value = before->word[d->source] >> d->shift;
	memcpy(e->value, &value, sizeof value);
	e->known = d->value != VALUE_UNKNOWN;
}

void arch_effect(const struct decoded *d, const struct registers *before,
    const struct registers *after, struct effect *e)
{
	e->anywhere = d->anywhere;
	e->known = false;
	e->length = 0;
	if (d->write == WRITE_NOTHING || d->anywhere)
		return;
	if (d->write == WRITE_STRING) {
		string_effect(before, after, e);
		return;
	}
	if (d->write == WRITE_PUSH) {
		e->address = after->word[REG_SP];
		e->length = before->word[REG_SP] - e->address;
		e->anywhere = e->length > 8;
	} else {
		e->address = operand_address(d, before);
		e->length = d->length;
	}
	if (e->length <= 8)
		known_value(d, before, e);
}
