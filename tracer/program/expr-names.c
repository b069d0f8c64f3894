/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Types and enumerators by their names, in all units of the session's ELF. */
#include "tracer/program/expr-private.h"

#include <dwarf.h>
#include <string.h>

#include "tracer/program/die.h"
#include "tracer/program/value.h"

#define DIES_MAX	(1U << 20)	/* looked at for one name */
#define DEPTH_MAX	32

struct search {
	const struct image *image;
	const char *name, *last;	/* last: behind the last "::" */
	int tag;			/* of a type; 0: any */
	bool enumerator;
	bool everywhere;		/* in functions too */
	size_t budget;
	Dwarf_Die found, owner;		/* owner: the enumeration */
};

static bool is_type(int tag)
{
	switch (tag) {
	case DW_TAG_base_type: case DW_TAG_typedef: case DW_TAG_structure_type:
	case DW_TAG_class_type: case DW_TAG_union_type: case DW_TAG_enumeration_type:
		return true;
	default:
		return false;
	}
}

static bool holds_names(const struct search *s, int tag)
{
	switch (tag) {
	case DW_TAG_namespace: case DW_TAG_class_type: case DW_TAG_structure_type:
	case DW_TAG_union_type:
		return true;
	case DW_TAG_subprogram: case DW_TAG_lexical_block:
		return s->everywhere;
	default:
		return false;
	}
}

/* Unqualified, or with exactly the scopes that it stands in. */
static bool is_called(const struct search *s, Dwarf_Die *die, const char *enumeration)
{
	char buffer[NAME_LENGTH];
	struct text t = text_in(buffer, sizeof(buffer));
	const char *plain = dwarf_diename(die);

	if (!plain || strcmp(plain, s->last) != 0)
		return false;
	if (s->last == s->name)
		return true;
	scope_prefix(s->image, die, &t);
	if (enumeration && strncmp(s->name + t.length, enumeration, strlen(enumeration)) == 0)
		text_add(&t, "%s::", enumeration);
	text_add(&t, "%s", plain);
	return strcmp(buffer, s->name) == 0;
}

static bool find_enumerator(struct search *s, Dwarf_Die *type, Dwarf_Off end)
{
	struct die_walk w = die_children(type, end, &s->budget);
	const char *name = dwarf_diename(type);

	while (die_next(&w))
		if (dwarf_tag(&w.die) == DW_TAG_enumerator && is_called(s, &w.die, name)) {
			s->found = w.die;
			s->owner = *type;
			return true;
		}
	return false;
}

static bool matches(struct search *s, struct die_walk *w, int tag)
{
	if (s->enumerator)
		return tag == DW_TAG_enumeration_type && find_enumerator(s, &w->die, w->end);
	if (!is_type(tag) || type_flag(&w->die, DW_AT_declaration) || !is_called(s, &w->die, NULL))
		return false;
	if (s->tag && tag != s->tag &&
	    !(s->tag == DW_TAG_structure_type && tag == DW_TAG_class_type) &&
	    !(s->tag == DW_TAG_class_type && tag == DW_TAG_structure_type))
		return false;
	s->found = w->die;
	return true;
}

static bool find_below(struct search *s, Dwarf_Die *parent, Dwarf_Off end, int depth)
{
	struct die_walk w = die_children(parent, end, &s->budget);

	while (depth < DEPTH_MAX && die_next(&w)) {
		int tag = dwarf_tag(&w.die);

		if (matches(s, &w, tag))
			return true;
		if (holds_names(s, tag) && find_below(s, &w.die, w.end, depth + 1))
			return true;
	}
	return false;
}

static bool find_in_units(struct search *s)
{
	Dwarf *dwarf = module_dwarf(s->image->own);
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;
	uint8_t type;

	s->budget = DIES_MAX;
	for (size_t i = 0; dwarf && i < UNITS_MAX &&
	    dwarf_get_units(dwarf, cu, &cu, NULL, &type, &unit, NULL) == 0; i++)
		if ((type == DW_UT_compile || type == DW_UT_type) &&
		    find_below(s, &unit, UINT64_MAX, 0))
			return true;
	return false;
}

static bool find(struct search *s)
{
	const char *colon = s->name, *next;

	while ((next = strstr(colon, "::")))
		colon = next + 2;
	s->last = colon;
	if (find_in_units(s))
		return true;
	s->everywhere = true;
	return find_in_units(s);
}

bool names_type(const struct image *im, const char *keyword, const char *name, Dwarf_Die *die)
{
	struct search s = { .image = im, .name = name };

	if (keyword)
		s.tag = keyword[0] == 's' ? DW_TAG_structure_type : keyword[0] == 'u' ? DW_TAG_union_type :
		    keyword[0] == 'e' ? DW_TAG_enumeration_type : DW_TAG_class_type;
	/* What has only a tag is no type by its name alone in C; it is taken for one all the same. */
	if (!find(&s))
		return false;
	*die = s.found;
	return true;
}

void names_complete(const struct image *im, Dwarf_Die *structure)
{
	char buffer[NAME_LENGTH];
	struct text t = text_in(buffer, sizeof(buffer));
	const char *name = dwarf_diename(structure);
	Dwarf_Die whole;

	if (!name || !type_flag(structure, DW_AT_declaration))
		return;
	scope_prefix(im, structure, &t);
	text_add(&t, "%s", name);
	if (!t.cut && names_type(im, NULL, buffer, &whole))
		*structure = whole;
}

bool names_enumerator(const struct image *im, const char *name, Dwarf_Die *enumerator,
    Dwarf_Die *enumeration)
{
	struct search s = { .image = im, .name = name, .enumerator = true };

	if (!find(&s))
		return false;
	*enumerator = s.found;
	*enumeration = s.owner;
	return true;
}
