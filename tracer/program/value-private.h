/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the parts of value.c share.  bytes: the object, size of them. */
#ifndef PT_VALUE_PRIVATE_H
#define PT_VALUE_PRIVATE_H

#include "tracer/program/value.h"

/* Up to 8 bytes, little-endian, as a number. */
uint64_t value_unsigned(const uint8_t *bytes, size_t size);
int64_t value_signed(const uint8_t *bytes, size_t size);

/* A DW_TAG_base_type; as: the type that led to it, maybe a typedef that makes it a character. */
void value_print_base(const struct printer *, Dwarf_Die *as, Dwarf_Die *type, const uint8_t *bytes,
    size_t size);
void value_print_enumeration(const struct printer *, Dwarf_Die *type, const uint8_t *bytes, size_t size);
/* depth: aggregates around this one. */
void value_print_array(const struct printer *, Dwarf_Die *type, const uint8_t *bytes, size_t size,
    int depth);
void value_print_struct(const struct printer *, Dwarf_Die *type, const uint8_t *bytes, size_t size,
    int depth);

#endif
