/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * penguintrace-compiler: one job, then gone.
 *
 * The launcher starts me in a sandbox of my own (pid 1 of a namespace without
 * network, /proc or any file but the toolchain's) with the broker's channel
 * and the settings.  I hold nothing else.  I read what a stranger wrote and
 * run a compiler over it, so after a job nothing that I say is to be trusted
 * more than the stranger; who gets my answer checks it.  I trust the broker's
 * limits.  I never run a shell, never pass on a name or an environment of the
 * stranger's, and read nothing back while anything that I started is alive.
 */
#include "config.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "compiler/job.h"
#include "compiler/toolchain.h"
#include "src/chan.h"
#include "src/conf.h"
#include "src/launch.h"
#include "src/log.h"
#include "src/sandbox/sandbox.h"

#define HANDLE_COMPILER(n) HANDLE(n)
#include "src/handlers.h"

static void answer_probe(struct chan *c)
{
	struct msg_tools *tools = calloc(1, sizeof(*tools));

	if (tools == NULL)
		die("out of memory");
	tools->tools_len = toolchain_probe(tools->tools);
	send_tools(c, tools);
	free(tools);
}

static void answer_job(struct chan *c, const struct msg_job *job)
{
	struct msg_result *result = calloc(1, sizeof(*result));

	if (result == NULL)
		die("out of memory");
	if (job_run(job, LAUNCH_FD_CHANNEL, result))
		send_result(c, result);
	msg_close_fds(MSG_result, result);
	free(result);
}

void on_job(struct chan *c, struct msg_job *job)
{
	chan_set_state(c, CHAN_DONE);
	if (job->probe != 0)
		answer_probe(c);
	else
		answer_job(c, job);
}

static void on_close(struct chan *c, const char *why)
{
	log_debug("the broker's channel: %s", why);
	event_base_loopbreak(chan_arg(c));
}

/* Until the one answer is out, or the broker has gone. */
static void serve(struct event_base *base, struct chan *c)
{
	while (event_base_loop(base, EVLOOP_ONCE) == 0 && !event_base_got_break(base))
		if (chan_state(c) == CHAN_DONE && chan_queued(c) == 0)
			return;
}

static void read_settings(struct conf *conf)
{
	char why[CONF_WHY_MAX];

	if (conf_read_fd(conf, LAUNCH_FD_SETTINGS, why) < 0)
		die("%s", why);
	close(LAUNCH_FD_SETTINGS);
	if (strcmp(conf->log_level, "debug") == 0)
		log_init("compiler", LOG_LEVEL_DEBUG);
}

int main(void)
{
	struct chan_setup setup = {
		.fd = LAUNCH_FD_CHANNEL, .self = PEER_COMPILER, .peer = PEER_BROKER,
		.handlers = chan_handlers, .on_close = on_close,
	};
	static struct conf conf;
	struct sandbox_error error;
	struct chan *c;

	log_init("compiler", LOG_LEVEL_INFO);
	read_settings(&conf);
	/* What the toolchain leaves running becomes our child, to be reaped. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	setup.base = event_base_new();
	setup.arg = setup.base;
	if (setup.base == NULL)
		die("no event loop");
	if (sandbox_self(SANDBOX_COMPILER, (enum isolation)sandbox_level(conf.isolation), &error) < 0)
		die("the sandbox cannot be entered: %s", error.what);
	if ((c = chan_new(&setup)) == NULL)
		die("no channel");
	serve(setup.base, c);
	return 0;
}
