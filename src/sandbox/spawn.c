/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The launcher starts a process of ours in its sandbox.  The child's way from
 * clone3 to exec is the table `steps'; until its last row it is our code and has
 * read nothing that a stranger wrote.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/sandbox/internal.h"

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | \
    CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)
#define FDS_MAX 32
#define START_SECONDS 10
/* Out of the way of the descriptors that are put in their places. */
#define FD_PARK 100

struct child {
	const struct sandbox_spawn_setup *setup;
	const struct sandbox_profile *profile;
	struct sandbox_identity identity;
	struct sandbox_limits limits;
	int sync;		/* to the parent: its go-ahead, our error */
	int executable;
};

static bool namespaced(const struct child *child)
{
	return child->setup->level == ISOLATION_NAMESPACES;
}

/* -- the child's steps, in order ------------------------------------------ */

static int wait_for_map(struct child *child, struct sandbox_error *error)
{
	char go;

	if (recv(child->sync, &go, 1, 0) != 1)
		return sandbox_fail(error, EPIPE, "the launcher has gone");
	return 0;
}

static int take_identity(struct child *child, struct sandbox_error *error)
{
	setsid();	/* no controlling terminal, and ^C is the launcher's alone */
	if (namespaced(child))
		return sandbox_become(&child->identity, error);
	if (geteuid() != 0 || child->setup->uid == 0)
		return 0;
	if (setresgid(child->setup->uid, child->setup->uid, child->setup->uid) < 0 ||
	    setresuid(child->setup->uid, child->setup->uid, child->setup->uid) < 0)
		return sandbox_fail(error, errno, "become uid %u", child->setup->uid);
	return 0;
}

/* Setting a uid clears the death signal, so it comes after; a launcher that died
 * before it is seen by its end of the socket. */
static int die_with_parent(struct child *child, struct sandbox_error *error)
{
	char none;
	ssize_t got;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return sandbox_fail(error, errno, "set the death signal");
	got = recv(child->sync, &none, 1, MSG_DONTWAIT);
	if (got == 0)
		return sandbox_fail(error, EPIPE, "the launcher has gone");
	return 0;
}

static int name_host(struct child *child, struct sandbox_error *error)
{
	static const char name[] = "penguintrace";

	if (namespaced(child) && sethostname(name, sizeof(name) - 1) < 0)
		return sandbox_fail(error, errno, "set the host name");
	return 0;
}

/* stdin: /dev/null.  stdout: /dev/null, because the launcher's carries the
 * address.  Opened here, before the root is changed. */
static int replace_stdio(struct child *child, struct sandbox_error *error)
{
	cleanup_close int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return sandbox_fail(error, errno, "open /dev/null");
	if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    (!child->setup->keep_stderr && dup2(null, STDERR_FILENO) < 0))
		return sandbox_fail(error, errno, "set standard descriptors");
	if (null <= STDERR_FILENO)
		(void)steal_fd(&null);
	return 0;
}

static int change_root(struct child *child, struct sandbox_error *error)
{
	const char *directory = "/";
	int result;
	struct sandbox_root root = {
		.proc = child->profile->proc || SANDBOX_SANITIZED,
		.proc_required = child->profile->proc,
		.terminals = child->profile->terminals,
		.work = true,
		.scratch_bytes = child->profile->scratch ? child->limits.scratch_bytes : 0,
	};

	if (!namespaced(child) && child->setup->directory != NULL) {
		directory = child->setup->directory;
		if (mkdir(directory, 0700) < 0)
			return sandbox_fail(error, errno, "make %s", directory);
	}
	if (!namespaced(child))
		;	/* the machine's root */
	else if ((result = sandbox_enter_root(&root, error)) < 0)
		return result;
	else if (child->profile->scratch)
		directory = "/work";
	if (chdir(directory) < 0)
		return sandbox_fail(error, errno, "chdir %s", directory);
	return 0;
}

static int limit_resources(struct child *child, struct sandbox_error *error)
{
	sandbox_reset_signals();
	umask(022);
	return sandbox_limit(&child->limits, error);
}

static int drop_capabilities(struct child *child, struct sandbox_error *error)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return sandbox_fail(error, errno, "set no_new_privs");
	return sandbox_caps_start(namespaced(child) ? child->profile->starting : 0, error);
}

/* Park first: a source may have the number that another one is to get. */
static int place_descriptors(struct child *child, struct sandbox_error *error)
{
	int parked[FDS_MAX], policy;

	for (size_t i = 0; i < child->setup->fd_count; i++)
		if ((parked[i] = fcntl(child->setup->fds[i], F_DUPFD_CLOEXEC, FD_PARK)) < 0)
			return sandbox_fail(error, errno, "move descriptor %d", child->setup->fds[i]);
	policy = fcntl(child->setup->policy, F_DUPFD_CLOEXEC, FD_PARK);
	child->sync = fcntl(child->sync, F_DUPFD_CLOEXEC, FD_PARK);
	child->executable = fcntl(child->setup->executable, F_DUPFD_CLOEXEC, FD_PARK);
	if (policy < 0 || child->sync < 0 || child->executable < 0)
		return sandbox_fail(error, errno, "move descriptors");
	if (close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return sandbox_fail(error, errno, "close_range");
	for (size_t i = 0; i < child->setup->fd_count; i++)
		if (dup2(parked[i], STDERR_FILENO + 1 + (int)i) < 0)
			return sandbox_fail(error, errno, "place descriptors");
	if (dup2(policy, SANDBOX_FD_POLICY) < 0)
		return sandbox_fail(error, errno, "place descriptors");
	return 0;
}

static int execute(struct child *child, struct sandbox_error *error)
{
	char *const argv[] = { (char *)child->setup->name, NULL };
	/* A leak check at exit needs ptrace(2), which no filter here allows. */
	char *const envp[] = { SANDBOX_SANITIZED ? (char *)"ASAN_OPTIONS=detect_leaks=0" : NULL, NULL };

	execveat(child->executable, "", argv, envp, AT_EMPTY_PATH);
	return sandbox_fail(error, errno, "execute %s", child->setup->name);
}

static int (*const steps[])(struct child *, struct sandbox_error *) = {
	wait_for_map,
	take_identity,
	die_with_parent,
	name_host,
	replace_stdio,
	change_root,
	limit_resources,
	drop_capabilities,
	place_descriptors,
	die_with_parent,
	execute,
};

static void __attribute__((noreturn)) run_child(struct child *child)
{
	struct sandbox_error error = { 0 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i](child, &error) < 0)
			break;
	(void)!send(child->sync, &error, sizeof(error), MSG_NOSIGNAL);
	_exit(127);
}

/* -- the parent's part ----------------------------------------------------- */

/* End-of-file: the child has executed. */
static int await_exec(int sync, struct sandbox_error *error)
{
	/* Milliseconds, unless a file system hangs: the caller must not hang with it. */
	const struct timeval patience = { .tv_sec = START_SECONDS };
	ssize_t got;

	setsockopt(sync, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	do
		got = recv(sync, error, sizeof(*error), 0);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		return 0;
	if (got != sizeof(*error))
		return sandbox_fail(error, got < 0 ? errno : EPROTO, "hear from the new process");
	error->what[sizeof(error->what) - 1] = '\0';
	return error->number > 0 ? -error->number : -EPROTO;
}

static int let_go(const struct child *child, pid_t pid, int sync, struct sandbox_error *error)
{
	int result = 0;

	if (namespaced(child))
		result = sandbox_map(pid, &child->identity, error);
	if (result == 0 && child->profile->oom_score_adj > 0)
		result = sandbox_oom_score(pid, child->profile->oom_score_adj, error);
	if (result < 0)
		return result;
	if (send(sync, "g", 1, MSG_NOSIGNAL) != 1)
		return sandbox_fail(error, errno, "let the new process go on");
	return await_exec(sync, error);
}

static void fill_child(struct child *child, const struct sandbox_spawn_setup *setup, int sync)
{
	uid_t uid = setup->uid != 0 ? setup->uid : geteuid();
	gid_t gid = setup->uid != 0 ? setup->uid : getegid();
	const struct sandbox_limits *standard = &sandbox_profile(setup->role)->limits;

	*child = (struct child){
		.setup = setup,
		.profile = sandbox_profile(setup->role),
		.identity = { SANDBOX_UID, uid, SANDBOX_UID, gid },
		.limits = setup->limits,
		.sync = sync,
	};
	if (child->limits.memory_bytes == 0)
		child->limits.memory_bytes = standard->memory_bytes;
	if (child->limits.processes == 0)
		child->limits.processes = standard->processes;
	if (child->limits.file_bytes == 0)
		child->limits.file_bytes = standard->file_bytes;
	if (child->limits.scratch_bytes == 0)
		child->limits.scratch_bytes = standard->scratch_bytes;
	if (child->limits.descriptors == 0)
		child->limits.descriptors = standard->descriptors;
	/* Outside a user namespace of its own this limit counts all of the user's
	 * processes on the machine. */
	if (setup->level != ISOLATION_NAMESPACES && setup->uid == 0)
		child->limits.processes = 0;
}

int sandbox_spawn(const struct sandbox_spawn_setup *setup, struct sandbox_process *process,
    struct sandbox_error *error)
{
	int pair[2], pidfd = -1, result;
	struct child child;
	pid_t pid;

	if (setup->fd_count > FDS_MAX)
		return sandbox_fail(error, EINVAL, "hand over %zu descriptors", setup->fd_count);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return sandbox_fail(error, errno, "make a socketpair");
	fill_child(&child, setup, pair[1]);
	pid = sandbox_clone(setup->level == ISOLATION_NAMESPACES ? NAMESPACES : 0, &pidfd);
	if (pid == 0) {
		close(pair[0]);
		run_child(&child);
	}
	close(pair[1]);
	if (pid < 0)
		result = sandbox_fail(error, errno, "create %s",
		    setup->level == ISOLATION_NAMESPACES ? "namespaces" : "a process");
	else
		result = let_go(&child, pid, pair[0], error);
	close(pair[0]);
	if (result < 0 && pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		close(pidfd);
	}
	if (result == 0)
		*process = (struct sandbox_process){ .pid = pid, .pidfd = pidfd };
	return result;
}
