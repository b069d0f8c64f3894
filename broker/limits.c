/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "broker/answer.h"
#include "broker/cache.h"
#include "broker/limits.h"
#include "broker/queue.h"
#include "broker/table.h"
#include "src/fdutil.h"
#include "src/log.h"

/* A session: its tracer's channel and its ELF; on the way there also the body,
 * the diagnostics, the compiler's channel and the pair that is handed out. */
#define DESCRIPTORS_LIVE 2
#define DESCRIPTORS_CREATING 8
#define DESCRIPTORS_OTHER (64 + 3 * CACHE_ENTRIES)	/* body, program and diagnostics of each */

typedef unsigned long long ull;

static bool body_allowed(const struct broker *b, const struct msg_create *m, struct msg_failed *why)
{
	ull max = m->format == 1 ? b->conf.compile_output : b->conf.source_max;
	ssize_t size = fd_check_sealed(m->body, BODY_MAX);

	if (size < 0 || (uint64_t)size != m->size)
		failure(why, 400, "body", "The request's body did not arrive whole.");
	else if (size == 0)
		failure(why, 400, "body", "The request has no body: send the program in it.");
	else if ((ull)size > max)
		failure(why, 413, m->format == 1 ? "compile_output" : "source_max",
		    "The program is %zd bytes; at most %llu are taken. Make it smaller.", size, max);
	else
		return true;
	return false;
}

static bool count_allowed(const struct broker *b, const struct msg_create *m, struct msg_failed *why)
{
	if (b->draining)
		failure(why, 503, "draining", "The service is shutting down. Try again later.");
	else if (table_count_of(b->table, m->owner) >= b->conf.sessions_per_owner)
		failure(why, 503, "sessions_per_owner",
		    "You have %llu sessions, the most that one owner may have. "
		    "End one (DELETE /api/v1/sessions/ID) and try again.", (ull)b->conf.sessions_per_owner);
	else if (table_count(b->table) >= b->conf.sessions_max)
		failure(why, 503, "sessions_max", "The service is full: %llu sessions. Try again later.",
		    (ull)b->conf.sessions_max);
	else
		return true;
	why->retry_after = 30;
	return false;
}

static bool queue_allowed(const struct broker *b, const struct msg_create *m, struct msg_failed *why)
{
	size_t before = queue_count(b, PHASE_QUEUED) + queue_count(b, PHASE_COMPILING);
	size_t waiting = before < b->conf.compiles_max ? 0 : before - b->conf.compiles_max;

	if (m->format == 1 || before < b->conf.compiles_max + b->conf.queue_max)
		return true;
	failure(why, 503, "queue_max", "%zu programs wait to be compiled. Try again in a moment.", waiting);
	why->queue = waiting + 1;
	why->retry_after = 1 + waiting / b->conf.compiles_max;
	return false;
}

bool limits_allow(const struct broker *b, const struct msg_create *m, struct msg_failed *why)
{
	return body_allowed(b, m, why) && count_allowed(b, m, why) && queue_allowed(b, m, why);
}

void limits_descriptors(const struct conf *conf)
{
	rlim_t need = DESCRIPTORS_OTHER + conf->sessions_max * DESCRIPTORS_LIVE +
	    (conf->compiles_max + conf->queue_max) * DESCRIPTORS_CREATING;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= need)
		return;
	limit.rlim_cur = limit.rlim_max < need ? limit.rlim_max : need;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warning("cannot raise the limit of descriptors: %s", strerror(errno));
	else if (limit.rlim_cur < need)
		log_warning("%llu descriptors are to be had, %llu are needed for sessions_max",
		    (ull)limit.rlim_cur, (ull)need);
}
