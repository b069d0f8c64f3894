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
};

struct callstack {
	struct callframe *frames;	/* outermost first */
	unsigned count, capacity;
};

/* A call happened.  false: no memory (the frame is not counted). */
bool callstack_push(struct callstack *, uint64_t slot, uint64_t back);
/* Leave the frames that are gone at this stack pointer and pc.  Returns how many. */
unsigned callstack_pop(struct callstack *, uint64_t sp, uint64_t pc);
/* A function is being entered with this slot: frames whose slot it is going to use
 * are gone, although nobody saw them return.  Returns how many. */
unsigned callstack_reuse(struct callstack *, uint64_t slot);
/* Become other's frames.  Returns through pops and pushes how this differs. */
void callstack_replace(struct callstack *, struct callstack *other, unsigned *pops,
    unsigned *pushes);
void callstack_free(struct callstack *);

#endif
