/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The stack machine of DWARF expressions. */
#include "tracer/program/location.h"

#include <dwarf.h>
#include <string.h>

#define STACK_MAX	64
#define STEPS_MAX	4096	/* DW_OP_bra and DW_OP_skip may go back */

struct machine {
	const struct evaluation *ev;
	uint64_t stack[STACK_MAX];
	size_t depth;
	struct piece now;	/* what a register, value or implicit operation said */
	bool said;
	bool broken;		/* stack over- or underflow, unknown operation */
	enum place missing;	/* why it is broken */
};

static void fail(struct machine *m, enum place why)
{
	m->broken = true;
	m->missing = why;
}

static void push(struct machine *m, uint64_t value)
{
	if (m->depth == STACK_MAX)
		fail(m, PLACE_UNKNOWN);
	else
		m->stack[m->depth++] = value;
}

static uint64_t pop(struct machine *m)
{
	if (m->depth == 0) {
		fail(m, PLACE_UNKNOWN);
		return 0;
	}
	return m->stack[--m->depth];
}

/* index from the top, 0 … */
static uint64_t peek(struct machine *m, uint64_t index)
{
	if (index >= m->depth) {
		fail(m, PLACE_UNKNOWN);
		return 0;
	}
	return m->stack[m->depth - 1 - index];
}

static void push_register(struct machine *m, uint64_t number, uint64_t offset)
{
	uint64_t word = 0;

	if (!location_register(m->ev, number, &word))
		fail(m, PLACE_NOWHERE);
	push(m, word + offset);
}

static void dereference(struct machine *m, uint64_t size)
{
	uint64_t address = pop(m), word = 0;

	if (size == 0 || size > sizeof(word) || !view_read_all(m->ev->view, address, &word, size))
		fail(m, PLACE_UNKNOWN);
	push(m, word);
}

/* The frame base has no frame base of its own, which ends the recursion. */
static void frame_base(struct machine *m, uint64_t offset)
{
	struct evaluation ev = *m->ev;
	struct location where;
	Dwarf_Attribute attribute;
	uint64_t base = 0;

	if (!ev.function || !dwarf_attr_integrate(ev.function, DW_AT_frame_base, &attribute)) {
		fail(m, PLACE_UNKNOWN);
		return;
	}
	ev.function = NULL;
	location_of(&ev, &attribute, &where);
	if (where.count == 1 && where.piece[0].place == PLACE_MEMORY)
		base = where.piece[0].value;
	else if (!location_word(&ev, &where, &base))
		fail(m, PLACE_NOWHERE);
	push(m, base + offset);
}

static void call_frame_cfa(struct machine *m)
{
	if (m->ev->cfa == 0)
		fail(m, PLACE_NOWHERE);
	push(m, m->ev->cfa);
}

/* x86-64: the program's own block ends at the thread pointer (ELF TLS, variant II). */
static void thread_local_address(struct machine *m)
{
#if defined(__x86_64__)
	uint64_t offset = pop(m);

	if (m->ev->tls_size == 0 || !(m->ev->known >> X86_FS_BASE & 1))
		fail(m, PLACE_UNKNOWN);
	push(m, m->ev->registers->word[X86_FS_BASE] - m->ev->tls_size + offset);
#else
	fail(m, PLACE_UNKNOWN);
#endif
}

/* DW_OP_addrx, DW_OP_constx: an index into .debug_addr. */
static void indexed(struct machine *m, const Dwarf_Op *op)
{
	Dwarf_Attribute result;
	Dwarf_Addr address = 0;

	if (!m->ev->attribute ||
	    dwarf_getlocation_attr(m->ev->attribute, op, &result) != 0 ||
	    dwarf_formaddr(&result, &address) != 0)
		fail(m, PLACE_UNKNOWN);
	push(m, address + (op->atom == DW_OP_addrx ? m->ev->bias : 0));
}

/* To an integer type; 0 is the generic one.  Other types are not known here. */
static void convert(struct machine *m, const Dwarf_Op *op)
{
	Dwarf_Die type;
	Dwarf_Attribute attribute;
	Dwarf_Word encoding, size;
	unsigned unused;
	uint64_t value = pop(m);

	if (op->number == 0) {
		push(m, value);
		return;
	}
	if (!m->ev->attribute || dwarf_getlocation_die(m->ev->attribute, op, &type) != 0 ||
	    dwarf_formudata(dwarf_attr(&type, DW_AT_encoding, &attribute), &encoding) != 0 ||
	    dwarf_formudata(dwarf_attr(&type, DW_AT_byte_size, &attribute), &size) != 0 ||
	    encoding == DW_ATE_float || encoding == DW_ATE_complex_float || size == 0 || size > 8) {
		fail(m, PLACE_UNKNOWN);
		return;
	}
	unused = 64 - 8 * (unsigned)size;
	if (encoding == DW_ATE_signed || encoding == DW_ATE_signed_char)
		push(m, (uint64_t)((int64_t)(value << unused) >> unused));
	else
		push(m, value << unused >> unused);
}

static void binary(struct machine *m, unsigned atom)
{
	uint64_t b = pop(m), a = pop(m);
	int64_t sa = (int64_t)a, sb = (int64_t)b;

	switch (atom) {
	case DW_OP_and:		push(m, a & b); break;
	case DW_OP_or:		push(m, a | b); break;
	case DW_OP_xor:		push(m, a ^ b); break;
	case DW_OP_plus:	push(m, a + b); break;
	case DW_OP_minus:	push(m, a - b); break;
	case DW_OP_mul:		push(m, a * b); break;
	case DW_OP_shl:		push(m, b < 64 ? a << b : 0); break;
	case DW_OP_shr:		push(m, b < 64 ? a >> b : 0); break;
	case DW_OP_shra:	push(m, (uint64_t)(sa >> (b < 64 ? b : 63))); break;
	case DW_OP_eq:		push(m, sa == sb); break;
	case DW_OP_ne:		push(m, sa != sb); break;
	case DW_OP_lt:		push(m, sa < sb); break;
	case DW_OP_le:		push(m, sa <= sb); break;
	case DW_OP_gt:		push(m, sa > sb); break;
	case DW_OP_ge:		push(m, sa >= sb); break;
	case DW_OP_div:
	case DW_OP_mod:
		if (b == 0 || (sa == INT64_MIN && sb == -1))
			fail(m, PLACE_UNKNOWN);
		else
			push(m, atom == DW_OP_div ? (uint64_t)(sa / sb) : a % b);
		break;
	default:
		fail(m, PLACE_UNKNOWN);
	}
}

static void shuffle(struct machine *m, unsigned atom, uint64_t index)
{
	uint64_t a, b, c;

	switch (atom) {
	case DW_OP_dup:		push(m, peek(m, 0)); break;
	case DW_OP_drop:	pop(m); break;
	case DW_OP_over:	push(m, peek(m, 1)); break;
	case DW_OP_pick:	push(m, peek(m, index)); break;
	case DW_OP_swap:
		a = pop(m);
		b = pop(m);
		push(m, a);
		push(m, b);
		break;
	default:	/* DW_OP_rot: the first becomes the third */
		a = pop(m);
		b = pop(m);
		c = pop(m);
		push(m, a);
		push(m, c);
		push(m, b);
	}
}

static void say(struct machine *m, enum place place, uint64_t value)
{
	m->now = (struct piece){ .place = place, .value = value };
	m->said = true;
}

static void implicit(struct machine *m, const Dwarf_Op *op)
{
	Dwarf_Block block;

	if (!m->ev->attribute ||
	    dwarf_getlocation_implicit_value(m->ev->attribute, op, &block) != 0) {
		fail(m, PLACE_UNKNOWN);
		return;
	}
	say(m, PLACE_BYTES, 0);
	m->now.bytes = block.data;
	m->now.length = block.length;
}

/* Operations that are neither a range of codes, a jump nor a piece. */
static void operate(struct machine *m, const Dwarf_Op *op)
{
	switch (op->atom) {
	case DW_OP_nop:
		break;
	case DW_OP_addr:
		push(m, op->number + m->ev->bias);
		break;
	case DW_OP_addrx: case DW_OP_constx: case DW_OP_GNU_addr_index: case DW_OP_GNU_const_index:
		indexed(m, op);
		break;
	case DW_OP_const1u: case DW_OP_const1s: case DW_OP_const2u: case DW_OP_const2s:
	case DW_OP_const4u: case DW_OP_const4s: case DW_OP_const8u: case DW_OP_const8s:
	case DW_OP_constu: case DW_OP_consts:
		push(m, op->number);	/* libdw has extended the sign */
		break;
	case DW_OP_regx:
		say(m, PLACE_REGISTER, op->number);
		break;
	case DW_OP_bregx:
		push_register(m, op->number, op->number2);
		break;
	case DW_OP_regval_type: case DW_OP_GNU_regval_type:
		push_register(m, op->number, 0);
		break;
	case DW_OP_fbreg:
		frame_base(m, op->number);
		break;
	case DW_OP_call_frame_cfa:
		call_frame_cfa(m);
		break;
	case DW_OP_form_tls_address: case DW_OP_GNU_push_tls_address:
		thread_local_address(m);
		break;
	case DW_OP_deref:
		dereference(m, 8);
		break;
	case DW_OP_deref_size: case DW_OP_deref_type: case DW_OP_GNU_deref_type:
		dereference(m, op->number);
		break;
	case DW_OP_dup: case DW_OP_drop: case DW_OP_over: case DW_OP_pick: case DW_OP_swap:
	case DW_OP_rot:
		shuffle(m, op->atom, op->number);
		break;
	case DW_OP_plus_uconst:
		push(m, pop(m) + op->number);
		break;
	case DW_OP_neg:
		push(m, -pop(m));
		break;
	case DW_OP_not:
		push(m, ~pop(m));
		break;
	case DW_OP_abs: {
		uint64_t a = pop(m);

		push(m, (int64_t)a < 0 ? -a : a);
		break;
	}
	case DW_OP_convert: case DW_OP_GNU_convert: case DW_OP_reinterpret:
	case DW_OP_GNU_reinterpret:
		convert(m, op);
		break;
	case DW_OP_stack_value:
		say(m, PLACE_VALUE, pop(m));
		break;
	case DW_OP_implicit_value:
		implicit(m, op);
		break;
	case DW_OP_entry_value: case DW_OP_GNU_entry_value:
	case DW_OP_implicit_pointer: case DW_OP_GNU_implicit_pointer:
	case DW_OP_GNU_parameter_ref: case DW_OP_GNU_variable_value:
		fail(m, PLACE_NOWHERE);
		break;
	default:
		binary(m, op->atom);
	}
}

static void ranged(struct machine *m, const Dwarf_Op *op)
{
	if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
		push(m, (uint64_t)op->atom - DW_OP_lit0);
	else if (op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31)
		say(m, PLACE_REGISTER, (uint64_t)op->atom - DW_OP_reg0);
	else if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31)
		push_register(m, (uint64_t)op->atom - DW_OP_breg0, op->number);
	else
		operate(m, op);
}

/* Index of the operation at a byte offset; count: the end. */
static size_t jump(struct machine *m, const Dwarf_Op *ops, size_t count, size_t from)
{
	uint64_t target = ops[from].offset + 3 + (uint64_t)(int64_t)(int16_t)ops[from].number;

	for (size_t i = 0; i < count; i++)
		if (ops[i].offset == target)
			return i;
	if (target <= ops[count - 1].offset)
		fail(m, PLACE_UNKNOWN);
	return count;
}

/* What has been said so far becomes a piece. */
static void finish(struct machine *m, struct location *out, uint64_t size)
{
	struct piece p = { .place = PLACE_NOWHERE };

	if (out->count == LOCATION_PIECES) {
		fail(m, PLACE_UNKNOWN);
		return;
	}
	if (m->broken)
		p.place = m->missing;
	else if (m->said)
		p = m->now;
	else if (m->depth)
		p = (struct piece){ .place = PLACE_MEMORY, .value = pop(m) };
	p.size = size;
	out->piece[out->count++] = p;
	m->said = m->broken = false;
	m->depth = 0;
}

static void piece(struct machine *m, const Dwarf_Op *op, struct location *out)
{
	bool bits = op->atom == DW_OP_bit_piece;

	if (bits && (op->number % 8 != 0 || op->number2 != 0))
		fail(m, PLACE_UNKNOWN);
	finish(m, out, bits ? op->number / 8 : op->number);
}

void location_evaluate(const struct evaluation *ev, const Dwarf_Op *ops, size_t count,
    struct location *out)
{
	struct machine m = { .ev = ev };
	size_t i = 0, steps = 0;

	out->count = 0;
	while (i < count && steps++ < STEPS_MAX) {
		const Dwarf_Op *op = &ops[i];

		if (op->atom == DW_OP_piece || op->atom == DW_OP_bit_piece) {
			piece(&m, op, out);
		} else if (m.broken) {
			;	/* up to the piece's end */
		} else if (op->atom == DW_OP_skip || (op->atom == DW_OP_bra && pop(&m) != 0)) {
			i = jump(&m, ops, count, i);
			continue;
		} else if (op->atom != DW_OP_bra) {
			ranged(&m, op);
		}
		i++;
	}
	if (steps > STEPS_MAX)
		fail(&m, PLACE_UNKNOWN);
	if (out->count == 0)
		finish(&m, out, 0);
}

void location_of(const struct evaluation *ev, Dwarf_Attribute *attribute, struct location *out)
{
	struct evaluation in = *ev;
	Dwarf_Op *ops;
	size_t count;
	int found = dwarf_getlocation_addr(attribute, ev->pc, &ops, &count, 1);

	in.attribute = attribute;
	if (found == 1) {
		location_evaluate(&in, ops, count, out);
		return;
	}
	out->count = 1;
	out->piece[0] = (struct piece){ .place = found < 0 ? PLACE_UNKNOWN : PLACE_NOWHERE };
}
