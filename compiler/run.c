/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See run.h. */
#include "config.h"

#include "compiler/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compiler/guard.h"
#include "src/cleanup.h"
#include "src/fdutil.h"

static pid_t last_group, last_guard;

static uint64_t now_milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* -- the child -------------------------------------------------------- */

static bool limit(int resource, uint64_t soft, uint64_t hard)
{
	struct rlimit r;

	/* Never above what the sandbox has left us. */
	if (getrlimit(resource, &r) < 0)
		return false;
	r.rlim_cur = soft < r.rlim_max ? soft : r.rlim_max;
	r.rlim_max = hard < r.rlim_max ? hard : r.rlim_max;
	return setrlimit(resource, &r) == 0;
}

static bool set_limits(const struct run_limits *l)
{
	/* A second between the soft and the hard limit, so that the tool dies of
	 * SIGXCPU, which its driver names, and not of SIGKILL, which says nothing. */
	return limit(RLIMIT_CORE, 0, 0) &&
	    limit(RLIMIT_CPU, l->cpu_seconds, l->cpu_seconds + 1) &&
	    (l->memory_bytes == 0 || limit(RLIMIT_AS, l->memory_bytes, l->memory_bytes)) &&
	    (l->file_bytes == 0 || limit(RLIMIT_FSIZE, l->file_bytes, l->file_bytes)) &&
	    (l->processes == 0 || limit(RLIMIT_NPROC, l->processes, l->processes));
}

static void default_signals(void)
{
	sigset_t none;

	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((noreturn))
static void child(const char *const argv[], const struct run_place *place, const struct run_limits *limits,
    int output)
{
	char temporary[PATH_MAX];
	char *environment[] = { (char[]){ "PATH=/usr/bin:/bin" }, (char[]){ "LC_ALL=C.UTF-8" }, temporary, NULL };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	snprintf(temporary, sizeof(temporary), "TMPDIR=%s", place->directory != NULL ? place->directory->temporary : "/tmp");
	default_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
	    (place->directory != NULL && fchdir(place->directory->fd) < 0))
		_exit(126);
	fd_close_from(3);
	if (set_limits(limits))
		execve(argv[0], (char *const *)argv, environment);
	dprintf(2, "%s: error: cannot be run: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* -- capturing -------------------------------------------------------- */

static bool full(const struct run_result *r, const struct run_limits *l)
{
	return r->length >= l->text_bytes;
}

/* What is there now.  False: the pipe has no writer any more. */
static bool drain(int fd, const struct run_limits *l, struct run_result *r)
{
	while (!full(r, l)) {
		ssize_t n = read(fd, r->text + r->length, l->text_bytes - r->length);

		if (n <= 0)
			return n < 0 && (errno == EAGAIN || errno == EINTR);
		r->length += n;
	}
	return true;
}

/*
 * Until the program exits or a limit is reached.  Its exit is what counts, not
 * the end of the pipe: something that it left running may hold that open.
 */
static enum run_end watch(int pidfd, int output, int peer, const struct run_limits *l, struct run_result *r)
{
	uint64_t deadline = now_milliseconds() + l->wall_milliseconds;
	struct pollfd fds[] = {
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = output, .events = POLLIN },
		{ .fd = peer, .events = 0 },
	};

	for (;;) {
		uint64_t now = now_milliseconds();

		if (now >= deadline)
			return RUN_WALL;
		if (poll(fds, 3, deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now)) < 0 && errno != EINTR)
			return RUN_ABANDONED;
		if (fds[1].revents != 0 && !drain(output, l, r))
			fds[1].fd = -1;
		if (full(r, l))
			return RUN_FLOOD;
		if (fds[2].revents & (POLLHUP | POLLERR))
			return RUN_ABANDONED;
		if (fds[0].revents != 0) {
			drain(output, l, r);
			return full(r, l) ? RUN_FLOOD : RUN_EXITED;
		}
	}
}

static int reap(pid_t pid, unsigned *cpu_milliseconds)
{
	struct rusage usage = { 0 };
	int status = 0;

	while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	*cpu_milliseconds = 1000 * (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
	return status;
}

/* Only our end does not block: the tools expect an output that does. */
static int make_pipe(int *reader, int *writer)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	*reader = fds[0];
	*writer = fds[1];
	return fd_set_nonblock(fds[0]);
}

static pid_t start(const char *const argv[], const struct run_place *place, const struct run_limits *limits,
    int output)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		child(argv, place, limits, output);
	}
	if (pid > 0) {
		setpgid(pid, pid);	/* here too: whoever comes first */
		last_group = pid;
	}
	if (pid > 0 && place->directory != NULL && place->directory->ours)
		last_guard = guard_start(pid, place->directory);
	return pid;
}

int run(const char *const argv[], const struct run_place *place, const struct run_limits *limits,
    struct run_result *result)
{
	cleanup_free char *text = malloc(limits->text_bytes + 1);
	cleanup_close int reader = -1, writer = -1, pidfd = -1;
	struct run_result r = { .text = text };
	pid_t pid;

	*result = (struct run_result){ 0 };
	if (text == NULL)
		return -ENOMEM;
	if (make_pipe(&reader, &writer) < 0 || (pid = start(argv, place, limits, writer)) < 0)
		return -errno;
	close(steal_fd(&writer));
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) {
		int error = -errno;

		kill(pid, SIGKILL);
		reap(pid, &r.cpu_milliseconds);
		return error;
	}
	r.end = watch(pidfd, reader, place->peer, limits, &r);
	if (r.end != RUN_EXITED)
		kill(-pid, SIGKILL);
	r.status = reap(pid, &r.cpu_milliseconds);
	r.text[r.length] = '\0';
	*result = r;
	steal_pointer(&text);
	return 0;
}

void run_result_free(struct run_result *result)
{
	free(result->text);
	result->text = NULL;
}

void run_sweep(void)
{
	/* pid 1 is always that of a namespace that was made for this job: the
	 * machine's own init does not compile.  Anywhere else kill(-1) would
	 * reach strangers. */
	pid_t all = getpid() == 1 ? -1 : -last_group;

	if (all == 0)
		return;
	do
		kill(all, SIGKILL);
	while (waitpid(all, NULL, 0) > 0 || errno == EINTR);
	if (last_guard > 0)
		guard_stop(last_guard);
	last_group = last_guard = 0;
}
