/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>

#include "broker/launcher.h"
#include "src/fdutil.h"
#include "src/log.h"
#include "src/msg.h"

#define REPORT_FDS 2	/* channel, pidfd */

struct launcher {
	struct launcher_setup setup;
	struct event *readable, *writable;
	struct evbuffer *queue;		/* whole launch_requests */
};

/* -- sending ------------------------------------------------------------ */

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct launcher *l = arg;
	struct launch_request r;

	(void)what;
	while (evbuffer_copyout(l->queue, &r, sizeof r) == sizeof r) {
		ssize_t n = send(fd, &r, sizeof r, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == ENOBUFS)) {
			event_add(l->writable, NULL);
			return;
		}
		/* Another error: the launcher has gone, which reading will tell. */
		evbuffer_drain(l->queue, sizeof r);
	}
}

/* Queued always, so that order is kept; bounded, because there is one SPAWN
 * and one KILL for each worker. */
static void request(struct launcher *l, enum launch_op op, enum launch_kind kind, uint64_t id)
{
	struct launch_request r = { .hash = msg_hash(), .op = op, .kind = kind, .id = id };

	if (evbuffer_add(l->queue, &r, sizeof r) < 0)
		die("no memory for a request to the launcher");
	on_writable(l->setup.fd, EV_WRITE, l);
}

void launcher_spawn(struct launcher *l, enum launch_kind kind, uint64_t id)
{
	request(l, LAUNCH_SPAWN, kind, id);
}

void launcher_kill(struct launcher *l, enum launch_kind kind, uint64_t id)
{
	request(l, LAUNCH_KILL, kind, id);
}

/* -- receiving ---------------------------------------------------------- */

static size_t take_fds(struct msghdr *header, int fds[REPORT_FDS])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(header);
	size_t n;

	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return 0;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	return n;
}

/* One report and its descriptors; its length, 0 at the end, or -errno. */
static ssize_t receive(int fd, struct launch_report *report, int fds[REPORT_FDS], size_t *nfds)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * REPORT_FDS)];
	} control;
	struct iovec iov = { .iov_base = report, .iov_len = sizeof *report };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = sizeof control.space };
	ssize_t n;

	do
		n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	*nfds = n < 0 ? 0 : take_fds(&header, fds);
	/* Lost descriptors mean that our table of them is full: see main.c. */
	if (n > 0 && (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		die("a report of the launcher's was cut short: too few descriptors (RLIMIT_NOFILE)?");
	return n < 0 ? -errno : n;
}

static void spawned(struct launcher *l, const struct launch_report *report, const int *fds, size_t nfds)
{
	if (nfds != (report->error == 0 ? REPORT_FDS : 0))
		die("the launcher's SPAWNED came with %zu descriptors", nfds);
	l->setup.on_spawned(l->setup.arg, report, nfds > 0 ? fds[0] : -1, nfds > 0 ? fds[1] : -1);
}

static void dispatch(struct launcher *l, const struct launch_report *report, ssize_t length,
    const int *fds, size_t nfds)
{
	if (length != sizeof *report || report->hash != msg_hash())
		die("the launcher is of another version");
	if (report->op == LAUNCH_SPAWNED && report->kind < LAUNCH_KIND_COUNT)
		spawned(l, report, fds, nfds);
	else if (report->op == LAUNCH_EXITED && nfds == 0)
		l->setup.on_exited(l->setup.arg, report);
	else
		die("the launcher sent operation %u for kind %u", report->op, report->kind);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct launcher *l = arg;
	struct launch_report report;
	int fds[REPORT_FDS];
	size_t nfds;

	(void)what;
	for (;;) {
		ssize_t n = receive(fd, &report, fds, &nfds);

		if (n == -EAGAIN)
			return;
		if (n <= 0) {
			event_del(l->readable);
			l->setup.on_gone(l->setup.arg);
			return;
		}
		dispatch(l, &report, n, fds, nfds);
	}
}

/* -- life --------------------------------------------------------------- */

static void launcher_free(struct launcher *l)
{
	if (l->readable != NULL)
		event_free(l->readable);
	if (l->writable != NULL)
		event_free(l->writable);
	if (l->queue != NULL)
		evbuffer_free(l->queue);
	close(l->setup.fd);
	free(l);
}

struct launcher *launcher_new(const struct launcher_setup *setup)
{
	struct launcher *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->setup = *setup;
	l->queue = evbuffer_new();
	l->readable = event_new(setup->base, setup->fd, EV_READ | EV_PERSIST, on_readable, l);
	l->writable = event_new(setup->base, setup->fd, EV_WRITE, on_writable, l);
	if (l->queue == NULL || l->readable == NULL || l->writable == NULL ||
	    fd_set_nonblock(setup->fd) < 0 || fd_set_cloexec(setup->fd) < 0 ||
	    event_add(l->readable, NULL) < 0) {
		launcher_free(l);
		return NULL;
	}
	return l;
}
