/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A process of ours gives up what its start still needed, and proves it. */
#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "src/sandbox/internal.h"

/* Nothing is in it and nothing can be made in it: read-only. */
static int enter_empty_directory(struct sandbox_error *error)
{
	if (chroot(SANDBOX_EMPTY) < 0)
		return sandbox_fail(error, errno, "chroot to " SANDBOX_EMPTY);
	if (chdir("/") < 0)
		return sandbox_fail(error, errno, "chdir to " SANDBOX_EMPTY);
	return 0;
}

int sandbox_self(enum sandbox_role role, enum isolation level, struct sandbox_error *error)
{
	const struct sandbox_profile *profile = sandbox_profile(role);
	struct sandbox_filter filter;
	char name[16];
	int result;

	/* Executed from memory, it has no file's name in ps(1). */
	snprintf(name, sizeof(name), "pt-%s", profile->name);
	prctl(PR_SET_NAME, name);
	if ((result = sandbox_filter_read(SANDBOX_FD_POLICY, role, &filter, error)) < 0)
		return result;
	close(SANDBOX_FD_POLICY);
	if (level == ISOLATION_NAMESPACES && profile->chroots &&
	    (result = enter_empty_directory(error)) < 0)
		return result;
	if ((result = sandbox_caps_keep(level == ISOLATION_NAMESPACES ? profile->keeping : 0, error)) < 0)
		return result;
	if (profile->landlock && level != ISOLATION_NONE &&
	    (result = sandbox_landlock(role, level, error)) < 0)
		return result;
	if ((result = sandbox_filter_take(&filter, error)) < 0)
		return result;
	return sandbox_prove(role, level, error);
}
