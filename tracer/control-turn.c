/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Whose turn it is.  While stepping one thread runs, and the others are held where
 * they are; when it blocks it is the next one's turn, and those that wait in the kernel
 * run along with each native stretch.  The thread of a step has its turn again as
 * soon as it can go on.
 */
#include "tracer/control-private.h"

/* A step whose thread is blocked sees whether it can go on after 1, 2, 4, … records of others,
 * and after each so many. */
enum { TRY_EVERY = 4096 };

static struct tracee *thread_by_id(struct control *c, int id)
{
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->id == id && !t->exited)
			return t;
	return NULL;
}

void turn_take(struct control *c)
{
	struct goal *g = &c->goal;
	struct tracee *t;

	if (!c->busy || (c->command.kind == CONTROL_CONTINUE && c->command.thread == 0) ||
	    (c->current != NULL && c->current->id == g->start.thread))
		return;
	t = thread_by_id(c, g->start.thread);
	if (t == NULL || !t->stopped)
		return;
	g->others += !t->own || t->in_call;
	if ((t->own && !t->in_call) || (g->others & (g->others - 1)) == 0 || g->others % TRY_EVERY == 0)
		c->current = t;
}

/* A thread that came to where it is while another one's stretch ran has no position of
 * its own there yet: breakpoints and steps would not see it. */
bool turn_arrive(struct control *c, struct tracee *t)
{
	struct thread_change change = { .id = t->id, .registers = &t->registers };

	if (!t->unseen)
		return false;
	t->unseen = false;
	if (registers_in_log(c, t) == NULL || !timeline_append(c->timeline, RECORD_TURN, &change, 1))
		return false;
	catch_arrived(c);
	return true;
}

bool control_blocked(const struct control *c)
{
	bool any = false;

	if (c->stretch.kind == STRETCH_NONE || c->waiting || has_ended(c))
		return false;
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next) {
		if (t->id <= 0 || t->exited)
			continue;
		if (t->stopped || !thread_sleeps(t))
			return false;
		any = true;
	}
	return any;
}
