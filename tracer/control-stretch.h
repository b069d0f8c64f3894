/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Native stretches: what of the program runs at full speed, and becomes one
 * record when all threads stand again.
 *
 * Whoever lets a thread run here leaves it to the loop: its stop comes to
 * on_process_stop(), which decides whether it goes on or the stretch ends.
 */
#ifndef PT_CONTROL_STRETCH_H
#define PT_CONTROL_STRETCH_H

#include <signal.h>
#include <time.h>

#include "tracer/control.h"
#include "tracer/process/process.h"
#include "tracer/timeline/timeline.h"

enum stretch_kind {
	STRETCH_NONE,		/* nothing runs, or the recorder steps */
	STRETCH_START,		/* from exec to the first stop */
	STRETCH_CALL,		/* foreign code, until control is back in the person's code */
	STRETCH_RUN,		/* everything, until a breakpoint */
	STRETCH_KERNEL,		/* one system-call instruction of the person's code */
};

enum stretch_end {
	END_NONE,		/* it goes on */
	END_ARRIVED,		/* in the person's code, or behind the system call */
	END_BREAKPOINT,
	END_PAUSED,
	END_SIGNAL,		/* one that would end the program is held */
	END_BLOCKED,		/* its thread sleeps and another could run */
	END_EXIT,		/* the program is held at its end: .status */
	END_GONE,		/* the program is no more: .status */
	END_LIMIT,
	END_CATCH,		/* at the entry of a call that is caught, which is not made yet */
	END_WATCH,		/* watched memory was touched */
};

/* The stretch that is under way; the tracees are the process's. */
struct stretch {
	enum stretch_kind kind;
	enum stretch_end end;		/* not END_NONE: the threads are being stopped, because of this */
	struct tracee *thread;		/* whose it is; NULL: that has left */
	struct moment_thread left;	/* and this was its last state */
	uint64_t back;			/* where the call that began it returns to, 0: none */
	char name[64];			/* of the macro-step */
	struct timespec began;		/* CLOCK_MONOTONIC */
	int status;			/* END_EXIT, END_GONE: as wait(2) */
	unsigned watched;		/* debug registers' slots that were touched, a bit each */
	unsigned made;			/* STRETCH_CALL: number of the break_set that it ends at */

	/* A thread that goes alone while the others stand, NULL: none.  It goes through foreign
	 * code on the person's pages, for which the guard is down, or over a breakpoint that is
	 * taken out for it. */
	struct tracee *passing;
	bool passing_in_place;		/* over a breakpoint */
	bool passing_call;		/* it is in a system call there, whose end comes by the loop */

	/* A thread in a system call that changes the person's pages, behind which the stretch
	 * ends; NULL: none. */
	struct tracee *changing;
	struct arch_call changing_call;
};

/* -- control-stretch.c ------------------------------------------------------------ */
/*
 * Begin one of a kind with thread t, which stands.  back: where the call that leads out of
 * the person's code returns to, 0: none.  It may be over, and recorded, when this returns.
 */
void stretch_begin(struct control *, enum stretch_kind, struct tracee *, uint64_t back);
/* Stop all threads for this reason; when they stand the stretch is recorded.  The first reason
 * counts, but for the program's own end.  The thread becomes the stretch's; NULL: leaves it. */
void stretch_end(struct control *, enum stretch_end, struct tracee *);
/* A thread of the stretch has stopped for good: maybe it was the last one. */
void stretch_settle(struct control *);
void stretch_blocked(int, short, void *control);	/* the blocked_event */
/* Let a thread that has stopped run on, if the stretch goes on and it has part in it. */
void stretch_go(struct control *, struct tracee *);
/* The same for all of them, after one has gone alone. */
void stretch_go_on(struct control *);
/* A thread has come back to the person's code: it is held there. */
void stretch_arrive(struct control *, struct tracee *);
/* Have it go alone (see struct stretch), once the others stand. */
void stretch_pass(struct control *, struct tracee *);
/* Whose turn is next: one that stands in the person's code, by ids in turn, else any; NULL:
 * there is none but `except'. */
struct tracee *pick_thread(struct control *, const struct tracee *except);
/* Does it wait in the kernel?  It runs, as far as ptrace(2) is concerned. */
bool thread_sleeps(const struct tracee *);

/* -- control-guard.c: the person's pages while foreign code runs ------------------ */
/* Is it on a page that has code of the person's? */
bool in_own_pages(const struct control *, uint64_t pc);
/* Take the right to execute away from these pages (on), or give it back, by an mprotect that a
 * thread is made to call.  false: there is no thread or no system call to do it with. */
bool guard(struct control *, bool on);
/* The regions as they are without the guard, in memory of its own but for the names: the
 * caller frees it.  NULL: no memory. */
struct region *guard_hide(const struct control *, const struct region *, size_t *count);
/* Does the call change pages that are guarded? */
bool guard_concerns(const struct control *, const struct arch_call *);
/* At a call's return: was it that of ->changing?  The guard is down then. */
bool guard_changed(struct control *, struct tracee *);
/* Is the signal what came of executing a guarded page? */
bool is_guard_fault(struct control *, struct tracee *, const siginfo_t *);

/* -- control-stop.c: what a thread's stop means ----------------------------------- */
void on_process_stop(void *arg, struct tracee *);
/* Nothing is to run on: no stretch, or one that is being ended. */
bool ending(const struct control *);
/* Let it get out of the call that it is in, no further. */
void come_out(struct tracee *);

/* -- control-calls.c: system calls into the record (events.h) --------------------- */
/* A native stretch begins: are its calls reported? */
void calls_report(struct control *);
void on_entry(struct control *, struct tracee *);
void on_return(struct control *, struct tracee *);
void call_filtered(struct control *, const struct tracee *);
/* The call that the thread is in, if any, has ended. */
void call_over(struct control *, struct tracee *, int64_t result);
/* The stretch is to be recorded: so are the calls that are still under way. */
void calls_stand(struct control *);

/* -- control-turn.c: whose turn it is --------------------------------------------- */
/* The thread of the step goes on, where it can. */
void turn_take(struct control *);
/* Make the arrival of a thread whose turn it is a position of its own; false: it is one. */
bool turn_arrive(struct control *, struct tracee *);

/* -- control-end.c: the record of a stretch, and of the program's end ------------- */
/* All threads of the ended stretch stand: record it, and on. */
void stretch_record(struct control *);
/* The program is no more; status as wait(2). */
void program_ended(struct control *, int status);
bool has_ended(const struct control *);	/* the record has its end */
uint64_t microseconds_since(const struct timespec *);

#endif
