/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The broker's end of its channel to the launcher (src/launch.h).  The
 * launcher is trusted: what it says is checked only for being the same
 * version's words.
 */
#ifndef PT_BROKER_LAUNCHER_H
#define PT_BROKER_LAUNCHER_H

#include <event2/event.h>

#include "src/launch.h"

struct launcher;

struct launcher_setup {
	struct event_base *base;
	int fd;			/* becomes its own, set non-blocking */
	/* Both are the callee's to close; -1 when report->error is set. */
	void (*on_spawned)(void *arg, const struct launch_report *report, int channel, int pidfd);
	void (*on_exited)(void *arg, const struct launch_report *report);
	/* The launcher has gone: nothing is left to do. */
	void (*on_gone)(void *arg);
	void *arg;
};

/* NULL when memory or the event loop fails. */
struct launcher *launcher_new(const struct launcher_setup *);

/* Ask for a worker; id has never been used before. */
void launcher_spawn(struct launcher *, enum launch_kind, uint64_t id);

/* Everything in this worker dies; EXITED follows, also when it has died by itself. */
void launcher_kill(struct launcher *, enum launch_kind, uint64_t id);

#endif
