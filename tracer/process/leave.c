/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the kernel says that a thread does, and its way out. */
#include "tracer/process/private.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/cleanup.h"

enum { FIRST_PAUSE_NS = 20000, LAST_PAUSE_NS = 2000000, WAITED_NS = 2000000000 };

/* proc(5): the state follows the name, which may hold anything but ends at the last ')'. */
char tracee_state(const struct tracee *t)
{
	char path[64], text[512];
	cleanup_close int fd = -1;
	ssize_t n;
	const char *end;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)t->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
	if (n <= 0)
		return '\0';
	text[n] = '\0';
	end = strrchr(text, ')');
	return end != NULL && end[1] == ' ' ? end[2] : '\0';
}

static bool is_zombie(const struct tracee *t)
{
	char state = tracee_state(t);

	return state == 'Z' || state == 'X' || state == '\0';
}

/* In between it clears its id in memory (CLONE_CHILD_CLEARTID) and marks the robust futexes that it
 * holds.  Of the other threads waitpid(2) tells when that is done; of the first one it does
 * not before they have left, and a pidfd does only as of Linux 6.9 (PIDFD_THREAD).  Nothing on
 * that way waits for another thread: the bound is for a machine that has no time for it. */
static void await_zombie(const struct tracee *t)
{
	struct timespec nap = { 0, FIRST_PAUSE_NS };

	for (long waited = 0; waited < WAITED_NS && !is_zombie(t); waited += nap.tv_nsec) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
		if (nap.tv_nsec < LAST_PAUSE_NS)
			nap.tv_nsec *= 2;
	}
}

/* No stop follows another by itself. */
bool tracee_was_killed(const struct tracee *t)
{
	siginfo_t info = { 0 };

	return t->stopped && waitid(P_PID, (id_t)t->tid, &info,
	    WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL) == 0 && info.si_pid == t->tid;
}

void tracee_leave(struct tracee *t)
{
	if (tracee_continue(t) == 0 && t->tid == t->process->pid)
		await_zombie(t);
}
