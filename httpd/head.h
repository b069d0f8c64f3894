/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The head of an HTTP/1.1 request (RFC 9110, RFC 9112), read strictly: what
 * two readers could understand differently is refused, because a proxy in
 * front of us may be the other reader (request smuggling).  No I/O, no
 * allocation; tests/fuzz/head.c feeds it.
 */
#ifndef PT_HTTPD_HEAD_H
#define PT_HTTPD_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HEAD_BYTES_MAX 16384	/* request line, fields and the empty line */
#define HEAD_FIELDS_MAX 100

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_DELETE, METHOD_OTHER };

struct head {
	enum method method;
	const char *path;		/* begins with '/', not percent-decoded */
	const char *query;		/* what follows '?', or "" */
	struct { const char *name, *value; } fields[HEAD_FIELDS_MAX];
	size_t field_count;
	bool has_length;
	uint64_t length;		/* Content-Length; 0 without */
	bool keep_alive;
	bool expect_continue;
};

/*
 * Parse text[length], which ends with the empty line; text is changed and
 * *head points into it.  0, or the HTTP status to refuse it with and *why.
 */
int head_parse(char *text, size_t length, struct head *head, const char **why);

/* The value of the first field of this name, or NULL; and how many there are. */
const char *head_field(const struct head *, const char *name);
size_t head_count(const struct head *, const char *name);

/* Does a comma-separated list, over all fields of this name, hold the token?
 * (case-insensitive, parameters such as ";q=0.5" not looked at but for q=0) */
bool head_lists(const struct head *, const char *name, const char *token);

/* The value of `name=` in the query, not decoded, into value[size].  false when
 * it is not there or does not fit. */
bool head_query(const struct head *, const char *name, char *value, size_t size);

#endif
