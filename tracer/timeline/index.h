/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The index of the record: which block of the log to read for a question about
 * all of it.  It is exact about blocks (visits.h: pcs, spans.h: registers and
 * depth, trail.h in each page: bytes written) and grows with each record, so the
 * open block is no exception; a search reads one block, or two where the place
 * that it starts from is in the middle of one.
 *
 * A million steps: an answer in 5 to 50 µs, whatever is asked.
 */
#ifndef PT_INDEX_H
#define PT_INDEX_H

#include "tracer/timeline/codec.h"
#include "tracer/timeline/spans.h"
#include "tracer/timeline/visits.h"

struct timeline;
struct brief;

struct index {
	struct visits visits;
	struct spans spans;
	uint64_t start;		/* pc of position 0, which no record leads to */
	uint64_t *changed;	/* registers that the record being made changes, for each of its threads */
	size_t changed_capacity;
};

/* -- growing: timeline_append() calls these ---------------------------------- */

/* A record with these changes is about to be made.  false: no memory. */
bool index_prepare(struct index *, const struct moment *now, const struct thread_change *, size_t count);
/* It is made, and arrives at this. */
void index_commit(struct index *, const struct brief *, const struct thread_change *, size_t count);
/* Forget the records behind position, before the log does.  false: no memory, and
 * nothing is forgotten. */
bool index_cut(struct timeline *, uint64_t position);
void index_free(struct index *);
/* Bytes in use, without the trails: they are in the pages. */
uint64_t index_memory(const struct index *);

/* -- asking --------------------------------------------------------------------
 * A search goes from `from', which does not count itself, up, or with direction < 0
 * down, to the nearest position of which the question is true; NOWHERE: of none. */
#define NOWHERE UINT64_MAX

/* The program arrived at one of these pcs (ascending), as is_arrival() says. */
uint64_t timeline_find_pc(struct timeline *, const uint64_t *pcs, size_t count, uint64_t from,
    int direction);
/* How many positions of (from, to] timeline_find_pc() finds. */
uint64_t timeline_count_pc(struct timeline *, const uint64_t *pcs, size_t count, uint64_t from,
    uint64_t to);
/* The record that arrived there wrote some of these bytes, be it what they were; of a
 * macro-step those that it changed. */
uint64_t timeline_find_write(struct timeline *, uint64_t address, uint64_t length, uint64_t from,
    int direction);
/* Down only: the record that arrived there changed this register (of register_table)
 * of the thread, or the thread came into being. */
uint64_t timeline_find_register(struct timeline *, int reg, int thread, uint64_t from);
/* The same of a vector register. */
uint64_t timeline_find_vector(struct timeline *, const struct vector_register *, int thread,
    uint64_t from);
/* The thread ran to get there, and its depth was at most this then, or on the way. */
uint64_t timeline_find_shallow(struct timeline *, int thread, unsigned depth, uint64_t from,
    int direction);
/* The greatest depth at the positions [from, to]. */
unsigned timeline_depth_max(struct timeline *, uint64_t from, uint64_t to);

#endif
