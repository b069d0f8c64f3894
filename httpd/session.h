/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One session, for sessions.c (the table) and clients.c (who is on it). */
#ifndef PT_HTTPD_SESSION_H
#define PT_HTTPD_SESSION_H

#include <time.h>

#include <event2/event_struct.h>

#include "httpd/broker.h"
#include "httpd/sessions.h"

#define SESSION_CLIENTS_MAX 64		/* sockets, and requests under way */
#define SESSION_QUEUE_MAX (1u << 20)	/* bytes that wait for one tracer */

enum session_state {
	SESSION_ATTACHING,	/* the broker has been asked for the channel */
	SESSION_LIVE,
	SESSION_CLOSING,	/* the channel has closed; the broker's word is waited for */
};

struct session {
	LIST_ENTRY(session) link;
	struct sessions *all;
	struct httpd *httpd;
	enum session_state state;
	char id[SESSION_ID_MAX + 1], owner[OWNER_MAX + 1];
	struct chan *chan;		/* NULL unless it is live */
	struct pending attach;
	struct event grace;
	LIST_HEAD(, client) clients;
	size_t client_count, socket_count;
	uint64_t next_number;
	time_t told;			/* when the broker last heard of its clients */
	bool untold;			/* its queue was full then */
};

/* The session is live: give the client its number and call opened. */
void session_open_client(struct session *, struct client *);
void session_remove_client(struct session *, struct client *);
/* chan_setup.on_drain of the tracer's channel. */
void session_drained(struct chan *);
/* Say how many clients there are. */
void session_tell_broker(struct session *);

#endif
