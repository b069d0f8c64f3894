/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the parts of httpd share: one struct, made by main.c and handed on. */
#ifndef PT_HTTPD_H
#define PT_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "src/chan.h"
#include "src/conf.h"
#include "src/msg.h"

#define container_of(pointer, type, member) \
	((type *)(void *)((char *)(pointer) - offsetof(type, member)))

struct assets;
struct conn;
struct listeners;
struct pending;
struct sessions;

TAILQ_HEAD(conn_queue, conn);

/* For /metrics. */
struct counters {
	uint64_t connections_total, connections_refused_total;
	uint64_t answers_total[6];	/* by the status's first digit */
	uint64_t websockets_total, slow_clients_total;
};

struct httpd {
	struct conf conf;
	struct event_base *base;
	const chan_handler *handlers;	/* [MSG_COUNT] */
	struct chan *broker;
	struct listeners *listeners;
	struct sessions *sessions;
	const struct assets *assets;

	/* broker.c: requests to the broker that wait, by the number's low bits. */
	LIST_HEAD(, pending) pending[256];
	uint32_t request_number;
	struct msg_offer offer;
	bool offered;

	/* http.c: every connection is in one of the two.  idle: no byte of a (next)
	 * request has come; longest first. */
	struct conn_queue busy, idle;
	size_t connection_count, socket_count;
	size_t body_bytes;		/* of bodies that have come in part */

	struct counters counters;
	bool draining;			/* SIGTERM has come: no new sessions */
	char date[40];			/* of date_second, for the Date field */
	int64_t date_second;
};

#endif
