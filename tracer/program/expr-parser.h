/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the files of expr's parser share.  Private to program/. */
#ifndef PT_EXPR_PARSER_H
#define PT_EXPR_PARSER_H

#include "tracer/program/expr-private.h"

struct parser {
	struct expr *expr;
	struct expr_error *error;
	struct token now;
	size_t at;		/* behind it */
	unsigned depth;
};

/* -- expr-parse.c: each says what is wrong and returns false or NULL ------------ */
bool parse_advance(struct parser *);
bool parse_is(const struct parser *, const char *sign);
bool parse_expect(struct parser *, const char *sign);
/* "… is not expected here" */
struct node *parse_refuse(struct parser *);
struct node *parse_make(struct parser *, enum op, unsigned column, struct node *a, struct node *b);
const char *parse_keep(struct parser *, const char *name);
struct node *parse_condition(struct parser *);

/* -- expr-parse-unary.c ---------------------------------------------------------- */
struct node *parse_unary(struct parser *);

/* -- expr-parse-type.c: a type with its stars; *is: there is one, else nothing is read. */
bool parse_type(struct parser *, struct expr_type *, bool *is);

#endif
