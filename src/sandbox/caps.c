/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* capabilities(7) by the raw calls: the workers link no libcap. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/sandbox/internal.h"

#ifndef SECBIT_NO_CAP_AMBIENT_RAISE
#define SECBIT_NO_CAP_AMBIENT_RAISE (1 << 6)
#define SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED (1 << 7)
#endif

#define SECUREBITS (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | \
    SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | \
    SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

static int set_caps(uint64_t held, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = data[i].permitted = (uint32_t)(held >> (32 * i));
		data[i].inheritable = (uint32_t)(inheritable >> (32 * i));
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

int sandbox_caps_get(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*effective = data[0].effective | (uint64_t)data[1].effective << 32;
	*permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	*inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

static int empty_bounding_set(struct sandbox_error *error)
{
	/* PR_CAPBSET_READ says EINVAL past the kernel's last capability. */
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap) < 0)
			return sandbox_fail(error, errno, "drop capability %lu from the bounding set", cap);
	return 0;
}

/* An unprivileged process outside a user namespace of its own has nothing to drop
 * and may not touch the bounding set. */
static bool holds_setpcap(void)
{
	uint64_t effective, permitted, inheritable;

	return sandbox_caps_get(&effective, &permitted, &inheritable) == 0 &&
	    (effective & CAPABILITY(CAP_SETPCAP)) != 0;
}

int sandbox_caps_start(uint64_t keep, struct sandbox_error *error)
{
	int result;

	if (!holds_setpcap())
		return sandbox_caps_keep(0, error);
	/* The inheritable set first: raising it later would ask the bounding set. */
	if ((result = set_caps(~0ull >> (63 - CAP_LAST_CAP), keep)) < 0 &&
	    (result = set_caps(keep | CAPABILITY(CAP_SETPCAP), keep)) < 0)
		return sandbox_fail(error, -result, "set inheritable capabilities");
	for (unsigned long cap = 0; cap < 64; cap++)
		if ((keep & CAPABILITY(cap)) != 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return sandbox_fail(error, errno, "raise ambient capability %lu", cap);
	if ((result = empty_bounding_set(error)) < 0)
		return result;
	if (prctl(PR_SET_SECUREBITS, SECUREBITS) < 0)
		return sandbox_fail(error, errno, "lock securebits");
	if ((result = set_caps(keep, keep)) < 0)
		return sandbox_fail(error, -result, "drop capabilities");
	return 0;
}

int sandbox_caps_keep(uint64_t keep, struct sandbox_error *error)
{
	int result;

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return sandbox_fail(error, errno, "clear ambient capabilities");
	if ((result = set_caps(keep, 0)) < 0)
		return sandbox_fail(error, -result, "drop capabilities");
	return 0;
}
