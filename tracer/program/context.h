/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What names mean in one frame: its function, and where objects lie.  Private
 * to program/. */
#ifndef PT_CONTEXT_H
#define PT_CONTEXT_H

#include "tracer/program/location.h"
#include "tracer/program/text.h"
#include "tracer/program/unwind.h"

/* A frame's own copy of what expressions are evaluated in. */
struct context {
	struct evaluation ev;
	struct registers registers;
	Dwarf_Die function;	/* out of line: its frame base counts */
	Dwarf_Die scope;	/* whose names count: it, or the inlined call that the frame is */
	bool has_function;
};

/* Fills a context, which must not be copied or moved after: it points into itself. */
void context_enter(const struct image *, const struct view *, const struct frame *,
    struct context *);

/* Where an object's value lies: DW_AT_location, or the value itself as an attribute. */
void context_locate(const struct context *, Dwarf_Die *, struct location *);

/* Why location_read() could not read it, in words: "<optimized out>". */
void context_explain(enum place why, const struct location *, uint64_t address, struct text *);

#endif
