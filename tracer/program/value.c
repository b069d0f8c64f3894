/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Objects as text: what points elsewhere, and which kind of type is printed how. */
#include <dwarf.h>
#include <string.h>

#include "tracer/program/functions.h"
#include "tracer/program/value-private.h"

/* -- pointers ------------------------------------------------------------ */

bool value_is_character(Dwarf_Die *type)
{
	Dwarf_Die plain;
	uint64_t encoding, size;

	return type_strip(type, &plain) && dwarf_tag(&plain) == DW_TAG_base_type &&
	    type_number(&plain, DW_AT_encoding, &encoding) &&
	    type_number(&plain, DW_AT_byte_size, &size) && size == 1 &&
	    (encoding == DW_ATE_signed_char || encoding == DW_ATE_unsigned_char ||
	    encoding == DW_ATE_UTF);
}

void value_print_string(const struct printer *p, uint64_t address)
{
	uint8_t bytes[VALUE_STRING_MAX];
	size_t have = view_read(p->ev->view, address, bytes, sizeof(bytes));
	const uint8_t *end = memchr(bytes, 0, have);

	if (have == 0)
		return;
	text_add(p->text, " ");
	text_quote(p->text, bytes, end ? (size_t)(end - bytes) : have, '"');
	if (!end)
		text_add(p->text, "…");
}

void value_print_symbol(const struct printer *p, uint64_t address)
{
	struct function f;

	if (!function_find(p->image, address, &f))
		return;
	if (f.start == address)
		text_add(p->text, " <%s>", f.name);
	else
		text_add(p->text, " <%s+%llu>", f.name, (unsigned long long)(address - f.start));
}

/* To data: its offset; to a function: its address, or where it is in the table. */
static void print_member_pointer(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes,
    size_t size)
{
	uint64_t word = value_unsigned(bytes, size < 8 ? size : 8);
	Dwarf_Die target;

	if (!type_of(type, &target) || dwarf_tag(&target) != DW_TAG_subroutine_type) {
		text_add(p->text, "%lld", (long long)word);
		return;
	}
	text_add(p->text, "0x%llx", (unsigned long long)word);
	value_print_symbol(p, word);
}

static void print_pointer(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes, size_t size)
{
	uint64_t address = value_unsigned(bytes, size);
	Dwarf_Die target, plain;

	text_add(p->text, "0x%llx", (unsigned long long)address);
	if (address == 0 || !type_of(type, &target) || !type_strip(&target, &plain))
		return;
	if (dwarf_tag(&plain) == DW_TAG_subroutine_type)
		value_print_symbol(p, address);
	else if (value_is_character(&plain))
		value_print_string(p, address);
}

static void print_reference(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes,
    size_t size, int depth)
{
	uint64_t address = value_unsigned(bytes, size), length;
	uint8_t target[VALUE_BYTES_MAX];
	Dwarf_Die to;

	text_add(p->text, "@0x%llx", (unsigned long long)address);
	if (depth >= VALUE_DEPTH_MAX || !type_of(type, &to) || !type_size(p->ev, &to, &length))
		return;
	if (length > sizeof(target))
		length = sizeof(target);
	text_add(p->text, ": ");
	if (view_read_all(p->ev->view, address, target, length))
		value_print_at(p, &to, target, length, depth + 1);
	else
		text_add(p->text, "<not readable>");
}

/* -- by kind of type --------------------------------------------------------- */

void value_print_at(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes, size_t size,
    int depth)
{
	Dwarf_Die plain;
	int tag = type_strip(type, &plain) ? dwarf_tag(&plain) : 0;

	switch (tag) {
	case DW_TAG_base_type:
		value_print_base(p, type, &plain, bytes, size);
		break;
	case DW_TAG_enumeration_type:
		value_print_enumeration(p, &plain, bytes, size);
		break;
	case DW_TAG_pointer_type:
		print_pointer(p, &plain, bytes, size);
		break;
	case DW_TAG_ptr_to_member_type:
		print_member_pointer(p, &plain, bytes, size);
		break;
	case DW_TAG_unspecified_type:	/* decltype(nullptr) */
		text_add(p->text, "0x%llx", (unsigned long long)value_unsigned(bytes, size));
		break;
	case DW_TAG_reference_type: case DW_TAG_rvalue_reference_type:
		print_reference(p, &plain, bytes, size, depth);
		break;
	case DW_TAG_array_type:
		if (depth < VALUE_DEPTH_MAX) {
			value_print_array(p, &plain, bytes, size, depth);
			break;
		}
		text_add(p->text, "{…}");
		break;
	case DW_TAG_structure_type: case DW_TAG_class_type: case DW_TAG_union_type:
		if (printers_print(p, &plain, bytes, size, depth))
			break;
		if (depth < VALUE_DEPTH_MAX) {
			value_print_struct(p, &plain, bytes, size, depth);
			break;
		}
		/* fall through */
	default:
		text_add(p->text, "{…}");
	}
}

void value_print(const struct image *im, const struct evaluation *ev, Dwarf_Die *type,
    const uint8_t *bytes, size_t size, struct text *t)
{
	struct printer p = { .image = im, .ev = ev, .text = t };

	value_print_at(&p, type, bytes, size, 0);
}
