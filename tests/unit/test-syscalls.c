/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* System calls as text. */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/unit/unit.h"
#include "tracer/syscalls.h"

enum { AT = 0x1000 };

static char memory[512];
static size_t mapped;

static size_t read_memory(const struct view *view, uint64_t address, void *buffer, size_t length)
{
	(void)view;
	if (address < AT || address - AT >= mapped)
		return 0;
	if (length > mapped - (address - AT))
		length = mapped - (address - AT);
	memcpy(buffer, memory + (address - AT), length);
	return length;
}

static const struct view_ops ops = { .read = read_memory };
static const struct view view = { .ops = &ops };

/* The argument of a call that is given what is in the memory. */
static const char *shown(int number, unsigned index, uint64_t length)
{
	struct call_event call = { .number = number, .flags = CALL_ENTERED };
	static char text[SYSCALL_ARGUMENT_MAX];

	call.arguments[index] = AT;
	if (index < 5)
		call.arguments[index + 1] = length;
	syscall_argument(&call, index, &view, text);
	return text;
}

static void has(const char *text, size_t length)
{
	memset(memory, 0, sizeof(memory));
	memcpy(memory, text, length);
	mapped = sizeof(memory);
}

static void paths(void **state)
{
	char long_one[300];

	(void)state;
	has("/etc/passwd", 11);
	assert_string_equal(shown(SYS_openat, 1, 0), "\"/etc/passwd\"");
	has("", 0);
	assert_string_equal(shown(SYS_openat, 1, 0), "\"\"");
	memset(long_one, 'a', sizeof(long_one));
	has(long_one, sizeof(long_one));
	assert_string_equal(shown(SYS_openat, 1, 0) + 129, "\"…");
	memset(long_one, '\1', sizeof(long_one));
	has(long_one, 60);		/* read whole, and too long as text */
	assert_true(strlen(shown(SYS_openat, 1, 0)) < SYSCALL_ARGUMENT_MAX);
	assert_string_equal(strrchr(shown(SYS_openat, 1, 0), '"'), "\"…");
	has("abc", 3);
	mapped = 3;			/* and there the memory ends */
	assert_string_equal(shown(SYS_openat, 1, 0), "\"abc\"…");
	mapped = 0;
	assert_string_equal(shown(SYS_openat, 1, 0), "0x1000");
}

static void bytes(void **state)
{
	(void)state;
	has("one\ntwo\0\"", 9);
	assert_string_equal(shown(SYS_write, 1, 9), "\"one\\ntwo\\x00\\\"\"");
	assert_string_equal(shown(SYS_write, 1, 0), "\"\"");
	assert_string_equal(shown(SYS_write, 1, 100) + strlen("\"one\\ntwo\\x00\\\"") + 23 * 4, "\"…");
	assert_string_equal(shown(SYS_write, 1, UINT64_MAX) + strlen("\"one\\ntwo\\x00\\\"") + 23 * 4, "\"…");
}

static void results(void **state)
{
	struct call_event call = { .number = SYS_write, .flags = CALL_ENTERED };
	const char *error;
	char text[32];

	(void)state;
	syscall_result(&call, text, &error);
	assert_string_equal(text, "?");
	assert_null(error);
	call.flags |= CALL_RETURNED;
	call.result = -9;
	syscall_result(&call, text, &error);
	assert_string_equal(text, "-1");
	assert_string_equal(error, "EBADF");
	call.number = SYS_mmap;
	call.result = 0x7ffff7fc1000;
	syscall_result(&call, text, &error);
	assert_string_equal(text, "0x7ffff7fc1000");
	assert_null(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths), cmocka_unit_test(bytes), cmocka_unit_test(results),
	};

	return RUN_TESTS(tests);
}
