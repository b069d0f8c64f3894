/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Breakpoints as people set them: on a line, an instruction or a function; and
 * the addresses that they come down to.  A set of one kind (for lines: of one
 * file) replaces the one before; what stays keeps its number.
 */
#ifndef PT_BREAKPOINTS_H
#define PT_BREAKPOINTS_H

#include "tracer/args.h"
#include "tracer/control.h"

#define BREAKPOINTS_MAX		1024
#define BREAKPOINT_ADDRESSES	32	/* of one: a line of a template has many pieces */

enum breakpoint_kind { BREAKPOINT_LINE, BREAKPOINT_INSTRUCTION, BREAKPOINT_FUNCTION };

struct breakpoint {
	unsigned id;			/* from 1, never given twice */
	enum breakpoint_kind kind;
	int file;			/* LINE */
	unsigned asked, line;		/* line asked for, line where it is */
	char name[256];			/* FUNCTION */
	bool verified;
	char message[160];		/* "" or why not, or that it was moved */
	uint64_t addresses[BREAKPOINT_ADDRESSES];
	size_t address_count;
};

struct breakpoints;

struct breakpoints *breakpoints_new(void);
void breakpoints_free(struct breakpoints *);

/* Replace, in the order given.  -ENOSPC over BREAKPOINTS_MAX (nothing changes), -ENOMEM. */
int breakpoints_set_lines(struct breakpoints *, const struct image *, int file,
    const struct args_source_breakpoint *, size_t count);
int breakpoints_set_functions(struct breakpoints *, const struct image *,
    const struct args_function_breakpoint *, size_t count);
/* view: to look whether there is code. */
int breakpoints_set_instructions(struct breakpoints *, const struct view *,
    const struct args_instruction_breakpoint *, size_t count);

/* Whether an instruction can be at an address: the memory there may be executed. */
bool breakpoints_executable(const struct view *, uint64_t address);

/* All, in order of kind, file and setting; borrowed. */
const struct breakpoint *breakpoints_all(const struct breakpoints *, size_t *count);

/* Every address, each once, then extra's: freed by the caller.  NULL: no memory. */
uint64_t *breakpoints_addresses(const struct breakpoints *, const uint64_t *extra,
    size_t extra_count, size_t *count);
/* A number for what is no breakpoint of these but is told among them. */
unsigned breakpoints_new_id(struct breakpoints *);
/* Whether one is at this address. */
bool breakpoints_at(const struct breakpoints *, uint64_t address);

#endif
