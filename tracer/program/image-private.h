/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an image holds.  Private to program/. */
#ifndef PT_IMAGE_PRIVATE_H
#define PT_IMAGE_PRIVATE_H

#include "tracer/program/functions.h"
#include "tracer/program/image.h"
#include "tracer/program/inlined-private.h"
#include "tracer/program/lines.h"
#include "tracer/program/module.h"
#include "tracer/program/scope.h"

#define LIBRARIES_MAX	64
#define LINES_MAX	(1U << 20)	/* rows that are kept */
#define UNITS_MAX	(1U << 16)	/* compilation units that are looked at */

enum {
	LINE_STATEMENT = 1,	/* is_stmt */
	LINE_BODY = 2,		/* prologue_end */
	LINE_BARE = 4,		/* no prologue to pass over: assembly, or optimized by gcc */
};

/* A row, in the file's addresses.  Of several with one start all but the last
 * have length 0. */
struct line {
	uint64_t start;
	uint32_t length;
	uint32_t line;
	int16_t file;
	uint8_t flags;
};

/* The last answers: the same few addresses are asked for again and again. */
struct image_cache {
	size_t line;			/* index that lines_find() hit last */
	uint64_t own_low, own_high;	/* between these image_is_own() is `own' */
	bool own;
	const struct symbol *symbol;	/* whose display name is … */
	char name[sizeof(((struct function *)0)->name)];
	struct scope_index *scopes;	/* of the unit that was asked for last */
	struct inlined_index *inlined;
	Dwarf_Die function;		/* subprogram of [function_low, function_high) */
	uint64_t function_low, function_high;
};

struct image {
	struct module *own;
	uint64_t entry, first_stop;	/* file addresses */
	char **files, **paths;		/* [file_count] */
	size_t file_count;

	struct line *lines;		/* ascending by start */
	size_t line_count;
	struct image_range *ranges;	/* the person's code, file addresses */
	size_t range_count;
	struct image_range *pages;	/* the same as pages, with the bias */
	size_t page_count;

	struct module *libraries[LIBRARIES_MAX];
	size_t library_count;
	bool located;			/* the bias is known */
	struct image_cache *cache;
};

/* Fills lines and ranges from the debug information (line-table.c). */
void lines_build(struct image *);
/* Index of the submitted file with this path, as a unit that was compiled in
 * directory (or NULL) names it; -1: none. */
int16_t lines_submitted(const struct image *, const char *path, const char *directory);
/* Where the body of the function [start, end) begins (file addresses). */
uint64_t lines_body(const struct image *, uint64_t start, uint64_t end);

/* Opens and places what the region table names (libraries.c). */
void libraries_update(struct image *, const struct view *);
/* Does the program's memory at this bias hold this very file's headers? */
bool headers_match(const struct module *, const struct view *, uint64_t bias);

/* The mapped module that covers an address of the program, NULL: none. */
struct module *image_module(const struct image *, uint64_t address);

#endif
