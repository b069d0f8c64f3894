/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Functions by address: DWARF subprograms of the session's ELF, ELF symbols of
 * it and of its libraries. */
#ifndef PT_FUNCTIONS_H
#define PT_FUNCTIONS_H

#include "tracer/program/image.h"

struct function {
	char name[256];		/* demangled for C++; "" when unknown */
	uint64_t start, end;	/* [start, end), end == start when the size is unknown */
	uint64_t body;		/* behind the prologue, == start when not known */
	const char *module;	/* file name of the library, NULL: the session's ELF */
};

bool function_find(const struct image *, uint64_t address, struct function *);

/* By name (plain, or qualified for C++), in the session's ELF first. */
bool function_by_name(const struct image *, const char *name, struct function *);

#endif
