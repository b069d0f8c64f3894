/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Text → tree: recursive descent, binary operators by their precedence. */
#include "tracer/program/expr-parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool expr_fail(struct expr_error *e, unsigned column, const char *format, ...)
{
	va_list list;

	e->column = column;
	va_start(list, format);
	vsnprintf(e->message, sizeof(e->message), format, list);
	va_end(list);
	return false;
}

bool parse_advance(struct parser *p)
{
	return expr_token(p->expr->text, &p->at, &p->now, p->error);
}

bool parse_is(const struct parser *p, const char *sign)
{
	return p->now.kind == TOKEN_SIGN && strcmp(p->now.text, sign) == 0;
}

struct node *parse_refuse(struct parser *p)
{
	const char *text = p->now.text;

	if (p->now.kind == TOKEN_END)
		expr_fail(p->error, p->now.column, "the expression ends too early");
	else if (parse_is(p, "=") || parse_is(p, "++") || parse_is(p, "--") ||
	    (p->now.kind == TOKEN_SIGN && text[1] == '=' && !strchr("<>=!", text[0])) || text[2] == '=')
		expr_fail(p->error, p->now.column,
		    "an expression does not change anything: no '%.8s' (equal is ==)", text);
	else if (p->now.kind == TOKEN_NUMBER)
		expr_fail(p->error, p->now.column, "a number is not expected here");
	else
		expr_fail(p->error, p->now.column, "'%.60s' is not expected here", text);
	return NULL;
}

bool parse_expect(struct parser *p, const char *sign)
{
	if (parse_is(p, sign))
		return parse_advance(p);
	if (p->now.kind == TOKEN_END)
		return expr_fail(p->error, p->now.column, "a '%s' is missing at the end", sign);
	return expr_fail(p->error, p->now.column, "a '%s' is missing here", sign);
}

/* The nodes do not move: there is one for each byte of text, which is enough. */
struct node *parse_make(struct parser *p, enum op op, unsigned column, struct node *a, struct node *b)
{
	struct expr *x = p->expr;
	struct node *n;

	if (x->node_count == x->node_room) {
		expr_fail(p->error, column, "the expression has too many parts");
		return NULL;
	}
	n = &x->nodes[x->node_count++];
	*n = (struct node){ .op = op, .column = column, .a = a, .b = b, .height = 1 };
	if (a && a->height >= n->height)
		n->height = a->height + 1;
	if (b && b->height >= n->height)
		n->height = b->height + 1;
	if (n->height <= EXPR_DEPTH_MAX)
		return n;
	expr_fail(p->error, column, "more than %d levels of nesting", EXPR_DEPTH_MAX);
	return NULL;
}

const char *parse_keep(struct parser *p, const char *name)
{
	char *to = p->expr->names + p->expr->names_length;
	size_t size = strlen(name) + 1;

	memcpy(to, name, size);		/* room for the text and a NUL for each of its bytes */
	p->expr->names_length += size;
	return to;
}

/* -- binary operators ------------------------------------------------------------ */

static const struct binary {
	const char *sign;
	enum op op;
	int precedence;		/* higher binds stronger */
} binary_table[] = {
	{ "||", OP_LOGICAL_OR, 1 }, { "&&", OP_LOGICAL_AND, 2 },
	{ "|", OP_OR, 3 }, { "^", OP_XOR, 4 }, { "&", OP_AND, 5 },
	{ "==", OP_EQUAL, 6 }, { "!=", OP_UNEQUAL, 6 },
	{ "<", OP_LESS, 7 }, { ">", OP_GREATER, 7 },
	{ "<=", OP_LESS_EQUAL, 7 }, { ">=", OP_GREATER_EQUAL, 7 },
	{ "<<", OP_LEFT, 8 }, { ">>", OP_RIGHT, 8 },
	{ "+", OP_ADD, 9 }, { "-", OP_SUBTRACT, 9 },
	{ "*", OP_MULTIPLY, 10 }, { "/", OP_DIVIDE, 10 }, { "%", OP_MODULO, 10 },
};

static const struct binary *binary_here(const struct parser *p)
{
	for (size_t i = 0; i < sizeof(binary_table) / sizeof(binary_table[0]); i++)
		if (parse_is(p, binary_table[i].sign))
			return &binary_table[i];
	return NULL;
}

static struct node *parse_binary(struct parser *p, int weakest)
{
	struct node *left = parse_unary(p), *right;
	const struct binary *b;
	unsigned column;

	while (left && (b = binary_here(p)) && b->precedence >= weakest) {
		column = p->now.column;
		if (!parse_advance(p) || !(right = parse_binary(p, b->precedence + 1)))
			return NULL;
		left = parse_make(p, b->op, column, left, right);
	}
	return left;
}

static struct node *parse_choice(struct parser *p)
{
	struct node *n = parse_binary(p, 1), *yes, *no;
	unsigned column = p->now.column;

	if (!n || !parse_is(p, "?"))
		return n;
	if (!parse_advance(p) || !(yes = parse_condition(p)) || !parse_expect(p, ":") ||
	    !(no = parse_condition(p)))
		return NULL;
	yes = parse_make(p, OP_ALTERNATIVES, column, yes, no);
	return yes ? parse_make(p, OP_CONDITION, column, n, yes) : NULL;
}

struct node *parse_condition(struct parser *p)
{
	struct node *n = NULL;

	if (++p->depth > EXPR_DEPTH_MAX)
		expr_fail(p->error, p->now.column, "more than %d levels of nesting", EXPR_DEPTH_MAX);
	else
		n = parse_choice(p);
	p->depth--;
	return n;
}

/* -- the whole --------------------------------------------------------------------- */

static bool parse_all(struct expr *x, struct expr_error *e)
{
	struct parser p = { .expr = x, .error = e };

	if (!parse_advance(&p))
		return false;
	if (p.now.kind == TOKEN_END)
		return expr_fail(e, 1, "the expression is empty");
	x->root = parse_condition(&p);
	return x->root && (p.now.kind == TOKEN_END || parse_refuse(&p));
}

struct expr *expr_parse(const struct image *im, const char *text, struct expr_error *e)
{
	size_t length = strlen(text);
	struct expr *x;

	*e = (struct expr_error){ 0 };
	if (length > EXPR_LENGTH_MAX) {
		expr_fail(e, EXPR_LENGTH_MAX, "an expression has at most %d bytes", EXPR_LENGTH_MAX);
		return NULL;
	}
	x = calloc(1, sizeof(*x));
	if (x) {
		x->image = im;
		memcpy(x->text, text, length + 1);
		x->node_room = 2 * length + 8;
		x->nodes = calloc(x->node_room, sizeof(*x->nodes));
		x->names = malloc(2 * length + 1);
	}
	if (x && x->nodes && x->names && parse_all(x, e))
		return x;
	if (!x || !x->nodes || !x->names)
		expr_fail(e, 1, "no memory");
	expr_free(x);
	return NULL;
}

void expr_free(struct expr *x)
{
	if (!x)
		return;
	free(x->nodes);
	free(x->names);
	free(x);
}
