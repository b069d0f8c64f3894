/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The person's program, below the tracer: tracer ─ stub ─ program.  The stub is
 * made in nested namespaces, builds the program's root, gives up everything,
 * forks the program and stays to reap.  The program says who it is by
 * SCM_CREDENTIALS (the kernel translates the pid) and waits to be seized.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/sandbox/internal.h"

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC)

struct family {
	const struct sandbox_tracee_setup *setup;
	const struct sandbox_profile *profile;
	struct sandbox_identity identity;
	struct sandbox_limits limits;
	struct sandbox_filter filter;
	int sync;
};

static bool namespaced(const struct family *family)
{
	return family->setup->level == ISOLATION_NAMESPACES;
}

static void __attribute__((noreturn)) give_up(const struct family *family,
    const struct sandbox_error *error)
{
	/* write(2), not send(2): the filter may be in place already. */
	(void)!write(family->sync, error, sizeof(*error));
	_exit(127);
}

/* -- the program, before it is the program --------------------------------- */

static int take_terminal(struct family *family, struct sandbox_error *error)
{
	int tty = family->setup->tty;

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

static int close_the_rest(struct family *family, struct sandbox_error *error)
{
	int sync = family->sync;

	/* To 3 first, so that one range covers everything else. */
	if (sync != STDERR_FILENO + 1 && dup3(sync, STDERR_FILENO + 1, O_CLOEXEC) < 0)
		return sandbox_fail(error, errno, "move a descriptor");
	family->sync = STDERR_FILENO + 1;
	if (close_range(STDERR_FILENO + 2, ~0u, 0) < 0)
		return sandbox_fail(error, errno, "close_range");
	return 0;
}

/* The parent gets our pid as it sees it; one byte back lets us go on. */
static int wait_to_be_seized(struct family *family, struct sandbox_error *error)
{
	char go;

	if (send(family->sync, "r", 1, MSG_NOSIGNAL) != 1)
		return sandbox_fail(error, errno, "report to the tracer");
	if (recv(family->sync, &go, 1, 0) != 1)
		_exit(127);	/* the tracer has gone */
	return 0;
}

static int execute(struct family *family, struct sandbox_error *error)
{
	const struct sandbox_tracee_setup *setup = family->setup;

	/* Addresses that repeat from run to run; some containers forbid it, and then
	 * they do not. */
	(void)personality(ADDR_NO_RANDOMIZE);
	if (sandbox_filter_take(&family->filter, error) < 0)
		return -1;
	execve(setup->path, setup->argv, setup->envp);
	return sandbox_fail(error, errno, "execute %s", setup->path);
}

static void __attribute__((noreturn)) run_program(struct family *family)
{
	static int (*const steps[])(struct family *, struct sandbox_error *) = {
		take_terminal, close_the_rest, wait_to_be_seized, execute,
	};
	struct sandbox_error error = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sandbox_reset_signals();
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i](family, &error) < 0)
			break;
	give_up(family, &error);
}

/* -- the stub -------------------------------------------------------------- */

static int wait_for_map(struct family *family, struct sandbox_error *error)
{
	char go;

	if (recv(family->sync, &go, 1, 0) != 1)
		return sandbox_fail(error, EPIPE, "the tracer has gone");
	return 0;
}

static int take_namespaces(struct family *family, struct sandbox_error *error)
{
	const struct sandbox_root root = {
		.proc = true,
		.proc_only_pids = true,
		.scratch_bytes = family->limits.scratch_bytes,
		.program = family->setup->path,
	};
	int result;

	if (!namespaced(family))
		return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ?
		    sandbox_fail(error, errno, "become subreaper") : 0;
	sandbox_forbid_userns();
	if ((result = sandbox_become(&family->identity, error)) < 0)
		return result;
	return sandbox_enter_root(&root, error);
}

static int give_up_rights(struct family *family, struct sandbox_error *error)
{
	int result;

	/* After the uid: setting it clears the death signal. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return sandbox_fail(error, errno, "set the death signal");
	if (chdir("/tmp") < 0)
		return sandbox_fail(error, errno, "chdir /tmp");
	if ((result = sandbox_limit(&family->limits, true, error)) < 0)
		return result;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return sandbox_fail(error, errno, "set no_new_privs");
	return sandbox_caps_start(0, error);
}

static int take_landlock(struct family *family, struct sandbox_error *error)
{
	(void)family;
	return sandbox_landlock(SANDBOX_TRACEE, error);
}

static void __attribute__((noreturn)) run_stub(struct family *family)
{
	static int (*const steps[])(struct family *, struct sandbox_error *) = {
		wait_for_map, take_namespaces, give_up_rights, take_landlock,
	};
	struct sandbox_error error = { 0 };
	pid_t program;

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i](family, &error) < 0)
			give_up(family, &error);
	program = fork();
	if (program == 0)
		run_program(family);
	if (program < 0) {
		sandbox_fail(&error, errno, "fork the program");
		give_up(family, &error);
	}
	sandbox_stub(program, namespaced(family));
}

/* -- the tracer's part ----------------------------------------------------- */

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

static int let_go(const struct family *family, pid_t stub, int sync, pid_t *program,
    struct sandbox_error *error)
{
	const int on = 1;
	int result = 0;

	if (namespaced(family))
		result = sandbox_map(stub, &family->identity, error);
	if (result == 0)
		result = sandbox_oom_score(stub, family->profile->oom_score_adj, error);
	if (result < 0)
		return result;
	if (setsockopt(sync, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    send(sync, "g", 1, MSG_NOSIGNAL) != 1)
		return sandbox_fail(error, errno, "let the stub go on");
	return hear(sync, program, error);
}

static int fill_family(struct family *family, const struct sandbox_tracee_setup *setup,
    struct sandbox_error *error)
{
	family->setup = setup;
	family->profile = sandbox_profile(SANDBOX_TRACEE);
	family->identity = (struct sandbox_identity){ SANDBOX_UID, geteuid(), SANDBOX_UID, getegid() };
	family->limits = (struct sandbox_limits){
		.memory_bytes = setup->memory_bytes,
		/* Without a namespace it would count all of the user's processes. */
		.processes = namespaced(family) ? setup->processes + 1 : 0,
		.file_bytes = setup->file_bytes,
		.scratch_bytes = setup->file_bytes != 0 ? setup->file_bytes :
		    family->profile->limits.scratch_bytes,
	};
	return sandbox_filter_read(SANDBOX_FD_POLICY, SANDBOX_TRACEE, &family->filter, error);
}

int sandbox_tracee_spawn(const struct sandbox_tracee_setup *setup, struct sandbox_tracee *tracee,
    struct sandbox_error *error)
{
	struct family family;
	int pair[2], pidfd = -1, result;
	pid_t stub, program = 0;

	if ((result = fill_family(&family, setup, error)) < 0)
		return result;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return sandbox_fail(error, errno, "make a socketpair");
	family.sync = pair[1];
	stub = sandbox_clone(namespaced(&family) ? NAMESPACES : 0, &pidfd);
	if (stub == 0) {
		close(pair[0]);
		run_stub(&family);
	}
	close(pair[1]);
	if (stub < 0)
		result = sandbox_fail(error, errno, "create %s",
		    namespaced(&family) ? "nested namespaces" : "a process");
	else
		result = let_go(&family, stub, pair[0], &program, error);
	if (result < 0) {
		close(pair[0]);
		if (stub > 0) {
			kill(stub, SIGKILL);
			waitpid(stub, NULL, 0);
			close(pidfd);
		}
		return result;
	}
	*tracee = (struct sandbox_tracee){
		.pid = program, .stub = stub, .stub_pidfd = pidfd, .go = pair[0],
	};
	return 0;
}
