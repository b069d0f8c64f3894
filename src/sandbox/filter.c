/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * From the table of calls to BPF programs, by libseccomp, once in the launcher's
 * life (milliseconds each); what travels on is the finished program.
 */
#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/fdutil.h"
#include "src/sandbox/calls.h"
#include "src/sandbox/internal.h"

/* Whoever waits to be the program is under its filter too when it is: what the
 * program may do must be in both. */
static bool concerns(const struct call_row *row, enum sandbox_role role)
{
	if (role == SANDBOX_START && (row->roles & 1 << SANDBOX_TRACEE) != 0)
		return row->action != CALL_REFUSE;
	return (row->roles & 1 << role) != 0;
}

static uint32_t action_of(const struct call_row *row, enum sandbox_role role)
{
	switch (row->action) {
	case CALL_TRACE:
		return role == SANDBOX_START ? SCMP_ACT_ALLOW : SCMP_ACT_TRACE(0);
	case CALL_REFUSE:
		return SCMP_ACT_ERRNO(EPERM);
	default:
		return SCMP_ACT_ALLOW;
	}
}

static void set_test(const struct call_row *row, struct scmp_arg_cmp *test)
{
	if (row->test == TEST_MARKED || row->test == TEST_UNMARKED) {
		test->op = row->test == TEST_MARKED ? SCMP_CMP_EQ : SCMP_CMP_NE;
		test->datum_a = SANDBOX_MARK;
		return;
	}
	test->op = SCMP_CMP_MASKED_EQ;
	test->datum_a = row->test == TEST_EQUAL ? UINT32_MAX : row->value;
	test->datum_b = row->test == TEST_EQUAL ? row->value : 0;
}

static int add_row(scmp_filter_ctx filter, const struct call_row *row, enum sandbox_role role)
{
	int number = seccomp_syscall_resolve_name(row->name);
	struct scmp_arg_cmp test = { .arg = row->argument };

	/* Negative: this architecture has no such call (libseccomp's pseudo numbers). */
	if (number < 0)
		return 0;
	if (row->test == TEST_NONE)
		return seccomp_rule_add_array(filter, action_of(row, role), number, 0, NULL);
	set_test(row, &test);
	return seccomp_rule_add_array(filter, action_of(row, role), number, 1, &test);
}

static int set_attributes(scmp_filter_ctx filter)
{
	int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	/* 2: a binary tree instead of a chain; the number's test is on every call's way. */
	return result < 0 ? result : seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
}

static int add_rows(scmp_filter_ctx filter, enum sandbox_role role, struct sandbox_error *error)
{
	int result = set_attributes(filter);

	if (result < 0)
		return sandbox_fail(error, -result, "prepare a seccomp filter");
	for (size_t i = 0; i < sandbox_call_count; i++) {
		if (!concerns(&sandbox_calls[i], role))
			continue;
		result = add_row(filter, &sandbox_calls[i], role);
		if (result < 0)
			return sandbox_fail(error, -result, "filter of %s: %s",
			    sandbox_profile(role)->name, sandbox_calls[i].name);
	}
	return 0;
}

/* Append the role's program to fd; its length in instructions, or -errno. */
static int build(enum sandbox_role role, int fd, struct sandbox_error *error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	off_t start = lseek(fd, 0, SEEK_CUR);
	int result;

	if (filter == NULL || start < 0)
		return sandbox_fail(error, ENOMEM, "prepare a seccomp filter");
	result = add_rows(filter, role, error);
	if (result == 0) {
		result = seccomp_export_bpf(filter, fd);
		if (result < 0)
			sandbox_fail(error, -result, "build the %s's filter", sandbox_profile(role)->name);
	}
	seccomp_release(filter);
	if (result < 0)
		return result;
	return (int)((lseek(fd, 0, SEEK_CUR) - start) / (off_t)sizeof(struct sock_filter));
}

int sandbox_policy(struct sandbox_error *error)
{
	struct sandbox_policy_header header = { .magic = SANDBOX_POLICY_MAGIC };
	cleanup_close int fd = fd_memory("penguintrace-filters");
	int result;

	if (fd < 0)
		return sandbox_fail(error, -fd, "make a memfd");
	if (lseek(fd, sizeof(header), SEEK_SET) < 0)
		return sandbox_fail(error, errno, "write the filters");
	for (int role = 0; role < SANDBOX_ROLE_COUNT; role++) {
		result = build((enum sandbox_role)role, fd, error);
		if (result < 0)
			return result;
		header.lengths[role] = (uint32_t)result;
	}
	if (pwrite(fd, &header, sizeof(header), 0) != sizeof(header))
		return sandbox_fail(error, errno, "write the filters");
	if ((result = fd_seal(fd)) < 0)
		return sandbox_fail(error, -result, "seal the filters");
	return steal_fd(&fd);
}
