/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One program of the toolchain, run by absolute path with a vector of
 * arguments and an environment that is made here; its output captured, its
 * limits set, and everything that it started ended.
 */
#ifndef PT_COMPILER_RUN_H
#define PT_COMPILER_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/workdir.h"

struct run_limits {
	unsigned wall_milliseconds;
	unsigned cpu_seconds;		/* of each process */
	uint64_t memory_bytes;		/* address space of each process; 0: none */
	uint64_t file_bytes;		/* of each file written; 0: none */
	unsigned processes;		/* 0: none */
	size_t text_bytes;		/* of captured output */
};

struct run_place {
	const struct workdir *directory;	/* to work in; NULL: where we are */
	int peer;			/* the broker's channel: its hang-up ends the run; -1: none */
};

enum run_end {
	RUN_EXITED,		/* status is wait(2)'s */
	RUN_WALL,		/* wall_milliseconds were over: killed */
	RUN_FLOOD,		/* text_bytes were written: killed */
	RUN_ABANDONED,		/* the peer has gone: killed */
};

struct run_result {
	enum run_end end;
	int status;
	unsigned cpu_milliseconds;	/* of it and of all that it has waited for */
	char *text;		/* stdout and stderr, NUL behind; run_result_free() */
	size_t length;
};

/* argv[0] is the program's path, the last NULL.  0 or -errno, and *result is empty then.
 * Afterwards call run_sweep(). */
int run(const char *const argv[], const struct run_place *, const struct run_limits *, struct run_result *);
void run_result_free(struct run_result *);

/*
 * End everything that was started and reap it to the last.  As pid 1 of a
 * namespace of our own that is every other process in it; else the process
 * group of the last run.  Only after this do the files stay what they are.
 */
void run_sweep(void);

#endif
