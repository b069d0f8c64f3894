/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * stand-in: takes the place of the four programs that the launcher starts, for
 * test_launcher.py.  It does what the setting `node' says (the only word from
 * outside that reaches a sandbox) and says on standard error what it sees.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/conf.h"
#include "src/launch.h"
#include "src/msg.h"
#include "src/sandbox/sandbox.h"

static const struct {
	const char *name;
	enum sandbox_role role;
} kinds[] = {
	{ "penguintrace-httpd", SANDBOX_HTTPD }, { "penguintrace-broker", SANDBOX_BROKER },
	{ "penguintrace-compiler", SANDBOX_COMPILER }, { "penguintrace-tracer", SANDBOX_TRACER },
};

static void ask(struct launch_request request, size_t size)
{
	if (send(LAUNCH_FD_CHANNEL, &request, size, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static struct launch_request request(enum launch_op op, uint32_t kind, uint64_t id)
{
	return (struct launch_request){ .hash = msg_hash(), .op = op, .kind = kind, .id = id };
}

static const struct breach {
	const char *name;
	struct launch_request request;
	uint64_t hash_change;
	size_t size;
} breaches[] = {
	{ "bad-size", { .op = LAUNCH_SPAWN, .kind = LAUNCH_TRACER, .id = 1 }, 0, sizeof(struct launch_request) - 1 },
	{ "bad-hash", { .op = LAUNCH_SPAWN, .kind = LAUNCH_TRACER, .id = 1 }, 1, sizeof(struct launch_request) },
	{ "bad-op", { .op = 77, .kind = LAUNCH_TRACER, .id = 1 }, 0, sizeof(struct launch_request) },
	{ "bad-kind", { .op = LAUNCH_SPAWN, .kind = LAUNCH_HTTPD, .id = 1 }, 0, sizeof(struct launch_request) },
	{ "bad-kind-number", { .op = LAUNCH_SPAWN, .kind = 4000000, .id = 1 }, 0, sizeof(struct launch_request) },
	{ "bad-id", { .op = LAUNCH_SPAWN, .kind = LAUNCH_TRACER, .id = 0 }, 0, sizeof(struct launch_request) },
	{ "kill-all", { .op = LAUNCH_KILL, .id = 0 }, 0, sizeof(struct launch_request) },
};

/* A request with a descriptor beside it, which no request has. */
static void pass_descriptor(void)
{
	struct launch_request right = request(LAUNCH_KILL, 0, 1);
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = {
		.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
	} };
	struct iovec data = { .iov_base = &right, .iov_len = sizeof(right) };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = CMSG_LEN(sizeof(int)),
	};

	memcpy(CMSG_DATA(&control.header), &(int){ STDERR_FILENO }, sizeof(int));
	if (sendmsg(LAUNCH_FD_CHANNEL, &message, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static void misbehave(const char *how)
{
	for (size_t i = 0; i < sizeof(breaches) / sizeof(breaches[0]); i++) {
		struct launch_request wrong = breaches[i].request;

		wrong.hash = msg_hash() + breaches[i].hash_change;
		if (strcmp(how, breaches[i].name) == 0)
			ask(wrong, breaches[i].size);
	}
	if (strcmp(how, "bad-descriptor") == 0)
		pass_descriptor();
	if (strcmp(how, "die") == 0)
		_exit(3);
}

/* Reports, until the launcher has gone; id 1 is killed once it is there. */
static void watch(const char *how)
{
	struct pollfd channel = { .fd = LAUNCH_FD_CHANNEL, .events = POLLIN };
	struct launch_report report;

	while (poll(&channel, 1, -1) >= 0 && recv(LAUNCH_FD_CHANNEL, &report, sizeof(report), 0) == sizeof(report)) {
		fprintf(stderr, "report op %u kind %u id %llu error %d status %d\n", report.op, report.kind,
		    (unsigned long long)report.id, report.error, report.status);
		if (report.op == LAUNCH_SPAWNED && report.kind != LAUNCH_HTTPD && strcmp(how, "kill") == 0)
			ask(request(LAUNCH_KILL, 0, report.id), sizeof(struct launch_request));
	}
}

static int broker(const struct conf *conf)
{
	struct pollfd channel = { .fd = LAUNCH_FD_CHANNEL, .events = POLLIN };

	/* httpd's SPAWNED: everything is there that a restart must bring back. */
	while (poll(&channel, 1, -1) < 0)
		;
	misbehave(conf->node);
	if (strcmp(conf->node, "spawn") == 0 || strcmp(conf->node, "kill") == 0) {
		ask(request(LAUNCH_SPAWN, LAUNCH_COMPILER, 1), sizeof(struct launch_request));
		ask(request(LAUNCH_SPAWN, LAUNCH_TRACER, 2), sizeof(struct launch_request));
	}
	watch(conf->node);
	return 0;
}

static int serve(const struct conf *conf)
{
	int listening = 0;

	for (int fd = LAUNCH_FD_LISTEN; fd < LAUNCH_FD_LISTEN + 8; fd++) {
		int value = 0;
		socklen_t length = sizeof(value);

		listening += getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value;
	}
	fprintf(stderr, "httpd has %d listeners and %s token\n", listening, conf->token[0] ? "the" : "no");
	if (strcmp(conf->node, "httpd-dies") == 0)
		return 1;
	poll(NULL, 0, -1);
	return 0;
}

int main(int argc, char **argv)
{
	char why[CONF_WHY_MAX];
	struct sandbox_error error;
	static struct conf conf;

	if (conf_read_fd(&conf, LAUNCH_FD_SETTINGS, why) < 0)
		return 100;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && argc == 1; i++) {
		if (strcmp(argv[0], kinds[i].name) != 0)
			continue;
		if (sandbox_self(kinds[i].role, (enum isolation)sandbox_level(conf.isolation), &error) < 0) {
			fprintf(stderr, "%s: %s\n", argv[0], error.what);
			return 101;
		}
		if (kinds[i].role == SANDBOX_HTTPD)
			return serve(&conf);
		if (conf.token[0] != '\0')
			fprintf(stderr, "%s has the token\n", argv[0]);
		if (kinds[i].role == SANDBOX_BROKER)
			return broker(&conf);
		poll(NULL, 0, -1);
	}
	return 102;
}
