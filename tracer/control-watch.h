/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Watched memory: set from control.h, judged over the record, and seen by debug registers
 * in native stretches. */
#ifndef PT_CONTROL_WATCH_H
#define PT_CONTROL_WATCH_H

#include "tracer/control.h"
#include "tracer/process/process.h"

/* What the registers saw in the native stretch that arrives at position. */
struct watch_hit {
	uint64_t position;
	struct watch_slot slot;
};

/* Memory that is watched, and what is known of when it was touched. */
struct watching {
	struct control_watch *list;
	size_t count;
	struct watch_slot slots[WATCH_SLOTS];
	size_t slot_count;
	struct watch_hit *hits;		/* by position; they stay when the list is replaced */
	size_t hit_count, hit_capacity;
	struct read_cache *reads;	/* what instructions read; NULL: none yet */
	/* The last block that was looked through: its number, the position of its end (0: none). */
	uint64_t block, block_end;
	bool block_hit;			/* it has written watched memory */
};

/* -- control-watch.c -------------------------------------------------------------- */
/* A debug register says that the thread has touched watched memory. */
void on_watch(struct control *, struct tracee *);
/* The nearest position beyond `from' that a register saw a touch at; NOWHERE. */
uint64_t watch_next_hit(struct control *, uint64_t from, int direction);
/* The stretch is recorded: so is what the registers saw. */
void watch_recorded(struct control *);
/* The timeline is cut: forget what is known of later positions. */
void watch_cut(struct control *, uint64_t position);
void watch_free(struct control *);

/* -- control-reads.c: what recorded instructions read ----------------------------- */
/* Does the step that arrives at the position read some of it? */
bool step_reads(struct control *, const struct control_watch *, uint64_t position);
/* The nearest position beyond `from' that reads watched memory, or one before it. */
uint64_t watch_next_read(struct control *, uint64_t from, int direction);
/* What is cached of instructions is stale: code or watches have changed. */
void reads_forget(struct control *);

#endif
