/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a type's objects are, for who makes their bytes.  Private to program/. */
#ifndef PT_PROGRAM_KIND_H
#define PT_PROGRAM_KIND_H

#include "tracer/program/type.h"
#include "tracer/program/variables.h"

/* Behind typedefs and qualifiers. */
enum variable_kind kind_of_type(Dwarf_Die *type);

#endif
