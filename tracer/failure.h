/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Why a request could not be done, as the client gets it:
 * {code, message, argument?, frontier?, epoch?, obstacle{name, position, file?, line?}?}. */
#ifndef PT_FAILURE_H
#define PT_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

#include "tracer/writer.h"

struct failure {
	int status;			/* as HTTP has it */
	char code[32];
	char message[480];		/* what is wrong and what to do */
	char argument[64];		/* "" or the one that is wrong */
	bool has_moment;		/* say frontier and epoch */
	uint64_t frontier, epoch;
	char obstacle[64];		/* "" or what prevents it */
	uint64_t obstacle_position;
	const char *obstacle_file;	/* NULL: not known */
	unsigned obstacle_line;
};

/* Fill in and return -1, so that a handler can `return fail(…)'. */
int fail(struct failure *, int status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As the value of a key. */
void failure_write(const struct failure *, struct writer *);

#endif
