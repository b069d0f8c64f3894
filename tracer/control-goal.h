/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Where a step ends: places in the program as steps tell them apart (spots), the goal
 * that a command's step has, and what becomes of a step that takes long.
 */
#ifndef PT_CONTROL_GOAL_H
#define PT_CONTROL_GOAL_H

#include "tracer/control.h"
#include "tracer/process/process.h"
#include "tracer/program/lines.h"
#include "tracer/timeline/timeline.h"

/* Where a thread stands, as steps tell places apart: a frame is the function's that
 * was called, and in it that of an inlined call. */
struct spot {
	int thread;
	uint64_t pc;
	unsigned depth;		/* of the function's frame */
	uint32_t call;		/* innermost inlined call, else function (inlined.h); 0: not known */
	unsigned ahead;		/* this many inlined calls begin there, and this is the line that makes them */
	struct line_row row;	/* where has_row: of a submitted file */
	bool has_row, own;
};

enum spot_frame {		/* another one's, in the same function's frame */
	FRAME_SAME,
	FRAME_INNER,		/* inlined into it, or into one that it was inlined into */
	FRAME_OUTER,		/* it was inlined into that */
	FRAME_OTHER,		/* another function's: it was jumped to instead of called, or the
				 * stack was switched */
};

/* A step by line has ended before inlined calls that begin at its position: at the line
 * that makes them.  Nothing of them has run, so it is the place of the outer frame that
 * counts, until another command. */
struct before_calls {
	uint64_t position, epoch;
	uint32_t seen_from;	/* the call, or function, that they stand in */
	unsigned count;		/* 0: none */
};

/* The command under way and its step, of which it may have several (count). */
struct goal {
	/* of the command */
	uint64_t from;		/* the position that it began at */
	uint64_t left;		/* steps that are left of its count, this one included */
	uint64_t recorded;	/* positions passed since it began, or since its last native stretch */
	bool shown;		/* it began where the cursor had stopped for a signal: that is known */
	/* of the step */
	struct spot start;
	unsigned low;		/* the lowest depth since its start */
	bool jumped;		/* a tail call: the frame is another function's now */
	bool gone;		/* its thread has ended */
	unsigned others;	/* records of other threads since, while its own could not go on */
	/* of the step's native stretches (control-over.c) */
	bool recursive;		/* its line's calls loop by recursion: the line's return is waited for */
	bool leaps;		/* the last one has ended before a jump out of functions … */
	unsigned leapt;		/* … as so many have */
};

/* Where a step that goes on natively ends; all 0: none does. */
struct over {
	struct callframe until;	/* where this call returns to; back 0: not there */
	bool lines;		/* at the beginning of other lines than its own … */
	uint64_t cfa;		/* … in the frame with this CFA; 0: in any */
	unsigned missed;	/* stops there in other frames than that */
};

/* Where a function's direct jumps lead to within it (control-targets.c). */
struct targets {
	uint64_t function;	/* its start, 0: none yet */
	uint64_t *pcs;
	size_t count;
};

/* -- control-goal.c --------------------------------------------------------------- */
/* From the cursor: what the next step of the command is to leave. */
void goal_begin(struct control *);
/* Is the step over at this position?  To be asked of each, in their order. */
bool goal_reached(struct control *, const struct brief *);
void spot_at(const struct control *, const struct brief *, struct spot *);
/* A thread at a position (0: the one that has run to get there), which may be another
 * than that; or that one, when there is no such thread. */
void brief_of_thread(struct control *, uint64_t position, int thread, struct brief *);
/* At the beginning of inlined calls, as seen from a frame around them: becomes the place of
 * the call.  false: it is no such place. */
bool spot_before_call(const struct control *, const struct spot *seen_from, struct spot *);
/* A command has ended there, or is to begin there: see struct before_calls. */
void spot_keep(struct control *, uint64_t position, const struct spot *);
void spot_kept(const struct control *, const struct brief *, struct spot *);
/* Is pc the first instruction of a function? */
bool is_function_start(const struct control *, uint64_t pc);
/* other's frame as seen from spot's, both of the same depth. */
enum spot_frame spot_compare(const struct control *, const struct spot *, const struct spot *other);
/* Do lines begin here: a statement of a submitted file? */
bool spot_is_statement(const struct spot *);
bool spot_same_line(const struct spot *, const struct spot *);
/* Does the command step into a library's function there, by line? */
bool goal_enters(const struct control *, const struct brief *);

/* -- control-over.c --------------------------------------------------------------- */
/* Has the step passed so many positions that it is to go on natively?  Then it is known where
 * to; the caller begins the stretch. */
bool over_begin(struct control *, const struct tracee *);
/* Plant the places that it may end at. */
void over_plant(struct control *);
/* Does it end where the thread has stopped? */
bool over_ends(struct control *, const struct tracee *);
/* The stretch is over, whatever it was for. */
void over_finish(struct control *);
/* Has it to see libraries come, for what leads out of functions there? */
bool over_awaits_libraries(const struct control *);

/* -- control-targets.c ------------------------------------------------------------ */
/* Of the function around pc, by its code in the thread's memory; valid until the next call. */
const uint64_t *targets_around(struct control *, const struct tracee *, uint64_t pc, size_t *count);
void targets_free(struct control *);

#endif
