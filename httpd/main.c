/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * penguintrace-httpd: HTTP and WebSockets on one side, the broker and the
 * sessions' tracers on the other.
 *
 * Started by the launcher with fd 3, a channel to the broker, fd 4, the
 * settings, and from fd 5 on a listener for each word of setting `listen'.  The
 * page is compiled in: there is no file system, no way to open a socket, no
 * capability, no child.
 *
 * It is the process that strangers reach first, so it understands as little as
 * can be: the head of a request (head.c) and the frames of a WebSocket (wslay).
 * A request's body, a program, what a session's client and its tracer say to
 * each other are opaque bytes with a length.  It decides who asks (identity.c)
 * and whether another site's page asks (guard.c), and nothing else.
 *
 * Trusts the broker; no client and no tracer.  Its death costs no session: the
 * broker hands the channels to the next one (sessions.c, attach).
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "httpd/http.h"
#include "httpd/httpd.h"
#include "httpd/identity.h"
#include "httpd/listen.h"
#include "httpd/sessions.h"
#include "src/launch.h"
#include "src/log.h"
#include "src/sandbox/sandbox.h"

#define HANDLE_HTTPD(n) HANDLE(n)
#include "src/handlers.h"

/* Descriptors besides those of connections and sessions. */
#define DESCRIPTORS_OWN 128

static void read_settings(struct conf *conf)
{
	char why[CONF_WHY_MAX];
	const char *wrong;

	if (conf_read_fd(conf, LAUNCH_FD_SETTINGS, why) < 0)
		die("settings: %s", why);
	close(LAUNCH_FD_SETTINGS);
	log_init("httpd", log_level_of(conf->log_level));
	wrong = identity_check(conf);
	if (wrong != NULL)
		die("settings: %s", wrong);
}

/* A connection needs one descriptor and, while it sends a program's source, a
 * second one; a session one.  What the machine does not give is taken from the
 * connections, so that accept(2) need not fail. */
static void fit_descriptors(struct conf *conf)
{
	uint64_t others = conf->sessions_max + DESCRIPTORS_OWN;
	uint64_t wanted = 2 * conf->connections_max + others;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("getrlimit: %s", strerror(errno));
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("setrlimit: %s", strerror(errno));
	if (limit.rlim_cur >= wanted)
		return;
	conf->connections_max = limit.rlim_cur > others + 32 ? (limit.rlim_cur - others) / 2 : 16;
	log_warning("only %llu descriptors are to be had: connections_max is %llu",
	    (unsigned long long)limit.rlim_cur, (unsigned long long)conf->connections_max);
}

static unsigned count_words(const char *text)
{
	unsigned n = 0;

	for (; *(text += strspn(text, " ")) != '\0'; text += strcspn(text, " "))
		n++;
	return n;
}

/* The broker's death is the service's: the launcher starts all of it afresh. */
static void on_broker_close(struct chan *chan, const char *why)
{
	struct httpd *httpd = chan_arg(chan);

	if (!httpd->draining)
		log_warning("the broker's channel: %s", why);
	_exit(httpd->draining ? 0 : 1);
}

static void on_broker_drain(struct chan *chan)
{
	struct httpd *httpd = chan_arg(chan);

	sessions_broker_drained(httpd->sessions);
}

static void open_parts(struct httpd *httpd)
{
	int error;

	TAILQ_INIT(&httpd->busy);
	TAILQ_INIT(&httpd->idle);
	httpd->handlers = chan_handlers;
	httpd->base = event_base_new();
	httpd->sessions = httpd->base != NULL ? sessions_new(httpd) : NULL;
	if (httpd->sessions == NULL)
		die("no event loop");
	httpd->broker = chan_new(&(struct chan_setup){
		.base = httpd->base, .fd = LAUNCH_FD_CHANNEL, .self = PEER_HTTPD, .peer = PEER_BROKER,
		.handlers = chan_handlers, .on_close = on_broker_close, .on_drain = on_broker_drain, .arg = httpd,
	});
	if (httpd->broker == NULL)
		die("the broker's channel: no memory");
	error = listen_start(httpd, LAUNCH_FD_LISTEN, count_words(httpd->conf.listen));
	if (error < 0)
		die("listeners: %s", strerror(-error));
}

static void confine(const struct conf *conf)
{
	struct sandbox_error error;

	if (sandbox_self(SANDBOX_HTTPD, (enum isolation)sandbox_level(conf->isolation), &error) < 0)
		die("sandbox: %s", error.what);
}

static void on_terminate(evutil_socket_t number, short what, void *arg)
{
	struct httpd *httpd = arg;
	struct timeval left = { .tv_sec = (time_t)httpd->conf.drain_timeout };

	(void)number;
	(void)what;
	if (httpd->draining || httpd->conf.drain_timeout == 0) {
		event_base_loopbreak(httpd->base);
		return;
	}
	/* A proxy sees /readyz and sends nobody new; who is here goes on. */
	httpd->draining = true;
	log_info("draining for %llu s", (unsigned long long)httpd->conf.drain_timeout);
	event_base_loopexit(httpd->base, &left);
}

static void close_parts(struct httpd *httpd)
{
	conn_free_all(httpd);
	listen_stop(httpd);
	sessions_free(httpd->sessions);
	chan_free(httpd->broker);
	event_base_free(httpd->base);
}

int main(void)
{
	static struct httpd httpd;
	struct event *terminate, *interrupt;

	signal(SIGPIPE, SIG_IGN);
	read_settings(&httpd.conf);
	fit_descriptors(&httpd.conf);
	open_parts(&httpd);
	terminate = evsignal_new(httpd.base, SIGTERM, on_terminate, &httpd);
	interrupt = evsignal_new(httpd.base, SIGINT, on_terminate, &httpd);
	if (terminate == NULL || interrupt == NULL ||
	    event_add(terminate, NULL) < 0 || event_add(interrupt, NULL) < 0)
		die("signals: no memory");
	confine(&httpd.conf);
	event_base_dispatch(httpd.base);
	event_free(terminate);
	event_free(interrupt);
	close_parts(&httpd);
	return 0;
}
