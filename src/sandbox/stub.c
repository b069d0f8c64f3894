/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The tracee's parent.  In its own namespace it is pid 1: a program that were
 * pid 1 itself would never die of a signal it did not catch (pid_namespaces(7)).
 * It forwards nothing and reads nothing; its end takes all that is left along.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/fdutil.h"
#include "src/sandbox/internal.h"

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

void sandbox_stub(pid_t program, bool own_namespace)
{
	int status = 0;
	pid_t pid;

	/* After the fork, so that the program is no dump of the tracer's either way,
	 * and the program can read nothing of what this copy of it holds. */
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NAME, "stub");
	fd_close_from(0);
	do
		pid = waitpid(-1, &status, 0);
	while (pid != program && (pid > 0 || errno == EINTR));
	if (!own_namespace)
		reap_rest();
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}
