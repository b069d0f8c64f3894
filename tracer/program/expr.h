/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * C expressions over a view and a frame (C17 section 6.5), read-only: literals
 * (decimal, hexadecimal, octal, binary, character, floating, true, false,
 * nullptr, NULL), names, $registers; ( ) [] . -> ! ~ - + * & sizeof, casts to
 * arithmetic, enumeration and pointer types; * / % + - << >> < > <= >= == !=
 * & ^ | && || ?:.  No calls, assignments, strings.
 *
 * Names are looked for as the language does: locals of the frame from the
 * innermost block out, arguments, members of *this, globals of the frame's unit
 * and then of the others ("count", "ns::count"), enumerators, functions.  A
 * name in parentheses that is a type makes a cast, whatever else has the name.
 * C++: members of base classes (not virtual ones), references, enumerators and
 * statics with "Class::".
 *
 * Conversions are C's: integer promotion, usual arithmetic conversions, pointer
 * arithmetic by the size of what is pointed to.  Where C has no answer there is
 * an error and no guess (division by zero, shift beyond the width), but integers
 * wrap.  An expression has at most EXPR_LENGTH_MAX bytes and EXPR_DEPTH_MAX
 * levels; everything read from the program is bounded.
 *
 * It is parsed once and evaluated many times, at any position.
 */
#ifndef PT_EXPR_H
#define PT_EXPR_H

#include "tracer/program/variables.h"

#define EXPR_LENGTH_MAX	1024	/* bytes of text */
#define EXPR_DEPTH_MAX	64	/* levels of nesting */

struct expr;

struct expr_error {
	unsigned column;	/* from 1, in bytes: where in the text */
	char message[240];	/* "no variable named 'foo' in scope at this line" */
};

/* NULL with *error.  The image is asked for the names of types; it outlives the
 * expression. */
struct expr *expr_parse(const struct image *, const char *text, struct expr_error *error);
void expr_free(struct expr *);

/*
 * The value as `evaluate' shows it: out->name is the expression's text (cut),
 * address and size those of the object where it is one in memory.  false with
 * *error: there is no such value now.  A variable that is optimized out is an error.
 */
bool expr_evaluate(struct expr *, const struct view *, const struct frame *,
    struct variable *out, struct expr_error *error);

/* Whether it is not zero, as an if asks it. */
bool expr_test(struct expr *, const struct view *, const struct frame *, bool *truth,
    struct expr_error *error);

/* What is to be put somewhere else: a number or an address. */
struct expr_number {
	bool is_real;		/* real holds it */
	bool negative;		/* -magnitude */
	uint64_t magnitude;
	long double real;
};

/* false with *error: it is no number and no pointer, or has more than 64 bits. */
bool expr_number(struct expr *, const struct view *, const struct frame *, struct expr_number *,
    struct expr_error *error);

struct expr_child {
	struct variable variable;
	/* The child as an expression of its own ("p->next", "a[3]", "*q"); "" when that
	 * were too long, or its name is one that only the compiler can write. */
	char expression[EXPR_LENGTH_MAX + 1];
};

/*
 * One level below the expression's value: members of a structure, class or union,
 * or of what a pointer to one points to (those of base classes and of members
 * without a name among them, in order of declaration); elements of an array; what
 * any other pointer points to.  At most max from start on are written, *total
 * counts all; a value without children has none.  false with *error: it has no
 * value now.
 */
bool expr_children(struct expr *, const struct view *, const struct frame *, size_t start,
    struct expr_child *out, size_t max, size_t *total, size_t *written, struct expr_error *error);

#endif
