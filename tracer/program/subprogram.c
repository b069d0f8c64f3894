/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/subprogram.h"

#include <dwarf.h>
#include <string.h>

#include "tracer/program/die.h"
#include "tracer/program/type.h"

#define DIES_MAX	(1U << 20)	/* looked at for one question */
#define DEPTH_MAX	32
#define QUALIFIED_MAX	256

struct walk {
	uint64_t pc;
	size_t budget;		/* DIEs that may yet be looked at */
	enum reach { UNIT, SCOPES, EVERYWHERE } reach;
	Dwarf_Die found;
};

static bool unit_at(const struct image *im, uint64_t pc, Dwarf_Die *unit)
{
	Dwarf *dwarf = module_dwarf(im->own);
	Dwarf_CU *cu = NULL;
	size_t budget = DIES_MAX;
	uint8_t type;

	for (size_t i = 0; dwarf && i < UNITS_MAX &&
	    dwarf_get_units(dwarf, cu, &cu, NULL, &type, unit, NULL) == 0; i++)
		if (type == DW_UT_compile && die_has_pc(unit, pc, &budget))
			return true;
	return false;
}

static bool may_hold_functions(const struct walk *w, int tag)
{
	switch (tag) {
	case DW_TAG_namespace: case DW_TAG_class_type: case DW_TAG_structure_type:
	case DW_TAG_union_type:
		return w->reach >= SCOPES;
	case DW_TAG_subprogram: case DW_TAG_lexical_block:
		return w->reach == EVERYWHERE;	/* nested functions, methods of local classes */
	default:
		return false;
	}
}

static bool find_function(struct walk *w, Dwarf_Die *parent, Dwarf_Off end, int depth)
{
	struct die_walk c = die_children(parent, end, &w->budget);

	while (depth < DEPTH_MAX && die_next(&c)) {
		int tag = dwarf_tag(&c.die);

		/* A nested function's code may lie within its parent's range too. */
		if (may_hold_functions(w, tag) && find_function(w, &c.die, c.end, depth + 1))
			return true;
		if (tag == DW_TAG_subprogram && die_has_pc(&c.die, w->pc, &w->budget)) {
			w->found = c.die;
			return true;
		}
	}
	return false;
}

bool subprogram_at(const struct image *im, uint64_t pc, Dwarf_Die *function)
{
	struct image_cache *c = im->cache;
	struct walk w = { .pc = pc };
	Dwarf_Die unit;
	bool found = false;

	if (pc >= c->function_low && pc < c->function_high) {
		*function = c->function;
		return true;
	}
	if (!unit_at(im, pc, &unit))
		return false;
	/* Nearly all code stands in the unit itself, the rest is much to go through. */
	for (w.reach = UNIT; !found && w.reach <= EVERYWHERE; w.reach++) {
		w.budget = DIES_MAX;
		found = find_function(&w, &unit, UINT64_MAX, 0);
	}
	if (!found)
		return false;
	*function = w.found;
	/* One piece only: a function in several has no low and high pc. */
	c->function_low = c->function_high = 0;
	if (!dwarf_hasattr(function, DW_AT_ranges) &&
	    dwarf_lowpc(function, &c->function_low) == 0 &&
	    dwarf_highpc(function, &c->function_high) == 0)
		c->function = *function;
	return true;
}

/* -- objects in scope ---------------------------------------------------- */

struct list {
	struct object *object;
	size_t count, max, budget;
	uint64_t pc;
};

static const char *name_of(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);

	return name && *name ? name : NULL;
}

static void add(struct list *l, Dwarf_Die *die, bool argument)
{
	const char *name = name_of(die);

	if (!name || l->count == l->max || type_flag(die, DW_AT_declaration) ||
	    (!argument && type_flag(die, DW_AT_artificial)))
		return;
	l->object[l->count++] = (struct object){ *die, argument };
}

static void collect(struct list *l, Dwarf_Die *block, Dwarf_Off end, int depth)
{
	bool function = depth == 0;
	struct die_walk w = die_children(block, end, &l->budget);

	if (depth == DEPTH_MAX)
		return;
	while (die_next(&w)) {
		int tag = dwarf_tag(&w.die);

		if (tag == DW_TAG_formal_parameter || tag == DW_TAG_variable)
			add(l, &w.die, function && tag == DW_TAG_formal_parameter);
	}
	w = die_children(block, end, &l->budget);
	while (die_next(&w)) {
		int tag = dwarf_tag(&w.die);

		if (tag == DW_TAG_lexical_block && die_has_pc(&w.die, l->pc, &l->budget))
			collect(l, &w.die, w.end, depth + 1);
	}
}

static bool hidden(const struct list *l, size_t i)
{
	Dwarf_Die die = l->object[i].die;
	const char *name = name_of(&die);

	for (size_t k = i + 1; k < l->count; k++) {
		Dwarf_Die later = l->object[k].die;

		if (strcmp(name_of(&later), name) == 0)
			return true;
	}
	return false;
}

size_t subprogram_objects(Dwarf_Die *function, uint64_t pc, struct object *out, size_t max)
{
	struct list l = { .object = out, .max = max, .pc = pc, .budget = DIES_MAX };
	size_t kept = 0;

	collect(&l, function, UINT64_MAX, 0);
	for (size_t i = 0; i < l.count; i++)
		if (!hidden(&l, i))
			out[kept++] = out[i];
	return kept;
}

/* -- globals ------------------------------------------------------------- */

static bool has_value(Dwarf_Die *die)
{
	return dwarf_hasattr_integrate(die, DW_AT_location) ||
	    dwarf_hasattr_integrate(die, DW_AT_const_value);
}

static bool is_called(const struct image *im, Dwarf_Die *die, const char *name)
{
	char buffer[QUALIFIED_MAX];
	struct text t = text_in(buffer, sizeof(buffer));
	const char *plain = name_of(die);
	size_t length = plain ? strlen(plain) : 0, asked = strlen(name);

	if (length == 0 || asked < length || strcmp(name + asked - length, plain) != 0)
		return false;
	if (asked == length)
		return true;
	scope_prefix(im, die, &t);
	text_add(&t, "%s", plain);
	return strcmp(buffer, name) == 0;
}

static bool find_global(const struct image *im, struct walk *w, Dwarf_Die *parent,
    Dwarf_Off end, const char *name, int depth)
{
	struct die_walk c = die_children(parent, end, &w->budget);

	while (depth < DEPTH_MAX && die_next(&c)) {
		int tag = dwarf_tag(&c.die);

		if (tag == DW_TAG_variable && has_value(&c.die) && is_called(im, &c.die, name)) {
			w->found = c.die;
			return true;
		}
		if (may_hold_functions(w, tag) &&
		    find_global(im, w, &c.die, c.end, name, depth + 1))
			return true;
	}
	return false;
}

bool subprogram_global(const struct image *im, Dwarf_Die *unit, const char *name, Dwarf_Die *out)
{
	Dwarf *dwarf = module_dwarf(im->own);
	struct walk w = { .budget = DIES_MAX, .reach = SCOPES };
	Dwarf_CU *cu = NULL;
	Dwarf_Die other;
	uint8_t type;
	bool found = unit && find_global(im, &w, unit, UINT64_MAX, name, 0);

	for (size_t i = 0; !found && dwarf && i < UNITS_MAX &&
	    dwarf_get_units(dwarf, cu, &cu, NULL, &type, &other, NULL) == 0; i++)
		found = type == DW_UT_compile && find_global(im, &w, &other, UINT64_MAX, name, 0);
	if (found)
		*out = w.found;
	return found;
}
