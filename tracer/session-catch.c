/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is caught: system calls, signals, C++ exceptions, processes and the exit. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/signals.h"
#include "tracer/syscalls.h"
#include "tracer/program/lines.h"
#include "tracer/program/thrown.h"

enum { RULES_MAX = 128, ARRIVALS_SHOWN = 16, TYPE_MAX = 256 };

static const char *const kind_names[] = {
	[CATCH_SYSCALL] = "syscall", [CATCH_FORK] = "fork", [CATCH_EXEC] = "exec",
	[CATCH_EXIT] = "exit", [CATCH_THROW] = "throw", [CATCH_CATCH] = "catch",
	[CATCH_SIGNAL] = "signal",
};

/* -- setting ------------------------------------------------------------------------ */

int setting_setSyscallRules(struct call *c, struct writer *w)
{
	const struct args_setSyscallRules *a = &c->args.of_setSyscallRules;
	int numbers[RULES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < a->rules_len; i++) {
		int number = syscall_number(a->rules[i].name);

		if (number < 0) {
			snprintf(c->failure.argument, sizeof(c->failure.argument), "rules");
			return fail(&c->failure, 422, "no_such_call",
			    "this machine has no system call \"%s\": names are those of the kernel, as openat or exit_group",
			    a->rules[i].name);
		}
		if (a->rules[i].stop && count < RULES_MAX)
			numbers[count++] = number;
	}
	control_catch_calls(c->session->control, numbers, count);
	w_key_list(w, "rules");
	for (size_t i = 0; i < a->rules_len; i++) {
		w_begin_map(w);
		w_key_string(w, "name", a->rules[i].name);
		w_key_uint(w, "number", (unsigned)syscall_number(a->rules[i].name));
		w_key_bool(w, "stop", a->rules[i].stop);
		w_end_map(w);
	}
	w_end_list(w);
	return 0;
}

static int no_such_signal(struct call *c, const char *name, const char *why)
{
	snprintf(c->failure.argument, sizeof(c->failure.argument), "signals");
	return fail(&c->failure, 422, "no_such_signal", "\"%s\" %s", name, why);
}

static int read_signals(struct call *c, struct control_signal_rule rules[CONTROL_SIGNALS])
{
	const struct args_setExceptionBreakpoints *a = &c->args.of_setExceptionBreakpoints;

	for (size_t i = 0; i < a->signals_len; i++) {
		int number = signal_number(a->signals[i].name);

		if (number <= 0 || number >= CONTROL_SIGNALS)
			return no_such_signal(c, a->signals[i].name, "is no signal: names are as SIGUSR1");
		if (number == SIGKILL)
			return no_such_signal(c, a->signals[i].name, "cannot be caught");
		rules[number] = (struct control_signal_rule){ true, a->signals[i].stop, a->signals[i].pass };
	}
	return 0;
}

static void write_rules(struct writer *w, const struct control_signal_rule rules[CONTROL_SIGNALS])
{
	char name[32];

	w_key_list(w, "signals");
	for (unsigned i = 0; i < CONTROL_SIGNALS; i++) {
		if (!rules[i].set)
			continue;
		signal_name((int)i, name, sizeof(name));
		w_begin_map(w);
		w_key_string(w, "name", name);
		w_key_uint(w, "number", i);
		w_key_bool(w, "stop", rules[i].stop);
		w_key_bool(w, "pass", rules[i].pass);
		w_end_map(w);
	}
	w_end_list(w);
}

int setting_setExceptionBreakpoints(struct call *c, struct writer *w)
{
	/* In the order of session.def's words. */
	static const enum catch_kind filters[] = { CATCH_THROW, CATCH_CATCH, CATCH_EXEC, CATCH_FORK, CATCH_EXIT };
	const struct args_setExceptionBreakpoints *a = &c->args.of_setExceptionBreakpoints;
	struct control_signal_rule rules[CONTROL_SIGNALS] = { { .set = false } };
	unsigned kinds = 0;

	if (read_signals(c, rules) < 0)
		return -1;
	control_choose_signals(c->session->control, rules);
	w_key_list(w, "filters");
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		if (a->filters >> i & 1) {
			kinds |= 1u << filters[i];
			w_string(w, kind_names[filters[i]]);
		}
	w_end_list(w);
	control_catch_kinds(c->session->control, kinds);
	write_rules(w, rules);
	return 0;
}

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
