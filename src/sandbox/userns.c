/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Processes in new namespaces, and who they are there: user_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <linux/securebits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/sandbox/internal.h"

pid_t sandbox_clone(uint64_t flags, int *pidfd)
{
	struct clone_args arguments = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};

	sigset_t all, before;
	pid_t pid;

	/* The parent's handlers must not run in the child: libevent's would write to a
	 * socket that both have.  The child unblocks them when it has reset them. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid != 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

/* One write(2), as the kernel asks for these files. */
static int write_file(const char *path, const char *text)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

static int write_proc(pid_t pid, const char *name, const char *text, struct sandbox_error *error)
{
	char path[64];
	int result;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	result = write_file(path, text);
	return result < 0 ? sandbox_fail(error, -result, "write %s", path) : 0;
}

int sandbox_map(pid_t pid, const struct sandbox_identity *who, struct sandbox_error *error)
{
	char map[64];
	int result;

	/* The order is the kernel's: setgroups before an unprivileged gid_map (CVE-2014-8989). */
	if ((result = write_proc(pid, "setgroups", "deny", error)) < 0)
		return result;
	snprintf(map, sizeof(map), "%u %u 1", who->inside_gid, who->outside_gid);
	if ((result = write_proc(pid, "gid_map", map, error)) < 0)
		return result;
	snprintf(map, sizeof(map), "%u %u 1", who->inside_uid, who->outside_uid);
	return write_proc(pid, "uid_map", map, error);
}

int sandbox_oom_score(pid_t pid, int score, struct sandbox_error *error)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", score);
	return write_proc(pid, "oom_score_adj", text, error);
}

int sandbox_become(const struct sandbox_identity *who, struct sandbox_error *error)
{
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_NOROOT) < 0)
		return sandbox_fail(error, errno, "set securebits");
	if (setresgid(who->inside_gid, who->inside_gid, who->inside_gid) < 0)
		return sandbox_fail(error, errno, "setresgid %u", who->inside_gid);
	if (setresuid(who->inside_uid, who->inside_uid, who->inside_uid) < 0)
		return sandbox_fail(error, errno, "setresuid %u", who->inside_uid);
	return 0;
}

void sandbox_forbid_userns(void)
{
	/* Read-only in many containers; the filter is the lock that must hold. */
	(void)write_file("/proc/sys/user/max_user_namespaces", "0");
}
