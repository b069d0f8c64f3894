/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What was recorded ahead is made anew for a command, or cannot be: who hears of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tracer/session-parts.h"

enum { REASON_MAX = 320, TEXT_MAX = 512 };

/* -- it was -------------------------------------------------------------------------- */

static bool in_library(const struct session *s, const struct breakpoint *b)
{
	for (size_t i = 0; i < b->address_count; i++)
		if (!control_is_own(s->control, b->addresses[i]))
			return true;
	return false;
}

/* true: some breakpoint says something else now.  text "": nothing. */
static bool say(struct session *s, const char *text)
{
	size_t count;
	struct breakpoint *list = breakpoints_list(s->breakpoints, &count);
	bool changed = false;

	for (size_t i = 0; i < count; i++) {
		struct breakpoint *b = &list[i];

		if (!in_library(s, b) || (text[0] == '\0' && !b->unheard) || strcmp(b->message, text) == 0)
			continue;
		snprintf(b->message, sizeof(b->message), "%s", text);
		b->unheard = text[0] != '\0';
		changed = true;
	}
	return changed;
}

void notify_remade(void *session)
{
	struct session *s = session;

	hits_cut(s, control_frontier(s->control));
	if (s->run.before > control_frontier(s->control))
		s->run.before = BEFORE_CUT;
	notify_cut(s);
	if (say(s, ""))
		notify_breakpoints(s);
}

/* -- it could not be -------------------------------------------------------------------- */

/* "clone (step 1200, line 12): a thread …" */
static void reason_of(struct session *s, int error, const struct control_obstacle *o, char *text, size_t size)
{
	unsigned line;
	char place[40] = "";

	if (error == -EPERM && change_place(s, o, &line) != NULL)
		snprintf(place, sizeof(place), ", line %u", line);
	if (error == -EPERM)
		snprintf(text, size, "%s (step %llu%s): %s", o->what, (unsigned long long)o->position, place, o->why);
	else
		snprintf(text, size, "%s", error == -EPIPE ? "the program is no more" :
		    error == -ENOMEM ? "there is no memory for it" : "it could not be put back as it was");
}

void notify_unheard(void *session, int error, const struct control_obstacle *o, uint64_t position)
{
	static const char advice[] = "A new session with this breakpoint from the start, or recorded by the policy step, stops there.";
	struct session *s = session;
	char reason[REASON_MAX], text[TEXT_MAX];

	reason_of(s, error, o, reason, sizeof(reason));
	snprintf(text, sizeof(text), "It stops nothing in library calls up to step %llu: they were recorded without it, and "
	    "the program cannot be taken back: %s.", (unsigned long long)position, reason);
	if (!say(s, text))
		return;
	notify_breakpoints(s);
	snprintf(text, sizeof(text), "Breakpoints in libraries stop nothing up to step %llu, which was recorded before they "
	    "were set: %s.", (unsigned long long)position, reason);
	notify_limit(s, &(struct control_limit){ .name = "rewind", .unit = "steps", .limit = position,
	    .used = control_frontier(s->control), .advice = advice }, session_cursor(s), text);
}

int run_failed(struct call *c, int error, const struct control_obstacle *o)
{
	struct session *s = c->session;
	char reason[REASON_MAX];

	reason_of(s, error, o, reason, sizeof(reason));
	if (error == -EPERM) {
		snprintf(c->failure.obstacle, sizeof(c->failure.obstacle), "%s", o->what);
		c->failure.obstacle_position = o->position;
		c->failure.obstacle_file = change_place(s, o, &c->failure.obstacle_line);
	}
	return fail(&c->failure, 409, "prevented", "the library call is recorded as one step, and the program cannot be taken "
	    "back to step into it: %s. In a new session, recorded by the policy `step' or `everything', it can be entered", reason);
}
