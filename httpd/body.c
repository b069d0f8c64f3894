/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <string.h>

#include "httpd/answer.h"
#include "httpd/body.h"

#define MS_BODY		10000	/* a body, and a second more for each 32 KiB */
#define BYTES_PER_MS	32
#define BODIES_MAX	(256u << 20)	/* in memfds that are not complete, of all connections */

void body_start(struct conn *c, int fd, void (*on_body)(struct conn *))
{
	struct exchange *x = &c->x;

	x->body_fd = fd;
	x->on_body = on_body;
	if (x->expect_continue && x->body_length > 0 && evbuffer_get_length(conn_input(c)) == 0)
		bufferevent_write(c->bev, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	c->state = CONN_BODY;
	conn_deadline(c, MS_BODY + x->body_length / BYTES_PER_MS);
}

size_t body_uploads(const struct httpd *httpd, const char *owner)
{
	const struct conn *c;
	size_t n = 0;

	TAILQ_FOREACH(c, &httpd->busy, link)
		n += c->state == CONN_BODY && c->x.body_fd >= 0 && strcmp(c->x.owner, owner) == 0;
	return n;
}

static void body_complete(struct conn *c)
{
	c->x.body_left = 0;
	if (c->x.body_fd < 0)
		c->x.body_in_input = (size_t)c->x.body_length;
	c->httpd->body_bytes -= c->x.body_spooled;
	c->x.body_spooled = 0;
	c->state = CONN_WAITING;
	conn_deadline(c, CONN_WAITING_MS);
	c->x.on_body(c);
}

/* -1: there is no memory for more. */
static int spool_body(struct conn *c)
{
	struct evbuffer *in = conn_input(c);
	int n;

	while (c->x.body_left > 0 && evbuffer_get_length(in) > 0) {
		size_t length = evbuffer_get_length(in);

		if (c->httpd->body_bytes > BODIES_MAX)
			return -1;
		if (length > c->x.body_left)
			length = (size_t)c->x.body_left;
		n = evbuffer_write_atmost(in, c->x.body_fd, (ev_ssize_t)length);
		if (n <= 0)
			return -1;
		c->x.body_left -= (uint64_t)n;
		c->x.body_spooled += (size_t)n;
		c->httpd->body_bytes += (size_t)n;
	}
	return 0;
}

bool body_read(struct conn *c)
{
	if (c->x.body_fd < 0) {
		if (evbuffer_get_length(conn_input(c)) < c->x.body_length)
			return false;
	} else if (spool_body(c) < 0) {
		answer_error(c, 503, "full", "too many requests are arriving; try again in a second");
		return false;
	} else if (c->x.body_left > 0) {
		return false;
	}
	body_complete(c);
	return true;
}
