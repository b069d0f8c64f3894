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
#include "tracer/control.h"
#include "tracer/process/process.h"
#include "tracer/process/pty.h"
#include "tracer/program/inlined.h"
#include "tracer/program/lines.h"
#include "tracer/timeline/recorder.h"
#include "tracer/timeline/timeline.h"

enum stretch_kind {
	STRETCH_NONE,
	STRETCH_START,		/* from exec to the first stop */
	STRETCH_CALL,		/* what is not the person's code, until control is back in it */
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

struct stretch {
	enum stretch_kind kind;
	enum stretch_end end;		/* why it is being ended; threads are being stopped */
	struct tracee *thread;		/* whose it is; NULL: that has left */
	struct tracee *passing;		/* goes alone: through foreign code on the person's pages … */
	bool passing_in_place;		/* … or over a breakpoint that is taken out for it */
	struct tracee *changing;	/* is in a call that changes those pages … */
	struct arch_call changing_call;	/* … this one: the stretch ends behind it */
	struct moment_thread left;	/* thread's last state when it has left */
	bool passing_call;
	uint64_t back;			/* where the call that began it returns to, 0: none */
	char name[64];
	struct timespec began;
	int status;			/* as wait(2) */
	unsigned watched;		/* slots that were touched, a bit each */
	unsigned made;			/* STRETCH_CALL: by which breakpoints it ends (control-remake.c) */
};

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
	struct watch_hit *hits;		/* by position; outlive the list */
	size_t hit_count, hit_capacity;
	struct read_cache *reads;	/* what instructions read; NULL: none yet */
	uint64_t block, block_end;	/* the last whole block that was looked through; end 0: none */
	bool block_hit;			/* it has written watched memory */
};

/* Where breakpoints are, and what has been said of them. */
struct breaking {
	uint64_t *addresses;		/* ascending */
	size_t count;
	uint64_t decided;		/* the native stretch to this position ends at one that stops; 0: none */
	bool replant;			/* new ones wait for a stop of the running stretch */
	bool awaits_images;		/* the session waits for libraries */
	uint64_t loader;		/* where that is seen in the native stretch, 0: nowhere */
};

/* Breakpoints in code that is not the person's: those that library calls end at, and
 * with which of them each was recorded (control-remake.c). */
enum { REMADE_SETS = 16 };
struct break_set {
	uint64_t *addresses;		/* ascending */
	size_t count;
	bool covers;			/* those that are wanted now */
};
struct remaking {
	struct break_set wanted;
	struct break_set sets[REMADE_SETS];	/* by number % REMADE_SETS */
	unsigned newest;		/* the number, from 1, of the one that is planted */
	uint64_t tried;			/* the command has rewound to it; NOWHERE: to none */
	uint64_t given_up;		/* library calls up to there stay as they are */
	unsigned tries;
	uint64_t held;			/* the frontier, in a library where a command has stopped, NOWHERE */
	int error;			/* why it could not be taken back, the first time; 0: it could */
	struct control_obstacle obstacle;
};

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

/* Where a thread stands, as steps tell places apart: a frame is the function's that
 * was called, and in it that of an inlined call. */
struct spot {
	int thread;
	uint64_t pc;
	unsigned depth;		/* of the function's frame */
	uint32_t call;		/* innermost inlined call, else function (inlined.h); 0: not known */
	unsigned ahead;		/* inlined calls that begin there, of which this is the place of the call */
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

struct goal {
	struct spot start;
	unsigned low;		/* the lowest depth since */
	bool jumped;		/* by a tail call: the frame is another function's now */
	bool gone;		/* the thread has ended */
	bool recursive;		/* calls of the line loop in the line's own function */
	bool leaps;		/* its native stretch has ended before a jump out of functions … */
	unsigned leapt;		/* … so many times */
	unsigned others;	/* records of others while it could not go on */
	uint64_t left;		/* of the command's count */
	uint64_t recorded;	/* positions passed since the last native stretch */
	uint64_t from;		/* where the command began */
	bool shown;		/* began where the cursor had stopped for a signal */
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

/* Where a step that goes on natively ends. */
struct over {
	struct callframe until;	/* when this frame is left; back 0: none */
	bool lines;		/* at other lines than its own */
	uint64_t cfa;		/* of this frame; 0: of any */
	unsigned missed;	/* stops in other frames */
};

/* Where a function's direct jumps lead to within it (control-targets.c). */
struct targets {
	uint64_t function;	/* its start, 0: none yet */
	uint64_t *pcs;
	size_t count;
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

/* Functions of the runtimes that are known by name, and where they are in the program
 * (control-runtime.c). */
enum { RUNTIME_LEAVES = CATCH_SIGNAL + 1 };	/* control comes back anywhere */
struct runtime_function {
	const char *name;		/* the linker's */
	unsigned kind;			/* CATCH_THROW, CATCH_CATCH, RUNTIME_LEAVES */
};
#define RUNTIME_SITES 15
struct runtime_site {
	uint64_t address;		/* 0: not in the program */
	const struct runtime_function *of;
};
struct runtime {
	struct runtime_site sites[RUNTIME_SITES];
	uint64_t layout;		/* image_layout() that they were looked up in */
};

/* What is caught (control-catch.c). */
struct catching {
	uint8_t calls[CONTROL_CALLS_MAX / 8];	/* by number, a bit each */
	unsigned kinds;				/* 1 << enum catch_kind */
	bool some, some_calls;
	int passes;				/* a thread whose first call at */
	uint64_t passes_at;			/* has been stopped for */
};

/* What is done about signals (control-signal.c). */
struct signalling {
	struct control_signal_rule rules[CONTROL_SIGNALS];	/* by number */
	bool some;				/* one of them stops */
	bool trap_blocked;			/* a thread has had SIGTRAP blocked in a native stretch */
};

#define PATH_SIZE 1024

struct control {
	struct control_setup setup;
	int elf;
	char directory[PATH_SIZE - 16], path[PATH_SIZE];
	struct sandbox_tracee program;
	struct event *go_event;
	struct process *process;
	struct pty *pty;
	struct timeline *timeline;
	struct recorder recorder;

	struct arch_decoder *decoder;
	struct decoded *decoded;	/* by pc, open addressing */
	size_t decoded_capacity, decoded_count;
	struct decoded uncached;
	struct vector_state vector;	/* of the record that is being made */

	struct tracee *current;		/* whose turn it is */
	struct stretch stretch;
	struct over over;
	struct targets targets;
	bool guarded;			/* the person's pages are not executable */
	bool regions_stale, filter_reports;
	uint64_t data_pages;		/* process_data_pages() at the last look at the regions */
	unsigned varies;		/* of process_settle() */
	uint64_t signals_set;		/* not default at the first stop, a bit each */
	bool started, told_start, waiting, killed;
	unsigned refused;		/* setup.on_refused has been called so often */
	pid_t waiter;			/* the thread that waits for input */
	bool incomplete;		/* the last record could not be made whole: the timeline is full */
	struct event *pump_event, *blocked_event;

	struct control_command command;
	struct goal goal;
	struct before_calls before;
	bool busy, pausing;
	uint64_t cursor, epoch;
	enum control_reason reason;
	struct control_limit hit;
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
	struct view *view;
	struct timespec told;		/* last on_live for the frontier */
};

/* -- control-start.c ------------------------------------------------------- */
/* The program stands at its first stop, or came to an end before. */
void start_complete(struct control *);
void start_exec(struct control *, struct tracee *);

/* -- control-goal.c -------------------------------------------------------- */
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

/* -- control-over.c -------------------------------------------------------- */
/* Has the step passed so many positions that it is to go on natively? */
bool over_begin(struct control *, const struct tracee *);
void over_plant(struct control *);
/* Does it end where the thread has stopped? */
bool over_ends(struct control *, const struct tracee *);
void over_finish(struct control *);

/* -- control-targets.c ------------------------------------------------------ */
/* Of the function around pc, as the thread sees its code; valid until the next call. */
const uint64_t *targets_around(struct control *, const struct tracee *, uint64_t pc, size_t *count);
void targets_free(struct control *);

/* -- control-step.c -------------------------------------------------------- */
/* Go on with the command, or else with recording ahead, at the next turn of the loop. */
void pump_soon(struct control *);
void pump_init(struct control *);
void pump(int, short, void *control);	/* the pump_event */
void command_finish(struct control *, enum control_reason);

/* -- control-break.c ------------------------------------------------------- */
bool is_breakpoint(const struct control *, uint64_t pc);
/* Of qsort(3) and bsearch(3). */
int address_compare(const void *, const void *);

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

/* -- control-remake.c: library calls recorded once more -------------------------- */
void remake_init(struct control *);
void remake_free(struct control *);
/* Breakpoints are others now. */
bool remake_wanted(struct control *);
void remake_begin(struct control *);		/* a command that goes forwards */
void remake_over(struct control *);		/* any command, at its end */
/* Has the recorder to wait for a command, because one has stopped in a library? */
bool remake_holds(const struct control *);
/* A library call begins natively: which breakpoints it is made with. */
unsigned remake_decide(struct control *);
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

/* -- control-rewind.c ------------------------------------------------------------ */
/* control_can_rewind() and control_rewind() while a command is under way; only what the
 * cut itself makes otherwise. */
int rewind_judge(struct control *, uint64_t position, struct control_obstacle *);
int rewind_live(struct control *, uint64_t position, struct control_obstacle *);

/* -- control-break.c ------------------------------------------------------------- */
/* The cursor arrives: asks the session, so once at each arrival. */
bool breakpoint_stops(struct control *, const struct brief *);
/* A thread stands at a planted one: does it go on within its stretch? */
bool breakpoint_passed(struct control *, struct tracee *);
/* A native stretch can begin where the thread stands. */
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
/* Some thread must be stopped. */
void breakpoints_plant(struct control *);
void breaking_free(struct control *);

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
const struct decoded *decode_at(struct control *, uint64_t pc);
void decode_forget(struct control *);
/* A call or a jump without a step, where it can be (tracee_transfer()). */
bool transfer(const struct control *, struct tracee *, const struct decoded *);
/* Whether the code there can be written. */
bool decode_may_change(const struct control *, uint64_t pc);
int rescan_regions(struct control *, bool *changed);
bool limit_reached(struct control *);

/* -- control-frames.c ------------------------------------------------------ */
/* Bring the shadow call stack up to date with where the thread is now. */
void calls_update(struct control *, struct tracee *, const struct decoded *, uint64_t back,
    unsigned *pops, unsigned *pushes);
void calls_rebuild(struct control *, struct tracee *, unsigned *pops, unsigned *pushes);
/* Registers of the thread as the timeline has them last, NULL: none. */
const struct registers *registers_in_log(const struct control *, const struct tracee *);

/* -- control-stretch.c ----------------------------------------------------- */
void stretch_begin(struct control *, enum stretch_kind, struct tracee *, uint64_t back);
void stretch_end(struct control *, enum stretch_end, struct tracee *);
/* A thread of the stretch has stopped for good: maybe it was the last one. */
void stretch_settle(struct control *);
void stretch_blocked(int, short, void *control);	/* the blocked_event */
void stretch_go(struct control *, struct tracee *);
/* One has gone alone: all of them. */
void stretch_go_on(struct control *);
bool in_own_pages(const struct control *, uint64_t pc);
bool guard(struct control *, bool on);
/* The regions as they are without the guard, in memory of its own but for the names;
 * NULL: no memory. */
struct region *guard_hide(const struct control *, const struct region *, size_t *count);
/* Does the call change pages that are guarded? */
bool guard_concerns(const struct control *, const struct arch_call *);
/* At a call's return: was it that of ->changing?  The guard is down then. */
bool guard_changed(struct control *, struct tracee *);
bool is_guard_fault(struct control *, struct tracee *, const siginfo_t *);
/* The thread has come back to the person's code. */
void stretch_arrive(struct control *, struct tracee *);
/* Step it through foreign code on the person's pages, or ->passing_in_place, once the others stand. */
void stretch_pass(struct control *, struct tracee *);
struct tracee *pick_thread(struct control *, const struct tracee *except);
/* Does it wait in the kernel?  It runs, as far as ptrace(2) is concerned. */
bool thread_sleeps(const struct tracee *);

/* -- control-turn.c -------------------------------------------------------- */
/* The thread of the step goes on, where it can. */
void turn_take(struct control *);
/* Make the arrival of a thread whose turn it is a position of its own; false: it is one. */
bool turn_arrive(struct control *, struct tracee *);

/* -- control-stop.c -------------------------------------------------------- */
void on_process_stop(void *arg, struct tracee *);
/* Nothing is to run on: no stretch, or one that is being ended. */
bool ending(const struct control *);
/* Let it get out of the call that it is in, no further. */
void come_out(struct tracee *);

/* -- control-runtime.c: kinds is a bit (1 << kind) each --------------------- */
/* The function of one of these kinds that begins at pc; NULL: none. */
const struct runtime_site *runtime_at(struct control *, uint64_t pc, unsigned kinds);
void runtime_plant(struct control *, unsigned kinds);
/* Where they are, in no order; returns how many. */
size_t runtime_addresses(struct control *, unsigned kinds, uint64_t addresses[RUNTIME_SITES]);
const struct runtime_function *runtime_named(const char *name, unsigned kinds);

/* -- control-catch.c ------------------------------------------------------- */
bool is_catch_site(struct control *, uint64_t pc);
void catch_plant(struct control *);
/* At a planted one: true when the stretch of the recorder goes on, and it is noted. */
bool catch_noted(struct control *, struct tracee *);
/* Within a stretch of the recorder: the command that waits at the frontier ends. */
void catch_ends_command(struct control *);
/* The nearest position from `from' on at which what is caught may stop (search_stop()). */
uint64_t catch_next_throw(struct control *, uint64_t from, int direction);

/* -- control-catch-calls.c ------------------------------------------------- */
enum catch_kind call_kind(const struct arch_call *);
bool catches_calls(const struct control *);
/* A thread has run to the newest position: does it stand at a call now? */
void catch_arrived(struct control *);
/* Is a call caught at the position?  Fills in what is found. */
bool catch_call_at(struct control *, uint64_t position, struct control_catch *found);
/* As catch_next_throw(). */
uint64_t catch_next_call(struct control *, uint64_t from, int direction);
/* A stretch of the thread begins: its position has been judged. */
void catch_begin(struct control *, const struct tracee *);
/* At the entry of a call: true when the stretch ends here, and the call is undone. */
bool catch_entry(struct control *, struct tracee *);
/* The call has begun in a stretch of the recorder. */
void catch_in_flight(struct control *, const struct tracee *);

/* -- control-signal.c ------------------------------------------------------ */
enum signal_fate {
	SIGNAL_HELD,		/* the program stops before it */
	SIGNAL_PASSED,		/* a handler gets it */
	SIGNAL_DROPPED,		/* held back, or without effect */
};
/* Of an instruction, which raises it again unless it is delivered; not one that was sent. */
bool signal_is_fault(const siginfo_t *);
/* What becomes of the thread's oldest pending signal: at the frontier; within a stretch. */
enum signal_fate signal_next(struct control *, struct tracee *);
enum signal_fate signal_in_stretch(struct control *, struct tracee *);
/* Held at the frontier: the program ends by it now. */
bool signal_ends(struct control *, const struct tracee *);
/* And the recorder has to wait for a command. */
bool signal_holds_recorder(const struct control *, const struct tracee *);
/* Note the oldest that is pending: it is next at the frontier; it comes in the step that is being made. */
void signal_held(struct control *, struct tracee *);
void signal_delivered(struct control *, const struct tracee *);
void signal_drop(struct control *, struct tracee *);	/* and forget it */
/* The nearest position from `from' on that a signal belongs to. */
uint64_t signal_search(struct control *, uint64_t from, int direction);
/* Does a command stop at the position for a signal? */
bool signal_stops(const struct control *, uint64_t position, int *number, bool *within);

/* -- control-calls.c: events.h, `calls' ------------------------------------ */
/* A native stretch begins: are its calls reported? */
void calls_report(struct control *);
void on_entry(struct control *, struct tracee *);
void on_return(struct control *, struct tracee *);
void call_filtered(struct control *, const struct tracee *);
/* The call that the thread is in, if any, has ended. */
void call_over(struct control *, struct tracee *, int64_t result);
/* The stretch is to be recorded: so are the calls that are still under way. */
void calls_stand(struct control *);

/* -- control-kept.c: what the kernel keeps for the program -------------------- */
/* What of it is not default at the first stop. */
void kept_begin(struct control *);
/* Signal masks of all threads that stand, into the record that was appended last. */
void kept_masks(struct control *);
/* A call has returned: rt_sigaction(2) has set what a signal does. */
void kept_call(struct control *, const struct arch_call *, int64_t result);
/* What a signal did at a position, as the kernel has it; false: not known. */
bool kept_action(const struct control *, uint64_t position, int number, uint8_t action[ACTION_SIZE]);

/* -- control-watch.c ------------------------------------------------------- */
void on_watch(struct control *, struct tracee *);
/* -- control-reads.c: reads of recorded instructions ------------------------ */
bool step_reads(struct control *, const struct control_watch *, uint64_t position);
/* The nearest position beyond `from' that reads watched memory, or one before it. */
uint64_t watch_next_read(struct control *, uint64_t from, int direction);
void reads_forget(struct control *);

/* The nearest position beyond `from' that a register saw a touch at; NOWHERE. */
uint64_t watch_next_hit(struct control *, uint64_t from, int direction);
/* The stretch is recorded: so is what the registers saw. */
void watch_recorded(struct control *);
/* The timeline is cut: forget what is known of later positions. */
void watch_cut(struct control *, uint64_t position);
void watch_free(struct control *);

/* -- control-end.c: what a stretch or the program's end leaves in the record ----------------------------------------------------- */
/* All threads of the ended stretch stand: record it. */
void stretch_record(struct control *);
void program_ended(struct control *, int status);
bool has_ended(const struct control *);
uint64_t microseconds_since(const struct timespec *);

/* -- control-terminal.c ---------------------------------------------------- */
int terminal_open(struct control *);
/* At the entry of a call: will it wait for typed input? */
bool terminal_waits(struct control *, const struct arch_call *);
void set_waiting(struct control *, bool);
void tell_live(struct control *);

#endif
