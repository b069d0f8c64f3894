/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Data breakpoints as people set them.  What is watched is an address and a
 * length, named by a dataId "0xADDRESS/LENGTH": a variable that has gone out of
 * scope is one still.
 */
#ifndef PT_WATCHPOINTS_H
#define PT_WATCHPOINTS_H

#include "tracer/args.h"
#include "tracer/control.h"

#define WATCHPOINTS_MAX 64

struct watchpoint {
	unsigned id;			/* as breakpoints': never given twice */
	struct control_watch watch;
	bool verified;
	char message[160];		/* "" or why not, or what is not seen */
};

struct watchpoints {
	struct watchpoint list[WATCHPOINTS_MAX];
	size_t count;
};

#endif
