/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>

#include "broker/answer.h"
#include "broker/deadline.h"
#include "broker/front.h"
#include "broker/queue.h"
#include "broker/session.h"
#include "src/log.h"

static void nobody_connected(void *arg, struct table_entry *e)
{
	(void)arg;
	deadline_clients((struct session *)e, 0);
}

/* Live sessions stay: the next httpd asks for their channels (attach). */
static void gone(struct broker *b, const char *why)
{
	log_warning("httpd has gone: %s", why);
	b->httpd = NULL;
	event_del(b->httpd_drop);	/* it was not meant for the next one */
	queue_cancel_all(b);
	table_each(b->table, nobody_connected, NULL);
}

static void on_close(struct chan *c, const char *why)
{
	gone(chan_arg(c), why);
}

static void on_drop(evutil_socket_t fd, short what, void *arg)
{
	struct broker *b = arg;

	(void)fd;
	(void)what;
	if (b->httpd == NULL)
		return;
	chan_free(b->httpd);	/* it exits then, and the launcher starts another */
	gone(b, "it does not read its channel");
}

static void on_ready(struct chan *c)
{
	answer_offer(chan_arg(c));
}

void front_open(struct broker *b, int channel)
{
	struct chan_setup setup = {
		.base = b->base, .fd = channel, .self = PEER_BROKER, .peer = PEER_HTTPD,
		.handlers = b->handlers, .queue_max = 4u << 20,
		.on_ready = on_ready, .on_close = on_close, .arg = b,
	};

	if (b->httpd != NULL) {
		chan_free(b->httpd);
		gone(b, "another one has come");
	}
	b->httpd = chan_new(&setup);
	if (b->httpd == NULL)
		die("no memory for httpd's channel");
}

int front_init(struct broker *b)
{
	b->httpd_drop = event_new(b->base, -1, 0, on_drop, b);
	return b->httpd_drop != NULL ? 0 : -ENOMEM;
}
