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
#include "tracer/program/expr.h"

#define BREAKPOINTS_MAX		1024
#define BREAKPOINT_ADDRESSES	32	/* of one: a line of a template has many pieces */

enum breakpoint_kind { BREAKPOINT_LINE, BREAKPOINT_INSTRUCTION, BREAKPOINT_FUNCTION };

/* What a breakpoint asks beyond its place. */
struct breakpoint_wish {
	const char *condition, *hit_condition, *log_message;	/* NULL or "": none */
	bool enabled;
};

enum hit_rule { HIT_EVERY, HIT_EQUAL, HIT_FROM, HIT_MULTIPLE };

struct breakpoint {
	unsigned id;			/* from 1, never given twice */
	enum breakpoint_kind kind;
	int file;			/* LINE */
	unsigned asked, line;		/* line asked for, line where it is */
	char name[256];			/* FUNCTION */
	bool verified;
	bool pending;			/* FUNCTION: none of this name yet */
	char message[512];		/* "" or why not, or that it was moved */
	bool unheard;			/* message: that parts of the record were made without it */
	uint64_t addresses[BREAKPOINT_ADDRESSES];	/* ascending */
	size_t address_count;		/* 0: it is never hit */
	bool enabled;
	char *asked_condition, *asked_hits, *log_message;	/* as the person wrote them; NULL: none */
	struct expr *condition;		/* NULL: none */
	enum hit_rule rule;
	uint64_t hits;			/* N of the rule */
	struct log_part *log;		/* of log_message, NULL: none; ends with a part of neither kind */
	/* Hits at the positions up to one of an epoch, as far as was counted. */
	uint64_t counted, counted_to, counted_epoch;
	/* And those that native stretches passed, which no position shows; ascending. */
	struct passed_hits *passed;
	size_t passed_count;
	bool hit;			/* where it is being looked at now */
};

/* A piece of a log message. */
struct log_part {
	char *text;			/* plain, or why the expression is none */
	struct expr *value;		/* between braces */
};

/* In the stretch that arrives at position. */
struct passed_hits {
	uint64_t position;
	uint64_t total;			/* with those of all stretches before it */
};

struct breakpoints;

struct breakpoints *breakpoints_new(void);	/* NULL: no memory */
void breakpoints_free(struct breakpoints *);

/* Replace, in the order given.  -ENOSPC over BREAKPOINTS_MAX (nothing changes), -ENOMEM. */
int breakpoints_set_lines(struct breakpoints *, const struct image *, int file,
    const struct args_source_breakpoint *, size_t count);
int breakpoints_set_functions(struct breakpoints *, const struct image *,
    const struct args_function_breakpoint *, size_t count);
/* view: to look whether there is code. */
int breakpoints_set_instructions(struct breakpoints *, const struct image *, const struct view *,
    const struct args_instruction_breakpoint *, size_t count);

/* Whether some wait for a library; and look for them anew: true: one was found. */
bool breakpoints_pending(const struct breakpoints *);
bool breakpoints_resolve(struct breakpoints *, const struct image *);

/* Whether an instruction can be at an address: the memory there may be executed. */
bool breakpoints_executable(const struct view *, uint64_t address);

/* All, in order of kind, file and setting; borrowed. */
const struct breakpoint *breakpoints_all(const struct breakpoints *, size_t *count);

/* The same, to be changed where a condition failed or hits were counted. */
struct breakpoint *breakpoints_list(struct breakpoints *, size_t *count);

/* Every address, each once, then extra's: freed by the caller.  NULL: no memory. */
uint64_t *breakpoints_addresses(const struct breakpoints *, const uint64_t *extra,
    size_t extra_count, size_t *count);
/* Ascending, as the record is searched for them. */
void addresses_sort(uint64_t *addresses, size_t count);
/* A number for what is no breakpoint of these but is told among them. */
unsigned breakpoints_new_id(struct breakpoints *);
/* Whether one is at this address. */
bool breakpoints_at(const struct breakpoints *, uint64_t address);

/* -- breakpoints-wish.c ------------------------------------------------------ */
/* Keep what it asks as it was written, to tell it; false: no memory. */
bool breakpoint_keep(struct breakpoint *b, const struct breakpoint_wish *);
/* Parse what it asks; false with b->message: it cannot be. */
bool breakpoint_wish(struct breakpoint *b, const struct image *, const struct breakpoint_wish *);
/* Frees what that made, and what was counted. */
void breakpoint_clear(struct breakpoint *b);
/* Take over the hits that `old' has passed, if both ask the same. */
void breakpoint_keep_hits(struct breakpoint *b, struct breakpoint *old);

#endif
