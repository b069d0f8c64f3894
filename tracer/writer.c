/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * msgpack's headers need the count before the members are known, so containers
 * are opened with a 16-bit count that is put in when they are closed.
 */
#include "tracer/writer-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool w_init(struct writer *w, enum encoding encoding, size_t limit)
{
	*w = (struct writer){ .encoding = encoding, .limit = limit };
	w->data = malloc(limit);
	w->overflow = w->data == NULL;
	return w->data != NULL;
}

void w_free(struct writer *w)
{
	free(w->data);
	w->data = NULL;
}

size_t w_room(const struct writer *w)
{
	/* A closing bracket for each open container is always left. */
	size_t used = w->length + w->depth;

	return w->data == NULL || w->overflow || used >= w->limit ? 0 : w->limit - used;
}

void w_reserve(struct writer *w, size_t bytes)
{
	w->limit -= bytes;
}

void w_release(struct writer *w, size_t bytes)
{
	w->limit += bytes;
}

bool w_put(struct writer *w, const void *bytes, size_t length)
{
	if (length > w_room(w)) {
		w->overflow = true;
		return false;
	}
	memcpy(w->data + w->length, bytes, length);
	w->length += length;
	return true;
}

void w_put_big_endian(struct writer *w, uint8_t tag, uint64_t value, unsigned size)
{
	uint8_t bytes[9] = { tag };

	for (unsigned i = 0; i < size; i++)
		bytes[1 + i] = value >> (8 * (size - 1 - i));
	w_put(w, bytes, 1 + size);
}

/* What stands before a value: JSON's comma, and the count. */
void w_before_value(struct writer *w)
{
	if (w->value_due) {
		w->value_due = false;
		return;
	}
	if (w->depth == 0)
		return;
	if (w->encoding == ENCODING_JSON && w->open[w->depth - 1].count > 0)
		w_put(w, ",", 1);
	if (++w->open[w->depth - 1].count > UINT16_MAX)
		w->overflow = true;
}

static void begin(struct writer *w, bool is_map)
{
	w_before_value(w);
	if (w->depth == WRITER_DEPTH || w_room(w) < 4) {
		w->overflow = true;
		return;
	}
	w->open[w->depth].header = w->length;
	w->open[w->depth].count = 0;
	w->depth++;
	if (w->encoding == ENCODING_JSON)
		w_put(w, is_map ? "{" : "[", 1);
	else
		w_put_big_endian(w, is_map ? 0xde : 0xdc, 0, 2);
}

/* A container whose opening did not fit has an overflow and is taken back by a
 * rewind: until then its end must not close another one. */
static void end(struct writer *w, bool is_map)
{
	if (w->overflow || w->depth == 0)
		return;
	w->depth--;
	if (w->encoding == ENCODING_JSON) {
		w->data[w->length++] = is_map ? '}' : ']';
		return;
	}
	w->data[w->open[w->depth].header + 1] = w->open[w->depth].count >> 8;
	w->data[w->open[w->depth].header + 2] = w->open[w->depth].count;
}

void w_begin_map(struct writer *w)
{
	begin(w, true);
}

void w_end_map(struct writer *w)
{
	end(w, true);
}

void w_begin_list(struct writer *w)
{
	begin(w, false);
}

void w_end_list(struct writer *w)
{
	end(w, false);
}

void w_key_text(struct writer *w, const char *key, size_t length)
{
	w_text(w, key, length);
	if (w->encoding == ENCODING_JSON)
		w_put(w, ":", 1);
	w->value_due = true;
}

void w_key(struct writer *w, const char *key)
{
	w_key_text(w, key, strlen(key));
}

static void put_json(struct writer *w, const char *text)
{
	w_put(w, text, strlen(text));
}

void w_uint(struct writer *w, uint64_t value)
{
	char digits[24];

	w_before_value(w);
	if (w->encoding == ENCODING_JSON) {
		snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
		put_json(w, digits);
	} else if (value < 0x80) {
		w_put_big_endian(w, value, 0, 0);
	} else if (value <= UINT8_MAX) {
		w_put_big_endian(w, 0xcc, value, 1);
	} else if (value <= UINT16_MAX) {
		w_put_big_endian(w, 0xcd, value, 2);
	} else if (value <= UINT32_MAX) {
		w_put_big_endian(w, 0xce, value, 4);
	} else {
		w_put_big_endian(w, 0xcf, value, 8);
	}
}

void w_int(struct writer *w, int64_t value)
{
	char digits[24];

	if (value >= 0) {
		w_uint(w, value);
		return;
	}
	w_before_value(w);
	if (w->encoding == ENCODING_JSON) {
		snprintf(digits, sizeof(digits), "%lld", (long long)value);
		put_json(w, digits);
	} else {
		w_put_big_endian(w, 0xd3, value, 8);
	}
}

void w_bool(struct writer *w, bool value)
{
	w_before_value(w);
	if (w->encoding == ENCODING_JSON)
		put_json(w, value ? "true" : "false");
	else
		w_put_big_endian(w, value ? 0xc3 : 0xc2, 0, 0);
}

void w_word(struct writer *w, uint64_t value)
{
	char digits[24];

	w_before_value(w);
	if (w->encoding == ENCODING_JSON) {
		snprintf(digits, sizeof(digits), "\"0x%llx\"", (unsigned long long)value);
		put_json(w, digits);
	} else {
		w_put_big_endian(w, 0xcf, value, 8);
	}
}

static void put_base64(struct writer *w, const uint8_t *bytes, size_t length)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	w_put(w, "\"", 1);
	for (size_t i = 0; i < length && !w->overflow; i += 3) {
		size_t left = length - i;
		uint32_t three = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) |
		    (left > 2 ? bytes[i + 2] : 0);
		char four[4] = {
			digit[three >> 18], digit[three >> 12 & 63],
			left > 1 ? digit[three >> 6 & 63] : '=', left > 2 ? digit[three & 63] : '=',
		};

		w_put(w, four, sizeof(four));
	}
	w_put(w, "\"", 1);
}

void w_bytes(struct writer *w, const void *bytes, size_t length)
{
	w_before_value(w);
	if (w->encoding == ENCODING_JSON) {
		put_base64(w, bytes, length);
		return;
	}
	if (length <= UINT8_MAX)
		w_put_big_endian(w, 0xc4, length, 1);
	else if (length <= UINT16_MAX)
		w_put_big_endian(w, 0xc5, length, 2);
	else
		w_put_big_endian(w, 0xc6, length, 4);
	if (length > 0)
		w_put(w, bytes, length);
}

/* -- shorthands ---------------------------------------------------------- */

void w_string(struct writer *w, const char *text)
{
	w_text(w, text, strlen(text));
}

void w_key_uint(struct writer *w, const char *key, uint64_t value)
{
	w_key(w, key);
	w_uint(w, value);
}

void w_key_bool(struct writer *w, const char *key, bool value)
{
	w_key(w, key);
	w_bool(w, value);
}

void w_key_word(struct writer *w, const char *key, uint64_t value)
{
	w_key(w, key);
	w_word(w, value);
}

void w_key_string(struct writer *w, const char *key, const char *text)
{
	w_key(w, key);
	w_string(w, text);
}

void w_key_map(struct writer *w, const char *key)
{
	w_key(w, key);
	w_begin_map(w);
}

void w_key_list(struct writer *w, const char *key)
{
	w_key(w, key);
	w_begin_list(w);
}

/* -- going back ----------------------------------------------------------- */

struct w_mark w_mark(const struct writer *w)
{
	return (struct w_mark){
		.length = w->length, .depth = w->depth, .value_due = w->value_due,
		.count = w->depth > 0 ? w->open[w->depth - 1].count : 0,
	};
}

void w_rewind(struct writer *w, struct w_mark mark)
{
	if (w->data == NULL)
		return;
	w->length = mark.length;
	w->depth = mark.depth;
	w->value_due = mark.value_due;
	if (w->depth > 0)
		w->open[w->depth - 1].count = mark.count;
	w->overflow = false;
}
