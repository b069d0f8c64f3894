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
