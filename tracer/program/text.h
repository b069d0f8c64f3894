/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Text that is built up in a fixed buffer; what does not fit is cut and ends in
 * an ellipsis.  Private to program/. */
#ifndef PT_TEXT_H
#define PT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	char *buffer;
	size_t size;	/* of the buffer, ≥ 8 */
	size_t length;	/* of the text; the buffer always ends in NUL behind it */
	bool cut;
};

/* Over a buffer that the caller keeps; text that does not fit is cut, which text_end() shows. */
struct text text_in(char *buffer, size_t size);
void text_add(struct text *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Bytes of the program as a quoted string: escapes as in C, valid UTF-8 as it is. */
void text_quote(struct text *, const uint8_t *bytes, size_t length, char quote);
/* Puts the ellipsis where text was cut. */
void text_end(struct text *);

#endif
