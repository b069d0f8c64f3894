/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Frames as people see them: an inlined call is one, with the CFA of the function
 * that it was inlined into. */
#ifndef PT_FRAMES_H
#define PT_FRAMES_H

#include "tracer/program/unwind.h"

/* Frames from the innermost on, at most max, inlined calls among them.  Returns how
 * many (≥ 1).  frames is filled as unwind() does it, for variables_of() and the like. */
size_t frames_find(struct image *, const struct view *, struct frame *frames, size_t max);

/* The innermost frame of a thread that stands at pc; only for the two below. */
struct frame frame_at(const struct image *, uint64_t pc);
/* Its function: "Shape::area", "sum<int>", as functions.h writes them; "" when not known. */
void frame_name(const struct image *, const struct frame *, char *name, size_t size);
/* Where it stands: the line of its pc, or that of the inlined call within it.  false:
 * not in a submitted file. */
bool frame_place(const struct image *, const struct frame *, int *file, unsigned *line);

#endif
