/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * How long a session's phase may last: one timer a session.
 *
 * session_idle: a session ends when for that long no client is connected
 * (`clients' from httpd) and nothing has been asked about it.  The timer is not
 * moved at each request; it looks, when it fires, so that an idle session costs
 * nothing and a busy one next to nothing.
 */
#ifndef PT_BROKER_DEADLINE_H
#define PT_BROKER_DEADLINE_H

#include <event2/util.h>
#include <stdint.h>

struct session;

/* The phase that begins now may last so many seconds. */
void deadline_set(struct session *, uint64_t seconds);

/* The session is live: session_idle and session_wall count.  It may be no more
 * when this returns. */
void deadline_live(struct session *);

/* Its timer's callback; arg: the session. */
void deadline_passed(evutil_socket_t, short, void *arg);

/* Something was asked about it, or its clients are so many now. */
void deadline_touch(struct session *);
void deadline_clients(struct session *, uint64_t count);

#endif
