/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The sandbox: what a process may still do.  Mechanism is here, policy is data
 * (profiles.c, calls.c).  Nothing outside this folder calls clone, mount,
 * seccomp or capset.
 *
 * sandbox_spawn()		the launcher starts a process of ours in its sandbox
 * sandbox_self()		that process, once it has set itself up, gives up the rest
 * sandbox_tracee_spawn()	the tracer starts the person's program below itself
 *
 * Two libraries: libsandbox.a (self, tracee) links nothing and is for every
 * process; libsandboxspawn.a (spawn, policy, probe) links libseccomp and is the
 * launcher's alone.  doc/SANDBOX.md says what each role is left with.
 */
#ifndef PT_SANDBOX_H
#define PT_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "src/msg.h"	/* enum isolation */

enum sandbox_role {
	SANDBOX_HTTPD, SANDBOX_BROKER, SANDBOX_COMPILER, SANDBOX_TRACER, SANDBOX_TRACEE,
	/* The sandbox's own, for nobody to ask for: the tracee's parent, and the tracee
	 * before it executes. */
	SANDBOX_STUB, SANDBOX_START,
	SANDBOX_ROLE_COUNT,
};

/* What failed, in words for a person ("mount tmpfs on /: Operation not permitted"). */
struct sandbox_error {
	int number;		/* errno */
	char what[240];
};

/* Where a process that sandbox_spawn() started finds its filters (a sealed
 * memfd); sandbox_self() closes it. */
#define SANDBOX_FD_POLICY 60

/* mprotect(2) looks at three arguments only: in this one its caller tells who it is. */
#define SANDBOX_MARKED_ARGUMENT 3

/* Who a worker is inside its user namespace: never 0. */
#define SANDBOX_UID 1000

/* "namespaces", "restricted", "none" and back; -1 for another word. */
const char *sandbox_level_name(enum isolation);
int sandbox_level(const char *name);

/* -- for the process itself (libsandbox.a) ------------------------------- */

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
	const char *path;		/* the program, absolute: in /work, which the program
					 * sees as the tracer does, but read-only; or in /usr */
	char *const *argv, *const *envp;
	int tty;			/* slave side: becomes 0, 1, 2 and controlling terminal;
					 * -1: /dev/null */
	uint64_t memory_bytes;		/* RLIMIT_AS */
	unsigned processes;		/* RLIMIT_NPROC */
	uint64_t file_bytes;		/* RLIMIT_FSIZE; its /tmp holds 16 MiB */
};

struct sandbox_tracee {
	pid_t pid;	/* of the program, in the tracer's pid namespace */
	pid_t stub;	/* its parent: pid 1 of its namespace, or a subreaper; it exits
			 * with the program's status (128 + signal) and takes all along */
	int stub_pidfd;
	int go;		/* write one byte: the program execs; close-on-exec.  After that
			 * it reads as end-of-file when execve(2) has succeeded, or as a
			 * struct sandbox_error when it has not */
	uint64_t mark;	/* mprotect(2) with this in SANDBOX_MARKED_ARGUMENT does not stop:
			 * random, and only in registers of the program that the tracer has set */
};

/*
 * Make the stub and below it the process that will be the program, which then
 * waits for sandbox_tracee_spawn().  Nested user, pid, mount and IPC namespace,
 * no capability, no_new_privs; each under a filter of its own already.  The
 * tracer calls this first of all, then sandbox_self(SANDBOX_TRACER), and only
 * then reads what a stranger wrote (request, ELF, debug information).  0 or
 * -errno.
 */
int sandbox_tracee_prepare(enum isolation, struct sandbox_error *);

/*
 * Tell the prepared process what to execute; it waits before execve(2) until the
 * tracer has seized it and has written a byte to `go', then takes the program's
 * filter: default-deny, RET_TRACE where the timeline must see
 * (SANDBOX_TRACED_CALLS).  Without sandbox_tracee_prepare() it is made now, which
 * is possible before sandbox_self() only.
 *
 * The program's working directory is /tmp, its own; below ISOLATION_NAMESPACES it is
 * the tracer's.  Seize with
 * PTRACE_O_TRACESECCOMP before `go': a traced call without a tracer that asked
 * for it fails with ENOSYS (seccomp(2)), and execve is the first of them.
 * -ENOENT, -EACCES: there is no such program.  0 or -errno.
 */
int sandbox_tracee_spawn(const struct sandbox_tracee_setup *, struct sandbox_tracee *,
    struct sandbox_error *);

/*
 * The calls of the program that stop with PTRACE_EVENT_SECCOMP before they are
 * made: the region table, waits for the terminal, new threads and processes, a
 * new image, what signals do, the end.  clone only without a flag that makes a namespace (else
 * ENOSYS), clone3 never (ENOSYS); mprotect without the program's mark.  Some do not exist
 * on AArch64.
 */
#define SANDBOX_TRACED_CALLS(X) \
	X(mmap) X(munmap) X(mremap) X(brk) X(mprotect) \
	X(read) X(readv) X(poll) X(ppoll) X(select) X(pselect6) \
	X(clone) X(fork) X(vfork) X(execve) X(execveat) \
	X(rt_sigaction) X(exit_group)

/* -- for the launcher (libsandboxspawn.a) -------------------------------- */

/* Build all filters: a sealed memfd for sandbox_spawn_setup.policy (tests dup2()
 * it to SANDBOX_FD_POLICY).  A descriptor or -errno. */
int sandbox_policy(struct sandbox_error *);

/* A sealed copy of a program, to be executed by descriptor: no worker can reach
 * the file on disk to change it (CVE-2019-5736), and no upgrade mixes binaries.
 * A descriptor or -errno. */
int sandbox_executable(const char *path, struct sandbox_error *);

struct sandbox_limits {		/* 0: the role's default */
	uint64_t memory_bytes;	/* RLIMIT_AS */
	unsigned processes;	/* RLIMIT_NPROC, in the worker's own user namespace */
	uint64_t file_bytes;	/* RLIMIT_FSIZE */
	uint64_t scratch_bytes;	/* size of /tmp and of /work, each */
	unsigned descriptors;	/* RLIMIT_NOFILE; none for httpd and broker but the machine's */
};

struct sandbox_spawn_setup {
	enum sandbox_role role;
	enum isolation level;
	int policy;			/* sandbox_policy() */
	int executable;			/* sandbox_executable() */
	const char *name;		/* argv[0]; nothing else is in argv or the environment */
	const int *fds;			/* these become 3, 4, …; borrowed */
	size_t fd_count;
	bool keep_stderr;		/* else /dev/null */
	uid_t uid;			/* root only: who the worker is on the host; see
					 * sandbox_uid_range() */
	struct sandbox_limits limits;
	const char *directory;		/* below ISOLATION_NAMESPACES: its working directory,
					 * made by it, mode 0700; NULL: "/" */
};

struct sandbox_process {
	pid_t pid;
	int pidfd;			/* the caller's */
};

/*
 * Start a process in the role's sandbox.  Returns when it has executed: 0; or
 * -errno with *error saying which step failed, and nothing is left behind.
 * It dies with the caller, and everything in it dies with it.  At
 * ISOLATION_NAMESPACES its working directory is /work (workers) or /.
 */
int sandbox_spawn(const struct sandbox_spawn_setup *, struct sandbox_process *,
    struct sandbox_error *);

/* The uids that workers may be given when the service runs as root: one each, so
 * that none can touch another even where the kernel counts per uid.  From
 * /proc/self/uid_map.  false: not root, or no uid but the own is to be had. */
bool sandbox_uid_range(uid_t *first, unsigned *count);

/* Start removing a worker's directory, with no more rights than the worker had:
 * what is in it is hostile (links, depth).  The cleaner's pid, to be waited for by
 * the caller, or -errno. */
pid_t sandbox_clean(const char *directory, uid_t uid);

/* The launcher itself, once it has its listeners and the others' programs: as
 * root it keeps only what giving uids away and ending workers needs. */
int sandbox_launcher(struct sandbox_error *);

/* -- what this machine offers (libsandboxspawn.a) ------------------------ */

/* The probe starts this very binary in a sandbox under this name (argv[0]); main()
 * then calls sandbox_probe_inside() and exits with what it returns. */
#define SANDBOX_PROBE_NAME "penguintrace-probe"
int sandbox_probe_inside(void);

struct sandbox_finding {
	const char *name;		/* "user namespaces" */
	enum isolation needed_for;	/* the lowest level that cannot do without */
	bool optional;			/* a second lock: told, not insisted on */
	bool ok;
	char detail[240];		/* what was found */
	char cure[400];			/* what to change; "" when ok */
};

#define SANDBOX_FINDINGS_MAX 16

/* Try everything, by doing it: the whole chain of a session included (spawn a
 * tracer's sandbox, start a program in it, trace it to its end).  Returns the
 * number of findings; *best gets the highest level that works. */
size_t sandbox_probe(int policy, struct sandbox_finding found[SANDBOX_FINDINGS_MAX],
    enum isolation *best);

#endif
