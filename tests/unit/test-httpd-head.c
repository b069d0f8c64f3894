/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The reader of request heads (httpd/head.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/head.h"
#include "tests/unit/unit.h"

static char *buffer;
static struct head head;
static const char *why;

/* Parse a copy that ends where the text ends, so that ASan sees a byte too many. */
static int parse_bytes(const char *text, size_t length)
{
	free(buffer);
	buffer = malloc(length);
	memcpy(buffer, text, length);
	why = NULL;
	return head_parse(buffer, length, &head, &why);
}

static int parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

#define HOST "Host: localhost\r\n"
#define GET(fields) "GET / HTTP/1.1\r\n" HOST fields "\r\n"

static void test_request_line(void **state)
{
	(void)state;
	assert_int_equal(parse("GET /a/b?c=d&e HTTP/1.1\r\n" HOST "\r\n"), 0);
	assert_int_equal(head.method, METHOD_GET);
	assert_string_equal(head.path, "/a/b");
	assert_string_equal(head.query, "c=d&e");
	assert_true(head.keep_alive);
	assert_int_equal(parse("BREW /pot HTTP/1.0\r\n" HOST "\r\n"), 0);
	assert_int_equal(head.method, METHOD_OTHER);
	assert_string_equal(head.query, "");
	assert_false(head.keep_alive);
	assert_int_equal(parse("get / HTTP/1.1\r\n" HOST "\r\n"), 0);
	assert_int_equal(head.method, METHOD_OTHER);
	assert_int_equal(parse("DELETE /? HTTP/1.1\r\n" HOST "\r\n"), 0);
	assert_int_equal(head.method, METHOD_DELETE);
}

static void test_refused(void **state)
{
	static const struct {
		int status;
		const char *text;
	} cases[] = {
		{ 400, "\r\n" }, { 400, "\r\n\r\n" }, { 400, "GET\r\n\r\n" }, { 400, "GET /\r\n\r\n" },
		{ 400, " / HTTP/1.1\r\n" HOST "\r\n" }, { 400, "GET  HTTP/1.1\r\n" HOST "\r\n" },
		{ 505, "GET / HTTP/1.1 \r\n" HOST "\r\n" }, { 505, "GET / HTTP/1.2\r\n" HOST "\r\n" },
		{ 505, "GET / HTTP/11\r\n" HOST "\r\n" }, { 400, "GET / http/1.1\r\n" HOST "\r\n" },
		{ 400, "GET /\x80 HTTP/1.1\r\n" HOST "\r\n" }, { 400, "GET *\tHTTP/1.1\r\n" HOST "\r\n" },
		{ 400, "GET / HTTP/1.1\r\n\r\n" }, { 400, GET(HOST) }, { 400, GET("X\r\n") },
		{ 400, GET(" X: a\r\n") }, { 400, GET("X : a\r\n") }, { 400, GET("X: a\x7f\r\n") },
		{ 400, GET("X: a\nY: b\r\n") }, { 400, GET("X: a\rY: b\r\n") }, { 400, GET("X(: a\r\n") },
		{ 400, GET("Content-Length: 1 1\r\n") }, { 400, GET("Content-Length: 1;\r\n") },
		{ 400, GET("Content-Length: 1\r\ncontent-length: 1\r\n") },
		{ 400, GET("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n") },
		{ 411, GET("Transfer-Encoding: Chunked\r\n") }, { 501, GET("Transfer-Encoding: identity\r\n") },
		{ 501, GET("Transfer-Encoding: \r\n") }, { 400, GET("Authorization: a\r\nAuthorization: b\r\n") },
		{ 417, GET("Expect: 200-ok\r\n") }, { 400, GET("") "GET / HTTP/1.1\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (parse(cases[i].text) != cases[i].status)
			fail_msg("%s", cases[i].text);
		assert_non_null(why);
	}
	assert_int_equal(parse_bytes("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 28), 400);
	assert_int_equal(parse_bytes(GET(""), sizeof GET("") - 2), 400);
}

static void test_fields(void **state)
{
	(void)state;
	assert_int_equal(parse(GET("A:1\r\nB: \t two  words\t \r\na: 3\r\nEmpty:\r\nX-\xc3\xa9: no\r\n")), 400);
	assert_int_equal(parse(GET("A:1\r\nB: \t two  words\t \r\na: \xc3\xa9\r\nEmpty:\r\n")), 0);
	assert_string_equal(head_field(&head, "a"), "1");
	assert_string_equal(head_field(&head, "b"), "two  words");
	assert_string_equal(head_field(&head, "empty"), "");
	assert_null(head_field(&head, "c"));
	assert_int_equal(head_count(&head, "A"), 2);
	assert_int_equal(head_count(&head, "c"), 0);
}

static void test_length(void **state)
{
	(void)state;
	assert_int_equal(parse(GET("")), 0);
	assert_false(head.has_length);
	assert_int_equal(head.length, 0);
	assert_int_equal(parse(GET("Content-Length: 0\r\n")), 0);
	assert_true(head.has_length);
	assert_int_equal(parse(GET("Content-Length: 999999999999999999\r\n")), 0);
	assert_true(head.length == 999999999999999999);
	assert_int_equal(parse(GET("Content-Length: 0000000000000000001\r\n")), 400);
}

static void test_connection(void **state)
{
	(void)state;
	assert_int_equal(parse(GET("Connection: keep-alive, Close\r\n")), 0);
	assert_false(head.keep_alive);
	assert_int_equal(parse(GET("Connection: Upgrade\r\nConnection: close\r\n")), 0);
	assert_false(head.keep_alive);
	assert_int_equal(parse("GET / HTTP/1.0\r\n" HOST "Connection: Keep-Alive\r\n\r\n"), 0);
	assert_true(head.keep_alive);
	assert_int_equal(parse(GET("Expect: 100-Continue\r\n")), 0);
	assert_true(head.expect_continue);
	assert_int_equal(parse(GET("Connection: closed, xclose\r\n")), 0);
	assert_true(head.keep_alive);
}

static void test_lists(void **state)
{
	static const struct {
		bool holds;
		const char *value;
	} cases[] = {
		{ true, "gzip" }, { true, "br, GZIP" }, { true, "br,gzip;q=0.001" }, { true, ",, gzip ," },
		{ true, "gzip;level=9" }, { false, "gzip;q=0" }, { false, "gzip; q=0.000" }, { false, "xgzip" },
		{ false, "gzipx" }, { false, "" }, { false, "," }, { false, "br;gzip" }, { true, "br;q=0, gzip" },
	};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, GET("Accept-Encoding: %s\r\n"), cases[i].value);
		assert_int_equal(parse(text), 0);
		if (head_lists(&head, "accept-encoding", "gzip") != cases[i].holds)
			fail_msg("%s", cases[i].value);
	}
	assert_false(head_lists(&head, "accept", "gzip"));
}

static void test_query(void **state)
{
	char value[6];

	(void)state;
	assert_int_equal(parse("GET /?xtoken=1&token&tokens=2&token=abc&token=d&long=123456&five=12345&none= HTTP/1.1\r\n"
	    HOST "\r\n"), 0);
	assert_true(head_query(&head, "token", value, sizeof value));
	assert_string_equal(value, "abc");
	assert_true(head_query(&head, "five", value, sizeof value));
	assert_string_equal(value, "12345");
	assert_true(head_query(&head, "none", value, sizeof value));
	assert_string_equal(value, "");
	assert_false(head_query(&head, "long", value, sizeof value));
	assert_false(head_query(&head, "oken", value, sizeof value));
}

static void test_many_fields(void **state)
{
	char text[HEAD_BYTES_MAX];
	size_t length = (size_t)snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" HOST);

	(void)state;
	for (size_t i = 1; i < HEAD_FIELDS_MAX; i++, length += 6)
		memcpy(text + length, "X: y\r\n", 6);
	memcpy(text + length, "\r\n", 2);
	assert_int_equal(parse_bytes(text, length + 2), 0);
	assert_int_equal(head.field_count, HEAD_FIELDS_MAX);
	memcpy(text + length, "X: y\r\n\r\n", 8);
	assert_int_equal(parse_bytes(text, length + 8), 431);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_line), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_fields), cmocka_unit_test(test_length),
		cmocka_unit_test(test_connection), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_query), cmocka_unit_test(test_many_fields),
	};

	int failed = RUN_TESTS(tests);

	free(buffer);
	return failed;
}
