/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the sandbox's test does inside: this same binary, started in a role's
 * sandbox (or as a tracee) under a name of the tables, tries things there and
 * ends with 0 or says on standard error what should not have happened.
 */
#ifndef PT_TEST_SANDBOX_INSIDE_H
#define PT_TEST_SANDBOX_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "src/sandbox/sandbox.h"

struct inside {
	const char *name;
	enum sandbox_role role;
	int (*run)(void);
};

extern const struct inside insides[];
extern const size_t inside_count;

/* Runs and ends the process when argv[0] names one; else returns. */
void inside_main(const char *name);

/* One attempt: the errno that it must fail with.  0 in a second place: none. */
struct attempt {
	const char *what;
	long (*try)(void);
	int want[3];
};

/* The number of attempts that did not fail as they must; each is printed. */
int attempts_fail(const char *who, const struct attempt *, size_t count);

/* Tried by whoever runs a person's code. */
extern const struct attempt common_attempts[], compiler_attempts[], tracee_attempts[];
extern const size_t common_attempt_count, compiler_attempt_count, tracee_attempt_count;

/* SIGSYS is the end of a process that enters by a foreign architecture's door. */
bool foreign_entry_kills(void);

/* Open descriptors above standard error. */
int descriptors_open(void);

#endif
