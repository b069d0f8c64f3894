/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Events as clients get them, hello among them. */
#include <string.h>

#include "tracer/session-parts.h"

#define OUTPUT_ROOM	(40u << 10)	/* encoded */
#define HELLO_TEXT_MAX	(64u << 10)	/* of sources; the rest is asked for with `source' */

static const char *const event_names[EVENT_COUNT] = {
#define EVENT(n, fields, help) [EVENT_##n] = #n,
#include "src/session.def"
};

static void write_output(struct session *s, struct writer *w, const struct past_event *e)
{
	char text[OUTPUT_TEXT_MAX];
	size_t got = 0, kept;

	/* Of what was taken back the bytes are gone, and others stand in their place. */
	if (e->epoch == control_epoch(s->control))
		got = control_output(s->control, e->from, text, e->position - e->from);

	w_key(w, "text");
	kept = w_text_end(w, text, got, OUTPUT_ROOM);
	w_key_uint(w, "start", e->position - kept);
	w_key_uint(w, "end", e->position);
}

static void write_log(struct writer *w, const struct past_event *e)
{
	w_key_string(w, "category", "console");
	w_key(w, "text");
	w_text(w, e->text, strlen(e->text));
	w_key_uint(w, "position", e->position);
}

static void write_fields(struct session *s, struct writer *w, const struct past_event *e, bool with_state)
{
	switch (e->kind) {
	case EVENT_stopped:
		w_key_string(w, "reason", control_reason_name(e->number));
		break;
	case EVENT_output:
		if (e->text != NULL)
			write_log(w, e);
		else
			write_output(s, w, e);
		break;
	case EVENT_thread:
		w_key_string(w, "reason", e->from != 0 ? "started" : "exited");
		w_key_uint(w, "thread", (unsigned)e->number);
		break;
	case EVENT_breakpoint:
		write_breakpoints(s, w);
		write_stops(s, w);
		break;
	case EVENT_cut:
		w_key_uint(w, "frontier", e->position);
		w_key_uint(w, "epoch", e->epoch);
		break;
	case EVENT_frontier:
		w_key_uint(w, "frontier", e->position);
		w_key_uint(w, "epoch", e->epoch);
		if (with_state)
			write_live(s, w);
		break;
	case EVENT_waiting:
		w_key_bool(w, "waiting", e->number != 0);
		break;
	case EVENT_limit:
		w_key(w, "limit");
		write_limit(w, &e->limit);
		if (e->text != NULL)
			w_key_string(w, "text", e->text);
		break;
	default:
		break;
	}
}

static bool marks_moment(enum session_event kind)
{
	return kind == EVENT_stopped || kind == EVENT_continued || kind == EVENT_exited ||
	    kind == EVENT_terminated || kind == EVENT_waiting || kind == EVENT_limit;
}

void event_write(struct session *s, struct writer *w, const struct past_event *e, bool with_state)
{
	w_begin_map(w);
	w_key_string(w, "event", event_names[e->kind]);
	w_key_uint(w, "seq", e->seq);
	write_fields(s, w, e, with_state);
	if (marks_moment(e->kind) && with_state) {
		w_key_map(w, "state");
		state_write(s, w, e->from, e->position, 0);
		w_end_map(w);
	} else if (marks_moment(e->kind)) {
		w_key_uint(w, "position", e->position);
		w_key_uint(w, "epoch", e->epoch);
	}
	w_end_map(w);
}

/* -- hello -------------------------------------------------------------------------- */

static void write_files(struct session *s, struct writer *w, bool text)
{
	size_t left = HELLO_TEXT_MAX;

	w_key_list(w, "files");
	for (size_t i = 0; s->request != NULL && i < s->request->file_count; i++) {
		const struct request_file *f = &s->request->files[i];
		struct w_mark mark;

		w_begin_map(w);
		w_key_string(w, "name", f->name);
		mark = w_mark(w);
		if (text && f->length <= left) {
			w_key(w, "text");
			w_text(w, f->text, f->length);
			left -= f->length;
		}
		if (w->overflow)
			w_rewind(w, mark);
		w_end_map(w);
	}
	w_end_list(w);
}

static void write_hello(struct session *s, struct writer *w, bool files)
{
	uint64_t position = session_cursor(s);

	w_begin_map(w);
	w_key_string(w, "event", "hello");
	w_key_uint(w, "seq", s->seq);
	w_key_map(w, "state");
	state_write(s, w, position, position, 0);
	w_end_map(w);
	w_key_string(w, "language", s->request != NULL ? request_language_name(s->request->language) : "");
	w_key_list(w, "flags");
	for (char *const *flag = s->request != NULL ? s->request->flags : NULL; flag != NULL && *flag != NULL; flag++)
		w_string(w, *flag);
	w_end_list(w);
	write_breakpoints(s, w);
	write_stops(s, w);
	w_reserve(w, 1024);
	write_files(s, w, files);
	w_release(w, 1024);
	w_end_map(w);
}

void notify_hello(struct link *link, uint64_t client, bool files)
{
	struct msg_event m = { .client = client };
	struct writer w;

	w_init(&w, ENCODING_MSGPACK, PAYLOAD_MAX);
	write_hello(link->session, &w, files);
	m.payload = w.data;
	m.payload_len = w.length;
	if (!w.overflow && send_event(link->chan, &m) != 0)
		link->lagging = true;
	w_free(&w);
}
