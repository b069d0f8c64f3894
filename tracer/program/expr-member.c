/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Members of structures, classes and unions (DWARF 5 section 5.7), those of base
 * classes and of members without a name with them. */
#include "tracer/program/expr-private.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

#include "tracer/program/die.h"
#include "tracer/program/subprogram.h"
#include "tracer/program/value.h"

#define CHILDREN_MAX	4096	/* of one structure that are looked at, with its bases */
#define LEVELS_MAX	16	/* bases of bases, members within members */

/* Where the walk is: a structure within the object. */
struct place_in {
	uint64_t offset;	/* bytes from the object's start */
	size_t *budget;
	int level;
};

/* Offset of a member or base; false: it is not constant (a virtual base). */
static bool offset_of(Dwarf_Die *member, uint64_t *offset)
{
	Dwarf_Attribute attribute;
	Dwarf_Word word = 0;

	if (dwarf_attr_integrate(member, DW_AT_data_member_location, &attribute) &&
	    dwarf_formudata(&attribute, &word) != 0)
		return false;
	*offset = word;
	return !type_number(member, DW_AT_virtuality, &word) || word == DW_VIRTUALITY_none;
}

static bool is_static(Dwarf_Die *member)
{
	return dwarf_tag(member) == DW_TAG_variable || type_flag(member, DW_AT_external) ||
	    type_flag(member, DW_AT_declaration);
}

/* The part of the object that a member is. */
static bool part(const struct operand *object, Dwarf_Die *member, uint64_t base,
    struct operand *out)
{
	uint64_t offset = 0, bit, width;
	Dwarf_Die type;

	if (!offset_of(member, &offset) || !type_of(member, &type))
		return false;
	*out = *object;
	out->type = expr_die(&type);
	out->width = 0;
	out->reg = -1;
	if (value_bit_place(member, offset, &bit, &width)) {
		offset = bit / 8;
		out->bit = bit % 8;
		out->width = width;
	}
	if (__builtin_add_overflow(offset, base, &offset))
		return false;
	if (object->in_memory) {
		out->address += offset;
		return true;
	}
	if (offset > object->length)
		return false;
	out->length = object->length - offset;
	memmove(out->bytes, object->bytes + offset, out->length);
	return true;
}

static bool static_member(struct eval *e, Dwarf_Die *member, struct operand *out)
{
	char buffer[NAME_LENGTH];
	struct text name = text_in(buffer, sizeof(buffer));
	struct location where;
	struct expr_type is;
	Dwarf_Die unit, object, type;
	const char *plain = dwarf_diename(member);

	scope_prefix(e->image, member, &name);
	text_add(&name, "%s", plain);
	if (!dwarf_diecu(member, &unit, NULL, NULL) ||
	    !subprogram_global(e->image, &unit, buffer, &object) || !type_of(&object, &type))
		return false;
	context_locate(e->context, &object, &where);
	if (where.count != 1 || where.piece[0].place != PLACE_MEMORY)
		return false;
	is = expr_die(&type);
	*out = operand_at(where.piece[0].value, &is);
	return true;
}

static bool search(struct eval *e, const struct operand *object, Dwarf_Die *structure,
    struct place_in in, const char *name, struct operand *out, bool *found);

/* A member without a name, or a base class: what is in it. */
static bool search_inside(struct eval *e, const struct operand *object, Dwarf_Die *member,
    struct place_in in, const char *name, struct operand *out, bool *found)
{
	Dwarf_Die type, plain;
	uint64_t offset;

	if (!type_of(member, &type) || !type_strip(&type, &plain) || !offset_of(member, &offset) ||
	    __builtin_add_overflow(in.offset, offset, &in.offset))
		return true;
	in.level++;
	return search(e, object, &plain, in, name, out, found);
}

static bool search(struct eval *e, const struct operand *object, Dwarf_Die *structure,
    struct place_in in, const char *name, struct operand *out, bool *found)
{
	struct die_walk w = die_children(structure, UINT64_MAX, in.budget);
	Dwarf_Die bases[LEVELS_MAX];
	size_t base_count = 0;

	while (in.level < LEVELS_MAX && !*found && die_next(&w)) {
		const char *is = dwarf_diename(&w.die);
		int tag = dwarf_tag(&w.die);

		if (tag == DW_TAG_inheritance && base_count < LEVELS_MAX)
			bases[base_count++] = w.die;
		if (tag != DW_TAG_member && tag != DW_TAG_variable)
			continue;
		if (!is && tag == DW_TAG_member) {
			if (!search_inside(e, object, &w.die, in, name, out, found))
				return false;
		} else if (is && strcmp(is, name) == 0) {
			*found = true;
			return is_static(&w.die) ? static_member(e, &w.die, out) :
			    part(object, &w.die, in.offset, out);
		}
	}
	for (size_t i = 0; i < base_count && !*found; i++)
		if (!search_inside(e, object, &bases[i], in, name, out, found))
			return false;
	return true;
}

bool member_find(struct eval *e, const struct operand *object, const char *name, unsigned column,
    struct operand *out, bool *found)
{
	size_t budget = CHILDREN_MAX;
	struct place_in in = { .budget = &budget };
	Dwarf_Die structure;

	*found = false;
	if (!expr_structure(&object->type, &structure))
		return expr_fail(e->error, column, "this has no members: it is no structure, class or union");
	names_complete(e->image, &structure);
	if (!search(e, object, &structure, in, name, out, found))
		return expr_fail(e->error, column, "the place of member '%.64s' is not known", name);
	return !*found || operand_settle(e, out, column);
}

static bool base_in(Dwarf_Die *derived, Dwarf_Off base, struct place_in in, uint64_t *offset)
{
	struct die_walk w = die_children(derived, UINT64_MAX, in.budget);

	while (in.level < LEVELS_MAX && die_next(&w)) {
		struct place_in inside = in;
		Dwarf_Die type, plain;
		uint64_t more;

		if (dwarf_tag(&w.die) != DW_TAG_inheritance || !offset_of(&w.die, &more) ||
		    !type_of(&w.die, &type) || !type_strip(&type, &plain))
			continue;
		inside.offset += more;
		inside.level++;
		*offset = inside.offset;
		if (dwarf_dieoffset(&plain) == base || base_in(&plain, base, inside, offset))
			return true;
	}
	return false;
}

bool member_base(const struct image *im, Dwarf_Die *derived, Dwarf_Die *base, uint64_t *offset)
{
	size_t budget = CHILDREN_MAX;
	Dwarf_Die from = *derived, to = *base;

	names_complete(im, &from);
	names_complete(im, &to);
	return base_in(&from, dwarf_dieoffset(&to), (struct place_in){ .budget = &budget }, offset);
}

/* -- all of them --------------------------------------------------------------------- */

struct listing {
	struct eval *e;
	const struct operand *object;
	size_t start, total, max, budget;
	struct operand *out;
	char (*names)[128];
};

static void list_one(struct listing *l, Dwarf_Die *member, uint64_t offset)
{
	struct operand this;
	const char *name = dwarf_diename(member);

	if (!part(l->object, member, offset, &this))
		return;
	if (l->total >= l->start && l->total - l->start < l->max) {
		l->out[l->total - l->start] = this;
		snprintf(l->names[l->total - l->start], sizeof(l->names[0]), "%s", name);
	}
	l->total++;
}

static void list(struct listing *l, Dwarf_Die *structure, uint64_t offset, int level)
{
	struct die_walk w = die_children(structure, UINT64_MAX, &l->budget);

	while (level < LEVELS_MAX && die_next(&w)) {
		int tag = dwarf_tag(&w.die);
		Dwarf_Die type, plain;
		uint64_t more;

		if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) || is_static(&w.die))
			continue;
		if (tag == DW_TAG_member && dwarf_diename(&w.die)) {
			list_one(l, &w.die, offset);
		} else if (type_of(&w.die, &type) && type_strip(&type, &plain) &&
		    offset_of(&w.die, &more)) {
			names_complete(l->e->image, &plain);
			list(l, &plain, offset + more, level + 1);
		}
	}
}

size_t member_list(struct eval *e, const struct operand *object, size_t start, struct operand *out,
    char (*names)[128], size_t max)
{
	struct listing l = { .e = e, .object = object, .start = start, .max = max, .out = out,
		.names = names, .budget = CHILDREN_MAX };
	Dwarf_Die structure;

	if (!expr_structure(&object->type, &structure))
		return 0;
	names_complete(e->image, &structure);
	list(&l, &structure, 0, 0);
	return l.total;
}
