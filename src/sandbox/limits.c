/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* setrlimit(2) for whoever is about to execute, and a clean slate of signals. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "src/sandbox/internal.h"

static int limit(int which, const char *name, uint64_t value, struct sandbox_error *error)
{
	struct rlimit now, wanted = { .rlim_cur = value, .rlim_max = value };

	/* The hard limit may be lower already, and nobody here may raise it. */
	if (getrlimit(which, &now) == 0 && now.rlim_max < value)
		wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
	if (setrlimit(which, &wanted) < 0)
		return sandbox_fail(error, errno, "set RLIMIT_%s", name);
	return 0;
}

int sandbox_limit(const struct sandbox_limits *limits, struct sandbox_error *error)
{
	const struct {
		int which;
		const char *name;
		bool set;
		uint64_t value;
	} table[] = {
		/* A core_pattern that starts with | runs at 1 even without a file. */
		{ RLIMIT_CORE, "CORE", true, 0 },
		{ RLIMIT_MEMLOCK, "MEMLOCK", true, 0 },
		{ RLIMIT_MSGQUEUE, "MSGQUEUE", true, 0 },
		{ RLIMIT_RTPRIO, "RTPRIO", true, 0 },
		{ RLIMIT_SIGPENDING, "SIGPENDING", true, 1024 },
		{ RLIMIT_FSIZE, "FSIZE", limits->file_bytes > 0, limits->file_bytes },
		{ RLIMIT_NPROC, "NPROC", limits->processes > 0, limits->processes },
		{ RLIMIT_AS, "AS", limits->memory_bytes > 0 && !SANDBOX_SANITIZED, limits->memory_bytes },
		/* Each pipe is 64 KiB of the kernel's memory. */
		{ RLIMIT_NOFILE, "NOFILE", limits->descriptors > 0, limits->descriptors },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int result = table[i].set ? limit(table[i].which, table[i].name, table[i].value, error) : 0;

		if (result < 0)
			return result;
	}
	return 0;
}

void sandbox_reset_signals(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
