/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Landlock: landlock(7).  The second lock on files where there is a root of our
 * own, and the only one where there is not (levels restricted and none).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
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
	bool own_root;		/* at ISOLATION_NAMESPACES only: elsewhere it is the machine's */
} rules[] = {
#define PROGRAMS (1 << SANDBOX_COMPILER | 1 << SANDBOX_TRACEE)
	{ .roles = PROGRAMS, .path = "/usr", .access = FS_READ },
	{ .roles = PROGRAMS, .path = "/lib", .access = FS_READ },
	{ .roles = PROGRAMS, .path = "/lib32", .access = FS_READ },
	{ .roles = PROGRAMS, .path = "/lib64", .access = FS_READ },
	{ .roles = PROGRAMS, .path = "/bin", .access = FS_READ },
	{ .roles = PROGRAMS, .path = "/sbin", .access = FS_READ },
	{ .roles = PROGRAMS, .path = "/etc/alternatives", .access = FS_READ },
	{ .roles = PROGRAMS, .path = "/etc/ld.so.cache", .access = FS_READ },
	{ .roles = PROGRAMS, .path = "/dev/null", .access = FS_READ_FILE | FS_WRITE_FILE },
	{ .roles = PROGRAMS, .path = "/dev/zero", .access = FS_READ_FILE | FS_WRITE_FILE },
	{ .roles = PROGRAMS, .path = "/dev/full", .access = FS_READ_FILE | FS_WRITE_FILE },
	{ .roles = PROGRAMS, .path = "/dev/random", .access = FS_READ_FILE },
	{ .roles = PROGRAMS, .path = "/dev/urandom", .access = FS_READ_FILE },
	{ .roles = PROGRAMS, .path = "/proc", .access = FS_READ },
	{ .roles = PROGRAMS, .path = "/tmp", .own_root = true },
	{ .roles = PROGRAMS, .path = "/work", .own_root = true },
};

/* Elsewhere: the directory that the launcher has made for this worker. */
static const struct rule here = { .roles = PROGRAMS, .path = "." };
static const struct rule tmp = { .roles = PROGRAMS, .path = "/tmp" };

/* Without such a directory (nobody but tests) all of /tmp, and never all of /. */
static const struct rule *writable_here(void)
{
	char path[PATH_MAX];

	return getcwd(path, sizeof(path)) == NULL || strcmp(path, "/") == 0 ? &tmp : &here;
}

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

static int add_rules(int ruleset, enum sandbox_role role, enum isolation level, uint64_t handled,
    struct sandbox_error *error)
{
	const bool own_root = level == ISOLATION_NAMESPACES;
	int result = 0;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && result == 0; i++)
		if ((rules[i].roles & 1 << role) != 0 && (own_root || !rules[i].own_root))
			result = add_rule(ruleset, &rules[i], handled, error);
	if (result == 0 && !own_root && (here.roles & 1 << role) != 0)
		result = add_rule(ruleset, writable_here(), handled, error);
	return result;
}

int sandbox_landlock(enum sandbox_role role, enum isolation level, struct sandbox_error *error)
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
	if ((result = add_rules(ruleset, role, level, attributes.handled_access_fs, error)) < 0)
		return result;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return sandbox_fail(error, errno, "set no_new_privs");
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		return sandbox_fail(error, errno, "enter the Landlock domain");
	return 0;
}
