/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Questions to the sorted rows. */
#include "tracer/program/image-private.h"

#include <stdlib.h>

#include "src/bisect.h"

#define PIECES_MAX	256	/* places of one line, e.g. of a template */
#define LINE_SPAN_MAX	(1U << 20)

/* Index of the last row that starts at or before address; count: none. */
static size_t row_before(const struct image *im, uint64_t address)
{
	size_t n = bisect(im->line_count, i, im->lines[i].start <= address);

	return n ? n - 1 : im->line_count;
}

static bool covers(const struct line *l, uint64_t address)
{
	return address - l->start < l->length;
}

/* The row that covers a file address, or NULL. */
static const struct line *line_of(const struct image *im, uint64_t address)
{
	size_t i = im->cache->line;

	if (i < im->line_count && covers(&im->lines[i], address))
		return &im->lines[i];
	i = row_before(im, address);
	if (i == im->line_count || !covers(&im->lines[i], address))
		return NULL;
	im->cache->line = i;
	return &im->lines[i];
}

bool lines_find(const struct image *im, uint64_t address, struct line_row *row)
{
	uint64_t bias = im->own->bias;
	const struct line *l = line_of(im, address - bias);

	if (!l)
		return false;
	*row = (struct line_row){ .start = l->start + bias, .end = l->start + l->length + bias,
		.file = l->file, .line = l->line, .is_stmt = l->flags & LINE_STATEMENT };
	return true;
}

/*
 * clang marks where the body begins.  gcc does not: there it is the second
 * is_stmt row, unless code of another line stands at the very start already, or
 * that row is optimized code moved there from elsewhere.
 */
uint64_t lines_body(const struct image *im, uint64_t start, uint64_t end)
{
	size_t first = row_before(im, start), i;
	const struct line *second = NULL;

	if (first == im->line_count || im->lines[first].start != start ||
	    (im->lines[first].flags & LINE_BARE))
		return start;
	for (i = first; i > 0 && im->lines[i - 1].start == start; i--)
		if ((im->lines[i - 1].flags & LINE_STATEMENT) &&
		    im->lines[i - 1].line != im->lines[first].line)
			return start;
	for (i = first; i < im->line_count && im->lines[i].start < end; i++) {
		const struct line *l = &im->lines[i];

		if (l->flags & LINE_BODY)
			return l->start;
		if (!second && l->start > start && l->line && (l->flags & LINE_STATEMENT))
			second = l;
	}
	return second && second->file == im->lines[first].file &&
	    second->line >= im->lines[first].line ? second->start : start;
}

/* -- breakpoints --------------------------------------------------------- */

/* The first line ≥ line that has a place to stop at, 0: none. */
static unsigned next_line(const struct image *im, int file, unsigned line)
{
	unsigned best = 0;

	for (size_t i = 0; i < im->line_count; i++) {
		const struct line *l = &im->lines[i];

		if (l->file == file && (l->flags & LINE_STATEMENT) && l->line >= line &&
		    l->line && (!best || l->line < best))
			best = l->line;
	}
	return best;
}

/* A function that begins here is stopped in behind its prologue. */
static uint64_t behind_prologue(const struct image *im, uint64_t address)
{
	const struct symbol *s = module_symbol(im->own, address);

	return s && s->start == address ? lines_body(im, s->start, s->end) : address;
}

/* One place for each function, and each inlined copy of one, that has code of
 * this line: the lowest. */
static size_t pieces(const struct image *im, int file, unsigned line, uint64_t *address)
{
	struct { uint64_t function, inlined; } of[PIECES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < im->line_count && count < PIECES_MAX; i++) {
		const struct line *l = &im->lines[i];
		const struct symbol *s;
		size_t same = 0;

		if (l->file != file || l->line != line || !(l->flags & LINE_STATEMENT))
			continue;
		s = module_symbol(im->own, l->start);
		of[count].function = s ? s->start : 0;
		of[count].inlined = inlined_innermost(im, l->start + im->own->bias);
		while (of[same].function != of[count].function || of[same].inlined != of[count].inlined)
			same++;
		if (same == count)
			address[count++] = l->start;
	}
	return count;
}

size_t lines_breakpoints(const struct image *im, int file, unsigned line, uint64_t *addresses,
    size_t max, unsigned *actual)
{
	uint64_t place[PIECES_MAX];
	size_t count;

	*actual = file < 0 ? 0 : next_line(im, file, line);
	if (*actual == 0)
		return 0;
	count = pieces(im, file, *actual, place);
	for (size_t i = 0; i < count; i++) {
		uint64_t body = behind_prologue(im, place[i]);
		const struct line *l = line_of(im, body);

		/* The line that the stop will show. */
		if (count == 1 && l && l->file == file && l->line)
			*actual = l->line;
		if (i < max)
			addresses[i] = body + im->own->bias;
	}
	return count;
}

static bool of_function(const struct image *im, uint64_t address, uint32_t call)
{
	uint32_t at = inlined_innermost(im, address);

	return inlined_function(im, at) == inlined_function(im, call) && !inlined_within(im, at, call);
}

static bool is_other(const struct image *im, const struct line *l, uint64_t address, uint32_t call,
    int file, unsigned line)
{
	return l->length && (l->flags & LINE_STATEMENT) && l->file >= 0 && l->line &&
	    (l->file != file || l->line != line) && (!call || of_function(im, address, call));
}

bool lines_is_other(const struct image *im, uint32_t call, int file, unsigned line, uint64_t address)
{
	const struct line *l = line_of(im, address - im->own->bias);

	return l && is_other(im, l, address, call, file, line);
}

size_t lines_others(const struct image *im, uint32_t call, int file, unsigned line,
    uint64_t *addresses, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < im->line_count; i++) {
		const struct line *l = &im->lines[i];
		uint64_t address = l->start + im->own->bias;

		if (is_other(im, l, address, call, file, line) && count++ < max)
			addresses[count - 1] = address;
	}
	return count;
}

size_t lines_with_code(const struct image *im, int file, unsigned from, unsigned to,
    unsigned *lines, size_t max)
{
	size_t count = 0;
	unsigned span;
	bool *has;

	if (file < 0 || to < from)
		return 0;
	span = to - from < LINE_SPAN_MAX ? to - from + 1 : LINE_SPAN_MAX;
	has = calloc(span, sizeof(*has));
	for (size_t i = 0; has && i < im->line_count; i++) {
		const struct line *l = &im->lines[i];

		if (l->file == file && l->line && (l->flags & LINE_STATEMENT) &&
		    l->line >= from && l->line - from < span)
			has[l->line - from] = true;
	}
	for (unsigned i = 0; has && i < span; i++)
		if (has[i] && count++ < max)
			lines[count - 1] = from + i;
	free(has);
	return count;
}
