/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/answer.h"
#include "broker/cache.h"
#include "broker/deadline.h"
#include "broker/ended.h"
#include "broker/handlers.h"
#include "broker/limits.h"
#include "broker/session.h"
#include "broker/workers.h"
#include "src/cleanup.h"
#include "src/fdutil.h"
#include "src/log.h"

/* What the compiler itself has to say about its deadline comes before ours. */
#define COMPILE_GRACE 2

static void on_ready(void *arg);
static void on_gone(void *arg, const struct worker_end *end);
static const struct worker_user user = { on_ready, on_gone };

/* -- the end ---------------------------------------------------------------- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void session_free(struct session *s)
{
	struct broker *b = s->broker;
	struct worker *w = s->worker;

	if (s->phase != PHASE_LIVE)
		TAILQ_REMOVE(&b->creating, s, link);
	table_remove(b->table, &s->entry);
	if (s->timer != NULL)
		event_free(s->timer);
	close_fd(&s->body);
	close_fd(&s->elf);
	close_fd(&s->diagnostics);
	free(s);
	if (w != NULL)
		worker_release(w);
	broker_check_drained(b);
}

static void fail(struct session *s, struct msg_failed *why)
{
	s->broker->total.failed++;
	log_info("session for %s failed: %u %s", table_owner(&s->entry), (unsigned)why->status, why->code);
	answer_failed(s->broker, s->request, why);
	session_free(s);
}

void session_end(struct session *s, unsigned status, const char *code, const char *message)
{
	struct msg_ended ended = { 0 };
	struct msg_failed why;

	if (s->phase != PHASE_LIVE) {
		failure(&why, status, code, "%s", message);
		fail(s, &why);
		return;
	}
	snprintf(ended.session, sizeof ended.session, "%s", s->entry.id);
	snprintf(ended.code, sizeof ended.code, "%s", code);
	snprintf(ended.message, sizeof ended.message, "%s", message);
	log_info("session of %s ended: %s", table_owner(&s->entry), code);
	ended_add(s->broker->ended, table_owner(&s->entry), &ended);
	answer_ended(s->broker, &ended);
	session_free(s);
}

static void on_gone(void *arg, const struct worker_end *end)
{
	struct session *s = arg;
	char text[256], message[320];

	s->worker = NULL;
	s->broker->total.died++;
	if (end->error != 0) {
		snprintf(message, sizeof message, "A sandbox could not be started (%s). "
		    "Try again; if it stays so, tell the operator.", strerror(end->error));
		session_end(s, 503, "spawn_failed", message);
		return;
	}
	worker_describe_end(end, text, sizeof text);
	log_warning("%s", text);
	snprintf(message, sizeof message, "%s%s", text, s->phase == PHASE_LIVE ?
	    " The session is over: run the program again." : " Try again.");
	session_end(s, 502, "worker_died", message);
}

/* -- live ------------------------------------------------------------------- */

int session_attach(struct session *s)
{
	struct chan *tracer = worker_chan(s->worker);
	struct msg_client client;
	int pair[2], error;

	if (tracer == NULL)
		return -1;	/* its channel has closed, and on_gone() is to come */
	error = chan_pair(pair);
	if (error < 0) {
		log_error("no socketpair for a session: %s", strerror(-error));
		session_end(s, 503, "descriptors", "The service is out of descriptors. Try again later.");
		return -1;
	}
	client.channel = pair[0];
	error = send_client(tracer, &client);
	close(pair[0]);
	if (error == 0)
		return pair[1];
	close(pair[1]);
	worker_broken(s->worker, "it does not read its channel");
	return -1;
}

static void go_live(struct session *s)
{
	struct broker *b = s->broker;
	struct msg_created created = { .request = s->request, .channel = -1, .diagnostics = s->diagnostics };

	created.channel = session_attach(s);
	if (created.channel < 0)
		return;	/* ended, with its reason */
	snprintf(created.session, sizeof created.session, "%s", s->entry.id);
	snprintf(created.owner, sizeof created.owner, "%s", table_owner(&s->entry));
	snprintf(created.language, sizeof created.language, "%s", s->language);
	TAILQ_REMOVE(&b->creating, s, link);
	s->phase = PHASE_LIVE;
	deadline_touch(s);
	b->total.created++;
	answer_created(b, &created);
	close(created.channel);
	close_fd(&s->diagnostics);
	close_fd(&s->body);
	deadline_live(s);
}

/* -- starting --------------------------------------------------------------- */

void on_started(struct chan *c, struct msg_started *m)
{
	struct session *s = worker_used_by(c, &user);
	struct msg_failed why;

	if (s == NULL || s->phase != PHASE_STARTING) {
		worker_broken(worker_at(c), "started what was not to be started");
	} else if (m->status == 201) {
		go_live(s);
	} else if (m->status >= 400 && m->status <= 599) {
		failure(&why, (unsigned)m->status, m->code, "%s", m->message);
		fail(s, &why);
	} else {
		worker_broken(worker_at(c), "started with a status that is none");
	}
}

static void give_trace(struct session *s)
{
	const struct conf *conf = &s->broker->conf;
	struct msg_trace trace = {
		.isolation = s->broker->isolation,
		.steps = conf->trace_steps, .ahead_steps = conf->trace_ahead_steps,
		.log_bytes = conf->trace_log, .run_seconds = conf->trace_run,
		.output_bytes = conf->trace_output, .memory_bytes = conf->trace_memory,
		.processes = conf->trace_processes, .elf = s->elf,
		.body = s->format == 0 ? s->body : -1,
	};

	chan_set_state(worker_chan(s->worker), CHAN_BUSY);
	if (send_trace(worker_chan(s->worker), &trace) != 0)
		worker_broken(s->worker, "its channel takes no trace");
}

/* -- compiling -------------------------------------------------------------- */

static void give_job(struct session *s)
{
	const struct conf *conf = &s->broker->conf;
	struct msg_job job = {
		.format = s->format, .wall_milliseconds = conf->compile_wall * 1000,
		.cpu_seconds = conf->compile_cpu, .memory_bytes = conf->compile_memory,
		.output_bytes = conf->compile_output, .diagnostics_bytes = conf->compile_diagnostics,
		.processes = conf->compile_processes, .body = s->body,
	};

	chan_set_state(worker_chan(s->worker), CHAN_BUSY);
	if (send_job(worker_chan(s->worker), &job) != 0)
		worker_broken(s->worker, "its channel takes no job");
}

/* The memfds that a result carries: NULL, or what is wrong with them. */
static const char *check_result(const struct session *s, const struct msg_result *m)
{
	if (m->status != 201 && (m->status < 400 || m->status > 599))
		return "a result with a status that is none";
	if ((m->status == 201) != (m->elf >= 0))
		return "a result whose status and program do not agree";
	if (m->elf >= 0 && fd_check_sealed(m->elf, s->broker->conf.compile_output) <= 0)
		return "a program that is empty, unsealed or over compile_output";
	if (m->diagnostics >= 0 && fd_check_sealed(m->diagnostics, DIAGNOSTICS_MAX) < 0)
		return "diagnostics that are unsealed or too many";
	return NULL;
}

static void keep_program(const struct session *s)
{
	const struct cached what = { .elf = s->elf, .diagnostics = s->diagnostics, .language = s->language };

	cache_keep(s->broker->cache, table_owner(&s->entry), s->body, broker_now(), &what);
}

void on_result(struct chan *c, struct msg_result *m)
{
	struct session *s = worker_used_by(c, &user);
	const char *wrong = s == NULL || s->phase != PHASE_COMPILING ?
	    "a result that nobody asked for" : check_result(s, m);
	struct msg_failed why;

	if (wrong != NULL) {
		worker_broken(worker_at(c), wrong);
	} else if (m->status != 201) {
		failure(&why, (unsigned)m->status, m->code, "%s", m->message);
		why.diagnostics = m->diagnostics;
		fail(s, &why);
	} else {
		s->elf = steal_fd(&m->elf);
		s->diagnostics = steal_fd(&m->diagnostics);
		snprintf(s->language, sizeof s->language, "%s", m->language);
		keep_program(s);
		session_run(s);
	}
}

/* -- the way there ---------------------------------------------------------- */

static void on_ready(void *arg)
{
	struct session *s = arg;

	if (s->phase == PHASE_COMPILING)
		give_job(s);
	else
		give_trace(s);
}

static void enter(struct session *s, enum session_phase phase, enum launch_kind kind, uint64_t seconds)
{
	struct worker *last = s->worker;

	s->phase = phase;
	s->worker = worker_take(s->broker->workers, kind, &user, s);
	if (last != NULL)
		worker_release(last);	/* one job, then gone */
	if (s->worker == NULL) {
		session_end(s, 503, "memory", "The service is out of memory. Try again later.");
		return;
	}
	deadline_set(s, seconds);
	if (worker_is_ready(s->worker))
		on_ready(s);
}

void session_run(struct session *s)
{
	const struct conf *conf = &s->broker->conf;

	if (s->elf < 0)
		enter(s, PHASE_COMPILING, LAUNCH_COMPILER, conf->compile_wall + COMPILE_GRACE);
	else
		enter(s, PHASE_STARTING, LAUNCH_TRACER, conf->start_wall);
}
