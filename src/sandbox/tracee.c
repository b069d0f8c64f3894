/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The person's program, below the tracer: tracer ─ stub ─ program.  Both are made
 * before the tracer has read a hostile byte (sandbox_tracee_prepare), so that it
 * can give up clone and mount first; what is to be executed they hear later.
 */
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/fdutil.h"
#include "src/sandbox/tracee.h"

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC)

/* The one program of this tracer while it waits for its order: stub 0, none. */
static struct {
	enum isolation level;
	struct sandbox_tracee tracee;
} waiting;

static void forget(struct sandbox_tracee *tracee)
{
	close(tracee->go);
	if (tracee->stub > 0) {
		kill(tracee->stub, SIGKILL);
		waitpid(tracee->stub, NULL, 0);
		close(tracee->stub_pidfd);
	}
	*tracee = (struct sandbox_tracee){ 0 };
}

/* The program's byte with its pid, or somebody's error. */
static int hear(int sync, pid_t *pid, struct sandbox_error *error)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct sandbox_error theirs = { 0 };
	struct iovec data = { .iov_base = &theirs, .iov_len = sizeof(theirs) };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	struct ucred who;
	ssize_t got;

	do
		got = recvmsg(sync, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got == sizeof(theirs) && theirs.number > 0) {
		*error = theirs;
		error->what[sizeof(error->what) - 1] = '\0';
		return -error->number;
	}
	header = CMSG_FIRSTHDR(&message);
	if (got != 1 || header == NULL || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_CREDENTIALS)
		return sandbox_fail(error, EPROTO, "hear from the program");
	memcpy(&who, CMSG_DATA(header), sizeof(who));
	*pid = who.pid;
	return 0;
}

/* -- making them ------------------------------------------------------------- */

static int fill_family(struct family *family, enum isolation level, struct sandbox_tracee *tracee,
    struct sandbox_error *error)
{
	int result;

	family->level = level;
	family->profile = sandbox_profile(SANDBOX_TRACEE);
	family->identity = (struct sandbox_identity){ SANDBOX_UID, geteuid(), SANDBOX_UID, getegid() };
	if (getrandom(&tracee->mark, sizeof(tracee->mark), 0) != sizeof(tracee->mark))
		return sandbox_fail(error, EIO, "get random bytes");
	if ((result = sandbox_filter_read(SANDBOX_FD_POLICY, SANDBOX_STUB, &family->stub, error)) < 0 ||
	    (result = sandbox_filter_read(SANDBOX_FD_POLICY, SANDBOX_START, &family->start, error)) < 0 ||
	    (result = sandbox_filter_read(SANDBOX_FD_POLICY, SANDBOX_TRACEE, &family->program, error)) < 0)
		return result;
	return sandbox_filter_mark(&family->program, tracee->mark, error);
}

static int let_go(const struct family *family, struct sandbox_tracee *tracee, struct sandbox_error *error)
{
	const int on = 1;
	int result = 0;

	if (family->level == ISOLATION_NAMESPACES)
		result = sandbox_map(tracee->stub, &family->identity, error);
	if (result == 0)
		result = sandbox_oom_score(tracee->stub, family->profile->oom_score_adj, error);
	if (result < 0)
		return result;
	if (setsockopt(tracee->go, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    write(tracee->go, "g", 1) != 1)
		return sandbox_fail(error, errno, "let the stub go on");
	return hear(tracee->go, &tracee->pid, error);
}

static int make_family(struct family *family, struct sandbox_tracee *tracee, struct sandbox_error *error)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return sandbox_fail(error, errno, "make a socketpair");
	family->sync = pair[1];
	tracee->go = pair[0];
	tracee->stub = sandbox_clone(family->level == ISOLATION_NAMESPACES ? NAMESPACES : 0,
	    &tracee->stub_pidfd);
	if (tracee->stub == 0) {
		close(pair[0]);
		sandbox_run_stub(family);
	}
	close(pair[1]);
	if (tracee->stub < 0)
		return sandbox_fail(error, errno, "create %s",
		    family->level == ISOLATION_NAMESPACES ? "nested namespaces" : "a process");
	return let_go(family, tracee, error);
}

int sandbox_tracee_prepare(enum isolation level, struct sandbox_error *error)
{
	/* Three programs of up to 32 KiB: not for the stack, and not kept. */
	cleanup_free struct family *family = malloc(sizeof(*family));
	int result;

	if (family == NULL)
		return sandbox_fail(error, ENOMEM, "prepare a program");
	if ((result = fill_family(family, level, &waiting.tracee, error)) < 0)
		return result;
	waiting.level = level;
	result = make_family(family, &waiting.tracee, error);
	if (result < 0)
		forget(&waiting.tracee);
	return result;
}

/* -- the order ---------------------------------------------------------------- */

static int append(int fd, const char *text, struct order *order)
{
	size_t length = strlen(text) + 1;

	if (length > ORDER_BYTES_MAX - order->bytes)
		return -E2BIG;
	order->bytes += (uint32_t)length;
	return fd_write_all(fd, text, length);
}

static int append_all(int fd, char *const *list, uint32_t *count, struct order *order)
{
	int result = 0;

	for (; list[*count] != NULL && result == 0; ++*count)
		result = *count < ORDER_STRINGS_MAX ? append(fd, list[*count], order) : -E2BIG;
	return result;
}

/* A sealed memfd with the strings, and the order that says how many. */
static int write_order(const struct sandbox_tracee_setup *setup, struct order *order,
    struct sandbox_error *error)
{
	cleanup_close int fd = fd_memory("order");
	int result = fd < 0 ? fd : 0;

	*order = (struct order){
		.limits = {
			.memory_bytes = setup->memory_bytes,
			/* The stub counts too.  Outside a user namespace of its own the limit
			 * would count all of the user's processes. */
			.processes = setup->level == ISOLATION_NAMESPACES ? setup->processes + 1 : 0,
			.file_bytes = setup->file_bytes,
			.descriptors = sandbox_profile(SANDBOX_TRACEE)->limits.descriptors,
		},
		.terminal = setup->tty >= 0,
	};
	if (result == 0)
		result = append(fd, setup->path, order);
	if (result == 0)
		result = append_all(fd, setup->argv, &order->argument_count, order);
	if (result == 0)
		result = append_all(fd, setup->envp, &order->environment_count, order);
	if (result == 0)
		result = fd_seal(fd);
	return result < 0 ? sandbox_fail(error, -result, "write down arguments and environment") : steal_fd(&fd);
}

static int send_order(int sync, const struct order *order, int strings, int tty, struct sandbox_error *error)
{
	const size_t length = (order->terminal ? 2 : 1) * sizeof(int);
	const int fds[2] = { strings, tty };
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(fds))];
	} control = { .header = {
		.cmsg_len = CMSG_LEN(length), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
	} };
	struct iovec data = { .iov_base = (void *)order, .iov_len = sizeof(*order) };
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = CMSG_SPACE(length),
	};

	memcpy(CMSG_DATA(&control.header), fds, length);
	if (sendmsg(sync, &message, MSG_NOSIGNAL) != sizeof(*order))
		return sandbox_fail(error, errno, "order the program to start");
	return 0;
}

int sandbox_tracee_spawn(const struct sandbox_tracee_setup *setup, struct sandbox_tracee *tracee,
    struct sandbox_error *error)
{
	cleanup_close int strings = -1;
	struct order order;
	int result;

	if (waiting.tracee.stub == 0 && (result = sandbox_tracee_prepare(setup->level, error)) < 0)
		return result;
	if (waiting.level != setup->level)
		return sandbox_fail(error, EINVAL, "start a program at another level than prepared");
	*tracee = waiting.tracee;
	waiting.tracee = (struct sandbox_tracee){ 0 };
	strings = result = write_order(setup, &order, error);
	if (result >= 0)
		result = send_order(tracee->go, &order, strings, setup->tty, error);
	if (result >= 0)
		result = hear(tracee->go, &tracee->pid, error);
	if (result < 0)
		forget(tracee);
	return result;
}
