/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Diagnostics as JSON: see diagnostics.h. */
#include "config.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/diagnostics.h"

static const char *const severity_names[] = {
	[SEVERITY_NOTE] = "note", [SEVERITY_WARNING] = "warning", [SEVERITY_ERROR] = "error",
};

/* -- text ------------------------------------------------------------- */

/* The length of the UTF-8 character at s (RFC 3629: no surrogates, nothing
 * longer than it must be, at most U+10FFFF); 0 when it is none. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
	static const struct { unsigned char first, last, length; uint32_t least; } forms[] = {
		{ 0x00, 0x7f, 1, 0 }, { 0xc2, 0xdf, 2, 0x80 }, { 0xe0, 0xef, 3, 0x800 }, { 0xf0, 0xf4, 4, 0x10000 },
	};

	for (size_t f = 0; f < sizeof(forms) / sizeof(*forms); f++) {
		size_t length = forms[f].length;
		uint32_t c = s[0] & (0xff >> (length + 1));

		if (s[0] < forms[f].first || s[0] > forms[f].last)
			continue;
		for (size_t i = 1; i < length; i++) {
			if (i >= left || (s[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (s[i] & 0x3f);
		}
		if (length == 1)
			return 1;
		return c < forms[f].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : length;
	}
	return 0;
}

char *text_clean(const char *text, size_t length, size_t max)
{
	char *out = malloc(max + 4), *at = out;

	for (size_t i = 0; out != NULL && i < length && (size_t)(at - out) < max; ) {
		const unsigned char *s = (const unsigned char *)text + i;
		size_t n = utf8_length(s, length - i);
		bool bad = n == 0 || (n == 1 && (*s < 0x20 || *s == 0x7f) && *s != '\t');

		if ((size_t)(at - out) + (bad ? 3 : n) > max)
			break;
		at = mempcpy(at, bad ? "\xef\xbf\xbd" : (const char *)s, bad ? 3 : n);
		i += n > 0 ? n : 1;
	}
	if (out != NULL)
		*at = '\0';
	return out;
}

/* -- columns ---------------------------------------------------------- */

/* Where the last line looked up begins: the next one asked for is mostly
 * behind it. */
struct line_cursor {
	const struct request_file *file;
	unsigned line;
	const char *at;
};

static const char *find_line(struct line_cursor *c, const struct request_file *file, unsigned line)
{
	if (c->file != file || line < c->line)
		*c = (struct line_cursor){ .file = file, .line = 1, .at = file->text };
	while (c->line < line) {
		const char *newline = strchr(c->at, '\n');

		if (newline == NULL)
			return NULL;
		c->at = newline + 1;
		c->line++;
	}
	return c->at;
}

/* From bytes to characters. */
static unsigned character_column(struct line_cursor *cursor, const struct diagnostic *d)
{
	const char *line = find_line(cursor, d->file, d->line);
	unsigned column = 1;

	for (unsigned i = 0; line != NULL && i + 1 < d->column; i++) {
		if (line[i] == '\0' || line[i] == '\n')
			return d->column;
		column += (line[i + 1] & 0xc0) != 0x80;
	}
	return line != NULL ? column : d->column;
}

/* -- JSON ------------------------------------------------------------- */

static json_t *render_one(struct line_cursor *cursor, const struct diagnostic *d)
{
	json_t *object = json_object();

	if (d->file != NULL)
		json_object_set_new(object, "file", json_string(d->file->name));
	if (d->file != NULL && d->line > 0)
		json_object_set_new(object, "line", json_integer(d->line));
	if (d->file != NULL && d->line > 0 && d->column > 0)
		json_object_set_new(object, "column", json_integer(character_column(cursor, d)));
	json_object_set_new(object, "severity", json_string(severity_names[d->severity]));
	json_object_set_new(object, "message", json_string(d->message));
	return object;
}

static json_t *left_out(size_t count)
{
	char message[64];

	snprintf(message, sizeof(message), "%zu more are not shown", count);
	return json_pack("{ssss}", "severity", "note", "message", message);
}

#define LEFT_OUT_SIZE 80	/* that note's, at most */

/* Which of the rendered ones fit: the severe first.  The others are let go. */
static size_t choose(const struct diagnostics *d, json_t **rendered, size_t max)
{
	size_t size = 2 + LEFT_OUT_SIZE, left = 0;

	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_NOTE; severity--)
		for (size_t i = 0; i < d->count; i++) {
			size_t each;

			if ((int)d->list[i].severity != severity)
				continue;
			each = json_dumpb(rendered[i], NULL, 0, JSON_COMPACT) + 1;
			if (left == 0 && size + each <= max) {
				size += each;
				continue;
			}
			json_decref(rendered[i]);
			rendered[i] = NULL;
			left++;
		}
	return left;
}

char *diagnostics_render(const struct diagnostics *d, size_t max)
{
	json_t **rendered = calloc(d->count + 1, sizeof(*rendered)), *array = json_array();
	struct line_cursor cursor = { 0 };
	char *text;
	size_t left;

	if (rendered == NULL)
		return NULL;
	for (size_t i = 0; i < d->count; i++)
		rendered[i] = render_one(&cursor, &d->list[i]);
	left = choose(d, rendered, max);
	for (size_t i = 0; i < d->count; i++)
		if (rendered[i] != NULL)
			json_array_append_new(array, rendered[i]);
	if (left > 0)
		json_array_append_new(array, left_out(left));
	text = json_dumps(array, JSON_COMPACT);
	json_decref(array);
	free(rendered);
	return text;
}
