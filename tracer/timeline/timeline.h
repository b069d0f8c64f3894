/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The timeline: everything that is known about the program's run, by position.
 * Position 0 is the first stop; each record leads from one position to the
 * next; the last is the frontier.  The timeline owns its past: nothing here
 * asks a process.
 *
 * To append one record: timeline_write() for each range that was overwritten,
 * then timeline_append().
 */
#ifndef PT_TIMELINE_H
#define PT_TIMELINE_H

#include "tracer/timeline/codec.h"
#include "tracer/timeline/events.h"
#include "tracer/timeline/index.h"
#include "tracer/timeline/pages.h"
#include "tracer/timeline/regions.h"
#include "tracer/timeline/view.h"

#define BLOCK_RECORDS	256u

/* All threads at its start, and 256 records. */
struct block {
	struct bytes log;
	uint32_t start;		/* length of what the log begins with: the moment, and maybe vectors */
	uint32_t vectors;	/* where the moment's vectors stand, in the log of block … */
	uint32_t vectors_block;	/* … this one or an earlier one: none has changed since */
	uint64_t last;		/* address context of the first write */
};

/* A position, as a search sees it. */
struct brief {
	uint64_t position, pc, sp;
	int thread;		/* that ran to get here */
	unsigned depth;		/* its frames below the first one */
	unsigned low;		/* its depth on the way here, at the lowest: frames at or above it were left */
	enum record_kind kind;	/* of the record that led here; INSTRUCTION at 0 */
};

/* Has the program come to this position by going on, and not by a change or its end? */
static inline bool is_arrival(const struct brief *b)
{
	return b->kind != RECORD_WRITE && b->kind != RECORD_EXIT;
}

struct timeline {
	struct block *blocks;
	size_t block_count, block_capacity;
	uint64_t frontier;
	struct moment now;		/* at the frontier */
	struct brief newest;		/* the frontier's, asked for after each step */
	uint64_t last;			/* address context of the next write */
	struct bytes writes;		/* of the record that is being made */
	size_t writes_last;		/* where the newest of them begins */
	bool writes_any;
	uint64_t writes_from;		/* address context of the first of them */
	struct pages pages;
	struct regions regions;
	struct events events;
	struct index index;
	uint64_t log_memory;		/* bytes held by blocks */
	struct brief *briefs;		/* of block briefs_block: BLOCK_RECORDS, or NULL */
	size_t briefs_block, briefs_count;
	struct moment scratch;
	uint8_t unwritten[SHADOW_PAGE];	/* of a page before its first write, for views */
	void (*appended)(void *arg);	/* a record (tests) */
	void *appended_arg;
};

/* A timeline at position 0 with one thread; its vector state may be NULL: zeros.
 * NULL: no memory. */
struct timeline *timeline_new(int thread, const struct registers *, const struct vector_state *);
void timeline_free(struct timeline *);

/* What a page holds at position 0; only before the first record.  Pages that hold
 * what their backing holds need not be given.  false: no memory. */
bool timeline_base(struct timeline *, uint64_t address, const uint8_t bytes[SHADOW_PAGE]);
/* The frontier's content of the page at address (a multiple of SHADOW_PAGE):
 * its shadow, or its file's bytes, or zeros.  Borrowed, or copied into buffer. */
const uint8_t *timeline_page(struct timeline *, uint64_t address, uint8_t buffer[SHADOW_PAGE]);
/* What a page held by what was mapped there at a position, were it never written. */
const uint8_t *timeline_unwritten(struct timeline *, uint64_t address, uint64_t position,
    uint8_t buffer[SHADOW_PAGE]);
/* Any bytes at the frontier, mapped or not. */
void timeline_peek(struct timeline *, uint64_t address, void *buffer, size_t length);

/* The record that is being made wrote these bytes.  false: no memory. */
bool timeline_write(struct timeline *, uint64_t address, const void *bytes, size_t length);
/* The range is mapped no longer: what it held becomes part of the record. */
bool timeline_forget(struct timeline *, uint64_t start, uint64_t end);
/* Append the record; changes[0] is the thread that ran. */
bool timeline_append(struct timeline *, enum record_kind, const struct thread_change *changes,
    size_t count);

/* Forget what came after position: it is the frontier as it was then, and a record
 * that is being made is forgotten, too.  Views are stale.  false: no memory, nothing
 * is changed. */
bool timeline_cut(struct timeline *, uint64_t position);

/* Bytes held for the past: log, index, shadow, tables, output. */
uint64_t timeline_memory(const struct timeline *);

/* -- reading (position ≤ frontier) ----------------------------------------- */
void timeline_brief(struct timeline *, uint64_t position, struct brief *);
/* All threads at a position.  Borrowed until the next call.  NULL: no memory. */
const struct moment *timeline_moment(struct timeline *, uint64_t position);
/* A thread's x87, SSE, AVX … at a position.  false: no memory, or no such thread. */
bool timeline_vector(struct timeline *, uint64_t position, int thread, struct vector_state *);
/* Content of a page of the shadow at a position; borrowed until the next call
 * of it.  NULL: no memory. */
const uint8_t *timeline_page_at(struct timeline *, struct page *, uint64_t position);

/* Bytes that differ between two positions, as control_memory_changes() says. */
void timeline_changes(struct timeline *, uint64_t from, uint64_t to,
    bool (*each)(void *arg, uint64_t address, const uint8_t *bytes, size_t length), void *arg);

/* The ranges that the records of (from, to] wrote: each(arg, address, length), in
 * the order of writing. */
void timeline_writes(struct timeline *, uint64_t from, uint64_t to,
    void (*each)(void *arg, uint64_t address, size_t length), void *arg);

/* A view; free() it.  thread 0: the one of that position.  NULL: no such thread. */
struct view *timeline_view(struct timeline *, uint64_t position, int thread);
/* What the record that is being made has written so far, with a thread's registers
 * after it; free() it before the record is appended. */
struct view *timeline_view_making(struct timeline *, const struct registers *);

#endif
