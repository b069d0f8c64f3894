/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The vector of arguments: our names only, and how assembly is linked. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/assembly.h"
#include "compiler/command.h"

static const struct {
	const char *text;
	bool main, start;
} sources[] = {
	{ "", false, false },
	{ "main:\n", true, false },
	{ "\t.globl main\n\t.text\nmain:\tret\n", true, false },
	{ ".globl _start; _start: nop", false, true },
	{ "a: b: main : nop\n", true, false },
	{ "  _start:\n main:", true, true },
	{ ".globl main\n", false, false },
	{ "call main\n.globl _start", false, false },
	{ "# main:\n// _start:\n/* main:\n_start: */\n", false, false },
	{ ".string \"main:\\\" _start:\"\n.ascii \"; main:\"\n", false, false },
	{ "/* x */ main: ret", true, false },
	{ "mymain:\nmain2:\n_start_:\n1: jmp 1b\n", false, false },
	{ ".ascii \"unclosed\nmain:", true, false },
	{ "nop main:", false, false },
	{ "main:\r\n", true, false },
	{ "/* never closed main:", false, false },
};

static void test_labels(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++)
		if (assembly_defines(sources[i].text, "main") != sources[i].main ||
		    assembly_defines(sources[i].text, "_start") != sources[i].start)
			fail_msg("%s", sources[i].text);
}

static bool has(const struct command *c, const char *arg)
{
	for (size_t i = 0; i < c->argc; i++)
		if (strcmp(c->argv[i], arg) == 0)
			return true;
	return false;
}

static size_t at(const struct command *c, const char *arg)
{
	for (size_t i = 0; i < c->argc; i++)
		if (strcmp(c->argv[i], arg) == 0)
			return i;
	fail_msg("%s is missing", arg);
	return 0;
}

static struct command make(const char *body, enum dialect dialect, const char *directory)
{
	struct toolchain toolchain = { .compiler = "x", .driver = "/usr/bin/x", .needs = "/", .dialect = dialect };
	struct request_error error;
	struct request *r = request_parse(body, strlen(body), &error);
	static struct command command;
	static struct request *last;

	if (r == NULL)
		fail_msg("%s", error.message);
	request_free(last);	/* the command borrows from it */
	last = r;
	command_make(&command, &toolchain, r, directory);
	assert_null(command.argv[command.argc]);
	return command;
}

static void test_names(void **state)
{
	struct command c = make("{\"language\":\"c\",\"flags\":[\"-O2\",\"-lm\",\"-DX=1\"],\"files\":["
	    "{\"name\":\"my_main.c\",\"text\":\"x\"},{\"name\":\"my_lib.h\",\"text\":\"\"},{\"name\":\"my_b.c\",\"text\":\"x\"}],"
	    "\"args\":[\"my_arg\"],\"env\":{\"my_env\":\"my_value\"}}", DIALECT_GNU, "/work");

	(void)state;
	for (size_t i = 0; i < c.argc; i++)
		assert_null(strstr(c.argv[i], "my_"));
	assert_string_equal(c.argv[0], "/usr/bin/x");
	assert_true(at(&c, "-O0") < at(&c, "-O2"));
	assert_true(at(&c, "-O2") < at(&c, "source0.c"));
	assert_true(at(&c, "source1.c") < at(&c, "-lm"));
	assert_string_equal(c.argv[at(&c, "-o") + 1], COMMAND_OUTPUT);
	assert_false(has(&c, "-nostartfiles"));
	c = make("{\"language\":\"c\",\"files\":[{\"name\":\"a.c\",\"text\":\"x\"}]}", DIALECT_LLVM, "/tmp/d");
	assert_true(has(&c, "-ffile-prefix-map=/tmp/d=/work"));
}

static void test_linking(void **state)
{
	struct command c;

	(void)state;
	c = make("{\"language\":\"asm\",\"files\":[{\"name\":\"a.s\",\"text\":\"main: ret\"}]}", DIALECT_GNU, "/work");
	assert_false(has(&c, "-nostartfiles"));
	c = make("{\"language\":\"asm\",\"files\":[{\"name\":\"a.s\",\"text\":\"_start: ret\"}]}", DIALECT_GNU, "/work");
	assert_true(has(&c, "-nostartfiles") && has(&c, "-nostdlib") && has(&c, "-static"));
	c = make("{\"language\":\"asm\",\"flags\":[\"-lm\"],\"files\":[{\"name\":\"a.s\",\"text\":\"_start: ret\"}]}", DIALECT_GNU, "/work");
	assert_true(has(&c, "-nostartfiles") && !has(&c, "-nostdlib") && !has(&c, "-static"));
	c = make("{\"language\":\"c\",\"files\":[{\"name\":\"a.s\",\"text\":\"_start: ret\"},{\"name\":\"b.c\",\"text\":\"x\"}]}", DIALECT_GNU, "/work");
	assert_true(has(&c, "-nostartfiles") && !has(&c, "-nostdlib"));
	c = make("{\"language\":\"asm\",\"flags\":[\"-masm=intel\"],\"files\":[{\"name\":\"a.s\",\"text\":\"main: ret\"}]}", DIALECT_GNU, "/work");
	assert_true(has(&c, "-Wa,-msyntax=intel,-mnaked-reg"));
	c = make("{\"language\":\"c\",\"flags\":[\"-masm=intel\"],\"files\":[{\"name\":\"a.c\",\"text\":\"x\"}]}", DIALECT_GNU, "/work");
	assert_false(has(&c, "-Wa,-msyntax=intel,-mnaked-reg"));
}

/* The most that a request can hold fits. */
static void test_most(void **state)
{
	char body[16384] = "{\"language\":\"c\",\"flags\":[\"-g\"";
	struct command c;

	(void)state;
	for (int i = 1; i < REQUEST_FLAGS_MAX; i++)
		strcat(body, ",\"-lm\"");
	strcat(body, "],\"files\":[{\"name\":\"a.c\",\"text\":\"x\"}");
	for (int i = 1; i < REQUEST_FILES_MAX; i++)
		sprintf(body + strlen(body), ",{\"name\":\"a%d.c\",\"text\":\"x\"}", i);
	strcat(body, "]}");
	c = make(body, DIALECT_LLVM, "/tmp/d");
	assert_true(has(&c, "source63.c"));
	assert_string_equal(c.argv[c.argc - 1], "-lm");
	assert_true(c.argc < COMMAND_ARGS_MAX - 10);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_linking),
		cmocka_unit_test(test_most),
	};

	return RUN_TESTS(tests);
}
