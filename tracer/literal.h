/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A value as a person writes it: 42, -1, 0x2a, 052, 'a', '\n', 1.5, true, NULL. */
#ifndef PT_LITERAL_H
#define PT_LITERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/program/variables.h"

struct literal {
	bool is_real;		/* real holds it */
	bool negative;		/* -magnitude */
	uint64_t magnitude;
	long double real;
};

/* false: not one of these, or an integer of more than 64 bits. */
bool literal_read(const char *text, struct literal *);
/* As a machine word, negative ones in two's complement; false: not an integer, or below -2^63. */
bool literal_word(const struct literal *, uint64_t *word);
/* Has a bit field of so many bits (1 to 64) room for it? */
bool literal_fits(const struct literal *, enum variable_kind, unsigned bits);
/* 0x and at most 2 * size hexadecimal digits, lowest byte first; false: it is not that. */
bool literal_hexadecimal(const char *text, uint8_t *bytes, size_t size);
/* As an object of this kind and size (bytes); NULL: done, else why not, in words. */
const char *literal_encode(const struct literal *, enum variable_kind, uint64_t size, uint8_t bytes[16]);

#endif
