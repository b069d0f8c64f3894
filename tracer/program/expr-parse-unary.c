/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Operands, and what stands before and behind them. */
#include "tracer/program/expr-parser.h"

#include <string.h>

/* Behind "(": a cast's type, or an expression. */
static struct node *parse_parentheses(struct parser *p, unsigned column)
{
	struct expr_type type;
	struct node *inside;
	bool is;

	if (!parse_type(p, &type, &is))
		return NULL;
	if (!is) {
		inside = parse_condition(p);
		return inside && parse_expect(p, ")") ? inside : NULL;
	}
	if (!parse_expect(p, ")") || !(inside = parse_unary(p)))
		return NULL;
	inside = parse_make(p, OP_CAST, column, inside, NULL);
	if (inside)
		inside->type = type;
	return inside;
}

static struct node *parse_register(struct parser *p)
{
	static const struct { const char *name; int index; } others[] = {
		{ "pc", REG_PC }, { "sp", REG_SP }, { "fp", REG_FP },
	};
	struct node *n = parse_make(p, OP_REGISTER, p->now.column, NULL, NULL);

	if (!n)
		return NULL;
	n->name = parse_keep(p, p->now.text);
	n->reg = register_by_name(p->now.text);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(p->now.text, others[i].name) == 0)
			n->reg = others[i].index;
	if (n->reg < 0 && vector_by_name(p->now.text, &n->vector)) {
		n->op = OP_VECTOR;
	} else if (n->reg < 0) {
		expr_fail(p->error, p->now.column, "there is no register '%.32s'", p->now.text);
		return NULL;
	}
	return parse_advance(p) ? n : NULL;
}

static struct node *parse_name(struct parser *p)
{
	struct node *n = parse_make(p, OP_NAME, p->now.column, NULL, NULL);
	const char *name = p->now.text;

	if (!n)
		return NULL;
	if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0) {
		n->op = OP_NUMBER;
		n->number = (struct number){ .basic = BASIC_BOOL, .i = name[0] == 't' };
	} else if (strcmp(name, "nullptr") == 0 || strcmp(name, "NULL") == 0) {
		n->op = OP_NULL;
	}
	n->name = parse_keep(p, name);
	if (!parse_advance(p))
		return NULL;
	if (parse_is(p, "(")) {
		expr_fail(p->error, p->now.column, "functions cannot be called from an expression");
		return NULL;
	}
	return n;
}

static struct node *parse_primary(struct parser *p)
{
	unsigned column = p->now.column;
	struct node *n;

	switch (p->now.kind) {
	case TOKEN_NUMBER:
		n = parse_make(p, OP_NUMBER, column, NULL, NULL);
		if (n)
			n->number = p->now.number;
		return n && parse_advance(p) ? n : NULL;
	case TOKEN_NAME:
		return parse_name(p);
	case TOKEN_REGISTER:
		return parse_register(p);
	default:
		if (!parse_is(p, "("))
			return parse_refuse(p);
		return parse_advance(p) ? parse_parentheses(p, column) : NULL;
	}
}

static struct node *parse_member(struct parser *p, struct node *n, enum op op)
{
	if (!parse_advance(p))
		return NULL;
	if (p->now.kind != TOKEN_NAME) {
		expr_fail(p->error, p->now.column, "a member's name is expected here");
		return NULL;
	}
	n = parse_make(p, op, p->now.column, n, NULL);
	if (n)
		n->name = parse_keep(p, p->now.text);
	if (!n || !parse_advance(p))
		return NULL;
	if (parse_is(p, "(")) {
		expr_fail(p->error, p->now.column, "functions cannot be called from an expression");
		return NULL;
	}
	return n;
}

static struct node *parse_postfix(struct parser *p)
{
	struct node *n = parse_primary(p), *index;
	unsigned column;

	while (n && (parse_is(p, "[") || parse_is(p, ".") || parse_is(p, "->"))) {
		column = p->now.column;
		if (!parse_is(p, "[")) {
			n = parse_member(p, n, parse_is(p, ".") ? OP_MEMBER : OP_ARROW);
			continue;
		}
		if (!parse_advance(p) || !(index = parse_condition(p)) || !parse_expect(p, "]"))
			return NULL;
		n = parse_make(p, OP_INDEX, column, n, index);
	}
	return n;
}

static struct node *parse_sizeof(struct parser *p, unsigned column)
{
	struct expr_type type;
	struct node *n;
	size_t at;
	struct token now;
	bool is = false;

	if (!parse_advance(p))
		return NULL;
	at = p->at;
	now = p->now;
	if (parse_is(p, "(") && (!parse_advance(p) || !parse_type(p, &type, &is)))
		return NULL;
	if (is) {
		n = parse_make(p, OP_SIZEOF_TYPE, column, NULL, NULL);
		if (n)
			n->type = type;
		return n && parse_expect(p, ")") ? n : NULL;
	}
	p->at = at;
	p->now = now;
	n = parse_unary(p);
	return n ? parse_make(p, OP_SIZEOF, column, n, NULL) : NULL;
}

static struct node *parse_operator(struct parser *p)
{
	static const struct { const char *sign; enum op op; } operators[] = {
		{ "!", OP_LOGICAL_NOT }, { "~", OP_NOT }, { "-", OP_NEGATE }, { "+", OP_PLUS },
		{ "*", OP_TARGET }, { "&", OP_ADDRESS },
	};
	unsigned column = p->now.column;
	struct node *n;

	if (p->now.kind == TOKEN_NAME && strcmp(p->now.text, "sizeof") == 0)
		return parse_sizeof(p, column);
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (!parse_is(p, operators[i].sign))
			continue;
		if (!parse_advance(p) || !(n = parse_unary(p)))
			return NULL;
		return parse_make(p, operators[i].op, column, n, NULL);
	}
	return parse_postfix(p);
}

static bool deeper(struct parser *p)
{
	if (++p->depth > EXPR_DEPTH_MAX)
		return expr_fail(p->error, p->now.column, "more than %d levels of nesting", EXPR_DEPTH_MAX);
	return true;
}

struct node *parse_unary(struct parser *p)
{
	struct node *n = deeper(p) ? parse_operator(p) : NULL;

	p->depth--;
	return n;
}
