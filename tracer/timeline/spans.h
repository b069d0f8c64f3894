/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a block of the log did to each thread: which of its registers changed,
 * and how deep its frames were on the records that it ran.
 */
#ifndef PT_SPANS_H
#define PT_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPAN_VECTOR	(1ull << 63)

struct span {
	uint32_t block;
	unsigned low, high;	/* depth at the lowest, on the way too, and after a record at the
				 * highest; low > high: it did not run */
	uint64_t registers;	/* that changed, a bit each; SPAN_VECTOR: some of its vector state */
};

struct thread_spans {
	int id;
	struct span *list;	/* ascending by block */
	uint32_t count, capacity;
};

struct spans {
	struct thread_spans *threads;
	size_t count;
	uint64_t memory;	/* bytes in use */
};

/* Room for the thread to have one more span.  false: no memory. */
bool spans_reserve(struct spans *, int thread);
/* The thread's span of this block, which is not before its last one; a new one is empty. */
struct span *spans_of(struct spans *, int thread, uint32_t block);
/* NULL: nothing is known of the thread. */
const struct thread_spans *spans_find(const struct spans *, int thread);
/* Index of the thread's first span that is at or behind block. */
uint32_t span_index(const struct thread_spans *, uint32_t block);
/* Forget this block and those behind it. */
void spans_cut(struct spans *, uint32_t block);
void spans_free(struct spans *);

#endif
