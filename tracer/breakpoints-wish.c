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

bool breakpoint_wish(struct breakpoint *b, const struct image *image, const struct breakpoint_wish *wish)
{
	struct expr_error error;

	if (given(wish->condition) && (b->condition = expr_parse(image, wish->condition, &error)) == NULL) {
		snprintf(b->message, sizeof(b->message), "The condition is wrong at column %u: %.100s",
		    error.column, error.message);
		return false;
	}
	return !given(wish->hit_condition) || hit_condition(b, wish->hit_condition);
}

void breakpoint_clear(struct breakpoint *b)
{
	expr_free(b->condition);
	free(b->asked_condition);
	free(b->asked_hits);
	free(b->log_message);
	b->condition = NULL;
	b->asked_condition = b->asked_hits = b->log_message = NULL;
}
