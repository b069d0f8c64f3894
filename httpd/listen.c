/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event_struct.h>
#include <event2/listener.h>

#include "httpd/http.h"
#include "httpd/listen.h"
#include "src/log.h"

#define BACKLOG 512
#define BUCKETS 256
#define LISTENERS_MAX 32
#define PAUSE_MS 200	/* without descriptors accept(2) fails at once, again and again */

/* One address with connections. */
struct source {
	LIST_ENTRY(source) link;
	struct address address;
	size_t count;
};

struct listeners {
	struct evconnlistener *all[LISTENERS_MAX];
	unsigned count;
	struct event resume;
	LIST_HEAD(sources, source) sources[BUCKETS];
};

static struct sources *bucket_of(struct listeners *l, const struct address *a)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof a->bytes; i++)
		hash = (hash ^ a->bytes[i]) * 16777619u;
	return &l->sources[hash % BUCKETS];
}

static struct source *find(struct listeners *l, const struct address *a)
{
	struct source *s;

	LIST_FOREACH(s, bucket_of(l, a), link)
		if (address_equal(&s->address, a))
			return s;
	return NULL;
}

/* Count one more connection from a. */
static bool admit(struct httpd *httpd, const struct address *a)
{
	struct source *s = find(httpd->listeners, a);

	if (s != NULL && s->count >= httpd->conf.connections_per_address &&
	    !address_in_list(a, httpd->conf.proxy_peers))
		return false;
	if (httpd->connection_count >= httpd->conf.connections_max && !conn_evict(httpd))
		return false;
	/* conn_evict() may have released the last connection of a. */
	s = find(httpd->listeners, a);
	if (s == NULL) {
		s = calloc(1, sizeof *s);
		if (s == NULL)
			return false;
		s->address = *a;
		LIST_INSERT_HEAD(bucket_of(httpd->listeners, a), s, link);
	}
	s->count++;
	httpd->connection_count++;
	return true;
}

void listen_released(struct httpd *httpd, const struct address *a)
{
	struct source *s = find(httpd->listeners, a);

	httpd->connection_count--;
	if (s == NULL || --s->count > 0)
		return;
	LIST_REMOVE(s, link);
	free(s);
}

/* Said without a connection's state: there is no room for one. */
static void turn_away(struct httpd *httpd, int fd)
{
	static const char answer[] =
		"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"
		"Content-Type: application/json\r\n\r\n"
		"{\"error\":{\"code\":\"full\",\"message\":\"too many connections; close some or try later\"}}\n";

	httpd->counters.connections_refused_total++;
	send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	close(fd);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
    int length, void *arg)
{
	struct httpd *httpd = arg;
	struct address peer = address_of(sa);

	(void)listener;
	(void)length;
	if (!admit(httpd, &peer)) {
		turn_away(httpd, fd);
		return;
	}
	httpd->counters.connections_total++;
	if (!conn_new(httpd, fd, &peer))
		listen_released(httpd, &peer);
}

static void set_enabled(struct listeners *l, bool enabled)
{
	for (unsigned i = 0; i < l->count; i++) {
		if (enabled)
			evconnlistener_enable(l->all[i]);
		else
			evconnlistener_disable(l->all[i]);
	}
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	set_enabled(arg, true);
}

static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct httpd *httpd = arg;
	struct timeval pause = { .tv_usec = PAUSE_MS * 1000 };

	(void)listener;
	log_warning("accept: %s; accepting again in %d ms", strerror(errno), PAUSE_MS);
	set_enabled(httpd->listeners, false);
	event_add(&httpd->listeners->resume, &pause);
}

int listen_start(struct httpd *httpd, int first, unsigned count)
{
	struct listeners *l = calloc(1, sizeof *l);

	if (l == NULL)
		return -ENOMEM;
	httpd->listeners = l;
	evtimer_assign(&l->resume, httpd->base, on_resume, l);
	if (count > LISTENERS_MAX)
		return -E2BIG;
	for (; l->count < count; l->count++) {
		int fd = first + (int)l->count;

		if (evutil_make_socket_nonblocking(fd) < 0 || evutil_make_socket_closeonexec(fd) < 0)
			return -errno;
		l->all[l->count] = evconnlistener_new(httpd->base, on_accept, httpd,
		    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG, fd);
		if (l->all[l->count] == NULL)
			return errno != 0 ? -errno : -ENOMEM;
		evconnlistener_set_error_cb(l->all[l->count], on_accept_error);
	}
	return 0;
}

void listen_stop(struct httpd *httpd)
{
	struct listeners *l = httpd->listeners;

	event_del(&l->resume);
	for (unsigned i = 0; i < l->count; i++)
		evconnlistener_free(l->all[i]);
	free(l);
	httpd->listeners = NULL;
}
