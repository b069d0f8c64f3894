/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Objects as text, by their type.  Private to program/. */
#ifndef PT_PROGRAM_VALUE_H
#define PT_PROGRAM_VALUE_H

#include "tracer/program/type.h"

#define VALUE_BYTES_MAX	4096	/* of one object that are read */

/*
 * bytes: the object, size of them (maybe only its beginning).  Scalars as C
 * writes them, char as "97 'a'", enumerators by name, character pointers with
 * their string, function pointers with their symbol, aggregates as
 * "{x = 1, y = {2, 3}}".
 */
void value_print(const struct image *, const struct evaluation *, Dwarf_Die *type,
    const uint8_t *bytes, size_t size, struct text *);

/* -- parts of that, for expressions (expr-….c) --------------------------- */

struct printer;

/* A floating-point number of 4, 8 or 16 bytes, in the fewest digits that give it again. */
void value_print_float(struct text *, const uint8_t *bytes, size_t size);
/* "97 'a'"; prefix as in C: "", "u", "U", "L". */
void value_print_character(struct text *, int64_t code, const char *prefix);
/* " \"text\"" at an address, and " <function+4>"; nothing where there is none. */
void value_print_string(const struct printer *, uint64_t address);
void value_print_symbol(const struct printer *, uint64_t address);
/* Elements of an array of `dimensions' counts, the outermost first: "{1, 2}". */
void value_print_elements(const struct printer *, Dwarf_Die *element, const uint64_t *counts,
    size_t dimensions, const uint8_t *bytes, size_t size, int depth);
/* A character type of one byte? */
bool value_is_character(Dwarf_Die *type);
/* A DW_TAG_enumerator's value in an enumeration of size bytes. */
bool value_enumerator(Dwarf_Die *, size_t size, uint64_t *value);
/* First bit, from the structure's start, and width of a bit field; offset: the
 * member's DW_AT_data_member_location.  false: it is none. */
bool value_bit_place(Dwarf_Die *member, uint64_t offset, uint64_t *bit, uint64_t *width);
/* width ≤ 64 bits of a little-endian object. */
bool value_bits(const uint8_t *bytes, size_t size, uint64_t bit, uint64_t width, uint64_t *value);

/* -- for the printers of library types (printers.c) ---------------------- */

struct printer {
	const struct image *image;
	const struct evaluation *ev;
	struct text *text;
};

#define VALUE_ELEMENTS_MAX	64	/* of one aggregate that are shown */
#define VALUE_STRING_MAX	200	/* bytes of a string that are shown */
#define VALUE_DEPTH_MAX		4	/* aggregates within aggregates */
#define VALUE_CHILDREN_MAX	4096	/* members, enumerators of one type that are looked at */

void value_print_at(const struct printer *, Dwarf_Die *type, const uint8_t *bytes, size_t size,
    int depth);

/* C++ library types (GNU libstdc++) as their contents: strings, vectors, maps,
 * sets, smart pointers.  false, with nothing printed: not one of these, or not
 * in a state that can be shown so. */
bool printers_print(const struct printer *, Dwarf_Die *plain, const uint8_t *bytes, size_t size,
    int depth);

#endif
