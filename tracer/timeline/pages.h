/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The shadow: what the program's memory holds at the frontier, in pages, and
 * for each page in which blocks of the log it was written, with a copy now and
 * then.  So a page at any position is a copy and a bounded number of those
 * blocks away.  A page that is not here was never
 * written: it holds what its file holds, or zeros.
 */
#ifndef PT_PAGES_H
#define PT_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/timeline/trail.h"

#define SHADOW_PAGE	TRAIL_PAGE	/* of ours; the kernel's is this or a multiple */

struct page_copy {
	uint32_t block;		/* content at this block's start */
	uint32_t index;		/* of it in the page's blocks */
	uint8_t *bytes;
};

struct page {
	uint64_t number;	/* address / SHADOW_PAGE */
	uint8_t *bytes;		/* at the frontier */
	uint32_t *blocks;	/* that wrote it, ascending */
	uint32_t block_count, block_capacity;
	struct trail trail;		/* what they wrote */
	struct page_copy *copies;	/* ascending */
	uint32_t copy_count, copy_capacity;
	bool base;		/* held at position 0 what its file does not */
	uint64_t since;		/* before this position it was never written: what was mapped then tells */
	uint8_t *past;		/* content at past_position, or NULL */
	uint64_t past_position;
};

struct pages {
	struct page **slots;	/* open addressing, capacity a power of two */
	size_t capacity, count;
	struct page *last;	/* found */
	uint64_t memory;	/* bytes held */
	size_t past_count;	/* pages with .past */
};

/* number: address / SHADOW_PAGE.  NULL: nobody has written it. */
struct page *pages_find(struct pages *, uint64_t number);
/* A new page with these bytes (NULL: zeros); it must not be there.  NULL: no memory. */
struct page *pages_add(struct pages *, uint64_t number, const uint8_t *bytes);
/* The page is about to be written by a record of this block; copy: should the block be
 * new to it, what it holds now is kept.  false: no memory. */
bool pages_touch(struct pages *, struct page *, uint32_t block, bool copy);
void pages_free(struct pages *);
/*
 * The log is being cut in the middle of a block: forget by which blocks from there on
 * the pages were written; say for each write that is kept of that block whose page it
 * was; forget the pages that nothing has written.  Their bytes are the caller's.
 */
void pages_cut(struct pages *, uint32_t block);
void pages_keep(struct page *, uint32_t block);
void pages_cut_done(struct pages *);
/* Forget the copies of the past that views made. */
void pages_forget_past(struct pages *);
/* Index of the first entry of page->blocks that is ≥ block. */
uint32_t page_block_index(const struct page *, uint32_t block);

#endif
