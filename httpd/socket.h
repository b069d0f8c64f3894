/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A session's WebSocket (RFC 6455, by wslay): binary messages of at most
 * PAYLOAD_MAX bytes, carried unread between the client and the tracer.
 *
 * Close codes besides the RFC's: 4410 the session has ended (the reason says
 * why).  A client that does not read what it is sent is dropped: its queue is
 * bounded, and after coming back it gets the latest state.
 */
#ifndef PT_HTTPD_SOCKET_H
#define PT_HTTPD_SOCKET_H

#include "httpd/http.h"

/* GET …/ID/socket */
void socket_request(struct conn *, const struct head *);

/* For http.c, while the connection is in CONN_SOCKET. */
void socket_readable(struct conn *);
void socket_writable(struct conn *);
void socket_timer(struct conn *);
void socket_free(struct conn *);

#endif
