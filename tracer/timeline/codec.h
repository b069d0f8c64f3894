/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The bytes of the timeline's log.  A record is one step: which registers
 * changed and by how much, which bytes were overwritten (old ^ new), how the
 * call depth moved.  Differences and XOR commute, so a block is only ever read
 * forwards, also to go back.
 *
 *	record	= head, (change | threads), (length, context)?, writes?
 *	head	= HEAD_… | advance of the pc (0: it stands in the change), or for what is rare
 *		  HEAD_LONG | kind, HEAD_…
 *	length	= of the writes, and context = zigzag(how far the address of the last one is
 *		  from that of the last one before): with a long head, to pass over them
 *	change	= zigzag(pc)?, registers?, depth?, vector?
 *	registers = (index | REGISTER_LAST, zigzag difference or flags XOR)…, the difference
 *		  left out with REGISTER_WORD
 *	depth	= pops << 2 | pushes, and what is left of these beyond 3
 *	vector	= (words passed over << 1 | another follows, mask, XOR bytes)…
 *	threads	= id of the one that runs, n, n × (id, flags, change)
 *	writes	= (size, zigzag(address - the last one's), XOR bytes)…
 *
 *	moment	= n, index of the one that ran, n × (id, depth, registers…)
 *	vectors	= n, n × (id, vector against zeros)
 *
 * Most blocks are of code that touches no vector register: their vectors are those
 * of a block before, which struct block names.
 *
 * Numbers are LEB128.  The log is written by this process alone and is trusted.
 */
#ifndef PT_CODEC_H
#define PT_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/registers.h"
#include "tracer/vector.h"

enum record_kind {
	RECORD_INSTRUCTION,
	RECORD_MACRO,		/* ran natively */
	RECORD_SYSCALL,		/* an instruction that called the kernel */
	RECORD_SIGNAL,		/* a signal's delivery: to its handler's first instruction */
	RECORD_EXIT,		/* the program's end; changes nothing */
	RECORD_WRITE,		/* a person's change of registers or memory */
	RECORD_TURN,		/* another thread's turn: it stands where a record before has left it */
};

/* One thread at one moment. */
struct moment_thread {
	int id;
	unsigned depth;
	struct registers registers;
	struct vector_state *vector;	/* owned; NULL in moments that are read */
};

/* All threads at one moment, ids ascending. */
struct moment {
	struct moment_thread *threads;
	size_t count, capacity, current;
	bool vectors_changed;	/* by a record, since somebody cleared this */
};

/* What a record says beside registers. */
struct record_info {
	enum record_kind kind;
	bool writes;
	unsigned low;		/* depth of the running thread after its pops */
};

struct write {
	uint64_t address;
	size_t length;
	const uint8_t *xor;	/* xor_length bytes, the rest unchanged */
	size_t xor_length;
};

/* Growing bytes. */
struct bytes {
	uint8_t *data;
	size_t length, capacity;
};
/* Room for more bytes behind length; false: no memory. */
bool bytes_reserve(struct bytes *, size_t more);
void bytes_free(struct bytes *);

/* -- moments -------------------------------------------------------------- */
struct moment_thread *moment_find(const struct moment *, int id);
/* Add a thread with all registers zero (no matter if it is there).  NULL: no memory. */
struct moment_thread *moment_add(struct moment *, int id);
/* Room for this many threads in all; false: no memory. */
bool moment_reserve(struct moment *, size_t count);
void moment_remove(struct moment *, int id);
void moment_forget_vectors(struct moment *);
void moment_free(struct moment *);

/* -- writing --------------------------------------------------------------- */
struct thread_change {
	int id;
	bool added, removed;
	const struct registers *registers;
	const struct vector_state *vector;	/* NULL: as it was */
	unsigned pops, pushes;
};

/* The writes of a record, encoded already: bytes (0: none), and how far the address
 * context moves over them. */
struct record_writes {
	size_t length;
	uint64_t moved;
};

/* Append a record's head and register changes relative to *now, and bring *now
 * up to date; the writes are to follow.  changes[0] is the thread that ran.  false:
 * no memory. */
bool encode_record(struct bytes *, struct moment *now, enum record_kind, const struct record_writes *,
    const struct thread_change *changes, size_t count);
/* Append a moment, whole: what a block begins with. */
bool encode_moment(struct bytes *, const struct moment *);
/* Append the vector states of all its threads. */
bool encode_vectors(struct bytes *, const struct moment *);
/* Append one write; more: another one follows.  *last: address context. */
bool encode_write(struct bytes *, uint64_t *last, uint64_t address, const uint8_t *xor,
    size_t length, bool more);

/* -- reading --------------------------------------------------------------- */
struct decoder {
	const uint8_t *at, *end;
	uint64_t last;
	bool more;		/* writes of the current record are left */
	const uint8_t *behind;	/* where they end, and the address context there; NULL: not known */
	uint64_t behind_last;
	struct vector_state *vector;	/* of that thread, brought up to date too; or NULL */
	int vector_thread;
	bool vectors_changed;	/* one was, in a record that was read */
};

/* Read what encode_moment() wrote.  false: no memory. */
bool decode_moment(struct decoder *, struct moment *);
/* Read what encode_vectors() wrote: *vector is the thread's, all zeros if it has none. */
void decode_vectors(struct decoder *, int thread, struct vector_state *vector);
/* Read the next record's head into *info and apply its changes to moment (NULL:
 * only pass over them; then vector must be NULL too).  All writes of the one before must have been taken. */
void decode_record(struct decoder *, struct moment *, struct record_info *info);
bool decode_write(struct decoder *, struct write *);
static inline void decode_skip_writes(struct decoder *d)
{
	struct write w;

	if (d->more && d->behind != NULL) {
		d->at = d->behind;
		d->last = d->behind_last;
		d->more = false;
	}
	while (decode_write(d, &w))
		;
}

#endif
