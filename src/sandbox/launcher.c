/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The launcher limits itself, once its listeners are open and its programs are
 * read: where they are in the file system, and its own memory, are of no further
 * use.  As root it keeps the right to give uids away and to kill; by libcap, which
 * the launcher alone links (the workers give up theirs by the raw calls, caps.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/sandbox/internal.h"

/* The last gives away the own uid 0, and is needed only where no other is to be
 * had: in a container with a map of one uid (user_namespaces(7), since Linux 5.12). */
static const cap_value_t kept[] = { CAP_SETUID, CAP_SETGID, CAP_KILL, CAP_SETFCAP };
#define KEPT_COUNT (int)(sizeof(kept) / sizeof(kept[0]))

static void free_caps(cap_t *caps)
{
	if (*caps != NULL)
		cap_free(*caps);
}
#define cleanup_caps __attribute__((cleanup(free_caps)))

/* In a user namespace that an ordinary user made, groups cannot be dropped. */
static bool groups_fixed(void)
{
	char word[5] = "";
	cleanup_close int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, word, 4) == 4 && strcmp(word, "deny") == 0;
}

static cap_flag_value_t permits(cap_t caps, cap_value_t cap)
{
	cap_flag_value_t value;

	return cap_get_flag(caps, cap, CAP_PERMITTED, &value) == 0 ? value : CAP_CLEAR;
}

static int kept_count(void)
{
	unsigned count;
	uid_t first;

	return sandbox_uid_range(&first, &count) ? KEPT_COUNT - 1 : KEPT_COUNT;
}

/* Those of `kept' that `now' permits, permitted and effective. */
static int choose(cap_t now, cap_t next)
{
	const int count = kept_count();

	for (int i = 0; i < count; i++)
		if (cap_set_flag(next, CAP_PERMITTED, 1, &kept[i], permits(now, kept[i])) < 0 ||
		    cap_set_flag(next, CAP_EFFECTIVE, 1, &kept[i], permits(now, kept[i])) < 0)
			return -1;
	return 0;
}

static int drop_groups(struct sandbox_error *error)
{
	cleanup_caps cap_t now = cap_get_proc();

	if (now == NULL)
		return sandbox_fail(error, errno, "read capabilities");
	if (permits(now, CAP_SETGID) == CAP_SET && setgroups(0, NULL) < 0 && !groups_fixed())
		return sandbox_fail(error, errno, "drop the supplementary groups");
	return 0;
}

static int drop_capabilities(struct sandbox_error *error)
{
	cleanup_caps cap_t now = cap_get_proc();
	cleanup_caps cap_t next = cap_init();
	cleanup_caps cap_t after = NULL;

	if (now == NULL || next == NULL || choose(now, next) < 0)
		return sandbox_fail(error, errno, "read capabilities");
	if (cap_reset_ambient() < 0 || cap_set_proc(next) < 0)
		return sandbox_fail(error, errno, "drop capabilities");
	after = cap_get_proc();
	if (after == NULL || cap_compare(after, next) != 0)
		return sandbox_fail(error, EPERM, "prove that capabilities are dropped");
	return 0;
}

int sandbox_launcher(struct sandbox_error *error)
{
	int result;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return sandbox_fail(error, errno, "set no_new_privs");
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return sandbox_fail(error, errno, "become subreaper");
	if ((result = drop_groups(error)) < 0)
		return result;
	return drop_capabilities(error);
}
