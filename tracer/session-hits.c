/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Whether a breakpoint that was reached stops: its condition, its number of
 * hits, its log message.  All three are functions of the position, so going
 * back stops where going forward did.
 */
#include <stdio.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/program/expr.h"

#define LOG_TEXT_MAX	2048

static bool is_at(const struct breakpoint *b, uint64_t address)
{
	for (size_t i = 0; i < b->address_count; i++)
		if (b->addresses[i] == address)
			return true;
	return false;
}

/* The condition at a position; false with *error: it has no value. */
static bool holds(struct session *s, struct breakpoint *b, struct view *view, bool *truth,
    struct expr_error *error)
{
	struct frame frame;

	*truth = true;
	if (b->condition == NULL)
		return true;
	unwind(s->image, view, &frame, 1);
	return expr_test(b->condition, view, &frame, truth, error);
}

/* 1 where the breakpoint is hit. */
static uint64_t hit_at(struct session *s, struct breakpoint *b, uint64_t position)
{
	struct view *view = control_view(s->control, position, 0);
	struct expr_error error;
	bool truth;

	return view != NULL && is_at(b, view->registers.word[REG_PC]) &&
	    (!holds(s, b, view, &truth, &error) || truth);
}

/* The number of the hit at a position: counted on, or back, from the last one. */
static uint64_t number_of_hit(struct session *s, struct breakpoint *b, uint64_t position)
{
	if (b->counted_epoch != control_epoch(s->control) || (b->counted == 0 && b->counted_to == 0)) {
		b->counted = hit_at(s, b, 0);
		b->counted_to = 0;
		b->counted_epoch = control_epoch(s->control);
	}
	while (b->counted_to < position)
		b->counted += hit_at(s, b, ++b->counted_to);
	while (b->counted_to > position)
		b->counted -= hit_at(s, b, b->counted_to--);
	return b->counted;
}

static bool rule_holds(struct session *s, struct breakpoint *b, uint64_t position)
{
	uint64_t n = b->rule != HIT_EVERY ? number_of_hit(s, b, position) : 0;

	return b->rule == HIT_EVERY || (b->rule == HIT_EQUAL && n == b->hits) ||
	    (b->rule == HIT_FROM && n >= b->hits) || (b->rule == HIT_MULTIPLE && n % b->hits == 0);
}

/* -- log messages ----------------------------------------------------------------------- */

static void add(char *text, size_t *length, const char *more, size_t count)
{
	size_t room = LOG_TEXT_MAX - 1 - *length;

	count = count < room ? count : room;
	memcpy(text + *length, more, count);
	*length += count;
	text[*length] = '\0';
}

/* An expression between braces: its value, or why it has none. */
static void add_value(struct session *s, struct view *view, const char *from, size_t size,
    char *text, size_t *length)
{
	char expression[EXPR_LENGTH_MAX + 1];
	struct expr_error error;
	struct frame frame;
	struct variable v;
	struct expr *x;
	bool done;

	size = size < sizeof(expression) - 1 ? size : sizeof(expression) - 1;
	memcpy(expression, from, size);
	expression[size] = '\0';
	unwind(s->image, view, &frame, 1);
	x = expr_parse(s->image, expression, &error);
	done = x != NULL && expr_evaluate(x, view, &frame, &v, &error);
	expr_free(x);
	if (done) {
		add(text, length, v.value, strlen(v.value));
		return;
	}
	add(text, length, "{", 1);
	add(text, length, error.message, strlen(error.message));
	add(text, length, "}", 1);
}

static void log_message(struct session *s, const struct breakpoint *b, struct view *view)
{
	char text[LOG_TEXT_MAX];
	size_t length = 0;

	text[0] = '\0';
	for (const char *at = b->log_message; *at != '\0'; ) {
		size_t plain = strcspn(at, "{");
		const char *close = strchr(at + plain, '}');

		if (close == NULL)
			plain = strlen(at);
		add(text, &length, at, plain);
		at += plain;
		if (*at == '\0')
			break;
		add_value(s, view, at + 1, (size_t)(close - at - 1), text, &length);
		at = close + 1;
	}
	add(text, &length, "\n", 1);
	notify_log(s, view->position, text);
}

/* ------------------------------------------------------------------------------------------ */

static bool stops(struct session *s, struct breakpoint *b, uint64_t position)
{
	struct view *view = control_view(s->control, position, 0);
	struct expr_error error;
	bool truth;

	if (view == NULL || !is_at(b, view->registers.word[REG_PC]))
		return false;
	if (!holds(s, b, view, &truth, &error)) {
		snprintf(b->message, sizeof(b->message), "The condition has no value: column %u: %.100s",
		    error.column, error.message);
		notify_breakpoints(s);
		return true;
	}
	if (!truth || !rule_holds(s, b, position))
		return false;
	if (b->log_message == NULL)
		return true;
	view = control_view(s->control, position, 0);
	if (view != NULL && !s->run.command.backwards)
		log_message(s, b, view);
	return false;
}

bool hits_stop(struct session *s)
{
	uint64_t position = control_position(s->control);
	size_t count;
	struct breakpoint *list = breakpoints_list(s->breakpoints, &count);
	bool stop = false;

	/* Each is asked: those with a log message have something to say. */
	for (size_t i = 0; i < count; i++)
		stop |= stops(s, &list[i], position);
	return stop;
}
