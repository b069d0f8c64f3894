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

#endif
