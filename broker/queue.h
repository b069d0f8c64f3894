/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Sessions on their way to being live: taken in when the limits allow it,
 * compiled in order, at most compiles_max at a time.
 */
#ifndef PT_BROKER_QUEUE_H
#define PT_BROKER_QUEUE_H

#include "broker/broker.h"

/* 0 or -errno. */
int queue_init(struct broker *);

/* A new session, or `failed' to httpd.  Takes m->body. */
void queue_create(struct broker *, struct msg_create *m);

/* There may be room: look, from the loop. */
void queue_wake(struct broker *);

/* Nobody waits for this request any longer. */
void queue_cancel(struct broker *, uint64_t request);

/* httpd has gone, and with it all who waited for a session. */
void queue_cancel_all(struct broker *);

/* Sessions in this phase, of those that are not live yet. */
size_t queue_count(const struct broker *, enum session_phase);

#endif
