/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Sessions made, listed, shown and ended: what goes through the broker. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "httpd/answer.h"
#include "httpd/api.h"
#include "httpd/body.h"
#include "httpd/json.h"
#include "src/fdutil.h"
#include "src/log.h"

#define DIAGNOSTICS_MAX (128u << 10)
#define UPLOADS_MAX 16		/* of one owner's, begun and not complete */

enum body_format { FORMAT_JSON, FORMAT_ELF };

static const char *const phase_names[] = {
	[PHASE_QUEUED] = "queued", [PHASE_COMPILING] = "compiling",
	[PHASE_STARTING] = "starting", [PHASE_LIVE] = "live",
};

static struct conn *conn_of(struct pending *p)
{
	return container_of(p, struct conn, x.pending);
}

static void answer_busy(struct conn *c)
{
	pending_forget(&c->x.pending);
	answer_error(c, 503, "full", "the service is busy; try again in a second");
}

/* true: the answer is the one that was asked for; else it has been passed on. */
static bool is_answer(struct conn *c, unsigned wanted, unsigned type, void *msg)
{
	if (type == wanted)
		return true;
	if (type == MSG_failed) {
		answer_failed(c, msg);
		return false;
	}
	log_warning("the broker answers with %s where %s was asked for", msg_name(type), msg_name(wanted));
	answer_error(c, 500, "internal", "the service lost its way; try again");
	return false;
}

static struct evbuffer *new_body(struct conn *c)
{
	struct evbuffer *out = evbuffer_new();

	if (out == NULL)
		answer_error(c, 503, "full", "the service is short of memory; try again");
	return out;
}

static void finish(struct conn *c, unsigned status, struct evbuffer *out)
{
	answer_buffer(c, &(struct answer){ .status = status, .type = "application/json" }, out);
	evbuffer_free(out);
}

/* -- POST /sessions ----------------------------------------------------------- */

/* 201: the state that the tracer says, the warnings that the compiler made. */
static void answer_created(struct conn *c, const uint8_t *state, size_t length)
{
	struct evbuffer *out = new_body(c);
	size_t diagnostics_length = 0;
	char *diagnostics;

	if (out == NULL)
		return;
	diagnostics = c->x.diagnostics_fd < 0 ? NULL :
	    fd_read_all(c->x.diagnostics_fd, DIAGNOSTICS_MAX, &diagnostics_length);
	evbuffer_add_printf(out, "{\"session\":\"%s\",\"state\":", c->x.session);
	evbuffer_add(out, state, length);
	evbuffer_add_printf(out, ",\"diagnostics\":");
	if (diagnostics_length > 0)
		evbuffer_add(out, diagnostics, diagnostics_length);
	else
		evbuffer_add(out, "[]", 2);
	evbuffer_add(out, "}", 1);
	free(diagnostics);
	finish(c, 201, out);
}

static void on_first_state(struct conn *c, unsigned status, const uint8_t *state, size_t length)
{
	if (status == 200 && length > 0)
		answer_created(c, state, length);
	else
		answer_json(c, status, state, length);
}

static void on_created_answer(struct pending *p, unsigned type, void *msg)
{
	struct conn *c = conn_of(p);
	struct msg_created *m = msg;
	int channel;

	c->x.pending_create = false;
	if (!is_answer(c, MSG_created, type, msg))
		return;
	channel = m->channel;
	c->x.diagnostics_fd = m->diagnostics;
	m->channel = m->diagnostics = -1;
	if (!sessions_add(c->httpd->sessions, m->session, m->owner, channel)) {
		answer_error(c, 503, "full", "the service is short of memory; try again");
		return;
	}
	snprintf(c->x.session, sizeof c->x.session, "%s", m->session);
	snprintf(c->x.command, sizeof c->x.command, "state");
	snprintf(c->x.arguments, sizeof c->x.arguments, "{}");
	command_start(c, on_first_state);
}

static void send_body(struct conn *c, enum body_format format)
{
	struct msg_create m = { .format = format, .size = c->x.body_length, .body = c->x.body_fd };

	m.request = pending_start(c->httpd, &c->x.pending, on_created_answer);
	snprintf(m.owner, sizeof m.owner, "%s", c->x.owner);
	if (fd_seal(m.body) < 0 || send_create(c->httpd->broker, &m) != 0) {
		answer_busy(c);
		return;
	}
	c->x.pending_create = true;
	close(c->x.body_fd);	/* the channel has a duplicate */
	c->x.body_fd = -1;
}

static void on_json_body(struct conn *c)
{
	send_body(c, FORMAT_JSON);
}

static void on_elf_body(struct conn *c)
{
	send_body(c, FORMAT_ELF);
}

void api_create(struct conn *c, const struct head *head)
{
	const char *type = head_field(head, "content-type");
	bool elf = type != NULL && strncasecmp(type, "application/octet-stream", 24) == 0;
	int fd;

	if (c->httpd->draining) {
		answer_error(c, 503, "draining", "this server is being shut down and takes no new sessions");
	} else if (!head->has_length) {
		answer_error(c, 411, "size", "send the body's size in Content-Length");
	} else if (body_uploads(c->httpd, c->x.owner) >= UPLOADS_MAX) {
		answer_error(c, 429, "busy", "%d of your requests have not arrived yet; let them finish", UPLOADS_MAX);
	} else if (head->length > c->httpd->conf.source_max) {
		answer_error(c, 413, "size", "the request may have %llu bytes (setting source_max)",
		    (unsigned long long)c->httpd->conf.source_max);
	} else {
		fd = fd_memory("request");
		if (fd < 0)
			answer_error(c, 503, "full", "the service is short of memory; try again");
		else
			body_start(c, fd, elf ? on_elf_body : on_json_body);
	}
}

/* -- GET /sessions, GET and DELETE /sessions/ID --------------------------------- */

static void add_row(struct evbuffer *out, const struct record_session_row *row)
{
	evbuffer_add_printf(out, "{\"session\":");
	json_string(out, row->session);
	evbuffer_add_printf(out, ",\"language\":");
	json_string(out, row->language);
	evbuffer_add_printf(out, ",\"phase\":\"%s\",\"usage\":{\"age_seconds\":%llu}",
	    phase_names[row->phase], (unsigned long long)row->age_seconds);
}

static void on_list(struct pending *p, unsigned type, void *msg)
{
	struct conn *c = conn_of(p);
	struct msg_sessions *m = msg;
	struct evbuffer *out;

	if (!is_answer(c, MSG_sessions, type, msg) || (out = new_body(c)) == NULL)
		return;
	evbuffer_add_printf(out, "{\"sessions\":[");
	for (size_t i = 0; i < m->rows_len; i++) {
		if (i > 0)
			evbuffer_add(out, ",", 1);
		add_row(out, &m->rows[i]);
		evbuffer_add(out, "}", 1);
	}
	evbuffer_add_printf(out, "],\"more\":%llu}", (unsigned long long)m->more);
	finish(c, 200, out);
}

void api_list(struct conn *c, const struct head *head)
{
	struct msg_list m = { .request = pending_start(c->httpd, &c->x.pending, on_list) };

	(void)head;
	snprintf(m.owner, sizeof m.owner, "%s", c->x.owner);
	if (send_list(c->httpd->broker, &m) != 0)
		answer_busy(c);
}

static void answer_row(struct conn *c, const uint8_t *state, size_t length)
{
	struct evbuffer *out = new_body(c);

	if (out == NULL)
		return;
	add_row(out, &c->x.row);
	evbuffer_add_printf(out, ",\"state\":");
	evbuffer_add(out, state, length);
	evbuffer_add(out, "}", 1);
	finish(c, 200, out);
}

static void on_shown_state(struct conn *c, unsigned status, const uint8_t *state, size_t length)
{
	if (status == 200 && length > 0)
		answer_row(c, state, length);
	else
		answer_json(c, status, state, length);
}

static void on_row(struct pending *p, unsigned type, void *msg)
{
	struct conn *c = conn_of(p);
	struct msg_sessions *m = msg;

	if (!is_answer(c, MSG_sessions, type, msg))
		return;
	if (m->rows_len == 0) {
		answer_error(c, 404, "session", "there is no such session, or it is somebody else's");
		return;
	}
	c->x.row = m->rows[0];
	if (c->x.row.phase != PHASE_LIVE) {
		answer_row(c, (const uint8_t *)"null", 4);
		return;
	}
	snprintf(c->x.command, sizeof c->x.command, "state");
	snprintf(c->x.arguments, sizeof c->x.arguments, "{}");
	command_start(c, on_shown_state);
}

void api_show(struct conn *c, const struct head *head)
{
	struct msg_query m = { .request = pending_start(c->httpd, &c->x.pending, on_row) };

	(void)head;
	snprintf(m.owner, sizeof m.owner, "%s", c->x.owner);
	snprintf(m.session, sizeof m.session, "%s", c->x.session);
	if (send_query(c->httpd->broker, &m) != 0)
		answer_busy(c);
}

static void on_end_answer(struct pending *p, unsigned type, void *msg)
{
	struct conn *c = conn_of(p);

	if (is_answer(c, MSG_sessions, type, msg))
		answer_bytes(c, &(struct answer){ .status = 204 }, NULL, 0);
}

void api_end(struct conn *c, const struct head *head)
{
	struct msg_end m = { .request = pending_start(c->httpd, &c->x.pending, on_end_answer) };

	(void)head;
	snprintf(m.owner, sizeof m.owner, "%s", c->x.owner);
	snprintf(m.session, sizeof m.session, "%s", c->x.session);
	if (send_end(c->httpd->broker, &m) != 0)
		answer_busy(c);
}

/* -- GET /sessions/ID/program ---------------------------------------------------- */

static void on_program_answer(struct pending *p, unsigned type, void *msg)
{
	static const struct answer answer = {
		.status = 200, .type = "application/octet-stream",
		.extra = "Content-Disposition: attachment; filename=\"program\"\r\n",
	};
	struct conn *c = conn_of(p);
	struct msg_program_is *m = msg;
	ssize_t size;
	int fd;

	if (!is_answer(c, MSG_program_is, type, msg))
		return;
	/* Sealed, it cannot shrink below the length that the answer promises. */
	size = fd_check_sealed(m->elf, INT32_MAX);
	if (size < 0) {
		log_warning("a program's memfd: %s", strerror((int)-size));
		answer_error(c, 502, "program", "the program could not be read");
		return;
	}
	fd = m->elf;
	m->elf = -1;
	answer_stream(c, &answer, fd, (uint64_t)size);
}

void api_program(struct conn *c, const struct head *head)
{
	struct msg_program m = { .request = pending_start(c->httpd, &c->x.pending, on_program_answer) };

	(void)head;
	snprintf(m.owner, sizeof m.owner, "%s", c->x.owner);
	snprintf(m.session, sizeof m.session, "%s", c->x.session);
	if (send_program(c->httpd->broker, &m) != 0)
		answer_busy(c);
}
