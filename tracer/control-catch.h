/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What stops commands besides breakpoints: functions of the language runtimes that are
 * known by name (throw, catch, longjmp), system calls, signals.
 */
#ifndef PT_CONTROL_CATCH_H
#define PT_CONTROL_CATCH_H

#include <signal.h>

#include "tracer/control.h"
#include "tracer/process/process.h"

/* Functions of the runtimes that are known by name, and where they are in the program
 * (control-runtime.c). */
enum {
	RUNTIME_LEAVES = CATCH_SIGNAL + 1,	/* control comes back anywhere */
	RUNTIME_LOADER,		/* something has been mapped or unmapped (gdb's r_brk) */
};
struct runtime_function {
	const char *name;		/* the linker's */
	unsigned kind;			/* CATCH_THROW, CATCH_CATCH, RUNTIME_… */
};
enum {
	RUNTIME_FUNCTIONS = 16,
	RUNTIME_SITES = 4 * RUNTIME_FUNCTIONS,	/* of some names there are several */
};
struct runtime_site {
	uint64_t address;
	const struct runtime_function *of;
};
struct runtime {
	struct runtime_site sites[RUNTIME_SITES];
	size_t count;
	uint64_t layout;		/* image_layout() that they were looked up in */
};

/* What is caught (control-catch.c). */
struct catching {
	uint8_t calls[CONTROL_CALLS_MAX / 8];	/* by number, a bit each */
	unsigned kinds;				/* 1 << enum catch_kind */
	bool some, some_calls;			/* calls or exceptions are caught; calls are */
	/* A stretch began with this thread (0: none) at this instruction: if that is a call, the
	 * command has been stopped for it already, and it goes through. */
	int passes;
	uint64_t passes_at;
};

/* What is done about signals (control-signal.c). */
struct signalling {
	struct control_signal_rule rules[CONTROL_SIGNALS];	/* by number */
	bool some;				/* one of them stops */
	bool trap_blocked;			/* a thread had SIGTRAP blocked in a native stretch */
};

/* -- control-runtime.c: kinds is a bit (1 << kind) each --------------------------- */
/* The function of one of these kinds that begins at pc; NULL: none. */
const struct runtime_site *runtime_at(struct control *, uint64_t pc, unsigned kinds);
/* Plant breakpoints at them. */
void runtime_plant(struct control *, unsigned kinds);
/* Where they are, in no order; returns how many. */
size_t runtime_addresses(struct control *, unsigned kinds, uint64_t addresses[RUNTIME_SITES]);
/* By its linker's name; NULL: there is none of these kinds. */
const struct runtime_function *runtime_named(const char *name, unsigned kinds);

/* -- control-catch.c -------------------------------------------------------------- */
/* Does a function begin at pc that throws or catches, of those that are caught now? */
bool is_catch_site(struct control *, uint64_t pc);
/* Plant those; for a stretch of the recorder all of them, so that what it has passed can be
 * caught later. */
void catch_plant(struct control *);
/* A thread stands at a planted one: true when it is a stretch of the recorder, which goes on, and
 * it has been noted. */
bool catch_noted(struct control *, struct tracee *);
/* Within a stretch of the recorder: the command that waits at the frontier ends. */
void catch_ends_command(struct control *);
/* The nearest position from `from' on at which what is caught may stop (search_stop()). */
uint64_t catch_next_throw(struct control *, uint64_t from, int direction);

/* -- control-catch-calls.c -------------------------------------------------------- */
/* CATCH_FORK, CATCH_EXEC, CATCH_EXIT; CATCH_SYSCALL: any other. */
enum catch_kind call_kind(const struct arch_call *);
bool catches_calls(const struct control *);	/* some are caught */
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

/* -- control-signal.c ------------------------------------------------------------- */
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

#endif
