/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Registers at a position: general ones, flags, and those beside them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/session-parts.h"

static void write_general(const struct view *view, struct writer *w)
{
	w_key_map(w, "registers");
	for (unsigned i = 0; i < REGISTERS_COUNT; i++)
		w_key_word(w, register_table[i].name, view_register(view, i));
	w_end_map(w);
	w_key_map(w, "flags");
	for (const struct flag_info *f = flag_table; f->name != NULL; f++)
		w_key_uint(w, f->name, view_register(view, REG_FLAGS) >> f->shift & 1);
	w_end_map(w);
}

static void write_vector(struct writer *w, const struct vector_register *r,
    const struct vector_state *before, const struct vector_state *now)
{
	uint8_t then[VECTOR_REGISTER_MAX], bytes[VECTOR_REGISTER_MAX];
	char name[16];

	vector_name(r, name);
	vector_get(before, r, then);
	vector_get(now, r, bytes);
	w_begin_map(w);
	w_key_string(w, "name", name);
	w_key(w, "data");
	w_bytes(w, bytes, r->kind->size);
	w_key_bool(w, "changed", memcmp(then, bytes, sizeof bytes) != 0);
	w_end_map(w);
}

static void write_vectors(struct writer *w, const struct vector_state *before,
    const struct vector_state *now)
{
	w_key_list(w, "vectors");
	for (const struct vector_kind *k = vector_table; k->name != NULL; k++) {
		unsigned count = k->count > 0 ? k->count : 1;

		for (unsigned i = 0; i < count && vector_listed(now, k); i++)
			write_vector(w, &(struct vector_register){ k, k->first + i }, before, now);
	}
	w_end_list(w);
}

/* The position that `changed' is about. */
static int compared_with(struct call *c, uint64_t *position)
{
	const struct args_registers *a = &c->args.of_registers;
	uint64_t frontier = control_frontier(c->session->control);

	*position = a->has_from ? a->from : c->position > 0 ? c->position - 1 : 0;
	if (*position <= frontier)
		return 0;
	snprintf(c->failure.argument, sizeof(c->failure.argument), "from");
	return fail(&c->failure, 422, "out_of_range", "position %llu is past the frontier, %llu",
	    (unsigned long long)*position, (unsigned long long)frontier);
}

static int with_vectors(struct call *c, struct view *view, struct writer *w)
{
	struct vector_state before, now;
	int thread = view->thread;
	uint64_t position;

	if (compared_with(c, &position) < 0)
		return -1;
	if (!view_vector(view, &now))
		return 0;		/* a machine that does not tell */
	view = control_view(c->session->control, position, thread);
	if (view == NULL || !view_vector(view, &before))
		before = now;		/* the thread was not there */
	write_vectors(w, &before, &now);
	return 0;
}

int query_registers(struct call *c, struct writer *w)
{
	struct view *view = call_view(c);

	if (view == NULL)
		return -1;
	write_general(view, w);
	return c->args.of_registers.vectors ? with_vectors(c, view, w) : 0;
}
