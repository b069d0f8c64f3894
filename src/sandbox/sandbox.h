/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The sandbox: what a process may still do.  Mechanism is here, policy is data
 * (profiles.c).  Nothing outside this folder calls clone, mount, seccomp or
 * capset.
 *
 * sandbox_spawn()	the launcher starts a process of ours in its sandbox
 * sandbox_self()	that process, once it has set itself up, gives up the rest
 * sandbox_tracee()	the tracer starts the person's program below itself
 */
#ifndef PT_SANDBOX_H
#define PT_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "src/msg.h"	/* enum isolation */

enum sandbox_role {
	SANDBOX_HTTPD, SANDBOX_BROKER, SANDBOX_COMPILER, SANDBOX_TRACER, SANDBOX_TRACEE,
	SANDBOX_ROLE_COUNT,
};

/* What failed, in words for a person ("mount tmpfs on /: Operation not permitted"). */
struct sandbox_error {
	int number;		/* errno */
	char what[240];
};

/*
 * For a process that sandbox_spawn() has started: give up what starting still
 * needed (file system, capabilities but the role's own, system calls outside
 * the role's filter) and prove that it is gone, by trying.  Call it after
 * set-up and before the first byte from a peer is read.  At ISOLATION_NONE it
 * still takes no_new_privs and the filter.  0 or -errno with *error filled: the
 * caller must exit then.
 */
int sandbox_self(enum sandbox_role, enum isolation, struct sandbox_error *);

/* The person's program, below the tracer. */
struct sandbox_tracee_setup {
	enum isolation level;
	const char *path;		/* the program, absolute, as the tracer sees it */
	char *const *argv, *const *envp;
	int tty;			/* slave side: becomes 0, 1, 2 and controlling terminal */
	uint64_t memory_bytes;		/* RLIMIT_AS */
	unsigned processes;		/* RLIMIT_NPROC */
	uint64_t file_bytes;		/* RLIMIT_FSIZE */
};

struct sandbox_tracee {
	pid_t pid;	/* of the program, in the tracer's pid namespace */
	pid_t stub;	/* its parent: pid 1 of its namespace, or a subreaper; it exits
			 * with the program's status and takes everything along */
	int stub_pidfd;
	int go;		/* write one byte: the program execs; close-on-exec */
};

/*
 * Start the stub and below it the program, which waits before execve(2) until
 * the tracer has seized it and has written a byte to `go`.  Nested user, pid,
 * mount and IPC namespace, no capability, no_new_privs, default-deny filter
 * with RET_TRACE where the timeline must see (SANDBOX_TRACED_CALLS).  Call
 * before sandbox_self(SANDBOX_TRACER): filters are inherited.  0 or -errno.
 */
int sandbox_tracee_spawn(const struct sandbox_tracee_setup *, struct sandbox_tracee *,
    struct sandbox_error *);

#endif
