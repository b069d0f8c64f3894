/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the parts of the broker share: made once in main.c, passed to all. */
#ifndef PT_BROKER_H
#define PT_BROKER_H

#include <sys/queue.h>

#include <event2/event.h>

#include "src/chan.h"
#include "src/conf.h"

struct cache;
struct ended;
struct launcher;
struct session;
struct table;
struct workers;

/* Priorities on the loop: what a person waits for comes before refilling. */
enum { PRIORITY_NORMAL = 1, PRIORITY_IDLE = 2, PRIORITY_COUNT = 3 };

struct broker {
	struct event_base *base;
	struct conf conf;
	enum isolation isolation;
	struct launcher *launcher;
	struct workers *workers;
	struct table *table;		/* sessions, and who owns them */
	struct cache *cache;		/* programs compiled lately */
	struct ended *ended;		/* why the last ones ended */
	TAILQ_HEAD(creating, session) creating;	/* those that are not live yet, in order */
	struct event *queue;		/* a compilation may be started */
	struct chan *httpd;		/* NULL between two of them */
	struct event *httpd_drop;	/* this httpd does not read: drop it, from the loop */
	struct msg_offer offer;		/* to every httpd */
	bool offered;			/* the compilers have been asked: offer is filled */
	bool draining;			/* SIGTERM: no new sessions */
	struct { uint64_t created, failed, died; } total;
	const chan_handler *handlers;
};

/* Seconds, CLOCK_MONOTONIC. */
uint64_t broker_now(void);

/* A session has gone: was it the last that draining waited for? */
void broker_check_drained(struct broker *);

#endif
