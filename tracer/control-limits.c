/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a session may use up: each limit has a name, a size, and a way on. */
#include <string.h>

#include "tracer/control-private.h"

enum { MICROSECONDS = 1000000 };

/* -- the clock: how long the program has run for the last command ------------------ */

static uint64_t elapsed(const struct clock *k)
{
	struct timespec now;

	if (!k->runs)
		return k->microseconds;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return k->microseconds + (uint64_t)(now.tv_sec - k->since.tv_sec) * MICROSECONDS +
	    (uint64_t)((now.tv_nsec - k->since.tv_nsec) / 1000);
}

static uint64_t time_limit(const struct control *c)
{
	return c->setup.run_seconds_max;
}

static uint64_t time_used(const struct control *c)
{
	uint64_t used = elapsed(&c->clock) / MICROSECONDS;

	/* The loop's clock is not quite this one: when it says that it is time, it is. */
	return c->clock.over && used < time_limit(c) ? time_limit(c) : used;
}

static void on_clock(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;

	(void)fd;
	(void)what;
	c->clock.over = true;
	if (c->stretch.kind != STRETCH_NONE && c->stretch.end == END_NONE)
		stretch_end(c, END_LIMIT, c->stretch.thread);
	else
		pump_soon(c);
}

bool clock_init(struct control *c)
{
	c->clock.timer = evtimer_new(c->setup.base, on_clock, c);
	return c->clock.timer != NULL;
}

static void clock_run(struct control *c, bool on)
{
	struct clock *k = &c->clock;
	uint64_t limit = time_limit(c) * MICROSECONDS, left;
	struct timeval after;

	if (k->runs == on)
		return;
	k->microseconds = elapsed(k);
	k->runs = on;
	if (!on) {
		evtimer_del(k->timer);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &k->since);
	left = k->microseconds < limit ? limit - k->microseconds : 0;
	after = (struct timeval){ (time_t)(left / MICROSECONDS), (suseconds_t)(left % MICROSECONDS) };
	evtimer_add(k->timer, &after);
}

void clock_restart(struct control *c)
{
	clock_run(c, false);
	c->clock.microseconds = 0;
	c->clock.over = false;
}

void clock_look(struct control *c)
{
	if (c->started)
		clock_run(c, !c->waiting && (c->stretch.kind != STRETCH_NONE || c->busy || ahead_goes_on(c)));
}

/* -- the limits ------------------------------------------------------------------------ */

static uint64_t steps_limit(const struct control *c)
{
	return c->setup.steps_max;
}

static uint64_t timeline_limit(const struct control *c)
{
	return c->setup.log_bytes_max;
}

static uint64_t timeline_used(const struct control *c)
{
	return c->timeline != NULL ? timeline_memory(c->timeline) : 0;
}

static uint64_t output_limit(const struct control *c)
{
	return c->setup.output_bytes_max;
}

static const struct {
	const char *name, *unit;
	uint64_t (*limit)(const struct control *), (*used)(const struct control *);
	const char *advice;
} table[] = {
	{ "steps", "steps", steps_limit, control_frontier,
	    "All that is recorded can be visited. To get further, run it again with a breakpoint nearer to "
	    "what you look for, and record only what is stepped." },
	{ "timeline", "bytes", timeline_limit, timeline_used,
	    "All that is recorded can be visited. To get further, run it again with a breakpoint nearer to "
	    "what you look for, and record only what is stepped." },
	{ "output", "bytes", output_limit, control_output_end,
	    "The program has printed as much as is kept. Run it again with less output." },
	{ "time", "s", time_limit, time_used,
	    "It has run this long without waiting for input. Continue lets it run for as long again." },
};
enum { TABLE = sizeof table / sizeof table[0], TIMELINE = 1 };

static struct control_limit look(const struct control *c, size_t i)
{
	return (struct control_limit){ table[i].name, table[i].unit, table[i].advice,
	    table[i].limit(c), table[i].used(c) };
}

size_t control_limits(const struct control *c, struct control_limit *out, size_t max)
{
	size_t n = 0;

	while (n < TABLE && n < max) {
		out[n] = look(c, n);
		n++;
	}
	if (n < max && c->ahead.policy != RECORDS_STEPS)
		out[n++] = ahead_limit(c);
	return n;
}

bool limit_find(const struct control *c, struct control_limit *limit)
{
	for (size_t i = 0; i < TABLE; i++)
		if (table[i].used(c) >= table[i].limit(c)) {
			*limit = look(c, i);
			return true;
		}
	*limit = look(c, TIMELINE);
	return c->incomplete;
}

bool limit_reached(struct control *c)
{
	c->has_hit = limit_find(c, &c->hit);
	return c->has_hit;
}

const struct control_limit *control_limit_hit(const struct control *c)
{
	return c->has_hit ? &c->hit : NULL;
}
