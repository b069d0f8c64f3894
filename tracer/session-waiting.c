/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who waits for the control command that is under way. */
#include <errno.h>
#include <string.h>

#include "tracer/session-parts.h"

#define END_WITHIN 5000	/* ms: then the answer is what there is */

static int state_body(struct call *c, struct writer *w)
{
	state_write(c->session, w, c->from, c->position, 0);
	return 0;
}

void waiting_answer(struct call *c)
{
	struct session *s = c->session;

	c->position = session_cursor(s);
	c->from = s->run.active ? c->position : s->run.from;
	c->thread = 0;
	call_answer(c, state_body);
}

static void enter(struct call *c, struct call_list *list)
{
	c->list = list;
	TAILQ_INSERT_TAIL(list, c, entry);
	c->session->waiting_count++;
}

static void leave(struct call *c)
{
	TAILQ_REMOVE(c->list, c, entry);
	c->session->waiting_count--;
}

static void on_time_up(evutil_socket_t fd, short what, void *arg)
{
	struct call *c = arg;

	(void)fd;
	(void)what;
	leave(c);
	notify_continued(c->session);
	waiting_answer(c);
	call_free(c);
}

static void answer_after(struct call *c, uint64_t milliseconds)
{
	struct timeval after = { .tv_sec = (time_t)(milliseconds / 1000),
		.tv_usec = (suseconds_t)(milliseconds % 1000 * 1000) };

	c->timer = evtimer_new(c->session->base, on_time_up, c);
	if (c->timer == NULL || evtimer_add(c->timer, &after) < 0)
		on_time_up(-1, 0, c);
}

void waiting_add(struct call *c)
{
	enter(c, &c->session->waiting);
	if (!c->framed || c->args.waiting.has_wait)
		answer_after(c, c->args.waiting.wait);
}

/* -- for the program's end --------------------------------------------------- */

void waiting_end(struct call *c)
{
	struct session *s = c->session;

	if (!s->run.active)
		s->run.from = control_position(s->control);
	enter(c, &s->ending);
	answer_after(c, END_WITHIN);
	if (control_live_status(s->control) != STATUS_EXITED) {
		s->terminating = true;
		control_terminate(s->control);
	}
	waiting_ended(s);
}

void waiting_ended(struct session *s)
{
	struct call *c;

	if (s->run.active || control_live_status(s->control) != STATUS_EXITED)
		return;
	while ((c = TAILQ_FIRST(&s->ending)) != NULL) {
		leave(c);
		waiting_answer(c);
		call_free(c);
	}
}

/* -- for the recorder to stand ------------------------------------------------- */

static void answer_halted(struct call *c)
{
	c->from = session_cursor(c->session);
	if (call_moment(c) < 0)
		call_refuse(c);
	else
		call_answer(c, change_body(c->command));
	call_free(c);
}

void waiting_halt(struct call *c)
{
	struct session *s = c->session;

	if (s->waiting_count < CALLS_WAITING_MAX && control_halt(s->control) == -EINPROGRESS) {
		enter(c, &s->halting);
		return;
	}
	answer_halted(c);	/* or it says why not */
	control_go_on(s->control);
}

void waiting_halted(void *session)
{
	struct session *s = session;
	struct call *c;

	while ((c = TAILQ_FIRST(&s->halting)) != NULL) {
		leave(c);
		answer_halted(c);
	}
	control_go_on(s->control);
}

/* ------------------------------------------------------------------------------ */

void waiting_refuse(struct session *s, int error)
{
	struct call *c;

	while ((c = TAILQ_FIRST(&s->waiting)) != NULL) {
		leave(c);
		if (error == -EBUSY)
			fail(&c->failure, 409, "busy", "the program is busy: pause it first");
		else
			fail(&c->failure, 422, "control", "this cannot be done here: %s", strerror(-error));
		call_refuse(c);
		call_free(c);
	}
}

void waiting_tell(struct session *s)
{
	struct call *c;

	if (!s->run.active || TAILQ_EMPTY(&s->waiting))
		return;
	notify_continued(s);
	while ((c = TAILQ_FIRST(&s->waiting)) != NULL) {
		leave(c);
		waiting_answer(c);
		call_free(c);
	}
}

bool waiting_cancel(struct link *link, uint64_t client, uint64_t id)
{
	struct call *c;

	TAILQ_FOREACH(c, &link->session->waiting, entry)
		if (c->link == link && c->client == client && c->framed && c->id == id)
			break;
	if (c == NULL)
		return false;
	leave(c);
	fail(&c->failure, 409, "cancelled", "the request was cancelled; what it began goes on");
	call_refuse(c);
	call_free(c);
	return true;
}
