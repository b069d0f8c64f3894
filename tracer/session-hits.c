/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Whether a breakpoint that was reached stops: its condition, its number of
 * hits, its log message.  All three are functions of the position, so going
 * back stops where going forward did.  Hits that a native stretch has passed are
 * at no position of their own: they are counted with the one that it arrives at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/bisect.h"
#include "tracer/program/expr.h"
#include "tracer/session-parts.h"

#define LOG_TEXT_MAX	2048

static bool is_at(const struct breakpoint *b, uint64_t address)
{
	for (size_t i = 0; i < b->address_count; i++)
		if (b->addresses[i] == address)
			return true;
	return false;
}

/* The condition's truth; false with *error: it has no value. */
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

/* -- counting ------------------------------------------------------------------------- */

/* Whether an arrival at one of its addresses is a hit. */
static bool is_hit(struct session *s, struct breakpoint *b, uint64_t position)
{
	struct view *view = b->condition != NULL ? control_view(s->control, position, 0) : NULL;
	struct expr_error error;
	bool truth;

	return b->condition == NULL || (view != NULL && (!holds(s, b, view, &truth, &error) || truth));
}

/* Hits at the positions (from, to] of the record. */
static uint64_t hits_between(struct session *s, struct breakpoint *b, uint64_t from, uint64_t to)
{
	uint64_t count = 0, p = from;

	if (b->condition == NULL)
		return control_count_arrivals(s->control, b->addresses, b->address_count, from, to);
	while ((p = control_find_arrival(s->control, b->addresses, b->address_count, p, 1)) <= to)
		count += is_hit(s, b, p);
	return count;
}

/* Hits that native stretches passed, up to the one that arrives at position. */
static uint64_t passed_until(const struct breakpoint *b, uint64_t position)
{
	size_t n = bisect(b->passed_count, i, b->passed[i].position <= position);

	return n > 0 ? b->passed[n - 1].total : 0;
}

/* The list has room for as many as the next power of two.  Without memory the hit is not counted. */
static void note_passed(struct breakpoint *b, uint64_t position)
{
	uint64_t total = passed_until(b, position) + 1;
	size_t n = b->passed_count;

	if (n > 0 && b->passed[n - 1].position == position) {
		b->passed[n - 1].total = total;
		return;
	}
	if ((n & (n - 1)) == 0) {
		struct passed_hits *more = realloc(b->passed, (n > 0 ? 2 * n : 1) * sizeof(*more));

		if (more == NULL)
			return;
		b->passed = more;
	}
	b->passed[b->passed_count++] = (struct passed_hits){ position, total };
}

void hits_cut(struct session *s, uint64_t position)
{
	size_t count;
	struct breakpoint *list = breakpoints_list(s->breakpoints, &count);

	for (size_t i = 0; i < count; i++)
		while (list[i].passed_count > 0 &&
		    list[i].passed[list[i].passed_count - 1].position > position)
			list[i].passed_count--;
}

/* The number of hits up to a position of the record: counted on, or back, from the
 * last one. */
static uint64_t hits_until(struct session *s, struct breakpoint *b, uint64_t position)
{
	if (b->counted_epoch != control_epoch(s->control) || (b->counted == 0 && b->counted_to == 0)) {
		b->counted = is_at(b, control_arrived_at(s->control, 0)) && is_hit(s, b, 0);
		b->counted_to = 0;
		b->counted_epoch = control_epoch(s->control);
	}
	if (b->counted_to < position)
		b->counted += hits_between(s, b, b->counted_to, position);
	else
		b->counted -= hits_between(s, b, position, b->counted_to);
	b->counted_to = position;
	return b->counted;
}

/* At a hit there, which counts. */
static bool rule_holds(struct session *s, struct breakpoint *b, uint64_t position)
{
	uint64_t frontier = control_frontier(s->control), n;

	if (b->rule == HIT_EVERY)
		return true;
	n = position > frontier ? hits_until(s, b, frontier) + 1 : hits_until(s, b, position);
	n += passed_until(b, position);
	return (b->rule == HIT_EQUAL && n == b->hits) || (b->rule == HIT_FROM && n >= b->hits) ||
	    (b->rule == HIT_MULTIPLE && n % b->hits == 0);
}

/* -- log messages ----------------------------------------------------------------------- */

static void add(char *text, size_t *length, const char *more)
{
	size_t room = LOG_TEXT_MAX - 1 - *length, count = strlen(more);

	count = count < room ? count : room;
	memcpy(text + *length, more, count);
	*length += count;
	text[*length] = '\0';
}

/* Its value, or why it has none. */
static void add_value(struct expr *x, struct view *view, const struct frame *frame, char *text,
    size_t *length)
{
	struct expr_error error;
	struct variable v;

	if (expr_evaluate(x, view, frame, &v, &error)) {
		add(text, length, v.value);
		return;
	}
	add(text, length, "{");
	add(text, length, error.message);
	add(text, length, "}");
}

static void log_message(struct session *s, const struct breakpoint *b, uint64_t position, struct view *view)
{
	char text[LOG_TEXT_MAX] = "";
	struct frame frame;
	size_t length = 0;

	unwind(s->image, view, &frame, 1);
	for (const struct log_part *part = b->log; part->text != NULL || part->value != NULL; part++)
		if (part->value != NULL)
			add_value(part->value, view, &frame, text, &length);
		else
			add(text, &length, part->text);
	add(text, &length, "\n");
	notify_log(s, position, text);
}

/* ------------------------------------------------------------------------------------------ */

static bool stops(struct session *s, struct breakpoint *b, uint64_t position, struct view *view)
{
	struct expr_error error;
	bool truth;

	b->hit = false;
	if (!is_at(b, view->registers.word[REG_PC]))
		return false;
	if (!holds(s, b, view, &truth, &error)) {
		snprintf(b->message, sizeof(b->message), "The condition has no value: column %u: %.100s",
		    error.column, error.message);
		notify_breakpoints(s);
		return true;
	}
	b->hit = truth;
	if (!truth || !rule_holds(s, b, position))
		return false;
	if (b->log != NULL && !s->run.command.backwards)
		log_message(s, b, position, view);
	return b->log == NULL;
}

bool hits_stop(struct session *s, uint64_t position, struct view *view, bool anyway)
{
	size_t count;
	struct breakpoint *list = breakpoints_list(s->breakpoints, &count);
	bool stop = anyway;

	/* Each is asked: those with a log message have something to say. */
	for (size_t i = 0; i < count; i++)
		stop |= stops(s, &list[i], position, view);
	for (size_t i = 0; i < count && !stop && position > control_frontier(s->control); i++)
		if (list[i].hit)
			note_passed(&list[i], position);
	return stop;
}
