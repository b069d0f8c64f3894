/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * In which namespace or class a DIE stands.  DWARF gives no way up, so the
 * scopes of one unit are indexed by the offsets that they span; DIEs stand in
 * that order.
 */
#include "tracer/program/scope.h"

#include <dwarf.h>
#include <stdlib.h>

#include "src/bisect.h"
#include "tracer/program/die.h"
#include "tracer/program/type.h"

#define SCOPES_MAX	(1U << 16)
#define DIES_MAX	(1U << 20)
#define DEPTH_MAX	16

struct scope {
	Dwarf_Off start, end;	/* DIEs inside: start < offset < end */
	const char *name;	/* borrowed from the Dwarf */
	uint32_t parent;	/* index + 1, 0: none */
};

struct scope_index {
	Dwarf_Off unit;
	struct scope *scope;
	size_t count, room;
	size_t budget;
};

static bool is_scope(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_class_type ||
	    tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

static bool add(struct scope_index *x, struct scope s)
{
	if (x->count == SCOPES_MAX)
		return false;
	if (x->count == x->room) {
		size_t room = x->room ? 2 * x->room : 64;
		struct scope *grown = reallocarray(x->scope, room, sizeof(*grown));

		if (!grown)
			return false;
		x->scope = grown;
		x->room = room;
	}
	x->scope[x->count++] = s;
	return true;
}

static void visit(struct scope_index *x, Dwarf_Die *parent, uint32_t parent_index,
    Dwarf_Off parent_end, int depth)
{
	struct die_walk w = die_children(parent, parent_end, &x->budget);

	while (depth < DEPTH_MAX && die_next(&w)) {
		int tag = dwarf_tag(&w.die);
		const char *name;

		if (!is_scope(tag) || !dwarf_haschildren(&w.die))
			continue;
		name = dwarf_diename(&w.die);
		if (!name)
			name = tag == DW_TAG_namespace ? "(anonymous namespace)" : "{…}";
		if (!add(x, (struct scope){ dwarf_dieoffset(&w.die), w.end, name, parent_index }))
			return;
		visit(x, &w.die, (uint32_t)x->count, w.end, depth + 1);
	}
}

static struct scope_index *index_for(struct image_cache *cache, Dwarf_Die *die)
{
	Dwarf_Die unit;
	struct scope_index *x = cache->scopes;

	if (!dwarf_diecu(die, &unit, NULL, NULL))
		return NULL;
	if (x && x->unit == dwarf_dieoffset(&unit))
		return x;
	scope_index_free(x);
	cache->scopes = x = calloc(1, sizeof(*x));
	if (x) {
		x->unit = dwarf_dieoffset(&unit);
		x->budget = DIES_MAX;
		visit(x, &unit, 0, UINT64_MAX, 0);
	}
	return x;
}

void scope_index_free(struct scope_index *x)
{
	if (!x)
		return;
	free(x->scope);
	free(x);
}

/* The innermost scope around an offset, index + 1; 0: none. */
static uint32_t around(const struct scope_index *x, Dwarf_Off offset)
{
	uint32_t at = (uint32_t)bisect(x->count, i, x->scope[i].start < offset);

	for (; at && x->scope[at - 1].end <= offset; )
		at = x->scope[at - 1].parent;
	return at;
}

void scope_prefix(const struct image *im, Dwarf_Die *die, struct text *t)
{
	const struct scope_index *x;
	const char *names[DEPTH_MAX];
	size_t count = 0;
	Dwarf_Attribute attribute;
	Dwarf_Die declared;

	/* A definition stands outside of the class or namespace that declares it. */
	if (!dwarf_formref_die(dwarf_attr(die, DW_AT_specification, &attribute), &declared))
		declared = *die;
	x = index_for(im->cache, &declared);
	if (!x)
		return;
	for (uint32_t at = around(x, dwarf_dieoffset(&declared)); at && count < DEPTH_MAX;
	    at = x->scope[at - 1].parent)
		names[count++] = x->scope[at - 1].name;
	while (count)
		text_add(t, "%s::", names[--count]);
}
