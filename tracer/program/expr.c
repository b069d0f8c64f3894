/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The tree over a view and a frame. */
#include "tracer/program/expr-private.h"

#include <string.h>

bool eval_truth(struct eval *e, struct node *node, bool *truth)
{
	struct operand o;
	struct expr_type to;
	struct number n;
	uint64_t address;
	bool pointer;

	if (!eval_operand(e, node, &o) || !operand_pointer(e, &o, node->column, &to, &address, &pointer))
		return false;
	if (pointer) {
		*truth = address != 0;
		return true;
	}
	if (!operand_number(e, &o, node->column, &n))
		return expr_fail(e->error, node->column, "a condition has to be a number or a pointer");
	*truth = !number_is_zero(&n);
	return true;
}

static bool give_truth(struct eval *e, struct operand *out, bool truth)
{
	enum basic basic = e->cxx ? BASIC_BOOL : BASIC_INT;

	return eval_give(out, basic, &(struct number){ .basic = basic, .i = truth });
}

/* -- members ---------------------------------------------------------------------------- */

static bool eval_member(struct eval *e, struct node *node, struct operand *out)
{
	struct operand object;
	struct expr_type to;
	uint64_t address;
	bool pointer, found;

	if (!eval_operand(e, node->a, &object) ||
	    !operand_pointer(e, &object, node->a->column, &to, &address, &pointer))
		return false;
	/* "." on a pointer is taken as it is meant. */
	if (node->op == OP_ARROW && !pointer)
		return expr_fail(e->error, node->column, "this is no pointer: use '.' instead of '->'");
	if (pointer)
		object = operand_at(address, &to);
	if (!member_find(e, &object, node->name, node->column, out, &found))
		return false;
	return found || expr_fail(e->error, node->column, "there is no member named '%.64s'", node->name);
}

/* -- conversions ------------------------------------------------------------------------- */

/* From derived to base class and back, as static_cast. */
static uint64_t adjust(struct eval *e, const struct expr_type *from, const struct expr_type *to,
    uint64_t address)
{
	Dwarf_Die a, b;
	uint64_t offset;

	if (address == 0 || !expr_structure(from, &a) || !expr_structure(to, &b))
		return address;
	if (member_base(e->image, &a, &b, &offset))
		return address + offset;
	return member_base(e->image, &b, &a, &offset) ? address - offset : address;
}

static bool cast_to_pointer(struct eval *e, struct node *node, const struct expr_type *to,
    struct operand *out)
{
	struct side s;
	struct number n;

	if (!eval_side(e, node->a, &s))
		return false;
	n = s.number;
	if (s.pointer)
		n = (struct number){ .basic = BASIC_ULONG, .i = adjust(e, &s.to, to, s.address) };
	else if (basic_table[n.basic].is_float)
		return expr_fail(e->error, node->column, "a floating-point number is no address");
	number_convert(&n, BASIC_ULONG);
	operand_from_number(out, &node->type, &n);
	return true;
}

static bool eval_cast(struct eval *e, struct node *node, struct operand *out)
{
	struct expr_type to;
	struct side s;
	struct number n;
	enum basic basic;
	bool code;

	if (expr_pointed(&node->type, &to))
		return cast_to_pointer(e, node, &to, out);
	if (!expr_arithmetic(&node->type, &basic))
		return expr_fail(e->error, node->column,
		    "only numbers and pointers can be cast: take the address, cast it, and use *");
	if (!eval_side(e, node->a, &s))
		return false;
	n = s.number;
	code = s.pointer;
	if (code)
		n = (struct number){ .basic = BASIC_ULONG, .i = s.address };
	if (!number_convert(&n, basic))
		return expr_fail(e->error, node->column, "this number is too large for an integer");
	operand_from_number(out, &node->type, &n);
	return true;
}

/* -- the rest ------------------------------------------------------------------------------ */

static bool eval_sizeof(struct eval *e, struct node *node, struct operand *out)
{
	struct number n = { .basic = BASIC_ULONG };
	uint64_t size = 0;

	if (node->op == OP_SIZEOF) {
		if (!eval_operand(e, node->a, out))
			return false;
		if (out->width)
			return expr_fail(e->error, node->column, "a bit field has no size in bytes");
		node->type = out->type;
	}
	if (!expr_size(&e->context->ev, &node->type, &size))
		return expr_fail(e->error, node->column, "the size of this is not known");
	n.i = size;
	return eval_give(out, BASIC_ULONG, &n);
}

static bool eval_unary(struct eval *e, struct node *node, struct operand *out)
{
	struct number n;

	return eval_operand(e, node->a, out) && operand_number(e, out, node->a->column, &n) &&
	    number_unary(e, node, &n) && eval_give(out, n.basic, &n);
}

static bool eval_logical(struct eval *e, struct node *node, struct operand *out)
{
	bool truth;

	if (!eval_truth(e, node->a, &truth))
		return false;
	if (node->op == OP_LOGICAL_NOT)
		truth = !truth;
	else if (truth == (node->op == OP_LOGICAL_AND) && !eval_truth(e, node->b, &truth))
		return false;
	return give_truth(e, out, truth);
}

static bool eval_condition(struct eval *e, struct node *node, struct operand *out)
{
	bool truth;

	return eval_truth(e, node->a, &truth) && eval_operand(e, truth ? node->b->a : node->b->b, out);
}

bool eval_operand(struct eval *e, struct node *node, struct operand *out)
{
	switch (node->op) {
	case OP_NUMBER:
		return eval_give(out, node->number.basic, &node->number);
	case OP_NULL:
		return eval_give_pointer(e, node, out, expr_basic(BASIC_VOID), 0);
	case OP_NAME:
		return resolve_name(e, node, out);
	case OP_VECTOR:
		return resolve_vector(e, node, out);
	case OP_REGISTER:
		return resolve_register(e, node, out);
	case OP_NOT: case OP_NEGATE: case OP_PLUS:
		return eval_unary(e, node, out);
	case OP_TARGET:
		return eval_target(e, node, out);
	case OP_ADDRESS:
		return eval_address(e, node, out);
	case OP_SIZEOF: case OP_SIZEOF_TYPE:
		return eval_sizeof(e, node, out);
	case OP_CAST:
		return eval_cast(e, node, out);
	case OP_MEMBER: case OP_ARROW:
		return eval_member(e, node, out);
	case OP_INDEX:
		return eval_index(e, node, out);
	case OP_LOGICAL_NOT: case OP_LOGICAL_AND: case OP_LOGICAL_OR:
		return eval_logical(e, node, out);
	case OP_CONDITION:
		return eval_condition(e, node, out);
	default:
		return eval_binary(e, node, out);
	}
}
