/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What-if: variables, registers and memory changed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/literal.h"
#include "tracer/session-parts.h"
#include "tracer/program/expr.h"
#include "tracer/program/variables.h"

enum { VARIABLES_AT_ONCE = 32 };

/* Take the program there, change it, answer. */
static int finish(struct call *c, struct writer *w, int r)
{
	return r < 0 ? change_refuse(c, r) : change_done(c, w);
}

static int bad(struct call *c, const char *argument, const char *why)
{
	snprintf(c->failure.argument, sizeof(c->failure.argument), "%s", argument);
	return fail(&c->failure, 422, argument, "%s", why);
}

static int read_value(struct call *c, const char *text, struct literal *out)
{
	return literal_read(text, out) ? 0 : bad(c, "value",
	    "a value is a number as C writes it (42, -1, 0x2a, 1.5), a character in quotes, true, false or NULL");
}

/* -- before anything is cut --------------------------------------------------------------- */

/* Looked at before the program is taken back: a change that cannot be made must not cost the
 * record behind its position. */
static int check_memory(struct call *c, uint64_t address, size_t length)
{
	const struct view *view = control_view(c->session->control, c->position, 0);
	uint8_t bytes[CONTROL_WRITE_MAX];

	return view != NULL && length <= sizeof(bytes) && view_read_all(view, address, bytes, length) ? 0 :
	    change_refuse(c, -EFAULT);
}

static int check_register(struct call *c, int index, uint64_t word)
{
	const struct view *view = control_view(c->session->control, c->position, 0);

	if (view == NULL || ((view_register(view, index) ^ word) & register_table[index].fixed))
		return change_refuse(c, -EPERM);
	return index == REG_PC && !breakpoints_executable(view, word) ? change_refuse(c, -EFAULT) : 0;
}

/* -- memory and registers -------------------------------------------------------------- */

int change_writeMemory(struct call *c, struct writer *w)
{
	const struct args_writeMemory *a = &c->args.of_writeMemory;

	if (change_check(c) < 0)
		return -1;
	if (a->data_len == 0)
		return bad(c, "data", "there are no bytes to write");
	if (check_memory(c, a->address, a->data_len) < 0 || change_reach(c) < 0)
		return -1;
	return finish(c, w, control_write_memory(c->session->control, a->address, a->data, a->data_len));
}

/* What stands in the argument `value', as the register's bytes. */
static int read_vector(struct call *c, const struct vector_kind *k, uint8_t *bytes)
{
	const char *text = c->args.of_setRegister.value;
	struct literal literal;
	uint64_t word;

	if (literal_hexadecimal(text, bytes, k->size))
		return 0;
	if (!literal_read(text, &literal))
		return bad(c, "value", "a vector register takes hexadecimal digits, 0x and at most two for each byte that it has");
	if (k->stacked) {
		long double real = literal.is_real ? literal.real :
		    literal.negative ? -(long double)literal.magnitude : (long double)literal.magnitude;

		memcpy(bytes, &real, k->size < sizeof(real) ? k->size : sizeof(real));
		return 0;
	}
	if (!literal_word(&literal, &word))
		return bad(c, "value", "a vector register takes a whole number, or hexadecimal digits for all its bytes");
	if (k->size < sizeof(word) && word >> (8 * k->size) != 0)
		return change_refuse(c, -EINVAL);
	memcpy(bytes, &word, k->size < sizeof(word) ? k->size : sizeof(word));
	return 0;
}

static int set_vector(struct call *c, struct writer *w, const struct vector_register *r)
{
	uint8_t bytes[VECTOR_REGISTER_MAX] = { 0 };

	if (read_vector(c, r->kind, bytes) < 0 || change_reach(c) < 0)
		return -1;
	return finish(c, w, control_write_vector(c->session->control, r, bytes));
}

int change_setRegister(struct call *c, struct writer *w)
{
	const struct args_setRegister *a = &c->args.of_setRegister;
	int index = register_by_name(a->name);
	struct vector_register vector;
	struct literal literal;
	uint64_t word;

	if (change_check(c) < 0)
		return -1;
	if (index < 0 && vector_by_name(a->name, &vector))
		return set_vector(c, w, &vector);
	if (index < 0)
		return bad(c, "name", "there is no register of this name: see registers");
	if (read_value(c, a->value, &literal) < 0)
		return -1;
	if (!literal_word(&literal, &word))
		return bad(c, "value", "a register takes a whole number of at most 64 bits");
	if (check_register(c, index, word) < 0 || change_reach(c) < 0)
		return -1;
	return finish(c, w, control_write_register(c->session->control, index, word));
}

/* -- variables ---------------------------------------------------------------------------- */

/* In a scope, which is listed in parts. */
static bool find_in_scope(struct call *c, const struct view *view, const struct frame *frame,
    enum variable_scope scope, const char *name, struct variable *out)
{
	struct variable *list = calloc(VARIABLES_AT_ONCE, sizeof(*list));
	size_t start = 0, count, total = 0;
	bool found = false;

	do {
		count = list == NULL ? 0 : variables_of(c->session->image, view, frame, scope, start, list,
		    VARIABLES_AT_ONCE, &total);
		for (size_t i = 0; i < count && !found; i++)
			if (strcmp(list[i].name, name) == 0) {
				*out = list[i];
				found = true;
			}
		start += count;
	} while (!found && count > 0 && start < total);
	free(list);
	return found;
}

/* What an expression stands for, where that is memory. */
static bool find_expression(struct call *c, const struct view *view, const struct frame *frame,
    const char *text, struct variable *out, struct expr_error *error)
{
	struct expr *x = expr_parse(c->session->image, text, error);
	bool found = x != NULL && expr_evaluate(x, view, frame, out, error);

	if (found && out->address == 0) {
		snprintf(error->message, sizeof(error->message), "this is no place in memory");
		found = false;
	}

	expr_free(x);
	return found;
}

/* The variable that the arguments name, and its frame. */
static int find_variable(struct call *c, struct variable *v, unsigned *id, const struct frame **out_frame)
{
	const struct args_setVariable *a = &c->args.of_setVariable;
	enum variable_scope scope = a->variablesReference & 3;
	struct expr_error error = { .message = "there is no variable of this name in the scope" };
	const struct frame *frame;
	struct view *view;
	bool found;

	if (a->has_variablesReference && a->has_frameId)
		return fail(&c->failure, 400, "argument", "setVariable takes variablesReference or frameId, not both");
	if (a->has_variablesReference && scope != VARIABLES_ARGUMENTS && scope != VARIABLES_LOCALS)
		return bad(c, "variablesReference", "this is no scope's reference: ask for scopes");
	*id = (unsigned)(a->has_variablesReference ? a->variablesReference >> 2 : a->frameId);
	frame = call_frame(c, *id);
	view = frame != NULL ? call_view(c) : NULL;
	if (view == NULL)
		return -1;
	*out_frame = frame;
	found = a->has_variablesReference ? find_in_scope(c, view, frame, scope, a->name, v) :
	    variable_find(c->session->image, view, frame, a->name, v) ||
	    find_expression(c, view, frame, a->name, v, &error);
	return found ? 0 : bad(c, "name", error.message);
}

/* Why the variable cannot be set, whatever the value; NULL: it can. */
static const char *why_not(const struct variable *v, unsigned frame)
{
	if (!v->available)
		return "it has no value now: optimized out, or kept where it cannot be reached";
	if (v->address != 0)
		return NULL;
	if (v->width > 0)
		return "it is a bit field that is not in memory";
	if (v->reg < 0 && v->vector == 0)
		return "it has no place of its own: the compiler has put its value into the code";
	return frame == 0 ? NULL : "it is in a register that inner frames use: go to its own frame first (stepOut)";
}

/* What the variable does not take of its register stays. */
static int write_in_vector(struct control *control, const struct view *view, const struct variable *v,
    const uint8_t *bytes)
{
	uint8_t all[VECTOR_REGISTER_MAX];
	struct vector_register r;
	struct vector_state state;

	if (!vector_by_dwarf(v->vector, &r) || !view_vector(view, &state) || v->size > sizeof(all))
		return -EINVAL;
	vector_get(&state, &r, all);
	memcpy(all, bytes, v->size < r.kind->size ? v->size : r.kind->size);
	return control_write_vector(control, &r, all);
}

/* A number as C writes it, or else an expression that has one in the frame. */
static int read_number(struct call *c, const struct frame *frame, struct literal *out)
{
	const char *text = c->args.of_setVariable.value;
	struct view *view = call_view(c);
	struct expr_number number;
	struct expr_error error;
	struct expr *x;
	bool has;

	if (view == NULL)
		return -1;
	if (literal_read(text, out))
		return 0;
	x = expr_parse(c->session->image, text, &error);
	has = x != NULL && expr_number(x, view, frame, &number, &error);
	expr_free(x);
	if (!has)
		return bad(c, "value", error.message);
	*out = (struct literal){ number.is_real, number.negative, number.magnitude, number.real };
	return 0;
}

/* A bit field shares its bytes with others. */
static const char *encode_bits(struct call *c, const struct variable *v, const struct literal *l,
    uint8_t bytes[16], size_t *size)
{
	const struct view *view = control_view(c->session->control, c->position, 0);
	uint64_t word, first = v->bit / 8;

	*size = (v->bit % 8 + v->width + 7) / 8;
	if (view == NULL || *size > 16 || !view_read_all(view, v->address + first, bytes, *size))
		return "it cannot be read";
	if (!literal_word(l, &word) || !literal_fits(l, v->kind, v->width))
		return "the value is out of its bits' range";
	for (unsigned i = 0; i < v->width; i++) {
		unsigned at = v->bit % 8 + i;

		bytes[at / 8] = (uint8_t)((bytes[at / 8] & ~(1u << at % 8)) | (word >> i & 1) << at % 8);
	}
	return NULL;
}

static int write_variable(struct call *c, const struct variable *v, const uint8_t *bytes)
{
	struct control *control = c->session->control;
	struct view *view;
	uint64_t word;

	if (v->address != 0)
		return control_write_memory(control, v->address, bytes, v->size);
	view = control_view(control, c->position, 0);
	if (view == NULL)
		return -EINVAL;
	if (v->vector > 0)
		return write_in_vector(control, view, v, bytes);
	if (v->size > sizeof(word))
		return -EINVAL;
	word = view_register(view, v->reg);
	memcpy(&word, bytes, v->size);
	return control_write_register(control, v->reg, word);
}

int change_setVariable(struct call *c, struct writer *w)
{
	const struct frame *frame = NULL;
	struct literal literal;
	struct variable v;
	uint8_t bytes[16];
	const char *why;
	size_t size;
	unsigned id = 0;

	if (change_check(c) < 0 || find_variable(c, &v, &id, &frame) < 0 ||
	    read_number(c, frame, &literal) < 0)
		return -1;
	why = why_not(&v, id);
	if (why != NULL)
		return bad(c, "name", why);
	size = v.size;
	why = v.width > 0 && v.address != 0 ? encode_bits(c, &v, &literal, bytes, &size) :
	    literal_encode(&literal, v.kind, v.size, bytes);
	if (why != NULL)
		return bad(c, v.kind == VARIABLE_OTHER ? "name" : "value", why);
	if (v.width > 0) {
		v.address += v.bit / 8;
		v.size = size;
	}
	if ((v.address != 0 && check_memory(c, v.address, v.size) < 0) || change_reach(c) < 0)
		return -1;
	return finish(c, w, write_variable(c, &v, bytes));
}
