/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * From DWARF's line programs to one sorted array of rows, once, when the ELF
 * is opened.  A Dwarf of its own is used for it and closed again: libdw's rows
 * take several times the space of ours.
 */
#include "tracer/program/image-private.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SECTION_MAX	(16U << 20)	/* bytes; a row may take one of them */
#define FILES_MAX		4096		/* of one unit that are looked at */

struct builder {
	struct image *image;
	struct line *line;
	size_t count, room;
	bool *own;		/* [line]: of a unit with a submitted file */
	bool any_own;
};

/* Do two paths name the same file?  "//" and "/./" are nothing. */
static bool same_path(const char *a, const char *b)
{
	for (;;) {
		while (a[0] == '/' && (a[1] == '/' || (a[1] == '.' && a[2] == '/')))
			a += a[1] == '/' ? 1 : 2;
		while (b[0] == '/' && (b[1] == '/' || (b[1] == '.' && b[2] == '/')))
			b += b[1] == '/' ? 1 : 2;
		if (*a != *b)
			return false;
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
}

/* The part of a path below the directory that the compiler worked in, NULL: it
 * is not below it. */
static const char *below(const char *path, const char *directory)
{
	size_t length = directory ? strlen(directory) : 0;

	if (*path == '/') {
		if (length == 0 || strncmp(path, directory, length) != 0 || path[length] != '/')
			return NULL;
		path += length + 1;
	}
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	return path;
}

/* Index of the submitted file with this path.  Some assemblers and compilers
 * write names relative to a directory that they do not map to ours. */
int16_t lines_submitted(const struct image *im, const char *path, const char *directory)
{
	const char *tail = path ? below(path, directory) : NULL;

	for (size_t i = 0; path && i < im->file_count && i < INT16_MAX; i++) {
		const char *name = strrchr(im->paths[i], '/');

		if (same_path(path, im->paths[i]) || (tail && name && strcmp(tail, name + 1) == 0))
			return (int16_t)i;
	}
	return -1;
}

static bool grow(struct builder *b)
{
	size_t room = b->room ? 2 * b->room : 256;
	struct line *line;
	bool *own;

	if (b->count < b->room)
		return true;
	if (b->count >= LINES_MAX)
		return false;
	line = reallocarray(b->line, room, sizeof(*line));
	if (!line)
		return false;
	b->line = line;
	own = reallocarray(b->own, room, sizeof(*own));
	if (!own)
		return false;
	b->own = own;
	b->room = room;
	return true;
}

/* One row of a unit: from line up to the next one in the same sequence. */
static bool add_row(struct builder *b, Dwarf_Line *line, Dwarf_Line *next, struct line row)
{
	Dwarf_Addr start, end;
	bool flag;
	int number;

	if (dwarf_lineaddr(line, &start) != 0 || dwarf_lineaddr(next, &end) != 0 ||
	    dwarf_lineendsequence(line, &flag) != 0 || flag)
		return true;
	/* Code that the linker threw away stays in the table, at 0 or -1. */
	if (end < start || end - start > UINT32_MAX ||
	    !module_executable(b->image->own, start))
		return true;
	if (!grow(b))
		return false;
	row.start = start;
	row.length = (uint32_t)(end - start);
	row.line = dwarf_lineno(line, &number) == 0 && number > 0 ? (uint32_t)number : 0;
	if (dwarf_linebeginstatement(line, &flag) == 0 && flag)
		row.flags |= LINE_STATEMENT;
	if (dwarf_lineprologueend(line, &flag) == 0 && flag)
		row.flags |= LINE_BODY;
	b->line[b->count++] = row;
	return true;
}

/* gcc's optimized code knows where its variables are from the first instruction
 * on; what it was compiled with stands in DW_AT_producer. */
static bool is_bare(Dwarf_Die *unit)
{
	int language = dwarf_srclang(unit);
	Dwarf_Attribute attribute;
	const char *producer = dwarf_formstring(dwarf_attr(unit, DW_AT_producer, &attribute));
	bool optimized = false;

	if (language == DW_LANG_Mips_Assembler || language == -1)
		return true;
	if (!producer || strncmp(producer, "GNU ", 4) != 0)
		return false;
	while ((producer = strstr(producer, " -O"))) {	/* the last one counts */
		producer += 3;
		optimized = *producer != '0';
	}
	return optimized;
}

/* A unit's files as submitted files (or -1), the first FILES_MAX of them: how many these are.
 * *own: one of them is submitted. */
static size_t map_files(const struct builder *b, Dwarf_Files *files, size_t count, int16_t *map, bool *own)
{
	const char *const *directories;
	const char *directory = NULL;
	size_t directory_count;

	if (dwarf_getsrcdirs(files, &directories, &directory_count) == 0 && directory_count > 0)
		directory = directories[0];
	if (count > FILES_MAX)
		count = FILES_MAX;
	*own = false;
	for (size_t i = 0; i < count; i++) {
		map[i] = lines_submitted(b->image, dwarf_filesrc(files, i, NULL, NULL), directory);
		*own |= map[i] >= 0;
	}
	return count;
}

static bool add_unit(struct builder *b, Dwarf_Die *unit)
{
	int16_t map[FILES_MAX];
	struct line row = { .flags = is_bare(unit) ? LINE_BARE : 0 };
	size_t count, file_count, first = b->count;
	Dwarf_Lines *lines;
	Dwarf_Files *files;
	bool own;

	if (dwarf_getsrclines(unit, &lines, &count) != 0 ||
	    dwarf_getsrcfiles(unit, &files, &file_count) != 0)
		return true;
	file_count = map_files(b, files, file_count, map, &own);
	for (size_t i = 0; i + 1 < count; i++) {
		Dwarf_Line *line = dwarf_onesrcline(lines, i);
		size_t file;

		row.file = dwarf_line_file(line, &files, &file) == 0 && file < file_count ?
		    map[file] : -1;
		if (!add_row(b, line, dwarf_onesrcline(lines, i + 1), row))
			return false;
	}
	if (b->count > first)
		memset(b->own + first, own, b->count - first);
	b->any_own |= own;
	return true;
}

static void add_units(struct builder *b, Dwarf *dwarf)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;
	uint8_t type;
	size_t units = 0;

	while (units++ < UNITS_MAX &&
	    dwarf_get_units(dwarf, cu, &cu, NULL, &type, &unit, NULL) == 0)
		if (type == DW_UT_compile && !add_unit(b, &unit))
			return;
}

/* -- the person's code --------------------------------------------------- */

static int compare_ranges(const void *a, const void *b)
{
	const struct image_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* Rows of own units as sorted, merged ranges.  Where no unit names a submitted
 * file (an uploaded ELF) all units are the person's. */
static void make_ranges(struct builder *b)
{
	struct image_range *range = calloc(b->count ? b->count : 1, sizeof(*range));
	size_t count = 0, kept = 0;

	for (size_t i = 0; range && i < b->count; i++) {
		const struct line *l = &b->line[i];

		if (l->length == 0 || (b->any_own && !b->own[i]))
			continue;
		if (count && range[count - 1].end == l->start)
			range[count - 1].end += l->length;
		else
			range[count++] = (struct image_range){ l->start, l->start + l->length };
	}
	if (count)
		qsort(range, count, sizeof(*range), compare_ranges);
	for (size_t i = 0; i < count; i++) {
		if (kept && range[i].start <= range[kept - 1].end) {
			if (range[i].end > range[kept - 1].end)
				range[kept - 1].end = range[i].end;
		} else {
			range[kept++] = range[i];
		}
	}
	b->image->ranges = reallocarray(range, kept ? kept : 1, sizeof(*range));
	b->image->range_count = kept;
}

/* -- in order ------------------------------------------------------------ */

struct ordered {
	struct line line;
	uint32_t sequence;	/* qsort is not stable */
};

static int compare_lines(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	if (x->line.start != y->line.start)
		return x->line.start < y->line.start ? -1 : 1;
	return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static void sort(struct line *line, size_t count)
{
	struct ordered *o;
	size_t sorted = 1;

	while (sorted < count && line[sorted - 1].start <= line[sorted].start)
		sorted++;
	if (sorted >= count)
		return;
	o = calloc(count, sizeof(*o));
	for (size_t i = 0; o && i < count; i++)
		o[i] = (struct ordered){ line[i], (uint32_t)i };
	if (o)
		qsort(o, count, sizeof(*o), compare_lines);
	for (size_t i = 0; o && i < count; i++)
		line[i] = o[i].line;
	free(o);
}

/* Of the rows with one start one covers the code: the last that is_stmt (a
 * stop there is a stop at a line), else the last; it goes behind the others.
 * Rows of a hostile table may overlap: each ends where the next begins. */
static void settle(struct line *line, size_t count)
{
	for (size_t i = 0, next; i < count; i = next) {
		uint32_t length = 0;
		size_t covering;

		for (next = i; next < count && line[next].start == line[i].start; next++) {
			if (line[next].length > length)
				length = line[next].length;
			line[next].length = 0;
		}
		covering = next - 1;
		while (covering > i && !(line[covering].flags & LINE_STATEMENT))
			covering--;
		if (line[covering].flags & LINE_STATEMENT) {
			struct line swap = line[covering];

			line[covering] = line[next - 1];
			line[next - 1] = swap;
		}
		if (next < count && line[next].start - line[i].start < length)
			length = (uint32_t)(line[next].start - line[i].start);
		line[next - 1].length = length;
	}
}

static bool bounded(const struct module *m)
{
	GElf_Shdr header;
	Elf_Scn *section = module_section(m, ".debug_line", &header);
	GElf_Chdr compressed;

	if (!section)
		return false;
	if (header.sh_flags & SHF_COMPRESSED)
		return gelf_getchdr(section, &compressed) &&
		    compressed.ch_size <= LINE_SECTION_MAX;
	return header.sh_size <= LINE_SECTION_MAX;
}

void lines_build(struct image *im)
{
	struct builder b = { .image = im };
	Dwarf *dwarf = bounded(im->own) ? dwarf_begin_elf(im->own->elf, DWARF_C_READ, NULL) : NULL;

	if (!dwarf)
		return;
	add_units(&b, dwarf);
	dwarf_end(dwarf);
	make_ranges(&b);
	free(b.own);
	sort(b.line, b.count);
	settle(b.line, b.count);
	im->lines = b.count ? reallocarray(b.line, b.count, sizeof(*b.line)) : b.line;
	im->line_count = b.count;
}
