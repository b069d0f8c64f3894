/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* with-policy PROGRAM: run a process of ours with the filters where the launcher
 * leaves them, for tests that play the launcher. */
#include <stdio.h>
#include <unistd.h>

#include "src/sandbox/sandbox.h"

int main(int argc, char **argv)
{
	struct sandbox_error error;
	int fd;

	if (argc != 2)
		return 2;
	fd = sandbox_policy(&error);
	if (fd < 0 || dup2(fd, SANDBOX_FD_POLICY) < 0) {
		fprintf(stderr, "with-policy: %s\n", error.what);
		return 1;
	}
	close(fd);
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 1;
}
