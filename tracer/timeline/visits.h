/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Where the program was: for each pc the blocks of the log in which it was
 * arrived at, and how often.  Exact; about a byte for each pc of a block.
 */
#ifndef PT_VISITS_H
#define PT_VISITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands before a posting of the list, every so many of them. */
struct visit_mark {
	uint32_t offset;	/* of the posting */
	uint32_t block;		/* of the one before it */
	uint32_t total;		/* arrivals before it */
};

struct visit {
	uint64_t pc;
	uint8_t *postings;	/* (blocks since the one before, arrivals)… */
	struct visit_mark *marks;
	uint32_t length, capacity, mark_capacity, posting_count;
	uint32_t last, total;	/* of the newest posting: block; arrivals so far */
	uint32_t block, arrivals;	/* the newest block, not among the postings yet; 0: none */
};

struct visits {
	struct visit *list;
	uint32_t count, capacity;
	uint32_t *slots;	/* index + 1 in list; open addressing, a power of two */
	uint32_t slot_count;
	uint64_t memory;	/* bytes in use */
};

/* Room to note an arrival at pc, so that it cannot fail.  false: no memory. */
bool visits_reserve(struct visits *, uint64_t pc);
/* The program has arrived at pc in this block, which is not before the last one. */
void visits_note(struct visits *, uint64_t pc, uint32_t block);
/* The nearest block from `block' on (direction < 0: down) in which pc was arrived at;
 * false: there is none. */
bool visits_find(const struct visits *, uint64_t pc, uint32_t *block, int direction);
/* How often pc was arrived at in the blocks [from, to). */
uint64_t visits_count(const struct visits *, uint64_t pc, uint32_t from, uint32_t to);
/* Forget this block and those behind it. */
void visits_cut(struct visits *, uint32_t block);
void visits_free(struct visits *);

#endif
