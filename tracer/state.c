/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The state: the cursor's moment, what differs from the moment a client came
 * from, and what the live process does.  It is bounded whatever the program
 * does: what is left out is named in `truncated'.
 */
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/signals.h"
#include "tracer/program/frames.h"
#include "tracer/program/functions.h"
#include "tracer/utf8.h"

#define MEMORY_BYTES_MAX	16384	/* of changed memory */
#define MEMORY_RANGES_MAX	256
#define OUTPUT_ROOM		(40u << 10)	/* encoded: a control character is six bytes in JSON */

struct moment {
	struct session *session;
	struct writer *w;
	uint64_t from, position;
	bool memory_cut, output_cut;
	size_t memory_bytes, memory_ranges;
};

static const char *const status_names[] = {
	[STATUS_STOPPED] = "stopped", [STATUS_RUNNING] = "running", [STATUS_EXITED] = "exited",
};

/* -- what differs -------------------------------------------------------------- */

static void write_registers(struct writer *w, const struct registers *before, const struct registers *now)
{
	w_key_map(w, "registers");
	for (unsigned i = 0; i < REGISTERS_COUNT; i++)
		if (before == NULL || before->word[i] != now->word[i])
			w_key_word(w, register_table[i].name, now->word[i]);
	w_end_map(w);
}

static bool write_change(void *arg, uint64_t address, const uint8_t *bytes, size_t length)
{
	struct moment *m = arg;
	size_t room = MEMORY_BYTES_MAX - m->memory_bytes;

	if (m->memory_ranges == MEMORY_RANGES_MAX || room == 0) {
		m->memory_cut = true;
		return false;
	}
	m->memory_cut = length > room;
	length = length > room ? room : length;
	w_begin_map(m->w);
	w_key_word(m->w, "address", address);
	w_key(m->w, "bytes");
	w_bytes(m->w, bytes, length);
	w_end_map(m->w);
	m->memory_bytes += length;
	m->memory_ranges++;
	return !m->memory_cut;
}

static void write_memory(struct moment *m)
{
	w_key_list(m->w, "memory");
	if (m->from != m->position)
		control_memory_changes(m->session->control, m->from, m->position, write_change, m);
	w_end_list(m->w);
}

/* What was printed in (from, position]: its end, when it is much. */
static void write_output(struct moment *m)
{
	struct control *control = m->session->control;
	uint64_t end = control_output_end_at(control, m->position);
	uint64_t start = m->from < m->position ? control_output_end_at(control, m->from) : end;
	char text[OUTPUT_TEXT_MAX];
	size_t got, cut;

	if (end - start > sizeof(text)) {
		start = end - sizeof(text);
		m->output_cut = true;
	}
	got = control_output(control, start, text, end - start);
	cut = m->output_cut ? utf8_tail(text, got) : 0;
	w_key(m->w, "output");
	if (w_text_end(m->w, text + cut, got - cut, OUTPUT_ROOM) < got - cut || got < end - start)
		m->output_cut = true;
	w_key_uint(m->w, "outputEnd", end);
}

/* -- the moment ------------------------------------------------------------------ */

static void write_ending(struct moment *m, enum control_status status)
{
	struct control_signal signal = control_signal_at(m->session->control, m->position);
	int code;

	if (status == STATUS_EXITED && control_exit_code(m->session->control, &code)) {
		w_key(m->w, "exitCode");
		w_int(m->w, code);
	}
	if (signal.number == 0)
		return;
	w_key_map(m->w, "signal");
	write_signal(m->w, &signal);
	w_end_map(m->w);
}

/* The reason of a moment that the cursor may not have stopped at. */
static const char *reason_at(const struct moment *m, enum control_status status)
{
	const struct session *s = m->session;
	struct control_catch found;

	if (!s->run.active && m->position == control_position(s->control))
		return s->run.reached_goto ? "goto" : control_reason_name(control_reason(s->control));
	if (status == STATUS_EXITED)
		return control_reason_name(REASON_EXITED);
	if (control_catch_at(s->control, m->position, &found))
		return control_reason_name(REASON_EXCEPTION);
	return control_reason_name(m->position == 0 ? REASON_ENTRY : REASON_STEP);
}

/* The limit that the command ended with, for the moment where it did. */
static void write_limit_hit(struct moment *m)
{
	const struct session *s = m->session;
	const struct control_limit *limit = control_limit_hit(s->control);

	if (s->run.active || m->position != control_position(s->control) || limit == NULL ||
	    control_reason(s->control) != REASON_LIMIT)
		return;
	w_key(m->w, "limit");
	write_limit(m->w, limit);
}

static bool stopped_by_watch(const struct moment *m)
{
	const struct session *s = m->session;

	return !s->run.active && m->position == control_position(s->control) &&
	    control_reason(s->control) == REASON_DATA_BREAKPOINT;
}

static void write_macro(struct moment *m)
{
	char name[128];
	uint64_t microseconds;

	if (strcmp(control_kind(m->session->control, m->position), "write") == 0)
		w_key_string(m->w, "kind", "write");
	if (m->position == 0 ||
	    !control_macro(m->session->control, m->position, name, sizeof(name), &microseconds))
		return;
	w_key_map(m->w, "macro");
	w_key_string(m->w, "name", name);
	w_key_uint(m->w, "microseconds", microseconds);
	w_key_string(m->w, "advice", "What ran natively is not recorded inside. To see it: a breakpoint in it, "
	    "stepIn with enter, or record with a larger budget or policy everything.");
	w_end_map(m->w);
}

static void write_where(struct moment *m, uint64_t pc, int thread)
{
	struct frame frame = frame_at(m->session->image, pc);
	unsigned before = control_before_calls(m->session->control, m->position, thread);
	char name[sizeof(((struct function *)0)->name)];

	w_key_word(m->w, "pc", pc);
	frame.level -= before;
	write_frame_place(m->session, m->w, &frame);
	frame_name(m->session->image, &frame, name, sizeof(name));
	if (name[0] != '\0')
		w_key_string(m->w, "function", name);
	w_key_uint(m->w, "depth", control_depth(m->session->control, m->position) - before);
}

static void write_varies(struct session *s, struct writer *w)
{
	const char *words[8];
	size_t count = control_varies(s->control, words, 8);

	w_key_list(w, "varies");
	for (size_t i = 0; i < count; i++)
		w_string(w, words[i]);
	w_end_list(w);
}

void write_policy(struct session *s, struct writer *w)
{
	static const char *const names[] = {
		[RECORDS_STEPS] = "step", [RECORDS_AHEAD] = "ahead", [RECORDS_EVERYTHING] = "everything",
	};

	w_key_string(w, "policy", names[control_policy(s->control)]);
}

void write_live(struct session *s, struct writer *w)
{
	struct control_limit limits[8];
	size_t count = control_limits(s->control, limits, 8);

	w_key_map(w, "live");
	w_key_string(w, "status", status_names[control_live_status(s->control)]);
	w_key_bool(w, "waiting", control_waiting(s->control));
	w_key_bool(w, "blocked", control_blocked(s->control));
	w_key_bool(w, "recording", control_recording(s->control));
	write_policy(s, w);
	w_key_list(w, "limits");
	for (size_t i = 0; i < count; i++)
		write_limit(w, &limits[i]);
	w_end_list(w);
	write_varies(s, w);
	w_end_map(w);
}

static void write_truncated(struct moment *m)
{
	w_key_list(m->w, "truncated");
	if (m->memory_cut)
		w_string(m->w, "memory");
	if (m->output_cut)
		w_string(m->w, "output");
	w_end_list(m->w);
}

void state_write(struct session *s, struct writer *w, uint64_t from, uint64_t position, int thread)
{
	struct moment m = { .session = s, .w = w, .from = from, .position = position };
	enum control_status status = control_status_at(s->control, position);
	bool running = s->run.active && position == s->run.from;
	struct registers before;
	struct view *view = from != position ? control_view(s->control, from, thread) : NULL;
	bool known = view != NULL;

	if (known)
		before = view->registers;
	view = control_view(s->control, position, thread);
	w_key_uint(w, "epoch", control_epoch(s->control));
	w_key_uint(w, "from", from);
	w_key_uint(w, "position", position);
	w_key_uint(w, "frontier", control_frontier(s->control));
	if (view != NULL)
		w_key_uint(w, "thread", (unsigned)view->thread);
	w_key_string(w, "status", running ? "running" : status_names[status]);
	w_key_string(w, "reason", reason_at(&m, status));
	if (view != NULL) {
		struct registers now = view->registers;

		write_where(&m, now.word[REG_PC], view->thread);
		write_registers(w, known ? &before : NULL, &now);
	}
	write_ending(&m, status);
	write_macro(&m);
	if (stopped_by_watch(&m))
		write_watch_hit(s, w, position);
	write_limit_hit(&m);
	write_catch(s, w, position);
	write_memory(&m);
	write_output(&m);
	write_live(s, w);
	write_truncated(&m);
}

void write_limit(struct writer *w, const struct control_limit *limit)
{
	w_begin_map(w);
	w_key_string(w, "name", limit->name);
	w_key_uint(w, "limit", limit->limit);
	w_key_uint(w, "used", limit->used);
	w_key_string(w, "unit", limit->unit);
	w_key_string(w, "advice", limit->advice);
	w_end_map(w);
}

void write_signal(struct writer *w, const struct control_signal *signal)
{
	char name[32];

	signal_name(signal->number, name, sizeof(name));
	w_key_uint(w, "number", (unsigned)signal->number);
	w_key_string(w, "name", name);
	if (signal->has_address)
		w_key_word(w, "address", signal->address);
	if (signal->access != NULL)
		w_key_string(w, "access", signal->access);
}
