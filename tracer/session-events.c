/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Events: numbered, told to every WebSocket at once and kept for long polls.
 * What is kept is small (a kind and some numbers): text and state are found
 * again when it is told, so the history has a fixed size whatever happens.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tracer/session-parts.h"
#include "tracer/utf8.h"

#define FRONTIER_EVERY	100	/* ms */
#define OUTPUT_EVERY	20	/* ms */
/* ms from the program's wait to the word of it: the kernel hands on what was
 * written to a terminal a little later (tty_flip_buffer_push()), and a prompt
 * belongs before the wait for its answer. */
#define SETTLE_AFTER	2

static void on_output_due(evutil_socket_t fd, short what, void *arg);
static void on_settled(evutil_socket_t fd, short what, void *arg);
static void on_frontier_due(evutil_socket_t fd, short what, void *arg);

int notify_init(struct session *s)
{
	s->output_timer = evtimer_new(s->base, on_output_due, s);
	s->settle_timer = evtimer_new(s->base, on_settled, s);
	s->frontier_timer = evtimer_new(s->base, on_frontier_due, s);
	return s->output_timer != NULL && s->settle_timer != NULL && s->frontier_timer != NULL ? 0 : -ENOMEM;
}

void notify_free(struct session *s)
{
	if (s->output_timer != NULL)
		event_free(s->output_timer);
	if (s->settle_timer != NULL)
		event_free(s->settle_timer);
	if (s->frontier_timer != NULL)
		event_free(s->frontier_timer);
	for (size_t i = 0; i < EVENTS_KEPT; i++)
		free(s->past[i].text);
}

/* -- long polls -------------------------------------------------------------------------- */

static uint64_t oldest_kept(const struct session *s)
{
	return s->seq > EVENTS_KEPT ? s->seq - EVENTS_KEPT + 1 : 1;
}

static int poll_body(struct call *c, struct writer *w)
{
	struct session *s = c->session;
	uint64_t after = c->args.of_events.has_after ? c->args.of_events.after : s->seq;
	uint64_t first = after + 1 < oldest_kept(s) ? oldest_kept(s) : after + 1;
	uint64_t last = first - 1, position = session_cursor(s);

	w_key_map(w, "state");
	state_write(s, w, position, position, 0);
	w_end_map(w);
	w_key_bool(w, "lost", after + 1 < first);
	w_reserve(w, 64);
	w_key_list(w, "events");
	for (uint64_t seq = first; seq <= s->seq; seq++) {
		struct w_mark mark = w_mark(w);

		event_write(s, w, &s->past[seq % EVENTS_KEPT], false);
		if (w->overflow) {
			w_rewind(w, mark);
			break;
		}
		last = seq;
	}
	w_end_list(w);
	w_release(w, 64);
	w_key_uint(w, "seq", last);
	return 0;
}

static void answer_poll(struct call *c)
{
	call_answer(c, poll_body);
	call_free(c);
}

static void on_poll_over(evutil_socket_t fd, short what, void *arg)
{
	struct call *c = arg;

	(void)fd;
	(void)what;
	TAILQ_REMOVE(&c->session->polling, c, entry);
	c->session->waiting_count--;
	answer_poll(c);
}

void notify_poll(struct call *c)
{
	const struct args_events *a = &c->args.of_events;
	struct timeval after = { .tv_sec = (time_t)(a->wait / 1000), .tv_usec = (suseconds_t)(a->wait % 1000 * 1000) };
	struct session *s = c->session;

	if (a->has_after && a->after > s->seq) {
		fail(&c->failure, 422, "out_of_range", "the newest event is %llu", (unsigned long long)s->seq);
		call_refuse(c);
		call_free(c);
		return;
	}
	if (!a->has_after || a->after < s->seq || a->wait == 0 || s->waiting_count >= CALLS_WAITING_MAX ||
	    (c->timer = evtimer_new(s->base, on_poll_over, c)) == NULL) {
		answer_poll(c);
		return;
	}
	TAILQ_INSERT_TAIL(&s->polling, c, entry);
	s->waiting_count++;
	evtimer_add(c->timer, &after);
}

static void answer_polls(struct session *s)
{
	struct call *c;

	while ((c = TAILQ_FIRST(&s->polling)) != NULL) {
		TAILQ_REMOVE(&s->polling, c, entry);
		s->waiting_count--;
		answer_poll(c);
	}
}

/* -- telling ------------------------------------------------------------------------------ */

static void tell(struct session *s, struct past_event *e)
{
	struct writer w;

	e->seq = ++s->seq;
	e->epoch = control_epoch(s->control);
	free(s->past[e->seq % EVENTS_KEPT].text);
	s->past[e->seq % EVENTS_KEPT] = *e;
	if (clients_any(s)) {
		w_init(&w, ENCODING_MSGPACK, PAYLOAD_MAX);
		event_write(s, &w, e, true);
		if (!w.overflow)
			clients_tell(s, &w);
		w_free(&w);
	}
	answer_polls(s);
}

static void tell_moment(struct session *s, enum session_event kind, uint64_t from)
{
	struct past_event e = { .kind = kind, .from = from, .position = session_cursor(s),
		.number = control_reason(s->control) };

	tell(s, &e);
}

/* Output since the last event of it; whole: also a sequence that may still be going on. */
static void tell_output(struct session *s, bool whole)
{
	struct past_event e = { .kind = EVENT_output, .from = s->output_told,
		.position = control_output_end(s->control) };
	char text[OUTPUT_TEXT_MAX];
	size_t got, cut;

	if (e.position - e.from > sizeof(text)) {
		e.from = e.position - sizeof(text);
		got = control_output(s->control, e.from, text, sizeof(text));
		e.from += utf8_tail(text, got);
	}
	got = control_output(s->control, e.from, text, e.position - e.from);
	cut = whole ? got : utf8_whole(text, got);
	if (cut == 0)
		return;
	e.position = e.from + cut;
	s->output_told = e.position;
	tell(s, &e);
}

static void on_output_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell_output(arg, false);
}

void notify_output(void *session)
{
	static const struct timeval after = { .tv_usec = OUTPUT_EVERY * 1000 };
	struct session *s = session;

	if (s->control != NULL && !evtimer_pending(s->output_timer, NULL))
		evtimer_add(s->output_timer, &after);
}

static void frontier_is_told(struct session *s)
{
	s->frontier_told = control_frontier(s->control);
	s->recording_told = control_recording(s->control);
}

/* Of a moment that is cut off nothing is left to compare with. */
static uint64_t known_before(const struct session *s)
{
	return s->run.before != BEFORE_CUT ? s->run.before : session_cursor(s);
}

void notify_stopped(struct session *s)
{
	enum control_reason reason = control_reason(s->control);
	const struct control_limit *limit = control_limit_hit(s->control);
	struct past_event e = { .kind = EVENT_limit, .from = known_before(s),
		.position = session_cursor(s) };

	tell_output(s, true);
	frontier_is_told(s);		/* by the state */
	if (reason == REASON_LIMIT && limit != NULL) {
		e.limit = *limit;
		tell(s, &e);
	} else if (control_status_at(s->control, e.position) == STATUS_EXITED) {
		tell_moment(s, s->terminating && !s->end_told ? EVENT_terminated : EVENT_exited, known_before(s));
		s->end_told = true;
	} else {
		tell_moment(s, EVENT_stopped, known_before(s));
	}
}

void notify_continued(struct session *s)
{
	if (!s->run.active || s->run.announced)
		return;
	s->run.announced = true;
	tell_moment(s, EVENT_continued, session_cursor(s));
}

void notify_breakpoints(struct session *s)
{
	struct past_event e = { .kind = EVENT_breakpoint };

	tell(s, &e);
}

void notify_cut(struct session *s)
{
	struct past_event e = { .kind = EVENT_cut, .position = control_frontier(s->control) };

	evtimer_del(s->output_timer);
	s->output_told = control_output_end(s->control);
	s->frontier_told = e.position;
	s->end_told = s->terminating = false;
	tell(s, &e);
	notify_threads(s);
	notify_waiting(s);
}

void notify_log(struct session *s, uint64_t position, const char *text)
{
	struct past_event e = { .kind = EVENT_output, .position = position, .text = strdup(text) };

	tell_output(s, true);	/* what was printed before it */
	if (e.text != NULL)
		tell(s, &e);
}

void notify_limit(struct session *s, const struct control_limit *limit, uint64_t position, const char *text)
{
	struct past_event e = { .kind = EVENT_limit, .from = position, .position = position,
		.limit = *limit, .text = strdup(text) };

	tell(s, &e);
}

/* -- threads: what differs from the last look ----------------------------------------------- */

static bool has_thread(const int *threads, size_t count, int thread)
{
	for (size_t i = 0; i < count; i++)
		if (threads[i] == thread)
			return true;
	return false;
}

static void tell_threads(struct session *s, const int *these, size_t count, const int *others,
    size_t other_count, bool started)
{
	for (size_t i = 0; i < count; i++) {
		struct past_event e = { .kind = EVENT_thread, .number = these[i], .from = started };

		if (!has_thread(others, other_count, these[i]))
			tell(s, &e);
	}
}

void notify_threads(struct session *s)
{
	int now[64];
	size_t count;

	/* Of the newest moment: going back is not a thread's end. */
	count = control_threads(s->control, control_frontier(s->control), now, sizeof(now) / sizeof(now[0]));
	if (count > sizeof(now) / sizeof(now[0]))
		count = sizeof(now) / sizeof(now[0]);
	if (count == s->thread_count && memcmp(now, s->threads, count * sizeof(*now)) == 0)
		return;
	tell_threads(s, now, count, s->threads, s->thread_count, true);
	tell_threads(s, s->threads, s->thread_count, now, count, false);
	memcpy(s->threads, now, count * sizeof(*now));
	s->thread_count = count;
}

/* -- the live process -------------------------------------------------------------------------- */

static uint64_t now_milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void tell_frontier(struct session *s)
{
	struct past_event e = { .kind = EVENT_frontier, .position = control_frontier(s->control) };
	uint64_t now = now_milliseconds(), since = now - s->frontier_told_at;
	struct timeval rest = { .tv_usec = (suseconds_t)(FRONTIER_EVERY - since) * 1000 };

	if (e.position == s->frontier_told && control_recording(s->control) == s->recording_told)
		return;
	if (since < FRONTIER_EVERY) {
		if (!evtimer_pending(s->frontier_timer, NULL))
			evtimer_add(s->frontier_timer, &rest);
		return;
	}
	frontier_is_told(s);
	s->frontier_told_at = now;
	tell(s, &e);
}

static void on_frontier_due(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tell_frontier(arg);
}

static void tell_waiting(struct session *s, bool waiting)
{
	uint64_t position = session_cursor(s);
	struct past_event e = { .kind = EVENT_waiting, .number = waiting, .from = position, .position = position };

	s->waiting_told = waiting;
	if (waiting)
		tell_output(s, true);	/* the prompt */
	tell(s, &e);
}

/* It still waits: what it printed before has come by now. */
static void on_settled(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	if (!control_waiting(s->control))
		return;
	if (!s->waiting_told)
		tell_waiting(s, true);
	/* A command on its way through the record has nothing to wait for. */
	if (control_position(s->control) == control_frontier(s->control))
		waiting_tell(s);
}

void notify_waiting(struct session *s)
{
	static const struct timeval after = { .tv_usec = SETTLE_AFTER * 1000 };

	if (control_waiting(s->control)) {
		if (!evtimer_pending(s->settle_timer, NULL))
			evtimer_add(s->settle_timer, &after);
		return;
	}
	evtimer_del(s->settle_timer);
	if (s->waiting_told)
		tell_waiting(s, false);
}

static void tell_end(struct session *s)
{
	uint64_t position = session_cursor(s);

	s->end_told = true;
	tell_output(s, true);
	tell_moment(s, s->terminating ? EVENT_terminated : EVENT_exited, position);
}

void notify_live(void *session)
{
	struct session *s = session;

	if (s->control == NULL)
		return;
	notify_waiting(s);
	notify_threads(s);
	tell_frontier(s);
	if (control_live_status(s->control) != STATUS_EXITED)
		return;
	/* An end that lies ahead of the cursor is told when that gets there. */
	if (!s->end_told && !s->run.active && control_killed(s->control))
		tell_end(s);
	if (s->run.active && !control_busy(s->control))
		run_done(s);
	waiting_ended(s);
}
