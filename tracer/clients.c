/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Channels to httpd, the WebSockets behind them, and who waits for what.
 *
 * Nobody waits for a slow client: answers are bounded by what is read (a
 * channel with much to send is not read from until it has drained), and events
 * are left out once the channel holds a few of them; the newest state is sent
 * when there is room again, and never a queue.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/log.h"
#include "tracer/session-parts.h"

#define QUEUE_MAX	(4u << 20)
/* Beyond, events are left out and requests are not read; the same mark as
 * chan.c's, which owes an on_drain once it was passed. */
#define QUEUE_HIGH	(QUEUE_MAX / 2)

static void on_close(struct chan *chan, const char *why)
{
	struct link *link = chan_arg(chan);

	log_debug("a channel to httpd has closed: %s", why);
	link->chan = NULL;
	link_free(link);
}

static void on_drain(struct chan *chan)
{
	struct link *link = chan_arg(chan);

	chan_pause(chan, false);
	if (!link->lagging)
		return;
	link->lagging = false;
	for (unsigned i = 0; i < link->subscriber_count; i++)
		notify_hello(link, link->subscribers[i], false);
}

int session_client(struct session *session, int fd)
{
	struct link *link = calloc(1, sizeof(*link));
	struct chan_setup setup = {
		.base = session->base, .fd = fd, .self = PEER_TRACER, .peer = PEER_HTTPD,
		.handlers = session->handlers, .queue_max = QUEUE_MAX,
		.on_close = on_close, .on_drain = on_drain, .arg = link,
	};

	if (link == NULL) {
		close(fd);
		return -ENOMEM;
	}
	link->session = session;
	link->chan = chan_new(&setup);
	if (link->chan == NULL) {
		free(link);
		return -ENOMEM;
	}
	LIST_INSERT_HEAD(&session->links, link, entry);
	return 0;
}

static void forget(struct session *session, struct call_list *list, const struct link *link,
    const uint64_t *client)
{
	struct call *c, *next;

	for (c = TAILQ_FIRST(list); c != NULL; c = next) {
		next = TAILQ_NEXT(c, entry);
		if (c->link != link || (client != NULL && c->client != *client))
			continue;
		TAILQ_REMOVE(list, c, entry);
		session->waiting_count--;
		call_free(c);
	}
}

void link_forget(struct link *link, uint64_t client)
{
	forget(link->session, &link->session->waiting, link, &client);
	forget(link->session, &link->session->polling, link, &client);
	forget(link->session, &link->session->ending, link, &client);
	forget(link->session, &link->session->halting, link, &client);
	for (unsigned i = 0; i < link->subscriber_count; i++)
		if (link->subscribers[i] == client)
			link->subscribers[i--] = link->subscribers[--link->subscriber_count];
}

void link_free(struct link *link)
{
	forget(link->session, &link->session->waiting, link, NULL);
	forget(link->session, &link->session->polling, link, NULL);
	forget(link->session, &link->session->ending, link, NULL);
	forget(link->session, &link->session->halting, link, NULL);
	LIST_REMOVE(link, entry);
	if (link->chan != NULL)
		chan_free(link->chan);
	free(link);
}

void link_subscribe(struct link *link, uint64_t client)
{
	for (unsigned i = 0; i < link->subscriber_count; i++)
		if (link->subscribers[i] == client)
			return;
	/* One more than that sees states when it asks, and no events. */
	if (link->subscriber_count < SUBSCRIBERS_MAX)
		link->subscribers[link->subscriber_count++] = client;
}

void link_reply(struct link *link, uint64_t client, unsigned status, const struct writer *w)
{
	struct msg_reply m = { .client = client, .status = status, .payload = w->data, .payload_len = w->length };
	int r = send_reply(link->chan, &m);

	if (r != 0)
		log_warning("an answer could not be sent: %s", r == -ENOBUFS ? "httpd does not read" : msg_strerror(r));
	if (chan_queued(link->chan) > QUEUE_HIGH)
		chan_pause(link->chan, true);
}

void clients_tell(struct session *session, const struct writer *w)
{
	struct msg_event m = { .payload = w->data, .payload_len = w->length };
	struct link *link;

	LIST_FOREACH(link, &session->links, entry) {
		if (link->lagging || chan_queued(link->chan) > QUEUE_HIGH) {
			link->lagging = link->subscriber_count > 0;
			continue;
		}
		for (unsigned i = 0; i < link->subscriber_count; i++) {
			m.client = link->subscribers[i];
			if (send_event(link->chan, &m) != 0)
				link->lagging = true;
		}
	}
}

bool clients_any(const struct session *session)
{
	const struct link *link;

	LIST_FOREACH(link, &session->links, entry)
		if (link->subscriber_count > 0)
			return true;
	return false;
}
