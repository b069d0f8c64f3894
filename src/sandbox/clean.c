/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Below the level of namespaces no mount takes a worker's files along with it. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/sandbox/internal.h"

/* Links are removed and not followed, also one that takes a directory's place while we
 * look: whoever the worker has left behind may not be dead yet, and we are in no Landlock
 * domain.  Another file system is not entered. */
static void remove_tree(const char *directory)
{
	char *const paths[] = { (char *)directory, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_XDEV, NULL);
	FTSENT *entry;

	while (tree != NULL && (entry = fts_read(tree)) != NULL) {
		if (entry->fts_info == FTS_D)
			(void)!fchmodat(AT_FDCWD, entry->fts_accpath, 0700, AT_SYMLINK_NOFOLLOW);
		else if (entry->fts_info == FTS_DP)
			(void)rmdir(entry->fts_accpath);
		else
			(void)unlink(entry->fts_accpath);
	}
}

pid_t sandbox_clean(const char *directory, uid_t uid)
{
	int pidfd = -1;
	pid_t pid = sandbox_clone(0, &pidfd);

	if (pid < 0)
		return -errno;
	if (pid > 0) {
		close(pidfd);
		return pid;
	}
	sandbox_reset_signals();
	if (uid != 0 && (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0))
		_exit(1);
	remove_tree(directory);
	_exit(0);
}
