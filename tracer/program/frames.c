/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/frames.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

#include "tracer/program/demangle.h"
#include "tracer/program/image-private.h"
#include "tracer/program/type.h"

/* Makes room for the inlined ones from the outermost on: those that do not fit fall off. */
static size_t spread(struct frame *frames, size_t count, size_t total, size_t max)
{
	size_t at = total;

	for (size_t i = count; i-- > 0; ) {
		struct frame f = frames[i];

		for (unsigned level = 0; level <= f.level; level++)
			if (--at < max) {
				frames[at] = f;
				frames[at].level = level;
			}
	}
	return total < max ? total : max;
}

size_t frames_find(struct image *im, const struct view *view, struct frame *frames, size_t max)
{
	size_t count = unwind(im, view, frames, max), total = 0;

	for (size_t i = 0; i < count; i++)
		total += 1 + frames[i].level;
	return spread(frames, count, total, max);
}

struct frame frame_at(const struct image *im, uint64_t pc)
{
	return (struct frame){ .pc = pc, .signal = true, .level = inlined_depth(im, pc) };
}

/* A return address may be the first of the next line or function: the call is before it. */
static uint64_t code_of(const struct frame *f)
{
	return f->signal ? f->pc : f->pc - 1;
}

static void name_of(const struct image *im, Dwarf_Die *die, char *name, size_t size)
{
	struct text t = text_in(name, size);
	Dwarf_Attribute attribute;
	const char *linker = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute));
	const char *plain = dwarf_diename(die);
	Dwarf_Die origin = *die;

	if (linker) {
		demangle(linker, name, size);
		return;
	}
	if (dwarf_formref_die(dwarf_attr(die, DW_AT_abstract_origin, &attribute), &origin))
		scope_prefix(im, &origin, &t);
	text_add(&t, "%s", plain ? plain : "??");
	text_end(&t);
}

void frame_name(const struct image *im, const struct frame *f, char *name, size_t size)
{
	uint64_t at = code_of(f);
	uint32_t calls[INLINED_MAX];
	unsigned count = inlined_calls(im, at, calls);
	uint32_t number = f->level > 0 && f->level <= count ? calls[f->level - 1] : 0;
	struct function of;
	bool known = function_find(im, at, &of);

	/* "main.cold", "sum.part.0": pieces that the compiler has made of a function. */
	if (!number && known && of.module == NULL && strchr(of.name, '.'))
		number = inlined_function(im, inlined_innermost(im, at));
	if (number) {
		Dwarf_Die die = inlined_get(im, number)->die;

		name_of(im, &die, name, size);
	} else {
		snprintf(name, size, "%s", known ? of.name : "");
	}
}

bool frame_place(const struct image *im, const struct frame *f, int *file, unsigned *line)
{
	uint64_t at = code_of(f);
	uint32_t calls[INLINED_MAX];
	struct line_row row;

	if (f->level < inlined_calls(im, at, calls)) {
		const struct inlined_call *call = inlined_get(im, calls[f->level]);

		*file = call->file;
		*line = call->line;
	} else if (lines_find(im, at, &row)) {
		*file = row.file;
		*line = row.line;
	} else {
		return false;
	}
	return *file >= 0 && *line > 0;
}
