/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Filters on their way: built once by the launcher (filter.c), read from the
 * memfd and installed as raw programs by those they bind, who therefore link
 * no libseccomp.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/fdutil.h"
#include "src/sandbox/internal.h"

#define POLICY_MAX (sizeof(struct sandbox_policy_header) + \
    SANDBOX_ROLE_COUNT * SANDBOX_FILTER_MAX * sizeof(struct sock_filter))

int sandbox_filter_read(int fd, enum sandbox_role role, struct sandbox_filter *filter,
    struct sandbox_error *error)
{
	struct sandbox_policy_header header;
	ssize_t size = fd_check_sealed(fd, POLICY_MAX);
	off_t offset = sizeof(header);
	size_t length;

	if (size < 0)
		return sandbox_fail(error, (int)-size, "read the filters (descriptor %d)", fd);
	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) || header.magic != SANDBOX_POLICY_MAGIC)
		return sandbox_fail(error, EINVAL, "read the filters (descriptor %d)", fd);
	for (int before = 0; before < (int)role; before++)
		offset += (off_t)(header.lengths[before] * sizeof(struct sock_filter));
	if (header.lengths[role] == 0 || header.lengths[role] > SANDBOX_FILTER_MAX)
		return sandbox_fail(error, EINVAL, "length of the %s's filter", sandbox_profile(role)->name);
	length = header.lengths[role] * sizeof(struct sock_filter);
	if (pread(fd, filter->program, length, offset) != (ssize_t)length)
		return sandbox_fail(error, EINVAL, "read the %s's filter", sandbox_profile(role)->name);
	filter->length = (unsigned short)header.lengths[role];
	return 0;
}

/* Is the instruction one that compares with the word? */
static bool compares(const struct sock_filter *i, uint32_t word)
{
	return i->code == (BPF_JMP | BPF_JEQ | BPF_K) && i->k == word;
}

int sandbox_filter_mark(struct sandbox_filter *filter, uint64_t mark, struct sandbox_error *error)
{
	const uint32_t low = (uint32_t)SANDBOX_MARK, high = SANDBOX_MARK >> 32;
	unsigned lows = 0, highs = 0;

	for (unsigned i = 0; i < filter->length; i++) {
		struct sock_filter *at = &filter->program[i];

		if (compares(at, low)) {
			at->k = (uint32_t)mark;
			lows++;
		} else if (compares(at, high)) {
			at->k = (uint32_t)(mark >> 32);
			highs++;
		}
	}
	return lows > 0 && lows == highs ? 0 : sandbox_fail(error, EINVAL, "set the program's mark in its filter");
}

int sandbox_filter_take(const struct sandbox_filter *filter, struct sandbox_error *error)
{
	struct sock_fprog program = {
		.len = filter->length,
		.filter = (struct sock_filter *)filter->program,
	};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return sandbox_fail(error, errno, "set no_new_privs");
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return sandbox_fail(error, errno, "install the seccomp filter");
	return 0;
}
