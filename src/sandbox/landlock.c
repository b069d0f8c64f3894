/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Landlock: landlock(7).  The second lock on files where there is a root of our
 * own, and the only one where there is not (levels restricted and none).
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/sandbox/internal.h"

/* From linux/landlock.h; Debian 12's ends at the second ABI of seven. */
struct ruleset_attributes {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;	/* ABI 4 */
	uint64_t scoped;		/* ABI 6 */
};
struct path_beneath {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

#define CREATE_VERSION 1u
#define RULE_PATH_BENEATH 1

#define FS_EXECUTE (1ull << 0)
#define FS_WRITE_FILE (1ull << 1)
#define FS_READ_FILE (1ull << 2)
#define FS_READ_DIR (1ull << 3)
#define FS_TRUNCATE (1ull << 14)
#define FS_READ (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR)
#define SCOPE_ABSTRACT_UNIX 1ull
#define SCOPE_SIGNAL 2ull

/* What each ABI knows of: bits of files (5 adds ioctl on devices), TCP, scopes. */
static uint64_t all_of_files(int abi)
{
	static const int bits[] = { 0, 13, 14, 15, 15, 16 };

	return (1ull << bits[abi > 5 ? 5 : abi]) - 1;
}

/* Access to a plain file has none of the rights that are a directory's. */
#define FILE_RIGHTS (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | 1ull << 15)

static const struct rule {
	uint8_t roles;
	const char *path;
	uint64_t access;	/* 0: everything */
} rules[] = {
#define PROGRAMS (1 << SANDBOX_COMPILER | 1 << SANDBOX_TRACEE)
	{ PROGRAMS, "/usr", FS_READ },
	{ PROGRAMS, "/lib", FS_READ },
	{ PROGRAMS, "/lib32", FS_READ },
	{ PROGRAMS, "/lib64", FS_READ },
	{ PROGRAMS, "/bin", FS_READ },
	{ PROGRAMS, "/sbin", FS_READ },
	{ PROGRAMS, "/etc/alternatives", FS_READ },
	{ PROGRAMS, "/etc/ld.so.cache", FS_READ },
	{ PROGRAMS, "/dev/null", FS_READ_FILE | FS_WRITE_FILE },
	{ PROGRAMS, "/dev/zero", FS_READ_FILE | FS_WRITE_FILE },
	{ PROGRAMS, "/dev/full", FS_READ_FILE | FS_WRITE_FILE },
	{ PROGRAMS, "/dev/random", FS_READ_FILE },
	{ PROGRAMS, "/dev/urandom", FS_READ_FILE },
	{ PROGRAMS, "/proc", FS_READ },
	{ PROGRAMS, "/tmp", 0 },
	{ PROGRAMS, "/work", 0 },
};

int sandbox_landlock_abi(void)
{
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);

	return abi < 0 ? 0 : abi;
}

static int add_rule(int ruleset, const struct rule *rule, uint64_t handled, struct sandbox_error *error)
{
	cleanup_close int fd = open(rule->path, O_PATH | O_CLOEXEC);
	struct path_beneath beneath = { .parent_fd = fd };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;	/* not in this root */
	beneath.allowed_access = (rule->access == 0 ? handled : rule->access) & handled;
	if (!S_ISDIR(st.st_mode))
		beneath.allowed_access &= FILE_RIGHTS;
	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &beneath, 0) < 0)
		return sandbox_fail(error, errno, "Landlock rule for %s", rule->path);
	return 0;
}

int sandbox_landlock(enum sandbox_role role, struct sandbox_error *error)
{
	int result, abi = sandbox_landlock_abi();
	struct ruleset_attributes attributes = {
		.handled_access_fs = all_of_files(abi),
		.handled_access_net = 3,	/* bind, connect: none is granted */
		.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL,
	};
	size_t size = abi >= 6 ? sizeof(attributes) :
	    abi >= 4 ? offsetof(struct ruleset_attributes, scoped) :
	    offsetof(struct ruleset_attributes, handled_access_net);
	cleanup_close int ruleset = -1;

	if (abi == 0 || SANDBOX_SANITIZED)
		return 0;
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
	if (ruleset < 0)
		return sandbox_fail(error, errno, "create a Landlock ruleset");
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((rules[i].roles & 1 << role) != 0 &&
		    (result = add_rule(ruleset, &rules[i], attributes.handled_access_fs, error)) < 0)
			return result;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return sandbox_fail(error, errno, "set no_new_privs");
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return sandbox_fail(error, errno, "enter the Landlock domain");
	return 0;
}
