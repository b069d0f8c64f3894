/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The program's parent.  In its own namespace it is pid 1: a program that were
 * pid 1 itself would never die of a signal it did not catch (pid_namespaces(7)).
 * It makes the program's world, gives up every right, forks the program, takes a
 * filter of a dozen calls and waits; its end takes all that is left along.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/sandbox/tracee.h"

/* The tracer's directory, where it puts the program: read-only here. */
#define SHARED "/work"

void sandbox_give_up(const struct family *family, const struct sandbox_error *error)
{
	/* write(2), not send(2): the program's filter may be in place already. */
	(void)!write(family->sync, error, sizeof(*error));
	_exit(127);
}

/* -- steps, in order --------------------------------------------------------- */

static int wait_for_map(struct family *family, struct sandbox_error *error)
{
	char go;

	if (read(family->sync, &go, 1) != 1)
		return sandbox_fail(error, EPIPE, "the tracer has gone");
	return 0;
}

static int take_namespaces(struct family *family, struct sandbox_error *error)
{
	const struct sandbox_root root = {
		.proc = true,
		.proc_only_pids = true,
		.scratch_bytes = family->profile->limits.scratch_bytes,
		.shared = SHARED,
	};
	int result;

	if (family->level != ISOLATION_NAMESPACES)
		return prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ?
		    sandbox_fail(error, errno, "become subreaper") : 0;
	sandbox_forbid_userns();
	if ((result = sandbox_become(&family->identity, error)) < 0)
		return result;
	return sandbox_enter_root(&root, error);
}

static int give_up_rights(struct family *family, struct sandbox_error *error)
{
	/* After the uid: setting it clears the death signal. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return sandbox_fail(error, errno, "set the death signal");
	/* Elsewhere it stays in the directory that the launcher has made for the tracer. */
	if (family->level == ISOLATION_NAMESPACES && chdir("/tmp") < 0)
		return sandbox_fail(error, errno, "chdir /tmp");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return sandbox_fail(error, errno, "set no_new_privs");
	return sandbox_caps_start(0, error);
}

static int take_landlock(struct family *family, struct sandbox_error *error)
{
	/* Where there is no namespace it is also what keeps the program from killing its
	 * tracer (ABI 6). */
	return family->level != ISOLATION_NONE ? sandbox_landlock(SANDBOX_TRACEE, family->level, error) : 0;
}

/* -- waiting ----------------------------------------------------------------- */

/* Without a namespace: what the program has left behind is ours by
 * PR_SET_CHILD_SUBREAPER. */
static bool kill_children(void)
{
	char path[64], list[4096], *next = list;
	bool any = false;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, list, sizeof(list) - 1);
	close(fd);
	list[got > 0 ? got : 0] = '\0';
	for (char *end; ; next = end) {
		long pid = strtol(next, &end, 10);

		if (end == next)
			break;
		any |= pid > 1 && kill((pid_t)pid, SIGKILL) == 0;
	}
	return any;
}

static void reap_rest(void)
{
	while (kill_children())
		if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD)
			break;
}

static void __attribute__((noreturn)) wait_for(pid_t program, bool own_namespace)
{
	int status = 0;
	pid_t pid;

	do
		pid = waitpid(-1, &status, 0);
	while (pid != program && (pid > 0 || errno == EINTR));
	if (!own_namespace)
		reap_rest();
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

void sandbox_run_stub(struct family *family)
{
	static int (*const steps[])(struct family *, struct sandbox_error *) = {
		wait_for_map, take_namespaces, give_up_rights, take_landlock,
	};
	struct sandbox_error error = { 0 };
	pid_t program;

	prctl(PR_SET_NAME, "pt-stub");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i](family, &error) < 0)
			sandbox_give_up(family, &error);
	program = fork();
	if (program == 0)
		sandbox_run_program(family);
	if (program < 0) {
		sandbox_fail(&error, errno, "fork the program");
		sandbox_give_up(family, &error);
	}
	/* After the fork: the program has to be open to its tracer. */
	prctl(PR_SET_DUMPABLE, 0);
	if (sandbox_filter_take(&family->stub, &error) < 0)
		sandbox_give_up(family, &error);
	close_range(0, ~0u, 0);
	wait_for(program, family->level == ISOLATION_NAMESPACES);
}
