/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <event2/event_struct.h>

#include "httpd/broker.h"
#include "httpd/ended.h"
#include "httpd/handlers.h"
#include "httpd/sessions.h"
#include "src/log.h"

#define BUCKETS 1024
#define CLIENTS_MAX 64		/* on one session: sockets, and requests under way */
#define QUEUE_MAX (1u << 20)	/* bytes that wait for one tracer */
#define GRACE_SECONDS 1		/* for the broker to say why a tracer's channel closed */
#define TOUCH_SECONDS 10

enum session_state {
	SESSION_ATTACHING,	/* the broker has been asked for the channel */
	SESSION_LIVE,
	SESSION_CLOSING,	/* the channel has closed; the broker's word is waited for */
};

struct session {
	LIST_ENTRY(session) link;
	struct sessions *all;
	enum session_state state;
	char id[SESSION_ID_MAX + 1], owner[OWNER_MAX + 1];
	struct chan *chan;
	struct pending attach;
	struct event grace;
	LIST_HEAD(, client) clients;
	size_t client_count, socket_count;
	uint64_t next_number;
	time_t told;		/* when the broker last heard of its clients */
	bool untold;		/* its queue was full then */
};

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

static void remove_client(struct session *s, struct client *c)
{
	LIST_REMOVE(c, link);
	c->session = NULL;
	s->client_count--;
	s->socket_count -= c->is_socket;
}

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
		remove_client(s, c);
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
	send_end(s->all->httpd->broker, &end);
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
		remove_client(s, c);
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

static void on_tracer_drain(struct chan *chan)
{
	struct session *s = chan_arg(chan);
	struct client *c, *next;

	for (c = LIST_FIRST(&s->clients); c != NULL; c = next) {
		next = LIST_NEXT(c, link);
		if (c->is_socket)
			c->operations->drained(c);
	}
}

/* -- clients ------------------------------------------------------------------ */

static void tell_broker(struct session *s)
{
	struct msg_clients m = { .count = s->socket_count };

	snprintf(m.session, sizeof m.session, "%s", s->id);
	s->untold = send_clients(s->all->httpd->broker, &m) != 0;
	s->told = time(NULL);
}

/* A session with clients must not be taken for an idle one. */
void sessions_broker_drained(struct sessions *all)
{
	struct session *s;

	for (size_t i = 0; i < BUCKETS; i++)
		LIST_FOREACH(s, &all->buckets[i], link)
			if (s->untold)
				tell_broker(s);
}

/* A session is idle when nobody is connected: a socket's coming and going is
 * said at once, requests only now and then. */
static void note_clients(struct session *s, const struct client *c, bool come)
{
	bool turned = c->is_socket && s->socket_count == (come ? 1 : 0);

	if (turned || (!c->is_socket && come && s->socket_count == 0 &&
	    time(NULL) - s->told >= TOUCH_SECONDS))
		tell_broker(s);
}

static void open_client(struct session *s, struct client *c)
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
	remove_client(s, c);
	if (s->state != SESSION_LIVE)
		return;
	if (c->known)
		send_gone(s->chan, &(struct msg_gone){ .client = c->number });
	note_clients(s, c, false);
}

bool client_must_wait(const struct client *c)
{
	return c->session != NULL && c->session->chan != NULL &&
	    chan_queued(c->session->chan) > QUEUE_MAX / 2;
}

/* -- making and finding ------------------------------------------------------- */

static struct session *new_session(struct sessions *all, const char *id, const char *owner)
{
	struct session *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->all = all;
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
	struct httpd *httpd = s->all->httpd;

	s->chan = chan_new(&(struct chan_setup){
		.base = httpd->base, .fd = fd, .self = PEER_HTTPD, .peer = PEER_TRACER,
		.handlers = httpd->handlers, .queue_max = QUEUE_MAX,
		.on_close = on_tracer_close, .on_drain = on_tracer_drain, .arg = s,
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
		open_client(s, c);
	}
}

static bool ask_broker(struct session *s)
{
	struct httpd *httpd = s->all->httpd;
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
	if (s->client_count >= CLIENTS_MAX) {
		c->operations->ended(c, 503, "busy", "too many clients on this session; close one");
		return;
	}
	c->session = s;
	LIST_INSERT_HEAD(&s->clients, c, link);
	s->client_count++;
	s->socket_count += c->is_socket;
	if (s->state == SESSION_LIVE)
		open_client(s, c);
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
