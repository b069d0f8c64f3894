/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Does the timeline tell the truth?  A program is stepped from start to end.  After
 * every step each thread's registers, general and vector, and all writable memory
 * are read from the process and compared with what the timeline says of its
 * newest moment.  Then the way back: registers at every position, memory at some;
 * and every write of the log is undone, which must give the memory of the start.
 */
#ifndef PT_FIDELITY_H
#define PT_FIDELITY_H

#include "tests/unit/engine-host.h"

struct fidelity_options {
	struct host_options host;
	bool enter;		/* library code is stepped, too */
	uint64_t steps;		/* it takes at least so many */
	int exit_code;
};

/* From here on compare at every record; the memory of some moments is kept. */
struct fidelity *fidelity_begin(struct host *);
/* Go back over it all; frees. */
void fidelity_end(struct fidelity *);

/* A whole program.  Fails the test with where and what differs.  Returns the steps. */
uint64_t fidelity_check(const char *source, const struct fidelity_options *);

#endif
