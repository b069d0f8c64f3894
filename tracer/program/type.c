/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/type.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

#include "tracer/program/die.h"

#define NAME_MAX_LENGTH	256
#define LONG_NAME	4096	/* bytes of a C++ type's name */
#define PARAMETERS_MAX	16	/* of a function type that are written */
#define CHILDREN_MAX	4096	/* of one type that are looked at */
#define NESTING_MAX	4	/* function types within function types */

bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	return dwarf_attr_integrate(die, DW_AT_type, &attribute) &&
	    dwarf_formref_die(&attribute, type);
}

static bool is_qualifier(int tag)
{
	return tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
	    tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

bool type_strip(Dwarf_Die *type, Dwarf_Die *plain)
{
	*plain = *type;
	for (int i = 0; i < TYPE_CHAIN_MAX; i++) {
		int tag = dwarf_tag(plain);
		Dwarf_Die next;

		if (tag != DW_TAG_typedef && !is_qualifier(tag))
			return true;
		if (!type_of(plain, &next))
			return false;
		*plain = next;
	}
	return false;
}

bool type_number(Dwarf_Die *die, unsigned which, uint64_t *number)
{
	Dwarf_Attribute attribute;
	Dwarf_Word word;

	if (!dwarf_attr_integrate(die, which, &attribute) ||
	    dwarf_formudata(&attribute, &word) != 0)
		return false;
	*number = word;
	return true;
}

bool type_flag(Dwarf_Die *die, unsigned which)
{
	Dwarf_Attribute attribute;
	bool flag = false;

	return dwarf_attr_integrate(die, which, &attribute) &&
	    dwarf_formflag(&attribute, &flag) == 0 && flag;
}

/* -- arrays -------------------------------------------------------------- */

/* Of a constant whose form has no sign (DW_FORM_data1: 200 elements) the sign is the
 * type's that it counts in, which for bounds is size_t. */
static bool constant_bound(Dwarf_Attribute *attribute, int64_t *value)
{
	Dwarf_Sword with_sign;
	Dwarf_Word without;

	switch (dwarf_whatform(attribute)) {
	case DW_FORM_exprloc:
		return false;
	case DW_FORM_data1:
	case DW_FORM_data2:
	case DW_FORM_data4:
	case DW_FORM_data8:
		if (dwarf_formudata(attribute, &without) != 0)
			return false;
		*value = (int64_t)without;
		return true;
	default:
		if (dwarf_formsdata(attribute, &with_sign) != 0)
			return false;
		*value = with_sign;
		return true;
	}
}

/* A bound is a constant, an expression, or (clang) the variable that holds it. */
static bool bound(const struct evaluation *ev, Dwarf_Die *range, unsigned which, int64_t *value)
{
	Dwarf_Attribute attribute, of;
	Dwarf_Die variable;
	struct location where;
	uint64_t word;

	if (!dwarf_attr(range, which, &attribute))
		return false;
	if (constant_bound(&attribute, value))
		return true;
	if (!ev)
		return false;
	if (!dwarf_formref_die(&attribute, &variable)) {
		location_of(ev, &attribute, &where);
		*value = (int64_t)where.piece[0].value;	/* the expression's result itself */
		return where.count == 1 && (where.piece[0].place == PLACE_MEMORY ||
		    where.piece[0].place == PLACE_VALUE);
	}
	if (!dwarf_attr_integrate(&variable, DW_AT_location, &of))
		return false;
	location_of(ev, &of, &where);
	if (!location_word(ev, &where, &word))
		return false;
	*value = (int64_t)word;
	return true;
}

size_t type_dimensions(const struct evaluation *ev, Dwarf_Die *array, uint64_t *counts)
{
	size_t dimensions = 0, budget = CHILDREN_MAX;
	struct die_walk w = die_children(array, UINT64_MAX, &budget);

	while (dimensions < TYPE_DIMENSIONS && die_next(&w)) {
		int64_t count = 0, upper, lower = 0;

		if (dwarf_tag(&w.die) != DW_TAG_subrange_type)
			continue;
		if (!bound(ev, &w.die, DW_AT_count, &count) &&
		    bound(ev, &w.die, DW_AT_upper_bound, &upper)) {
			bound(ev, &w.die, DW_AT_lower_bound, &lower);
			if (upper < lower || __builtin_sub_overflow(upper, lower, &count) ||
			    __builtin_add_overflow(count, 1, &count))
				count = 0;
		}
		counts[dimensions++] = count > 0 ? (uint64_t)count : 0;
	}
	return dimensions;
}

bool type_size(const struct evaluation *ev, Dwarf_Die *type, uint64_t *size)
{
	Dwarf_Die plain, element;
	uint64_t counts[TYPE_DIMENSIONS], factor = 1;
	size_t dimensions;

	for (int i = 0; i < TYPE_CHAIN_MAX && type_strip(type, &plain); i++) {
		int tag = dwarf_tag(&plain);

		if (type_number(&plain, DW_AT_byte_size, size))
			return !__builtin_mul_overflow(*size, factor, size);
		if (tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type ||
		    tag == DW_TAG_rvalue_reference_type || tag == DW_TAG_unspecified_type) {
			*size = 8 * factor;	/* unspecified: decltype(nullptr) */
			return true;
		}
		if (tag == DW_TAG_ptr_to_member_type) {	/* Itanium C++ ABI, section 2.3 */
			*size = 8 * factor;
			if (type_of(&plain, &element) && dwarf_tag(&element) == DW_TAG_subroutine_type)
				*size *= 2;
			return true;
		}
		if (tag != DW_TAG_array_type || !type_of(&plain, &element))
			return false;
		dimensions = type_dimensions(ev, &plain, counts);
		for (size_t k = 0; k < dimensions; k++)
			if (__builtin_mul_overflow(factor, counts[k], &factor))
				return false;
		*(type = &plain) = element;
	}
	return false;
}

/* -- names --------------------------------------------------------------- */

enum { CONST = 1, VOLATILE = 2, RESTRICT = 4, ATOMIC = 8 };

static unsigned qualifier(int tag)
{
	return tag == DW_TAG_const_type ? CONST : tag == DW_TAG_volatile_type ? VOLATILE :
	    tag == DW_TAG_restrict_type ? RESTRICT : ATOMIC;
}

static void write_qualifiers(struct text *t, unsigned q)
{
	text_add(t, "%s%s%s", q & CONST ? "const " : "", q & VOLATILE ? "volatile " : "",
	    q & ATOMIC ? "_Atomic " : "");
}

/* What stands around the name: grows outwards. */
struct declarator {
	char text[NAME_MAX_LENGTH];
};

static void before(struct declarator *d, const char *what, const char *space)
{
	char old[sizeof(d->text)];

	memcpy(old, d->text, sizeof(old));
	snprintf(d->text, sizeof(d->text), "%.64s%s%.180s", what, old[0] ? space : "", old);
}

static void behind(struct declarator *d, const char *what)
{
	size_t length = strlen(d->text);

	snprintf(d->text + length, sizeof(d->text) - length, "%s", what);
}

bool type_is_cxx(Dwarf_Die *die)
{
	Dwarf_Die unit;
	int language = dwarf_diecu(die, &unit, NULL, NULL) ? dwarf_srclang(&unit) : -1;

	return language == DW_LANG_C_plus_plus || language == DW_LANG_C_plus_plus_03 ||
	    language == DW_LANG_C_plus_plus_11 || language == DW_LANG_C_plus_plus_14 ||
	    (language >= 0x2b && language <= 0x2c);	/* DWARF 6: C++17, C++20 */
}

static const char *keyword(int tag)
{
	switch (tag) {
	case DW_TAG_structure_type:	return "struct ";
	case DW_TAG_class_type:		return "class ";
	case DW_TAG_union_type:		return "union ";
	case DW_TAG_enumeration_type:	return "enum ";
	default:			return "";
	}
}

/* What people write as std::string. */
static void shorten(char *name)
{
	static const char *const lengthy[] = {
		"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >",
		"std::basic_string<char, std::char_traits<char>, std::allocator<char> >",
	};
	static const char brief[] = "std::string";
	char *at;

	for (size_t i = 0; i < sizeof(lengthy) / sizeof(lengthy[0]); i++) {
		size_t length = strlen(lengthy[i]);

		while ((at = strstr(name, lengthy[i]))) {
			memcpy(at, brief, sizeof(brief) - 1);
			memmove(at + sizeof(brief) - 1, at + length, strlen(at + length) + 1);
		}
	}
}

static void write_base(const struct image *im, Dwarf_Die *type, struct text *t)
{
	char buffer[LONG_NAME];
	struct text full = text_in(buffer, sizeof(buffer));
	const char *name = type ? dwarf_diename(type) : "void";
	int tag = type ? dwarf_tag(type) : 0;

	if (!name) {
		text_add(t, "%s{…}", keyword(tag));
		return;
	}
	if (type && type_is_cxx(type))
		scope_prefix(im, type, &full);
	else
		text_add(&full, "%s", keyword(tag));
	text_add(&full, "%s", name);
	shorten(buffer);
	text_add(t, "%s", buffer);
}

static void write_type(const struct image *, const struct evaluation *, Dwarf_Die *,
    struct text *, int nesting);

static void function_parameters(const struct image *im, Dwarf_Die *function,
    struct declarator *d, int nesting)
{
	char buffer[NAME_MAX_LENGTH];
	struct text t = text_in(buffer, sizeof(buffer));
	size_t budget = CHILDREN_MAX;
	struct die_walk w = die_children(function, UINT64_MAX, &budget);
	Dwarf_Die type;
	int count = 0;

	text_add(&t, "(");
	while (nesting < NESTING_MAX && count <= PARAMETERS_MAX && die_next(&w)) {
		int tag = dwarf_tag(&w.die);

		if ((tag != DW_TAG_formal_parameter && tag != DW_TAG_unspecified_parameters) ||
		    type_flag(&w.die, DW_AT_artificial))	/* this */
			continue;
		text_add(&t, "%s", count++ ? ", " : "");
		if (tag == DW_TAG_unspecified_parameters || count > PARAMETERS_MAX)
			text_add(&t, "...");
		else
			write_type(im, NULL, type_of(&w.die, &type) ? &type : NULL, &t, nesting + 1);
	}
	text_add(&t, "%s", count ? ")" : "void)");
	behind(d, buffer);
}

static void array_bounds(const struct evaluation *ev, Dwarf_Die *array, struct declarator *d)
{
	uint64_t counts[TYPE_DIMENSIONS];
	size_t dimensions = type_dimensions(ev, array, counts);
	char one[32];

	for (size_t i = 0; i < dimensions; i++) {
		snprintf(one, sizeof(one), counts[i] ? "[%lu]" : "[]", (unsigned long)counts[i]);
		behind(d, one);
	}
	if (dimensions == 0)
		behind(d, "[]");
}

static bool is_bracketed(Dwarf_Die type)
{
	Dwarf_Die next;

	for (int i = 0; i < TYPE_CHAIN_MAX; i++) {
		int tag = dwarf_tag(&type);

		if (tag == DW_TAG_array_type || tag == DW_TAG_subroutine_type)
			return true;
		if (!is_qualifier(tag) || !type_of(&type, &next))
			return false;
		type = next;
	}
	return false;
}

/* "*" binds weaker than "[]" and "()". */
static void pointer(struct declarator *d, const Dwarf_Die *to, const char *sign)
{
	before(d, sign, d->text[0] >= 'a' && d->text[0] <= 'z' ? " " : "");
	if (to && is_bracketed(*to)) {
		before(d, "(", "");
		behind(d, ")");
	}
}

/* "int Class::*" */
static void member_pointer(const struct image *im, struct declarator *d, Dwarf_Die *type,
    const Dwarf_Die *to)
{
	Dwarf_Attribute attribute;
	Dwarf_Die class;
	char sign[64];
	struct text t = text_in(sign, sizeof(sign) - sizeof("::*"));

	if (dwarf_formref_die(dwarf_attr(type, DW_AT_containing_type, &attribute), &class))
		write_base(im, &class, &t);
	text_end(&t);
	strcat(sign, "::*");
	pointer(d, to, sign);
}

static void qualify(struct declarator *d, unsigned q)
{
	if (q & RESTRICT)
		before(d, "restrict", " ");
	if (q & VOLATILE)
		before(d, "volatile", " ");
	if (q & CONST)
		before(d, "const", " ");
}

static void write_type(const struct image *im, const struct evaluation *ev, Dwarf_Die *type,
    struct text *t, int nesting)
{
	struct declarator d = { "" };
	Dwarf_Die at, next;
	bool typed = type != NULL;
	unsigned q = 0;

	if (typed)
		at = *type;
	for (int i = 0; typed && i < TYPE_CHAIN_MAX; i++) {
		int tag = dwarf_tag(&at);
		bool more = type_of(&at, &next);

		if (is_qualifier(tag)) {
			q |= qualifier(tag);
		} else if (tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type ||
		    tag == DW_TAG_rvalue_reference_type) {
			qualify(&d, q);
			q = 0;
			pointer(&d, more ? &next : NULL, tag == DW_TAG_pointer_type ? "*" :
			    tag == DW_TAG_reference_type ? "&" : "&&");
		} else if (tag == DW_TAG_ptr_to_member_type) {
			member_pointer(im, &d, &at, more ? &next : NULL);
		} else if (tag == DW_TAG_array_type) {
			array_bounds(ev, &at, &d);
		} else if (tag == DW_TAG_subroutine_type) {
			function_parameters(im, &at, &d, nesting);
		} else {
			break;
		}
		typed = more;
		if (more)
			at = next;
	}
	write_qualifiers(t, q);
	write_base(im, typed ? &at : NULL, t);
	if (d.text[0])
		text_add(t, " %s", d.text);
}

void type_name(const struct image *im, const struct evaluation *ev, Dwarf_Die *type,
    struct text *t)
{
	write_type(im, ev, type, t, 0);
	text_end(t);
}
