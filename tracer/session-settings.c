/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Settings: breakpoints, input, recording. */
#include <errno.h>
#include <string.h>

#include "tracer/session-parts.h"

/* -- breakpoints -------------------------------------------------------------------- */

/* What a client that did not set it could not know. */
static void write_wish(struct writer *w, const struct breakpoint *b)
{
	if (b->asked_condition != NULL)
		w_key_string(w, "condition", b->asked_condition);
	if (b->asked_hits != NULL)
		w_key_string(w, "hitCondition", b->asked_hits);
	if (b->log_message != NULL)
		w_key_string(w, "logMessage", b->log_message);
	if (!b->enabled)
		w_key_bool(w, "enabled", false);
}

static void write_breakpoint(struct session *s, struct writer *w, const struct breakpoint *b, bool all)
{
	w_begin_map(w);
	w_key_uint(w, "id", b->id);
	w_key_bool(w, "verified", b->verified);
	if (b->kind == BREAKPOINT_LINE && all && image_file(s->image, b->file) != NULL)
		w_key_string(w, "file", image_file(s->image, b->file));
	/* In the list of all, a line says that it was set on one. */
	if (b->line != 0 && (b->kind == BREAKPOINT_LINE || !all))
		w_key_uint(w, "line", b->line);
	if (b->kind == BREAKPOINT_FUNCTION)
		w_key_string(w, "name", b->name);
	if (b->address_count > 0 || b->kind == BREAKPOINT_INSTRUCTION)
		w_key_word(w, "address", b->addresses[0]);
	if (all)
		write_wish(w, b);
	if (b->message[0] != '\0')
		w_key_string(w, "message", b->message);
	w_end_map(w);
}

void write_breakpoints(struct session *s, struct writer *w)
{
	size_t count;
	const struct breakpoint *all = breakpoints_all(s->breakpoints, &count);

	w_key_list(w, "breakpoints");
	for (size_t i = 0; i < count; i++) {
		struct w_mark mark = w_mark(w);

		write_breakpoint(s, w, &all[i], true);
		/* Leave room for a state; the client that set them has them all. */
		if (w->overflow || w_room(w) < PAYLOAD_MAX / 2) {
			w_rewind(w, mark);
			break;
		}
	}
	write_watchpoints(s, w);
	w_end_list(w);
}

static void write_breakpoint_set(struct session *s, struct writer *w, enum breakpoint_kind kind, int file)
{
	size_t count;
	const struct breakpoint *all = breakpoints_all(s->breakpoints, &count);

	w_key_list(w, "breakpoints");
	for (size_t i = 0; i < count; i++)
		if (all[i].kind == kind && (kind != BREAKPOINT_LINE || all[i].file == file))
			write_breakpoint(s, w, &all[i], false);
	w_end_list(w);
}

/* What setting them came to: r of breakpoints_set_…, then the process. */
static int finish_set(struct call *c, struct writer *w, int r, enum breakpoint_kind kind, int file)
{
	if (r == 0)
		r = run_apply_breakpoints(c->session);
	if (r == -ENOSPC)
		return fail(&c->failure, 422, "too_many", "a session has at most %d breakpoints", BREAKPOINTS_MAX);
	if (r < 0)
		return fail(&c->failure, 503, "memory", "the breakpoints could not be set: %s", strerror(-r));
	write_breakpoint_set(c->session, w, kind, file);
	notify_breakpoints(c->session);
	return 0;
}

static int setting_setBreakpoints(struct call *c, struct writer *w)
{
	const struct args_setBreakpoints *a = &c->args.of_setBreakpoints;
	int file = call_file(c, a->file);

	if (file < 0)
		return -1;
	return finish_set(c, w, breakpoints_set_lines(c->session->breakpoints, c->session->image, file,
	    a->breakpoints, a->breakpoints_len), BREAKPOINT_LINE, file);
}

static int setting_setFunctionBreakpoints(struct call *c, struct writer *w)
{
	const struct args_setFunctionBreakpoints *a = &c->args.of_setFunctionBreakpoints;

	return finish_set(c, w, breakpoints_set_functions(c->session->breakpoints, c->session->image,
	    a->breakpoints, a->breakpoints_len), BREAKPOINT_FUNCTION, -1);
}

static int setting_setInstructionBreakpoints(struct call *c, struct writer *w)
{
	const struct args_setInstructionBreakpoints *a = &c->args.of_setInstructionBreakpoints;
	struct view *view = call_view(c);

	if (view == NULL)
		return -1;
	return finish_set(c, w, breakpoints_set_instructions(c->session->breakpoints, c->session->image,
	    view, a->breakpoints, a->breakpoints_len), BREAKPOINT_INSTRUCTION, -1);
}

/* -- the program ---------------------------------------------------------------------- */

static int setting_input(struct call *c, struct writer *w)
{
	const struct args_input *a = &c->args.of_input;
	const void *bytes = a->has_text ? (const void *)a->text : a->data;
	int r;

	(void)w;
	if (a->has_text && a->has_data)
		return fail(&c->failure, 400, "argument", "input takes text or data, not both");
	if (!a->has_text && !a->has_data && !a->eof)
		return fail(&c->failure, 400, "argument", "input takes text, data or eof");
	r = control_input(c->session->control, bytes, a->has_text ? a->text_len : a->data_len, a->eof);
	if (r == -EPIPE)
		return fail(&c->failure, 410, "exited", "the program has exited and reads no more");
	if (r < 0)
		return fail(&c->failure, 503, "input", "the program does not take more input now: %s", strerror(-r));
	return 0;
}

static int setting_record(struct call *c, struct writer *w)
{
	static const enum control_policy policies[] = {
		[POLICY_STEP] = RECORDS_STEPS, [POLICY_AHEAD] = RECORDS_AHEAD,
		[POLICY_EVERYTHING] = RECORDS_EVERYTHING,
	};
	const struct args_record *a = &c->args.of_record;
	struct session *s = c->session;
	uint64_t budget = a->has_budget ? a->budget : s->budget;

	if (s->run.active || control_record(s->control, policies[a->policy], budget) < 0)
		return fail(&c->failure, 409, "busy", "the program runs: pause it, or wait for its stopped event");
	write_policy(s, w);
	if (a->policy != POLICY_STEP)
		w_key_uint(w, "budget", budget);
	return 0;
}

static int setting_cancel(struct call *c, struct writer *w)
{
	w_key_bool(w, "cancelled", waiting_cancel(c->link, c->client, c->args.of_cancel.requestId));
	return 0;
}

/* ---------------------------------------------------------------------------------------- */

call_body setting_body(enum command command)
{
	static const call_body bodies[COMMAND_COUNT] = {
		[COMMAND_setBreakpoints] = setting_setBreakpoints,
		[COMMAND_setFunctionBreakpoints] = setting_setFunctionBreakpoints,
		[COMMAND_setInstructionBreakpoints] = setting_setInstructionBreakpoints,
		[COMMAND_setDataBreakpoints] = setting_setDataBreakpoints,
		[COMMAND_input] = setting_input,
		[COMMAND_record] = setting_record,
		[COMMAND_cancel] = setting_cancel,
		[COMMAND_setSyscallRules] = setting_setSyscallRules,
		[COMMAND_setExceptionBreakpoints] = setting_setExceptionBreakpoints,
	};

	return bodies[command];
}
