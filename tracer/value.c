/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Payloads come from whoever has the session's address and are hostile.  JSON
 * is read by jansson (duplicates refused, nothing behind the value), msgpack
 * by mpread; both end in one tree whose memory is bounded by the payload's
 * length: a value takes at least a byte of it, text no more than its bytes.
 */
#include "tracer/value.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/mpread.h"
#include "tracer/utf8.h"

struct reader {
	struct value_tree *tree;
	char *why;
};

static bool refuse(struct reader *r, const char *why)
{
	snprintf(r->why, VALUE_WHY_MAX, "%s", why);
	return false;
}

static struct value *value_new(struct reader *r)
{
	struct value_tree *t = r->tree;

	if (t->used == t->max) {
		refuse(r, "more values than one request may hold");
		return NULL;
	}
	t->values[t->used] = (struct value){ .type = VALUE_NULL };
	return &t->values[t->used++];
}

/* The tree's own copy, with a NUL behind it. */
static const char *keep(struct reader *r, const void *bytes, size_t length)
{
	struct value_tree *t = r->tree;
	char *copy = t->text + t->text_used;

	if (length + 1 > t->text_max - t->text_used) {
		refuse(r, "more text than the request's own length");
		return NULL;
	}
	if (length > 0)
		memcpy(copy, bytes, length);
	copy[length] = '\0';
	t->text_used += length + 1;
	return copy;
}

static const char *keep_text(struct reader *r, const char *text, size_t length)
{
	if (text == NULL || !utf8_valid(text, length) || memchr(text, '\0', length) != NULL) {
		refuse(r, "text must be UTF-8 without NUL");
		return NULL;
	}
	return keep(r, text, length);
}

/* Hang a member into its list or map; a map's key only once. */
static bool adopt(struct reader *r, struct value *parent, struct value **last, struct value *child)
{
	/* Finding a key twice is a search a key: keep it from being quadratic. */
	if (child->key != NULL && parent->length == VALUE_KEYS_MAX)
		return refuse(r, "a map of more than 64 members");
	if (child->key != NULL && value_member(parent, child->key) != NULL) {
		snprintf(r->why, VALUE_WHY_MAX, "\"%.64s\" is there twice", child->key);
		return false;
	}
	if (*last == NULL)
		parent->first = child;
	else
		(*last)->next = child;
	*last = child;
	parent->length++;
	return true;
}

/* -- JSON -------------------------------------------------------------- */

static struct value *from_json(struct reader *r, json_t *json, unsigned depth);

static bool members_from_json(struct reader *r, struct value *v, json_t *json, unsigned depth)
{
	struct value *last = NULL, *child;
	const char *key;
	json_t *member;
	size_t i;

	if (depth == VALUE_DEPTH)
		return refuse(r, "nested deeper than 6 levels");
	json_array_foreach(json, i, member) {
		child = from_json(r, member, depth + 1);
		if (child == NULL || !adopt(r, v, &last, child))
			return false;
	}
	json_object_foreach(json, key, member) {
		child = from_json(r, member, depth + 1);
		if (child == NULL || (child->key = keep_text(r, key, strlen(key))) == NULL ||
		    !adopt(r, v, &last, child))
			return false;
	}
	return true;
}

static void number_from_json(struct value *v, json_int_t number)
{
	v->type = number < 0 ? VALUE_NEGATIVE : VALUE_UINT;
	if (number < 0)
		v->negative = number;
	else
		v->number = (uint64_t)number;
}

static struct value *from_json(struct reader *r, json_t *json, unsigned depth)
{
	struct value *v = value_new(r);

	if (v == NULL)
		return NULL;
	switch (json_typeof(json)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		v->type = json_is_array(json) ? VALUE_LIST : VALUE_MAP;
		return members_from_json(r, v, json, depth) ? v : NULL;
	case JSON_STRING:
		v->type = VALUE_TEXT;
		v->length = json_string_length(json);
		v->text = keep_text(r, json_string_value(json), v->length);
		return v->text != NULL ? v : NULL;
	case JSON_INTEGER:
		number_from_json(v, json_integer_value(json));
		return v;
	case JSON_REAL:
		v->type = VALUE_FLOAT;
		return v;
	case JSON_TRUE:
	case JSON_FALSE:
		v->type = VALUE_BOOL;
		v->boolean = json_is_true(json);
		return v;
	case JSON_NULL:
		return v;
	}
	return NULL;
}

static bool read_json(struct reader *r, const void *payload, size_t length)
{
	json_error_t error;
	json_t *json = json_loadb(length > 0 ? payload : "{}", length > 0 ? length : 2,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);

	if (json == NULL) {
		snprintf(r->why, VALUE_WHY_MAX, "not JSON: line %d, column %d: %s",
		    error.line, error.column, error.text);
		return false;
	}
	r->tree->root = from_json(r, json, 0);
	json_decref(json);
	return r->tree->root != NULL;
}

/* -- msgpack ----------------------------------------------------------- */

static struct value *from_msgpack(struct reader *r, struct mpread *in, unsigned depth);

static bool members_from_msgpack(struct reader *r, struct value *v, struct mpread *in, unsigned depth)
{
	size_t count = v->type == VALUE_MAP ? mp_map(in) : mp_array(in);
	struct value *last = NULL;

	if (depth == VALUE_DEPTH)
		return refuse(r, "nested deeper than 6 levels");
	for (size_t i = 0; i < count && !in->error; i++) {
		size_t key_length = 0;
		const char *key = v->type == VALUE_MAP ? mp_str(in, &key_length) : NULL;
		const char *kept = NULL;
		struct value *child;

		if (in->error)
			break;
		if (v->type == VALUE_MAP && (kept = keep_text(r, key, key_length)) == NULL)
			return false;
		child = from_msgpack(r, in, depth + 1);
		if (child == NULL)
			return false;
		child->key = kept;
		if (!adopt(r, v, &last, child))
			return false;
	}
	return !in->error || refuse(r, "not msgpack");
}

static struct value *from_msgpack(struct reader *r, struct mpread *in, unsigned depth)
{
	struct value *v = value_new(r);

	if (v == NULL)
		return NULL;
	switch (mp_peek(in)) {
	case MP_NIL:
		mp_nil(in);
		break;
	case MP_BOOL:
		v->type = VALUE_BOOL;
		v->boolean = mp_bool(in);
		break;
	case MP_UINT:
		v->type = VALUE_UINT;
		v->number = mp_uint(in);
		break;
	case MP_INT:
		v->type = VALUE_NEGATIVE;
		v->negative = mp_int(in);
		break;
	case MP_FLOAT:
		v->type = VALUE_FLOAT;
		mp_float(in);
		break;
	case MP_STR:
		v->type = VALUE_TEXT;
		v->text = mp_str(in, &v->length);
		v->text = in->error ? NULL : keep_text(r, v->text, v->length);
		if (v->text == NULL)
			return NULL;
		break;
	case MP_BIN:
		v->type = VALUE_BYTES;
		v->text = (const char *)mp_bin(in, &v->length);
		v->text = in->error ? NULL : keep(r, v->text, v->length);
		if (v->text == NULL)
			return NULL;
		break;
	case MP_ARRAY:
	case MP_MAP:
		v->type = mp_peek(in) == MP_MAP ? VALUE_MAP : VALUE_LIST;
		return members_from_msgpack(r, v, in, depth) ? v : NULL;
	case MP_NONE:
		refuse(r, "not msgpack");
		return NULL;
	}
	return in->error ? (refuse(r, "not msgpack"), NULL) : v;
}

static bool read_msgpack(struct reader *r, const void *payload, size_t length)
{
	struct mpread in;

	mp_start(&in, length > 0 ? payload : "\x80", length > 0 ? length : 1);
	r->tree->root = from_msgpack(r, &in, 0);
	if (r->tree->root == NULL)
		return false;
	return mp_end(&in) || refuse(r, "bytes left over behind the request");
}

/* ---------------------------------------------------------------------- */

bool value_read(struct value_tree *tree, enum encoding encoding, const void *payload, size_t length,
    char *why)
{
	struct reader r = { .tree = tree, .why = why };
	bool ok;

	snprintf(why, VALUE_WHY_MAX, "malformed");
	*tree = (struct value_tree){ .max = length + 1 < VALUES_MAX ? length + 1 : VALUES_MAX };
	/* Each text has at least a byte of its own around it: a header, or quotes. */
	tree->text_max = length + 1;
	tree->values = malloc(tree->max * sizeof(*tree->values));
	tree->text = malloc(tree->text_max);
	if (tree->values == NULL || tree->text == NULL)
		ok = refuse(&r, "no memory");
	else
		ok = encoding == ENCODING_JSON ? read_json(&r, payload, length) : read_msgpack(&r, payload, length);
	if (ok && tree->root->type != VALUE_MAP)
		ok = refuse(&r, "must be a map of arguments");
	if (!ok)
		value_free(tree);
	return ok;
}

void value_free(struct value_tree *tree)
{
	free(tree->values);
	free(tree->text);
	*tree = (struct value_tree){ .root = NULL };
}

const struct value *value_member(const struct value *map, const char *key)
{
	for (const struct value *v = map->first; v != NULL; v = v->next)
		if (strcmp(v->key, key) == 0)
			return v;
	return NULL;
}

const char *value_type_name(enum value_type type)
{
	static const char *const names[] = {
		[VALUE_NULL] = "nothing", [VALUE_BOOL] = "true or false", [VALUE_UINT] = "a number",
		[VALUE_NEGATIVE] = "a negative number", [VALUE_FLOAT] = "a fraction", [VALUE_TEXT] = "text",
		[VALUE_BYTES] = "bytes", [VALUE_LIST] = "a list", [VALUE_MAP] = "a map",
	};

	return names[type];
}
