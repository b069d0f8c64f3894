/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * penguintrace-tracer: one session, from its program's start to its end.
 *
 * Started by the launcher in a sandbox of its own (user, pid, mount, network
 * namespaces), with fd 3, a channel to the broker, and fd 4, the settings.
 * Holds the person's program as a child in a nested sandbox, CAP_SYS_PTRACE in
 * its own user namespace and nothing else, the timeline, and a channel to each
 * httpd that serves the session.
 *
 * Trusts the broker, which it hears through the message table, and nobody else:
 * the ELF, its debug information, the request and every client's bytes are
 * hostile and are parsed here because here they can do no harm.  May never:
 * reach the network or a file of the host, start another process (it gives up
 * clone and exec once the one that will be its tracee is there), outlive the
 * broker's channel.  When it dies, its tracee dies (PTRACE_O_EXITKILL, and the pid
 * namespace).
 */
#include <unistd.h>

#include "src/conf.h"
#include "src/launch.h"
#include "src/log.h"
#include "src/sandbox/sandbox.h"
#include "tracer/tracer.h"

/* Events are of the middle one, and recording is of the last: requests go first. */
enum { PRIORITIES = 3 };

#define HANDLE_TRACER(n) HANDLE(n)
#include "src/handlers.h"

void on_trace(struct chan *chan, struct msg_trace *m)
{
	chan_set_state(chan, CHAN_BUSY);
	tracer_start(chan_arg(chan), m);
}

void on_client(struct chan *chan, struct msg_client *m)
{
	struct tracer *t = chan_arg(chan);
	int fd = m->channel;

	m->channel = -1;
	if (t->session == NULL)
		close(fd);
	else if (session_client(t->session, fd) < 0)
		log_warning("a client's channel could not be opened");
}

static void on_broker_gone(struct chan *chan, const char *why)
{
	struct tracer *t = chan_arg(chan);

	log_debug("the broker's channel has closed: %s", why);
	t->broker = NULL;
	event_base_loopexit(t->base, NULL);
}

/* The level that the program is to run at. */
static enum isolation read_settings(void)
{
	char why[CONF_WHY_MAX];
	struct conf conf;

	if (conf_read_fd(&conf, LAUNCH_FD_SETTINGS, why) < 0)
		die("settings: %s", why);
	close(LAUNCH_FD_SETTINGS);
	log_init("tracer", log_level_of(conf.log_level));
	return (enum isolation)sandbox_level(conf.isolation);
}

/* Before the first byte of a peer: the process that will be the program is made,
 * and what making it took is given up. */
static void enter_sandbox(enum isolation level)
{
	struct sandbox_error error;

	if (sandbox_tracee_prepare(level, &error) < 0)
		die("the program's sandbox: %s", error.what);
	if (sandbox_self(SANDBOX_TRACER, level, &error) < 0)
		die("the tracer's sandbox: %s", error.what);
}

static void open_broker(struct tracer *t)
{
	struct chan_setup setup = {
		.fd = LAUNCH_FD_CHANNEL, .self = PEER_TRACER, .peer = PEER_BROKER,
		.handlers = chan_handlers, .on_close = on_broker_gone, .arg = t,
	};

	t->base = setup.base = event_base_new();
	if (t->base == NULL || event_base_priority_init(t->base, PRIORITIES) < 0 ||
	    (t->broker = chan_new(&setup)) == NULL)
		die("no memory");
	t->handlers = chan_handlers;
}

static void close_all(struct tracer *t)
{
	if (t->session != NULL)
		session_free(t->session);
	if (t->control != NULL)
		control_free(t->control);
	if (t->image != NULL)
		image_free(t->image);
	if (t->request != NULL)
		request_free(t->request);
	if (t->broker != NULL)
		chan_free(t->broker);
	event_base_free(t->base);
}

int main(void)
{
	static struct tracer tracer;

	enter_sandbox(read_settings());
	open_broker(&tracer);
	event_base_dispatch(tracer.base);
	close_all(&tracer);
	return 0;
}
