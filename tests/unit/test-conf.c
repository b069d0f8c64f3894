/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/conf.h"
#include "tests/unit/unit.h"

static struct conf conf;
static char why[CONF_WHY_MAX];

static int setup(void **state)
{
	(void)state;
	conf_defaults(&conf);
	return 0;
}

static void test_defaults(void **state)
{
	(void)state;
	assert_string_equal(conf.listen, "127.0.0.1:8080");
	assert_string_equal(conf.identity, "token");
	assert_int_equal(conf.drain_timeout, 0);
}

static void test_set(void **state)
{
	(void)state;
	assert_int_equal(conf_set(&conf, "--isolation", "isolation", "none", why), 0);
	assert_string_equal(conf.isolation, "none");
	assert_int_equal(conf_set(&conf, "f:1", "compile_memory", "512M", why), 0);
	assert_int_equal(conf.compile_memory, 512u << 20);
}

/* Each line: a setting, a wrong value, and what the message must hold. */
static void test_wrong_values(void **state)
{
	static const char *const cases[][3] = {
		{ "isolation", "maybe", "namespaces|restricted|none" },
		{ "isolation", "name", "namespaces" },
		{ "isolation", "", "one of" },
		{ "compile_wall", "0", "from 1 to 600" },
		{ "compile_wall", "-1", "(s)" },
		{ "compile_wall", "30s", "a number" },
		{ "compile_wall", "99999999999999999999999", "a number" },
		{ "trace_log", "18446744073709551615G", "K, M or G" },
		{ "trace_log", "12X", "bytes" },
		{ "node", "123456789012345678901234567890123", "at most 32 bytes" },
		{ "node", "a/b", "letters, digits" },
		{ "token", "short", "16 or more" },
		{ "token", "a token of 16 characters", "A-Z" },
		{ "listen", "", "ADDR:PORT" },
		{ "listen", "8080", "ADDR:PORT" },
		{ "listen", "::1:80", "[::1]:8080" },
		{ "listen", "[127.0.0.1]:80", "numeric" },
		{ "listen", "127.0.0.1:65536", "65535" },
		{ "listen", "127.0.0.1:+1", "65535" },
		{ "listen", "127.0.0.1:1 example.org:1", "numeric" },
		{ "proxy_header", "X Y", "header field" },
		{ "proxy_header", "", "header field" },
		{ "proxy_peers", "10.0.0.0/33", "10.0.0.0/8" },
		{ "proxy_peers", "10.0.0.1 everyone", "192.0.2.1" },
		{ "hosts", "http://a/", "names of hosts" },
		{ "token", "a\nb", "token" },
		{ "lisen", "x", "no setting 'lisen'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(conf_set(&conf, "here:7", cases[i][0], cases[i][1], why), -1);
		assert_non_null(strstr(why, "here:7"));
		assert_non_null(strstr(why, cases[i][0]));
		assert_non_null(strstr(why, cases[i][2]));
	}
}

static void test_right_values(void **state)
{
	static const char *const cases[][2] = {
		{ "listen", "127.0.0.1:0 [::1]:65535  localhost:80 0.0.0.0:1 [::]:1" },
		{ "proxy_peers", "" },
		{ "proxy_peers", "10.0.0.0/8 2001:db8::/128 192.0.2.1 ::1" },
		{ "token", "" },
		{ "token", "abcdefghijklm-_.~" },
		{ "node", "a-1" },
		{ "proxy_header", "X-Remote-User" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (conf_set(&conf, "here", cases[i][0], cases[i][1], why) != 0)
			fail_msg("%s", why);
}

static void write_file(char *path, const char *text)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_file(void **state)
{
	char path[] = "/tmp/test-conf-XXXXXX";

	(void)state;
	write_file(path, "# a comment\n\n  listen =  [::1]:9000 \nsessions_max=3\n");
	assert_int_equal(conf_read_file(&conf, path, why), 0);
	assert_string_equal(conf.listen, "[::1]:9000");
	assert_int_equal(conf.sessions_max, 3);
	unlink(path);
}

static void test_file_names_the_line(void **state)
{
	char path[] = "/tmp/test-conf-XXXXXX";

	(void)state;
	write_file(path, "listen = 127.0.0.1:1\nnonsense\n");
	assert_int_equal(conf_read_file(&conf, path, why), -1);
	assert_non_null(strstr(why, ":2: 'nonsense'"));
	assert_int_equal(conf_read_file(&conf, "/nonexistent", why), -1);
	assert_non_null(strstr(why, "/nonexistent"));
	unlink(path);
}

static void test_environment(void **state)
{
	static char home[] = "HOME=/", steps[] = "PENGUINTRACE_TRACE_STEPS=5000";
	static char few[] = "PENGUINTRACE_TRACE_STEPS=few", typo[] = "PENGUINTRACE_TYPO=1";
	char *good[] = { home, steps, NULL }, *wrong[] = { few, NULL }, *unknown[] = { typo, NULL };

	(void)state;
	assert_int_equal(conf_read_environment(&conf, good, why), 0);
	assert_int_equal(conf.trace_steps, 5000);
	assert_int_equal(conf_read_environment(&conf, wrong, why), -1);
	assert_non_null(strstr(why, "PENGUINTRACE_TRACE_STEPS: setting trace_steps"));
	assert_int_equal(conf_read_environment(&conf, unknown, why), -1);
	assert_non_null(strstr(why, "PENGUINTRACE_TYPO"));
}

static void test_to_a_child(void **state)
{
	struct conf child;
	int fd;

	(void)state;
	assert_int_equal(conf_set(&conf, "x", "proxy_header", "a#b", why), 0);
	assert_int_equal(conf_set(&conf, "x", "trace_log", "1048577", why), 0);
	fd = conf_to_fd(&conf);
	assert_true(fd >= 0);
	assert_int_equal(conf_read_fd(&child, fd, why), 0);
	assert_memory_equal(&child, &conf, sizeof conf);
	assert_true(write(fd, "x", 1) < 0);
	close(fd);
}

/* The sample, uncommented, is a valid file that changes nothing. */
static void test_sample(void **state)
{
	char path[] = "/tmp/test-conf-XXXXXX", *text = NULL;
	struct conf defaults = conf;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	conf_print_sample(file);
	fclose(file);
	for (char *p = text; (p = strstr(p, "\n#")) != NULL; p++)
		if (p[2] != ' ')
			p[1] = ' ';
	write_file(path, text);
	assert_int_equal(conf_read_file(&conf, path, why), 0);
	assert_memory_equal(&conf, &defaults, sizeof conf);
	unlink(path);
	free(text);
}

#define TEST(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults), TEST(test_set), TEST(test_wrong_values), TEST(test_right_values), TEST(test_file),
		TEST(test_file_names_the_line), TEST(test_environment), TEST(test_to_a_child),
		TEST(test_sample),
	};

	return RUN_TESTS(tests);
}
