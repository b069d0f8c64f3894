/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which compilers there are: toolchains.conf, and what of it is installed. */
#ifndef PT_COMPILER_TOOLCHAIN_H
#define PT_COMPILER_TOOLCHAIN_H

#include <stddef.h>

#include "src/msg.h"
#include "src/request.h"

enum dialect { DIALECT_GNU, DIALECT_LLVM };

struct toolchain {
	enum request_language language;
	const char *compiler;		/* "gcc": as a request and an answer name it */
	enum dialect dialect;
	const char *driver;		/* absolute path */
	const char *needs;		/* another program that must be there */
};

/* All of toolchains.conf, in its order. */
extern const struct toolchain toolchains[];
extern const size_t toolchain_count;

/* For this language: the one called compiler, or with "" the first installed.
 * NULL when it is not installed; why then names those that are. */
const struct toolchain *toolchain_find(enum request_language, const char *compiler,
    char *why, size_t size);

/* A row with language, compiler and version for each one installed.  Runs the
 * drivers with --version.  Returns the number of rows. */
#define TOOL_ROWS_MAX 64
size_t toolchain_probe(struct record_tool_row rows[TOOL_ROWS_MAX]);

#endif
