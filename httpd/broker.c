/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the broker says, and who in httpd has asked for it. */
#include <string.h>

#include "httpd/broker.h"
#include "httpd/handlers.h"
#include "httpd/sessions.h"
#include "src/log.h"

#define SLOT(number) ((number) & 255)

static struct pending *find(struct httpd *httpd, uint64_t number)
{
	struct pending *p;

	LIST_FOREACH(p, &httpd->pending[SLOT(number)], link)
		if (p->number == number)
			return p;
	return NULL;
}

uint32_t pending_start(struct httpd *httpd, struct pending *p,
    void (*done)(struct pending *, unsigned, void *))
{
	do
		httpd->request_number++;
	while (httpd->request_number == 0 || find(httpd, httpd->request_number) != NULL);
	p->number = httpd->request_number;
	p->done = done;
	LIST_INSERT_HEAD(&httpd->pending[SLOT(p->number)], p, link);
	return p->number;
}

void pending_forget(struct pending *p)
{
	if (p->number == 0)
		return;
	LIST_REMOVE(p, link);
	p->number = 0;
}

/* false: nobody waits for it (any longer). */
static bool settle(struct chan *c, uint64_t number, unsigned type, void *msg)
{
	struct pending *p = find(chan_arg(c), number);

	if (p == NULL)
		return false;
	pending_forget(p);
	p->done(p, type, msg);
	return true;
}

/* The client left while its session was made: nobody will ever ask for it. */
static void end_unwanted(struct chan *c, const struct msg_created *m)
{
	struct msg_end end = { .request = 0 };

	memcpy(end.owner, m->owner, sizeof end.owner);
	memcpy(end.session, m->session, sizeof end.session);
	if (send_end(c, &end) != 0)
		log_warning("session %s is left to its idle limit: the broker's queue is full", m->session);
}

void on_created(struct chan *c, struct msg_created *m)
{
	if (!settle(c, m->request, MSG_created, m))
		end_unwanted(c, m);
}

void on_failed(struct chan *c, struct msg_failed *m)
{
	settle(c, m->request, MSG_failed, m);
}

void on_attached(struct chan *c, struct msg_attached *m)
{
	settle(c, m->request, MSG_attached, m);
}

void on_sessions(struct chan *c, struct msg_sessions *m)
{
	settle(c, m->request, MSG_sessions, m);
}

void on_program_is(struct chan *c, struct msg_program_is *m)
{
	settle(c, m->request, MSG_program_is, m);
}

void on_measured(struct chan *c, struct msg_measured *m)
{
	settle(c, m->request, MSG_measured, m);
}

void on_ended(struct chan *c, struct msg_ended *m)
{
	struct httpd *httpd = chan_arg(c);

	sessions_ended(httpd->sessions, m->session, m->code, m->message);
}

void on_offer(struct chan *c, struct msg_offer *m)
{
	struct httpd *httpd = chan_arg(c);

	httpd->offer = *m;
	httpd->offered = true;
}
