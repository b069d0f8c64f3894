/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A program compiled by gcc, under control, without the service and without
 * its sandbox: sandbox_tracee_spawn() is a plain fork here, with a filter that
 * reports the same calls.
 */
#ifndef PT_ENGINE_HOST_H
#define PT_ENGINE_HOST_H

#include "tracer/control.h"
#include "tracer/control-private.h"

struct host {
	struct event_base *base;
	struct image *image;
	struct control *control;
	int elf;
	bool started, done, halted;
	char why[240];
	unsigned live_events;
	/* When a breakpoint asks whether it stops: NULL: it does. */
	bool (*stops)(struct host *, uint64_t position, struct view *);
	unsigned asked;
};

struct host_options {
	const char *language;	/* "c", "c++", "assembler" */
	bool clang;		/* else gcc */
	const char *flags;	/* more flags for the compiler */
	const char *input;
	bool input_end;
	uint64_t steps_max, log_max, output_max;
	enum control_policy policy;	/* only what is stepped, when nothing is said */
	uint64_t budget, step_budget;
	bool addresses_move;	/* as the kernel chooses them */
};

/* Compile, start, wait for the first stop; asserts that each works. */
void host_start(struct host *, const char *source, const struct host_options *);
void host_stop(struct host *);
/* Turn the loop until *flag. false: it took more than a minute. */
bool host_wait(struct host *, const bool *flag);
/* Turn the loop until the recorder does no more by itself: done, or it waits for input. */
void host_settle(struct host *);
/* A command from start to end. */
enum control_reason host_do(struct host *, struct control_command);
enum control_reason host_step(struct host *, enum control_kind, bool by_instruction, uint64_t count);
enum control_reason host_back(struct host *, enum control_kind, bool by_instruction, uint64_t count);
enum control_reason host_seek(struct host *, uint64_t position);
enum control_reason host_continue(struct host *);
/* Line at the cursor, 0: none. */
unsigned host_line(struct host *);
/* The only breakpoint: at a line; at a function, wherever it is, or none (NULL). */
void host_break(struct host *, unsigned line);
void host_break_function(struct host *, const char *name);
/* A register (index of register_table) at a position. */
uint64_t host_register(struct host *, uint64_t position, int index);
const char *host_output(struct host *, uint64_t position);	/* printed up to there */
uint64_t host_symbol(struct host *, const char *name);	/* a function's */
uint64_t host_address(struct host *, const char *name);	/* a variable's */
uint32_t host_int(struct host *, const char *name);	/* a variable's value at the cursor */

#endif
