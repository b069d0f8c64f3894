/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/answer.h"
#include "broker/cache.h"
#include "broker/deadline.h"
#include "broker/limits.h"
#include "broker/queue.h"
#include "broker/session.h"
#include "broker/workers.h"
#include "src/cleanup.h"
#include "src/log.h"

size_t queue_count(const struct broker *b, enum session_phase phase)
{
	const struct session *s;
	size_t n = 0;

	TAILQ_FOREACH(s, &b->creating, link)
		n += s->phase == phase;
	return n;
}

/* From the loop only: a session that fails at once is freed here, alone. */
static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct broker *b = arg;
	struct session *s, *next;

	(void)fd;
	(void)what;
	for (s = TAILQ_FIRST(&b->creating); s != NULL; s = next) {
		next = TAILQ_NEXT(s, link);
		if (s->phase != PHASE_QUEUED)
			continue;
		if (s->elf < 0 && workers_in_use(b->workers, LAUNCH_COMPILER) >= b->conf.compiles_max)
			continue;
		session_run(s);
	}
}

void queue_wake(struct broker *b)
{
	event_active(b->queue, EV_TIMEOUT, 0);
}

int queue_init(struct broker *b)
{
	TAILQ_INIT(&b->creating);
	b->queue = event_new(b->base, -1, 0, on_wake, b);
	return b->queue != NULL ? 0 : -ENOMEM;
}

/* NULL when memory fails. */
static struct session *new_session(struct broker *b, struct msg_create *m)
{
	struct session *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->broker = b;
	s->request = m->request;
	s->format = (unsigned)m->format;
	s->body = s->elf = s->diagnostics = -1;
	s->born = s->used = broker_now();
	s->timer = evtimer_new(b->base, deadline_passed, s);
	if (s->timer == NULL || table_add(b->table, &s->entry, b->conf.node, m->owner) < 0) {
		if (s->timer != NULL)
			event_free(s->timer);
		free(s);
		return NULL;
	}
	/* An uploaded program needs no compiler, and is the tracer's to judge. */
	if (m->format == 1) {
		snprintf(s->language, sizeof s->language, "elf");
		s->elf = steal_fd(&m->body);
	} else {
		s->body = steal_fd(&m->body);
	}
	TAILQ_INSERT_TAIL(&b->creating, s, link);
	return s;
}

/* The same request has been compiled for this owner lately: no compiler, no wait. */
static void take_cached(struct session *s)
{
	struct cached found;

	if (s->format != 0 || !cache_find(s->broker->cache, table_owner(&s->entry), s->body, broker_now(), &found))
		return;
	s->elf = fcntl(found.elf, F_DUPFD_CLOEXEC, 0);
	if (s->elf < 0)
		return;
	if (found.diagnostics >= 0)
		s->diagnostics = fcntl(found.diagnostics, F_DUPFD_CLOEXEC, 0);
	snprintf(s->language, sizeof s->language, "%s", found.language);
}

void queue_create(struct broker *b, struct msg_create *m)
{
	struct msg_failed why;
	struct session *s;

	if (!limits_allow(b, m, &why)) {
		b->total.failed++;
		answer_failed(b, m->request, &why);
		return;
	}
	s = new_session(b, m);
	if (s == NULL) {
		failure(&why, 503, "memory", "The service is out of memory. Try again later.");
		answer_failed(b, m->request, &why);
		return;
	}
	take_cached(s);
	queue_wake(b);
}

static void cancel(struct session *s)
{
	session_end(s, 410, "cancelled", "The request was withdrawn before the session was there.");
}

void queue_cancel(struct broker *b, uint64_t request)
{
	struct session *s;

	TAILQ_FOREACH(s, &b->creating, link)
		if (s->request == request) {
			cancel(s);
			return;
		}
}

void queue_cancel_all(struct broker *b)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&b->creating)) != NULL)
		cancel(s);
}
