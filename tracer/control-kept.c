/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the kernel keeps of the program's state and no register or byte of memory
 * shows: which signals a thread blocks, and what each does.  It goes into the record,
 * so that the program can be taken back with it.
 */
#include <string.h>
#include <sys/syscall.h>

#include "tracer/control-rewind.h"

void kept_begin(struct control *c)
{
	struct tracee *t = process_threads(c->process);

	c->signals_set = t != NULL ? tracee_signals_set(t) : UINT64_MAX;
	kept_masks(c);
}

void kept_masks(struct control *c)
{
	uint64_t mask;

	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->id > 0 && t->stopped && !t->exited && tracee_get_mask(t, &mask) == 0)
			events_mask(&c->timeline->events, c->timeline->frontier, t->id, mask);
}

void kept_call(struct control *c, const struct arch_call *call, int64_t result)
{
	struct action_event event = { .position = c->timeline->frontier + 1,
	    .number = (int)call->arguments[0] };

	if (call->number != SYS_rt_sigaction || result != 0 || call->arguments[1] == 0)
		return;
	/* The kernel has read it a moment ago, and so far nobody else has run. */
	if (process_read(c->process, call->arguments[1], event.action, ACTION_SIZE) == ACTION_SIZE)
		events_action(&c->timeline->events, &event);
}

bool kept_action(const struct control *c, uint64_t position, int number, uint8_t action[ACTION_SIZE])
{
	const struct action_event *a = events_action_at(&c->timeline->events, position, number);

	if (a != NULL) {
		memcpy(action, a->action, ACTION_SIZE);
		return true;
	}
	memset(action, 0, ACTION_SIZE);		/* SIG_DFL */
	return (c->signals_set >> (number - 1) & 1) == 0;
}
