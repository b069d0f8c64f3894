/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* session.def as rows: where a value goes in its struct and what it may be. */
#ifndef PT_ARGS_TABLE_H
#define PT_ARGS_TABLE_H

#include "tracer/args.h"

enum need { OPTIONAL, REQUIRED };
enum field_type {
	FIELD_UINT, FIELD_INT, FIELD_BOOL, FIELD_ADDRESS, FIELD_TEXT, FIELD_BYTES,
	FIELD_CHOICE, FIELD_LIST, FIELD_WORDS, FIELD_WITH,
};

struct field {
	const char *name;
	enum field_type type;
	enum need need;
	int64_t min;
	uint64_t max;
	int64_t def;			/* UINT, INT, BOOL; an index for CHOICE */
	const char *words;		/* CHOICE; the default is def_word */
	const char *def_word;
	size_t offset, has_offset;
	const struct field *(*record)(void);	/* LIST */
	size_t record_size;
};

/* Arguments that all commands of some kinds take; ends with rows NULL. */
struct args_group {
	const struct field *(*rows)(void);
	size_t offset;			/* in struct args */
	unsigned kinds;
};

/* A command's own; NULL for a reserved one. */
extern const struct field *(*const args_rows[COMMAND_COUNT])(void);
extern const struct args_group args_groups[];

/* All of a command's own structs share one place in the union. */
#define ARGS_OWN_OFFSET offsetof(struct args, of_stepIn)

#endif
