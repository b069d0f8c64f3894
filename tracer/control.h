/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The session's program under control: the live process (process/), its
 * timeline (timeline/), and the cursor that the session's clients share.
 * control.c asks the timeline first; only where the timeline ends does it have
 * the process go on.  session.c turns what people ask into these calls and
 * what these say into states; it knows nothing of ptrace.
 *
 * All callbacks come from the event loop or from within the call that caused
 * them; no call here blocks on the program.
 *
 * What the program may do, and what becomes of it:
 * - Threads: all are traced and recorded; while stepping one runs, that of the
 *   command where it can; in a native stretch those that are not held in the
 *   person's code.
 * - Processes: none.  fork and vfork answer EAGAIN, execve EACCES: nothing runs
 *   that the timeline does not see.
 * - The terminal: canonical mode, ^C and ^D as usual, 24 × 80; no echo and no CR
 *   before LF, so that the output is what was printed.
 * - Signals: those with a handler are delivered and stepped into; one that would
 *   end the program stops it first (REASON_EXCEPTION), going on ends it; those
 *   that are ignored or would only stop it are dropped.  control_choose_signals()
 *   chooses otherwise.
 * - A step that takes more than 50,000 positions goes on natively: a call to its
 *   return, a line that loops to where another line begins.
 * - The positions of a run repeat as far as the program itself does: addresses
 *   without randomization (personality(2)) where the machine allows it.
 */
#ifndef PT_CONTROL_H
#define PT_CONTROL_H

#include <event2/event.h>

#include "src/msg.h"
#include "tracer/program/image.h"
#include "tracer/timeline/view.h"

struct control;
struct call_event;

enum control_reason {	/* protocol.md `reason' */
	REASON_ENTRY, REASON_STEP, REASON_BREAKPOINT, REASON_PAUSE, REASON_GOTO,
	REASON_EXCEPTION, REASON_EXITED, REASON_LIMIT, REASON_DATA_BREAKPOINT,
};
const char *control_reason_name(enum control_reason);

enum control_status { STATUS_STOPPED, STATUS_RUNNING, STATUS_EXITED };

enum control_kind {
	CONTROL_STEP_IN, CONTROL_NEXT, CONTROL_STEP_OUT,
	CONTROL_CONTINUE,
	CONTROL_SEEK,		/* to .position */
};

enum control_policy {	/* what is recorded of the program */
	RECORDS_STEPS,		/* what commands step; `continue' runs natively */
	RECORDS_AHEAD,		/* the person's code, in the background, up to a budget */
	RECORDS_EVERYTHING,	/* so, and library code, too */
};

struct control_command {
	enum control_kind kind;
	bool by_instruction;	/* else by line */
	bool backwards;		/* stepBack: STEP_IN backwards; reverseContinue: CONTINUE backwards */
	bool enter;		/* STEP_IN: into code without lines, by line to the beginning of a function */
	uint64_t count;		/* ≥ 1 */
	uint64_t position;	/* SEEK */
	int thread;		/* whose steps count; 0: of the one that has run to get there */
};

/* A signal that is about to be delivered, or that ended the program. */
struct control_signal {
	int number;		/* 0: none */
	bool has_address;	/* not of a signal that was sent, nor of a fault the kernel cannot place */
	uint64_t address;	/* si_addr of SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP */
	const char *access;	/* "reading", "writing", "executing" or NULL: not known */
};

/* A limit of the session, as the state shows it.  "ahead", the recorder's budget,
 * is one of which no command says that it was reached: there it goes on natively. */
struct control_limit {
	const char *name, *unit;	/* "steps", "timeline", "output", "time", "ahead"; "steps", "bytes", "s" */
	const char *advice;		/* what a person can do once it is reached: a sentence */
	uint64_t limit, used;
};

/* The program has asked for a process or a program of its own, and goes on without. */
struct control_refusal {
	int number;		/* of the system call */
	int error;		/* what it got */
	uint64_t position;	/* of the moment before the step that made it */
	uint64_t pc, own;	/* of the call; of the person's code that led to it, 0: not known */
};

/* Why the program cannot be taken back. */
struct control_obstacle {
	uint64_t position;	/* of the step that did it */
	char what[64];		/* the call's name, or what it was */
	char why[160];
};

struct control_setup {
	struct event_base *base;
	struct image *image;		/* borrowed, outlives the control */
	int elf;			/* sealed memfd, borrowed during the call */
	char *const *argv, *const *envp;
	const void *input;		/* typed into the terminal at the start */
	size_t input_length;
	bool input_end;			/* and then end of file */
	enum isolation isolation;
	uint64_t steps_max, log_bytes_max, output_bytes_max, memory_bytes_max;
	uint64_t run_seconds_max;	/* for one command, not waiting for input */
	unsigned processes_max;
	enum control_policy policy;
	uint64_t budget;		/* steps recorded ahead, see control_record() */
	uint64_t step_budget;		/* positions that a step passes before it goes on natively; 0: 50,000 */
	void *arg;
	/* A command that goes forwards, or looks backwards for breakpoints, arrives at one:
	 * does it stop there?  Asked once at each arrival.  The view is of that position;
	 * position frontier + 1: of the program as it runs natively, many times maybe, and
	 * when the answer is no that moment is in no record.  NULL: all stop.  May ask for
	 * views of other positions, and begins no command. */
	bool (*stops)(void *arg, uint64_t position, struct view *);
	/* Libraries were mapped or unmapped: names and addresses may be others. */
	void (*on_images)(void *arg);
	/* The first stop has come (why NULL), or the program could not be started. */
	void (*on_started)(void *arg, const char *why);
	/* The command given to control_start() is finished: look at the getters. */
	void (*on_done)(void *arg);
	/* The program has printed: control_output_end() grew. */
	void (*on_output)(void *arg);
	/* control_waiting(), control_recording(), control_status of the live process or
	 * the frontier changed (frontier: at most 10 times a second, and when recording
	 * has ended). */
	void (*on_live)(void *arg);
	/* After control_halt() said -EINPROGRESS: now nothing runs.  From the loop. */
	void (*on_halted)(void *arg);
	/* A command has cut the timeline at its frontier, to record on from there otherwise. */
	void (*on_cut)(void *arg);
	/* It could not, for this or more: library calls up to position stay as they were recorded,
	 * without breakpoints in them; error as of control_rewind(). */
	void (*on_unheard)(void *arg, int error, const struct control_obstacle *, uint64_t position);
	/* For the first 16 of them. */
	void (*on_refused)(void *arg, const struct control_refusal *);
};

/*
 * Start the program in its sandbox (sandbox_tracee_spawn(); main() has called
 * sandbox_tracee_prepare() and sandbox_self() first), and let it run to its first
 * stop; on_started says when.  NULL with why[240] in words.
 */
struct control *control_new(const struct control_setup *, char *why);
/* Ends the program and forgets the timeline. */
void control_free(struct control *);

/*
 * Begin a control command from the cursor.  0: begun; on_done comes when it is
 * finished, possibly before this returns.  -EBUSY: another one is unfinished.
 * -ERANGE: position behind the frontier.  -EINVAL: not a command.
 */
int control_start(struct control *, const struct control_command *);
/* Have the unfinished command end at the next moment; it finishes through
 * on_done with REASON_PAUSE within 100 ms.  Nothing happens when stopped. */
void control_pause(struct control *);
/* Why the last command did nothing, though it was begun: it was to step into a library
 * call that is recorded as one step, and the program cannot be taken back to it.  As of
 * control_rewind(); 0: it did what it was to. */
int control_failed(const struct control *, struct control_obstacle *);
/*
 * How the program is recorded from now on: by policy, and as far as budget steps
 * ahead of the cursor; after a `continue' that ran natively, of where that ended.
 * The recorder goes on while no command needs the program, and for a command that
 * arrives at the frontier; where budget, a limit, a signal that ends the program or
 * its end stop it, it has recorded the same positions whatever was asked meanwhile.
 * -EBUSY: a command is unfinished.
 */
int control_record(struct control *, enum control_policy, uint64_t budget);
/* Have the recorder stand: for those who change the process.  0: nothing runs;
 * -EINPROGRESS: on_halted comes when that is so; -EBUSY: a command is unfinished.
 * No command begins until control_go_on(). */
int control_halt(struct control *);
void control_go_on(struct control *);

/* End the program, keep the timeline. */
void control_terminate(struct control *);
/* Type bytes; end: then end of file (^D semantics).  -EPIPE when it has exited. */
int control_input(struct control *, const void *data, size_t length, bool end);

/* All addresses at which setup.stops is asked, by commands of any kind; at once, also
 * while the program runs.  -ENOMEM. */
int control_set_breakpoints(struct control *, const uint64_t *addresses, size_t count);
/* Breakpoints wait for libraries: setup.on_images comes at once when one is loaded,
 * also within a `continue' that runs natively. */
void control_await_images(struct control *, bool on);

/*
 * Change the program as it stands: the change is a position of its own, the new
 * frontier, with the cursor on it.  Going back from there shows what was before.
 * A fault that is held is dropped: its instruction is tried again.
 * 0, or nothing was changed: -EBUSY a command is unfinished; -EPIPE the program has
 * ended; -ESTALE the cursor is not at the frontier; -EDQUOT a limit is reached;
 * -ENOMEM; and -EFAULT: not all of these bytes are mapped and readable, or there is
 * no code where the pc is to go; -EIO: mapped in a way that cannot be written;
 * -EPERM: a register, or bits of it, that belong to kernel and tracer; -EAGAIN: the
 * thread is within a system call; -EINVAL: a value that the register cannot hold.
 */
#define CONTROL_WRITE_MAX 4096	/* bytes at once */
int control_write_memory(struct control *, uint64_t address, const void *bytes, size_t length);
/* index: of register_table, of the thread that ran last. */
int control_write_register(struct control *, int index, uint64_t value);
/* bytes: kind->size of them. */
int control_write_vector(struct control *, const struct vector_register *, const uint8_t *bytes);

/*
 * Take the live program back to a position of its past, so that it goes on from
 * there another way: the timeline is cut there, the cursor is there, and the epoch
 * grows.  At the frontier of a program that goes on this only moves the cursor.
 * Nothing runs meanwhile: control_halt() first.
 * 0, or nothing was changed: -EBUSY something runs; -EPIPE the program is no more;
 * -ERANGE; -ENOMEM; -EPERM: something in between has left the program for good, or
 * cannot be undone here: *obstacle says what.  -EIO: the program could not be made
 * what the timeline says, and stands where it stood, or was ended if that could
 * not be.
 */
int control_rewind(struct control *, uint64_t position, struct control_obstacle *);
/* Would it?  Asks while the recorder goes on, too; as above, without -EIO. */
int control_can_rewind(struct control *, uint64_t position, struct control_obstacle *);

/* Memory that is watched; kinds as control_watch_at() judges them. */
enum watch_kind {
	WATCH_WRITE,		/* it was written, the same value counts */
	WATCH_CHANGE,		/* it has another value */
	WATCH_READ,		/* it was read */
	WATCH_ACCESS,		/* read or written */
};
struct control_watch {
	uint64_t address, length;	/* length ≥ 1, no wrap */
	enum watch_kind kind;
};
/* How many of these, from the first on, the machine's registers can watch together:
 * four aligned pieces of 1, 2, 4 or 8 bytes on x86-64. */
size_t control_watches_fit(const struct control_watch *, size_t count);
/* All memory whose being touched ends a command.
 * Recorded instructions are judged by what they wrote and what they read; registers see
 * what the program does while it runs natively, for the watches that fit into them, each
 * beside those before it; and what the kernel writes there, or who does not fit, is seen
 * at the end of the stretch, when it has changed something.  -ENOSPC: more than 64;
 * -ENOMEM. */
int control_set_watchpoints(struct control *, const struct control_watch *, size_t count);
/* Index of the first of them that the step arriving at position has touched; -1: none. */
int control_watch_at(struct control *, uint64_t position);

/* Inlined calls that begin at the position, where a step by line has ended at the line that
 * makes them: to people the thread (0: the one of the position) is not in them yet.  0 elsewhere. */
unsigned control_before_calls(const struct control *, uint64_t position, int thread);

/* -- what is caught ----------------------------------------------------- */
enum catch_kind {
	CATCH_SYSCALL, CATCH_FORK, CATCH_EXEC, CATCH_EXIT,	/* before the call is made */
	CATCH_THROW, CATCH_CATCH,	/* of C++: at the runtime's function */
	CATCH_SIGNAL,			/* before it is delivered */
};
struct control_catch {
	enum catch_kind kind;
	int number;		/* of the system call or signal, -1: none */
	const char *function;	/* the C++ runtime's, whose arguments are in the registers; NULL: none */
	bool within;		/* in the native stretch that begins at the position */
};
#define CONTROL_CALLS_MAX 512	/* numbers of system calls are below it */
/* Commands stop, either way, before these system calls, replacing those before. */
void control_catch_calls(struct control *, const int *numbers, size_t count);
/* And before what is of these kinds, a bit (1 << kind) each: FORK … CATCH. */
void control_catch_kinds(struct control *, unsigned kinds);
/* Signals by number; not set: what would end the program stops it first, and is
 * passed, others are passed. */
#define CONTROL_SIGNALS 65
struct control_signal_rule {
	bool set;
	bool stop;		/* before it is delivered */
	bool pass;		/* else it is held back for good */
};
/* All of them, replacing those before; copied. */
void control_choose_signals(struct control *, const struct control_signal_rule rules[CONTROL_SIGNALS]);
/* Signals that have come in the step to position: how many, of which out has max. */
struct control_arrival { int number, thread; bool delivered; };
size_t control_arrivals(const struct control *, uint64_t position, struct control_arrival *out, size_t max);
/* The system calls of the steps that arrive at [from, to] (events.h); borrowed until the
 * program goes on. */
const struct call_event *control_calls(const struct control *, uint64_t from, uint64_t to, size_t *count);
/* Are those of native stretches all there, up to the position? */
bool control_calls_complete(const struct control *, uint64_t to);
/* Is the position one at which a command stops for something that is caught now? */
bool control_catch_at(struct control *, uint64_t position, struct control_catch *);

/* -- the cursor -------------------------------------------------------- */
uint64_t control_epoch(const struct control *);
uint64_t control_position(const struct control *);
uint64_t control_frontier(const struct control *);
enum control_reason control_reason(const struct control *);
bool control_busy(const struct control *);		/* a command is unfinished */

/* -- the live process -------------------------------------------------- */
enum control_status control_live_status(const struct control *);
bool control_waiting(const struct control *);		/* for input, at the frontier */
/* All threads wait in the kernel, and not for input: for one another, for time. */
bool control_blocked(const struct control *);
enum control_policy control_policy(const struct control *);
bool control_killed(const struct control *);		/* ended from outside, not by what it ran */
bool control_recording(const struct control *);	/* ahead, and it does not wait for input */
/* Words for what may differ when the same commands are given again, because this
 * machine has no way to fix it: "addresses", "random", "time". */
size_t control_varies(const struct control *, const char **out, size_t max);
size_t control_limits(const struct control *, struct control_limit *out, size_t max);
/* Which limit ended the last command with REASON_LIMIT, NULL: none. */
const struct control_limit *control_limit_hit(const struct control *);

/* Is code there the person's, as far as it is known? */
bool control_is_own(const struct control *, uint64_t address);

/* -- any position (≤ frontier); pure ------------------------------------ */
/* The view at a position, for a thread (0: the one of that position).  Borrowed,
 * until the next call of it or the next control command.  NULL: out of range or
 * no such thread. */
struct view *control_view(struct control *, uint64_t position, int thread);
/* Status at a position: EXITED only at the last one of a finished program. */
enum control_status control_status_at(const struct control *, uint64_t position);
bool control_exit_code(const struct control *, int *code);	/* false: not exited, or by signal */
/* The signal that the position stopped for, or that ended the program there. */
struct control_signal control_signal_at(const struct control *, uint64_t position);
/* Frames of the person's code below, 0 in main; inlined calls are frames. */
unsigned control_depth(const struct control *, uint64_t position);
/* The macro-step that arrives at position: false for an instruction. */
bool control_macro(const struct control *, uint64_t position, char *name, size_t size,
    uint64_t *microseconds);
/* The pc at a position that running led to; 0: a person's change did, or the end. */
uint64_t control_arrived_at(struct control *, uint64_t position);
/* Of the step that led to position: "instruction", "macro", "syscall" (one that called the kernel),
 * "signal" (its delivery), "turn" (another thread's), "write" (a person's change), "exit"; "start" at 0. */
const char *control_kind(const struct control *, uint64_t position);
/* Threads at a position: ids, lowest first. */
size_t control_threads(struct control *, uint64_t position, int *ids, size_t max);

/* What differs in memory between two positions (either order): ranges with their
 * bytes at `to'.  Calls each(arg, …) in ascending address order, stops when it
 * returns false. */
void control_memory_changes(struct control *, uint64_t from, uint64_t to,
    bool (*each)(void *arg, uint64_t address, const uint8_t *bytes, size_t length), void *arg);

/* The ranges that the step arriving at position (≥ 1) wrote; of a macro-step those
 * that it changed.  In no order, and without reading any memory. */
void control_writes(struct control *, uint64_t position,
    void (*each)(void *arg, uint64_t address, size_t length), void *arg);

/* -- all of the record, by its index -------------------------------------- */
/* The nearest position beyond `from' (direction < 0: before it, else behind it), itself
 * excluded, of which this is true; CONTROL_NOWHERE: of none. */
#define CONTROL_NOWHERE UINT64_MAX
/* control_arrived_at() is one of these addresses (ascending). */
uint64_t control_find_arrival(struct control *, const uint64_t *addresses, size_t count,
    uint64_t from, int direction);
/* The step that arrives there wrote some of these bytes, as control_writes() says. */
uint64_t control_find_write(struct control *, uint64_t address, uint64_t length, uint64_t from,
    int direction);
/* Backwards: the step that arrives there changed this register (index of register_table)
 * of the thread, or began the thread. */
uint64_t control_find_register(struct control *, int index, int thread, uint64_t from);
/* The same of a vector register. */
uint64_t control_find_vector(struct control *, const struct vector_register *, int thread,
    uint64_t from);
/* How many positions of (from, to] control_find_arrival() finds. */
uint64_t control_count_arrivals(struct control *, const uint64_t *addresses, size_t count,
    uint64_t from, uint64_t to);
/* At how many positions of (from, to] control_signal_at() tells one. */
uint64_t control_count_signals(const struct control *, uint64_t from, uint64_t to);
/* The greatest control_depth() at the positions [from, to]. */
unsigned control_depth_max(struct control *, uint64_t from, uint64_t to);

/* -- output ------------------------------------------------------------- */
uint64_t control_output_end(const struct control *);			/* all so far */
uint64_t control_output_end_at(const struct control *, uint64_t position);
/* Bytes [start, start+length): how many were copied (the oldest may be gone: 0). */
size_t control_output(const struct control *, uint64_t start, void *buffer, size_t length);

#endif
