/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A command's arguments, checked against src/session.def and put into plain
 * structures: args->moment.position, args->of_readMemory.count.  Each has a
 * has_… beside it; one that is absent holds its default.  An argument that is
 * not in the table, of the wrong type or out of its bounds is a 400 that
 * names it and says what is wanted.
 */
#ifndef PT_ARGS_H
#define PT_ARGS_H

#include "tracer/failure.h"
#include "tracer/value.h"

enum command_kind { CONTROL = 1, QUERY = 2, SETTING = 4, LINK = 8, CHANGE = 16 };

enum { GRANULARITY_LINE, GRANULARITY_STATEMENT, GRANULARITY_INSTRUCTION };
enum { DIRECTION_FORWARD, DIRECTION_BACK };
enum { SYNTAX_ATT, SYNTAX_INTEL };
enum { POLICY_STEP, POLICY_AHEAD, POLICY_EVERYTHING };

enum command {
#define COMMAND(n, kind, help, answer) COMMAND_##n,
#define RESERVED(n, kind, help) COMMAND_##n,
#include "src/session.def"
	COMMAND_COUNT,
};

/* TEXT has a NUL behind it that f_len does not count; all memory is the args'. */
#define COMMON(group, kinds) struct args_##group {
#define END_COMMON(group) };
#define RECORD(n) struct args_##n {
#define END_RECORD(n) };
#define COMMAND(n, kind, help, answer) struct args_##n { char none;
#define END(n) };
#define UINT(f, need, min, max, def, help) uint64_t f; bool has_##f;
#define INT(f, need, min, max, def, help) int64_t f; bool has_##f;
#define BOOL(f, need, def, help) bool f; bool has_##f;
#define ADDRESS(f, need, help) uint64_t f; bool has_##f;
#define TEXT(f, need, max, help) const char *f; size_t f##_len; bool has_##f;
#define BYTES(f, need, max, help) const uint8_t *f; size_t f##_len; bool has_##f;
#define CHOICE(f, need, words, def, help) unsigned f; bool has_##f;
#define LIST(f, need, record, max, help) struct args_##record *f; size_t f##_len; bool has_##f;
#define WORDS(f, need, words, help) unsigned f; bool has_##f;	/* a bit each, in the words' order */
#define WITH(f, max, help) const struct value *f; size_t f##_len; bool has_##f;
#include "src/session.def"

struct args {
#define COMMON(group, kinds) struct args_##group group;
#include "src/session.def"
#define COMMAND(n, kind, help, answer) struct args_##n of_##n;	/* `continue' and `goto' are C's */
	union {
#include "src/session.def"
	};
	void *owned[4];			/* lists and decoded bytes */
	unsigned owned_count;
};

struct command_info {
	const char *name;
	enum command_kind kind;
	bool reserved;
};

/* [COMMAND_COUNT] */
extern const struct command_info command_table[];

/* COMMAND_COUNT when there is none of this name; then near[] gets names that
 * are like it, as text for a message. */
enum command command_find(const char *name, char *near, size_t near_size);

/* Check map (the arguments; NULL: none) for a command.  0, or -1 with *failure.
 * The values must outlive the args.  Free with args_free(), also after a failure. */
int args_check(struct args *, enum command, const struct value *map, struct failure *);
void args_free(struct args *);

#endif
