/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Commands begin here; breakpoints are where they end. */
#include <errno.h>
#include <stdlib.h>

#include "tracer/control-private.h"

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

bool is_breakpoint(const struct control *c, uint64_t pc)
{
	return c->breakpoint_count > 0 && bsearch(&pc, c->breakpoints, c->breakpoint_count,
	    sizeof pc, by_value) != NULL;
}

static void start_forwards(struct control *c)
{
	c->goal = (struct goal){ .left = c->command.count > 0 ? c->command.count : 1,
	    .shown = c->reason == REASON_EXCEPTION };
	goal_begin(c);
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
	c->busy = true;
	c->has_hit = false;
	if (command->again)
		ahead_command_again(c);
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

int control_set_breakpoints(struct control *c, const uint64_t *addresses, size_t count)
{
	uint64_t *copy = malloc((count + 1) * sizeof *copy);

	if (copy == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		copy[i] = addresses[i];
	qsort(copy, count, sizeof *copy, by_value);
	free(c->breakpoints);
	c->breakpoints = copy;
	c->breakpoint_count = count;
	return 0;
}
