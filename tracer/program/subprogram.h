/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The debug information's own view of a function.  Private to program/. */
#ifndef PT_SUBPROGRAM_H
#define PT_SUBPROGRAM_H

#include "tracer/program/image-private.h"

#define OBJECTS_MAX	512	/* variables of one function that are looked at */

/* The innermost DW_TAG_subprogram that covers a file address of the session's own ELF. */
bool subprogram_at(const struct image *, uint64_t pc, Dwarf_Die *function);

/* Objects in scope at pc: arguments, then locals, outer blocks first; a hidden
 * name is left out.  function: DW_TAG_subprogram or DW_TAG_inlined_subroutine, and
 * what belongs to calls inlined into it is theirs. */
struct object {
	Dwarf_Die die;
	bool argument;
};
/* How many were written, at most max. */
size_t subprogram_objects(Dwarf_Die *function, uint64_t pc, struct object *out, size_t max);

/* A global by its plain or qualified name: of unit (or NULL) first, then of all. */
bool subprogram_global(const struct image *, Dwarf_Die *unit, const char *name, Dwarf_Die *out);

#endif
