/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Functions by address: the ELF symbols of the session's ELF, of its libraries
 * and of the vDSO; PLT stubs are called "puts@plt".  C++ names are demangled by
 * the C++ runtime's demangler (libsupc++.a, when there to link) and shown
 * without parameters: "Shape::area", "add<int>", "std::ostream::operator<<@plt".
 */
#ifndef PT_FUNCTIONS_H
#define PT_FUNCTIONS_H

#include "tracer/program/image.h"

struct function {
	char name[256];		/* demangled for C++; "" when unknown */
	uint64_t start, end;	/* [start, end), end == start when the size is unknown */
	uint64_t body;		/* behind the prologue, == start when not known */
	const char *module;	/* file name of the library, NULL: the session's ELF */
};

/* The function around an address, of the program or a library.  false: none is known. */
bool function_find(const struct image *, uint64_t address, struct function *);

/* File name of the library at an address, known function or not; NULL: the
 * session's ELF, or nothing. */
const char *function_module(const struct image *, uint64_t address);

/* By name, in the session's ELF first: the linker's name, the one above, or its
 * last part ("area").  O(symbols). */
bool function_by_name(const struct image *, const char *name, struct function *);
/* By the linker's name alone, which is no method's and no namespace's of that name: where
 * functions of this name begin, at most one of the session's ELF and of each library. */
size_t functions_by_symbol(const struct image *, const char *name, uint64_t *starts, size_t max);
/* The one of function_by_name(), and in the session's ELF all others that are shown by the same name
 * (C++: overloads); returns how many, at most max. */
size_t functions_by_name(const struct image *, const char *name, struct function *out, size_t max);

#endif
