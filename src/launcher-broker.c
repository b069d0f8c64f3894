/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The launcher's one peer.  Two requests of fixed size come in, two reports go
 * out; whatever else arrives ends the broker, and with it everything.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/launcher.h"
#include "src/log.h"
#include "src/msg.h"

#define REPORTS_MAX 4096
#define REQUESTS_AT_ONCE 32	/* then the loop looks at signals again */

static const enum child_kind kind_of[LAUNCH_KIND_COUNT] = {
	[LAUNCH_HTTPD] = CHILD_HTTPD, [LAUNCH_COMPILER] = CHILD_COMPILER, [LAUNCH_TRACER] = CHILD_TRACER,
};

/* -- reports, out ---------------------------------------------------------- */

static void report_free(struct report *report)
{
	for (int i = 0; i < 2; i++)
		if (report->fds[i] >= 0)
			close(report->fds[i]);
	free(report);
}

static ssize_t send_report(int channel, const struct report *report)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(report->fds))];
	} control = { .header = {
		.cmsg_len = CMSG_LEN(sizeof(report->fds)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
	} };
	struct iovec data = { .iov_base = (void *)&report->packet, .iov_len = sizeof(report->packet) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };

	if (report->fds[0] >= 0) {
		memcpy(CMSG_DATA(&control.header), report->fds, sizeof(report->fds));
		message.msg_control = &control;
		message.msg_controllen = CMSG_LEN(sizeof(report->fds));
	}
	return sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void flush_reports(struct launcher *launcher)
{
	struct report *report;

	while ((report = STAILQ_FIRST(&launcher->reports)) != NULL) {
		if (send_report(launcher->channel, report) < 0) {
			if (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS)
				event_add(launcher->writable, NULL);
			/* Any other error: the broker has gone, and its end is reaped soon. */
			return;
		}
		STAILQ_REMOVE_HEAD(&launcher->reports, entry);
		launcher->report_count--;
		report_free(report);
	}
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush_reports(arg);
}

/* Takes the descriptors over. */
static void queue_report(struct launcher *launcher, const struct launch_report *packet, int channel, int pidfd)
{
	struct report *report = launcher->channel < 0 ? NULL : calloc(1, sizeof(*report));

	if (report == NULL) {
		if (channel >= 0)
			close(channel);
		if (pidfd >= 0)
			close(pidfd);
		return;
	}
	*report = (struct report){ .packet = *packet, .fds = { channel, pidfd } };
	report->packet.hash = msg_hash();
	STAILQ_INSERT_TAIL(&launcher->reports, report, entry);
	if (++launcher->report_count > REPORTS_MAX)
		launcher_restart(launcher, "the broker does not read its reports");
	else
		flush_reports(launcher);
}

void report_exit(struct launcher *launcher, const struct child *child, int status, const struct rusage *usage,
    bool out_of_memory)
{
	const struct timeval *user = &usage->ru_utime, *system = &usage->ru_stime;
	struct launch_report packet = {
		.op = LAUNCH_EXITED,
		.kind = child->kind == CHILD_COMPILER ? LAUNCH_COMPILER :
		    child->kind == CHILD_TRACER ? LAUNCH_TRACER : LAUNCH_HTTPD,
		.id = child->id, .status = status, .out_of_memory = out_of_memory,
		.cpu_microseconds = (uint64_t)(user->tv_sec + system->tv_sec) * 1000000 +
		    (uint64_t)(user->tv_usec + system->tv_usec),
		.memory_peak_bytes = (uint64_t)usage->ru_maxrss * 1024,
	};

	queue_report(launcher, &packet, -1, -1);
}

/* -- requests, in ---------------------------------------------------------- */

/* A child of this kind with a channel to the broker; both are told. */
static int start_with_channel(struct launcher *launcher, enum launch_kind kind, uint64_t id,
    const int *more, size_t more_count, struct sandbox_error *error)
{
	const struct launch_report packet = { .op = LAUNCH_SPAWNED, .kind = kind, .id = id };
	int fds[2 + LISTENERS_MAX], pair[2], pidfd;
	struct child *child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
		*error = (struct sandbox_error){ .number = errno, .what = "make a channel" };
		return -error->number;
	}
	fds[0] = pair[1];
	fds[1] = kind == LAUNCH_HTTPD ? launcher->settings_httpd : launcher->settings;
	for (size_t i = 0; i < more_count; i++)
		fds[2 + i] = more[i];
	child = child_start(launcher, kind_of[kind], id, fds, 2 + more_count, &pidfd, error);
	close(pair[1]);
	if (child == NULL) {
		close(pair[0]);
		return -error->number;
	}
	queue_report(launcher, &packet, pair[0], pidfd);
	return 0;
}

static bool spawn_for_broker(struct launcher *launcher, const struct launch_request *request)
{
	struct launch_report packet = { .op = LAUNCH_SPAWNED, .kind = request->kind, .id = request->id };
	struct sandbox_error error;

	if (request->kind != LAUNCH_COMPILER && request->kind != LAUNCH_TRACER)
		return false;
	if (request->id == 0 || child_find(launcher, request->id) != NULL)
		return false;
	/* Sessions, compilations, the probe and some that are just ending. */
	if (launcher->child_count > launcher->conf.sessions_max + launcher->conf.compiles_max + 64)
		packet.error = EAGAIN;
	else if (start_with_channel(launcher, request->kind, request->id, NULL, 0, &error) < 0)
		packet.error = error.number;
	else
		return true;
	if (packet.error != EAGAIN)
		log_warning("cannot start a worker: %s", error.what);
	queue_report(launcher, &packet, -1, -1);
	return true;
}

static bool obey(struct launcher *launcher, const struct launch_request *request)
{
	struct child *child;

	if (request->hash != msg_hash())
		return false;
	switch (request->op) {
	case LAUNCH_SPAWN:
		return spawn_for_broker(launcher, request);
	case LAUNCH_KILL:
		/* One that has just ended by itself is no breach. */
		child = request->id == 0 ? NULL : child_find(launcher, request->id);
		if (child != NULL)
			child_kill(child);
		return request->id != 0;
	default:
		return false;
	}
}

enum { REQUEST_NONE, REQUEST_READ, REQUEST_BROKEN, REQUEST_CLOSED };

static int read_request(int channel, struct launch_request *request)
{
	struct iovec data = { .iov_base = request, .iov_len = sizeof(*request) };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1 };
	ssize_t got = recvmsg(channel, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? REQUEST_NONE : REQUEST_CLOSED;
	if (got == 0)
		return REQUEST_CLOSED;
	if (got != sizeof(*request) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return REQUEST_BROKEN;
	return REQUEST_READ;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct launcher *launcher = arg;
	struct launch_request request;

	(void)what;
	for (int i = 0; i < REQUESTS_AT_ONCE && launcher->channel == fd; i++) {
		int got = read_request(fd, &request);

		if (got == REQUEST_NONE)
			return;
		if (got == REQUEST_READ && obey(launcher, &request))
			continue;
		launcher_restart(launcher, got == REQUEST_CLOSED ? "the broker has closed its channel" :
		    "the broker broke its contract");
		return;
	}
}

/* -- the broker's and httpd's own start ------------------------------------ */

static int open_channel(struct launcher *launcher, int fd)
{
	launcher->channel = fd;
	launcher->readable = event_new(launcher->base, fd, EV_READ | EV_PERSIST, on_readable, launcher);
	launcher->writable = event_new(launcher->base, fd, EV_WRITE, on_writable, launcher);
	if (launcher->readable == NULL || launcher->writable == NULL || event_add(launcher->readable, NULL) < 0)
		return -ENOMEM;
	return 0;
}

int broker_start(struct launcher *launcher, struct sandbox_error *error)
{
	int pair[2], fds[2], pidfd;
	struct child *child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0) {
		*error = (struct sandbox_error){ .number = errno, .what = "make a channel" };
		return -error->number;
	}
	fds[0] = pair[1];
	fds[1] = launcher->settings;
	child = child_start(launcher, CHILD_BROKER, 0, fds, 2, &pidfd, error);
	close(pair[1]);
	if (child == NULL) {
		close(pair[0]);
		return -error->number;
	}
	close(pidfd);
	return open_channel(launcher, pair[0]);
}

int httpd_start(struct launcher *launcher, struct sandbox_error *error)
{
	return start_with_channel(launcher, LAUNCH_HTTPD, 0, launcher->listeners, launcher->listener_count, error);
}

void broker_close(struct launcher *launcher)
{
	struct report *report;

	if (launcher->channel < 0)
		return;
	event_free(launcher->readable);
	event_free(launcher->writable);
	close(launcher->channel);
	launcher->channel = -1;
	while ((report = STAILQ_FIRST(&launcher->reports)) != NULL) {
		STAILQ_REMOVE_HEAD(&launcher->reports, entry);
		report_free(report);
	}
	launcher->report_count = 0;
}
