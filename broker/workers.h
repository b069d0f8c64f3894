/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Workers: compilers and tracers, each for one job.  A few of each kind are
 * started before they are asked for (spare_workers), because the sandbox takes
 * some milliseconds to build.  Whoever takes one is told when it can be spoken
 * to and when it has gone, whatever the reason; a worker is never used twice.
 */
#ifndef PT_BROKER_WORKERS_H
#define PT_BROKER_WORKERS_H

#include "src/chan.h"
#include "src/launch.h"

struct launcher;
struct worker;
struct workers;

/* How a worker ended. */
struct worker_end {
	enum launch_kind kind;
	int error;		/* errno: it could not be started; the rest is empty then */
	int status;		/* as wait(2) gives it */
	bool out_of_memory;
	char why[128];		/* its channel's end: "closed", or what was wrong with what it said */
};

struct worker_user {
	/* HELLO has been exchanged: worker_chan() may be used. */
	void (*ready)(void *arg);
	/* The worker and all in it are gone, and it is freed after this. */
	void (*gone)(void *arg, const struct worker_end *);
};

struct workers_setup {
	struct event_base *base;
	struct launcher *launcher;
	const chan_handler *handlers;
	unsigned spare;
	/* A worker that was in use is gone: there is room for another. */
	void (*on_room)(void *arg, enum launch_kind);
	void *arg;
};

/* NULL when memory fails. */
struct workers *workers_new(const struct workers_setup *);

/* Take one.  When worker_is_ready() at once, user->ready is not called.
 * NULL when memory fails. */
struct worker *worker_take(struct workers *, enum launch_kind, const struct worker_user *user, void *arg);
bool worker_is_ready(const struct worker *);
/* NULL before SPAWNED, and from the channel's end until the worker is gone. */
struct chan *worker_chan(struct worker *);

/* Of the worker at the other end of a channel: itself; and the arg that this
 * user took it with, NULL when it is not this user's. */
struct worker *worker_at(struct chan *);
void *worker_used_by(struct chan *, const struct worker_user *user);

/* Its user needs it no more and is told nothing more: kill it. */
void worker_release(struct worker *);

/* What it said is well-formed and makes no sense, or it does not read: cut its
 * channel and kill it; user->gone follows. */
void worker_broken(struct worker *, const char *why);

/* Workers in use, until all that was in them is gone. */
unsigned workers_in_use(const struct workers *, enum launch_kind);

/* From the launcher; the descriptors become the worker's. */
void workers_spawned(struct workers *, const struct launch_report *, int channel, int pidfd);
void workers_exited(struct workers *, const struct launch_report *);

/* "compiler" */
const char *worker_kind_name(enum launch_kind);

/* "The compiler was killed by signal 9 (Killed)." */
void worker_describe_end(const struct worker_end *, char *text, size_t size);

#endif
