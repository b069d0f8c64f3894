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
	if (given(wish->log_message) && (b->log_message = strdup(wish->log_message)) == NULL) {
		snprintf(b->message, sizeof(b->message), "There is no memory for the log message.");
		return false;
	}
	return true;
}

void breakpoint_clear(struct breakpoint *b)
{
	expr_free(b->condition);
	free(b->log_message);
	b->condition = NULL;
	b->log_message = NULL;
}
