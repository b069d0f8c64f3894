/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Who gets what: the policy, as data.  The system calls are in calls.c. */
#include <linux/capability.h>

#include "src/sandbox/internal.h"

#define MIB (1ull << 20)

static const struct sandbox_profile profiles[SANDBOX_ROLE_COUNT] = {
	[SANDBOX_HTTPD] = {
		.name = "httpd",
		.starting = CAPABILITY(CAP_SYS_CHROOT),
		.chroots = true,
		.landlock = true,
		.limits = { .processes = 1 },
	},
	[SANDBOX_BROKER] = {
		.name = "broker",
		.starting = CAPABILITY(CAP_SYS_CHROOT),
		.chroots = true,
		.landlock = true,
		.limits = { .processes = 1 },
	},
	[SANDBOX_COMPILER] = {
		.name = "compiler",
		.scratch = true,
		.landlock = true,
		.oom_score_adj = 500,
		.limits = { .processes = 64, .file_bytes = 64 * MIB, .scratch_bytes = 256 * MIB,
		    .descriptors = 512 },
	},
	/* No Landlock domain: a tracer in one may only trace what is in it too, and
	 * what is in one cannot mount (landlock(7)); its program takes its own. */
	[SANDBOX_TRACER] = {
		.name = "tracer",
		.starting = CAPABILITY(CAP_SYS_PTRACE),
		.keeping = CAPABILITY(CAP_SYS_PTRACE),
		.scratch = true,
		.proc = true,
		.terminals = true,
		.oom_score_adj = 300,
		.limits = { .processes = 72, .file_bytes = 128 * MIB, .scratch_bytes = 128 * MIB,
		    .descriptors = 1024 },
	},
	[SANDBOX_TRACEE] = {
		.name = "tracee",
		.scratch = true,
		.landlock = true,
		.oom_score_adj = 1000,
		.limits = { .processes = 64, .file_bytes = 16 * MIB, .scratch_bytes = 16 * MIB,
		    .descriptors = 256 },
	},
	[SANDBOX_STUB] = { .name = "stub" },
	[SANDBOX_START] = { .name = "waiting program" },
};

const struct sandbox_profile *sandbox_profile(enum sandbox_role role)
{
	return &profiles[role];
}

/* What is a symbolic link on the host (merged /usr) becomes one in the root; what
 * is not there is left out, but for /usr.  Five devices, none of which can be
 * written to for keeps. */
const struct sandbox_bind sandbox_binds[] = {
	{ .path = "/usr" },
	{ .path = "/bin" },
	{ .path = "/sbin" },
	{ .path = "/lib" },
	{ .path = "/lib32" },
	{ .path = "/lib64" },
	{ .path = "/libx32" },
	{ .path = "/etc/alternatives" },
	{ .path = "/etc/ld.so.cache" },
	{ .path = "/dev/null", .device = true },
	{ .path = "/dev/zero", .device = true },
	{ .path = "/dev/full", .device = true },
	{ .path = "/dev/random", .device = true },
	{ .path = "/dev/urandom", .device = true },
};
const size_t sandbox_bind_count = sizeof(sandbox_binds) / sizeof(sandbox_binds[0]);
