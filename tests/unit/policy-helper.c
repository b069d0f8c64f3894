/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * policy-helper PROGRAM: what the launcher's sandbox_spawn() leaves besides
 * descriptors 3, 4, …: the filters at SANDBOX_FD_POLICY.  So a test plays the
 * launcher for one process, at level `none', with its filter as in earnest.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/sandbox/sandbox.h"

int main(int argc, char **argv)
{
	struct sandbox_error error;
	int policy;

	if (argc != 2)
		return 2;
	policy = sandbox_policy(&error);
	if (policy < 0 || dup2(policy, SANDBOX_FD_POLICY) < 0) {
		fprintf(stderr, "policy-helper: %s\n", error.what);
		return 1;
	}
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 1;
}
