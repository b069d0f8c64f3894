/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A change begins: the program is taken back to where it is to be made. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tracer/program/lines.h"
#include "tracer/session-parts.h"

/* -- what came of it --------------------------------------------------------------- */

int change_refuse(struct call *c, int error)
{
	struct failure *f = &c->failure;

	switch (error) {
	case -EBUSY:
		return fail(f, 409, "busy", "the program runs: pause it, or wait for its stopped event");
	case -EPIPE:
		return c->position == control_frontier(c->session->control) ?
		    fail(f, 409, "exited", "the program has ended here: at any step before it can be changed") :
		    fail(f, 409, "exited", "the program is no more and cannot be taken back: start a new session");
	case -EDQUOT:
		return fail(f, 409, "limit", "a limit of the session is reached: nothing more is recorded here; go back to an earlier step");
	case -EAGAIN:
		return fail(f, 409, "in_call", "the program is within a system call: step until it has returned");
	case -EFAULT:
		return fail(f, 422, "bad_address", "the program has nothing there that can be changed");
	case -EIO:
		return fail(f, 422, "not_writable", "the kernel does not let this memory be changed");
	case -EPERM:
		return fail(f, 422, "protected", "this belongs to the kernel and the tracer: of the flags only CF, PF, AF, ZF, SF, DF and OF can be changed, of the segment registers none");
	case -EINVAL:
		return fail(f, 422, "value", "this register cannot hold that value");
	default:
		return fail(f, 503, "memory", "no memory to record the change");
	}
}

const char *change_place(struct session *s, const struct control_obstacle *o, unsigned *line)
{
	struct view *view = o->position > 0 ? control_view(s->control, o->position - 1, 0) : NULL;
	struct line_row row;

	if (view == NULL || !lines_find(s->image, view_register(view, REG_PC), &row) || row.file < 0 ||
	    row.line == 0)
		return NULL;
	*line = row.line;
	return image_file(s->image, row.file);
}

static int prevented(struct call *c, const struct control_obstacle *o)
{
	struct failure *f = &c->failure;
	char line[40] = "";

	snprintf(f->obstacle, sizeof(f->obstacle), "%s", o->what);
	f->obstacle_position = o->position;
	f->obstacle_file = change_place(c->session, o, &f->obstacle_line);
	if (f->obstacle_file != NULL)
		snprintf(line, sizeof(line), ", line %u", f->obstacle_line);
	return fail(f, 409, "prevented", "the program cannot be taken back to step %llu: %s (step %llu%s): %s. "
	    "From step %llu on it can be changed; or start a new session", (unsigned long long)c->position,
	    o->what, (unsigned long long)o->position, line, o->why, (unsigned long long)o->position);
}

static int explain(struct call *c, int error, const struct control_obstacle *o)
{
	if (error == 0)
		return 0;
	if (error == -EPERM)
		return prevented(c, o);
	if (error == -EIO)
		return fail(&c->failure, 409, "not_restored", "the program could not be made what it was at step %llu: "
		    "its past is whole; to change it, start a new session", (unsigned long long)c->position);
	return change_refuse(c, error);
}

/* -- the steps of a change ------------------------------------------------------------ */

int change_check(struct call *c)
{
	const struct session *s = c->session;
	struct control_obstacle obstacle;

	if (s->run.active || control_busy(s->control))
		return change_refuse(c, -EBUSY);
	return explain(c, control_can_rewind(s->control, c->position, &obstacle), &obstacle);
}

int change_reach(struct call *c)
{
	struct session *s = c->session;
	struct control_obstacle obstacle;
	uint64_t epoch = control_epoch(s->control);
	int error = control_rewind(s->control, c->position, &obstacle);

	if (error == 0 && control_epoch(s->control) != epoch) {
		hits_cut(s, c->position);
		c->from = c->position;	/* of what the client knew nothing is left to compare with */
		notify_cut(s);
	}
	return explain(c, error, &obstacle);
}

int change_done(struct call *c, struct writer *w)
{
	struct session *s = c->session;

	s->run.from = s->run.before = c->from;
	s->run.reached_goto = false;
	c->position = session_cursor(s);
	state_write(s, w, c->from, c->position, 0);
	notify_stopped(s);
	return 0;
}

static int change_rewind(struct call *c, struct writer *w)
{
	if (change_check(c) < 0 || change_reach(c) < 0)
		return -1;
	return change_done(c, w);
}

call_body change_body(enum command command)
{
	static const call_body bodies[COMMAND_COUNT] = {
		[COMMAND_setVariable] = change_setVariable,
		[COMMAND_setRegister] = change_setRegister,
		[COMMAND_writeMemory] = change_writeMemory,
		[COMMAND_rewind] = change_rewind,
	};

	return bodies[command];
}
