/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What expr.h offers of an expression that was parsed. */
#include "tracer/program/expr-private.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

#define MEMBERS_AT_ONCE	16
/* The compiler's own members have names that are none in C: "_vptr.Base", "_vptr$Base". */
#define NOT_IN_NAMES	".$<> "

/* The context has to stay where it is: it is passed in. */
static struct eval begin(struct expr *x, const struct view *view, const struct frame *f,
    struct context *c, struct expr_error *error)
{
	struct eval e = { .image = x->image, .context = c, .error = error };

	*error = (struct expr_error){ 0 };
	context_enter(x->image, view, f, c);
	e.cxx = c->has_function && type_is_cxx(&c->function);
	return e;
}

/* A register alone is shown as what it is, a machine word. */
static void as_word(struct variable *v, const struct operand *o)
{
	uint64_t word;

	memcpy(&word, o->bytes, sizeof(word));
	snprintf(v->value, sizeof(v->value), "0x%llx", (unsigned long long)word);
	snprintf(v->type, sizeof(v->type), "uint64_t");
}

/* So is a vector register, with all its digits; x87 ones are numbers. */
static void as_digits(struct variable *v, const struct vector_kind *k, const struct operand *o)
{
	struct text value = text_in(v->value, sizeof(v->value));

	text_add(&value, "0x");
	for (size_t i = k->size; i-- > 0; )
		text_add(&value, "%02x", o->bytes[i]);
	text_end(&value);
	snprintf(v->type, sizeof(v->type), "uint%u_t", 8 * k->size);
	v->address = 0;
	v->size = k->size;
	v->reg = -1;
	v->vector = 0;
	v->width = 0;
	v->children = 0;
	v->kind = VARIABLE_OTHER;
	v->available = true;
}

bool expr_evaluate(struct expr *x, const struct view *view, const struct frame *f,
    struct variable *out, struct expr_error *error)
{
	struct context c;
	struct eval e = begin(x, view, f, &c, error);
	struct text name = text_in(out->name, sizeof(out->name));
	struct operand o;

	text_add(&name, "%s", x->text);
	text_end(&name);
	if (!eval_operand(&e, x->root, &o))
		return false;
	if (x->root->op == OP_VECTOR && !x->root->vector.kind->stacked) {
		as_digits(out, x->root->vector.kind, &o);
		return true;
	}
	if (!operand_describe(&e, &o, x->root->column, out))
		return false;
	if (x->root->op == OP_REGISTER)
		as_word(out, &o);
	return true;
}

bool expr_test(struct expr *x, const struct view *view, const struct frame *f, bool *truth,
    struct expr_error *error)
{
	struct context c;
	struct eval e = begin(x, view, f, &c, error);

	return eval_truth(&e, x->root, truth);
}

bool expr_number(struct expr *x, const struct view *view, const struct frame *f,
    struct expr_number *out, struct expr_error *error)
{
	struct context c;
	struct eval e = begin(x, view, f, &c, error);
	struct expr_type to;
	struct operand o;
	struct number n;
	bool pointer;

	*out = (struct expr_number){ 0 };
	if (!eval_operand(&e, x->root, &o) ||
	    !operand_pointer(&e, &o, x->root->column, &to, &out->magnitude, &pointer))
		return false;
	if (pointer)
		return true;
	if (!operand_number(&e, &o, x->root->column, &n))
		return false;
	out->is_real = basic_table[n.basic].is_float;
	out->real = n.f;
	out->negative = !out->is_real && basic_table[n.basic].is_signed && n.i >> 127;
	n.i = out->negative ? -n.i : n.i;
	out->magnitude = (uint64_t)n.i;
	return out->is_real || n.i >> 64 == 0 ||
	    expr_fail(error, x->root->column, "a number of more than 64 bits");
}

/* -- children --------------------------------------------------------------------- */

static void describe(struct eval *e, const struct operand *o, struct variable *v)
{
	struct expr_error error, *before = e->error;

	e->error = &error;
	if (!operand_describe(e, o, 0, v))
		snprintf(v->value, sizeof(v->value), "<%.200s>", error.message);
	e->error = before;
}

/* Parentheses where what goes behind binds stronger than what is there. */
static bool is_postfix(const struct node *n)
{
	return n->op == OP_NAME || n->op == OP_MEMBER || n->op == OP_ARROW || n->op == OP_INDEX ||
	    n->op == OP_NUMBER || n->op == OP_REGISTER || n->op == OP_VECTOR;
}

static void name_child(const struct expr *x, struct expr_child *c, const char *before,
    const char *behind)
{
	bool bare = is_postfix(x->root);
	struct text t = text_in(c->expression, sizeof(c->expression));

	text_add(&t, "%s%s%s%s%s", before, bare ? "" : "(", x->text, bare ? "" : ")", behind);
	if (t.cut)
		c->expression[0] = '\0';
}

static size_t members(struct expr *x, struct eval *e, const struct operand *object, const char *sign,
    size_t start, struct expr_child *out, size_t max, size_t *total)
{
	struct operand part[MEMBERS_AT_ONCE];
	char name[MEMBERS_AT_ONCE][128], behind[160];
	size_t written = 0;

	*total = member_list(e, object, 0, NULL, NULL, 0);
	for (size_t i = start; i < *total && written < max; i++, written++) {
		size_t k = (i - start) % MEMBERS_AT_ONCE;
		struct variable *v = &out[written].variable;

		if (k == 0)
			member_list(e, object, i, part, name, MEMBERS_AT_ONCE);
		out[written].expression[0] = '\0';
		*v = (struct variable){ .reg = -1 };
		describe(e, &part[k], v);
		memcpy(v->name, name[k], sizeof(v->name));
		snprintf(behind, sizeof(behind), "%s%s", sign, name[k]);
		if (!strpbrk(name[k], NOT_IN_NAMES))
			name_child(x, &out[written], "", behind);
	}
	return written;
}

static bool element(struct eval *e, const struct operand *array, uint64_t index, struct operand *out)
{
	uint64_t count, size, at;

	*out = *array;
	if (!expr_element(&e->context->ev, &array->type, &out->type, &count) ||
	    !expr_size(&e->context->ev, &out->type, &size) ||
	    __builtin_mul_overflow(size, index, &at))
		return false;
	if (array->in_memory) {
		out->address += at;
		return true;
	}
	if (at > array->length || size > array->length - at)
		return false;
	out->length = size;
	memmove(out->bytes, array->bytes + at, size);
	return true;
}

static size_t elements(struct expr *x, struct eval *e, const struct operand *array, size_t start,
    struct expr_child *out, size_t max, size_t total)
{
	struct operand one;
	char behind[32];
	size_t written = 0;

	for (size_t i = start; i < total && written < max && element(e, array, i, &one); i++, written++) {
		struct variable *v = &out[written].variable;

		*v = (struct variable){ .reg = -1 };
		describe(e, &one, v);
		snprintf(behind, sizeof(behind), "[%zu]", i);
		memcpy(v->name, behind, sizeof(behind));
		name_child(x, &out[written], "", behind);
	}
	return written;
}

static size_t pointed(struct expr *x, struct eval *e, uint64_t address, const struct expr_type *to,
    size_t start, struct expr_child *out, size_t max, size_t *total)
{
	struct operand o = operand_at(address, to);
	Dwarf_Die structure;
	struct text name;

	if (expr_structure(to, &structure))
		return members(x, e, &o, "->", start, out, max, total);
	*total = 1;
	if (start > 0 || max == 0)
		return 0;
	out->variable = (struct variable){ .reg = -1 };
	describe(e, &o, &out->variable);
	name_child(x, out, "*", "");
	name = text_in(out->variable.name, sizeof(out->variable.name));
	text_add(&name, "%s", out->expression);
	text_end(&name);
	return 1;
}

bool expr_children(struct expr *x, const struct view *view, const struct frame *f, size_t start,
    struct expr_child *out, size_t max, size_t *total, size_t *written, struct expr_error *error)
{
	struct context c;
	struct eval e = begin(x, view, f, &c, error);
	struct operand o;
	struct expr_type to;
	uint64_t address;
	Dwarf_Die structure;
	bool indexed, pointer;

	*total = *written = 0;
	if (!eval_operand(&e, x->root, &o))
		return false;
	*total = operand_children(&e, &o, &indexed);
	if (*total == 0)
		return true;
	if (indexed)
		*written = elements(x, &e, &o, start, out, max, *total);
	else if (expr_structure(&o.type, &structure))
		*written = members(x, &e, &o, ".", start, out, max, total);
	else if (operand_pointer(&e, &o, x->root->column, &to, &address, &pointer) && pointer)
		*written = pointed(x, &e, address, &to, start, out, max, total);
	return true;
}
