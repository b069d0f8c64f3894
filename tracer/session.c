/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A request comes in: to which of its four kinds it belongs, and who answers. */
#include "tracer/session.h"

#include <stdlib.h>

#include "tracer/session-parts.h"

#define HANDLE_TRACER(n) HANDLE(n)
#define HANDLERS_DECLARED_ONLY
#include "src/handlers.h"

struct session *session_new(struct event_base *base, struct image *image, const struct request *request,
    const chan_handler *handlers, void *owner)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->base = base;
	s->image = image;
	s->request = request;
	s->handlers = handlers;
	s->owner = owner;
	LIST_INIT(&s->links);
	TAILQ_INIT(&s->waiting);
	TAILQ_INIT(&s->polling);
	TAILQ_INIT(&s->ending);
	TAILQ_INIT(&s->halting);
	s->disasm = disasm_new();
	s->breakpoints = breakpoints_new();
	if (s->disasm != NULL && s->breakpoints != NULL && run_init(s) == 0 && notify_init(s) == 0)
		return s;
	session_free(s);
	return NULL;
}

void *session_owner(const struct session *s)
{
	return s->owner;
}

void session_free(struct session *s)
{
	struct link *link;

	while ((link = LIST_FIRST(&s->links)) != NULL)
		link_free(link);
	run_free(s);
	notify_free(s);
	breakpoints_free(s->breakpoints);
	disasm_free(s->disasm);
	free(s->frames);
	free(s);
}

void session_control_setup(struct session *s, struct control_setup *setup)
{
	setup->arg = s;
	setup->stops = run_stops;
	setup->on_images = run_images;
	setup->on_done = run_done;
	setup->on_output = notify_output;
	setup->on_live = notify_live;
	setup->on_refused = notify_refused;
	setup->on_halted = waiting_halted;
	setup->on_cut = notify_remade;
	setup->on_unheard = notify_unheard;
	s->budget = setup->budget;
}

void session_begin(struct session *s, struct control *control)
{
	s->control = control;
	s->frontier_told = control_frontier(control);
	s->recording_told = control_recording(control);
	s->thread_count = control_threads(control, control_position(control), s->threads,
	    sizeof(s->threads) / sizeof(s->threads[0]));
	notify_output(s);
}

/* -- the commands --------------------------------------------------------------- */

#define COMMAND(n, kind, help, answer) kind##_ROW(n)

#define CONTROL_ROW(n)
#define LINK_ROW(n)
#define SETTING_ROW(n)
#define CHANGE_ROW(n)
#define QUERY_ROW(n) [COMMAND_##n] = query_##n,
static const call_body queries[COMMAND_COUNT] = {
#include "src/session.def"
};

call_body query_body(enum command command)
{
	return queries[command];
}

/* -- dispatch ------------------------------------------------------------------- */

static void answer_query(struct call *c)
{
	if (call_moment(c) < 0)
		call_refuse(c);
	else
		call_answer(c, queries[c->command]);
	call_free(c);
}

/* Checked first: a change that is refused anyway does not make the recorder stand. */
static void begin_change(struct call *c)
{
	if (call_moment(c) == 0 && change_check(c) == 0) {
		waiting_halt(c);
		return;
	}
	call_refuse(c);
	call_free(c);
}

static void answer_setting(struct call *c)
{
	c->from = c->position = session_cursor(c->session);
	call_answer(c, setting_body(c->command));
	call_free(c);
}

static int nothing(struct call *c, struct writer *w)
{
	(void)c;
	(void)w;
	return 0;
}

/* "hello" opens a WebSocket and is answered by the event of that name. */
static void open_socket(struct call *c)
{
	if (c->encoding == ENCODING_JSON) {
		fail(&c->failure, 400, "hello", "hello is said on a WebSocket: GET …/socket; over HTTP there are events");
		call_refuse(c);
	} else {
		if (c->framed)
			call_answer(c, nothing);
		else
			link_subscribe(c->link, c->client);
		notify_hello(c->link, c->client, true);
	}
	call_free(c);
}

uint64_t session_cursor(const struct session *s)
{
	return s->run.active ? s->run.from : control_position(s->control);
}

static void dispatch(struct call *c)
{
	switch (command_table[c->command].kind) {
	case CONTROL:
		run_command(c);
		break;
	case QUERY:
		answer_query(c);
		break;
	case SETTING:
		if (c->command == COMMAND_terminate)
			waiting_end(c);
		else
			answer_setting(c);
		break;
	case CHANGE:
		begin_change(c);
		break;
	case LINK:
		if (c->command == COMMAND_hello)
			open_socket(c);
		else
			notify_poll(c);
		break;
	}
}

void on_request(struct chan *chan, struct msg_request *m)
{
	struct call *c;
	struct link *link = chan_arg(chan);

	c = call_new(link, m);
	if (c == NULL)
		return;
	if (link->session->control != NULL) {
		dispatch(c);
		return;
	}
	fail(&c->failure, 503, "starting", "the program has not reached its first stop yet: ask again");
	call_refuse(c);
	call_free(c);
}

void on_gone(struct chan *chan, struct msg_gone *m)
{
	link_forget(chan_arg(chan), m->client);
}
