/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A request's payload as a tree of values, the same from JSON and from
 * msgpack: bounded in depth and number, text checked to be UTF-8, a key that
 * comes twice refused.  What a value means is args.c's.
 */
#ifndef PT_VALUE_H
#define PT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/writer.h"

#define VALUE_DEPTH	6
#define VALUES_MAX	8192
#define VALUE_KEYS_MAX	64

enum value_type {
	VALUE_NULL, VALUE_BOOL, VALUE_UINT, VALUE_NEGATIVE, VALUE_FLOAT,
	VALUE_TEXT, VALUE_BYTES, VALUE_LIST, VALUE_MAP,
};

struct value {
	enum value_type type;
	union {
		bool boolean;
		uint64_t number;	/* UINT */
		int64_t negative;	/* NEGATIVE */
	};
	const char *text;		/* TEXT (NUL behind it), BYTES */
	size_t length;			/* bytes of TEXT and BYTES, members of LIST and MAP */
	const char *key;		/* in a MAP */
	const struct value *first, *next;
};

/* Owns its values and their text; nothing of the payload is kept. */
struct value_tree {
	struct value *values;
	size_t used, max;
	char *text;
	size_t text_used, text_max;
	const struct value *root;
};

#define VALUE_WHY_MAX 256

/* Read payload, which must hold one map and nothing behind it; an empty
 * payload is an empty map.  false: why[VALUE_WHY_MAX] in words, and nothing to
 * free.  Free with value_free(). */
bool value_read(struct value_tree *, enum encoding, const void *payload, size_t length, char *why);
void value_free(struct value_tree *);

/* A map's member, NULL when it has none of this name. */
const struct value *value_member(const struct value *map, const char *key);

/* "a text", "a list": for messages. */
const char *value_type_name(enum value_type);

#endif
