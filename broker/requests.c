/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What httpd asks.  httpd says whose request it is and is believed in that;
 * what an owner may see and do is decided here.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "broker/answer.h"
#include "broker/deadline.h"
#include "broker/ended.h"
#include "broker/handlers.h"
#include "broker/queue.h"
#include "broker/session.h"

/* The owner's session, live and touched; or NULL, and httpd has its answer. */
static struct session *live_session(struct broker *b, uint64_t request, const char *owner, const char *id)
{
	struct session *s = (struct session *)table_find(b->table, owner, id);
	const struct msg_ended *ended = s == NULL ? ended_find(b->ended, owner, id) : NULL;
	struct msg_failed why;

	if (s != NULL && s->phase == PHASE_LIVE) {
		deadline_touch(s);
		return s;
	}
	if (s != NULL)
		failure(&why, 409, "starting", "The session is still being started. Wait for its creation's answer.");
	else if (ended != NULL)
		failure(&why, 410, ended->code, "%s", ended->message);
	else
		failure(&why, 404, "session", "There is no session \"%s\" of yours. "
		    "Make one with POST /api/v1/sessions.", id);
	answer_failed(b, request, &why);
	return NULL;
}

void on_create(struct chan *c, struct msg_create *m)
{
	queue_create(chan_arg(c), m);
}

void on_cancel(struct chan *c, struct msg_cancel *m)
{
	queue_cancel(chan_arg(c), m->request);
}

void on_attach(struct chan *c, struct msg_attach *m)
{
	struct broker *b = chan_arg(c);
	struct session *s = live_session(b, m->request, m->owner, m->session);
	struct msg_attached attached = { .request = m->request };
	struct msg_failed why;

	if (s == NULL)
		return;
	snprintf(attached.session, sizeof attached.session, "%s", s->entry.id);
	snprintf(attached.owner, sizeof attached.owner, "%s", m->owner);
	snprintf(attached.language, sizeof attached.language, "%s", s->language);
	attached.channel = session_attach(s);	/* s may be no more */
	if (attached.channel < 0) {
		failure(&why, 502, "worker_died", "The session is ending. Run the program again.");
		answer_failed(b, m->request, &why);
		return;
	}
	answer_attached(b, &attached);
	close(attached.channel);
}

static void add_row(struct msg_sessions *m, const struct session *s)
{
	struct record_session_row *row = &m->rows[m->rows_len];

	if (m->rows_len == sizeof m->rows / sizeof *m->rows) {
		m->more++;
		return;
	}
	m->rows_len++;
	snprintf(row->session, sizeof row->session, "%s", s->entry.id);
	snprintf(row->language, sizeof row->language, "%s", s->language);
	row->phase = s->phase;
	row->age_seconds = broker_now() - s->born;
}

static void add_each(void *arg, struct table_entry *e)
{
	add_row(arg, (const struct session *)e);
}

void on_list(struct chan *c, struct msg_list *m)
{
	struct broker *b = chan_arg(c);
	struct msg_sessions answer = { .request = m->request };

	table_each_of(b->table, m->owner, add_each, &answer);
	answer_sessions(b, &answer);
}

void on_query(struct chan *c, struct msg_query *m)
{
	struct broker *b = chan_arg(c);
	struct session *s = live_session(b, m->request, m->owner, m->session);
	struct msg_sessions answer = { .request = m->request };

	if (s == NULL)
		return;
	add_row(&answer, s);
	answer_sessions(b, &answer);
}

void on_end(struct chan *c, struct msg_end *m)
{
	struct broker *b = chan_arg(c);
	struct session *s = live_session(b, m->request, m->owner, m->session);
	struct msg_sessions answer = { .request = m->request };

	if (s == NULL)
		return;
	session_end(s, 410, "deleted", "The session was ended by its owner.");
	answer_sessions(b, &answer);
}

void on_program(struct chan *c, struct msg_program *m)
{
	struct broker *b = chan_arg(c);
	struct session *s = live_session(b, m->request, m->owner, m->session);
	struct msg_program_is answer = { .request = m->request };

	if (s == NULL)
		return;
	answer.elf = s->elf;
	answer_program(b, &answer);
}

void on_clients(struct chan *c, struct msg_clients *m)
{
	struct broker *b = chan_arg(c);
	struct session *s = (struct session *)table_find_any(b->table, m->session);

	if (s != NULL)		/* else it has ended meanwhile */
		deadline_clients(s, m->count);
}

void on_measure(struct chan *c, struct msg_measure *m)
{
	struct broker *b = chan_arg(c);
	struct msg_measured answer = {
		.request = m->request,
		.sessions = table_count(b->table),
		.compiling = queue_count(b, PHASE_COMPILING),
		.queued = queue_count(b, PHASE_QUEUED),
		.created_total = b->total.created,
		.failed_total = b->total.failed,
		.workers_died_total = b->total.died,
	};

	answer_measured(b, &answer);
}
