/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Answers to HTTP requests.  Each of these is the one answer of the connection's
 * request and hands the connection on to writing. */
#ifndef PT_HTTPD_ANSWER_H
#define PT_HTTPD_ANSWER_H

#include "httpd/http.h"

struct answer {
	unsigned status;
	const char *type;	/* Content-Type; NULL: there is no body */
	const char *policy;	/* Content-Security-Policy; NULL: nothing is allowed */
	const char *cache;	/* Cache-Control; NULL: no-store */
	const char *extra;	/* further fields, each with its CRLF; NULL: none */
};

/* Copies body. */
void answer_bytes(struct conn *, const struct answer *, const void *body, size_t length);
/* Moves what is in body out of it. */
void answer_buffer(struct conn *, const struct answer *, struct evbuffer *body);
/* The bytes at ..end of a memfd, read as the client takes them; fd is taken. */
void answer_stream(struct conn *, const struct answer *, int fd, uint64_t size);

/* JSON and status that a tracer sends: a status that is neither 200 nor an error's is
 * answered as 502. */
void answer_json(struct conn *, unsigned status, const void *json, size_t length);

/* {"error":{"code","message"}} */
void answer_error(struct conn *, unsigned status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The same for a method that the path does not know: allow "GET, POST". */
void answer_not_allowed(struct conn *, const char *allow);
/* What the broker says, with its diagnostics, place in the queue, Retry-After. */
void answer_failed(struct conn *, const struct msg_failed *);

#endif
