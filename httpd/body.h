/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The bodies of requests, unread: a long one goes into a memfd as it comes, a
 * short one stays in the connection's input until it is complete.
 */
#ifndef PT_HTTPD_BODY_H
#define PT_HTTPD_BODY_H

#include "httpd/http.h"

#define BODY_IN_INPUT_MAX (64u << 10)

/* For a handler that wants the request's body: called back when all of it is
 * there, in memfd fd, which is taken, or with fd -1 (at most BODY_IN_INPUT_MAX
 * bytes) at the front of the input. */
void body_start(struct conn *, int fd, void (*on_body)(struct conn *));

/* For http.c, in CONN_BODY: true when the body is complete or refused. */
bool body_read(struct conn *);

/* Bodies of this owner's that are on their way into memfds. */
size_t body_uploads(const struct httpd *, const char *owner);

#endif
