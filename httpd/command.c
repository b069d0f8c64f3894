/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One session-protocol request for one HTTP request: carried, not read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/answer.h"
#include "httpd/api.h"
#include "httpd/body.h"

#define JSON_ENCODING 0

static struct conn *conn_of(struct client *client)
{
	return container_of(client, struct conn, x.client);
}

/* The arguments: made by us, or the request's body as it stands in the input. */
static const void *arguments_of(struct conn *c, size_t *length)
{
	if (c->x.arguments[0] != '\0') {
		*length = strlen(c->x.arguments);
		return c->x.arguments;
	}
	*length = c->x.body_in_input;
	return *length > 0 ? evbuffer_pullup(conn_input(c), (ev_ssize_t)*length) : (const void *)"";
}

static void on_opened(struct client *client)
{
	struct conn *c = conn_of(client);
	size_t length;
	const void *arguments = arguments_of(c, &length);

	if (arguments != NULL && client_send(client, JSON_ENCODING, c->x.command, arguments, length) == 0)
		return;
	client_leave(client);
	answer_error(c, 503, "busy", "this session does not keep up with its requests; try again in a second");
}

static void on_replied(struct client *client, unsigned status, const uint8_t *payload, size_t length)
{
	struct conn *c = conn_of(client);

	if (c->x.on_state != NULL)
		c->x.on_state(c, status, payload, length);
	else
		answer_json(c, status, payload, length);
}

static void on_ended(struct client *client, unsigned status, const char *code, const char *message)
{
	answer_error(conn_of(client), status, code, "%s", message);
}

static const struct client_operations operations = {
	.opened = on_opened, .replied = on_replied, .ended = on_ended,
};

void command_start(struct conn *c, void (*on_state)(struct conn *, unsigned, const uint8_t *, size_t))
{
	c->x.on_state = on_state;
	c->x.client = (struct client){ .operations = &operations };
	sessions_join(c->httpd->sessions, c->x.session, c->x.owner, &c->x.client);
}

static void on_body(struct conn *c)
{
	command_start(c, NULL);
}

void api_command(struct conn *c, const struct head *head)
{
	if (head->length > BODY_IN_INPUT_MAX)
		answer_error(c, 413, "size", "a command's arguments may have %u bytes", BODY_IN_INPUT_MAX);
	else
		body_start(c, -1, on_body);
}

/* after= or wait=: digits, ten at the most; absent: left out. */
static bool add_number(struct conn *c, const struct head *head, const char *name)
{
	char value[11], *arguments = c->x.arguments;
	size_t used = strlen(arguments);

	if (!head_query(head, name, value, sizeof value)) {
		char start[16];

		snprintf(start, sizeof start, "%s=", name);
		return strstr(head->query, start) == NULL;
	}
	if (*value == '\0' || value[strspn(value, "0123456789")] != '\0')
		return false;
	snprintf(arguments + used, sizeof c->x.arguments - used, "%s\"%s\":%lu",
	    used > 1 ? "," : "", name, strtoul(value, NULL, 10));
	return true;
}

void api_events(struct conn *c, const struct head *head)
{
	snprintf(c->x.arguments, sizeof c->x.arguments, "{");
	if (!add_number(c, head, "after") || !add_number(c, head, "wait")) {
		answer_error(c, 400, "argument", "after (a seq) and wait (milliseconds) are numbers of at most ten digits");
		return;
	}
	strcat(c->x.arguments, "}");
	snprintf(c->x.command, sizeof c->x.command, "events");
	command_start(c, NULL);
}
