/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The person's program before it is that: it waits, with all rights gone and
 * under a filter that lets it do little more than the program may, until the
 * tracer orders it to execute something.  The order comes from a process that has
 * parsed hostile bytes since: it is checked, and what it asks for happens with
 * the program's own rights in any case.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/fdutil.h"
#include "src/sandbox/tracee.h"

struct start {
	struct family *family;
	struct order order;
	int strings_fd, tty;
	char *path, **argv, **envp;
};

/* The tracer gets our pid as it sees it: SCM_CREDENTIALS. */
static int report(struct start *start, struct sandbox_error *error)
{
	if (write(start->family->sync, "r", 1) != 1)
		return sandbox_fail(error, errno, "report to the tracer");
	return 0;
}

static int hear_order(struct start *start, struct sandbox_error *error)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control;
	struct iovec data = { .iov_base = &start->order, .iov_len = sizeof(start->order) };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	ssize_t got = recvmsg(start->family->sync, &message, MSG_CMSG_CLOEXEC);
	int fds[2] = { -1, -1 };

	if (got <= 0)
		_exit(127);	/* the tracer has gone: no program, no error */
	header = CMSG_FIRSTHDR(&message);
	if (got != sizeof(start->order) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
	    header == NULL || header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len != CMSG_LEN((start->order.terminal ? 2 : 1) * sizeof(int)))
		return sandbox_fail(error, EPROTO, "hear the tracer's order");
	memcpy(fds, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
	start->strings_fd = fds[0];
	start->tty = fds[1];
	return 0;
}

/* Cut the strings; everything must be used up exactly. */
static int read_strings(struct start *start, struct sandbox_error *error)
{
	size_t length, count = (size_t)start->order.argument_count + start->order.environment_count;
	char *text = fd_read_all(start->strings_fd, ORDER_BYTES_MAX, &length), *end;

	if (text == NULL || count > ORDER_STRINGS_MAX || length == 0 || text[length - 1] != '\0')
		return sandbox_fail(error, EPROTO, "read the tracer's order");
	end = text + length;
	start->argv = calloc(count + 2, sizeof(char *));
	if (start->argv == NULL)
		return sandbox_fail(error, ENOMEM, "read the tracer's order");
	start->envp = start->argv + start->order.argument_count + 1;
	start->path = text;
	for (size_t i = 0; i < count; i++) {
		text += strlen(text) + 1;
		if (text >= end)
			return sandbox_fail(error, EPROTO, "read the tracer's order");
		start->argv[i < start->order.argument_count ? i : i + 1] = text;
	}
	return text + strlen(text) + 1 == end ? 0 : sandbox_fail(error, EPROTO, "read the tracer's order");
}

static int take_terminal(struct start *start, struct sandbox_error *error)
{
	int tty = start->tty;

	setsid();
	if (tty < 0)
		tty = open("/dev/null", O_RDWR | O_CLOEXEC);
	else if (ioctl(tty, TIOCSCTTY, 0) < 0)
		return sandbox_fail(error, errno, "take the terminal");
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (dup2(tty, fd) < 0)
			return sandbox_fail(error, errno, "set standard descriptors");
	/* dup2() to itself leaves close-on-exec as it was. */
	if (tty <= STDERR_FILENO && fcntl(tty, F_SETFD, 0) < 0)
		return sandbox_fail(error, errno, "set standard descriptors");
	return 0;
}

static int close_the_rest(struct start *start, struct sandbox_error *error)
{
	/* To 3 first, so that one range covers everything else. */
	if (start->family->sync != STDERR_FILENO + 1 &&
	    dup3(start->family->sync, STDERR_FILENO + 1, O_CLOEXEC) < 0)
		return sandbox_fail(error, errno, "move a descriptor");
	start->family->sync = STDERR_FILENO + 1;
	if (close_range(STDERR_FILENO + 2, ~0u, 0) < 0)
		return sandbox_fail(error, errno, "close_range");
	return 0;
}

static int limit_resources(struct start *start, struct sandbox_error *error)
{
	/* Said here already, and not only after the tracer has let us go. */
	if (access(start->path, X_OK) < 0)
		return sandbox_fail(error, errno, "execute %s", start->path);
	return sandbox_limit(&start->order.limits, error);
}

static int wait_to_be_seized(struct start *start, struct sandbox_error *error)
{
	char go;

	(void)error;
	if (read(start->family->sync, &go, 1) != 1)
		_exit(127);	/* the tracer has gone */
	return 0;
}

static int execute(struct start *start, struct sandbox_error *error)
{
	/* Addresses that repeat from run to run; some containers forbid it, and then
	 * they do not. */
	(void)personality(ADDR_NO_RANDOMIZE);
	if (sandbox_filter_take(&start->family->program, error) < 0)
		return -1;
	execve(start->path, start->argv, start->envp);
	return sandbox_fail(error, errno, "execute %s", start->path);
}

void sandbox_run_program(struct family *family)
{
	static int (*const steps[])(struct start *, struct sandbox_error *) = {
		report, hear_order, read_strings, take_terminal, close_the_rest, limit_resources,
		report, wait_to_be_seized, execute,
	};
	struct start start = { .family = family, .strings_fd = -1, .tty = -1 };
	struct sandbox_error error = { 0 };

	prctl(PR_SET_NAME, "pt-program");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sandbox_reset_signals();
	if (sandbox_filter_take(&family->start, &error) < 0)
		sandbox_give_up(family, &error);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i](&start, &error) < 0)
			break;
	sandbox_give_up(family, &error);
}
