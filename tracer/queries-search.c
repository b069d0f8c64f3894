/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Queries about all of the timeline, answered from its index: who changed this last, when
 * was it here. */
#include <stdlib.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/program/lines.h"

/* -- lastWrite ------------------------------------------------------------------------- */

#define WHOLE_MAX	4096	/* bytes of one thing, as of a range */

/* What is asked for: a register of a thread, or else memory. */
struct target {
	int reg, thread;
	struct vector_register vector;	/* .kind NULL: none */
	uint64_t address, size;
};

static int find_expression(struct call *c, const char *text, struct target *t)
{
	struct variable v = { .reg = -1 };
	bool in_register;

	if (call_evaluate(c, text, &v) < 0)
		return -1;
	t->reg = v.reg;
	t->address = v.address;
	t->size = v.size < WHOLE_MAX ? v.size : WHOLE_MAX;
	if (!(text[0] == '$' && vector_by_name(text + 1, &t->vector)) &&
	    !(v.vector > 0 && vector_by_dwarf(v.vector, &t->vector)))
		t->vector.kind = NULL;
	in_register = v.reg >= 0 || t->vector.kind != NULL;
	if (in_register && c->args.frame.frameId != 0)
		return fail(&c->failure, 422, "no_place", "this is in a register that inner frames use: ask in its own frame");
	if (!in_register && (v.address == 0 || v.size == 0))
		return fail(&c->failure, 422, "no_place", "this is neither in memory nor in a register");
	return 0;
}

static int find_target(struct call *c, struct target *t)
{
	const struct args_lastWrite *a = &c->args.of_lastWrite;
	struct view *view = call_view(c);

	if (view == NULL)
		return -1;
	*t = (struct target){ .reg = -1, .thread = view->thread, .address = a->address, .size = a->size };
	if (a->has_address == a->has_expression)
		return fail(&c->failure, 400, "argument", "lastWrite takes an address or an expression");
	if (a->has_expression)
		return find_expression(c, a->expression, t);
	if (t->address + t->size < t->address)
		return fail(&c->failure, 422, "bad_address", "the range ends behind the last address");
	return 0;
}

int query_lastWrite(struct call *c, struct writer *w)
{
	struct control *control = c->session->control;
	uint64_t position, before = c->position + 1;
	struct target t;

	if (find_target(c, &t) < 0)
		return -1;
	position = t.vector.kind != NULL ? control_find_vector(control, &t.vector, t.thread, before) :
	    t.reg >= 0 ? control_find_register(control, t.reg, t.thread, before) :
	    control_find_write(control, t.address, t.size, before, -1);
	w_key_bool(w, "found", position != CONTROL_NOWHERE);
	if (position != CONTROL_NOWHERE) {
		const struct view *view = control_view(control, position - 1, 0);
		uint64_t pc = view != NULL ? view->registers.word[REG_PC] : 0;

		w_key_uint(w, "position", position);
		w_key_word(w, "pc", pc);
		write_place(c->session, w, pc);
	}
	w_key_uint(w, "searched", position != CONTROL_NOWHERE ? position : 0);
	return 0;
}

/* -- hits --------------------------------------------------------------------------------- */

static int find_addresses(struct call *c, uint64_t *addresses, size_t *count)
{
	const struct args_hits *a = &c->args.of_hits;
	unsigned actual;
	int file;

	if (a->has_address == a->has_line)
		return fail(&c->failure, 400, "argument", "hits takes a line or an address");
	addresses[0] = a->address;
	*count = 1;
	if (a->has_address)
		return 0;
	file = call_file(c, a->file);
	if (file < 0)
		return -1;
	*count = lines_breakpoints(c->session->image, file, (unsigned)a->line, addresses,
	    BREAKPOINT_ADDRESSES, &actual);
	if (*count > BREAKPOINT_ADDRESSES)
		*count = BREAKPOINT_ADDRESSES;
	addresses_sort(addresses, *count);
	return *count > 0 ? 0 : fail(&c->failure, 422, "line", "there is no code on this line or behind it");
}

/* The first position from `from' on. */
static uint64_t first_hit(struct control *control, const uint64_t *addresses, size_t count, uint64_t from)
{
	uint64_t arrived = from == 0 ? control_arrived_at(control, 0) : 0;

	for (size_t i = 0; from == 0 && i < count; i++)
		if (addresses[i] == arrived)
			return 0;
	return control_find_arrival(control, addresses, count, from > 0 ? from - 1 : 0, 1);
}

int query_hits(struct call *c, struct writer *w)
{
	const struct args_hits *a = &c->args.of_hits;
	struct control *control = c->session->control;
	uint64_t addresses[BREAKPOINT_ADDRESSES], to = a->to, position, first, written = 0, total = 0;
	size_t count;

	if (find_addresses(c, addresses, &count) < 0 || !call_stretch(c, a->from, a->has_to, &to))
		return -1;
	first = position = first_hit(control, addresses, count, a->from);
	if (first <= to)
		total = 1 + control_count_arrivals(control, addresses, count, first, to);
	w_reserve(w, 64);
	w_key_list(w, "positions");
	for (; position <= to && written < a->count; written++) {
		struct w_mark mark = w_mark(w);

		w_uint(w, position);
		if (w->overflow) {
			w_rewind(w, mark);
			break;
		}
		position = control_find_arrival(control, addresses, count, position, 1);
	}
	w_end_list(w);
	w_release(w, 64);
	w_key_uint(w, "total", total);
	w_key_uint(w, "from", a->from);
	w_key_uint(w, "to", position <= to ? position - 1 : to);
	return 0;
}
