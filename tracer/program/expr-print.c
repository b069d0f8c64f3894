/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Values of expressions as text. */
#include "tracer/program/expr-private.h"

#include <stdio.h>
#include <string.h>

#include "tracer/program/value.h"

static void print_wide(struct text *t, wide i, bool is_signed)
{
	char digits[48];
	size_t at = sizeof(digits) - 1;
	bool negative = is_signed && (i >> 127) != 0;

	i = negative ? -i : i;
	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + (int)(i % 10));
		i /= 10;
	} while (i);
	text_add(t, "%s%s", negative ? "-" : "", digits + at);
}

static void print_basic(const struct operand *o, const struct number *n, struct text *t)
{
	const struct basic_info *info = &basic_table[n->basic];

	if (n->basic == BASIC_BOOL)
		text_add(t, "%s", n->i ? "true" : "false");
	else if (info->is_float)
		value_print_float(t, o->bytes, info->size);
	else if (info->size == 1)
		value_print_character(t, (int64_t)n->i, "");
	else
		print_wide(t, n->i, info->is_signed);
}

static bool is_character(const struct expr_type *t)
{
	Dwarf_Die die = t->die;

	return t->pointers == 0 && t->skip == 0 &&
	    ((t->basic >= BASIC_CHAR && t->basic <= BASIC_UCHAR) ||
	    (t->basic == BASIC_DIE && value_is_character(&die)));
}

static void print_address(const struct printer *p, const struct expr_type *to, uint64_t address)
{
	text_add(p->text, "0x%llx", (unsigned long long)address);
	if (address && expr_is_function(to))
		value_print_symbol(p, address);
	else if (address && is_character(to))
		value_print_string(p, address);
}

static void print_rows(struct eval *e, const struct printer *p, const struct operand *o,
    const uint8_t *bytes, size_t size)
{
	uint64_t counts[TYPE_DIMENSIONS];
	Dwarf_Die die = o->type.die, plain, element;
	size_t dimensions;

	if (!type_strip(&die, &plain) || !type_of(&plain, &element))
		return;
	dimensions = type_dimensions(&e->context->ev, &plain, counts);
	if (o->type.skip < dimensions && counts[o->type.skip])
		value_print_elements(p, &element, counts + o->type.skip, dimensions - o->type.skip,
		    bytes, size, 0);
	else
		text_add(p->text, "{…}");
}

static bool print_object(struct eval *e, const struct printer *p, const struct operand *o,
    unsigned column, uint64_t length)
{
	uint8_t bytes[VALUE_BYTES_MAX] = { 0 };
	size_t size = length < sizeof(bytes) ? length : sizeof(bytes);
	struct number n;
	Dwarf_Die die = o->type.die;

	if (o->width) {
		if (!operand_number(e, o, column, &n))
			return false;
		memcpy(bytes, &n.i, sizeof(n.i));
	} else if (!operand_read(e, o, column, bytes, size)) {
		return false;
	}
	if (o->type.skip)
		print_rows(e, p, o, bytes, size);
	else
		value_print(p->image, &e->context->ev, &die, bytes, size, p->text);
	return true;
}

static bool print_value(struct eval *e, const struct operand *o, unsigned column, uint64_t size,
    struct text *t)
{
	struct printer p = { .image = e->image, .ev = &e->context->ev, .text = t };
	struct expr_type to;
	struct number n;
	uint64_t address;
	bool is;

	if (expr_is_function(&o->type)) {
		print_address(&p, &o->type, o->address);
		return true;
	}
	if (o->type.basic == BASIC_DIE && o->type.pointers == 0)
		return print_object(e, &p, o, column, size);
	if (o->type.pointers == 0) {
		if (!operand_number(e, o, column, &n))
			return false;
		if (o->in_memory) {
			struct operand held;

			operand_from_number(&held, &o->type, &n);
			print_basic(&held, &n, t);
		} else {
			print_basic(o, &n, t);
		}
		return true;
	}
	if (!operand_pointer(e, o, column, &to, &address, &is))
		return false;
	print_address(&p, &to, address);
	return true;
}

/* What can be written to it. */
static enum variable_kind kind_of(const struct operand *o)
{
	struct expr_type to;
	enum basic basic;

	if (expr_pointed(&o->type, &to))
		return VARIABLE_POINTER;
	if (!expr_arithmetic(&o->type, &basic))
		return VARIABLE_OTHER;
	if (basic == BASIC_BOOL)
		return VARIABLE_BOOLEAN;
	if (basic_table[basic].is_float)
		return VARIABLE_FLOAT;
	return basic_table[basic].is_signed ? VARIABLE_SIGNED : VARIABLE_UNSIGNED;
}

bool operand_describe(struct eval *e, const struct operand *o, unsigned column, struct variable *v)
{
	struct text type = text_in(v->type, sizeof(v->type));
	struct text value = text_in(v->value, sizeof(v->value));
	struct expr_type element;
	uint64_t count;

	expr_type_name(e->image, &e->context->ev, &o->type, &type);
	v->address = o->in_memory ? o->address : 0;
	v->reg = o->reg;
	v->vector = o->vector;
	v->bit = (unsigned)o->bit;
	v->width = (unsigned)o->width;
	v->kind = kind_of(o);
	v->size = 0;
	v->available = false;
	if (o->in_memory && expr_element(&e->context->ev, &o->type, &element, &count) && count == 0) {
		text_add(&value, "{}");		/* `int none[0]' */
		text_end(&value);
		v->children = 0;
		return v->available = true;
	}
	if ((!expr_size(&e->context->ev, &o->type, &v->size) || v->size == 0) &&
	    !expr_is_function(&o->type))
		return expr_fail(e->error, column, "its type, %.150s, is not complete here", v->type);
	if (!print_value(e, o, column, v->size, &value))
		return false;
	text_end(&value);
	v->available = true;
	v->children = operand_children(e, o, &v->indexed);
	return true;
}

/* -- children --------------------------------------------------------------------- */

size_t operand_children(struct eval *e, const struct operand *o, bool *indexed)
{
	struct expr_error unused, *error = e->error;
	struct operand target;
	struct expr_type to;
	uint64_t address = 0, count = 0, size;
	Dwarf_Die plain;
	bool is = false;

	*indexed = expr_element(&e->context->ev, &o->type, &to, &count);
	if (*indexed)
		return count;
	if (expr_structure(&o->type, &plain))
		return member_list(e, o, 0, NULL, NULL, 0);
	e->error = &unused;
	is = operand_pointer(e, o, 0, &to, &address, &is) && is;
	e->error = error;
	if (!is || address == 0 || expr_is_function(&to) || (to.basic == BASIC_VOID && !to.pointers))
		return 0;
	target = operand_at(address, &to);
	if (expr_structure(&to, &plain))
		return member_list(e, &target, 0, NULL, NULL, 0);
	return expr_size(&e->context->ev, &to, &size) && size > 0;
}
