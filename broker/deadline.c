/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdio.h>

#include "broker/deadline.h"
#include "broker/session.h"
#include "src/log.h"

void deadline_set(struct session *s, uint64_t seconds)
{
	struct timeval after = { .tv_sec = (time_t)seconds };

	if (evtimer_add(s->timer, &after) < 0)
		die("no memory for a session's deadline");
}

/* Seconds until nobody has been here for session_idle. */
static uint64_t idle_left(const struct session *s)
{
	uint64_t idle = broker_now() - s->used, max = s->broker->conf.session_idle;

	if (s->clients > 0)
		return max;
	return idle < max ? max - idle : 0;
}

static uint64_t wall_left(const struct session *s)
{
	uint64_t age = broker_now() - s->born, max = s->broker->conf.session_wall;

	return age < max ? max - age : 0;
}

void deadline_live(struct session *s)
{
	uint64_t idle = idle_left(s), wall = wall_left(s);
	char message[256];

	if (wall == 0) {
		snprintf(message, sizeof message, "The session has reached session_wall (%llu s), "
		    "the longest that one may last. Run the program again.",
		    (unsigned long long)s->broker->conf.session_wall);
		session_end(s, 410, "session_wall", message);
	} else if (idle == 0) {
		snprintf(message, sizeof message, "Nobody was connected to the session for "
		    "session_idle (%llu s). Run the program again.",
		    (unsigned long long)s->broker->conf.session_idle);
		session_end(s, 410, "session_idle", message);
	} else {
		deadline_set(s, idle < wall ? idle : wall);
	}
}

void deadline_passed(evutil_socket_t fd, short what, void *arg)
{
	struct session *s = arg;
	char message[256];

	(void)fd;
	(void)what;
	switch (s->phase) {
	case PHASE_QUEUED:
		break;	/* those before it have deadlines */
	case PHASE_COMPILING:
		snprintf(message, sizeof message, "The compilation took longer than compile_wall (%llu s) "
		    "and was stopped. Make the program smaller or simpler.",
		    (unsigned long long)s->broker->conf.compile_wall);
		session_end(s, 422, "limit_time", message);
		break;
	case PHASE_STARTING:
		snprintf(message, sizeof message, "The program did not come to its first stop within "
		    "start_wall (%llu s). What runs before main (constructors) must come to an end.",
		    (unsigned long long)s->broker->conf.start_wall);
		session_end(s, 422, "start_wall", message);
		break;
	case PHASE_LIVE:
		deadline_live(s);
		break;
	}
}

void deadline_touch(struct session *s)
{
	s->used = broker_now();
}

void deadline_clients(struct session *s, uint64_t count)
{
	s->clients = count;
	deadline_touch(s);
}
