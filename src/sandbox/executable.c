/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Programs as sealed copies in memory, and the uids that workers are given. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/fdutil.h"
#include "src/sandbox/internal.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

/* Where vm.memfd_noexec is 1 a memfd is executable only on request; before Linux 6.3
 * the request is an error. */
static int executable_memory(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

int sandbox_executable(const char *path, struct sandbox_error *error)
{
	cleanup_close int file = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_close int copy = -1;
	struct stat st;
	int result;

	if (file < 0 || fstat(file, &st) < 0)
		return sandbox_fail(error, errno, "open %s", path);
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0111) == 0)
		return sandbox_fail(error, EACCES, "execute %s", path);
	copy = executable_memory(strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path);
	if (copy < 0)
		return sandbox_fail(error, -copy, "make a memfd");
	for (off_t left = st.st_size; left > 0; ) {
		ssize_t sent = sendfile(copy, file, NULL, (size_t)left);

		if (sent <= 0)
			return sandbox_fail(error, sent < 0 ? errno : EIO, "copy %s", path);
		left -= sent;
	}
	if (fchmod(copy, 0555) < 0)
		return sandbox_fail(error, errno, "make the copy of %s executable", path);
	result = fd_seal(copy);
	return result < 0 ? sandbox_fail(error, -result, "seal the copy of %s", path) : steal_fd(&copy);
}

/* Unused by every distribution's allocations (systemd, UIDs and GIDs: above the
 * container ranges, below the sign bit). */
#define RANGE_FIRST 0x70000000u
#define RANGE_COUNT 65536u

/* A container's root may be without. */
static bool may_give_uids(void)
{
	const uint64_t needed = CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID);
	uint64_t effective, permitted, inheritable;

	return geteuid() == 0 && sandbox_caps_get(&effective, &permitted, &inheritable) == 0 &&
	    (effective & needed) == needed;
}

bool sandbox_uid_range(uid_t *first, unsigned *count)
{
	cleanup_fclose FILE *map = fopen("/proc/self/uid_map", "re");
	unsigned long inside, outside, length, best = 0, best_first = 0;

	if (!may_give_uids() || map == NULL)
		return false;
	while (fscanf(map, "%lu %lu %lu", &inside, &outside, &length) == 3) {
		if (inside <= RANGE_FIRST && inside + length >= RANGE_FIRST + (unsigned long)RANGE_COUNT) {
			*first = RANGE_FIRST;
			*count = RANGE_COUNT;
			return true;
		}
		if (length > best) {
			best = length;
			best_first = inside;
		}
	}
	/* A container with a short map (0 … 65535): its upper quarter, where system
	 * accounts and people are not; "nobody" is the last but one. */
	if (best < 4096)
		return false;
	*count = (unsigned)(best / 4 - 16);
	*first = (uid_t)(best_first + best - best / 4);
	return true;
}
