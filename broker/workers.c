/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/launcher.h"
#include "broker/workers.h"
#include "src/log.h"

#define BUCKETS 1024	/* ids are consecutive: no need to hash */

struct worker {
	LIST_ENTRY(worker) by_id;
	TAILQ_ENTRY(worker) in_stock;
	struct workers *all;
	uint64_t id;
	struct chan *chan;	/* NULL before SPAWNED and after its end */
	int pidfd;		/* of a spare; -1 once it is in use, or not yet there */
	bool ready;		/* HELLO has been exchanged */
	bool stocked;		/* a spare that can be taken */
	bool taken;		/* in use, now or once */
	bool killed;
	bool closed, exited;	/* gone when both: what it has still said is read first */
	const struct worker_user *user;	/* NULL: a spare, or released */
	void *arg;
	struct worker_end end;
};

struct workers {
	struct workers_setup setup;
	LIST_HEAD(, worker) by_id[BUCKETS];
	TAILQ_HEAD(stock, worker) stock[LAUNCH_KIND_COUNT];
	unsigned stocked[LAUNCH_KIND_COUNT], in_use[LAUNCH_KIND_COUNT];
	uint64_t last_id;
	struct event *refill;
};

static const enum msg_peer peers[LAUNCH_KIND_COUNT] = {
	[LAUNCH_HTTPD] = PEER_HTTPD, [LAUNCH_COMPILER] = PEER_COMPILER, [LAUNCH_TRACER] = PEER_TRACER,
};

static struct worker *find(struct workers *all, uint64_t id)
{
	struct worker *w;

	LIST_FOREACH(w, &all->by_id[id % BUCKETS], by_id)
		if (w->id == id)
			return w;
	return NULL;
}

/* -- the end -------------------------------------------------------------- */

/* From then on the channel and EXITED tell all there is to know. */
static void drop_pidfd(struct worker *w)
{
	if (w->pidfd >= 0)
		close(w->pidfd);
	w->pidfd = -1;
}

static void leave_stock(struct worker *w)
{
	drop_pidfd(w);
	if (!w->stocked)
		return;
	TAILQ_REMOVE(&w->all->stock[w->end.kind], w, in_stock);
	w->all->stocked[w->end.kind]--;
	w->stocked = false;
}

/* The last of its channel has been read and the launcher has said EXITED.  A
 * spare is not replaced before the next one is taken: one that dies at its
 * start would otherwise be started for ever. */
static void gone(struct worker *w)
{
	struct workers *all = w->all;
	enum launch_kind kind = w->end.kind;
	bool taken = w->taken;

	if (!taken)
		log_warning("a spare %s has gone: %s", worker_kind_name(kind),
		    w->end.error != 0 ? strerror(w->end.error) : w->end.why);
	leave_stock(w);
	LIST_REMOVE(w, by_id);
	if (taken)
		all->in_use[kind]--;
	if (w->user != NULL)
		w->user->gone(w->arg, &w->end);
	free(w);
	if (taken)
		all->setup.on_room(all->setup.arg, kind);
}

static void kill_once(struct worker *w)
{
	if (!w->killed && !w->exited)
		launcher_kill(w->all->setup.launcher, w->end.kind, w->id);
	w->killed = true;
}

static void closed(struct worker *w, const char *why)
{
	leave_stock(w);
	w->chan = NULL;
	w->closed = true;
	w->ready = false;
	snprintf(w->end.why, sizeof w->end.why, "%s", why);
	if (w->exited)
		gone(w);
	else
		kill_once(w);
}

static void on_close(struct chan *c, const char *why)
{
	closed(chan_arg(c), why);
}

void worker_broken(struct worker *w, const char *why)
{
	log_warning("%s %llu: %s", worker_kind_name(w->end.kind), (unsigned long long)w->id, why);
	if (w->chan == NULL)
		return;
	chan_free(w->chan);
	closed(w, why);
}

void worker_release(struct worker *w)
{
	w->user = NULL;
	if (w->chan != NULL) {
		chan_free(w->chan);
		closed(w, "released");
	} else {
		w->closed = true;	/* also before SPAWNED: the channel is not taken then */
		kill_once(w);
	}
}

void workers_exited(struct workers *all, const struct launch_report *report)
{
	struct worker *w = find(all, report->id);

	if (w == NULL || w->exited) {
		log_warning("the launcher says that worker %llu has exited: there is none",
		    (unsigned long long)report->id);
		return;
	}
	w->exited = true;
	w->end.status = report->status;
	w->end.out_of_memory = report->out_of_memory != 0;
	log_debug("%s %llu has exited: %.3f s of processor time, %llu KiB at its greatest",
	    worker_kind_name(w->end.kind), (unsigned long long)w->id, (double)report->cpu_microseconds / 1e6,
	    (unsigned long long)report->memory_peak_bytes / 1024);
	if (w->closed)
		gone(w);
}

/* -- the start -------------------------------------------------------------- */

static struct worker *spawn(struct workers *all, enum launch_kind kind)
{
	struct worker *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->all = all;
	w->id = ++all->last_id;
	w->end.kind = kind;
	w->pidfd = -1;
	LIST_INSERT_HEAD(&all->by_id[w->id % BUCKETS], w, by_id);
	launcher_spawn(all->setup.launcher, kind, w->id);
	return w;
}

static void on_ready(struct chan *c)
{
	struct worker *w = chan_arg(c);

	w->ready = true;
	if (w->user != NULL)
		w->user->ready(w->arg);
}

static void open_channel(struct worker *w, int fd)
{
	struct chan_setup setup = {
		.base = w->all->setup.base, .fd = fd, .self = PEER_BROKER,
		.peer = peers[w->end.kind], .handlers = w->all->setup.handlers,
		.on_ready = on_ready, .on_close = on_close, .arg = w,
	};

	w->chan = chan_new(&setup);
	if (w->chan == NULL)
		closed(w, "no memory for its channel");
}

void workers_spawned(struct workers *all, const struct launch_report *report, int channel, int pidfd)
{
	struct worker *w = find(all, report->id);

	if (w != NULL && w->stocked)
		w->pidfd = pidfd;
	else if (pidfd >= 0)
		close(pidfd);

	if (w != NULL && report->error != 0) {
		w->end.error = report->error;
		w->closed = w->exited = true;
		gone(w);
	} else if (w != NULL && !w->closed && w->chan == NULL) {
		open_channel(w, channel);
	} else if (channel >= 0) {
		close(channel);	/* released before it was there */
	}
}

/* -- stock ------------------------------------------------------------------ */

static void on_refill(evutil_socket_t fd, short what, void *arg)
{
	static const enum launch_kind spares[] = { LAUNCH_COMPILER, LAUNCH_TRACER };
	struct workers *all = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < sizeof spares / sizeof *spares; i++)
		while (all->stocked[spares[i]] < all->setup.spare) {
			struct worker *w = spawn(all, spares[i]);

			if (w == NULL)
				return;
			w->stocked = true;
			all->stocked[spares[i]]++;
			TAILQ_INSERT_TAIL(&all->stock[spares[i]], w, in_stock);
		}
}

static void refill_soon(struct workers *all)
{
	event_active(all->refill, EV_TIMEOUT, 0);
}

/* It has ended, and the loop has not come to its channel's end yet. */
static bool has_ended(const struct worker *w)
{
	struct pollfd poller = { .fd = w->pidfd, .events = POLLIN };

	return w->pidfd >= 0 && poll(&poller, 1, 0) > 0;
}

/* A spare that lives, or NULL. */
static struct worker *from_stock(struct workers *all, enum launch_kind kind)
{
	struct worker *w;

	while ((w = TAILQ_FIRST(&all->stock[kind])) != NULL) {
		bool ended = has_ended(w);

		leave_stock(w);
		if (!ended)
			return w;
	}
	return NULL;
}

struct worker *worker_take(struct workers *all, enum launch_kind kind, const struct worker_user *user, void *arg)
{
	struct worker *w = from_stock(all, kind);

	if (w == NULL)
		w = spawn(all, kind);
	if (w == NULL)
		return NULL;
	all->in_use[kind]++;
	w->taken = true;
	w->user = user;
	w->arg = arg;
	refill_soon(all);
	return w;
}

/* -- questions ---------------------------------------------------------------- */

bool worker_is_ready(const struct worker *w)
{
	return w->ready;
}

struct chan *worker_chan(struct worker *w)
{
	return w->chan;
}

struct worker *worker_at(struct chan *c)
{
	return chan_arg(c);
}

void *worker_used_by(struct chan *c, const struct worker_user *user)
{
	return worker_at(c)->user == user ? worker_at(c)->arg : NULL;
}

unsigned workers_in_use(const struct workers *all, enum launch_kind kind)
{
	return all->in_use[kind];
}

/* -- life --------------------------------------------------------------------- */

struct workers *workers_new(const struct workers_setup *setup)
{
	struct workers *all = calloc(1, sizeof *all);

	if (all == NULL)
		return NULL;
	all->setup = *setup;
	for (int k = 0; k < LAUNCH_KIND_COUNT; k++)
		TAILQ_INIT(&all->stock[k]);
	all->refill = event_new(setup->base, -1, 0, on_refill, all);
	if (all->refill == NULL) {
		free(all);
		return NULL;
	}
	event_priority_set(all->refill, PRIORITY_IDLE);
	return all;
}
