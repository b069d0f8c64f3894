/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Pointers, arrays, and what numbers and pointers have in common. */
#include "tracer/program/expr-private.h"

#include <string.h>

bool eval_give(struct operand *out, enum basic basic, const struct number *n)
{
	struct expr_type type = expr_basic(basic);

	operand_from_number(out, &type, n);
	return true;
}

bool eval_give_pointer(struct eval *e, struct node *node, struct operand *out, struct expr_type to,
    uint64_t address)
{
	struct number n = { .basic = BASIC_ULONG, .i = address };

	if (to.pointers == TYPE_CHAIN_MAX)
		return expr_fail(e->error, node->column, "too many pointers");
	to.pointers++;
	operand_from_number(out, &to, &n);
	return true;
}

static bool step_of(struct eval *e, struct node *node, struct expr_type *to, uint64_t *size)
{
	Dwarf_Die plain;

	if (expr_is_function(to))
		return expr_fail(e->error, node->column, "a function's address cannot be computed with");
	if (expr_structure(to, &plain)) {
		names_complete(e->image, &plain);
		if (type_size(&e->context->ev, &plain, size) && *size)
			return true;
	} else if (expr_size(&e->context->ev, to, size) && *size) {
		return true;
	}
	return expr_fail(e->error, node->column, "the size of what this points to is not known");
}

bool eval_side(struct eval *e, struct node *node, struct side *s)
{
	return eval_operand(e, node, &s->operand) &&
	    operand_pointer(e, &s->operand, node->column, &s->to, &s->address, &s->pointer) &&
	    (s->pointer || operand_number(e, &s->operand, node->column, &s->number));
}

static bool offset_pointer(struct eval *e, struct node *node, struct side *p, struct side *n,
    struct operand *out)
{
	uint64_t size;

	if (basic_table[n->number.basic].is_float)
		return expr_fail(e->error, node->column, "a pointer and a floating-point number do not add up");
	if (!step_of(e, node, &p->to, &size))
		return false;
	size *= (uint64_t)n->number.i;
	return eval_give_pointer(e, node, out, p->to,
	    node->op == OP_SUBTRACT ? p->address - size : p->address + size);
}

static bool pointer_binary(struct eval *e, struct node *node, struct side *a, struct side *b,
    struct operand *out)
{
	struct number x = { .basic = BASIC_ULONG, .i = a->address }, y = x, result;
	uint64_t size;

	if (node->op == OP_ADD && a->pointer != b->pointer)
		return offset_pointer(e, node, a->pointer ? a : b, a->pointer ? b : a, out);
	if (node->op == OP_SUBTRACT && a->pointer && !b->pointer)
		return offset_pointer(e, node, a, b, out);
	if (node->op == OP_SUBTRACT && a->pointer && b->pointer) {
		if (!step_of(e, node, &a->to, &size))
			return false;
		x = (struct number){ .basic = BASIC_LONG };
		x.i = (wide)((int64_t)(a->address - b->address) / (int64_t)size);
		return eval_give(out, BASIC_LONG, &x);
	}
	if (node->op < OP_LESS || node->op > OP_UNEQUAL)
		return expr_fail(e->error, node->column, "this operator is not for pointers");
	y.i = b->address;
	if (!a->pointer)
		x = a->number;
	if (!b->pointer)
		y = b->number;
	number_convert(&x, BASIC_ULONG);
	number_convert(&y, BASIC_ULONG);
	return number_binary(e, node, &x, &y, &result) && eval_give(out, result.basic, &result);
}

bool eval_binary(struct eval *e, struct node *node, struct operand *out)
{
	struct side a, b;
	struct number result;

	if (!eval_side(e, node->a, &a) || !eval_side(e, node->b, &b))
		return false;
	if (a.pointer || b.pointer)
		return pointer_binary(e, node, &a, &b, out);
	return number_binary(e, node, &a.number, &b.number, &result) &&
	    eval_give(out, result.basic, &result);
}

static bool target(struct eval *e, struct node *node, struct expr_type *to, uint64_t address,
    struct operand *out)
{
	if (to->basic == BASIC_VOID && to->pointers == 0)
		return expr_fail(e->error, node->column, "a void * has to be cast before what it points to has a type");
	*out = operand_at(address, to);
	return operand_settle(e, out, node->column);
}

bool eval_target(struct eval *e, struct node *node, struct operand *out)
{
	struct expr_type to;
	uint64_t address;
	bool pointer;

	if (!eval_operand(e, node->a, out) ||
	    !operand_pointer(e, out, node->a->column, &to, &address, &pointer))
		return false;
	return pointer ? target(e, node, &to, address, out) :
	    expr_fail(e->error, node->column, "only a pointer has something that it points to");
}

/* An element of an array in registers; everything else is *(a + i). */
static bool held_element(struct eval *e, struct node *node, struct operand *array, struct operand *out)
{
	struct operand index;
	struct number n;
	uint64_t count, size, at;

	if (!eval_operand(e, node->b, &index) || !operand_number(e, &index, node->b->column, &n) ||
	    !number_convert(&n, BASIC_LONG))
		return false;
	*out = *array;
	expr_element(&e->context->ev, &array->type, &out->type, &count);
	if (!expr_size(&e->context->ev, &out->type, &size) || n.i >= count ||
	    __builtin_mul_overflow(size, (uint64_t)n.i, &at) || at + size > array->length)
		return expr_fail(e->error, node->column, "this array ends before element %lld", (long long)n.i);
	out->reg = -1;
	out->length = size;
	memcpy(out->bytes, array->bytes + at, size);
	return true;
}

bool eval_index(struct eval *e, struct node *node, struct operand *out)
{
	struct node sum = *node;
	struct operand array;
	struct expr_type to;
	uint64_t address;
	bool pointer;

	if (!eval_operand(e, node->a, &array))
		return false;
	if (!array.in_memory && expr_element(&e->context->ev, &array.type, &to, &address))
		return held_element(e, node, &array, out);
	sum.op = OP_ADD;
	if (!eval_binary(e, &sum, out) ||
	    !operand_pointer(e, out, node->column, &to, &address, &pointer))
		return false;
	return pointer ? target(e, node, &to, address, out) :
	    expr_fail(e->error, node->column, "only arrays and pointers have elements");
}

bool eval_address(struct eval *e, struct node *node, struct operand *out)
{
	if (!eval_operand(e, node->a, out))
		return false;
	if (out->width)
		return expr_fail(e->error, node->column, "a bit field has no address");
	if (!out->in_memory)
		return expr_fail(e->error, node->column, "this is not in memory: it has no address");
	return eval_give_pointer(e, node, out, out->type, out->address);
}
