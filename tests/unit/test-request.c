/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The request's body: what is taken, and what each wrong one is told. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "src/request.h"

#define ONE(name) "{\"name\":\"" name "\",\"text\":\"x\"}"

static struct request *parse(const char *body, struct request_error *error)
{
	return request_parse(body, strlen(body), error);
}

static void test_whole(void **state)
{
	static const char body[] =
	    "{\"language\":\"c++\",\"compiler\":\"clang\",\"flags\":[\"-O2\",\"-DX=1\"],"
	    "\"files\":[{\"name\":\"main.cpp\",\"text\":\"int main(){}\\n\"},{\"name\":\"a.h\",\"text\":\"\"},"
	    "{\"name\":\"b.c\",\"text\":\"\\u00e4\"},{\"name\":\"c.S\",\"text\":\"nop\"}],"
	    "\"args\":[\"one\",\"\"],\"env\":{\"A\":\"b=c\",\"_2\":\"\"},\"stdin\":\"in\\n\",\"record\":\"step\"}";
	struct request_error error;
	struct request *r = parse(body, &error);

	(void)state;
	assert_non_null(r);
	assert_int_equal(r->language, LANGUAGE_CXX);
	assert_string_equal(r->compiler, "clang");
	assert_string_equal(r->flags[0], "-O2");
	assert_string_equal(r->flags[1], "-DX=1");
	assert_null(r->flags[2]);
	assert_int_equal(r->file_count, 4);
	assert_string_equal(r->files[0].disk, "source0.cc");
	assert_string_equal(r->files[0].text, "int main(){}\n");
	assert_string_equal(r->files[1].disk, "a.h");
	assert_false(r->files[1].compiled);
	assert_int_equal(r->files[1].length, 0);
	assert_string_equal(r->files[2].disk, "source1.cc");
	assert_string_equal(r->files[2].name, "b.c");
	assert_int_equal(r->files[2].length, 2);
	assert_string_equal(r->files[3].disk, "source2.S");
	assert_true(r->files[3].compiled);
	assert_string_equal(r->args[1], "");
	assert_null(r->args[2]);
	assert_string_equal(r->env[0], "A=b=c");
	assert_string_equal(r->env[1], "_2=");
	assert_string_equal(r->input, "in\n");
	assert_int_equal(r->input_length, 3);
	assert_string_equal(r->record, "step");
	request_free(r);
}

static void test_record(void **state)
{
	struct request_error error;
	struct request *r = parse("{\"language\":\"c\",\"files\":[" ONE("a.c") "]}", &error);

	(void)state;
	assert_non_null(r);
	assert_string_equal(r->record, "");
	assert_false(r->has_budget);
	request_free(r);
	r = parse("{\"language\":\"c\",\"files\":[" ONE("a.c") "],\"record\":{\"policy\":\"ahead\",\"budget\":70000}}", &error);
	assert_non_null(r);
	assert_string_equal(r->record, "ahead");
	assert_true(r->has_budget);
	assert_int_equal(r->budget, 70000);
	request_free(r);
}

/* Language, names of the files, disk names of the files. */
static const struct {
	const char *language, *names, *disks;
} placements[] = {
	{ "c", "main.c", "source0.c" },
	{ "c", "main", "source0.c" },
	{ "c", "notes.txt data.inc", "source0.c data.inc" },
	{ "c", "defs.h main.c", "defs.h source0.c" },
	{ "c", "source0.c other.c", "source1.c source2.c" },
	{ "c", "main.c source0.c source2.c", "source1.c source3.c source4.c" },
	{ "c++", "a.C b.cxx c.c++ d.cc vector", "source0.cc source1.cc source2.cc source3.cc vector" },
	{ "asm", "a.asm b.S c.c", "source0.s source1.S source2.c" },
	{ "asm", "program", "source0.s" },
};

static void make_body(char *body, size_t size, const char *language, const char *names)
{
	char copy[256], *save = NULL;
	size_t n = snprintf(body, size, "{\"language\":\"%s\",\"files\":[", language);

	snprintf(copy, sizeof(copy), "%s", names);
	for (char *name = strtok_r(copy, " ", &save); name != NULL; name = strtok_r(NULL, " ", &save))
		n += snprintf(body + n, size - n, "%s{\"name\":\"%s\",\"text\":\"x\"}",
		    body[n - 1] == '[' ? "" : ",", name);
	snprintf(body + n, size - n, "]}");
}

static void test_disk_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(placements) / sizeof(*placements); i++) {
		char body[1024], disks[512] = "";
		struct request_error error;
		struct request *r;

		make_body(body, sizeof(body), placements[i].language, placements[i].names);
		r = parse(body, &error);
		assert_non_null(r);
		for (size_t f = 0; f < r->file_count; f++) {
			strcat(disks, f > 0 ? " " : "");
			strcat(disks, r->files[f].disk);
		}
		assert_string_equal(disks, placements[i].disks);
		request_free(r);
	}
}

/* What is refused, and words that its message must have. */
static const struct {
	const char *body;
	int status;
	const char *words;
} refusals[] = {
	{ "", 400, "not JSON" },
	{ "{", 400, "not JSON" },
	{ "[]", 400, "must be an object, not an array" },
	{ "{}", 400, "language is missing" },
	{ "{} {}", 400, "not JSON" },
	{ "{\"language\":\"c\"}", 400, "files is missing" },
	{ "{\"language\":\"c\",\"language\":\"c\",\"files\":[" ONE("a.c") "]}", 400, "duplicate" },
	{ "{\"language\":\"rust\",\"files\":[" ONE("a.c") "]}", 400, "\"rust\"" },
	{ "{\"language\":7,\"files\":[" ONE("a.c") "]}", 400, "language must be a string, not a number" },
	{ "{\"language\":\"c\",\"flies\":[]}", 400, "\"flies\"" },
	{ "{\"language\":\"c\",\"files\":{}}", 400, "files must be an array, not an object" },
	{ "{\"language\":\"c\",\"files\":[]}", 422, "empty" },
	{ "{\"language\":\"c\",\"files\":[7]}", 400, "files[0] must be an object" },
	{ "{\"language\":\"c\",\"files\":[{\"name\":\"a.c\"}]}", 400, "a name and a text" },
	{ "{\"language\":\"c\",\"files\":[{\"name\":\"a.c\",\"text\":null}]}", 400, "a name and a text" },
	{ "{\"language\":\"c\",\"files\":[{\"name\":\"a.c\",\"text\":\"\",\"mode\":1}]}", 400, "\"mode\"" },
	{ "{\"language\":\"c\",\"files\":[{\"name\":\"a.c\",\"text\":\" \\n\\t\"}]}", 422, "empty" },
	{ "{\"language\":\"c\",\"files\":[{\"name\":\"a.c\",\"text\":\"\"},{\"name\":\"b.h\",\"text\":\"x\"}]}", 422, "empty" },
	{ "{\"language\":\"c\",\"files\":[{\"name\":\"a.c\",\"text\":\"\\u0000\"}]}", 400, "\\u0000" },
	{ "{\"language\":\"c\",\"files\":[{\"name\":\"a.c\",\"text\":\"\xff\xfe\"}]}", 400, "not JSON" },
	{ "{\"language\":\"c\",\"files\":[" ONE("a.cpp") "]}", 400, "send language \"c++\"" },
	{ "{\"language\":\"c\",\"files\":[" ONE("a.c") "," ONE("a.c") "]}", 400, "two files of the name a.c" },
	{ "{\"language\":\"c\",\"files\":[" ONE("../../x") "]}", 400, "\"../../x\"" },
	{ "{\"language\":\"c\",\"files\":[" ONE("/etc/passwd") "]}", 400, "a name is" },
	{ "{\"language\":\"c\",\"files\":[" ONE("-o") "]}", 400, "a name is" },
	{ "{\"language\":\"c\",\"files\":[" ONE("@x") "]}", 400, "a name is" },
	{ "{\"language\":\"c\",\"files\":[" ONE(".program") "]}", 400, "a name is" },
	{ "{\"language\":\"c\",\"files\":[" ONE("a\\nb") "]}", 400, "\"a?b\"" },
	{ "{\"language\":\"c\",\"files\":[" ONE("") "]}", 400, "a name is" },
	{ "{\"language\":\"c\",\"files\":[" ONE("\\u202ea.c") "]}", 400, "a name is" },
	{ "{\"language\":\"c\",\"compiler\":\"/bin/sh\",\"files\":[" ONE("a.c") "]}", 400, "not a compiler's name" },
	{ "{\"language\":\"c\",\"flags\":\"-O2\",\"files\":[" ONE("a.c") "]}", 400, "flags must be an array" },
	{ "{\"language\":\"c\",\"flags\":[2],\"files\":[" ONE("a.c") "]}", 400, "flags[0] must be a string" },
	{ "{\"language\":\"c\",\"args\":[[]],\"files\":[" ONE("a.c") "]}", 400, "args[0] must be a string" },
	{ "{\"language\":\"c\",\"env\":{\"A=B\":\"\"},\"files\":[" ONE("a.c") "]}", 400, "\"A=B\"" },
	{ "{\"language\":\"c\",\"env\":{\"A\":1},\"files\":[" ONE("a.c") "]}", 400, "must be a string" },
	{ "{\"language\":\"c\",\"stdin\":{},\"files\":[" ONE("a.c") "]}", 400, "stdin must be a string" },
	{ "{\"language\":\"c\",\"record\":\"all\",\"files\":[" ONE("a.c") "]}", 400, "\"all\"" },
	{ "{\"language\":\"c\",\"record\":7,\"files\":[" ONE("a.c") "]}", 400, "record must be an object" },
	{ "{\"language\":\"c\",\"record\":{},\"files\":[" ONE("a.c") "]}", 400, "record.policy is missing" },
	{ "{\"language\":\"c\",\"record\":{\"policy\":7},\"files\":[" ONE("a.c") "]}", 400, "record.policy must be a string" },
	{ "{\"language\":\"c\",\"record\":{\"policy\":\"step\",\"budget\":-1},\"files\":[" ONE("a.c") "]}", 400, "record.budget must be" },
	{ "{\"language\":\"c\",\"record\":{\"policy\":\"step\",\"budget\":1.5},\"files\":[" ONE("a.c") "]}", 400, "record.budget must be" },
	{ "{\"language\":\"c\",\"record\":{\"policy\":\"step\",\"steps\":1},\"files\":[" ONE("a.c") "]}", 400, "record.\"steps\"" },
	{ "{\"language\":\"c\",\"files\":[[[[[[]]]]]]}", 400, "nested" },
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		struct request_error error;

		assert_null(parse(refusals[i].body, &error));
		if (error.status != refusals[i].status || strstr(error.message, refusals[i].words) == NULL)
			fail_msg("%s: %d %s %s", refusals[i].body, error.status, error.code, error.message);
		assert_string_equal(error.code, error.status == 422 ? "empty_source" : "bad_request");
	}
}

/* prefix, then unit count times, then suffix. */
static char *repeat(const char *prefix, const char *unit, size_t count, const char *suffix)
{
	size_t each = strlen(unit);
	char *body = malloc(strlen(prefix) + each * count + strlen(suffix) + 1), *at = body;

	assert_non_null(body);
	at = stpcpy(at, prefix);
	for (size_t i = 0; i < count; i++, at += each)
		memcpy(at, unit, each);
	strcpy(at, suffix);
	return body;
}

static void refuse_big(char *body, const char *words)
{
	struct request_error error;

	assert_null(parse(body, &error));
	assert_int_equal(error.status, 400);
	if (strstr(error.message, words) == NULL)
		fail_msg("%s: %s", words, error.message);
	free(body);
}

static void test_too_much(void **state)
{
	static const char tail[] = "\"\"],\"language\":\"c\",\"files\":[" ONE("a.c") "]}";

	(void)state;
	refuse_big(repeat("", "[", 1 << 20, ""), "nested");
	refuse_big(repeat("[", "[],", 1 << 20, "1]"), "too many members");
	refuse_big(repeat("{\"language\":\"c\",\"files\":[", ONE("a.c") ",", 64, ONE("a.c") "]}"), "64 are allowed");
	refuse_big(repeat("{\"flags\":[", "\"-g\",", 64, tail), "64 are allowed");
	refuse_big(repeat("{\"args\":[", "\"a\",", 256, tail), "256 are allowed");
	refuse_big(repeat("{\"flags\":[\"", "a", 257, "\"],\"language\":\"c\",\"files\":[" ONE("a.c") "]}"), "256 are allowed");
	refuse_big(repeat("{\"args\":[\"", "a", 300000, "\"],\"language\":\"c\",\"files\":[" ONE("a.c") "]}"), "are allowed");
	refuse_big(repeat("{\"language\":\"c\",\"files\":[{\"text\":\"x\",\"name\":\"", "a", 65, "\"}]}"), "a name is");
	refuse_big(repeat("{\"language\":\"", "\u00e4", 4096, "\",\"files\":[]}"), "is not known");
}

static void test_two_megabytes(void **state)
{
	char *body = repeat("{\"language\":\"c\",\"files\":[{\"name\":\"a.c\",\"text\":\"int main(){}\\n", "// [{,\\\"\\n", 1 << 18, "\"}]}");
	struct request_error error;
	struct request *r = parse(body, &error);

	(void)state;
	assert_non_null(r);
	assert_int_equal(r->files[0].length, 13 + (8u << 18));
	request_free(r);
	free(body);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole), cmocka_unit_test(test_record),
		cmocka_unit_test(test_disk_names),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_two_megabytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
