/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Between the tracer and what it starts: tracee.c, program.c, stub.c. */
#ifndef PT_SANDBOX_TRACEE_H
#define PT_SANDBOX_TRACEE_H

#include "src/sandbox/internal.h"

/* What the new family is made with; filled by the tracer before it forks. */
struct family {
	enum isolation level;
	const struct sandbox_profile *profile;
	struct sandbox_identity identity;
	struct sandbox_filter stub, start, program;	/* each one's filter */
	int sync;					/* their end of the socket */
};

/*
 * The tracer's order: this structure in a packet, with a sealed memfd of strings
 * (path, then the arguments, then the environment, each with its NUL) and, if
 * terminal is set, the terminal.
 */
struct order {
	struct sandbox_limits limits;
	uint32_t argument_count, environment_count;
	uint32_t bytes;
	uint32_t terminal;
};

#define ORDER_BYTES_MAX (16u << 20)	/* of a request's body at most half is strings of these */
#define ORDER_STRINGS_MAX 4096

/* The stub's life, from the clone on; it forks the program (program.c). */
void sandbox_run_stub(struct family *) __attribute__((noreturn));

/* The program's, from its fork to its execve(2). */
void sandbox_run_program(struct family *) __attribute__((noreturn));

/* Say what failed, and end. */
void sandbox_give_up(const struct family *, const struct sandbox_error *) __attribute__((noreturn));

#endif
