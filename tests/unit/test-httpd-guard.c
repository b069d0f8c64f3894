/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Addresses, Host and Origin, identity, JSON strings, the WebSocket handshake. */
#include <stdio.h>
#include <string.h>

#include "httpd/address.h"
#include "httpd/ended.h"
#include "httpd/guard.h"
#include "httpd/handshake.h"
#include "httpd/identity.h"
#include "httpd/json.h"
#include "tests/unit/unit.h"

static void test_addresses(void **state)
{
	struct address a, b;

	(void)state;
	assert_true(address_parse("192.0.2.1", &a));
	assert_true(address_parse("::ffff:192.0.2.1", &b));
	assert_true(address_equal(&a, &b));
	assert_true(address_in_list(&a, "10.0.0.1  192.0.2.0/24"));
	assert_true(address_in_list(&a, "192.0.2.1/32"));
	assert_true(address_in_list(&a, "0.0.0.0/0"));
	assert_false(address_in_list(&a, "192.0.2.2 192.0.3.0/24 192.0.2.128/25"));
	assert_false(address_in_list(&a, ""));
	assert_false(address_in_list(&a, "2001:db8::/32"));
	assert_true(address_parse("2001:db8:1::1", &a));
	assert_true(address_in_list(&a, "2001:db8::/33"));
	assert_false(address_in_list(&a, "2001:db8:8000::/33"));
	assert_false(address_in_list(&a, "10.0.0.0/8"));
	for (const char *const *list = (const char *const[]){ "x", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1",
	    "1.2.3.4/1x", "::/129", "1.2.3", "1.2.3.4,5.6.7.8", NULL }; *list != NULL; list++)
		if (address_check_list(*list))
			fail_msg("%s", *list);
	assert_true(address_check_list(" 1.2.3.4/0 ::1 ::/128 "));
}

static void test_hosts(void **state)
{
	(void)state;
	assert_true(guard_host("127.0.0.1:8080", ""));
	assert_true(guard_host("[::1]", ""));
	assert_true(guard_host("LOCALHOST:1", ""));
	assert_true(guard_host("Trace.Example:99999", "a trace.example b"));
	for (const char *const *host = (const char *const[]){ "", ":", ":80", "trace.exampl", "race.example",
	    "trace.example.", "a b", "[::1", "::1", "[localhost]", "localhost:", "localhost:123456",
	    "localhost:8x", "localhost\"", "[::1]x", "127.1", NULL }; *host != NULL; host++)
		if (guard_host(*host, "a trace.example b"))
			fail_msg("%s", *host);
}

static const char *const login_text =
    "GET /?token=%s HTTP/1.1\r\nHost: %s\r\nCookie: x=y; penguintrace-8080=%s\r\nAuthorization: %s\r\n\r\n";

static struct head head;
static char text[1024];

static void make_head(const char *query, const char *host, const char *cookie, const char *authorization)
{
	const char *why;
	int length = snprintf(text, sizeof text, login_text, query, host, cookie, authorization);

	assert_int_equal(head_parse(text, (size_t)length, &head, &why), 0);
}

static bool owned(const struct conf *conf)
{
	struct address peer = { 0 };
	char owner[OWNER_MAX + 1];

	return identity_owner(conf, &peer, &head, owner) && strcmp(owner, "local") == 0;
}

static void test_token(void **state)
{
	struct conf conf;
	char line[256];
	bool right;

	(void)state;
	conf_defaults(&conf);
	assert_non_null(identity_check(&conf));
	strcpy(conf.token, "0123456789abcdef");
	assert_null(identity_check(&conf));
	make_head("0123456789abcdef", "localhost", "", "");
	assert_false(owned(&conf));
	assert_true(identity_login(&conf, &head, &right) && right);
	make_head("0123456789abcdeF", "localhost", "0123456789abcdef", "");
	assert_true(owned(&conf));
	assert_true(identity_login(&conf, &head, &right) && !right);
	make_head("", "localhost", "", "bearer  0123456789abcdef");
	assert_true(owned(&conf));
	make_head("", "localhost", "0123456789abcde", "Bearer 0123456789abcdef0");
	assert_false(owned(&conf));
	make_head("", "localhost", "", "Basic 0123456789abcdef");
	assert_false(owned(&conf));
	identity_cookie(&conf, &head, line, sizeof line);
	assert_non_null(strstr(line, "Set-Cookie: penguintrace=0123456789abcdef;"));
	make_head("", "[::1]", "", "");
	identity_cookie(&conf, &head, line, sizeof line);
	assert_non_null(strstr(line, "Set-Cookie: penguintrace="));
	make_head("", "[::1]:99", "", "");
	identity_cookie(&conf, &head, line, sizeof line);
	assert_non_null(strstr(line, "Set-Cookie: penguintrace-99="));
	strcpy(conf.identity, "none");
	assert_true(owned(&conf));
}

static const char *as_json(const char *string)
{
	static char out[256];
	struct evbuffer *buffer = evbuffer_new();
	int length;

	json_string(buffer, string);
	length = evbuffer_remove(buffer, out, sizeof out - 1);
	out[length] = '\0';
	evbuffer_free(buffer);
	return out;
}

static void test_json(void **state)
{
	(void)state;
	assert_string_equal(as_json(""), "\"\"");
	assert_string_equal(as_json("a\"b\\c\n\t\r\b\f\x01\x1f\x7f"),
	    "\"a\\\"b\\\\c\\n\\t\\r\\b\\f\\u0001\\u001f\\u007f\"");
	assert_string_equal(as_json("\u00e9\u20ac\U0001f427"), "\"\u00e9\u20ac\U0001f427\"");
	/* overlong, surrogate, past the end of Unicode, cut short, stray */
	assert_string_equal(as_json("\xc0\xaf"), "\"\ufffd\ufffd\"");
	assert_string_equal(as_json("\xe0\x80\xaf"), "\"\ufffd\ufffd\ufffd\"");
	assert_string_equal(as_json("\xed\xa0\x80"), "\"\ufffd\ufffd\ufffd\"");
	assert_string_equal(as_json("\xf4\x90\x80\x80x"), "\"\ufffd\ufffd\ufffd\ufffdx\"");
	assert_string_equal(as_json("\xe2\x82"), "\"\ufffd\ufffd\"");
	assert_string_equal(as_json("\xf0\x9f"), "\"\ufffd\ufffd\"");
	assert_string_equal(as_json("a\x80" "b"), "\"a\ufffd" "b\"");
}

static void test_handshake(void **state)
{
	static const char abc[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	static const uint8_t digest_1[20] = { 0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
		0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d };
	static const uint8_t digest_2[20] = { 0x84, 0x98, 0x3e, 0x44, 0x1c, 0x3b, 0xd2, 0x6e, 0xba, 0xae,
		0x4a, 0xa1, 0xf9, 0x51, 0x29, 0xe5, 0xe5, 0x46, 0x70, 0xf1 };
	uint8_t digest[20];
	char accept[ACCEPT_LENGTH + 1];

	(void)state;
	handshake_sha1("abc", 3, digest);	/* FIPS 180's examples */
	assert_memory_equal(digest, digest_1, 20);
	handshake_sha1(abc, strlen(abc), digest);
	assert_memory_equal(digest, digest_2, 20);
	assert_true(handshake_accept("dGhlIHNhbXBsZSBub25jZQ==", accept));	/* RFC 6455, 1.3 */
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	assert_false(handshake_accept("dGhlIHNhbXBsZSBub25jZQ=", accept));
	assert_false(handshake_accept("dGhlIHNhbXBsZSBub25jZQ!=", accept));
	assert_false(handshake_accept("dGhlIHNhbXBsZSBub25jZQ===", accept));
	assert_false(handshake_accept("", accept));
}

static void test_ended(void **state)
{
	struct ended_table *table = ended_new();
	char id[16];

	(void)state;
	ended_remember(table, "S", "anna", "code", "why");
	assert_string_equal(ended_find(table, "S", "anna")->message, "why");
	assert_null(ended_find(table, "S", "berta"));
	assert_null(ended_find(table, "T", "anna"));
	for (int i = 0; i < ENDED_MAX; i++) {
		snprintf(id, sizeof id, "S%d", i);
		ended_remember(table, id, "anna", "code", "why");
	}
	assert_null(ended_find(table, "S", "anna"));
	assert_non_null(ended_find(table, "S0", "anna"));
	ended_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_hosts), cmocka_unit_test(test_token),
		cmocka_unit_test(test_json), cmocka_unit_test(test_handshake), cmocka_unit_test(test_ended),
	};

	return RUN_TESTS(tests);
}
