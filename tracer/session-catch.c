/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is caught at a moment, and which processes were refused. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/signals.h"
#include "tracer/syscalls.h"
#include "tracer/program/lines.h"
#include "tracer/program/thrown.h"

enum { ARRIVALS_SHOWN = 16, TYPE_MAX = 256 };

static const char *const kind_names[] = {
	[CATCH_SYSCALL] = "syscall", [CATCH_FORK] = "fork", [CATCH_EXEC] = "exec",
	[CATCH_EXIT] = "exit", [CATCH_THROW] = "throw", [CATCH_CATCH] = "catch",
	[CATCH_SIGNAL] = "signal",
};

/* -- the state ------------------------------------------------------------------------- */

static void write_name(struct session *s, struct writer *w, uint64_t position, const struct control_catch *found)
{
	char name[TYPE_MAX];
	struct view *view;

	switch (found->kind) {
	case CATCH_SIGNAL:
		signal_name(found->number, name, sizeof(name));
		w_key_string(w, "name", name);
		break;
	case CATCH_THROW:
	case CATCH_CATCH:
		view = found->function != NULL ? control_view(s->control, position, 0) : NULL;
		if (view != NULL && thrown_type(view, found->function, name, sizeof(name)))
			w_key_string(w, "name", name);
		break;
	default:
		if (syscall_name(found->number) != NULL)
			w_key_string(w, "name", syscall_name(found->number));
		break;
	}
}

static void write_arrivals(struct session *s, struct writer *w, uint64_t position)
{
	struct control_arrival arrivals[ARRIVALS_SHOWN];
	size_t count = control_arrivals(s->control, position, arrivals, ARRIVALS_SHOWN);
	char name[32];

	if (count == 0)
		return;
	w_key_list(w, "signals");
	for (size_t i = 0; i < count && i < ARRIVALS_SHOWN; i++) {
		signal_name(arrivals[i].number, name, sizeof(name));
		w_begin_map(w);
		w_key_string(w, "name", name);
		w_key_uint(w, "number", (unsigned)arrivals[i].number);
		w_key_uint(w, "thread", (unsigned)arrivals[i].thread);
		w_key_bool(w, "delivered", arrivals[i].delivered);
		w_end_map(w);
	}
	w_end_list(w);
}

void write_catch(struct session *s, struct writer *w, uint64_t position)
{
	struct control_catch found;

	if (control_catch_at(s->control, position, &found)) {
		w_key_map(w, "catch");
		w_key_string(w, "kind", kind_names[found.kind]);
		write_name(s, w, position, &found);
		if (found.within)
			w_key_bool(w, "within", true);
		w_end_map(w);
	}
	write_arrivals(s, w, position);
}

/* -- processes that are refused ----------------------------------------------------------- */

void notify_refused(void *session, const struct control_refusal *r)
{
	struct session *s = session;
	const char *name = syscall_name(r->number);
	struct line_row row;
	char text[320], place[96] = "";

	if (r->own != 0 && lines_find(s->image, r->own, &row) && row.line > 0 && row.file >= 0)
		snprintf(place, sizeof(place), " on line %u of %.60s", row.line, image_file(s->image, row.file));
	snprintf(text, sizeof(text), "%s%s (position %llu, pc 0x%llx) was refused with %s: a session runs one process and one "
	    "program.",
	    name != NULL ? name : "a new process", place, (unsigned long long)r->position,
	    (unsigned long long)r->pc, strerrorname_np(r->error));
	notify_limit(s, &(struct control_limit){ .name = "processes", .unit = "processes", .limit = 1, .used = 1,
	    .advice = "What a child does can run as a function or a thread; another program is a session of its own." }, r->position, text);
}
