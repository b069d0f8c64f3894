/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "httpd/json.h"

/* Bytes of the UTF-8 sequence at p, 0 if it is none (RFC 3629: no overlong
 * forms, no surrogates, nothing past U+10FFFF).  A NUL ends every check. */
static size_t sequence_length(const uint8_t *p)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

static void add_escaped(struct evbuffer *out, uint8_t c)
{
	static const char shorts[] = "b\bt\tn\nf\fr\r\"\"\\\\";

	for (const char *s = shorts; *s != '\0'; s += 2) {
		if ((uint8_t)s[1] == c) {
			evbuffer_add(out, (char[]){ '\\', s[0] }, 2);
			return;
		}
	}
	evbuffer_add_printf(out, "\\u%04x", c);
}

void json_string(struct evbuffer *out, const char *text)
{
	const uint8_t *p = (const uint8_t *)text, *plain = p;

	evbuffer_add(out, "\"", 1);
	while (*p != '\0') {
		size_t n = sequence_length(p);

		if (n > 1 || (n == 1 && *p >= 0x20 && *p != '"' && *p != '\\' && *p != 0x7f)) {
			p += n;
			continue;
		}
		evbuffer_add(out, plain, (size_t)(p - plain));
		if (n == 0)
			evbuffer_add(out, "\xef\xbf\xbd", 3);
		else
			add_escaped(out, *p);
		plain = ++p;
	}
	evbuffer_add(out, plain, (size_t)(p - plain));
	evbuffer_add(out, "\"", 1);
}
