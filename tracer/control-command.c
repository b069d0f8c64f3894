/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Commands begin here. */
#include <errno.h>
#include <stdlib.h>

#include "tracer/control-private.h"

/* From the line of an inlined call into it: no instruction is needed. */
static bool enters_inlined(const struct control *c)
{
	const struct control_command *k = &c->command;

	return k->kind == CONTROL_STEP_IN && !k->by_instruction && k->count <= 1 && k->thread == 0 &&
	    control_before_calls(c, c->cursor, 0) > 0;
}

static void start_forwards(struct control *c)
{
	c->goal = (struct goal){ .left = c->command.count > 0 ? c->command.count : 1,
	    .from = c->cursor, .shown = c->reason == REASON_EXCEPTION };
	if (enters_inlined(c)) {
		c->before.count = 0;
		command_finish(c, REASON_STEP);
		return;
	}
	goal_begin(c);
	remake_begin(c);
	pump(-1, 0, c);
}

static void start_backwards(struct control *c)
{
	enum control_reason reason = REASON_STEP;

	c->cursor = search_back(c, &reason);
	command_finish(c, c->cursor == 0 && reason != REASON_BREAKPOINT ? REASON_ENTRY : reason);
}

int control_start(struct control *c, const struct control_command *command)
{
	if (c->busy || !c->started || c->ahead.halted)
		return -EBUSY;
	if (command->kind > CONTROL_SEEK)
		return -EINVAL;
	if (command->kind == CONTROL_SEEK && command->position > c->timeline->frontier)
		return -ERANGE;
	c->command = *command;
	c->command.enter &= command->kind == CONTROL_STEP_IN;
	c->busy = true;
	c->has_hit = false;
	c->remaking.error = 0;
	clock_restart(c);
	c->breaking.decided = 0;
	if (command->kind == CONTROL_SEEK) {
		c->cursor = command->position;
		command_finish(c, REASON_GOTO);
	} else if (command->backwards) {
		start_backwards(c);
	} else {
		start_forwards(c);
	}
	return 0;
}

void control_pause(struct control *c)
{
	if (!c->busy)
		return;
	c->pausing = true;
	/* The recorder's stretch goes on, unless it is what the command waits for. */
	if (c->stretch.kind != STRETCH_NONE && c->cursor == c->timeline->frontier)
		stretch_end(c, END_PAUSED, c->stretch.thread);
	else
		pump_soon(c);
}
