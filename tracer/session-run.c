/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Control commands.  One at a time moves the cursor, from the position that it
 * names (a seek first: so a retry is harmless) or from where the cursor is.
 * Its call waits here with those that joined it (a continue joins a continue,
 * a pause joins all) until control.c is done, the program waits for input, or
 * their time is up; then the command goes on and they have been told.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/log.h"
#include "tracer/session-parts.h"
#include "tracer/program/lines.h"

/* A command that takes longer is announced to all clients. */
#define ANNOUNCE_AFTER	{ .tv_usec = 50000 }

static void on_finished(evutil_socket_t fd, short what, void *arg);

static void on_announce(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	notify_continued(arg);
}

int run_init(struct session *s)
{
	s->run.done = evtimer_new(s->base, on_finished, s);
	s->run.announce = evtimer_new(s->base, on_announce, s);
	return s->run.done != NULL && s->run.announce != NULL ? 0 : -ENOMEM;
}

void run_free(struct session *s)
{
	if (s->run.done != NULL)
		event_free(s->run.done);
	if (s->run.announce != NULL)
		event_free(s->run.announce);
}

/* -- what a command asks of control.c ------------------------------------------------ */

static void step(struct control_command *out, enum control_kind kind, unsigned granularity,
    uint64_t count, unsigned direction)
{
	out->kind = kind;
	out->by_instruction = granularity == GRANULARITY_INSTRUCTION;
	out->backwards = direction == DIRECTION_BACK;
	out->count = count;
}

static int goto_address(struct call *c, uint64_t address)
{
	struct run *run = &c->session->run;
	const struct view *view = call_view(c);

	if (view == NULL)
		return -1;
	if (!breakpoints_executable(view, address)) {
		snprintf(c->failure.argument, sizeof(c->failure.argument), "address");
		return fail(&c->failure, 422, "bad_address", "there is no code at 0x%llx",
		    (unsigned long long)address);
	}
	run->goto_addresses[0] = address;
	run->goto_count = 1;
	return 0;
}

/* The addresses that a goto runs to, into run.goto_addresses; 0 or -1. */
static int find_goto(struct call *c)
{
	struct run *run = &c->session->run;
	const struct args_goto *a = &c->args.of_goto;
	unsigned actual;
	int file;

	if (a->has_address == a->has_line)
		return fail(&c->failure, 400, "argument", "goto takes a line or an address");
	if (a->has_address)
		return goto_address(c, a->address);
	file = call_file(c, a->file);
	if (file < 0)
		return -1;
	run->goto_count = lines_breakpoints(c->session->image, file, a->line, run->goto_addresses,
	    BREAKPOINT_ADDRESSES, &actual);
	if (run->goto_count > BREAKPOINT_ADDRESSES)
		run->goto_count = BREAKPOINT_ADDRESSES;
	return run->goto_count > 0 ? 0 : fail(&c->failure, 422, "line", "there is no code on line %llu or behind it",
	    (unsigned long long)a->line);
}

static int translate(struct call *c, struct control_command *out)
{
	const struct args *a = &c->args;

	memset(out, 0, sizeof(*out));
	out->count = 1;
	out->thread = (int)a->moment.thread;
	switch (c->command) {
	case COMMAND_stepIn:
		step(out, CONTROL_STEP_IN, a->of_stepIn.granularity, a->of_stepIn.count, a->of_stepIn.direction);
		out->enter = a->of_stepIn.enter;
		return 0;
	case COMMAND_stepBack:
		step(out, CONTROL_STEP_IN, a->of_stepBack.granularity, a->of_stepBack.count, DIRECTION_BACK);
		return 0;
	case COMMAND_next:
		step(out, CONTROL_NEXT, a->of_next.granularity, a->of_next.count, a->of_next.direction);
		return 0;
	case COMMAND_stepOut:
		step(out, CONTROL_STEP_OUT, a->of_stepOut.granularity, a->of_stepOut.count, a->of_stepOut.direction);
		return 0;
	case COMMAND_continue:
	case COMMAND_reverseContinue:
		out->kind = CONTROL_CONTINUE;
		out->backwards = c->command == COMMAND_reverseContinue;
		return 0;
	case COMMAND_seek:
		out->kind = CONTROL_SEEK;
		out->position = a->of_seek.position;
		return 0;
	case COMMAND_goto:
		out->kind = CONTROL_CONTINUE;
		out->backwards = a->of_goto.direction == DIRECTION_BACK;
		return find_goto(c);
	default:
		return fail(&c->failure, 400, "argument", "not a control command");
	}
}

int run_apply_breakpoints(struct session *s)
{
	size_t count;
	uint64_t *addresses = breakpoints_addresses(s->breakpoints, s->run.goto_addresses,
	    s->run.to_goto ? s->run.goto_count : 0, &count);
	int r = addresses != NULL ? control_set_breakpoints(s->control, addresses, count) : -ENOMEM;

	free(addresses);
	control_await_images(s->control, breakpoints_pending(s->breakpoints));
	return r;
}

/* -- running ---------------------------------------------------------------------------- */

static void end_run(struct session *s)
{
	s->run.active = false;
	evtimer_del(s->run.announce);
	if (s->run.to_goto) {
		s->run.to_goto = false;
		if (run_apply_breakpoints(s) < 0)
			log_warning("the breakpoints could not be set again");
	}
}

/* Ask control.c for the next part: the seek, then the command itself. */
static void advance(struct session *s)
{
	const struct control_command seek = { .kind = CONTROL_SEEK, .position = s->run.from, .count = 1 };
	int r = control_start(s->control, s->run.seeking ? &seek : &s->run.command);

	if (r == 0)
		return;
	end_run(s);
	waiting_refuse(s, r);
}

void run_done(void *session)
{
	/* From within control.c: let it finish what it is doing. */
	event_active(((struct session *)session)->run.done, EV_TIMEOUT, 0);
}

void run_images(void *session)
{
	struct session *s = session;

	if (s->control == NULL || !breakpoints_resolve(s->breakpoints, s->image))
		return;
	if (run_apply_breakpoints(s) < 0)
		log_warning("the breakpoints could not be set again");
	notify_breakpoints(s);
}

static bool at_goto(const struct session *s, const struct view *view)
{
	for (size_t i = 0; s->run.to_goto && i < s->run.goto_count; i++)
		if (view->registers.word[REG_PC] == s->run.goto_addresses[i])
			return true;
	return false;
}

static bool reached_goto(const struct session *s)
{
	const struct view *view = control_view(s->control, control_position(s->control), 0);

	return view != NULL && control_reason(s->control) == REASON_BREAKPOINT && at_goto(s, view);
}

bool run_stops(void *session, uint64_t position, struct view *view)
{
	struct session *s = session;
	bool stop = at_goto(s, view);

	return hits_stop(s, position, view, stop);
}

static void answer_finished(struct call *c)
{
	struct control_obstacle obstacle;
	int error = control_failed(c->session->control, &obstacle);

	if (error == 0 || c->command == COMMAND_pause) {
		waiting_answer(c);
		return;
	}
	run_failed(c, error, &obstacle);
	call_refuse(c);
}

static void finish(struct session *s)
{
	struct call_list told = TAILQ_HEAD_INITIALIZER(told);
	struct control_obstacle obstacle;
	struct call *c;

	s->run.reached_goto = reached_goto(s);
	end_run(s);
	TAILQ_CONCAT(&told, &s->waiting, entry);
	while ((c = TAILQ_FIRST(&told)) != NULL) {
		TAILQ_REMOVE(&told, c, entry);
		s->waiting_count--;
		answer_finished(c);
		call_free(c);
	}
	notify_threads(s);
	/* What has done nothing is news only to who was told that it goes on. */
	if (control_failed(s->control, &obstacle) == 0 || s->run.announced || s->run.from != s->run.before)
		notify_stopped(s);
	waiting_ended(s);
}

static void on_finished(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;

	(void)fd;
	(void)what;
	if (!s->run.active || control_busy(s->control))
		return;
	if (s->run.pause_wanted || !s->run.seeking) {
		finish(s);
		return;
	}
	s->run.seeking = false;
	advance(s);
}

/* -- beginning ---------------------------------------------------------------------------- */

/* Where the command starts, and that it can. */
static int check_start(struct call *c)
{
	struct control *control = c->session->control;
	struct args_moment *m = &c->args.moment;

	if (c->command == COMMAND_seek) {
		m->position = c->args.of_seek.position;
		m->has_position = true;
	}
	if (call_moment(c) < 0)
		return -1;
	if (c->command == COMMAND_seek)
		c->position = control_position(control);
	if (m->thread != 0 && call_view(c) == NULL)
		return -1;
	return 0;
}

static void begin(struct call *c)
{
	static const struct timeval announce = ANNOUNCE_AFTER;
	struct session *s = c->session;
	struct run *run = &s->run;

	run->active = true;
	run->announced = run->reached_goto = run->pause_wanted = false;
	run->from = c->position;
	run->before = control_position(s->control);
	run->seeking = run->from != run->before;
	run->to_goto = c->command == COMMAND_goto;
	evtimer_add(run->announce, &announce);
	waiting_add(c);
	if (run->to_goto && run_apply_breakpoints(s) < 0) {
		end_run(s);
		waiting_refuse(s, -ENOMEM);
		return;
	}
	advance(s);
	if (run->active && control_busy(s->control))
		notify_waiting(s);
}

/* A command while another one is unfinished: joins it, or has to wait. */
static int join(struct call *c)
{
	const struct run *run = &c->session->run;
	bool backwards = c->command == COMMAND_reverseContinue;

	if (c->command == COMMAND_pause)
		return 0;
	if ((c->command == COMMAND_continue || backwards) && run->command.kind == CONTROL_CONTINUE &&
	    run->command.backwards == backwards && !run->to_goto)
		return 0;
	return fail(&c->failure, 409, "busy",
	    "a control command is under way: wait for its stopped event, or pause it");
}

static int try_command(struct call *c)
{
	struct session *s = c->session;

	if (s->waiting_count >= CALLS_WAITING_MAX)
		return fail(&c->failure, 503, "busy", "too many requests wait for this session");
	if (s->run.active)
		return join(c);
	if (check_start(c) < 0)
		return -1;
	return c->command == COMMAND_pause ? 0 : translate(c, &s->run.command);
}

void run_command(struct call *c)
{
	struct session *s = c->session;
	bool pause = c->command == COMMAND_pause;

	if (try_command(c) < 0) {
		call_refuse(c);
		call_free(c);
	} else if (s->run.active) {
		waiting_add(c);
		s->run.pause_wanted |= pause;
		if (pause)
			control_pause(s->control);
		else
			notify_waiting(s);
	} else if (pause) {
		s->run.from = control_position(s->control);
		waiting_answer(c);
		call_free(c);
	} else {
		begin(c);
	}
}
