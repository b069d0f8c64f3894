/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A worker's end, in words. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "broker/workers.h"

const char *worker_kind_name(enum launch_kind kind)
{
	static const char *const names[LAUNCH_KIND_COUNT] = { "httpd", "compiler", "tracer" };

	return names[kind];
}

/* The peer was gone, rather than dropped for what it said. */
static bool went_by_itself(const struct worker_end *end)
{
	return strcmp(end->why, "closed") == 0 || strcmp(end->why, strerror(ECONNRESET)) == 0 ||
	    strcmp(end->why, strerror(EPIPE)) == 0;
}

void worker_describe_end(const struct worker_end *end, char *text, size_t size)
{
	const char *name = worker_kind_name(end->kind);

	if (end->out_of_memory)
		snprintf(text, size, "The %s ran out of memory and was killed.", name);
	else if (!went_by_itself(end))
		snprintf(text, size, "The %s was stopped, because it no longer kept to its protocol (%s).",
		    name, end->why);
	else if (WIFSIGNALED(end->status))
		snprintf(text, size, "The %s was killed by signal %d (%s).", name,
		    WTERMSIG(end->status), strsignal(WTERMSIG(end->status)));
	else
		snprintf(text, size, "The %s ended too early, with status %d.", name,
		    WEXITSTATUS(end->status));
}
