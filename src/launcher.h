/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the launcher's own files share.  Its life story is in launcher.c. */
#ifndef PT_LAUNCHER_H
#define PT_LAUNCHER_H

#include <event2/event.h>
#include <netinet/in.h>
#include <sys/queue.h>
#include <sys/resource.h>

#include "src/conf.h"
#include "src/launch.h"
#include "src/sandbox/sandbox.h"

#define LISTENERS_MAX 24	/* what fits between LAUNCH_FD_LISTEN and SANDBOX_FD_POLICY */

enum child_kind {
	CHILD_BROKER, CHILD_HTTPD, CHILD_COMPILER, CHILD_TRACER,
	CHILD_KIND_COUNT,			/* of those that are programs */
	CHILD_CLEANER = CHILD_KIND_COUNT,	/* removes a worker's directory */
};

struct child {
	LIST_ENTRY(child) entry;
	enum child_kind kind;
	uint64_t id;		/* the broker's name for a worker; 0 for the others */
	pid_t pid;		/* not reaped yet, so nobody else's */
	uid_t uid;
	bool killed;		/* by us */
	uint64_t directory;	/* the number of its own below launcher.directory; 0: none */
	uint64_t started;	/* milliseconds */
};

/* A report that waits for the broker to read. */
struct report {
	STAILQ_ENTRY(report) entry;
	struct launch_report packet;
	int fds[2];		/* -1: none */
};

/* How often something has died young, and what that means for its next start. */
struct backoff {
	unsigned deaths;
	struct event *timer;
};

enum launcher_state {
	SERVING,
	RESTARTING,	/* everything is being ended to start afresh */
	DRAINING,	/* sessions go on for drain_timeout */
	ENDING,		/* everything is being ended for good */
};

struct launcher {
	struct conf conf;
	enum isolation level;
	enum launcher_state state;
	int exit_status;

	int policy;			/* the filters */
	int settings, settings_httpd;	/* the token is for httpd's eyes only */
	int executables[CHILD_KIND_COUNT];
	int listeners[LISTENERS_MAX];
	size_t listener_count;

	struct event_base *base;
	struct event *signals[4], *deadline;
	LIST_HEAD(, child) children;
	unsigned child_count;
	uid_t uid_first;		/* root: who the children are, one each */
	unsigned uid_count, uid_next;
	char directory[32];		/* below the level of namespaces: the workers' */
	uint64_t directory_next;
	uint64_t out_of_memory;		/* the machine's count of such kills */
	struct backoff broker_backoff, httpd_backoff;

	int channel;			/* to the broker; -1: none */
	struct event *readable, *writable;
	STAILQ_HEAD(, report) reports;
	size_t report_count;
};

/* -- launcher.c -- */
/* The broker has died or broken its contract: end everything, start afresh. */
void launcher_restart(struct launcher *, const char *why);
void launcher_child_gone(struct launcher *, struct child *, int status, const struct rusage *);
void launcher_all_gone(struct launcher *);

/* Make the event base, signals and timers.  0 or -1. */
int launcher_events(struct launcher *);

/* -- launcher-start.c -- */
/* Listeners, programs, filters, the machine's offer, the event loop; exits, with the
 * reason, when something is missing. */
void launcher_prepare(struct launcher *);

/* -- launcher-listen.c -- */
/* Open every address of conf.listen.  0, or -1 with why. */
int listen_open(struct launcher *, char *why);
/* The addresses with their real ports and the token, one a line, on stdout. */
void listen_announce(const struct launcher *);

/* -- launcher-children.c -- */
/* Copy the programs and the settings into sealed memory.  0, or -1 with why. */
int children_prepare(struct launcher *, char *why);
/* Start one; fds become 3, 4, …  *pidfd is the caller's.  NULL with *error. */
struct child *child_start(struct launcher *, enum child_kind, uint64_t id, const int *fds, size_t count,
    int *pidfd, struct sandbox_error *error);
/* Below the level of namespaces: the directory that the workers' own are in, made
 * when nothing can stop the start any more, and its removal.  0, or -1 with why. */
int children_directory(struct launcher *, char *why);
void children_end(struct launcher *);
struct child *child_find(struct launcher *, uint64_t id);
void child_kill(struct child *);
/* All of them, and all that is in them; those of one kind. */
void children_kill(struct launcher *);
void children_signal(struct launcher *, enum child_kind, int number);
/* Collect what has ended: launcher_child_gone() for each, then, if it was the
 * last, launcher_all_gone(). */
void children_reap(struct launcher *);

/* -- launcher-broker.c -- */
/* Start it, and httpd.  0 or -errno with *error. */
int broker_start(struct launcher *, struct sandbox_error *error);
int httpd_start(struct launcher *, struct sandbox_error *error);
void broker_close(struct launcher *);
void report_exit(struct launcher *, const struct child *, int status, const struct rusage *, bool out_of_memory);

uint64_t milliseconds_now(void);	/* monotonic */
#endif
