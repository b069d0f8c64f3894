/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the table of inlined calls knows of one.  Private to program/. */
#ifndef PT_INLINED_PRIVATE_H
#define PT_INLINED_PRIVATE_H

#include <elfutils/libdw.h>

#include "tracer/program/inlined.h"

struct inlined_index;

struct inlined_call {
	Dwarf_Die die;		/* DW_TAG_inlined_subroutine, or the DW_TAG_subprogram */
	uint32_t outer;		/* the call, or function, that it stands in; 0: a function */
	unsigned depth;		/* 0: a function */
	int file;		/* where it is called: the submitted file's index, -1: another */
	unsigned line;		/* 0: not known */
	uint64_t entry;		/* its first instruction, a file address */
};

/* By the numbers of inlined.h, ≥ 1. */
const struct inlined_call *inlined_get(const struct image *, uint32_t number);
void inlined_index_free(struct inlined_index *);

#endif
