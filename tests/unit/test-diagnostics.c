/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The tools' text and what is made of it. */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/diagnostics.h"

static struct request request = {
	.file_count = 3,
	.files = {
		{ .name = "main.c", .disk = "source0.c", .compiled = true, .length = 22,
		  .text = (char[]){ "int x;\n\tä = ö; foo\n" } },
		{ .name = "util.c", .disk = "source1.c", .compiled = true, .text = (char[]){ "\n\n\n" }, .length = 3 },
		{ .name = "a.h", .disk = "a.h", .text = (char[]){ "" } },
	},
};

#define SYSTEM "/usr/include/c++/12/"

static const struct {
	const char *text, *json;
} cases[] = {
	{ "", "[]" },
	{ "source0.c:1:5: error: bad\n", "main.c:1:5 error bad\n" },
	{ "source0.c:1:5: fatal error: bad\ncompilation terminated.\n", "main.c:1:5 error bad\n" },
	{ "source0.c: In function 'main':\nsource0.c:1: warning: odd [-Wodd]\n", "main.c:1 warning odd [-Wodd]\n" },
	{ "./a.h:3:1: note: here", "a.h:3:1 note here\n" },
	{ "/work/source1.c:2:1: warning: x\r\n", "util.c:2:1 warning x\xef\xbf\xbd\n" },
	{ "/tmp/job/source1.c:2:1: warning: x\n", "util.c:2:1 warning x\n" },
	/* columns: bytes to characters; beyond the line: as they are */
	{ "source0.c:2:4: error: x\n", "main.c:2:3 error x\n" },
	{ "source0.c:2:7: error: x\n", "main.c:2:6 error x\n" },
	{ "source0.c:2:400: error: x\nsource0.c:99:4: error: y\n", "main.c:2:400 error x\nmain.c:99:4 error y\n" },
	/* the assembler */
	{ "source0.c: Assembler messages:\nsource0.c:7: Error: no such instruction: `foo'\n",
	  "main.c:7 error no such instruction: `foo'\n" },
	{ "{standard input}: Assembler messages:\n{standard input}:9: Error: junk\n", "- error {standard input}:9: junk\n" },
	/* the linker */
	{ "/usr/bin/ld: /tmp/ccA.o: in function `main':\n/work/source0.c:1: undefined reference to `foo'\n"
	  "collect2: error: ld returned 1 exit status\n", "main.c:1 error undefined reference to `foo'\n" },
	{ "/usr/bin/ld: /tmp/ccB.o:/work/source1.c:2: multiple definition of `x'; /tmp/ccA.o:/work/source0.c:1: first defined here\n",
	  "util.c:2 error multiple definition of `x'; main.c:1: first defined here\n" },
	{ "/usr/bin/ld: /tmp/source1-1a2b3c.o:(.data+0x0): multiple definition of `x'; /tmp/source0-ffff00.o:(.data+0x0): first defined here\n",
	  "util.c error multiple definition of `x'; main.c: first defined here\n" },
	{ "/usr/bin/ld: /usr/lib/x86_64-linux-gnu/crt1.o: in function `_start':\n(.text+0x17): undefined reference to `main'\n",
	  "- error undefined reference to `main': the program needs a function main\n" },
	{ "/usr/bin/ld: source0.c:(.text+0x5): undefined reference to `foo'\n", "main.c error undefined reference to `foo'\n" },
	{ "/usr/bin/ld: cannot find -lfoo: No such file or directory\n", "- error cannot find -lfoo: No such file or directory\n" },
	{ "/usr/bin/x86_64-linux-gnu-ld.bfd: warning: x has a LOAD segment\n", "- warning x has a LOAD segment\n" },
	{ "/work/source0.c:1: warning: the `gets' function is dangerous\n", "main.c:1 warning the `gets' function is dangerous\n" },
	/* the drivers */
	{ "gcc: error: unrecognized command-line option '-fx'\n", "- error unrecognized command-line option '-fx'\n" },
	{ "clang: error: linker command failed with exit code 1 (use -v to see invocation)\n1 error generated.\n", "" },
	/* an error in a library's header goes where it came from: gcc says so before */
	{ "In file included from source0.c:1:\n" SYSTEM "map: In instantiation of 'x':\n" SYSTEM "map:4:2:   required from 'y'\n"
	  "source0.c:2:9:   required from here\n" SYSTEM "map:40:2: error: no match\n" SYSTEM "list:7:1: note: candidate\n",
	  "main.c:2:7 error c++/12/map:40: no match\nmain.c:2:7 note c++/12/list:7: candidate\n" },
	/* clang behind it */
	{ "In file included from source0.c:1:\n" SYSTEM "map:40:2: error: no match\n" SYSTEM "map:4:2: note: in instantiation of x requested here\n"
	  "source0.c:2:2: note: in instantiation of y requested here\n",
	  "main.c:2:2 error c++/12/map:40: no match\nmain.c:2:2 note c++/12/map:4: in instantiation of x requested here\n"
	  "main.c:2:2 note in instantiation of y requested here\n" },
	{ "In file included from a.h:4,\n                 from source1.c:2:\n" SYSTEM "x:1:1: error: y\n", "util.c:2 error c++/12/x:1: y\n" },
	/* our names only */
	{ "source0.c:1:1: error: see source1.c and /work/source0.c, not xsource0.c or source0.cc\n",
	  "main.c:1:1 error see util.c and main.c, not xsource0.c or source0.cc\n" },
	/* attack suite C14, C15: names that #line makes up are text, control characters and broken UTF-8 do not pass */
	{ "/etc/shadow:1:2: error: x\n", "- error /etc/shadow:1: x\n" },
	{ "../../etc/passwd:1:2: warning: x\n", "- warning ../../etc/passwd:1: x\n" },
	{ "javascript:alert(1):3:1: error: x\n", "- error javascript:alert(1):3: x\n" },
	{ "source0.c:1:1: error: \x1b[31m</script>\xff\xc0\xaf\xed\xa0\x80\n",
	  "main.c:1:1 error \xef\xbf\xbd[31m</script>\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n" },
	{ ":1:1: error: x\n", "- error x\n" },
	{ "source0.c:2147483647:1: error: x\n", "main.c:2147483647:1 error x\n" },
	{ "x.c:99999999999999999999:1: error: x\n", "- error x.c:99999999999999999999:1: x\n" },
	{ "source0.c:1:99999999999999999999: error: x\n", "" },
	{ "    1 | int x;\n      | ^~~\nint x;\n  ^\n", "" },
};

/* One line a diagnostic: FILE[:LINE[:COLUMN]] SEVERITY MESSAGE, - for no file. */
static char *flatten(const char *json)
{
	char *text = NULL;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);
	json_t *array = json_loads(json, 0, NULL), *d;

	assert_non_null(array);
	json_array_foreach(array, i, d) {
		fputs(json_is_string(json_object_get(d, "file")) ? json_string_value(json_object_get(d, "file")) : "-", out);
		if (json_object_get(d, "line") != NULL)
			fprintf(out, ":%d", (int)json_integer_value(json_object_get(d, "line")));
		if (json_object_get(d, "column") != NULL)
			fprintf(out, ":%d", (int)json_integer_value(json_object_get(d, "column")));
		fprintf(out, " %s %s\n", json_string_value(json_object_get(d, "severity")),
		    json_string_value(json_object_get(d, "message")));
	}
	json_decref(array);
	fclose(out);
	return text;
}

static char *render(const char *text, size_t length, size_t max)
{
	struct diagnostics d;
	char *json;

	assert_int_equal(diagnostics_parse(&d, &request, "/tmp/job", text, length), 0);
	json = diagnostics_render(&d, max);
	assert_non_null(json);
	diagnostics_free(&d);
	return json;
}

static void test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *json = render(cases[i].text, strlen(cases[i].text), 100000), *flat = flatten(json);
		const char *expected = strcmp(cases[i].json, "[]") == 0 ? "" : cases[i].json;

		if (strcmp(flat, expected) != 0)
			fail_msg("%s\nis\n%s\nnot\n%s", cases[i].text, flat, expected);
		free(flat);
		free(json);
	}
}

/* What limit a tool says it met. */
static const struct {
	const char *text;
	enum trouble trouble;
} troubles[] = {
	{ "gcc: fatal error: CPU time limit exceeded signal terminated program cc1\n", TROUBLE_TIME },
	{ "cc1: out of memory allocating 1073741840 bytes after a total of 602112 bytes\n", TROUBLE_MEMORY },
	{ "as: out of memory allocating 49392123882 bytes\n", TROUBLE_MEMORY },
	{ "LLVM ERROR: out of memory\n", TROUBLE_MEMORY },
	{ "virtual memory exhausted: Cannot allocate memory\n", TROUBLE_MEMORY },
	{ "gcc: internal compiler error: File size limit exceeded signal terminated program as\n", TROUBLE_OUTPUT },
	{ "source0.s:4: Fatal error: can't write 8 bytes to section .data of x.o: 'File too large'\n", TROUBLE_OUTPUT },
	{ "/usr/bin/ld: final link failed: No space left on device\n", TROUBLE_OUTPUT },
	{ "gcc: fatal error: Killed signal terminated program cc1\n", TROUBLE_KILLED },
	{ "gcc: fatal error: cannot execute 'cc1': vfork: Resource temporarily unavailable\n", TROUBLE_PROCESSES },
	/* a source that says so has met none */
	{ "source0.c:1:2: error: #error out of memory\n", TROUBLE_NONE },
	{ "source0.c:1:2: warning: CPU time limit exceeded\n", TROUBLE_NONE },
};

static void test_troubles(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(troubles) / sizeof(*troubles); i++) {
		struct diagnostics d;

		assert_int_equal(diagnostics_parse(&d, &request, "/work", troubles[i].text, strlen(troubles[i].text)), 0);
		if (d.trouble != troubles[i].trouble)
			fail_msg("%s: %d", troubles[i].text, d.trouble);
		diagnostics_free(&d);
	}
}

/* Errors go before warnings and notes; what does not fit is counted. */
static void test_cap(void **state)
{
	char text[65536] = "";
	char *json, *flat;

	(void)state;
	for (int i = 0; i < 300; i++)
		sprintf(text + strlen(text), "source0.c:%d:1: warning: the warning %d\nsource0.c:%d:1: note: the note %d\n", i, i, i, i);
	strcat(text, "source0.c:1:1: error: the error\n");
	json = render(text, strlen(text), 4096);
	flat = flatten(json);
	assert_true(strlen(json) <= 4096);
	assert_non_null(strstr(flat, "main.c:1:1 error the error\n"));
	assert_non_null(strstr(flat, "warning the warning 0\n"));
	assert_null(strstr(flat, "the note"));
	assert_non_null(strstr(flat, "more are not shown\n"));
	free(flat);
	free(json);
}

/* A line of 1 MB, NULs, and more lines than are kept. */
static void test_flood(void **state)
{
	size_t length = 1 << 20;
	char *text = malloc(length), *json;

	(void)state;
	memset(text, 'x', length);
	memcpy(text, "source0.c:1:1: error: ", 22);
	json = render(text, length, 1 << 20);
	assert_in_range(strlen(json), DIAGNOSTIC_MESSAGE_MAX / 2, DIAGNOSTIC_MESSAGE_MAX + 200);
	free(json);
	memset(text, 0, length);
	json = render(text, length, 1 << 20);
	assert_string_equal(json, "[]");
	free(json);
	for (size_t i = 0; i + 16 <= length; i += 16)
		memcpy(text + i, "a.h:1: error: x\n", 16);
	json = render(text, length, 1 << 12);
	assert_true(strlen(json) <= 1 << 12);
	free(json);
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_troubles),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_flood),
	};

	return RUN_TESTS(tests);
}
