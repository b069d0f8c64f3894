/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Arguments and locals of a frame (DWARF 5 sections 2.6, 3.3, 4), read from the
 * view: scalars, pointers, strings, and arrays, structs and the C++ library's
 * common containers in one line ("{x = 1, y = {2, 3}}", cut with an ellipsis).
 * Not available: what is optimized out, known only from call sites, or of an outer
 * frame in a register that calls may change (xmm, st).
 */
#ifndef PT_VARIABLES_H
#define PT_VARIABLES_H

#include "tracer/program/unwind.h"

enum variable_scope { VARIABLES_ARGUMENTS = 1, VARIABLES_LOCALS = 2 };

enum variable_kind {
	VARIABLE_OTHER,		/* nothing that one number is: an aggregate, a reference */
	VARIABLE_SIGNED, VARIABLE_UNSIGNED, VARIABLE_BOOLEAN, VARIABLE_FLOAT,
	VARIABLE_ENUMERATION,	/* whose values may be signed or not */
	VARIABLE_POINTER,
};

struct variable {
	char name[128];
	char type[192];		/* as C or C++ writes it: "const char *" */
	char value[512];	/* "42", "0x404040 \"text\"…", "97 'a'", "<optimized out>" */
	uint64_t address;	/* 0 when it has none */
	uint64_t size;		/* bytes */
	unsigned bit, width;	/* width > 0: a bit field, bit counts from address */
	int reg;		/* register it lives in, -1: memory */
	int vector;		/* DWARF number of the vector register it lives in, 0: none */
	bool available;
	size_t children;	/* one level below it: members, elements, what it points to */
	bool indexed;		/* they are elements */
	enum variable_kind kind;
};

/* Those of one frame that are in scope at its pc, outer blocks first, a name that
 * is hidden by an inner one left out.  start, max: the page; *total: all. */
size_t variables_of(struct image *, const struct view *, const struct frame *,
    enum variable_scope, size_t start, struct variable *out, size_t max, size_t *total);

/* One by name, innermost first, then the file's globals, then all others
 * ("count" or "shapes::count").  false: no such name. */
bool variable_find(struct image *, const struct view *, const struct frame *,
    const char *name, struct variable *out);

#endif
