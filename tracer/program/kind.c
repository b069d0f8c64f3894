/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/kind.h"

#include <dwarf.h>

static enum variable_kind kind_of_base(Dwarf_Die *type)
{
	uint64_t encoding = 0;

	type_number(type, DW_AT_encoding, &encoding);
	switch (encoding) {
	case DW_ATE_signed:
	case DW_ATE_signed_char:
		return VARIABLE_SIGNED;
	case DW_ATE_unsigned:
	case DW_ATE_unsigned_char:
	case DW_ATE_UTF:
		return VARIABLE_UNSIGNED;
	case DW_ATE_boolean:
		return VARIABLE_BOOLEAN;
	case DW_ATE_float:
		return VARIABLE_FLOAT;
	default:
		return VARIABLE_OTHER;
	}
}

/* Its values' type is its own, where the debug information says one (DWARF 5
 * section 5.7); else C's: int, or unsigned int. */
static enum variable_kind kind_of_enumeration(Dwarf_Die *type)
{
	Dwarf_Die of, plain;

	return type_of(type, &of) && type_strip(&of, &plain) ? kind_of_base(&plain) : VARIABLE_ENUMERATION;
}

enum variable_kind kind_of_type(Dwarf_Die *type)
{
	Dwarf_Die plain;

	if (!type_strip(type, &plain))
		return VARIABLE_OTHER;
	switch (dwarf_tag(&plain)) {
	case DW_TAG_base_type:
		return kind_of_base(&plain);
	case DW_TAG_enumeration_type:
		return kind_of_enumeration(&plain);
	case DW_TAG_pointer_type:
		return VARIABLE_POINTER;
	default:
		return VARIABLE_OTHER;
	}
}
