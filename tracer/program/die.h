/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Walking the children of a DIE.  DW_AT_sibling of a hostile unit may lead
 * back, or out of the parent: a walk only goes forward and stays inside, so
 * that going down everywhere takes no longer than there are DIEs.  Private to
 * program/.
 */
#ifndef PT_DIE_H
#define PT_DIE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

struct die_walk {
	Dwarf_Die die;		/* the child now */
	Dwarf_Off end;		/* of it: its own children lie before */
	Dwarf_Die next;
	Dwarf_Off parent_end;
	bool more;
	size_t *budget;		/* how many may yet be looked at, of all walks together */
};

/* Children of parent, which ends at parent_end (UINT64_MAX: not known). */
struct die_walk die_children(Dwarf_Die *parent, Dwarf_Off parent_end, size_t *budget);
/* Makes die the next child.  false: there is none. */
bool die_next(struct die_walk *);
/* Does some of its code stand at the address?  Each of its ranges that is looked at
 * counts as a DIE: any number of them can share one long list. */
bool die_has_pc(Dwarf_Die *, Dwarf_Addr pc, size_t *budget);

#endif
