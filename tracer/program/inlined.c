/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * All functions and inlined calls as a forest, and the code as pieces that
 * each belong to its innermost one.  Hostile ranges may overlap or stand
 * outside of their parent's: what is inner is cut to what is around it.
 */
#include "tracer/program/inlined-private.h"

#include <dwarf.h>
#include <stdlib.h>

#include "src/bisect.h"
#include "tracer/program/die.h"
#include "tracer/program/image-private.h"

#define CALLS_MAX	(1U << 18)
#define PIECES_MAX	(1U << 20)
#define DIES_MAX	(1U << 22)	/* looked at for the table, and their ranges */
#define WALK_DEPTH_MAX	64

struct piece {
	uint64_t start, end;	/* [start, end), file addresses */
	uint32_t call, depth;
};

struct inlined_index {
	struct inlined_call *calls;	/* [0] is none */
	size_t call_count, call_room;
	struct piece *pieces;		/* after the build: ascending, apart */
	size_t piece_count, piece_room;
	struct piece last;		/* that was asked for; call 0: a hole */
};

struct walk {
	struct inlined_index *index;
	const struct image *image;
	Dwarf_Die *unit;
	size_t budget;
};

/* -- from the debug information ----------------------------------------------- */

static void *more(void *list, size_t count, size_t *room, size_t size, size_t max)
{
	size_t wanted = *room ? 2 * *room : 64;
	void *grown;

	if (count < *room)
		return list;
	grown = count < max ? reallocarray(list, wanted, size) : NULL;
	if (grown)
		*room = wanted;
	return grown;
}

static uint32_t add_call(struct inlined_index *x, const struct inlined_call *call)
{
	struct inlined_call *calls = more(x->calls, x->call_count, &x->call_room, sizeof(*calls), CALLS_MAX);

	if (!calls)
		return 0;
	x->calls = calls;
	calls[x->call_count] = *call;
	return (uint32_t)x->call_count++;
}

static void add_piece(struct inlined_index *x, struct piece piece)
{
	struct piece *pieces = more(x->pieces, x->piece_count, &x->piece_room, sizeof(*pieces), PIECES_MAX);

	if (!pieces)
		return;
	x->pieces = pieces;
	pieces[x->piece_count++] = piece;
}

static unsigned attribute_number(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	Dwarf_Word word;

	return dwarf_attr(die, name, &attribute) && dwarf_formudata(&attribute, &word) == 0 &&
	    word <= UINT32_MAX ? (unsigned)word : 0;
}

static int call_file(const struct walk *w, unsigned number)
{
	const char *const *directories;
	size_t count, directory_count;
	Dwarf_Files *files;

	if (dwarf_getsrcfiles(w->unit, &files, &count) != 0 || number >= count)
		return -1;
	return lines_submitted(w->image, dwarf_filesrc(files, number, NULL, NULL),
	    dwarf_getsrcdirs(files, &directories, &directory_count) == 0 && directory_count > 0 ?
	    directories[0] : NULL);
}

/* Its number, when it has code; 0: it has none, or there is no room for it. */
static uint32_t add_code(struct walk *w, Dwarf_Die *die, uint32_t outer)
{
	struct inlined_index *x = w->index;
	struct inlined_call call = { .die = *die, .outer = outer, .file = -1 };
	Dwarf_Addr base, start, end, entry;
	bool has_entry = dwarf_entrypc(die, &entry) == 0;
	uint32_t number = 0;

	if (outer) {
		call.depth = x->calls[outer].depth + 1;
		call.line = attribute_number(die, DW_AT_call_line);
		call.file = call_file(w, attribute_number(die, DW_AT_call_file));
	}
	if (call.depth > INLINED_MAX)
		return 0;
	/* Any number of DIEs can share one long list. */
	for (ptrdiff_t at = 0; w->budget > 0 && (at = dwarf_ranges(die, at, &base, &start, &end)) > 0; ) {
		w->budget--;
		if (start >= end)
			continue;
		call.entry = start;
		if (number == 0 && (number = add_call(x, &call)) == 0)
			return 0;
		add_piece(x, (struct piece){ start, end, number, call.depth });
		/* gcc may name an address that is in no range: code of the caller was put there. */
		if (has_entry && entry >= start && entry < end)
			x->calls[number].entry = entry;
	}
	return number;
}

/* What has no code of its own may yet hold functions that have some: methods of a
 * class that is local to a function, also to one that is only ever inlined. */
static bool may_hold(int tag, bool inside)
{
	switch (tag) {
	case DW_TAG_subprogram: case DW_TAG_namespace:
		return true;
	case DW_TAG_lexical_block:
	case DW_TAG_class_type: case DW_TAG_structure_type: case DW_TAG_union_type:
		return inside;
	default:
		return false;
	}
}

static void walk(struct walk *w, Dwarf_Die *parent, Dwarf_Off end, uint32_t outer, int depth)
{
	struct die_walk c = die_children(parent, end, &w->budget);
	bool inside = outer || (depth > 0 && dwarf_tag(parent) != DW_TAG_namespace);

	while (depth < WALK_DEPTH_MAX && die_next(&c)) {
		int tag = dwarf_tag(&c.die);
		uint32_t number = 0;

		if (tag == DW_TAG_subprogram)
			number = add_code(w, &c.die, 0);
		else if (tag == DW_TAG_inlined_subroutine && outer)
			number = add_code(w, &c.die, outer);
		else if (tag == DW_TAG_lexical_block)
			number = outer;
		if (number || may_hold(tag, inside))
			walk(w, &c.die, c.end, number, depth + 1);
	}
}

/* -- from nested ranges to pieces that lie apart --------------------------------- */

/* Outer ones first. */
static int compare(const void *a, const void *b)
{
	const struct piece *p = a, *q = b;

	if (p->start != q->start)
		return p->start < q->start ? -1 : 1;
	if (p->depth != q->depth)
		return p->depth < q->depth ? -1 : 1;
	return (p->call > q->call) - (p->call < q->call);
}

struct flat {
	struct piece *out;
	size_t count;
	struct piece open[INLINED_MAX + 2];	/* those around `at', outermost first */
	size_t depth;
	uint64_t at;
};

static void emit(struct flat *f, uint64_t to)
{
	const struct piece *top = &f->open[f->depth - 1];

	if (to > f->at && f->count > 0 && f->out[f->count - 1].call == top->call &&
	    f->out[f->count - 1].end == f->at)
		f->out[f->count - 1].end = to;
	else if (to > f->at)
		f->out[f->count++] = (struct piece){ f->at, to, top->call, top->depth };
	f->at = to;
}

/* Close what ends at or before the address. */
static void close_until(struct flat *f, uint64_t address)
{
	while (f->depth > 0 && f->open[f->depth - 1].end <= address) {
		emit(f, f->open[f->depth - 1].end);
		f->depth--;
	}
}

static void flatten(struct inlined_index *x)
{
	/* Each piece begins one and, where it ends, lets another go on. */
	struct flat f = { .out = calloc(2 * x->piece_count + 1, sizeof(*f.out)) };

	if (x->piece_count > 1)
		qsort(x->pieces, x->piece_count, sizeof(*x->pieces), compare);
	for (size_t i = 0; f.out && i < x->piece_count; i++) {
		struct piece p = x->pieces[i];

		close_until(&f, p.start);
		if (f.depth > 0) {
			emit(&f, p.start);
			if (p.end > f.open[f.depth - 1].end)
				p.end = f.open[f.depth - 1].end;
		}
		f.at = p.start;
		if (f.depth < sizeof(f.open) / sizeof(f.open[0]))
			f.open[f.depth++] = p;
	}
	if (f.out)
		close_until(&f, UINT64_MAX);
	free(x->pieces);
	x->pieces = f.out;
	x->piece_count = f.out ? f.count : 0;
}

static struct inlined_index *build(const struct image *im)
{
	struct inlined_index *x = calloc(1, sizeof(*x));
	Dwarf *dwarf = module_dwarf(im->own);
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit;
	struct walk w = { .index = x, .image = im, .unit = &unit, .budget = DIES_MAX };
	uint8_t type;

	if (!x)
		return NULL;
	add_call(x, &(struct inlined_call){ .file = -1 });
	for (size_t i = 0; x->calls && dwarf && i < UNITS_MAX &&
	    dwarf_get_units(dwarf, cu, &cu, NULL, &type, &unit, NULL) == 0; i++)
		if (type == DW_UT_compile)
			walk(&w, &unit, UINT64_MAX, 0, 0);
	flatten(x);
	return x;
}

void inlined_index_free(struct inlined_index *x)
{
	if (!x)
		return;
	free(x->calls);
	free(x->pieces);
	free(x);
}

/* -- questions ---------------------------------------------------------------------- */

/* The piece, or the hole, around a file address. */
static struct piece find(const struct inlined_index *x, uint64_t address)
{
	size_t first = bisect(x->piece_count, i, x->pieces[i].end <= address);	/* the first that ends behind it */

	if (first < x->piece_count && x->pieces[first].start <= address)
		return x->pieces[first];
	return (struct piece){ .start = first > 0 ? x->pieces[first - 1].end : 0,
		.end = first < x->piece_count ? x->pieces[first].start : UINT64_MAX };
}

uint32_t inlined_innermost(const struct image *im, uint64_t address)
{
	struct image_cache *c = im->cache;

	if (!c->inlined && !(c->inlined = build(im)))
		return 0;
	address -= im->own->bias;
	if (address < c->inlined->last.start || address >= c->inlined->last.end)
		c->inlined->last = find(c->inlined, address);
	return c->inlined->last.call;
}

const struct inlined_call *inlined_get(const struct image *im, uint32_t number)
{
	return &im->cache->inlined->calls[number];
}

unsigned inlined_depth(const struct image *im, uint64_t address)
{
	uint32_t number = inlined_innermost(im, address);

	return number ? inlined_get(im, number)->depth : 0;
}

unsigned inlined_calls(const struct image *im, uint64_t address, uint32_t calls[INLINED_MAX])
{
	uint32_t number = inlined_innermost(im, address);
	unsigned count = number ? inlined_get(im, number)->depth : 0;

	for (unsigned i = count; i > 0; i--) {
		calls[i - 1] = number;
		number = inlined_get(im, number)->outer;
	}
	return count;
}

uint32_t inlined_function(const struct image *im, uint32_t call)
{
	while (call && inlined_get(im, call)->outer)
		call = inlined_get(im, call)->outer;
	return call;
}

uint32_t inlined_entered(const struct image *im, uint64_t address, uint32_t seen_from)
{
	uint32_t number = inlined_innermost(im, address), call = 0;

	while (number && number != seen_from && !inlined_within(im, seen_from, number)) {
		call = number;
		number = inlined_get(im, number)->outer;
	}
	return number && call && inlined_get(im, call)->entry == address - im->own->bias ? call : 0;
}

size_t inlined_entries(const struct image *im, uint32_t seen_from, uint64_t *addresses, size_t max)
{
	uint32_t function = inlined_function(im, seen_from);
	size_t count = 0;

	for (uint32_t i = 1; seen_from && i < im->cache->inlined->call_count; i++) {
		uint64_t address = inlined_get(im, i)->entry + im->own->bias;

		if (inlined_function(im, i) == function && inlined_entered(im, address, seen_from) == i &&
		    count++ < max)
			addresses[count - 1] = address;
	}
	return count;
}

uint32_t inlined_call_place(const struct image *im, uint32_t call, int *file, unsigned *line)
{
	const struct inlined_call *i = inlined_get(im, call);

	*file = i->file;
	*line = i->line;
	return i->outer;
}

bool inlined_within(const struct image *im, uint32_t inner, uint32_t outer)
{
	if (!outer || !inner)
		return false;
	while ((inner = inlined_get(im, inner)->outer))
		if (inner == outer)
			return true;
	return false;
}
