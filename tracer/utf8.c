/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/utf8.h"

#include <stdint.h>

/* Lowest and highest second byte that a first byte allows (RFC 3629 section 4). */
static size_t sequence_kind(uint8_t first, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef) {
		if (first == 0xe0)
			*low = 0xa0;
		if (first == 0xed)
			*high = 0x9f;
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		if (first == 0xf0)
			*low = 0x90;
		if (first == 0xf4)
			*high = 0x8f;
		return 4;
	}
	return 0;
}

size_t utf8_sequence(const char *text, size_t length, bool *partial)
{
	const uint8_t *at = (const uint8_t *)text;
	uint8_t low, high;
	size_t want;

	*partial = false;
	if (length == 0)
		return 0;
	want = sequence_kind(at[0], &low, &high);
	for (size_t i = 1; i < want; i++) {
		if (i == length) {
			*partial = true;
			return 0;
		}
		if (at[i] < low || at[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return want;
}

bool utf8_valid(const char *text, size_t length)
{
	bool partial;

	while (length > 0) {
		size_t n = utf8_sequence(text, length, &partial);

		if (n == 0)
			return false;
		text += n;
		length -= n;
	}
	return true;
}

size_t utf8_whole(const char *text, size_t length)
{
	bool partial;

	for (size_t back = 1; back <= 3 && back <= length; back++) {
		utf8_sequence(text + length - back, back, &partial);
		if (partial)
			return length - back;
	}
	return length;
}

size_t utf8_tail(const char *text, size_t length)
{
	size_t n = 0;

	while (n < 3 && n < length && ((uint8_t)text[n] & 0xc0) == 0x80)
		n++;
	return n;
}
