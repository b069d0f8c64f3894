/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Queries about the stack: frames, scopes, variables, one expression. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/program/functions.h"
#include "tracer/program/variables.h"

/* A scope's reference is a pure function of frame and scope; 0 and 3 in its low
 * bits are kept for the children of a variable. */
#define REFERENCE(frame, scope)	((uint64_t)(frame) << 2 | (scope))

static void write_frame(struct session *s, struct writer *w, const struct frame *frame, size_t id)
{
	/* A return address may be the first of the next line or function: the call is before it. */
	uint64_t at = frame->signal || id == 0 ? frame->pc : frame->pc - 1;
	struct function f;
	bool known = function_find(s->image, at, &f);
	const char *module = function_module(s->image, at);

	w_begin_map(w);
	w_key_uint(w, "id", id);
	w_key_string(w, "name", known && f.name[0] != '\0' ? f.name : "??");
	write_place(s, w, at);
	w_key_word(w, "pc", frame->pc);
	if (frame->cfa != 0)
		w_key_word(w, "cfa", frame->cfa);
	if (module != NULL)
		w_key_string(w, "module", module);
	w_end_map(w);
}

int query_stackTrace(struct call *c, struct writer *w)
{
	const struct args_stackTrace *a = &c->args.of_stackTrace;
	const struct frame *frames;
	/* One more than asked for says whether there are more; how many, the timeline knows. */
	size_t wanted = a->start + a->count + 1 < FRAMES_MAX ? a->start + a->count + 1 : FRAMES_MAX;
	size_t count = call_frames(c, &frames, wanted), total = count;

	if (count == 0)
		return -1;
	if (count >= wanted && total < control_depth(c->session->control, c->position) + 1)
		total = control_depth(c->session->control, c->position) + 1;
	w_reserve(w, 64);
	w_key_list(w, "stackFrames");
	for (size_t i = a->start; i < count && i - a->start < a->count; i++) {
		struct w_mark mark = w_mark(w);

		write_frame(c->session, w, &frames[i], i);
		if (w->overflow) {
			w_rewind(w, mark);
			break;
		}
	}
	w_end_list(w);
	w_release(w, 64);
	w_key_uint(w, "totalFrames", total);
	return 0;
}

static void write_scope(struct writer *w, const char *name, uint64_t reference)
{
	w_begin_map(w);
	w_key_string(w, "name", name);
	w_key_uint(w, "variablesReference", reference);
	w_end_map(w);
}

int query_scopes(struct call *c, struct writer *w)
{
	unsigned frame = (unsigned)c->args.frame.frameId;

	if (call_frame(c, frame) == NULL)
		return -1;
	w_key_list(w, "scopes");
	write_scope(w, "Arguments", REFERENCE(frame, VARIABLES_ARGUMENTS));
	write_scope(w, "Locals", REFERENCE(frame, VARIABLES_LOCALS));
	w_end_list(w);
	return 0;
}

static void write_variable(struct writer *w, const struct variable *v)
{
	w_begin_map(w);
	w_key_string(w, "name", v->name);
	w_key_string(w, "value", v->value);
	w_key_string(w, "type", v->type);
	if (v->address != 0)
		w_key_word(w, "address", v->address);
	if (v->size != 0)
		w_key_uint(w, "size", v->size);
	if (v->reg >= 0 && v->reg < REGISTERS_COUNT)
		w_key_string(w, "register", register_table[v->reg].name);
	w_key_uint(w, "variablesReference", 0);
	w_key_bool(w, "available", v->available);
	w_end_map(w);
}

static void write_variables(struct writer *w, const struct variable *list, size_t count, size_t total)
{
	w_reserve(w, 64);
	w_key_list(w, "variables");
	for (size_t i = 0; i < count; i++) {
		struct w_mark mark = w_mark(w);

		write_variable(w, &list[i]);
		if (w->overflow) {
			w_rewind(w, mark);
			break;
		}
	}
	w_end_list(w);
	w_release(w, 64);
	w_key_uint(w, "totalVariables", total);
}

int query_variables(struct call *c, struct writer *w)
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
	write_variables(w, list, count, total);
	free(list);
	return 0;
}

/* -- evaluate --------------------------------------------------------------------------- */

static int evaluate_register(struct call *c, struct writer *w, const struct frame *frame, const char *name)
{
	int index = strcmp(name, "pc") == 0 ? REG_PC : strcmp(name, "sp") == 0 ? REG_SP :
	    strcmp(name, "fp") == 0 ? REG_FP : register_by_name(name);
	char text[24];

	if (index < 0)
		return fail(&c->failure, 422, "expression", "there is no register \"%.32s\"", name);
	if ((frame->known >> index & 1) == 0)
		return fail(&c->failure, 422, "expression", "%.32s is not known in this frame", name);
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)frame->registers.word[index]);
	w_key_string(w, "result", text);
	w_key_string(w, "type", "uint64_t");
	w_key_uint(w, "variablesReference", 0);
	return 0;
}

static bool is_name(const char *text)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	static const char others[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789:";

	return *text != '\0' && strchr(letters, *text) != NULL && text[strspn(text, others)] == '\0';
}

int query_evaluate(struct call *c, struct writer *w)
{
	const char *expression = c->args.of_evaluate.expression;
	const struct frame *frame = call_frame(c, (unsigned)c->args.frame.frameId);
	struct view *view = frame != NULL ? call_view(c) : NULL;
	struct variable v;

	if (view == NULL)
		return -1;
	snprintf(c->failure.argument, sizeof(c->failure.argument), "expression");
	if (expression[0] == '$')
		return evaluate_register(c, w, frame, expression + 1);
	if (!is_name(expression))
		return fail(&c->failure, 422, "expression",
		    "only a variable's name or a $register can be evaluated in this version");
	if (!variable_find(c->session->image, view, frame, expression, &v))
		return fail(&c->failure, 422, "expression", "there is no variable \"%.64s\" here", expression);
	w_key_string(w, "result", v.value);
	w_key_string(w, "type", v.type);
	if (v.address != 0)
		w_key_word(w, "address", v.address);
	w_key_uint(w, "variablesReference", 0);
	return 0;
}
