/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/answer.h"
#include "broker/handlers.h"
#include "broker/probe.h"
#include "broker/workers.h"
#include "src/log.h"

#define AGAIN_MAX 60	/* seconds between attempts, doubled up to this */

struct probe {
	struct broker *broker;
	struct worker *worker;
	struct event *timer;	/* the worker's deadline, or the next attempt */
	unsigned again;
};

/* What is lost below the full isolation: shown by /api/v1/info and the page. */
static const struct {
	const char *name, *note;
} levels[ISOLATION_MAX + 1] = {
	[ISOLATION_NONE] = { "none", "Programs run with no isolation from this machine and from each "
	    "other: only for a person's own programs." },
	[ISOLATION_RESTRICTED] = { "restricted", "This machine gives no user namespaces: programs are held by "
	    "separate users, Landlock and system-call filters, but share process ids with the service." },
	[ISOLATION_NAMESPACES] = { "namespaces", "" },
};

static void set_timer(struct probe *p, uint64_t seconds)
{
	struct timeval after = { .tv_sec = (time_t)seconds };

	if (evtimer_add(p->timer, &after) < 0)
		die("no memory for a timer");
}

static void ask(struct probe *p)
{
	const struct conf *conf = &p->broker->conf;
	struct msg_job job = {
		.probe = 1, .wall_milliseconds = conf->compile_wall * 1000,
		.cpu_seconds = conf->compile_cpu, .memory_bytes = conf->compile_memory,
		.output_bytes = conf->compile_output, .diagnostics_bytes = conf->compile_diagnostics,
		.processes = conf->compile_processes, .body = -1,
	};

	chan_set_state(worker_chan(p->worker), CHAN_BUSY);
	if (send_job(worker_chan(p->worker), &job) != 0)
		worker_broken(p->worker, "its channel takes no job");
}

static void on_ready(void *arg)
{
	ask(arg);
}

static void on_gone(void *arg, const struct worker_end *end)
{
	struct probe *p = arg;
	char text[256];

	p->worker = NULL;
	if (end->error != 0)
		snprintf(text, sizeof text, "%s", strerror(end->error));
	else
		worker_describe_end(end, text, sizeof text);
	log_error("the compiler cannot be asked for its tools: %s Asking again in %u s", text, p->again);
	set_timer(p, p->again);
	p->again = p->again * 2 < AGAIN_MAX ? p->again * 2 : AGAIN_MAX;
}

static const struct worker_user user = { on_ready, on_gone };

static void attempt(struct probe *p)
{
	p->worker = worker_take(p->broker->workers, LAUNCH_COMPILER, &user, p);
	set_timer(p, p->broker->conf.compile_wall);
	if (p->worker != NULL && worker_is_ready(p->worker))
		ask(p);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct probe *p = arg;

	(void)fd;
	(void)what;
	if (p->worker != NULL)
		worker_broken(p->worker, "it does not say its tools within compile_wall");
	else
		attempt(p);
}

void on_tools(struct chan *c, struct msg_tools *m)
{
	struct probe *p = worker_used_by(c, &user);
	struct broker *b;

	if (p == NULL) {	/* it has another job */
		worker_broken(worker_at(c), "tools that nobody asked for");
		return;
	}
	b = p->broker;
	memcpy(b->offer.tools, m->tools, m->tools_len * sizeof *m->tools);
	b->offer.tools_len = m->tools_len;
	b->offered = true;
	log_info("%zu compilers, isolation %s", m->tools_len, b->offer.isolation);
	answer_offer(b);
	worker_release(p->worker);
	event_free(p->timer);
	free(p);
}

int probe_start(struct broker *b)
{
	struct probe *p = calloc(1, sizeof *p);

	if (p == NULL)
		return -ENOMEM;
	p->broker = b;
	p->again = 1;
	p->timer = evtimer_new(b->base, on_timer, p);
	if (p->timer == NULL) {
		free(p);
		return -ENOMEM;
	}
	snprintf(b->offer.isolation, sizeof b->offer.isolation, "%s", levels[b->isolation].name);
	snprintf(b->offer.isolation_note, sizeof b->offer.isolation_note, "%s", levels[b->isolation].note);
	attempt(p);
	return 0;
}
