/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * After dropping: try to get it back.  A process that can must not go on; the
 * kernel's answer is the proof, not our own bookkeeping (openssh uidswap.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/sandbox/internal.h"

/* Each returns true when the forbidden has succeeded. */

static bool become_root(void)
{
	return syscall(SYS_setuid, 0) == 0 || syscall(SYS_setresuid, 0, 0, 0) == 0;
}

static bool change_groups(void)
{
	gid_t group = 0;

	return syscall(SYS_setgroups, 1, &group) == 0;
}

static bool raise_capability(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = 1u << CAP_SYS_ADMIN, .permitted = 1u << CAP_SYS_ADMIN },
	};

	return syscall(SYS_capset, &header, data) == 0;
}

static bool hold_capability(void)
{
	uint64_t effective, permitted, inheritable;

	return sandbox_caps_get(&effective, &permitted, &inheritable) < 0 ||
	    (effective | permitted | inheritable) != 0;
}

static bool hold_more_than_ptrace(void)
{
	uint64_t effective, permitted, inheritable;

	return sandbox_caps_get(&effective, &permitted, &inheritable) < 0 ||
	    ((effective | permitted) & ~CAPABILITY(CAP_SYS_PTRACE)) != 0 || inheritable != 0;
}

static bool keep_bounding_set(void)
{
	for (unsigned long cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap) == 1)
			return true;
	return false;
}

static bool lack_no_new_privs(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

static bool make_user_namespace(void)
{
	return syscall(SYS_unshare, CLONE_NEWUSER) == 0;
}

static bool open_root(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool open_shadow(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool write_usr(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/usr/penguintrace-proof", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600) >= 0;
}

static bool make_socket(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) >= 0 ||
	    syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0) >= 0 ||
	    syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0) >= 0;
}

/* A call that is let through says what is wrong with the path. */
static bool execute(void)
{
	return syscall(SYS_execve, "", NULL, NULL) == 0 || errno != ENOSYS;
}

static bool trace(void)
{
	return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) == 0;
}

static bool mount_something(void)
{
	return syscall(SYS_mount, "none", "/", "tmpfs", 0, NULL) == 0;
}

static bool load_filter_late(void)
{
	return prctl(PR_GET_SECCOMP) != 2;
}

/* The sanitizers open files, so their builds let the filter allow it and do without
 * Landlock: below namespaces uid 0 can open its own files then. */
#define FILES_FROM (SANDBOX_SANITIZED ? ISOLATION_NAMESPACES : ISOLATION_NONE)

#define H (1 << SANDBOX_HTTPD)
#define B (1 << SANDBOX_BROKER)
#define C (1 << SANDBOX_COMPILER)
#define T (1 << SANDBOX_TRACER)

static const struct proof {
	uint8_t roles;
	enum isolation from;	/* the lowest level that promises it */
	const char *what;
	bool (*succeeds)(void);
} proofs[] = {
	{ H | B | C | T, ISOLATION_NONE, "go on without no_new_privs", lack_no_new_privs },
	{ H | B | C | T, ISOLATION_NONE, "go on without a filter", load_filter_late },
	{ H | B | C | T, ISOLATION_NONE, "become root", become_root },
	{ H | B | C | T, ISOLATION_NONE, "change groups", change_groups },
	{ H | B | C | T, ISOLATION_NONE, "raise a capability", raise_capability },
	{ H | B | C, ISOLATION_NONE, "hold a capability", hold_capability },
	{ T, ISOLATION_NONE, "hold more than CAP_SYS_PTRACE", hold_more_than_ptrace },
	{ H | B | C | T, ISOLATION_NAMESPACES, "keep a bounding set", keep_bounding_set },
	{ H | B | C | T, ISOLATION_NONE, "make a user namespace", make_user_namespace },
	{ H | B | C | T, ISOLATION_NONE, "make a socket", make_socket },
	{ H | B | C | T, ISOLATION_NONE, "mount", mount_something },
	{ H | B | T, ISOLATION_NONE, "execute a program", execute },
	{ H | B | C, ISOLATION_NONE, "trace", trace },
	{ H | B | C, FILES_FROM, "open /etc/shadow", open_shadow },
	{ T, ISOLATION_NAMESPACES, "open /etc/shadow", open_shadow },
	{ H | B, SANDBOX_SANITIZED ? ISOLATION_MAX + 1 : ISOLATION_NONE, "open /", open_root },
	{ C | T, ISOLATION_NAMESPACES, "write to /usr", write_usr },
};

int sandbox_prove(enum sandbox_role role, enum isolation level, struct sandbox_error *error)
{
	for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++)
		if ((proofs[i].roles & 1 << role) != 0 && level >= proofs[i].from && proofs[i].succeeds())
			return sandbox_fail(error, EPERM, "the %s must not and could %s",
			    sandbox_profile(role)->name, proofs[i].what);
	return 0;
}
