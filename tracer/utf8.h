/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* UTF-8 as RFC 3629 has it: no surrogates, nothing overlong, nothing over U+10FFFF. */
#ifndef PT_UTF8_H
#define PT_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Length of the sequence that text begins with, 1 … 4; 0 when it is none (skip
 * one byte).  *partial: it is a beginning that the text's end has cut. */
size_t utf8_sequence(const char *text, size_t length, bool *partial);

bool utf8_valid(const char *text, size_t length);

/* Length of text without a sequence that its end has cut. */
size_t utf8_whole(const char *text, size_t length);

/* How many bytes at the start of text belong to a sequence that began before it, 0 … 3. */
size_t utf8_tail(const char *text, size_t length);

#endif
