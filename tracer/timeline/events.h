/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is too rare to stand in records: output, macro-steps' names, signals, calls,
 * the end.  Each is a table ascending by position.
 */
#ifndef PT_EVENTS_H
#define PT_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output_event { uint64_t position, end; };
/* made: by which breakpoints it was ended (control-remake.c), 0: it is no library call. */
struct macro_event { uint64_t position, microseconds; char name[64]; unsigned made; };
struct change_event { uint64_t position; };	/* a person's, which led there */
/* At position a signal is next for the thread. */
struct signal_event {
	uint64_t position, address;
	int number, thread;
	bool fatal;		/* it would end the program */
	bool fault;		/* of an instruction, which raises it again unless it is delivered */
	bool has_address;
	const char *access;	/* "reading", "writing", "executing", NULL: not known */
};

/* One that has come in the step to position. */
struct arrival_event {
	uint64_t position;
	int number, thread;
	bool delivered;		/* else held back, or it had no effect */
	bool native;		/* in a native stretch */
};

/* A system call.  One that a native stretch was interrupted in has two entries: its
 * beginning in one step, its end in a later one. */
enum {
	CALL_ENTERED = 1,	/* begins in the step that arrives at position */
	CALL_RETURNED = 2,	/* ends in it: .result counts */
	CALL_NATIVE = 4,	/* within a native stretch; else it is the whole step */
};
struct call_event {
	uint64_t position;
	uint64_t arguments[6];
	int64_t result;		/* -errno; -512 … -516: a signal came between, it may be made again */
	int number, thread;
	unsigned flags;
};

/* At position the thread that ran to get there stands at a system-call instruction.  It may
 * be others that run next, and a signal's handler that runs first. */
struct callsite_event {
	uint64_t position, first;	/* of the arguments that it has there, the first one */
	int number, thread;
};

/* The C++ runtime's function that throws or catches, gone through natively. */
struct throw_event { uint64_t position; int thread, kind; };	/* enum catch_kind */

/* From the position on. */
struct mask_event { uint64_t position, mask; int thread; };	/* signals that it blocks */
#define ACTION_SIZE 32		/* struct sigaction as the kernel has it */
struct action_event { uint64_t position; int number; uint8_t action[ACTION_SIZE]; };

struct table {			/* of fixed-size entries that begin with the position */
	void *entries;
	size_t count, capacity, size;
};

struct events {
	struct table outputs, macros, signals, calls, callsites, throws, arrivals, masks, actions, changes;
	size_t native_calls;		/* how many of them are CALL_NATIVE */
	uint64_t calls_missed;		/* the first position whose step may have made calls that are
					 * not in the table, UINT64_MAX: none */
	uint8_t *output;
	size_t output_length, output_capacity;
	bool ended, by_signal;
	int status;		/* exit code, or signal number */
	uint64_t end_position;
};

void events_init(struct events *);
void events_free(struct events *);
uint64_t events_memory(const struct events *);	/* bytes in use */
/* Forget what belongs to later positions. */
void events_cut(struct events *, uint64_t position);

/* Adding: positions never descend within one table.  false: no memory. */

/* Printed on the way to position. */
bool events_output(struct events *, uint64_t position, const void *bytes, size_t length);
uint64_t events_output_end(const struct events *, uint64_t position);
bool events_macro(struct events *, uint64_t position, const char *name, uint64_t microseconds, unsigned made);
bool events_change(struct events *, uint64_t position);
bool events_signal(struct events *, const struct signal_event *);
/* Several of one position stand in the order in which they were made or ended. */
bool events_call(struct events *, const struct call_event *);
bool events_callsite(struct events *, const struct callsite_event *);
const struct callsite_event *events_callsite_at(const struct events *, uint64_t position);
bool events_arrival(struct events *, const struct arrival_event *);
const struct arrival_event *events_arrivals(const struct events *, uint64_t position, size_t *count);
bool events_throw(struct events *, const struct throw_event *);
/* Of the step that arrives at position. */
const struct throw_event *events_throws(const struct events *, uint64_t position, size_t *count);
/* The calls of the steps that arrive at [from, to], NULL and *count 0: none.  They
 * are all when to < calls_missed; else native stretches have only those (CALL_ENTERED)
 * of SANDBOX_TRACED_CALLS. */
const struct call_event *events_calls(const struct events *, uint64_t from, uint64_t to, size_t *count);
/* Calls of the native step to position are not in the table. */
void events_calls_missed(struct events *, uint64_t position);
/* The position of a table's nearest entry beyond `from' (direction < 0: before it);
 * UINT64_MAX: there is none. */
uint64_t events_next(const struct table *, uint64_t from, int direction);
/* How many of its entries are at the positions (from, to]. */
size_t events_between(const struct table *, uint64_t from, uint64_t to);
bool events_mask(struct events *, uint64_t position, int thread, uint64_t mask);
bool events_action(struct events *, const struct action_event *);
/* What held at a position: false: not known; NULL: as at the first stop. */
bool events_mask_at(const struct events *, uint64_t position, int thread, uint64_t *mask);
/* Was one of the signals blocked all the time between two positions? */
bool events_blocked(const struct events *, int thread, uint64_t signals, uint64_t from, uint64_t to);
const struct action_event *events_action_at(const struct events *, uint64_t position, int number);
/* The first macro-step behind a position, NULL: none. */
const struct macro_event *events_macro_after(const struct events *, uint64_t position);
/* The entry of exactly this position, or NULL. */
const struct macro_event *events_macro_at(const struct events *, uint64_t position);
const struct signal_event *events_signal_at(const struct events *, uint64_t position);

#endif
