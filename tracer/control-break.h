/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Breakpoints, and library calls that are recorded once more for them.
 *
 * `Asked': setup.stops() has been asked whether the program stops at an arrival;
 * that is done once for each, for conditions are counted.
 */
#ifndef PT_CONTROL_BREAK_H
#define PT_CONTROL_BREAK_H

#include "tracer/control.h"
#include "tracer/process/process.h"
#include "tracer/timeline/timeline.h"

/* Where breakpoints are, and what has been said of them. */
struct breaking {
	uint64_t *addresses;		/* ascending */
	size_t count;
	uint64_t decided;		/* a native stretch ends at this position, at a breakpoint of which the
					 * session has been asked already, and which stops; 0: none */
	bool replant;			/* new ones are planted when a thread of the stretch has stopped */
	bool awaits_images;		/* control_await_images() */
	uint64_t loader;		/* then: planted where the dynamic linker tells of libraries; 0: nowhere */
};

/* A set of breakpoints outside of the person's code.  A library call ends at those of the set
 * that was the newest when it was made; macro_event.made keeps that set's number. */
enum { REMADE_SETS = 16 };		/* that are kept; older ones count as empty */
struct break_set {
	uint64_t *addresses;		/* ascending */
	size_t count;
	bool covers;			/* includes all that are wanted now */
};

/* Library calls that are recorded once more (control-remake.c). */
struct remaking {
	struct break_set wanted;		/* enabled now */
	struct break_set sets[REMADE_SETS];	/* by number % REMADE_SETS */
	unsigned newest;		/* the number, from 1, of the set that library calls end at now */
	uint64_t held;			/* the recorder waits at this frontier, in a library; NOWHERE */

	/* Of the command under way: */
	uint64_t tried;			/* it has had the program taken back to there; NOWHERE */
	uint64_t given_up;		/* library calls up to there are passed as they are recorded */
	unsigned tries;			/* how often the program could not be taken back */
	unsigned patience;		/* how often the command waits for a signal to be delivered first */
	int error;			/* why not, the first time; 0: it could */
	struct control_obstacle obstacle;
};

/* -- control-break.c -------------------------------------------------------------- */
/* Is one set at pc? */
bool is_breakpoint(const struct control *, uint64_t pc);
/* Of qsort(3) and bsearch(3), for arrays of uint64_t. */
int address_compare(const void *, const void *);
/* The cursor arrives at a position: does it stop there for a breakpoint?  Asks the session. */
bool breakpoint_stops(struct control *, const struct brief *);
/* A thread of a native stretch stands at a planted one: does it go on within its stretch?  Asks. */
bool breakpoint_passed(struct control *, struct tracee *);
/* Can a native stretch begin where the thread stands?  Not at a breakpoint on a system call,
 * which may block: that is stepped. */
bool breakpoint_can_leave(struct control *, const struct tracee *);
/* It begins: over the breakpoint where the thread stands, of which the session was asked
 * when this became the newest position. */
void breakpoint_leave(struct control *, struct tracee *);
/* A stretch's thread goes on over the instruction below a planted one. */
void breakpoint_pass(struct control *, struct tracee *);
/* The same, now that the others stand, and then all go on. */
void breakpoint_pass_alone(struct control *, struct tracee *);
/* It stands at one, of which nobody has been asked. */
bool breakpoint_arrived(struct control *, const struct tracee *);
/* Plant what the stretch under way ends at.  Some thread must be stopped: memory is written. */
void breakpoints_plant(struct control *);
void breaking_free(struct control *);

/* -- control-remake.c: library calls recorded once more --------------------------- */
void remake_init(struct control *);
void remake_free(struct control *);
/* Breakpoints are others now.  false: no memory. */
bool remake_wanted(struct control *);
void remake_begin(struct control *);		/* a command that goes forwards begins */
void remake_over(struct control *);		/* any command has come to its end */
/* Has the recorder to wait for a command, because one has stopped in a library? */
bool remake_holds(const struct control *);
/* A library call begins natively: the number of the set that it is made with. */
unsigned remake_decide(struct control *);
/* Plant that set, but for one address (0: all of it). */
void remake_plant(struct control *, uint64_t but);
/* Do library calls end there? */
bool remake_is_planted(const struct control *, uint64_t pc);
/* Does the command decide what is recorded behind the newest position? */
bool remake_decides(struct control *);
/* A library call that waits for input is to be made otherwise: it ends. */
void remake_waiting(struct control *);
/* The nearest position from `from' on that a library call without what the command
 * wants arrives at. */
uint64_t remake_next(struct control *, uint64_t from, int direction);
enum remake {
	REMAKE_NOTHING,		/* on in the record */
	REMAKE_DONE,		/* the cursor is at the frontier, and the program stands there */
	REMAKE_PENDING,		/* a stretch comes to its end first */
	REMAKE_REFUSED,		/* so was the command, and is over */
};
/* The record behind the cursor is to be passed: as it is, or made anew. */
enum remake remake(struct control *);

#endif
