/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the parts of control share.
 *
 * A command is a goal that is judged at every position, recorded ones first
 * (control-step.c).  Where the record ends, the program goes on: by one
 * recorded instruction (control-record.c), or by a native stretch that becomes
 * one record (control-stretch.c, what its stops mean in control-stop.c).
 */
#ifndef PT_CONTROL_PRIVATE_H
#define PT_CONTROL_PRIVATE_H

#include <time.h>

#include "src/sandbox/sandbox.h"
#include "tracer/control-break.h"
#include "tracer/control-catch.h"
#include "tracer/control-goal.h"
#include "tracer/control-stretch.h"
#include "tracer/control-watch.h"
#include "tracer/control.h"
#include "tracer/process/process.h"
#include "tracer/process/pty.h"
#include "tracer/program/inlined.h"
#include "tracer/timeline/recorder.h"
#include "tracer/timeline/timeline.h"

/* The nearest positions that may stop a command, as far as they are known. */
enum { SEARCH_SOURCES = 8 };
struct search {
	int direction;			/* 0: nothing is known */
	uint64_t from, frontier, epoch;	/* what it was asked for */
	uint64_t next[SEARCH_SOURCES];	/* of breakpoints, writes, watch registers, signals; NOWHERE */
};

/* The process as a view, valid while the thread that it was made for stands. */
struct live_view {
	struct view view;
	struct control *control;
	const struct tracee *thread;
};

/* How long the program has run for the last command, not waiting for input
 * (control-limits.c). */
struct clock {
	struct event *timer;
	bool runs;
	struct timespec since;
	uint64_t microseconds;		/* before that */
	bool over;			/* its time is up */
};

/* The recorder that goes on without a command (control-ahead.c). */
struct ahead {
	enum control_policy policy;
	uint64_t budget, anchor;	/* steps, counted from this position on */
	bool native;			/* the command has run natively: the anchor follows */
	bool halted;			/* who touches the process has it stand */
	bool halting;			/* and waits for the end of a stretch */
	bool going;			/* was told to go on */
	bool fatal;			/* a signal that ends the program is next, at: */
	uint64_t fatal_at;
};

struct frame;

#define PATH_SIZE 1024

struct control {
	struct control_setup setup;
	int elf;
	char directory[PATH_SIZE - 16], path[PATH_SIZE];	/* of the file that is executed */
	struct sandbox_tracee program;
	struct event *go_event;		/* of program.go: it executes, or says why it cannot */
	struct process *process;
	struct pty *pty;
	struct timeline *timeline;	/* NULL before the first stop */
	struct recorder recorder;

	/* What instructions do (control-record.c). */
	struct arch_decoder *decoder;
	struct decoded *decoded;	/* by pc, open addressing */
	size_t decoded_capacity, decoded_count;
	struct decoded uncached;	/* the last one of code that can be written */
	struct vector_state vector;	/* of the record that is being made */

	/* The live program. */
	struct tracee *current;		/* whose turn it is */
	struct stretch stretch;
	struct over over;
	struct targets targets;
	bool guarded;			/* the person's pages are not executable */
	bool regions_stale, filter_reports;
	uint64_t data_pages;		/* process_data_pages() at the last look at the regions */
	uint64_t faults;		/* process_faults() when that was last the same */
	unsigned varies;		/* of process_settle() */
	uint64_t signals_set;		/* not default at the first stop, a bit each */
	bool started, told_start, waiting, killed;
	unsigned refused;		/* setup.on_refused has been called so often */
	pid_t waiter;			/* the thread that waits for input */
	bool incomplete;		/* the last record could not be made whole: the timeline is full */
	struct event *pump_event, *blocked_event;

	/* The command under way, or the last one, and where it has led. */
	struct control_command command;
	struct goal goal;
	struct before_calls before;
	bool busy, pausing;		/* it is unfinished; it is to end at the next moment */
	uint64_t cursor, epoch;
	enum control_reason reason;
	struct control_limit hit;	/* that ended it, where has_hit */
	bool has_hit;

	struct breaking breaking;
	struct remaking remaking;
	struct watching watching;
	struct search search;
	struct ahead ahead;
	struct clock clock;
	struct catching catching;
	struct runtime runtime;
	struct signalling signalling;
	struct view *view;		/* control_view()'s last */
	struct timespec told;		/* last on_live for the frontier */
};

/* -- control-start.c ------------------------------------------------------- */
/* STRETCH_START has ended: the program stands at its first stop, or came to an end before. */
void start_complete(struct control *);
/* The thread has executed the program. */
void start_exec(struct control *, struct tracee *);

/* -- control-step.c -------------------------------------------------------- */
/* Go on with the command, or else with recording ahead, at the next turn of the loop. */
void pump_soon(struct control *);
void pump_init(struct control *);
void pump(int, short, void *control);	/* the pump_event */
/* The command is over: on_done, and what waited for that. */
void command_finish(struct control *, enum control_reason);

/* -- control-limits.c ------------------------------------------------------ */
/* The first limit that is reached; false: none is. */
bool limit_find(const struct control *, struct control_limit *);
/* And that the command ends with it. */
bool limit_reached(struct control *);
bool clock_init(struct control *);
/* A command begins: it has the whole time. */
void clock_restart(struct control *);
/* After whatever may have made the program run, stop, or wait for input. */
void clock_look(struct control *);

/* -- control-ahead.c: recording without a command ------------------------------ */
/* Is it the recorder that has the program go on, with or without a command? */
bool ahead_goes_on(const struct control *);
/* Is code there stepped by policy: the person's, or any? */
bool is_stepped(const struct control *, uint64_t pc);
struct control_limit ahead_limit(const struct control *);
/* At the frontier a signal that ends the program is held. */
void ahead_fatal(struct control *);
/* A command is over. */
void ahead_command_over(struct control *);
/* After a turn, before which it went on or not: tell who waits for it, and that
 * recording has begun or ended. */
void ahead_turned(struct control *, bool went_on);
/* The timeline was cut by a person: its end is the anchor. */
void ahead_rewound(struct control *);

/* -- control-rewind.c ------------------------------------------------------------ */
/* control_can_rewind() and control_rewind() while a command is under way; only what the
 * cut itself makes otherwise. */
int rewind_judge(struct control *, uint64_t position, struct control_obstacle *);
int rewind_live(struct control *, uint64_t position, struct control_obstacle *);

/* -- control-live.c -------------------------------------------------------- */
/* The thread's registers and the process's memory, as of the position to come. */
void live_view_init(struct live_view *, struct control *, const struct tracee *);

/* -- control-back.c -------------------------------------------------------- */
/* Where the command leads backwards from the cursor. */
uint64_t search_back(struct control *, enum control_reason *);

/* -- control-search.c ------------------------------------------------------ */
/* The nearest position beyond `from' (direction < 0: before it) at which a command of
 * any kind may be stopped by a breakpoint, watched memory or a signal; NOWHERE. */
uint64_t search_stop(struct control *, uint64_t from, int direction);
/* Which of two positions comes first in this direction; NOWHERE: none. */
uint64_t nearer(uint64_t, uint64_t, int direction);
/* The next position behind the cursor, which is before the frontier, that the forward
 * command under way has to judge; the frontier at most. */
uint64_t search_forward(struct control *);
/* Breakpoints or watched memory are others now. */
void search_forget(struct control *);

/* -- control-record.c ------------------------------------------------------ */
enum advance {
	ADVANCED,		/* the frontier has moved */
	ADVANCE_PENDING,	/* a stretch is under way */
	ADVANCE_HELD,		/* a signal that would end the program is next */
};
/* Have the program go on by one record. */
enum advance advance(struct control *);
/* The instruction there at the frontier; valid until the next call. */
const struct decoded *decode_at(struct control *, uint64_t pc);
/* Regions are others: what was decoded may be, too. */
void decode_forget(struct control *);
/* A call or a jump without a step, where it can be (tracee_transfer()). */
bool transfer(const struct control *, struct tracee *, const struct decoded *);
/* Whether the code there can be written. */
bool decode_may_change(const struct control *, uint64_t pc);
/* Read the program's region table into the record that is being made.  *changed: it is
 * another one.  0 or -errno. */
int rescan_regions(struct control *, bool *changed);

/* -- control-frames.c ------------------------------------------------------ */
/* Bring the shadow call stack up to date with where the thread is now, after an instruction,
 * or (NULL) a stretch that began with a call that returns to back, 0: with none.  *pops, *pushes:
 * how many frames went, and then came. */
void calls_update(struct control *, struct tracee *, const struct decoded *, uint64_t back,
    unsigned *pops, unsigned *pushes);
/* The same after a stretch in which anything may have happened: by unwinding. */
void calls_rebuild(struct control *, struct tracee *, unsigned *pops, unsigned *pushes);
/* Is the frame's code the person's?  Of a return address what counts is the call before it. */
bool frame_is_own(const struct control *, const struct frame *);
/* Registers of the thread as the timeline has them last, NULL: none. */
const struct registers *registers_in_log(const struct control *, const struct tracee *);

/* -- control-kept.c: what the kernel keeps for the program -------------------- */
/* What of it is not default at the first stop. */
void kept_begin(struct control *);
/* Signal masks of all threads that stand, into the record that was appended last. */
void kept_masks(struct control *);
/* A call has returned: rt_sigaction(2) has set what a signal does. */
void kept_call(struct control *, const struct arch_call *, int64_t result);
/* What a signal did at a position, as the kernel has it; false: not known. */
bool kept_action(const struct control *, uint64_t position, int number, uint8_t action[ACTION_SIZE]);

/* -- control-terminal.c ---------------------------------------------------- */
/* Open the program's terminal.  0 or -errno. */
int terminal_open(struct control *);
/* At the entry of a call: will it wait for typed input? */
bool terminal_waits(struct control *, const struct arch_call *);
void set_waiting(struct control *, bool);	/* for input; tells */
void tell_live(struct control *);		/* on_live */

#endif
