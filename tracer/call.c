/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A request from its bytes to its answer.  Over HTTP the URL names the command
 * and the payload is its arguments; a WebSocket's frame is {id, command,
 * arguments}.  Whatever goes wrong is an answer; nothing a client sends ends
 * the session or its channel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/program/frames.h"
#include "tracer/program/inlined.h"
#include "tracer/program/lines.h"

/* Room that is kept for each query that rides along, so that at least its
 * failure can be said. */
#define RIDER_RESERVE	256

/* -- reading ----------------------------------------------------------------- */

/* id, command and arguments of a frame. */
static int read_frame(struct call *c, const char **command, const struct value **arguments)
{
	const struct value *id = value_member(c->tree.root, "id");
	const struct value *name = value_member(c->tree.root, "command");

	*arguments = value_member(c->tree.root, "arguments");
	if (id == NULL || id->type != VALUE_UINT)
		return fail(&c->failure, 400, "frame", "a frame is {id: unsigned, command: text, arguments: map}: id is wrong");
	c->id = id->number;
	if (name == NULL || name->type != VALUE_TEXT || name->length > 64)
		return fail(&c->failure, 400, "frame", "a frame is {id: unsigned, command: text, arguments: map}: command is wrong");
	if (*arguments != NULL && (*arguments)->type != VALUE_MAP)
		return fail(&c->failure, 400, "frame", "arguments must be a map, not %s",
		    value_type_name((*arguments)->type));
	*command = name->text;
	return 0;
}

static int find_command(struct failure *f, const char *name, enum command *command)
{
	char near[160];

	*command = command_find(name, near, sizeof(near));
	if (*command != COMMAND_COUNT)
		return 0;
	return fail(f, 404, "unknown_command", "there is no command \"%.64s\"%s%s", name,
	    near[0] != '\0' ? "; near: " : "; doc/PROTOCOL.md names them all", near);
}

static int read_call(struct call *c, const struct msg_request *m)
{
	const char *name = m->command;
	const struct value *arguments;
	char why[VALUE_WHY_MAX];

	if (!value_read(&c->tree, c->encoding, m->payload, m->payload_len, why))
		return fail(&c->failure, 400, "body", "the request cannot be read: %s", why);
	arguments = c->tree.root;
	if (c->framed && read_frame(c, &name, &arguments) < 0)
		return -1;
	if (find_command(&c->failure, name, &c->command) < 0)
		return -1;
	return args_check(&c->args, c->command, arguments, &c->failure);
}

struct call *call_new(struct link *link, const struct msg_request *m)
{
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->session = link->session;
	c->link = link;
	c->client = m->client;
	c->encoding = m->encoding == 1 ? ENCODING_MSGPACK : ENCODING_JSON;
	c->framed = m->command[0] == '\0';
	if (read_call(c, m) == 0)
		return c;
	call_refuse(c);
	call_free(c);
	return NULL;
}

void call_free(struct call *c)
{
	if (c->timer != NULL)
		event_free(c->timer);
	args_free(&c->args);
	value_free(&c->tree);
	free(c);
}

/* -- answering ----------------------------------------------------------------- */

static void open_frame(const struct call *c, struct writer *w, unsigned status)
{
	if (!c->framed)
		return;
	w_begin_map(w);
	w_key_uint(w, "id", c->id);
	w_key_uint(w, "status", status);
}

static void write_failure(const struct call *c, struct writer *w)
{
	open_frame(c, w, c->failure.status);
	if (!c->framed)
		w_begin_map(w);
	w_key(w, "error");
	failure_write(&c->failure, w);
	w_end_map(w);
}

void call_refuse(struct call *c)
{
	struct writer w;

	w_init(&w, c->encoding, PAYLOAD_MAX);
	write_failure(c, &w);
	link_reply(c->link, c->client, c->failure.status, &w);
	w_free(&w);
}

/* One query that rides along: its own arguments, the outer one's moment. */
static int ride(struct call *outer, const struct value *asked, struct call *c, struct writer *w)
{
	const struct value *name = value_member(asked, "command");
	call_body body;

	if (find_command(&c->failure, name->text, &c->command) < 0 ||
	    args_check(&c->args, c->command, value_member(asked, "arguments"), &c->failure) < 0)
		return -1;
	body = query_body(c->command);
	if (body == NULL)
		return fail(&c->failure, 400, "argument", "only queries can ride along, and %s is none", name->text);
	if (c->args.moment.has_with)
		return fail(&c->failure, 400, "argument", "what rides along carries nothing itself");
	if (!c->args.moment.has_position) {
		c->args.moment.position = outer->position;
		c->args.moment.has_position = true;
		if (!c->args.moment.has_thread)
			c->args.moment.thread = outer->thread;
	}
	if (call_moment(c) < 0)
		return -1;
	w_key_uint(w, "status", 200);
	w_key_map(w, "body");
	if (body(c, w) < 0)
		return -1;
	w_end_map(w);
	return w->overflow ? fail(&c->failure, 413, "too_long", "the answer does not fit: ask for less, or alone") : 0;
}

static void write_rider(struct call *outer, const struct value *asked, struct writer *w)
{
	struct call c = { .session = outer->session, .link = outer->link, .encoding = outer->encoding };
	struct w_mark mark;

	w_begin_map(w);
	w_key_string(w, "command", value_member(asked, "command")->text);
	mark = w_mark(w);
	if (ride(outer, asked, &c, w) < 0) {
		w_rewind(w, mark);
		w_key_uint(w, "status", c.failure.status);
		w_key(w, "error");
		/* In a long list an error's text can be cut: its start says it. */
		c.failure.message[120] = '\0';
		failure_write(&c.failure, w);
	}
	w_end_map(w);
	args_free(&c.args);
}

static void write_riders(struct call *c, struct writer *w)
{
	w_key_list(w, "with");
	for (const struct value *v = c->args.moment.with->first; v != NULL; v = v->next) {
		w_release(w, RIDER_RESERVE);
		write_rider(c, v, w);
	}
	w_end_list(w);
}

static int write_body(struct call *c, call_body body, struct writer *w)
{
	size_t reserve = c->args.moment.with_len * RIDER_RESERVE + (c->args.moment.has_with ? 64 : 0);

	open_frame(c, w, 200);
	if (c->framed)
		w_key(w, "body");
	w_begin_map(w);
	w_reserve(w, reserve);
	if (body(c, w) < 0)
		return -1;
	w_release(w, reserve - c->args.moment.with_len * RIDER_RESERVE);
	if (c->args.moment.has_with)
		write_riders(c, w);
	w_end_map(w);
	if (c->framed)
		w_end_map(w);
	return w->overflow ? fail(&c->failure, 413, "too_long", "the answer does not fit: ask for less") : 0;
}

void call_answer(struct call *c, call_body body)
{
	struct writer w;

	w_init(&w, c->encoding, PAYLOAD_MAX);
	if (write_body(c, body, &w) < 0)
		call_refuse(c);
	else
		link_reply(c->link, c->client, 200, &w);
	w_free(&w);
}

/* -- the moment ------------------------------------------------------------------ */

int call_moment(struct call *c)
{
	const struct args_moment *m = &c->args.moment;
	struct control *control = c->session->control;

	c->failure.frontier = control_frontier(control);
	c->failure.epoch = control_epoch(control);
	if (m->has_epoch && m->epoch != c->failure.epoch) {
		c->failure.has_moment = true;
		return fail(&c->failure, 409, "stale", "epoch %llu has passed, it is %llu now: ask for the state again",
		    (unsigned long long)m->epoch, (unsigned long long)c->failure.epoch);
	}
	c->position = m->has_position ? m->position : session_cursor(c->session);
	c->thread = (int)m->thread;
	if (c->position <= c->failure.frontier)
		return 0;
	c->failure.has_moment = true;
	snprintf(c->failure.argument, sizeof(c->failure.argument), "position");
	return fail(&c->failure, 422, "out_of_range", "position %llu is past the frontier, %llu",
	    (unsigned long long)c->position, (unsigned long long)c->failure.frontier);
}

struct view *call_view(struct call *c)
{
	struct view *view = control_view(c->session->control, c->position, c->thread);

	if (view == NULL)
		fail(&c->failure, 422, "thread", "there is no thread %d at position %llu", c->thread,
		    (unsigned long long)c->position);
	return view;
}

/* Whether the kept stack is that of this moment, and there is enough of it. */
static bool frames_known(const struct call *c, size_t max)
{
	const struct session *s = c->session;

	/* Fewer than were asked for are all there are. */
	return s->frames_before == control_before_calls(s->control, c->position, c->thread) &&
	    (s->frames_asked >= max || s->frame_count < s->frames_asked) && s->frames_position == c->position &&
	    s->frames_thread == c->thread && s->frames_epoch == control_epoch(s->control) &&
	    s->frames_frontier == control_frontier(s->control);
}

size_t call_frames(struct call *c, const struct frame **frames, size_t max)
{
	struct session *s = c->session;
	struct view *view;

	/* A variablesReference can name any frame, and the program's stack be as deep. */
	if (max > FRAMES_MAX)
		max = FRAMES_MAX;
	if (s->frames == NULL && (s->frames = calloc(FRAMES_MAX + INLINED_MAX, sizeof(*s->frames))) == NULL) {
		fail(&c->failure, 503, "memory", "no memory for the stack");
		return 0;
	}
	*frames = s->frames;
	if (frames_known(c, max))
		return s->frame_count;
	view = call_view(c);
	if (view == NULL)
		return 0;
	s->frames_before = control_before_calls(s->control, c->position, c->thread);
	s->frame_count = frames_find(s->image, view, s->frames, max + s->frames_before) - s->frames_before;
	memmove(s->frames, s->frames + s->frames_before, s->frame_count * sizeof(*s->frames));
	s->frames_asked = max;
	s->frames_position = c->position;
	s->frames_thread = c->thread;
	s->frames_epoch = control_epoch(s->control);
	s->frames_frontier = control_frontier(s->control);
	if (s->frame_count == 0)
		fail(&c->failure, 422, "stack", "there is no stack at this moment");
	return s->frame_count;
}

const struct frame *call_frame(struct call *c, unsigned id)
{
	const struct frame *frames;
	size_t count = call_frames(c, &frames, id + 1);

	if (count == 0)
		return NULL;
	if (id < count)
		return &frames[id];
	snprintf(c->failure.argument, sizeof(c->failure.argument), "frameId");
	fail(&c->failure, 422, "out_of_range", "there is no frame %u here: the stack has %zu", id,
	    count);
	return NULL;
}

int call_file(struct call *c, const char *name)
{
	int file = name == NULL ? 0 : image_file_index(c->session->image, name);

	if (file >= 0 && image_file(c->session->image, file) != NULL)
		return file;
	snprintf(c->failure.argument, sizeof(c->failure.argument), "file");
	if (name == NULL)
		fail(&c->failure, 422, "file", "this session has no source files");
	else
		fail(&c->failure, 422, "file", "\"%.100s\" is not one of the submitted files", name);
	return -1;
}

void write_place(struct session *s, struct writer *w, uint64_t address)
{
	struct line_row row;

	if (!lines_find(s->image, address, &row) || row.file < 0 || row.line == 0 ||
	    image_file(s->image, row.file) == NULL)
		return;
	w_key_string(w, "file", image_file(s->image, row.file));
	w_key_uint(w, "line", row.line);
}

void write_frame_place(struct session *s, struct writer *w, const struct frame *frame)
{
	unsigned line;
	int file;

	if (!frame_place(s->image, frame, &file, &line) || image_file(s->image, file) == NULL)
		return;
	w_key_string(w, "file", image_file(s->image, file));
	w_key_uint(w, "line", line);
}
