/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The system calls that each role may make: one table, default-deny. */
#ifndef PT_SANDBOX_CALLS_H
#define PT_SANDBOX_CALLS_H

#include <stddef.h>
#include <stdint.h>

enum call_action {
	CALL_ALLOW,
	CALL_TRACE,	/* SECCOMP_RET_TRACE: the timeline must see it */
	CALL_REFUSE,	/* EPERM, where programs expect that rather than ENOSYS */
};

/* MARKED: the argument is the mark of this very program (SANDBOX_MARK until it has one). */
enum call_test { TEST_NONE, TEST_EQUAL, TEST_BITS_CLEAR, TEST_MARKED, TEST_UNMARKED };

struct call_row {
	const char *name;	/* as libseccomp resolves it; unknown on this architecture: skipped */
	uint16_t roles;		/* 1 << enum sandbox_role */
	uint8_t action;
	uint8_t test, argument;
	/* EQUAL: the argument's low 32 bits are value (that is all that the kernel looks
	 * at in such an argument: CVE-2019-10063).  BITS_CLEAR: none of value's is set. */
	uint64_t value;
};

extern const struct call_row sandbox_calls[];
extern const size_t sandbox_call_count;

#endif
