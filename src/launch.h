/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the launcher and the broker say to each other: structures of fixed
 * size over a SOCK_SEQPACKET pair, because the launcher is the one privileged
 * process and parses nothing.  Every field is checked against its range; a
 * packet of any other size, a table hash that differs or an operation that is
 * not named here ends the broker (and with it everything: see launcher.c).
 */
#ifndef PT_LAUNCH_H
#define PT_LAUNCH_H

#include <stdint.h>

/* Descriptors that the launcher leaves open in the processes it starts. */
enum {
	LAUNCH_FD_CHANNEL = 3,	/* broker: to the launcher; worker, httpd: to the broker */
	LAUNCH_FD_SETTINGS = 4,	/* sealed memfd: conf_read_fd() */
	LAUNCH_FD_LISTEN = 5,	/* httpd only: the first listener; listen_count in the settings */
};

enum launch_kind { LAUNCH_HTTPD, LAUNCH_COMPILER, LAUNCH_TRACER, LAUNCH_KIND_COUNT };

enum launch_op { LAUNCH_SPAWN = 1, LAUNCH_KILL = 2, LAUNCH_SPAWNED = 3, LAUNCH_EXITED = 4 };

/* broker → launcher.  SPAWN: kind COMPILER or TRACER, id chosen by the broker and
 * never used before.  KILL: id of a worker; everything in it dies. */
struct launch_request {
	uint64_t hash;		/* msg_hash() */
	uint32_t op;
	uint32_t kind;
	uint64_t id;
};

/* launcher → broker.  SPAWNED carries two descriptors (channel, pidfd) when error
 * is 0, else none; a new httpd comes as SPAWNED of kind HTTPD, id 0, unasked, with
 * its channel and pidfd.  EXITED: the worker and all that was in it are gone. */
struct launch_report {
	uint64_t hash;
	uint32_t op;
	uint32_t kind;
	uint64_t id;
	int32_t error;		/* errno of a SPAWN that failed */
	int32_t status;		/* as wait(2) gives it */
	uint32_t out_of_memory;	/* 1: killed for memory */
	uint32_t reserved;
	uint64_t cpu_microseconds;	/* of EXITED: of the worker and its children, as wait4(2) has it */
	uint64_t memory_peak_bytes;	/* resident, of the greatest of them */
};

#endif
