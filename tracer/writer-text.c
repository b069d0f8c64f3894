/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Text of strangers (programs print anything) as UTF-8, in as much room as there is. */
#include <stdio.h>
#include <string.h>

#include "tracer/utf8.h"
#include "tracer/writer-private.h"

static const char replacement[] = "\xef\xbf\xbd";	/* U+FFFD */

/* The next character of text: how many of its bytes it takes, and its encoded form. */
static size_t encode_character(enum encoding encoding, const char *text, size_t length,
    char out[8], size_t *out_length)
{
	static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	bool partial;
	size_t n = utf8_sequence(text, length, &partial);
	const char *escape;

	*out_length = n == 0 ? 3 : n;
	memcpy(out, n == 0 ? replacement : text, *out_length);
	if (encoding != ENCODING_JSON || n > 1 || n == 0)
		return n == 0 ? 1 : n;
	escape = text[0] != '\0' ? strchr(escaped, text[0]) : NULL;
	if (escape != NULL) {
		out[0] = '\\';
		out[1] = letters[escape - escaped];
		*out_length = 2;
	} else if ((uint8_t)text[0] < 0x20 || text[0] == 0x7f) {
		*out_length = snprintf(out, 8, "\\u%04x", (unsigned)text[0]);
	}
	return 1;
}

/* Encoded bytes of text, without what is around it. */
static size_t encoded_length(enum encoding encoding, const char *text, size_t length)
{
	size_t total = 0;

	for (size_t i = 0; i < length; ) {
		char out[8];
		size_t n;

		i += encode_character(encoding, text + i, length - i, out, &n);
		total += n;
	}
	return total;
}

static void put_header(struct writer *w, size_t length)
{
	if (w->encoding == ENCODING_JSON)
		w_put(w, "\"", 1);
	else if (length < 32)
		w_put_big_endian(w, 0xa0 | length, 0, 0);
	else if (length <= UINT8_MAX)
		w_put_big_endian(w, 0xd9, length, 1);
	else if (length <= UINT16_MAX)
		w_put_big_endian(w, 0xda, length, 2);
	else
		w_put_big_endian(w, 0xdb, length, 4);
}

void w_text(struct writer *w, const char *text, size_t length)
{
	w_before_value(w);
	put_header(w, w->encoding == ENCODING_MSGPACK ? encoded_length(w->encoding, text, length) : 0);
	for (size_t i = 0; i < length && !w->overflow; ) {
		char out[8];
		size_t n;

		i += encode_character(w->encoding, text + i, length - i, out, &n);
		w_put(w, out, n);
	}
	if (w->encoding == ENCODING_JSON)
		w_put(w, "\"", 1);
}

size_t w_text_start(struct writer *w, const char *text, size_t length, size_t room)
{
	size_t i = 0, used = 0;

	while (i < length) {
		char out[8];
		size_t n, taken = encode_character(w->encoding, text + i, length - i, out, &n);

		if (used + n > room)
			break;
		used += n;
		i += taken;
	}
	w_text(w, text, i);
	return i;
}

size_t w_text_end(struct writer *w, const char *text, size_t length, size_t room)
{
	size_t total = encoded_length(w->encoding, text, length), i = 0;

	while (total > room && i < length) {
		char out[8];
		size_t n;

		i += encode_character(w->encoding, text + i, length - i, out, &n);
		total -= n;
	}
	w_text(w, text + i, length - i);
	return length - i;
}
