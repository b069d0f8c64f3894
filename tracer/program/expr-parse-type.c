/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Names of types, as casts and sizeof have them. */
#include "tracer/program/expr-parser.h"

#include <stdio.h>
#include <string.h>

/* What the keywords of a basic type add up to (C17 6.7.2). */
struct keywords {
	unsigned is_signed, is_unsigned, is_short, is_long, is_char, is_int, is_bool,
	    is_float, is_double, is_void, is_wide;
};

static bool count_keyword(const char *text, struct keywords *k)
{
	const struct { const char *word; unsigned *count; } words[] = {
		{ "signed", &k->is_signed }, { "unsigned", &k->is_unsigned },
		{ "short", &k->is_short }, { "long", &k->is_long }, { "char", &k->is_char },
		{ "int", &k->is_int }, { "_Bool", &k->is_bool }, { "bool", &k->is_bool },
		{ "float", &k->is_float }, { "double", &k->is_double }, { "void", &k->is_void },
		{ "__int128", &k->is_wide },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(text, words[i].word) == 0) {
			++*words[i].count;
			return true;
		}
	return false;
}

static enum basic basic_of(const struct keywords *k)
{
	bool u = k->is_unsigned > 0;

	return k->is_void ? BASIC_VOID : k->is_bool ? BASIC_BOOL : k->is_float ? BASIC_FLOAT :
	    k->is_double ? (k->is_long ? BASIC_LONG_DOUBLE : BASIC_DOUBLE) :
	    k->is_char ? (u ? BASIC_UCHAR : k->is_signed ? BASIC_SCHAR : BASIC_CHAR) :
	    k->is_short ? (u ? BASIC_USHORT : BASIC_SHORT) :
	    k->is_wide ? (u ? BASIC_UINT128 : BASIC_INT128) :
	    k->is_long > 1 ? (u ? BASIC_ULLONG : BASIC_LLONG) :
	    k->is_long ? (u ? BASIC_ULONG : BASIC_LONG) : u ? BASIC_UINT : BASIC_INT;
}

static bool is_tag(const char *text)
{
	return strcmp(text, "struct") == 0 || strcmp(text, "union") == 0 ||
	    strcmp(text, "enum") == 0 || strcmp(text, "class") == 0;
}

static bool is_qualifier(const struct parser *p)
{
	return p->now.kind == TOKEN_NAME &&
	    (strcmp(p->now.text, "const") == 0 || strcmp(p->now.text, "volatile") == 0);
}

/* The type that a type-name begins with.  *is: there is one; false: an error. */
static bool specifier(struct parser *p, struct expr_type *type, bool *is)
{
	struct keywords k = { 0 };
	char tag[8];
	Dwarf_Die die;

	*is = true;
	if (is_tag(p->now.text)) {
		snprintf(tag, sizeof(tag), "%.7s", p->now.text);
		if (!parse_advance(p))
			return false;
		if (p->now.kind != TOKEN_NAME || !names_type(p->expr->image, tag, p->now.text, &die))
			return expr_fail(p->error, p->now.column, "there is no %s of this name", tag);
		*type = expr_die(&die);
		return parse_advance(p);
	}
	if (count_keyword(p->now.text, &k)) {
		do {
			if (!parse_advance(p))
				return false;
		} while (p->now.kind == TOKEN_NAME && (count_keyword(p->now.text, &k) || is_qualifier(p)));
		*type = expr_basic(basic_of(&k));
		return true;
	}
	*is = names_type(p->expr->image, NULL, p->now.text, &die);
	if (!*is)
		return true;
	*type = expr_die(&die);
	return parse_advance(p);
}

/* A type with its stars.  *is: there is one here; else nothing is read. */
bool parse_type(struct parser *p, struct expr_type *type, bool *is)
{
	bool qualified = false;

	*is = false;
	if (p->now.kind != TOKEN_NAME)
		return true;
	for (; is_qualifier(p); qualified = true)
		if (!parse_advance(p))
			return false;
	if (!specifier(p, type, is))
		return false;
	if (!*is)
		return !qualified || expr_fail(p->error, p->now.column, "there is no type of this name");
	while (parse_is(p, "*") || is_qualifier(p)) {
		if (parse_is(p, "*") && ++type->pointers > TYPE_CHAIN_MAX)
			return expr_fail(p->error, p->now.column, "too many pointers");
		if (!parse_advance(p))
			return false;
	}
	return true;
}
