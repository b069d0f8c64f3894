/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inlined calls (DWARF 5, section 3.3.8): which of them an address lies in, from
 * one table over all of the session's ELF that is made when first asked for.
 * A call is named by a number that stays the same as long as the image lives; two
 * addresses with the same numbers are in the same calls.
 */
#ifndef PT_INLINED_H
#define PT_INLINED_H

#include "tracer/program/image.h"

#define INLINED_MAX	32u	/* calls within one another that are told apart */

/* The innermost call that the address lies in, or its function; 0: there is no debug
 * information of either.  O(log code). */
uint32_t inlined_innermost(const struct image *, uint64_t address);
/* Is the call inner in another one, or function? */
bool inlined_within(const struct image *, uint32_t inner, uint32_t outer);
/* The call that begins at the address, seen from another one, or function: the outermost
 * that does not stand around that.  0: none begins there, or the two have nothing in common. */
uint32_t inlined_entered(const struct image *, uint64_t address, uint32_t seen_from);
/* Where such calls begin; returns how many, writes at most max.  O(calls). */
size_t inlined_entries(const struct image *, uint32_t seen_from, uint64_t *addresses, size_t max);
/* Where it is called: file (-1: not a submitted one) and line (0: not known).  Returns the
 * call, or function, that this stands in. */
uint32_t inlined_call_place(const struct image *, uint32_t call, int *file, unsigned *line);
/* The function that a call stands in, wherever the compiler has put its pieces. */
uint32_t inlined_function(const struct image *, uint32_t call);

/* How many inlined calls the address lies in, 0 … INLINED_MAX. */
unsigned inlined_depth(const struct image *, uint64_t address);
/* These, outermost first; returns how many. */
unsigned inlined_calls(const struct image *, uint64_t address, uint32_t calls[INLINED_MAX]);

#endif
