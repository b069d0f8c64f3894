/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "httpd/ended.h"
#include "httpd/session.h"
#include "src/log.h"

#define BUCKETS 1024
#define GRACE_SECONDS 2		/* for the broker to say why a tracer's channel closed */

struct sessions {
	struct httpd *httpd;
	LIST_HEAD(bucket, session) buckets[BUCKETS];
	struct ended_table *ended;
};

static struct bucket *bucket_of(struct sessions *all, const char *id)
{
	uint32_t hash = 2166136261u;	/* FNV-1a; ids in the table are the broker's random ones */

	for (; *id != '\0'; id++)
		hash = (hash ^ (unsigned char)*id) * 16777619u;
	return &all->buckets[hash % BUCKETS];
}

static struct session *find(struct sessions *all, const char *id, const char *owner)
{
	struct session *s;

	LIST_FOREACH(s, bucket_of(all, id), link)
		if (strcmp(s->id, id) == 0 && strcmp(s->owner, owner) == 0)
			return s;
	return NULL;
}

/* -- the end of a session --------------------------------------------------- */

static void free_session(struct session *s)
{
	LIST_REMOVE(s, link);
	pending_forget(&s->attach);
	event_del(&s->grace);
	chan_free(s->chan);
	free(s);
}

static void end_session(struct session *s, unsigned status, const char *code, const char *message)
{
	struct client *c;

	while ((c = LIST_FIRST(&s->clients)) != NULL) {
		session_remove_client(s, c);
		c->operations->ended(c, status, code, message);
	}
	free_session(s);
}

void sessions_ended(struct sessions *all, const char *id, const char *code, const char *message)
{
	struct bucket *bucket = bucket_of(all, id);
	struct session *s, *next;
	unsigned status = strcmp(code, "worker_died") == 0 ? 502 : 410;

	for (s = LIST_FIRST(bucket); s != NULL; s = next) {
		next = LIST_NEXT(s, link);
		if (strcmp(s->id, id) != 0 || s->state == SESSION_ATTACHING)
			continue;
		ended_remember(all->ended, id, s->owner, code, message);
		end_session(s, status, code, message);
	}
}

/* The broker has said nothing: the tracer left, or was dropped because it broke
 * the rules.  Then the broker must end what is left of the session. */
static void on_grace(evutil_socket_t fd, short what, void *arg)
{
	static const char message[] = "the session's tracer has gone; start the program again";
	struct session *s = arg;
	struct msg_end end = { .request = 0 };

	(void)fd;
	(void)what;
	snprintf(end.session, sizeof end.session, "%s", s->id);
	snprintf(end.owner, sizeof end.owner, "%s", s->owner);
	send_end(s->httpd->broker, &end);
	ended_remember(s->all->ended, s->id, s->owner, "worker_died", message);
	end_session(s, 502, "worker_died", message);
}

static void on_tracer_close(struct chan *chan, const char *why)
{
	struct session *s = chan_arg(chan);
	struct timeval grace = { .tv_sec = GRACE_SECONDS };

	log_debug("session %s: its tracer's channel: %s", s->id, why);
	s->chan = NULL;
	s->state = SESSION_CLOSING;
	event_add(&s->grace, &grace);
}

/* A session with clients must not be taken for an idle one. */
void sessions_broker_drained(struct sessions *all)
{
	struct session *s;

	for (size_t i = 0; i < BUCKETS; i++)
		LIST_FOREACH(s, &all->buckets[i], link)
			if (s->untold)
				session_tell_broker(s);
}

/* -- making and finding ------------------------------------------------------- */

static struct session *new_session(struct sessions *all, const char *id, const char *owner)
{
	struct session *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->all = all;
	s->httpd = all->httpd;
	s->state = SESSION_ATTACHING;
	snprintf(s->id, sizeof s->id, "%s", id);
	snprintf(s->owner, sizeof s->owner, "%s", owner);
	s->next_number = 1;	/* 0 is: all of them */
	LIST_INIT(&s->clients);
	evtimer_assign(&s->grace, all->httpd->base, on_grace, s);
	LIST_INSERT_HEAD(bucket_of(all, id), s, link);
	return s;
}

static bool open_channel(struct session *s, int fd)
{
	struct httpd *httpd = s->httpd;

	s->chan = chan_new(&(struct chan_setup){
		.base = httpd->base, .fd = fd, .self = PEER_HTTPD, .peer = PEER_TRACER,
		.handlers = httpd->handlers, .queue_max = SESSION_QUEUE_MAX,
		.on_close = on_tracer_close, .on_drain = session_drained, .arg = s,
	});
	if (s->chan == NULL)
		return false;
	s->state = SESSION_LIVE;
	return true;
}

bool sessions_add(struct sessions *all, const char *id, const char *owner, int fd)
{
	struct session *s = find(all, id, owner) == NULL ? new_session(all, id, owner) : NULL;

	if (s == NULL) {
		close(fd);
		return false;
	}
	if (open_channel(s, fd))
		return true;
	free_session(s);
	return false;
}

static void on_attach_answer(struct pending *p, unsigned type, void *msg)
{
	struct session *s = container_of(p, struct session, attach);
	struct msg_attached *m = msg;
	struct msg_failed *failed = msg;
	struct client *c, *next;
	int fd;

	if (type == MSG_failed) {
		end_session(s, (unsigned)failed->status, failed->code, failed->message);
		return;
	}
	if (type != MSG_attached || strcmp(m->session, s->id) != 0 || strcmp(m->owner, s->owner) != 0) {
		log_warning("the broker answers attach with %s of another session", msg_name(type));
		end_session(s, 500, "internal", "the service lost its way; try again");
		return;
	}
	fd = m->channel;
	m->channel = -1;
	if (!open_channel(s, fd)) {
		end_session(s, 503, "full", "the service is short of memory; try again");
		return;
	}
	for (c = LIST_FIRST(&s->clients); c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		session_open_client(s, c);
	}
}

static bool ask_broker(struct session *s)
{
	struct httpd *httpd = s->httpd;
	struct msg_attach m = { .request = pending_start(httpd, &s->attach, on_attach_answer) };

	snprintf(m.session, sizeof m.session, "%s", s->id);
	snprintf(m.owner, sizeof m.owner, "%s", s->owner);
	return send_attach(httpd->broker, &m) == 0;
}

/* NULL: refused, ended() has been called. */
static struct session *find_or_attach(struct sessions *all, const char *id, const char *owner,
    struct client *c)
{
	struct session *s = find(all, id, owner);
	const struct ended *ended;

	if (s != NULL)
		return s;
	ended = ended_find(all->ended, id, owner);
	if (ended != NULL) {
		c->operations->ended(c, 410, ended->code, ended->message);
		return NULL;
	}
	s = new_session(all, id, owner);
	if (s != NULL && ask_broker(s))
		return s;
	if (s != NULL)
		free_session(s);
	c->operations->ended(c, 503, "full", "the service is busy; try again in a second");
	return NULL;
}

void sessions_join(struct sessions *all, const char *id, const char *owner, struct client *c)
{
	struct session *s;

	c->session = NULL;
	c->known = false;
	c->number = 0;
	s = find_or_attach(all, id, owner, c);
	if (s == NULL)
		return;
	if (s->client_count >= SESSION_CLIENTS_MAX) {
		c->operations->ended(c, 503, "busy", "too many clients on this session; close one");
		return;
	}
	c->session = s;
	LIST_INSERT_HEAD(&s->clients, c, link);
	s->client_count++;
	s->socket_count += c->is_socket;
	if (s->state == SESSION_LIVE)
		session_open_client(s, c);
}

struct sessions *sessions_new(struct httpd *httpd)
{
	struct sessions *all = calloc(1, sizeof *all);

	if (all == NULL)
		return NULL;
	all->httpd = httpd;
	all->ended = ended_new();
	if (all->ended != NULL)
		return all;
	free(all);
	return NULL;
}

void sessions_free(struct sessions *all)
{
	struct session *s;

	for (size_t i = 0; i < BUCKETS; i++)
		while ((s = LIST_FIRST(&all->buckets[i])) != NULL)
			free_session(s);
	ended_free(all->ended);
	free(all);
}
