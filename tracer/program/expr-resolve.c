/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Names and registers of an expression in the frame. */
#include "tracer/program/expr-private.h"

#include <dwarf.h>
#include <string.h>

#include "tracer/program/functions.h"
#include "tracer/program/subprogram.h"
#include "tracer/program/value.h"

static bool find_local(struct eval *e, const char *name, Dwarf_Die *die)
{
	struct object objects[OBJECTS_MAX];
	Dwarf_Die scope = e->context->scope;
	size_t count = 0;

	if (e->context->has_function)
		count = subprogram_objects(&scope, e->context->ev.pc, objects, OBJECTS_MAX);
	while (count-- > 0) {
		const char *is = dwarf_diename(&objects[count].die);

		if (is && strcmp(is, name) == 0) {
			*die = objects[count].die;
			return true;
		}
	}
	return false;
}

/* As C++ finds a plain name in a member function. */
static bool member_of_this(struct eval *e, struct node *node, struct operand *out, bool *found)
{
	struct operand this;
	struct expr_type to;
	Dwarf_Die die, class;
	uint64_t address;
	bool pointer;

	*found = false;
	if (!e->cxx || !find_local(e, "this", &die))
		return true;
	if (!operand_object(e, &die, "this", node->column, &this) ||
	    !operand_pointer(e, &this, node->column, &to, &address, &pointer))
		return false;
	if (!pointer || !expr_structure(&to, &class))
		return true;
	this = operand_at(address, &to);
	return member_find(e, &this, node->name, node->column, out, found);
}

/* What is neither local nor a member, sought once for all evaluations from a unit. */
static void seek(struct eval *e, struct node *node)
{
	Dwarf_Die function = e->context->function, unit, enumeration;
	bool has_unit = e->context->has_function && dwarf_diecu(&function, &unit, NULL, NULL);
	Dwarf_Off offset = has_unit ? dwarf_dieoffset(&unit) : 0;
	struct function f;

	if (node->meaning != MEANING_NOT_SOUGHT && node->meaning_unit == offset)
		return;
	node->meaning_unit = offset;
	node->meaning = MEANING_NOTHING;
	if (subprogram_global(e->image, has_unit ? &unit : NULL, node->name, &node->object)) {
		node->meaning = MEANING_OBJECT;
	} else if (names_enumerator(e->image, node->name, &node->object, &enumeration)) {
		node->meaning = MEANING_ENUMERATOR;
		node->type = expr_die(&enumeration);
	} else if (function_by_name(e->image, node->name, &f)) {
		node->meaning = MEANING_FUNCTION;
		node->address = f.start;
	}
}

static bool enumerator(struct eval *e, struct node *node, struct operand *out)
{
	struct number n = { 0 };
	uint64_t size = 0, value;

	if (!expr_arithmetic(&node->type, &n.basic) ||
	    !expr_size(&e->context->ev, &node->type, &size) ||
	    !value_enumerator(&node->object, size, &value))
		return expr_fail(e->error, node->column, "the value of '%.64s' is not known", node->name);
	n.i = value;
	number_convert(&n, n.basic);
	operand_from_number(out, &node->type, &n);
	return true;
}

bool resolve_name(struct eval *e, struct node *node, struct operand *out)
{
	struct expr_type code = expr_basic(BASIC_CODE);
	Dwarf_Die die;
	bool found;

	if (find_local(e, node->name, &die))
		return operand_object(e, &die, node->name, node->column, out);
	if (!member_of_this(e, node, out, &found))
		return false;
	if (found)
		return true;
	seek(e, node);
	switch (node->meaning) {
	case MEANING_OBJECT:
		return operand_object(e, &node->object, node->name, node->column, out);
	case MEANING_ENUMERATOR:
		return enumerator(e, node, out);
	case MEANING_FUNCTION:
		*out = operand_at(node->address, &code);
		return true;
	default:
		return expr_fail(e->error, node->column, "no variable named '%.64s' in scope at this line",
		    node->name);
	}
}

bool resolve_register(struct eval *e, struct node *node, struct operand *out)
{
	struct expr_type type = expr_basic(BASIC_ULONG);
	struct number n = { .basic = BASIC_ULONG };

	if (!(e->context->ev.known >> node->reg & 1))
		return expr_fail(e->error, node->column, "$%.32s is not known in this frame", node->name);
	n.i = e->context->registers.word[node->reg];
	operand_from_number(out, &type, &n);
	out->reg = node->reg;
	return true;
}

static bool known_vector(const struct eval *e, const struct node *node, struct vector_state *s)
{
	return e->context->ev.has_vector && view_vector(e->context->ev.view, s) &&
	    vector_exists(s, node->vector.kind);
}

bool resolve_vector(struct eval *e, struct node *node, struct operand *out)
{
	const struct vector_kind *k = node->vector.kind;
	uint8_t bytes[VECTOR_REGISTER_MAX];
	struct vector_state s;

	if (!known_vector(e, node, &s))
		return expr_fail(e->error, node->column, "$%.32s is not known in this frame", node->name);
	vector_get(&s, &node->vector, bytes);
	*out = (struct operand){ .reg = -1, .type = expr_basic(k->stacked ? BASIC_LONG_DOUBLE :
	    k->size <= 8 ? BASIC_ULONG : k->size == 16 ? BASIC_UINT128 : BASIC_VOID) };
	out->length = k->stacked ? 16 : k->size <= 8 ? 8 : k->size;
	memcpy(out->bytes, bytes, out->length);
	return true;
}
