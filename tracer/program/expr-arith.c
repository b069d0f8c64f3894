/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Numbers with C's conversions (C17 sections 6.3.1, 6.5); integers wrap. */
#include "tracer/program/expr-private.h"

#include <string.h>

static unsigned bits_of(enum basic b)
{
	return b == BASIC_BOOL ? 1 : 8U * basic_table[b].size;
}

static wide extend(wide i, enum basic to)
{
	unsigned unused = 128 - bits_of(to);

	i <<= unused;
	return basic_table[to].is_signed ? (wide)((__int128)i >> unused) : i >> unused;
}

static long double to_float(const struct number *n)
{
	if (basic_table[n->basic].is_float)
		return n->f;
	return basic_table[n->basic].is_signed ? (long double)(__int128)n->i : (long double)n->i;
}

static long double round_to(long double f, enum basic to)
{
	return to == BASIC_FLOAT ? (long double)(float)f : to == BASIC_DOUBLE ? (long double)(double)f : f;
}

bool number_is_zero(const struct number *n)
{
	return basic_table[n->basic].is_float ? n->f == 0 : n->i == 0;
}

bool number_convert(struct number *n, enum basic to)
{
	if (to == BASIC_BOOL) {
		n->i = !number_is_zero(n);
	} else if (basic_table[to].is_float) {
		n->f = round_to(to_float(n), to);
	} else if (basic_table[n->basic].is_float) {
		if (!(n->f > -0x1p126L && n->f < 0x1p126L))
			return false;
		n->i = extend((wide)(__int128)n->f, to);
	} else {
		n->i = extend(n->i, to);
	}
	n->basic = to;
	return true;
}

static enum basic promote(enum basic b)
{
	return b < BASIC_INT ? BASIC_INT : b;
}

/* The type that both are converted to. */
static enum basic common_type(enum basic a, enum basic b)
{
	enum basic high, low;

	a = promote(a);
	b = promote(b);
	high = a > b ? a : b;
	low = a > b ? b : a;
	/* An unsigned type of the same size wins over a signed one of higher rank. */
	if (basic_table[high].is_signed && !basic_table[low].is_signed &&
	    !basic_table[high].is_float && basic_table[high].size == basic_table[low].size)
		return high + 1;
	return high;
}

bool number_unary(struct eval *e, const struct node *node, struct number *n)
{
	if (node->op == OP_NOT && basic_table[n->basic].is_float)
		return expr_fail(e->error, node->column, "~ is for integers");
	number_convert(n, promote(n->basic));
	if (basic_table[n->basic].is_float)
		n->f = node->op == OP_NEGATE ? -n->f : n->f;
	else
		n->i = extend(node->op == OP_NEGATE ? -n->i : node->op == OP_NOT ? ~n->i : n->i, n->basic);
	return true;
}

/* -- two of them ----------------------------------------------------------------- */

static bool shift(struct eval *e, const struct node *node, struct number a, struct number b,
    struct number *out)
{
	if (basic_table[a.basic].is_float || basic_table[b.basic].is_float)
		return expr_fail(e->error, node->column, "only integers can be shifted");
	number_convert(&a, promote(a.basic));
	number_convert(&b, promote(b.basic));
	if (b.i >= bits_of(a.basic))	/* a negative count, too: it is extended */
		return expr_fail(e->error, node->column, "shift of %u bits by %lld is undefined",
		    bits_of(a.basic), (long long)b.i);
	if (node->op == OP_LEFT)
		a.i <<= b.i;
	else
		a.i = basic_table[a.basic].is_signed ? (wide)((__int128)a.i >> b.i) : a.i >> b.i;
	a.i = extend(a.i, a.basic);
	*out = a;
	return true;
}

static bool compare(enum op op, int order, bool unordered)
{
	switch (op) {
	case OP_LESS:		return !unordered && order < 0;
	case OP_GREATER:	return !unordered && order > 0;
	case OP_LESS_EQUAL:	return !unordered && order <= 0;
	case OP_GREATER_EQUAL:	return !unordered && order >= 0;
	case OP_EQUAL:		return !unordered && order == 0;
	default:		return unordered || order != 0;
	}
}

static int order_of(const struct number *a, const struct number *b, bool *unordered)
{
	*unordered = false;
	if (basic_table[a->basic].is_float) {
		*unordered = __builtin_isunordered(a->f, b->f);
		return a->f < b->f ? -1 : a->f > b->f;
	}
	if (basic_table[a->basic].is_signed)
		return (__int128)a->i < (__int128)b->i ? -1 : (__int128)a->i > (__int128)b->i;
	return a->i < b->i ? -1 : a->i > b->i;
}

static bool float_binary(struct eval *e, const struct node *node, long double a, long double b,
    struct number *out)
{
	switch (node->op) {
	case OP_ADD:		out->f = a + b; break;
	case OP_SUBTRACT:	out->f = a - b; break;
	case OP_MULTIPLY:	out->f = a * b; break;
	case OP_DIVIDE:		out->f = a / b; break;	/* by zero: infinite, as the machine has it */
	default:
		return expr_fail(e->error, node->column, "this operator is for integers");
	}
	out->f = round_to(out->f, out->basic);
	return true;
}

static bool divide(struct eval *e, const struct node *node, wide a, wide b, struct number *out)
{
	bool modulo = node->op == OP_MODULO;

	if (b == 0)
		return expr_fail(e->error, node->column, "division by zero");
	if (!basic_table[out->basic].is_signed)
		out->i = modulo ? a % b : a / b;
	else if (b == (wide)-1)		/* the least one by -1 has no quotient */
		out->i = modulo ? 0 : -a;
	else
		out->i = (wide)(modulo ? (__int128)a % (__int128)b : (__int128)a / (__int128)b);
	return true;
}

static bool integer_binary(struct eval *e, const struct node *node, wide a, wide b, struct number *out)
{
	switch (node->op) {
	case OP_ADD:		out->i = a + b; break;
	case OP_SUBTRACT:	out->i = a - b; break;
	case OP_MULTIPLY:	out->i = a * b; break;
	case OP_AND:		out->i = a & b; break;
	case OP_XOR:		out->i = a ^ b; break;
	case OP_OR:		out->i = a | b; break;
	default:
		if (!divide(e, node, a, b, out))
			return false;
	}
	out->i = extend(out->i, out->basic);
	return true;
}

bool number_binary(struct eval *e, const struct node *node, const struct number *left,
    const struct number *right, struct number *out)
{
	struct number a = *left, b = *right;
	enum basic common = common_type(a.basic, b.basic);
	bool unordered;
	int order;

	if (node->op == OP_LEFT || node->op == OP_RIGHT)
		return shift(e, node, a, b, out);
	number_convert(&a, common);
	number_convert(&b, common);
	*out = (struct number){ .basic = common };
	if (node->op >= OP_LESS && node->op <= OP_UNEQUAL) {
		order = order_of(&a, &b, &unordered);
		*out = (struct number){ .basic = e->cxx ? BASIC_BOOL : BASIC_INT,
			.i = compare(node->op, order, unordered) };
		return true;
	}
	return basic_table[common].is_float ? float_binary(e, node, a.f, b.f, out) :
	    integer_binary(e, node, a.i, b.i, out);
}
