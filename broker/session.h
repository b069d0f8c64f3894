/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A session's life: queued → compiling → starting → live, and at any point
 * its end, with a reason.  Until it is live it is a request that httpd waits
 * for (created or failed); after that its end is an event (ended).
 */
#ifndef PT_BROKER_SESSION_H
#define PT_BROKER_SESSION_H

#include "broker/broker.h"
#include "broker/table.h"

struct worker;

struct session {
	struct table_entry entry;	/* first: the table's pointers are sessions */
	struct broker *broker;
	enum session_phase phase;
	TAILQ_ENTRY(session) link;	/* of those that are not live yet */
	uint64_t request;		/* httpd's, until it is answered */
	unsigned format;		/* as in create */
	char language[17];
	int body, elf, diagnostics;	/* memfds, -1: none */
	struct worker *worker;		/* the one at work; NULL: none */
	struct event *timer;		/* the phase's deadline */
	uint64_t born, used;		/* broker_now() */
	uint64_t clients;		/* connected, as httpd says */
};

/* On to the next phase: to a compiler, or with its program to a tracer.  The
 * session may be no more when this returns. */
void session_run(struct session *);

/* Another channel to its tracer, for httpd: its end, or -1 (the session is ending or has
 * ended then). */
int session_attach(struct session *);

/* End it, whatever its phase: `ended', or `failed' with the status.  Both free it. */
void session_end(struct session *, unsigned status, const char *code, const char *message);

#endif
