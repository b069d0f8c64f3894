/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The shadow call stack of a live thread: which frames of the person's code
 * are open, told by the stack pointer and not by addresses, so that recursion,
 * longjmp and exceptions come out right.
 */
#ifndef PT_CALLSTACK_H
#define PT_CALLSTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct callframe {
	uint64_t slot;		/* stack pointer right after the call */
	uint64_t back;		/* return address, 0: not known */
	unsigned depth;		/* frames below it, inlined calls that stand there among them */
};

struct callstack {
	struct callframe *frames;	/* outermost first */
	unsigned count, capacity;
	unsigned inlined;	/* calls around the place at which the person's code was left last */
};

/* A call happened, out of so many inlined calls.  Returns by how much the depth grows,
 * 0: no memory (the frame is not counted). */
unsigned callstack_push(struct callstack *, uint64_t slot, uint64_t back, unsigned inlined);
/* Frames below the innermost one. */
unsigned callstack_depth(const struct callstack *);
/* The frame that was called from the one at depth; NULL: none. */
const struct callframe *callstack_above(const struct callstack *, unsigned depth);
/* Leave the frames that are gone at this stack pointer and pc.  Returns by how much
 * the depth shrinks. */
unsigned callstack_pop(struct callstack *, uint64_t sp, uint64_t pc);
/* A function is being entered with this slot: frames whose slot it is going to use
 * are gone, although nobody saw them return.  Returns as callstack_pop(). */
unsigned callstack_reuse(struct callstack *, uint64_t slot);
/* Become other's frames.  Returns through pops and pushes how this differs. */
void callstack_replace(struct callstack *, struct callstack *other, unsigned *pops,
    unsigned *pushes);
/* Have this depth: what is missing are outermost frames of which nothing is known,
 * what is too much is taken from there. */
void callstack_fit(struct callstack *, unsigned depth);
void callstack_free(struct callstack *);

#endif
