/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The one command of a job: a vector of arguments, of which only allowed flags
 * come from the request. */
#ifndef PT_COMPILER_COMMAND_H
#define PT_COMPILER_COMMAND_H

#include "compiler/toolchain.h"

#define COMMAND_OUTPUT ".program"	/* no person's file begins with a dot */
#define COMMAND_ARGS_MAX (64 + REQUEST_FLAGS_MAX + REQUEST_FILES_MAX)

struct command {
	const char *argv[COMMAND_ARGS_MAX];
	size_t argc;
	char directory_maps[2][128];
};

/* Borrows from toolchain and request.  The request's flags have been checked. */
void command_make(struct command *, const struct toolchain *, const struct request *, const char *directory);

#endif
