/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * penguintrace-broker: who may have a session, and how long.
 *
 * Started by the launcher with fd 3, a channel to it (src/launch.h), and fd 4,
 * the settings.  Holds the table of sessions, one channel to httpd and one to
 * each worker, and sealed memfds: it compares their bytes and knows no more of them.  No file system,
 * no network, no capability, no child of its own.
 *
 * Trusts the launcher; believes httpd about whose request it is and nothing
 * else; trusts no worker: what they say has been checked against the message
 * table before a handler here sees it, and is checked again where only the
 * broker knows what makes sense.  Whoever breaks the rules loses its channel
 * and, when a worker, its life; the service goes on.
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/cache.h"
#include "broker/ended.h"
#include "broker/front.h"
#include "broker/launcher.h"
#include "broker/limits.h"
#include "broker/probe.h"
#include "broker/queue.h"
#include "broker/table.h"
#include "broker/workers.h"
#include "src/launch.h"
#include "src/log.h"
#include "src/sandbox/sandbox.h"

#define HANDLE_BROKER(n) HANDLE(n)
#include "src/handlers.h"

uint64_t broker_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec;
}

/* -- from the launcher ------------------------------------------------------ */

static void on_spawned(void *arg, const struct launch_report *report, int channel, int pidfd)
{
	struct broker *b = arg;

	if (report->kind != LAUNCH_HTTPD) {
		workers_spawned(b->workers, report, channel, pidfd);
	} else if (channel >= 0) {
		front_open(b, channel);
		close(pidfd);	/* its channel's end is enough */
	}
}

static void on_exited(void *arg, const struct launch_report *report)
{
	struct broker *b = arg;

	if (report->kind != LAUNCH_HTTPD)	/* its channel tells */
		workers_exited(b->workers, report);
}

static void on_launcher_gone(void *arg)
{
	struct broker *b = arg;

	log_info("the launcher has gone");
	event_base_loopbreak(b->base);
}

static void on_room(void *arg, enum launch_kind kind)
{
	(void)kind;
	queue_wake(arg);
}

/* -- the end ---------------------------------------------------------------- */

/* The launcher asks so when it has a drain_timeout: sessions go on, none is new. */
static void on_sigterm(evutil_socket_t number, short what, void *arg)
{
	struct broker *b = arg;

	(void)number;
	(void)what;
	log_info("draining: %zu sessions", table_count(b->table));
	b->draining = true;
	broker_check_drained(b);
}

/* The launcher ends everything when we end: httpd first passes on the answers
 * that are on their way. */
void broker_check_drained(struct broker *b)
{
	const struct timeval grace = { .tv_usec = 500000 };

	if (b->draining && table_count(b->table) == 0)
		event_base_loopexit(b->base, &grace);
}

/* -- set-up ----------------------------------------------------------------- */

static void read_settings(struct broker *b)
{
	char why[CONF_WHY_MAX];

	if (conf_read_fd(&b->conf, LAUNCH_FD_SETTINGS, why) < 0)
		die("settings: %s", why);
	close(LAUNCH_FD_SETTINGS);
	b->isolation = (enum isolation)sandbox_level(b->conf.isolation);
	log_init("broker", log_level_of(b->conf.log_level));
}

static void open_loop(struct broker *b)
{
	struct event *term;

	b->base = event_base_new();
	if (b->base == NULL || event_base_priority_init(b->base, PRIORITY_COUNT) < 0)
		die("no event loop");
	term = evsignal_new(b->base, SIGTERM, on_sigterm, b);
	if (term == NULL || event_add(term, NULL) < 0)
		die("no event for SIGTERM");
}

static void make_parts(struct broker *b)
{
	struct launcher_setup launcher = {
		.base = b->base, .fd = LAUNCH_FD_CHANNEL, .on_spawned = on_spawned,
		.on_exited = on_exited, .on_gone = on_launcher_gone, .arg = b,
	};
	struct workers_setup workers = {
		.base = b->base, .handlers = chan_handlers,
		.spare = (unsigned)b->conf.spare_workers, .on_room = on_room, .arg = b,
	};

	b->handlers = chan_handlers;
	workers.launcher = b->launcher = launcher_new(&launcher);
	b->table = table_new(b->conf.sessions_max);
	b->ended = ended_new();
	b->cache = cache_new(b->conf.compile_cache);
	if (b->launcher == NULL || b->table == NULL || b->ended == NULL || b->cache == NULL)
		die("no memory");
	b->workers = workers_new(&workers);
	if (b->workers == NULL || queue_init(b) < 0 || front_init(b) < 0)
		die("no memory");
}

static void give_up_privileges(struct broker *b)
{
	struct sandbox_error error;

	if (sandbox_self(SANDBOX_BROKER, b->isolation, &error) < 0)
		die("sandbox: %s", error.what);
}

int main(void)
{
	static struct broker broker;

	read_settings(&broker);
	limits_descriptors(&broker.conf);
	open_loop(&broker);
	make_parts(&broker);
	give_up_privileges(&broker);
	if (probe_start(&broker) < 0)
		die("no memory");
	event_base_dispatch(broker.base);
	return 0;
}
