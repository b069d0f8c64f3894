/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/variables.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

#include "tracer/program/expr-private.h"
#include "tracer/program/kind.h"
#include "tracer/program/subprogram.h"
#include "tracer/program/value.h"

static void describe_value(const struct image *im, const struct context *c, Dwarf_Die *type,
    const struct location *where, struct variable *v)
{
	struct text t = text_in(v->value, sizeof(v->value));
	uint8_t bytes[VALUE_BYTES_MAX];
	uint64_t unreadable;
	size_t size = v->size < sizeof(bytes) ? v->size : sizeof(bytes);
	enum place is = location_read(&c->ev, where, bytes, size, &unreadable);

	v->available = is == PLACE_MEMORY;
	if (v->available)
		value_print(im, &c->ev, type, bytes, size, &t);
	else
		context_explain(is, where, unreadable, &t);
	text_end(&t);
}

static void count_children(const struct image *im, const struct context *c, Dwarf_Die *die,
    struct variable *v)
{
	struct expr_error unused;
	struct eval e = { .image = im, .context = c, .error = &unused };
	struct operand o;

	v->children = 0;
	v->indexed = false;
	if (v->available && operand_object(&e, die, v->name, 0, &o))
		v->children = operand_children(&e, &o, &v->indexed);
}

static void in_register(struct variable *v, int dwarf)
{
	struct vector_register r;

	v->reg = register_by_dwarf(dwarf);
	v->vector = v->reg < 0 && vector_by_dwarf(dwarf, &r) ? dwarf : 0;
}

static void describe(const struct image *im, const struct context *c, Dwarf_Die *die,
    struct variable *v)
{
	struct text name = text_in(v->name, sizeof(v->name));
	struct text type_text = text_in(v->type, sizeof(v->type));
	const char *is = dwarf_diename(die);
	struct location where;
	Dwarf_Die type;
	bool typed = type_of(die, &type);

	text_add(&name, "%s", is ? is : "?");
	text_end(&name);
	type_name(im, &c->ev, typed ? &type : NULL, &type_text);
	v->address = v->size = 0;
	v->reg = -1;
	v->vector = 0;
	v->bit = v->width = 0;
	v->available = false;
	v->kind = typed ? kind_of_type(&type) : VARIABLE_OTHER;
	context_locate(c, die, &where);
	if (where.count == 1 && where.piece[0].place == PLACE_MEMORY)
		v->address = where.piece[0].value;
	if (where.count == 1 && where.piece[0].place == PLACE_REGISTER &&
	    where.piece[0].value < INT16_MAX)
		in_register(v, (int)where.piece[0].value);
	if (typed && type_size(&c->ev, &type, &v->size) && v->size)
		describe_value(im, c, &type, &where, v);
	else
		snprintf(v->value, sizeof(v->value), "<incomplete type>");
	count_children(im, c, die, v);
}

/* -- the interface ------------------------------------------------------- */

size_t variables_of(struct image *im, const struct view *view, const struct frame *f,
    enum variable_scope scope, size_t start, struct variable *out, size_t max, size_t *total)
{
	struct object objects[OBJECTS_MAX];
	struct context c;
	size_t count, written = 0;

	*total = 0;
	context_enter(im, view, f, &c);
	if (!c.has_function)
		return 0;
	count = subprogram_objects(&c.scope, c.ev.pc, objects, OBJECTS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (objects[i].argument != (scope == VARIABLES_ARGUMENTS))
			continue;
		if (*total >= start && written < max)
			describe(im, &c, &objects[i].die, &out[written++]);
		++*total;
	}
	return written;
}

bool variable_find(struct image *im, const struct view *view, const struct frame *f,
    const char *name, struct variable *out)
{
	struct object objects[OBJECTS_MAX];
	struct context c;
	size_t count = 0;
	Dwarf_Die die, unit;
	bool has_unit;

	context_enter(im, view, f, &c);
	if (c.has_function)
		count = subprogram_objects(&c.scope, c.ev.pc, objects, OBJECTS_MAX);
	while (count-- > 0) {
		const char *is = dwarf_diename(&objects[count].die);

		if (is && strcmp(is, name) == 0) {
			describe(im, &c, &objects[count].die, out);
			return true;
		}
	}
	has_unit = c.has_function && dwarf_diecu(&c.function, &unit, NULL, NULL);
	if (!subprogram_global(im, has_unit ? &unit : NULL, name, &die))
		return false;
	describe(im, &c, &die, out);
	return true;
}
