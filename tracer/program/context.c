/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/context.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

#include "tracer/program/functions.h"
#include "tracer/program/subprogram.h"

/*
 * clang's frame base is the frame pointer, which the prologue has yet to set;
 * what it will be follows from the CFA (x86-64: behind return address and
 * saved rbp).  gcc's frame base is the CFA itself.
 */
static void settle_frame_pointer(const struct image *im, struct context *c, const struct frame *f)
{
#if defined(__x86_64__)
	Dwarf_Attribute attribute;
	struct location where;
	struct function of;

	if (!f->signal || f->cfa == 0 || !function_find(im, f->pc, &of) || f->pc >= of.body ||
	    !dwarf_attr_integrate(&c->function, DW_AT_frame_base, &attribute))
		return;
	location_of(&c->ev, &attribute, &where);
	if (where.count != 1 || where.piece[0].place != PLACE_REGISTER ||
	    where.piece[0].value != (uint64_t)register_table[REG_FP].dwarf)
		return;
	c->registers.word[REG_FP] = f->cfa - 16;
	c->ev.known |= 1ULL << REG_FP;
#else
	(void)im;
	(void)c;
	(void)f;
#endif
}

/* The inlined call that the frame stands for, else the function. */
static Dwarf_Die scope_of(const struct image *im, const struct context *c, const struct frame *f)
{
	uint32_t calls[INLINED_MAX];
	unsigned count = inlined_calls(im, c->ev.pc + c->ev.bias, calls);

	return f->level > 0 && f->level <= count ? inlined_get(im, calls[f->level - 1])->die : c->function;
}

void context_enter(const struct image *im, const struct view *view, const struct frame *f,
    struct context *c)
{
	uint64_t bias = im->own->bias;

	*c = (struct context){ .registers = f->registers };
	c->ev = (struct evaluation){ .view = view, .registers = &c->registers, .known = f->known,
		.has_vector = f->has_vector, .cfa = f->cfa, .bias = bias, .pc = (f->signal ? f->pc : f->pc - 1) - bias,
		.tls_size = im->own->tls_size };
	c->has_function = module_covers(im->own, c->ev.pc) &&
	    subprogram_at(im, c->ev.pc, &c->function);
	if (!c->has_function)
		return;
	c->ev.function = &c->function;
	c->scope = scope_of(im, c, f);
	settle_frame_pointer(im, c, f);
}

static void register_name(uint64_t dwarf, char *name, size_t size)
{
	struct vector_register r;
	char vector[16];

	if (dwarf < INT16_MAX && vector_by_dwarf((int)dwarf, &r)) {
		vector_name(&r, vector);
		snprintf(name, size, "%s", vector);
	} else {
		snprintf(name, size, "register %llu", (unsigned long long)dwarf);
	}
}

void context_explain(enum place why, const struct location *where, uint64_t address,
    struct text *t)
{
	char name[32];

	if (why == PLACE_NOWHERE) {
		text_add(t, "<optimized out>");
	} else if (why == PLACE_REGISTER) {
		register_name(where->piece[0].value, name, sizeof(name));
		text_add(t, "<in %s, which is not known here>", name);
	} else if (address) {
		text_add(t, "<memory at 0x%llx cannot be read>", (unsigned long long)address);
	} else {
		text_add(t, "<its place is not understood>");
	}
}

void context_locate(const struct context *c, Dwarf_Die *die, struct location *where)
{
	Dwarf_Attribute attribute;
	Dwarf_Block block;
	Dwarf_Sword constant;
	const char *string;

	where->count = 1;
	where->piece[0] = (struct piece){ .place = PLACE_NOWHERE };
	if (dwarf_attr_integrate(die, DW_AT_location, &attribute)) {
		location_of(&c->ev, &attribute, where);
	} else if (dwarf_attr_integrate(die, DW_AT_const_value, &attribute)) {
		if (dwarf_formsdata(&attribute, &constant) == 0)
			where->piece[0] = (struct piece){ .place = PLACE_VALUE,
				.value = (uint64_t)constant };
		else if (dwarf_formblock(&attribute, &block) == 0)
			where->piece[0] = (struct piece){ .place = PLACE_BYTES,
				.bytes = block.data, .length = block.length };
		else if ((string = dwarf_formstring(&attribute)))
			where->piece[0] = (struct piece){ .place = PLACE_BYTES,
				.bytes = (const uint8_t *)string, .length = strlen(string) + 1 };
	}
}
