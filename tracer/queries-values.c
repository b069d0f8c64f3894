/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Queries about values: the variables of a scope, what is below one, expressions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/program/expr.h"

static void write_register(struct writer *w, const struct variable *v)
{
	struct vector_register r;
	char name[16];

	if (v->reg >= 0 && v->reg < REGISTERS_COUNT) {
		w_key_string(w, "register", register_table[v->reg].name);
	} else if (v->vector > 0 && vector_by_dwarf(v->vector, &r)) {
		vector_name(&r, name);
		w_key_string(w, "register", name);
	}
}

/* expression: the variable as one; "": it has none. */
static void write_variable(struct writer *w, const struct variable *v, const char *expression)
{
	w_begin_map(w);
	w_key_string(w, "name", v->name);
	w_key_string(w, "value", v->value);
	w_key_string(w, "type", v->type);
	if (v->address != 0)
		w_key_word(w, "address", v->address);
	if (v->size != 0)
		w_key_uint(w, "size", v->size);
	write_register(w, v);
	w_key_uint(w, "variablesReference", 0);
	if (expression[0] != '\0')
		w_key_string(w, "evaluateName", expression);
	if (v->children > 0 && expression[0] != '\0')
		w_key_uint(w, v->indexed ? "indexedVariables" : "namedVariables", v->children);
	w_key_bool(w, "available", v->available);
	w_end_map(w);
}

/* Opens the list, and leaves room for what comes behind it. */
static void begin_list(struct writer *w)
{
	w_reserve(w, 64);
	w_key_list(w, "variables");
}

static void end_list(struct writer *w, size_t total)
{
	w_end_list(w);
	w_release(w, 64);
	w_key_uint(w, "totalVariables", total);
}

/* false: the answer is full. */
static bool write_one(struct writer *w, const struct variable *v, const char *expression)
{
	struct w_mark mark = w_mark(w);

	write_variable(w, v, expression);
	if (!w->overflow)
		return true;
	w_rewind(w, mark);
	return false;
}

static int of_scope(struct call *c, struct writer *w)
{
	const struct args_variables *a = &c->args.of_variables;
	enum variable_scope scope = a->variablesReference & 3;
	const struct frame *frame;
	struct variable *list;
	struct view *view;
	size_t count, total = 0;

	if (scope != VARIABLES_ARGUMENTS && scope != VARIABLES_LOCALS) {
		snprintf(c->failure.argument, sizeof(c->failure.argument), "variablesReference");
		return fail(&c->failure, 422, "reference", "%llu is no scope's reference: ask for scopes",
		    (unsigned long long)a->variablesReference);
	}
	frame = call_frame(c, (unsigned)(a->variablesReference >> 2));
	view = frame != NULL ? call_view(c) : NULL;
	if (view == NULL)
		return -1;
	list = calloc(a->count, sizeof(*list));
	if (list == NULL)
		return fail(&c->failure, 503, "memory", "no memory for the answer");
	count = variables_of(c->session->image, view, frame, scope, a->start, list, a->count, &total);
	begin_list(w);
	for (size_t i = 0; i < count && write_one(w, &list[i], list[i].name); i++)
		;
	end_list(w, total);
	free(list);
	return 0;
}

/* -- expressions ------------------------------------------------------------------------ */

static int refuse_expression(struct call *c, const struct expr_error *error)
{
	snprintf(c->failure.argument, sizeof(c->failure.argument), "expression");
	return fail(&c->failure, 422, "expression", "column %u: %s", error->column, error->message);
}

/* Frame, view and the parsed expression of a query; freed by the caller.  NULL
 * with call->failure. */
static struct expr *begin_expression(struct call *c, const char *text, const struct frame **frame,
    struct view **view)
{
	struct expr_error error;
	struct expr *x;

	*frame = call_frame(c, (unsigned)c->args.frame.frameId);
	*view = *frame != NULL ? call_view(c) : NULL;
	if (*view == NULL)
		return NULL;
	x = expr_parse(c->session->image, text, &error);
	if (x == NULL)
		refuse_expression(c, &error);
	return x;
}

static int below_expression(struct call *c, struct writer *w)
{
	const struct args_variables *a = &c->args.of_variables;
	const struct frame *frame;
	struct view *view;
	struct expr *x = begin_expression(c, a->expression, &frame, &view);
	struct expr_child *list = x != NULL ? calloc(a->count, sizeof(*list)) : NULL;
	struct expr_error error;
	size_t total, written;
	int r = -1;

	if (x != NULL && list == NULL) {
		fail(&c->failure, 503, "memory", "no memory for the answer");
	} else if (x != NULL && !expr_children(x, view, frame, a->start, list, a->count, &total, &written, &error)) {
		refuse_expression(c, &error);
	} else if (x != NULL) {
		begin_list(w);
		for (size_t i = 0; i < written && write_one(w, &list[i].variable, list[i].expression); i++)
			;
		end_list(w, total);
		r = 0;
	}
	free(list);
	expr_free(x);
	return r;
}

int query_variables(struct call *c, struct writer *w)
{
	const struct args_variables *a = &c->args.of_variables;

	if (a->has_variablesReference == a->has_expression)
		return fail(&c->failure, 400, "argument", "variables takes a variablesReference or an expression");
	return a->has_expression ? below_expression(c, w) : of_scope(c, w);
}

int call_evaluate(struct call *c, const char *text, struct variable *out)
{
	const struct frame *frame;
	struct view *view;
	struct expr *x = begin_expression(c, text, &frame, &view);
	struct expr_error error;
	bool done = x != NULL && expr_evaluate(x, view, frame, out, &error);

	expr_free(x);
	if (!done)
		return x != NULL ? refuse_expression(c, &error) : -1;
	return 0;
}

int query_evaluate(struct call *c, struct writer *w)
{
	const char *text = c->args.of_evaluate.expression;
	struct variable v = { .reg = -1 };

	if (call_evaluate(c, text, &v) < 0)
		return -1;
	w_key_string(w, "result", v.value);
	w_key_string(w, "type", v.type);
	if (v.address != 0)
		w_key_word(w, "address", v.address);
	if (v.size != 0)
		w_key_uint(w, "size", v.size);
	w_key_uint(w, "variablesReference", 0);
	w_key_string(w, "evaluateName", text);
	if (v.children > 0)
		w_key_uint(w, v.indexed ? "indexedVariables" : "namedVariables", v.children);
	return 0;
}
