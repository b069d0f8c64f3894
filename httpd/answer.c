/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "httpd/answer.h"
#include "httpd/json.h"
#include "src/fdutil.h"
#include "src/log.h"

#define DIAGNOSTICS_MAX (128u << 10)

/* What is not a page of ours may load, run and frame nothing, whatever a
 * browser takes it for. */
#define NOTHING_ALLOWED "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#define ALWAYS \
	"X-Content-Type-Options: nosniff\r\n" \
	"Referrer-Policy: no-referrer\r\n" \
	"Cross-Origin-Opener-Policy: same-origin\r\n" \
	"Cross-Origin-Resource-Policy: same-origin\r\n"

static const struct {
	unsigned status;
	const char *phrase;
} phrases[] = {
	{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
	{ 303, "See Other" }, { 304, "Not Modified" },
	{ 400, "Bad Request" }, { 401, "Unauthorized" }, { 403, "Forbidden" }, { 404, "Not Found" },
	{ 405, "Method Not Allowed" }, { 408, "Request Timeout" }, { 409, "Conflict" },
	{ 410, "Gone" }, { 411, "Length Required" }, { 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" }, { 417, "Expectation Failed" },
	{ 421, "Misdirected Request" }, { 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" }, { 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
	{ 501, "Not Implemented" }, { 502, "Bad Gateway" }, { 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" }, { 505, "HTTP Version Not Supported" },
};

static const char *phrase_of(unsigned status)
{
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Answer";
}

/* The Date field's value, made once a second. */
static const char *date_text(struct httpd *httpd)
{
	time_t now = time(NULL);
	struct tm utc;

	if (now != httpd->date_second) {
		httpd->date_second = now;
		gmtime_r(&now, &utc);
		strftime(httpd->date, sizeof httpd->date, "%a, %d %b %Y %H:%M:%S GMT", &utc);
	}
	return httpd->date;
}

/* Status line and fields. */
static void write_head(struct conn *c, const struct answer *a, uint64_t size)
{
	unsigned status = a->status >= 200 && a->status <= 599 ? a->status : 502;
	struct evbuffer *out = conn_output(c);

	/* Answered with the body unread, the connection ends with this answer. */
	if (c->x.body_left > 0)
		c->x.keep_alive = false;
	c->httpd->counters.answers_total[status / 100]++;
	evbuffer_add_printf(out, "HTTP/1.1 %u %s\r\nDate: %s\r\n" ALWAYS
	    "Content-Security-Policy: %s\r\nCache-Control: %s\r\nConnection: %s\r\n",
	    status, phrase_of(status), date_text(c->httpd),
	    a->policy != NULL ? a->policy : NOTHING_ALLOWED,
	    a->cache != NULL ? a->cache : "no-store",
	    c->x.keep_alive ? "keep-alive" : "close");
	if (a->type != NULL)
		evbuffer_add_printf(out, "Content-Type: %s\r\n", a->type);
	if (status != 204 && status != 304)
		evbuffer_add_printf(out, "Content-Length: %llu\r\n", (unsigned long long)size);
	evbuffer_add_printf(out, "%s\r\n", a->extra != NULL ? a->extra : "");
	conn_answered(c, size);
}

void answer_bytes(struct conn *c, const struct answer *a, const void *body, size_t length)
{
	write_head(c, a, length);
	if (!c->x.head_only && length > 0)
		bufferevent_write(c->bev, body, length);
}

void answer_buffer(struct conn *c, const struct answer *a, struct evbuffer *body)
{
	write_head(c, a, evbuffer_get_length(body));
	if (!c->x.head_only)
		bufferevent_write_buffer(c->bev, body);
}

void answer_stream(struct conn *c, const struct answer *a, int fd, uint64_t size)
{
	write_head(c, a, size);
	c->x.stream_fd = fd;
	c->x.stream_end = size;
	if (!c->x.head_only && size > 0)
		return;
	close(fd);
	c->x.stream_fd = -1;
}

/* What a 204 or 304 has for a body would be read as the next answer of the connection,
 * which a proxy may be sharing with other people. */
void answer_json(struct conn *c, unsigned status, const void *json, size_t length)
{
	if (status != 200 && (status < 400 || status > 599))
		status = 502;
	answer_bytes(c, &(struct answer){ .status = status, .type = "application/json" }, json, length);
}

/* -- errors ------------------------------------------------------------------- */

static void begin_error(struct evbuffer *out, const char *code, const char *message)
{
	evbuffer_add_printf(out, "{\"error\":{\"code\":");
	json_string(out, code);
	evbuffer_add_printf(out, ",\"message\":");
	json_string(out, message);
}

static void end_error(struct conn *c, unsigned status, struct evbuffer *out, const char *extra)
{
	evbuffer_add(out, "}}\n", 3);
	answer_buffer(c, &(struct answer){ .status = status, .type = "application/json",
		.extra = extra }, out);
	evbuffer_free(out);
}

static struct evbuffer *new_body(struct conn *c)
{
	struct evbuffer *out = evbuffer_new();

	if (out == NULL)
		conn_close(c);
	return out;
}

static void write_error(struct conn *c, unsigned status, const char *code, const char *message,
    const char *extra)
{
	struct evbuffer *out = new_body(c);

	if (out == NULL)
		return;
	begin_error(out, code, message);
	end_error(c, status, out, extra);
}

void answer_error(struct conn *c, unsigned status, const char *code, const char *format, ...)
{
	char message[1200];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	/* The scheme's name is not one that makes a browser ask for a password. */
	write_error(c, status, code, message, status == 401 ? "WWW-Authenticate: Bearer\r\n" :
	    status == 503 || status == 429 ? "Retry-After: 1\r\n" : NULL);
}

void answer_not_allowed(struct conn *c, const char *allow)
{
	char extra[128], message[160];

	snprintf(extra, sizeof extra, "Allow: %s\r\n", allow);
	snprintf(message, sizeof message, "this path takes %s", allow);
	write_error(c, 405, "method", message, extra);
}

/* The compiler's JSON array; what breaks its bounds is left out. */
static void add_diagnostics(struct evbuffer *out, int fd)
{
	size_t length = 0;
	char *text = fd >= 0 ? fd_read_all(fd, DIAGNOSTICS_MAX, &length) : NULL;

	if (length > 0) {
		evbuffer_add_printf(out, ",\"diagnostics\":");
		evbuffer_add(out, text, length);
	}
	free(text);
}

void answer_failed(struct conn *c, const struct msg_failed *m)
{
	struct evbuffer *out = new_body(c);
	char extra[64] = "";

	if (out == NULL)
		return;
	begin_error(out, m->code, m->message);
	add_diagnostics(out, m->diagnostics);
	if (m->queue > 0)
		evbuffer_add_printf(out, ",\"queue\":%llu", (unsigned long long)m->queue);
	if (m->retry_after > 0)
		snprintf(extra, sizeof extra, "Retry-After: %u\r\n", (unsigned)m->retry_after);
	end_error(c, (unsigned)m->status, out, extra);
}
