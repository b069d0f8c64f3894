/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Types of expressions: those of the debug information, and what is made of them. */
#include "tracer/program/expr-private.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

const struct basic_info basic_table[BASIC_COUNT] = {
	[BASIC_DIE] = { "", 0, false, false },
	[BASIC_VOID] = { "void", 1, false, false },
	[BASIC_CODE] = { "void ()", 1, false, false },
	[BASIC_BOOL] = { "bool", 1, false, false },
	[BASIC_CHAR] = { "char", 1, (char)-1 < 0, false },
	[BASIC_SCHAR] = { "signed char", 1, true, false },
	[BASIC_UCHAR] = { "unsigned char", 1, false, false },
	[BASIC_SHORT] = { "short", 2, true, false },
	[BASIC_USHORT] = { "unsigned short", 2, false, false },
	[BASIC_INT] = { "int", 4, true, false },
	[BASIC_UINT] = { "unsigned int", 4, false, false },
	[BASIC_LONG] = { "long", 8, true, false },
	[BASIC_ULONG] = { "unsigned long", 8, false, false },
	[BASIC_LLONG] = { "long long", 8, true, false },
	[BASIC_ULLONG] = { "unsigned long long", 8, false, false },
	[BASIC_INT128] = { "__int128", 16, true, false },
	[BASIC_UINT128] = { "unsigned __int128", 16, false, false },
	[BASIC_FLOAT] = { "float", 4, true, true },
	[BASIC_DOUBLE] = { "double", 8, true, true },
	[BASIC_LONG_DOUBLE] = { "long double", 16, true, true },
};

struct expr_type expr_basic(enum basic basic)
{
	return (struct expr_type){ .basic = basic };
}

struct expr_type expr_die(Dwarf_Die *die)
{
	return die ? (struct expr_type){ .basic = BASIC_DIE, .die = *die } : expr_basic(BASIC_VOID);
}

/* The DIE behind typedefs and qualifiers, of a type without pointers on it; its tag, 0: none. */
static int plain_die(const struct expr_type *t, Dwarf_Die *plain)
{
	Dwarf_Die die = t->die;

	if (t->pointers || t->basic != BASIC_DIE || !type_strip(&die, plain))
		return 0;
	return dwarf_tag(plain);
}

static struct expr_type target_of(Dwarf_Die *plain)
{
	Dwarf_Die target;

	return type_of(plain, &target) ? expr_die(&target) : expr_basic(BASIC_VOID);
}

bool expr_pointed(const struct expr_type *t, struct expr_type *to)
{
	Dwarf_Die plain;

	if (t->pointers) {
		*to = *t;
		to->pointers--;
		return true;
	}
	if (t->skip || plain_die(t, &plain) != DW_TAG_pointer_type)
		return false;
	*to = target_of(&plain);
	return true;
}

bool expr_reference(const struct expr_type *t, struct expr_type *to)
{
	Dwarf_Die plain;
	int tag = plain_die(t, &plain);

	if (t->skip || (tag != DW_TAG_reference_type && tag != DW_TAG_rvalue_reference_type))
		return false;
	*to = target_of(&plain);
	return true;
}

bool expr_element(const struct evaluation *ev, const struct expr_type *t, struct expr_type *element,
    uint64_t *count)
{
	uint64_t counts[TYPE_DIMENSIONS];
	Dwarf_Die plain;
	size_t dimensions;

	if (plain_die(t, &plain) != DW_TAG_array_type)
		return false;
	dimensions = type_dimensions(ev, &plain, counts);
	*count = t->skip < dimensions ? counts[t->skip] : 0;
	if (t->skip + 1U < dimensions) {
		*element = *t;
		element->skip++;
	} else {
		*element = target_of(&plain);
	}
	return true;
}

static enum basic integer_of(uint64_t size, bool is_signed)
{
	switch (size) {
	case 1:		return is_signed ? BASIC_SCHAR : BASIC_UCHAR;
	case 2:		return is_signed ? BASIC_SHORT : BASIC_USHORT;
	case 4:		return is_signed ? BASIC_INT : BASIC_UINT;
	case 8:		return is_signed ? BASIC_LONG : BASIC_ULONG;
	case 16:	return is_signed ? BASIC_INT128 : BASIC_UINT128;
	default:	return BASIC_DIE;
	}
}

static enum basic base_of(Dwarf_Die *plain)
{
	uint64_t encoding = 0, size = 0;
	const char *name = dwarf_diename(plain);
	enum basic b;

	type_number(plain, DW_AT_encoding, &encoding);
	type_number(plain, DW_AT_byte_size, &size);
	switch (encoding) {
	case DW_ATE_boolean:
		return size == 1 ? BASIC_BOOL : BASIC_DIE;
	case DW_ATE_float:
		return size == 4 ? BASIC_FLOAT : size == 8 ? BASIC_DOUBLE :
		    size == 16 ? BASIC_LONG_DOUBLE : BASIC_DIE;
	case DW_ATE_signed: case DW_ATE_signed_char:
	case DW_ATE_unsigned: case DW_ATE_unsigned_char: case DW_ATE_UTF:
		b = integer_of(size, encoding == DW_ATE_signed || encoding == DW_ATE_signed_char);
		if (size == 1 && name && strcmp(name, "char") == 0)
			return BASIC_CHAR;
		return (b == BASIC_LONG || b == BASIC_ULONG) && name && strstr(name, "long long") ?
		    b + (BASIC_LLONG - BASIC_LONG) : b;
	default:
		return BASIC_DIE;
	}
}

static enum basic enumeration_of(Dwarf_Die *plain)
{
	Dwarf_Die underlying, base;
	uint64_t size = 0;

	if (type_of(plain, &underlying) && type_strip(&underlying, &base) &&
	    dwarf_tag(&base) == DW_TAG_base_type)
		return base_of(&base);
	type_number(plain, DW_AT_byte_size, &size);
	return integer_of(size, false);
}

bool expr_arithmetic(const struct expr_type *t, enum basic *basic)
{
	Dwarf_Die plain;
	int tag;

	if (t->pointers || t->skip)
		return false;
	*basic = t->basic;
	if (*basic != BASIC_DIE)
		return *basic >= BASIC_BOOL;
	tag = plain_die(t, &plain);
	*basic = tag == DW_TAG_base_type ? base_of(&plain) :
	    tag == DW_TAG_enumeration_type ? enumeration_of(&plain) : BASIC_DIE;
	return *basic != BASIC_DIE;
}

bool expr_structure(const struct expr_type *t, Dwarf_Die *plain)
{
	int tag = plain_die(t, plain);

	return !t->skip && (tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
	    tag == DW_TAG_union_type);
}

bool expr_is_function(const struct expr_type *t)
{
	Dwarf_Die plain;

	return !t->pointers && (t->basic == BASIC_CODE || plain_die(t, &plain) == DW_TAG_subroutine_type);
}

bool expr_size(const struct evaluation *ev, const struct expr_type *t, uint64_t *size)
{
	struct expr_type element;
	uint64_t count;
	Dwarf_Die die = t->die;

	if (t->pointers) {
		*size = 8;
		return true;
	}
	if (t->basic != BASIC_DIE) {
		*size = basic_table[t->basic].size;
		return true;
	}
	if (!t->skip)
		return type_size(ev, &die, size);
	return expr_element(ev, t, &element, &count) && expr_size(ev, &element, size) &&
	    !__builtin_mul_overflow(*size, count, size);
}

/* -- names ------------------------------------------------------------------------ */

/* "int [2][3]" without its first `skip' bounds. */
static void drop_bounds(char *name, unsigned skip)
{
	char *bound = strrchr(name, ')'), *end;

	bound = strchr(bound ? bound : name, '[');
	for (; bound && skip; skip--) {
		end = strchr(bound, ']');
		if (!end)
			return;
		memmove(bound, end + 1, strlen(end + 1) + 1);
	}
	if (bound && *bound != '[' && bound > name && bound[-1] == ' ')
		bound[-1] = '\0';
}

/* Stars go before the bounds or parameters, in parentheses. */
static void add_stars(const char *name, bool bracketed, unsigned pointers, struct text *t)
{
	static const char stars[] = "********************************";
	const char *inner = bracketed ? strstr(name, "(*") : NULL;
	const char *at = inner ? inner + 2 : bracketed ? strpbrk(name, "[(") : NULL;
	int count = pointers < sizeof(stars) ? (int)pointers : (int)sizeof(stars) - 1;

	if (!at)
		text_add(t, "%s%s%.*s", name, count && *name && name[strlen(name) - 1] != '*' ? " " : "",
		    count, stars);
	else
		text_add(t, "%.*s(%.*s)%s", (int)(at - name), name, count, stars, at);
}

void expr_type_name(const struct image *im, const struct evaluation *ev, const struct expr_type *type,
    struct text *t)
{
	char buffer[192];
	struct text name = text_in(buffer, sizeof(buffer));
	struct expr_type bottom = *type, element;
	uint64_t count;

	bottom.pointers = 0;
	if (type->basic == BASIC_DIE)
		type_name(im, ev, &bottom.die, &name);
	else
		text_add(&name, "%s", basic_table[type->basic].name);
	drop_bounds(buffer, type->skip);
	if (type->pointers)
		add_stars(buffer, expr_is_function(&bottom) || expr_element(ev, &bottom, &element, &count),
		    type->pointers, t);
	else
		text_add(t, "%s", buffer);
	text_end(t);
}
