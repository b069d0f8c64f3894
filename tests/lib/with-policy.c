/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* with-policy PROGRAM: run a process of ours with the filters where the launcher
 * leaves them, for tests that play the launcher.  Not as root: a process whose
 * uid owns the machine's files has nothing that it could not open. */
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <unistd.h>

#include "src/sandbox/sandbox.h"

#define NOBODY 65534

static int drop_root(void)
{
	if (geteuid() != 0)
		return 0;
	return setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct sandbox_error error;
	int policy, program;

	if (argc != 2)
		return 2;
	policy = sandbox_policy(&error);
	if (policy < 0 || dup2(policy, SANDBOX_FD_POLICY) < 0) {
		fprintf(stderr, "with-policy: %s\n", error.what);
		return 1;
	}
	close(policy);
	program = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (program < 0 || drop_root() < 0 || fexecve(program, argv + 1, environ) < 0)
		perror(argv[1]);
	return 1;
}
