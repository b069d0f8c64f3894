/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What stops commands besides breakpoints: system calls, signals, C++ exceptions,
 * processes and the exit, as one client has set it and all are told. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/signals.h"
#include "tracer/syscalls.h"

/* In the order of session.def's words. */
static const struct { enum catch_kind kind; const char *name; } filters[] = {
	{ CATCH_THROW, "throw" }, { CATCH_CATCH, "catch" }, { CATCH_EXEC, "exec" },
	{ CATCH_FORK, "fork" }, { CATCH_EXIT, "exit" },
};
enum { FILTERS = sizeof(filters) / sizeof(filters[0]) };

/* -- telling ------------------------------------------------------------------------- */

static void write_rule(struct writer *w, const char *name, int number, bool stop)
{
	w_begin_map(w);
	w_key_string(w, "name", name);
	w_key_uint(w, "number", (unsigned)number);
	w_key_bool(w, "stop", stop);
	w_end_map(w);
}

static void write_filters(struct writer *w, unsigned set)
{
	w_key_list(w, "filters");
	for (unsigned i = 0; i < FILTERS; i++)
		if (set >> i & 1)
			w_string(w, filters[i].name);
	w_end_list(w);
}

static void write_signals(struct writer *w, const struct control_signal_rule rules[CONTROL_SIGNALS])
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

void write_stops(struct session *s, struct writer *w)
{
	const struct stops *all = &s->stops;

	w_key_map(w, "stops");
	write_filters(w, all->filters);
	write_signals(w, all->signals);
	w_key_list(w, "rules");
	for (size_t i = 0; i < all->call_count; i++)
		write_rule(w, syscall_name(all->calls[i]), all->calls[i], true);
	w_end_list(w);
	w_end_map(w);
}

/* -- setting ------------------------------------------------------------------------ */

int setting_setSyscallRules(struct call *c, struct writer *w)
{
	const struct args_setSyscallRules *a = &c->args.of_setSyscallRules;
	struct stops *all = &c->session->stops;
	int numbers[STOP_CALLS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < a->rules_len; i++) {
		int number = syscall_number(a->rules[i].name);

		if (number < 0) {
			snprintf(c->failure.argument, sizeof(c->failure.argument), "rules");
			return fail(&c->failure, 422, "no_such_call",
			    "this machine has no system call \"%s\": names are those of the kernel, as openat or exit_group",
			    a->rules[i].name);
		}
		if (a->rules[i].stop && count < STOP_CALLS_MAX)
			numbers[count++] = number;
	}
	memcpy(all->calls, numbers, count * sizeof(numbers[0]));
	all->call_count = count;
	control_catch_calls(c->session->control, numbers, count);
	w_key_list(w, "rules");
	for (size_t i = 0; i < a->rules_len; i++)
		write_rule(w, a->rules[i].name, syscall_number(a->rules[i].name), a->rules[i].stop);
	w_end_list(w);
	notify_breakpoints(c->session);
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

int setting_setExceptionBreakpoints(struct call *c, struct writer *w)
{
	struct stops *all = &c->session->stops;
	struct control_signal_rule rules[CONTROL_SIGNALS] = { { .set = false } };
	unsigned kinds = 0;

	if (read_signals(c, rules) < 0)
		return -1;
	all->filters = (unsigned)c->args.of_setExceptionBreakpoints.filters;
	memcpy(all->signals, rules, sizeof(all->signals));
	for (unsigned i = 0; i < FILTERS; i++)
		if (all->filters >> i & 1)
			kinds |= 1u << filters[i].kind;
	control_choose_signals(c->session->control, rules);
	control_catch_kinds(c->session->control, kinds);
	write_filters(w, all->filters);
	write_signals(w, all->signals);
	notify_breakpoints(c->session);
	return 0;
}
