/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Between a session's clients and its tracer. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "httpd/handlers.h"
#include "httpd/session.h"

#define TOUCH_SECONDS 10

void session_remove_client(struct session *s, struct client *c)
{
	LIST_REMOVE(c, link);
	c->session = NULL;
	s->client_count--;
	s->socket_count -= c->is_socket;
}

/* -- what the tracer says ----------------------------------------------------- */

static struct client *find_client(struct session *s, uint64_t number)
{
	struct client *c;

	LIST_FOREACH(c, &s->clients, link)
		if (c->number == number)
			return c;
	return NULL;
}

void on_reply(struct chan *chan, struct msg_reply *m)
{
	struct session *s = chan_arg(chan);
	struct client *c = find_client(s, m->client);

	if (c == NULL)
		return;		/* it has left */
	if (!c->is_socket)
		session_remove_client(s, c);
	c->operations->replied(c, (unsigned)m->status, m->payload, m->payload_len);
}

void on_event(struct chan *chan, struct msg_event *m)
{
	struct session *s = chan_arg(chan);
	struct client *c, *next;

	for (c = LIST_FIRST(&s->clients); c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		if (c->is_socket && (m->client == 0 || m->client == c->number))
			c->operations->event(c, m->payload, m->payload_len);
	}
}

void session_drained(struct chan *chan)
{
	struct session *s = chan_arg(chan);
	struct client *c, *next;

	for (c = LIST_FIRST(&s->clients); c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		if (c->is_socket)
			c->operations->drained(c);
	}
}

/* -- what clients do ------------------------------------------------------------- */

void session_tell_broker(struct session *s)
{
	struct msg_clients m = { .count = s->socket_count };

	snprintf(m.session, sizeof m.session, "%s", s->id);
	s->untold = send_clients(s->httpd->broker, &m) != 0;
	s->told = time(NULL);
}

/* A session is idle when nobody is connected: a socket's coming and going is
 * said at once, requests only now and then. */
static void note_clients(struct session *s, const struct client *c, bool come)
{
	bool turned = c->is_socket && s->socket_count == (come ? 1 : 0);

	if (turned || (!c->is_socket && come && s->socket_count == 0 &&
	    time(NULL) - s->told >= TOUCH_SECONDS))
		session_tell_broker(s);
}

void session_open_client(struct session *s, struct client *c)
{
	c->number = s->next_number++;
	note_clients(s, c, true);
	c->operations->opened(c);
}

int client_send(struct client *c, unsigned encoding, const char *command,
    const void *payload, size_t length)
{
	struct session *s = c->session;
	struct msg_request m = { .client = c->number, .encoding = encoding,
		.payload = payload, .payload_len = length };
	int error;

	if (s->state == SESSION_CLOSING)
		return 0;	/* ended() follows */
	snprintf(m.command, sizeof m.command, "%s", command);
	error = send_request(s->chan, &m);
	c->known |= error == 0;
	/* Its end is on the way: on_tracer_close() says it once the loop reads. */
	return error == -EPIPE || error == -ECONNRESET ? 0 : error;
}

void client_leave(struct client *c)
{
	struct session *s = c->session;

	if (s == NULL)
		return;
	session_remove_client(s, c);
	if (s->state != SESSION_LIVE)
		return;
	if (c->known)
		send_gone(s->chan, &(struct msg_gone){ .client = c->number });
	note_clients(s, c, false);
}

bool client_must_wait(const struct client *c)
{
	return c->session != NULL && c->session->chan != NULL &&
	    chan_queued(c->session->chan) > SESSION_QUEUE_MAX / 2;
}
