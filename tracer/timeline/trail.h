/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which bytes of one page were written in which block of the log: what the
 * search for a writer asks, exact to the byte.  Of a block only that they were,
 * not when; a write that left the value as it was counts.
 */
#ifndef PT_TRAIL_H
#define PT_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRAIL_PAGE	4096u

/* One block's writes into the page. */
struct touch {
	uint32_t block;
	uint32_t runs;		/* where its runs begin; TOUCH_BITMAP: a bitmap of the page stands there */
	uint64_t lines;		/* which 64ths of the page they are in, a bit each */
};

struct trail {
	struct touch *touches;	/* ascending by block */
	uint32_t count, capacity;
	/* Of each touch, one behind the other: offset << 4 | code for the length. */
	uint16_t *runs;
	uint32_t run_count, run_capacity;
};

/* The block, which is not before the last one, has written [offset, offset + length)
 * of the page, length ≥ 1.  *memory: bytes in use of all trails.  false: no memory. */
bool trail_note(struct trail *, uint32_t block, size_t offset, size_t length, uint64_t *memory);
/* The nearest block from `block' on (direction < 0: down) that has written any of
 * these bytes; false: there is none. */
bool trail_find(const struct trail *, uint32_t *block, int direction, size_t offset, size_t length);
/* Forget this block and those behind it. */
void trail_cut(struct trail *, uint32_t block, uint64_t *memory);
void trail_free(struct trail *);

#endif
