/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Types of the debug information (DWARF 5 section 5).  A hostile chain of
 * types may be circular: every walk is bounded.  Private to program/. */
#ifndef PT_TYPE_H
#define PT_TYPE_H

#include "tracer/program/image-private.h"
#include "tracer/program/location.h"
#include "tracer/program/text.h"

#define TYPE_CHAIN_MAX	32	/* typedefs, qualifiers, pointers in a row */
#define TYPE_DIMENSIONS	8

/* DW_AT_type of a DIE.  false: none (void). */
bool type_of(Dwarf_Die *, Dwarf_Die *type);
/* The type behind typedefs and qualifiers. */
bool type_strip(Dwarf_Die *type, Dwarf_Die *plain);
/* Its bytes; evaluation (or NULL) is for the bounds of variable arrays. */
bool type_size(const struct evaluation *, Dwarf_Die *type, uint64_t *size);
/* An unsigned attribute of a DIE. */
bool type_number(Dwarf_Die *, unsigned attribute, uint64_t *number);
bool type_flag(Dwarf_Die *, unsigned attribute);
/* Is the unit that a DIE stands in C++? */
bool type_is_cxx(Dwarf_Die *);

/* Bounds of an array type, outermost first; 0: not known.  Returns how many. */
size_t type_dimensions(const struct evaluation *, Dwarf_Die *array, uint64_t *counts);

/* As C or C++ writes it: "const char *", "int (*)(char)", "struct point",
 * "shapes::Square".  type NULL: void. */
void type_name(const struct image *, const struct evaluation *, Dwarf_Die *type, struct text *);

/* "ns::Class::" of what stands in a namespace or class of its unit; "" otherwise. */
void scope_prefix(const struct image *, Dwarf_Die *, struct text *);

#endif
