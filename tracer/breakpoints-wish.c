/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Conditions, hit conditions and log messages as they are set. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/breakpoints.h"

static bool given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

/* "=3", "3", ">=3", "%3" */
static bool hit_condition(struct breakpoint *b, const char *text)
{
	char *end;

	text += strspn(text, " ");
	b->rule = strncmp(text, ">=", 2) == 0 ? HIT_FROM : *text == '%' ? HIT_MULTIPLE : HIT_EQUAL;
	text += b->rule == HIT_FROM ? 2 : *text == '%' ? 1 : strspn(text, "=");
	text += strspn(text, " ");
	b->hits = *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
	if (b->hits > 0 && end[strspn(end, " ")] == '\0')
		return true;
	snprintf(b->message, sizeof(b->message), "A hit condition is =N, >=N or %%N, with N from 1.");
	return false;
}

/* NULL where nothing is given; false: no memory. */
static bool copy(char **to, const char *text)
{
	*to = given(text) ? strdup(text) : NULL;
	return *to != NULL || !given(text);
}

bool breakpoint_keep(struct breakpoint *b, const struct breakpoint_wish *wish)
{
	b->enabled = wish->enabled;
	return copy(&b->asked_condition, wish->condition) && copy(&b->asked_hits, wish->hit_condition) &&
	    copy(&b->log_message, wish->log_message);
}

/* -- log messages ----------------------------------------------------------------- */

static size_t parts_bound(const char *message)
{
	size_t n = 3;	/* before and behind the last value, and the end */

	for (; *message != '\0'; message++)
		n += *message == '{' ? 2 : 0;
	return n;
}

/* What is no expression says so each time, in braces. */
static bool value_part(struct log_part *part, const struct image *image, const char *from, size_t length)
{
	char expression[EXPR_LENGTH_MAX + 1];
	struct expr_error error;

	length = length < sizeof(expression) - 1 ? length : sizeof(expression) - 1;
	memcpy(expression, from, length);
	expression[length] = '\0';
	part->value = expr_parse(image, expression, &error);
	if (part->value == NULL && asprintf(&part->text, "{%s}", error.message) < 0)
		part->text = NULL;
	return part->value != NULL || part->text != NULL;
}

static bool parse_log(struct breakpoint *b, const struct image *image, const char *at)
{
	struct log_part *part = b->log = calloc(parts_bound(at), sizeof(*part));
	const char *open, *close;

	while (part != NULL && *at != '\0') {
		open = strchr(at, '{');
		close = open != NULL ? strchr(open, '}') : NULL;
		if (close == NULL || open > at) {
			part->text = close != NULL ? strndup(at, (size_t)(open - at)) : strdup(at);
			at = close != NULL ? open : at + strlen(at);
			if ((part++)->text == NULL)
				return false;
			continue;
		}
		if (!value_part(part++, image, open + 1, (size_t)(close - open - 1)))
			return false;
		at = close + 1;
	}
	return part != NULL;
}

/* ----------------------------------------------------------------------------------- */

bool breakpoint_wish(struct breakpoint *b, const struct image *image, const struct breakpoint_wish *wish)
{
	struct expr_error error;

	if (given(wish->condition) && (b->condition = expr_parse(image, wish->condition, &error)) == NULL) {
		snprintf(b->message, sizeof(b->message), "The condition is wrong at column %u: %.100s",
		    error.column, error.message);
		return false;
	}
	if (given(wish->hit_condition) && !hit_condition(b, wish->hit_condition))
		return false;
	if (!given(wish->log_message) || parse_log(b, image, wish->log_message))
		return true;
	snprintf(b->message, sizeof(b->message), "There is no memory for the log message.");
	return false;
}

void breakpoint_clear(struct breakpoint *b)
{
	for (struct log_part *part = b->log; part != NULL && (part->text != NULL || part->value != NULL); part++) {
		free(part->text);
		expr_free(part->value);
	}
	free(b->log);
	b->log = NULL;
	expr_free(b->condition);
	free(b->asked_condition);
	free(b->asked_hits);
	free(b->log_message);
	b->condition = NULL;
	b->asked_condition = b->asked_hits = b->log_message = NULL;
	free(b->passed);
	b->passed = NULL;
	b->passed_count = 0;
}

static bool same_text(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

void breakpoint_keep_hits(struct breakpoint *b, struct breakpoint *old)
{
	if (b->passed != NULL || !same_text(b->asked_condition, old->asked_condition))
		return;
	b->passed = old->passed;
	b->passed_count = old->passed_count;
	old->passed = NULL;
	old->passed_count = 0;
}
