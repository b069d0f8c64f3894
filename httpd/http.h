/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A connection: requests are read one after the other (what is pipelined waits
 * its turn), each within a deadline for the whole of it, each answered once.
 *
 * Why not evhttp (libevent 2.1.12): a byte a second outlives its timeout,
 * a second Content-Length or `+3' passes, and a client's close is noticed only
 * when the answer is written, so that a compilation nobody waits for goes on.
 *
 *	HEAD ──► WAITING ──► WRITING ──► HEAD …	an answer from memory
 *	           │  ▲          │
 *	           ▼  │          └─► LINGER ──► closed
 *	          BODY      WAITING ──► SOCKET ──► closed	(socket.c)
 */
#ifndef PT_HTTPD_HTTP_H
#define PT_HTTPD_HTTP_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event_struct.h>

#include "httpd/address.h"
#include "httpd/broker.h"
#include "httpd/head.h"
#include "httpd/httpd.h"
#include "httpd/sessions.h"

#define CONN_WAITING_MS 900000	/* the longest wait for an answer from the broker or a tracer */

enum conn_state {
	CONN_HEAD,	/* a request's head is read, or waited for */
	CONN_BODY,
	CONN_WAITING,	/* the request is complete; the answer is to come */
	CONN_WRITING,
	CONN_LINGER,	/* answered, shut down for writing: what still comes is thrown away */
	CONN_SOCKET,	/* a WebSocket */
	CONN_DEAD,	/* closed; its memory goes with the next turn of the loop */
};

/* One request, from its head to the end of its answer.  Zeroed in between. */
struct exchange {
	bool head_only, keep_alive, expect_continue;
	uint64_t body_length;	/* Content-Length */
	uint64_t body_left;	/* of it, not yet received (memfd: not yet written) */
	size_t body_spooled;	/* in body_fd; counted in httpd->body_bytes */
	size_t body_in_input;	/* of a complete body at the input's front */
	int body_fd;		/* memfd that the body goes to; -1: it stays in the input */
	void (*on_body)(struct conn *);
	int stream_fd;		/* the rest of the answer, or -1 */
	uint64_t stream_at, stream_end;

	/* Of api.c: who asks for what, and what it waits for. */
	char owner[OWNER_MAX + 1], session[SESSION_ID_MAX + 1], command[65];
	char arguments[64];	/* of a command whose arguments are not the body */
	struct pending pending;
	bool pending_create;	/* the broker must be told when nobody waits any more */
	struct client client;
	void (*on_state)(struct conn *, unsigned status, const uint8_t *, size_t);
	int diagnostics_fd;
	struct record_session_row row;
};

struct conn {
	TAILQ_ENTRY(conn) link;
	struct httpd *httpd;
	struct bufferevent *bev;
	struct event timer;
	enum conn_state state;
	bool in_idle;		/* in httpd->idle, else in httpd->busy */
	bool ending;		/* the client has closed its side, or linger is due */
	size_t searched;	/* bytes of the input without the head's end in them */
	struct address peer;
	struct exchange x;
	struct socket *socket;
};

/* Takes fd.  false: no memory, fd is closed. */
bool conn_new(struct httpd *, int fd, const struct address *peer);
void conn_close(struct conn *);

/* Close a connection that no request is known of, to make room: the one that has
 * been idle longest, else the slowest with its head.  false: there is none. */
bool conn_evict(struct httpd *);
void conn_free_all(struct httpd *);

/* For answer.c: the answer's first bytes stand in the output; size as far as
 * it is known, for the deadline. */
void conn_answered(struct conn *, uint64_t size);

/* Restart the connection's one timer; milliseconds. */
void conn_deadline(struct conn *, uint64_t milliseconds);

static inline struct evbuffer *conn_input(struct conn *c)
{
	return bufferevent_get_input(c->bev);
}

static inline struct evbuffer *conn_output(struct conn *c)
{
	return bufferevent_get_output(c->bev);
}

#endif
