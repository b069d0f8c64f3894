/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Values: where they are, and their numbers and addresses. */
#include "tracer/program/expr-private.h"

#include <dwarf.h>
#include <string.h>

#include "tracer/program/value.h"

struct operand operand_at(uint64_t address, const struct expr_type *type)
{
	return (struct operand){ .type = *type, .in_memory = true, .address = address, .reg = -1 };
}

bool operand_read(struct eval *e, const struct operand *o, unsigned column, void *buffer, size_t size)
{
	if (!o->in_memory) {
		if (size > o->length)
			return expr_fail(e->error, column, "not all of this is known");
		memcpy(buffer, o->bytes, size);
		return true;
	}
	return view_read_all(e->context->ev.view, o->address, buffer, size) ||
	    expr_fail(e->error, column, "memory at 0x%llx cannot be read",
	    (unsigned long long)o->address);
}

static void in_register(struct operand *o, int dwarf)
{
	struct vector_register r;

	o->reg = register_by_dwarf(dwarf);
	o->vector = o->reg < 0 && vector_by_dwarf(dwarf, &r) ? dwarf : 0;
}

static bool hold(struct eval *e, const struct location *where, const char *name, unsigned column,
    struct operand *out)
{
	char buffer[128];
	struct text why = text_in(buffer, sizeof(buffer));
	uint64_t size, unreadable;
	enum place is;

	if (!expr_size(&e->context->ev, &out->type, &size) || size == 0 || size > sizeof(out->bytes))
		return expr_fail(e->error, column, "'%.64s' is not in memory and too large, or its size is not known", name);
	is = location_read(&e->context->ev, where, out->bytes, size, &unreadable);
	if (is != PLACE_MEMORY) {
		context_explain(is, where, unreadable, &why);
		return expr_fail(e->error, column, "'%.64s' has no value here: %s", name, buffer);
	}
	out->length = size;
	if (where->count == 1 && where->piece[0].place == PLACE_REGISTER &&
	    where->piece[0].value < INT16_MAX)
		in_register(out, (int)where->piece[0].value);
	return true;
}

bool operand_object(struct eval *e, Dwarf_Die *die, const char *name, unsigned column,
    struct operand *out)
{
	struct location where;
	Dwarf_Die type;

	if (!type_of(die, &type))
		return expr_fail(e->error, column, "'%.64s' has no type", name);
	*out = (struct operand){ .type = expr_die(&type), .reg = -1 };
	context_locate(e->context, die, &where);
	if (where.count == 1 && where.piece[0].place == PLACE_MEMORY)
		*out = operand_at(where.piece[0].value, &out->type);
	else if (!hold(e, &where, name, column, out))
		return false;
	return operand_settle(e, out, column);
}

bool operand_settle(struct eval *e, struct operand *o, unsigned column)
{
	struct expr_type to;
	uint64_t address;

	if (!expr_reference(&o->type, &to))
		return true;
	if (!operand_read(e, o, column, &address, sizeof(address)))
		return false;
	*o = operand_at(address, &to);
	return true;
}

/* -- numbers ------------------------------------------------------------------------ */

static bool bit_number(struct eval *e, const struct operand *o, unsigned column, struct number *n)
{
	uint8_t bytes[16] = { 0 };
	size_t size = (o->bit % 8 + o->width + 7) / 8;
	uint64_t value;

	if (!operand_read(e, o, column, bytes, size) ||
	    !value_bits(bytes, size, o->bit, o->width, &value))
		return false;
	n->i = value;
	if (basic_table[n->basic].is_signed && o->width < 128 && (value >> (o->width - 1) & 1))
		n->i |= ~(wide)0 << o->width;
	return true;
}

static void float_number(const uint8_t *bytes, struct number *n)
{
	float f;
	double d;

	memcpy(&f, bytes, sizeof(f));
	memcpy(&d, bytes, sizeof(d));
	if (n->basic == BASIC_FLOAT)
		n->f = (long double)f;
	else if (n->basic == BASIC_DOUBLE)
		n->f = (long double)d;
	else
		memcpy(&n->f, bytes, sizeof(n->f));
}

bool operand_number(struct eval *e, const struct operand *o, unsigned column, struct number *n)
{
	uint8_t bytes[16] = { 0 };
	enum basic basic;

	*n = (struct number){ 0 };
	if (!expr_arithmetic(&o->type, &basic))
		return expr_fail(e->error, column, "a number is needed here, and this is none");
	n->basic = basic;
	if (o->width)
		return bit_number(e, o, column, n);
	if (!operand_read(e, o, column, bytes, basic_table[basic].size))
		return false;
	if (basic_table[basic].is_float) {
		float_number(bytes, n);
		return true;
	}
	memcpy(&n->i, bytes, sizeof(n->i));
	/* A bool of the program may hold any byte. */
	n->i = basic == BASIC_BOOL ? n->i != 0 : n->i;
	return number_convert(n, basic);
}

void operand_from_number(struct operand *o, const struct expr_type *type, const struct number *n)
{
	float f = (float)n->f;
	double d = (double)n->f;
	bool pointer = type->pointers > 0;
	const struct basic_info *info = &basic_table[pointer ? BASIC_ULONG : n->basic];
	uint64_t size = info->size;

	*o = (struct operand){ .type = *type, .reg = -1, .length = size };
	if (!info->is_float)
		memcpy(o->bytes, &n->i, size);
	else if (size == sizeof(f))
		memcpy(o->bytes, &f, sizeof(f));
	else if (size == sizeof(d))
		memcpy(o->bytes, &d, sizeof(d));
	else
		memcpy(o->bytes, &n->f, sizeof(n->f));
}

/* -- addresses ------------------------------------------------------------------------ */

bool operand_pointer(struct eval *e, const struct operand *o, unsigned column, struct expr_type *to,
    uint64_t *address, bool *is)
{
	uint64_t count;

	*is = true;
	if (expr_pointed(&o->type, to))
		return operand_read(e, o, column, address, sizeof(*address));
	if (expr_is_function(&o->type))
		*to = o->type;
	else if (!expr_element(&e->context->ev, &o->type, to, &count))
		*is = false;
	if (*is && !o->in_memory)
		return expr_fail(e->error, column, "this array is not in memory: it has no address");
	*address = o->address;
	return true;
}
