/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/die.h"

struct die_walk die_children(Dwarf_Die *parent, Dwarf_Off parent_end, size_t *budget)
{
	struct die_walk w = { .parent_end = parent_end, .budget = budget };

	w.more = dwarf_child(parent, &w.next) == 0 && dwarf_dieoffset(&w.next) < parent_end;
	return w;
}

bool die_next(struct die_walk *w)
{
	Dwarf_Off at, next;

	if (!w->more || *w->budget == 0)
		return false;
	--*w->budget;
	w->die = w->next;
	at = dwarf_dieoffset(&w->die);
	w->more = dwarf_siblingof(&w->die, &w->next) == 0;
	next = w->more ? dwarf_dieoffset(&w->next) : w->parent_end;
	w->more = w->more && next > at && next < w->parent_end;
	w->end = w->more ? next : w->parent_end;
	return true;
}

bool die_has_pc(Dwarf_Die *die, Dwarf_Addr pc, size_t *budget)
{
	Dwarf_Addr base, start, end;

	for (ptrdiff_t at = 0; *budget > 0 && (at = dwarf_ranges(die, at, &base, &start, &end)) > 0; --*budget)
		if (pc >= start && pc < end)
			return true;
	return false;
}
