/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/value.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/program/die.h"
#include "tracer/program/functions.h"

/* -- numbers ------------------------------------------------------------- */

static uint64_t unsigned_of(const uint8_t *bytes, size_t size)
{
	uint64_t word = 0;

	memcpy(&word, bytes, size < sizeof(word) ? size : sizeof(word));
	return word;
}

static int64_t signed_of(const uint8_t *bytes, size_t size)
{
	unsigned unused = size < 8 ? 64 - 8 * (unsigned)size : 0;

	if (size == 0)
		return 0;	/* a file may say so of any type */
	return (int64_t)(unsigned_of(bytes, size) << unused) >> unused;
}

/* 128 bits, which printf does not know. */
static void print_wide(struct text *t, const uint8_t *bytes, bool is_signed)
{
	unsigned __int128 value;
	char digits[48];
	size_t at = sizeof(digits) - 1;
	bool negative;

	memcpy(&value, bytes, sizeof(value));
	negative = is_signed && (value >> 127) != 0;
	if (negative)
		value = -value;
	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + (int)(value % 10));
		value /= 10;
	} while (value != 0);
	text_add(t, "%s%s", negative ? "-" : "", digits + at);
}

/* The fewest digits that give the same number again. */
static void print_double(struct text *t, double value, int least, int most, bool single)
{
	char digits[64];

	for (int precision = least; precision <= most; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (single ? strtof(digits, NULL) == (float)value : strtod(digits, NULL) == value)
			break;
	}
	text_add(t, "%s", digits);
}

void value_print_float(struct text *t, const uint8_t *bytes, size_t size)
{
	float f;
	double d;
	long double l = 0;

	if (size == sizeof(f)) {
		memcpy(&f, bytes, sizeof(f));
		print_double(t, (double)f, 6, 9, true);
	} else if (size == sizeof(d)) {
		memcpy(&d, bytes, sizeof(d));
		print_double(t, d, 15, 17, false);
	} else if (size == sizeof(l)) {
		char digits[64];

		memcpy(&l, bytes, sizeof(l));
		for (int precision = 18; precision <= 36; precision += 3) {
			snprintf(digits, sizeof(digits), "%.*Lg", precision, l);
			if (strtold(digits, NULL) == l)
				break;
		}
		text_add(t, "%s", digits);
	} else {
		text_add(t, "<floating point of %zu bytes>", size);
	}
}

/* One character behind its number: 97 'a'.  prefix as in C: "", "u", "U", "L". */
void value_print_character(struct text *t, int64_t code, const char *prefix)
{
	uint8_t utf8[4] = { (uint8_t)code };
	size_t length = 1;
	uint32_t c = (uint32_t)code;

	if (*prefix && c >= 0x80) {
		length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		for (size_t i = length - 1; i > 0; i--, c >>= 6)
			utf8[i] = 0x80 | (c & 0x3f);
		utf8[0] = (uint8_t)(0xf00u >> length | c);
	}
	text_add(t, "%lld %s", (long long)code, prefix);
	text_quote(t, utf8, length, '\'');
}

/* How C marks literals of a wide character type, which may be a typedef: "L",
 * "u", "U"; NULL: it is none. */
static const char *wide_prefix(Dwarf_Die *type)
{
	static const struct { const char *name, *prefix; } wide[] = {
		{ "wchar_t", "L" }, { "char16_t", "u" }, { "char32_t", "U" },
	};
	Dwarf_Die at = *type, next;

	for (int i = 0; i < TYPE_CHAIN_MAX; i++) {
		const char *name = dwarf_diename(&at);

		for (size_t k = 0; name && k < sizeof(wide) / sizeof(wide[0]); k++)
			if (strcmp(name, wide[k].name) == 0)
				return wide[k].prefix;
		if (dwarf_tag(&at) == DW_TAG_base_type || !type_of(&at, &next))
			return NULL;
		at = next;
	}
	return NULL;
}

static void print_base(const struct printer *p, Dwarf_Die *as, Dwarf_Die *type,
    const uint8_t *bytes, size_t size)
{
	struct text *t = p->text;
	const char *wide = wide_prefix(as);
	uint64_t encoding = 0;
	bool is_signed;

	type_number(type, DW_AT_encoding, &encoding);
	is_signed = encoding == DW_ATE_signed || encoding == DW_ATE_signed_char;
	if (encoding == DW_ATE_float) {
		value_print_float(t, bytes, size);
	} else if (encoding == DW_ATE_complex_float && size % 2 == 0) {
		value_print_float(t, bytes, size / 2);
		text_add(t, " + ");
		value_print_float(t, bytes + size / 2, size / 2);
		text_add(t, "i");
	} else if (size == 16) {
		print_wide(t, bytes, is_signed);
	} else if (size > 8) {
		text_add(t, "<%zu bytes>", size);
	} else if (encoding == DW_ATE_boolean && unsigned_of(bytes, size) <= 1) {
		text_add(t, "%s", unsigned_of(bytes, size) ? "true" : "false");
	} else if (size == 1 && is_signed && encoding == DW_ATE_signed_char) {
		value_print_character(t, signed_of(bytes, size), "");
	} else if (size == 1 && encoding == DW_ATE_unsigned_char) {
		value_print_character(t, (int64_t)unsigned_of(bytes, size), "");
	} else if ((encoding == DW_ATE_UTF || wide) && size <= 4) {
		value_print_character(t, (int64_t)unsigned_of(bytes, size), wide ? wide : "");
	} else if (is_signed) {
		text_add(t, "%lld", (long long)signed_of(bytes, size));
	} else {
		text_add(t, "%llu", (unsigned long long)unsigned_of(bytes, size));
	}
}

bool value_enumerator(Dwarf_Die *die, size_t size, uint64_t *value)
{
	Dwarf_Attribute attribute;
	Dwarf_Sword s;
	Dwarf_Word u;

	if (!dwarf_attr(die, DW_AT_const_value, &attribute))
		return false;
	if (dwarf_formsdata(&attribute, &s) == 0)
		*value = (uint64_t)s;
	else if (dwarf_formudata(&attribute, &u) == 0)
		*value = u;
	else
		return false;
	if (size < 8)
		*value &= (1ULL << 8 * size) - 1;
	return true;
}

static void print_enumeration(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes,
    size_t size)
{
	uint64_t is = unsigned_of(bytes, size), value;
	bool scoped = type_flag(type, DW_AT_enum_class);
	const char *name = dwarf_diename(type), *enumerator;
	size_t budget = VALUE_CHILDREN_MAX;
	struct die_walk w = die_children(type, UINT64_MAX, &budget);

	while (die_next(&w)) {
		if (dwarf_tag(&w.die) != DW_TAG_enumerator ||
		    !value_enumerator(&w.die, size, &value) || value != is)
			continue;
		enumerator = dwarf_diename(&w.die);
		text_add(p->text, "%s%s%s", scoped && name ? name : "",
		    scoped && name ? "::" : "", enumerator ? enumerator : "?");
		return;
	}
	text_add(p->text, "%lld", (long long)signed_of(bytes, size));
}

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
	uint64_t word = unsigned_of(bytes, size < 8 ? size : 8);
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
	uint64_t address = unsigned_of(bytes, size);
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
	uint64_t address = unsigned_of(bytes, size), length;
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

/* -- aggregates ---------------------------------------------------------- */

/* Elements of the dimensions from `first' on; the inner ones are arrays again. */
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
		size_t length = counts[0] < size ? counts[0] : size;
		const uint8_t *end = memchr(bytes, 0, length);
		size_t shown = end ? (size_t)(end - bytes) : length;

		text_quote(p->text, bytes, shown < VALUE_STRING_MAX ? shown : VALUE_STRING_MAX, '"');
		text_add(p->text, "%s", shown > VALUE_STRING_MAX ? "…" : "");
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

static void print_array(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes, size_t size,
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

/* A base class without data, such as an allocator. */
static bool is_empty(Dwarf_Die *type)
{
	size_t budget = VALUE_CHILDREN_MAX;
	Dwarf_Die plain, base;
	uint64_t size;

	for (int i = 0; i < TYPE_CHAIN_MAX; i++) {
		struct die_walk w;
		bool derived = false;

		if (!type_strip(type, &plain) ||
		    !type_number(&plain, DW_AT_byte_size, &size) || size != 1)
			return false;
		for (w = die_children(&plain, UINT64_MAX, &budget); die_next(&w); ) {
			int tag = dwarf_tag(&w.die);

			if (tag == DW_TAG_member && !type_flag(&w.die, DW_AT_external) &&
			    !type_flag(&w.die, DW_AT_declaration))
				return false;
			if (tag == DW_TAG_inheritance)
				derived = type_of(&w.die, &base);
		}
		if (!derived)
			return true;
		*(type = &plain) = base;
	}
	return false;
}

static void print_struct(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes, size_t size,
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

		if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) ||
		    type_flag(&w.die, DW_AT_external) || type_flag(&w.die, DW_AT_declaration))
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

void value_print_at(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes, size_t size,
    int depth)
{
	Dwarf_Die plain;
	int tag = type_strip(type, &plain) ? dwarf_tag(&plain) : 0;

	switch (tag) {
	case DW_TAG_base_type:
		print_base(p, type, &plain, bytes, size);
		break;
	case DW_TAG_enumeration_type:
		print_enumeration(p, &plain, bytes, size);
		break;
	case DW_TAG_pointer_type:
		print_pointer(p, &plain, bytes, size);
		break;
	case DW_TAG_ptr_to_member_type:
		print_member_pointer(p, &plain, bytes, size);
		break;
	case DW_TAG_unspecified_type:	/* decltype(nullptr) */
		text_add(p->text, "0x%llx", (unsigned long long)unsigned_of(bytes, size));
		break;
	case DW_TAG_reference_type: case DW_TAG_rvalue_reference_type:
		print_reference(p, &plain, bytes, size, depth);
		break;
	case DW_TAG_array_type:
		if (depth < VALUE_DEPTH_MAX) {
			print_array(p, &plain, bytes, size, depth);
			break;
		}
		text_add(p->text, "{…}");
		break;
	case DW_TAG_structure_type: case DW_TAG_class_type: case DW_TAG_union_type:
		if (printers_print(p, &plain, bytes, size, depth))
			break;
		if (depth < VALUE_DEPTH_MAX) {
			print_struct(p, &plain, bytes, size, depth);
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
