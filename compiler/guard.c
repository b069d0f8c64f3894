/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See guard.h. */
#include "config.h"

#include "compiler/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/fdutil.h"

__attribute__((noreturn))
static void guard(pid_t worker, pid_t group, const struct workdir *w)
{
	sigset_t death;
	int signal;

	setpgid(0, 0);
	sigemptyset(&death);
	sigaddset(&death, SIGTERM);
	sigprocmask(SIG_BLOCK, &death, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	fd_close_from(3);	/* the channel too: its end must be seen */
	if (getppid() == worker)
		sigwait(&death, &signal);
	kill(-group, SIGKILL);
	workdir_remove(w);
	_exit(0);
}

pid_t guard_start(pid_t group, const struct workdir *w)
{
	pid_t worker = getpid(), pid = fork();

	if (pid == 0)
		guard(worker, group, w);
	return pid < 0 ? -errno : pid;
}

void guard_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
