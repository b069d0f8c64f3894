/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the sandbox's own files share.  For nobody outside this folder. */
#ifndef PT_SANDBOX_INTERNAL_H
#define PT_SANDBOX_INTERNAL_H

#include <linux/filter.h>

#include "src/sandbox/sandbox.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

#define CAPABILITY(n) (1ull << (n))

/* -- error.c -- */
/* Fill *error ("WHAT: strerror(number)") and return -number. */
int sandbox_fail(struct sandbox_error *, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* -- profiles.c: policy as data -- */
struct sandbox_profile {
	const char *name;
	uint64_t starting;	/* capabilities until sandbox_self() */
	uint64_t keeping;	/* … and after it */
	bool scratch;		/* writable /tmp and /work */
	bool proc;		/* its own /proc; cannot do without */
	bool terminals;		/* its own devpts: makes pseudo-terminals */
	bool chroots;		/* sandbox_self() leaves it in an empty directory */
	bool landlock;		/* sandbox_self() takes a Landlock domain */
	int oom_score_adj;	/* who dies first: proc(5) */
	struct sandbox_limits limits;
};
const struct sandbox_profile *sandbox_profile(enum sandbox_role);

/* A file or directory of the host that a root shows, read-only. */
struct sandbox_bind {
	const char *path;
	bool device;
};
extern const struct sandbox_bind sandbox_binds[];
extern const size_t sandbox_bind_count;

/* An empty directory in every root, for chroot(2). */
#define SANDBOX_EMPTY "/empty"

/* -- userns.c -- */
/* clone3(2) as a fork: 0 in the child.  flags: CLONE_NEW…; *pidfd: close-on-exec. */
pid_t sandbox_clone(uint64_t flags, int *pidfd);

struct sandbox_identity {
	uid_t inside_uid, outside_uid;
	gid_t inside_gid, outside_gid;
};
/* By the parent, for a child that waits: its uid and gid map. */
int sandbox_map(pid_t, const struct sandbox_identity *, struct sandbox_error *);
int sandbox_oom_score(pid_t, int score, struct sandbox_error *);
/* By the child: take the mapped identity; capabilities stay. */
int sandbox_become(const struct sandbox_identity *, struct sandbox_error *);
/* No user namespace may be made below this one (a second lock behind the filter). */
void sandbox_forbid_userns(void);

/* -- root.c -- */
struct sandbox_root {
	bool proc, proc_required, proc_only_pids;
	bool terminals;
	bool work;			/* a /work beside /tmp */
	uint64_t scratch_bytes;		/* 0: neither /tmp nor /work */
	const char *shared;		/* one more directory to show, read-only, or NULL */
};
/* In a new mount namespace: make this the root and let go of the old one. */
int sandbox_enter_root(const struct sandbox_root *, struct sandbox_error *);

/* -- caps.c: capabilities(7) by the raw calls -- */
/* Keep exactly these, ambient, so that they pass execve(2); empty bounding set,
 * securebits locked. */
int sandbox_caps_start(uint64_t keep, struct sandbox_error *);
/* Keep exactly these in the permitted and effective sets, nothing anywhere else. */
int sandbox_caps_keep(uint64_t keep, struct sandbox_error *);
/* What is held now. */
int sandbox_caps_get(uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);

/* -- limits.c -- */
int sandbox_limit(const struct sandbox_limits *, struct sandbox_error *);
/* All signals at their default and unblocked. */
void sandbox_reset_signals(void);

/* -- policy.c: the filters' way from the launcher to whom they bind -- */
#define SANDBOX_POLICY_MAGIC 0x70656e67u
#define SANDBOX_FILTER_MAX 4096		/* BPF_MAXINSNS */
struct sandbox_policy_header {
	uint32_t magic;
	uint32_t lengths[SANDBOX_ROLE_COUNT];	/* instructions; programs follow in this order */
};
struct sandbox_filter {
	unsigned short length;
	struct sock_filter program[SANDBOX_FILTER_MAX];
};
/* Read the role's program from the policy memfd. */
int sandbox_filter_read(int fd, enum sandbox_role, struct sandbox_filter *, struct sandbox_error *);
/* What stands in the filters for a program's mark, which is not known when they are built;
 * neither half is found in them anywhere else. */
#define SANDBOX_MARK 0xa6d1f52b93c7e84dull
int sandbox_filter_mark(struct sandbox_filter *, uint64_t mark, struct sandbox_error *);
/* no_new_privs and the filter: nothing the filter refuses may follow. */
int sandbox_filter_take(const struct sandbox_filter *, struct sandbox_error *);

/* -- landlock.c -- */
/* Deny every access to files but what the role has; where the kernel has no
 * Landlock: nothing, and 0. */
int sandbox_landlock(enum sandbox_role, enum isolation, struct sandbox_error *);
int sandbox_landlock_abi(void);

/* -- prove.c -- */
/* Try what the role must not be able to do; -EPERM and the attempt's name when
 * one succeeds. */
int sandbox_prove(enum sandbox_role, enum isolation, struct sandbox_error *);

#endif
