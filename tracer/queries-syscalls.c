/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* System calls of a stretch of the timeline, as strace(1) writes them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "tracer/session-parts.h"
#include "tracer/syscalls.h"

#define TEXT_MAX	512

/* What a native stretch's calls were given is no longer there to be read where the
 * stretch has written it anew: it is shown as a library call has left it.  A `continue' is too long for that. */
static struct view *view_of(struct session *s, const struct call_event *call, bool after)
{
	char name[64];
	uint64_t microseconds, position = after || (call->flags & CALL_NATIVE) ? call->position : call->position - 1;

	if ((call->flags & CALL_NATIVE) &&
	    control_macro(s->control, call->position, name, sizeof(name), &microseconds) &&
	    strcmp(name, "continue") == 0)
		return NULL;
	return control_view(s->control, position, 0);
}

static void add(char *text, const char *more)
{
	size_t used = strlen(text);

	snprintf(text + used, TEXT_MAX - used, "%s", more);
}

static bool is_exit(const struct call_event *call)
{
	return call->number == SYS_exit_group || call->number == SYS_exit;
}

static const char *name_of(const struct call_event *call, char unknown[32])
{
	const char *name = syscall_name(call->number);

	snprintf(unknown, 32, "syscall_%d", call->number);
	return name != NULL ? name : unknown;
}

static void write_arguments(struct session *s, struct writer *w, const struct call_event *call, char *text)
{
	char argument[SYSCALL_ARGUMENT_MAX];

	w_key_list(w, "arguments");
	for (unsigned i = 0; i < syscall_arguments(call); i++) {
		syscall_argument(call, i, view_of(s, call, syscall_answers(call, i)), argument);
		w_string(w, argument);
		add(text, i > 0 ? ", " : "");
		add(text, argument);
	}
	w_end_list(w);
}

static void write_call(struct session *s, struct writer *w, const struct call_event *call)
{
	char unknown[32], text[TEXT_MAX] = "", result[32];
	const char *error;

	w_begin_map(w);
	w_key_uint(w, "position", call->position);
	w_key_uint(w, "thread", (unsigned)call->thread);
	w_key_string(w, "name", name_of(call, unknown));
	add(text, call->flags & CALL_ENTERED ? "" : "… ");
	add(text, name_of(call, unknown));
	add(text, "(");
	write_arguments(s, w, call, text);
	syscall_result(call, result, &error);
	add(text, call->flags & CALL_RETURNED ? ") = " : is_exit(call) ? ") = ?" : "…");
	if (call->flags & CALL_RETURNED) {
		w_key_string(w, "result", result);
		add(text, result);
	}
	if (error != NULL) {
		w_key_string(w, "error", error);
		add(text, " ");
		add(text, error);
	}
	w_key_string(w, "text", text);
	w_key_bool(w, "native", (call->flags & CALL_NATIVE) != 0);
	if (!(call->flags & CALL_ENTERED))
		w_key_bool(w, "resumed", true);
	w_end_map(w);
}

/* The call is made in the step that arrives at its position: that of `from' is shown, too. */
int query_syscalls(struct call *c, struct writer *w)
{
	const struct args_syscalls *a = &c->args.of_syscalls;
	uint64_t frontier = control_frontier(c->session->control), to = a->has_to ? a->to : frontier;
	const struct call_event *calls;
	size_t count, i;

	if (a->from > to || to > frontier)
		return fail(&c->failure, 422, "out_of_range", "from must be at most to, and to at most the frontier, %llu",
		    (unsigned long long)frontier);
	calls = control_calls(c->session->control, a->from, to, &count);
	w_key_uint(w, "total", count);
	w_key_bool(w, "complete", control_calls_complete(c->session->control, to));
	w_key_list(w, "syscalls");
	for (i = a->start; i < count && i - a->start < a->count; i++) {
		struct w_mark mark = w_mark(w);

		write_call(c->session, w, &calls[i]);
		if (w->overflow) {
			w_rewind(w, mark);
			break;
		}
	}
	w_end_list(w);
	return 0;
}
