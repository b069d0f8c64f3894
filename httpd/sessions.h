/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The sessions that this httpd knows: for each its owner, the channel to its
 * tracer, and the clients on it.  A session that is not known is asked for at
 * the broker (attach), which is also how a new httpd comes back to running
 * sessions.  A session is found by id and owner together: whose it is not, for
 * him it does not exist.
 */
#ifndef PT_HTTPD_SESSIONS_H
#define PT_HTTPD_SESSIONS_H

#include "httpd/httpd.h"

struct client;
struct session;

struct client_operations {
	/* The session's tracer can be spoken to: inside sessions_join(), or later. */
	void (*opened)(struct client *);
	/* For a client that is no socket the reply is the end: it has left already. */
	void (*replied)(struct client *, unsigned status, const uint8_t *payload, size_t length);
	void (*event)(struct client *, const uint8_t *payload, size_t length);	/* sockets */
	void (*drained)(struct client *);	/* sockets: go on reading */
	/* There is no (more) session; the client has left already.  status: HTTP. */
	void (*ended)(struct client *, unsigned status, const char *code, const char *message);
};

/* One WebSocket or one HTTP request; lives in its connection. */
struct client {
	LIST_ENTRY(client) link;
	const struct client_operations *operations;
	struct session *session;	/* NULL: on none */
	uint64_t number;		/* on the session's channel, never used twice */
	bool is_socket;
	bool known;			/* to the tracer: it has been sent a request */
};

struct sessions *sessions_new(struct httpd *);
void sessions_free(struct sessions *);

/* Put the client on a session: one of opened and ended is called, now or later,
 * unless client_leave() comes before. */
void sessions_join(struct sessions *, const char *id, const char *owner, struct client *);

/* A session that the broker has just made, with its channel's descriptor, which
 * is taken.  false: no memory. */
bool sessions_add(struct sessions *, const char *id, const char *owner, int fd);

/* The broker's word that a session is over. */
void sessions_ended(struct sessions *, const char *id, const char *code, const char *message);

/* The broker's channel takes messages again after its queue was full. */
void sessions_broker_drained(struct sessions *);

/* 0, or what chan_send() says: -ENOBUFS when the tracer does not keep up. */
int client_send(struct client *, unsigned encoding, const char *command,
    const void *payload, size_t length);
void client_leave(struct client *);

/* The tracer has much to read yet: sockets stop reading until drained(). */
bool client_must_wait(const struct client *);

#endif
