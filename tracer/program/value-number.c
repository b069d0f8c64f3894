/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Numbers, characters and enumerators as text. */
#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/program/die.h"
#include "tracer/program/value-private.h"

uint64_t value_unsigned(const uint8_t *bytes, size_t size)
{
	uint64_t word = 0;

	memcpy(&word, bytes, size < sizeof(word) ? size : sizeof(word));
	return word;
}

int64_t value_signed(const uint8_t *bytes, size_t size)
{
	unsigned unused = size < 8 ? 64 - 8 * (unsigned)size : 0;

	if (size == 0)
		return 0;	/* a file may say so of any type */
	return (int64_t)(value_unsigned(bytes, size) << unused) >> unused;
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

/* Of x87 (18 to 21 digits) or of 128 bits (up to 36). */
static void print_extended(struct text *t, long double value)
{
	char digits[64];

	for (int precision = 18; precision <= 36; precision += 3) {
		snprintf(digits, sizeof(digits), "%.*Lg", precision, value);
		if (strtold(digits, NULL) == value)
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
		memcpy(&l, bytes, sizeof(l));
		print_extended(t, l);
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

static void print_complex(struct text *t, const uint8_t *bytes, size_t size)
{
	value_print_float(t, bytes, size / 2);
	text_add(t, " + ");
	value_print_float(t, bytes + size / 2, size / 2);
	text_add(t, "i");
}

/* Of at most 8 bytes.  C's char, signed or not, and the wide character types have encodings or
 * names of their own. */
static void print_integer(struct text *t, uint64_t encoding, const char *wide, const uint8_t *bytes,
    size_t size)
{
	uint64_t word = value_unsigned(bytes, size);

	if (encoding == DW_ATE_boolean && word <= 1)
		text_add(t, "%s", word ? "true" : "false");
	else if (size == 1 && encoding == DW_ATE_signed_char)
		value_print_character(t, value_signed(bytes, size), "");
	else if (size == 1 && encoding == DW_ATE_unsigned_char)
		value_print_character(t, (int64_t)word, "");
	else if ((encoding == DW_ATE_UTF || wide) && size <= 4)
		value_print_character(t, (int64_t)word, wide ? wide : "");
	else if (encoding == DW_ATE_signed || encoding == DW_ATE_signed_char)
		text_add(t, "%lld", (long long)value_signed(bytes, size));
	else
		text_add(t, "%llu", (unsigned long long)word);
}

void value_print_base(const struct printer *p, Dwarf_Die *as, Dwarf_Die *type,
    const uint8_t *bytes, size_t size)
{
	struct text *t = p->text;
	uint64_t encoding = 0;

	type_number(type, DW_AT_encoding, &encoding);
	if (encoding == DW_ATE_float)
		value_print_float(t, bytes, size);
	else if (encoding == DW_ATE_complex_float && size % 2 == 0)
		print_complex(t, bytes, size);
	else if (size == 16)
		print_wide(t, bytes, encoding == DW_ATE_signed || encoding == DW_ATE_signed_char);
	else if (size > 8)
		text_add(t, "<%zu bytes>", size);
	else
		print_integer(t, encoding, wide_prefix(as), bytes, size);
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

void value_print_enumeration(const struct printer *p, Dwarf_Die *type, const uint8_t *bytes,
    size_t size)
{
	uint64_t is = value_unsigned(bytes, size), value;
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
	text_add(p->text, "%lld", (long long)value_signed(bytes, size));
}
