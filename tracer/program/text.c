/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ELLIPSIS	"\xe2\x80\xa6"

struct text text_in(char *buffer, size_t size)
{
	buffer[0] = '\0';
	return (struct text){ .buffer = buffer, .size = size };
}

void text_add(struct text *t, const char *format, ...)
{
	size_t room = t->size - t->length;
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(t->buffer + t->length, room, format, list);
	va_end(list);
	if (n < 0)
		return;
	t->cut |= (size_t)n >= room;
	t->length += (size_t)n < room ? (size_t)n : room - 1;
}

/* Length of the well-formed UTF-8 character (Unicode 15, table 3-7) at b, 0: none. */
static size_t utf8_length(const uint8_t *b, size_t length)
{
	size_t need = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;

	if (b[0] < 0xc2 || b[0] > 0xf4 || length < need)
		return 0;
	for (size_t i = 1; i < need; i++)
		if ((b[i] & 0xc0) != 0x80)
			return 0;
	if ((b[0] == 0xe0 && b[1] < 0xa0) || (b[0] == 0xed && b[1] > 0x9f) ||
	    (b[0] == 0xf0 && b[1] < 0x90) || (b[0] == 0xf4 && b[1] > 0x8f))
		return 0;
	return need;
}

static void quote_byte(struct text *t, uint8_t c, char quote)
{
	static const char plain[] = "\a\b\t\n\v\f\r\033", letter[] = "abtnvfre";
	const char *found = c ? strchr(plain, c) : NULL;

	if (found)
		text_add(t, "\\%c", letter[found - plain]);
	else if (c == '\\' || c == (uint8_t)quote)
		text_add(t, "\\%c", c);
	else if (c >= 0x20 && c < 0x7f)
		text_add(t, "%c", c);
	else
		text_add(t, "\\%03o", c);
}

void text_quote(struct text *t, const uint8_t *bytes, size_t length, char quote)
{
	text_add(t, "%c", quote);
	for (size_t i = 0; i < length && !t->cut; i++) {
		size_t character = utf8_length(bytes + i, length - i);

		if (character) {
			text_add(t, "%.*s", (int)character, (const char *)bytes + i);
			i += character - 1;
		} else {
			quote_byte(t, bytes[i], quote);
		}
	}
	text_add(t, "%c", quote);
}

void text_end(struct text *t)
{
	size_t at;

	if (!t->cut)
		return;
	at = t->size - sizeof(ELLIPSIS);
	if (at > t->length)
		at = t->length;
	/* Not inside a character. */
	while (at > 0 && ((uint8_t)t->buffer[at] & 0xc0) == 0x80)
		at--;
	memcpy(t->buffer + at, ELLIPSIS, sizeof(ELLIPSIS));
	t->length = at + sizeof(ELLIPSIS) - 1;
}
