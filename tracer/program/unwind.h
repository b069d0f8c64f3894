/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Frames at a moment, by call-frame information (DWARF 5 section 6.4; libdw
 * reads the tables, registers and memory are the view's); by what the
 * instructions did to the stack, and by frame pointers, where there is none.
 * Right at every instruction: prologue, PLT, dynamic linker, signal handlers.
 */
#ifndef PT_UNWIND_H
#define PT_UNWIND_H

#include "tracer/program/image.h"

struct frame {
	uint64_t pc;		/* where it goes on */
	uint64_t cfa;		/* canonical frame address; 0 when unknown (outermost frame) */
	unsigned level;		/* which of the inlined calls around pc it is, 1: the outermost;
				 * 0: the function that they are inlined into */
	bool signal;		/* pc is exact (frame 0, signal frame), else it is a return address */
	struct registers registers;	/* as far as they can be recovered */
	uint64_t known;		/* bit i: registers.word[i] is known */
	bool has_vector;	/* its vector registers are the view's: frame 0; a call may have changed others' */
};

/* Frames from the innermost on, at most max.  Returns how many (≥ 1).  One for each
 * function that was called; inlined calls are within (frames.h), and level is that of
 * the innermost. */
size_t unwind(struct image *, const struct view *, struct frame *frames, size_t max);

#endif
