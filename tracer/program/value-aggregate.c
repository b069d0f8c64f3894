/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Arrays, structures and their bit fields as text. */
#include <dwarf.h>
#include <string.h>

#include "tracer/program/die.h"
#include "tracer/program/value-private.h"

/* An array of char: up to its NUL. */
static void print_characters(const struct printer *p, const uint8_t *bytes, size_t length)
{
	const uint8_t *end = memchr(bytes, 0, length);
	size_t shown = end ? (size_t)(end - bytes) : length;

	text_quote(p->text, bytes, shown < VALUE_STRING_MAX ? shown : VALUE_STRING_MAX, '"');
	text_add(p->text, "%s", shown > VALUE_STRING_MAX ? "…" : "");
}

/* Of the outermost dimension; what is in these are arrays again. */
void value_print_elements(const struct printer *p, Dwarf_Die *element, const uint64_t *counts,
    size_t dimensions, const uint8_t *bytes, size_t size, int depth)
{
	uint64_t one, stride;

	if (!type_size(p->ev, element, &one) || one == 0)
		return;
	stride = one;
	for (size_t i = 1; i < dimensions; i++)
		if (__builtin_mul_overflow(stride, counts[i], &stride) || stride == 0)
			return;
	if (dimensions == 1 && one == 1 && value_is_character(element)) {
		print_characters(p, bytes, counts[0] < size ? counts[0] : size);
		return;
	}
	text_add(p->text, "{");
	for (uint64_t i = 0; i < counts[0] && !p->text->cut; i++) {
		if (i == VALUE_ELEMENTS_MAX || size < stride) {
			text_add(p->text, "…");
			break;
		}
		text_add(p->text, "%s", i ? ", " : "");
		if (dimensions > 1)
			value_print_elements(p, element, counts + 1, dimensions - 1, bytes, stride, depth);
		else
			value_print_at(p, element, bytes, one, depth + 1);
		bytes += stride;
		size -= stride;
	}
	text_add(p->text, "}");
}

void value_print_array(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes, size_t size,
    int depth)
{
	uint64_t counts[TYPE_DIMENSIONS];
	size_t dimensions = type_dimensions(p->ev, type, counts);
	Dwarf_Die element;

	if (dimensions && counts[0] && type_of(type, &element))
		value_print_elements(p, &element, counts, dimensions, bytes, size, depth);
	else
		text_add(p->text, "{…}");
}

bool value_bit_place(Dwarf_Die *member, uint64_t offset, uint64_t *bit, uint64_t *width)
{
	uint64_t from_top, storage;

	if (!type_number(member, DW_AT_bit_size, width) || *width == 0 || *width > 64 ||
	    offset > UINT64_MAX / 16)
		return false;
	if (!type_number(member, DW_AT_bit_offset, &from_top))
		return type_number(member, DW_AT_data_bit_offset, bit);
	/* DWARF 2 and 3 count from the most significant bit of a storage unit. */
	if (!type_number(member, DW_AT_byte_size, &storage) || storage > 8 ||
	    from_top > 64 || from_top + *width > storage * 8)
		return false;
	*bit = offset * 8 + storage * 8 - from_top - *width;
	return true;
}

bool value_bits(const uint8_t *bytes, size_t size, uint64_t bit, uint64_t width, uint64_t *value)
{
	uint64_t word = 0;
	size_t first = bit / 8;

	if (first >= size)
		return false;
	memcpy(&word, bytes + first, size - first < 8 ? size - first : 8);
	word >>= bit % 8;
	if (bit % 8 + width > 64 && size - first > 8)
		word |= (uint64_t)bytes[first + 8] << (64 - bit % 8);
	*value = width == 64 ? word : word & ((1ULL << width) - 1);
	return true;
}

/* Bits of a little-endian bit field → the bytes of its type. */
static bool bit_field(Dwarf_Die *member, const uint8_t *bytes, size_t size, uint64_t offset,
    uint64_t *value)
{
	uint64_t bit, width;

	return value_bit_place(member, offset, &bit, &width) &&
	    value_bits(bytes, size, bit, width, value);
}

static bool is_signed_type(Dwarf_Die *type)
{
	Dwarf_Die plain;
	uint64_t encoding;

	return type_strip(type, &plain) && type_number(&plain, DW_AT_encoding, &encoding) &&
	    (encoding == DW_ATE_signed || encoding == DW_ATE_signed_char);
}

static void print_member(const struct printer *p, Dwarf_Die *member, const uint8_t *bytes,
    size_t size, int depth)
{
	uint64_t offset = 0, length, field, width = 0;
	Dwarf_Die type;

	type_number(member, DW_AT_data_member_location, &offset);
	if (!type_of(member, &type) || !type_size(p->ev, &type, &length)) {
		text_add(p->text, "{…}");
	} else if (bit_field(member, bytes, size, offset, &field)) {
		type_number(member, DW_AT_bit_size, &width);
		if (is_signed_type(&type) && width < 64 && field >> (width - 1) & 1)
			field |= ~0ULL << width;
		value_print_at(p, &type, (const uint8_t *)&field, length < 8 ? length : 8, depth + 1);
	} else if (offset >= size || (length > size - offset && size < VALUE_BYTES_MAX)) {
		text_add(p->text, "…");
	} else {
		value_print_at(p, &type, bytes + offset, length < size - offset ? length : size - offset,
		    depth + 1);
	}
}

/* A static member has no place in the object. */
static bool is_static(Dwarf_Die *member)
{
	return type_flag(member, DW_AT_external) || type_flag(member, DW_AT_declaration);
}

/* Has the class members of its own?  *derived: it has a base, the last one of them in *base. */
static bool has_members(Dwarf_Die *class, size_t *budget, bool *derived, Dwarf_Die *base)
{
	struct die_walk w = die_children(class, UINT64_MAX, budget);

	*derived = false;
	while (die_next(&w)) {
		int tag = dwarf_tag(&w.die);

		if (tag == DW_TAG_member && !is_static(&w.die))
			return true;
		if (tag == DW_TAG_inheritance)
			*derived = type_of(&w.die, base);
	}
	return false;
}

/* A base class without data, such as an allocator. */
static bool is_empty(Dwarf_Die *type)
{
	size_t budget = VALUE_CHILDREN_MAX;
	Dwarf_Die at = *type, plain;
	bool derived = true;
	uint64_t size;

	for (int i = 0; i < TYPE_CHAIN_MAX && derived; i++)
		if (!type_strip(&at, &plain) || !type_number(&plain, DW_AT_byte_size, &size) || size != 1 ||
		    has_members(&plain, &budget, &derived, &at))
			return false;
	return !derived;
}

void value_print_struct(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes, size_t size,
    int depth)
{
	size_t budget = VALUE_CHILDREN_MAX;
	struct die_walk w = die_children(type, UINT64_MAX, &budget);
	int shown = 0;

	text_add(p->text, "{");
	while (shown < VALUE_ELEMENTS_MAX && !p->text->cut && die_next(&w)) {
		int tag = dwarf_tag(&w.die);
		const char *name = dwarf_diename(&w.die);
		Dwarf_Die base;

		if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) || is_static(&w.die))
			continue;
		if (tag == DW_TAG_inheritance && type_of(&w.die, &base) && is_empty(&base))
			continue;
		text_add(p->text, "%s", shown++ ? ", " : "");
		if (tag == DW_TAG_inheritance && type_of(&w.die, &base)) {
			name = dwarf_diename(&base);
			text_add(p->text, "<%s> = ", name ? name : "?");
		} else if (name) {
			text_add(p->text, "%s = ", name);
		}
		print_member(p, &w.die, bytes, size, depth);
	}
	text_add(p->text, "}");
}
