/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The answer writer: both encodings, text that is not UTF-8, the limit. */
#include <string.h>

#include "tests/unit/unit.h"
#include "tracer/utf8.h"
#include "tracer/writer.h"

static void expect(struct writer *w, const char *bytes, size_t length)
{
	assert_false(w->overflow);
	assert_int_equal(w->length, length);
	assert_memory_equal(w->data, bytes, length);
	w_free(w);
}

#define EXPECT(w, literal) expect(w, literal, sizeof(literal) - 1)

static void write_sample(struct writer *w, enum encoding encoding)
{
	assert_true(w_init(w, encoding, 4096));
	w_begin_map(w);
	w_key_uint(w, "n", 300);
	w_key_word(w, "a", 0x401000);
	w_key_bool(w, "b", true);
	w_key_list(w, "l");
	w_int(w, -2);
	w_bytes(w, "\x01\x02", 2);
	w_end_list(w);
	w_key_string(w, "s", "a\"\n\x01");
	w_end_map(w);
}

static void test_json(void **state)
{
	struct writer w;

	(void)state;
	write_sample(&w, ENCODING_JSON);
	EXPECT(&w, "{\"n\":300,\"a\":\"0x401000\",\"b\":true,\"l\":[-2,\"AQI=\"],\"s\":\"a\\\"\\n\\u0001\"}");
}

static void test_msgpack(void **state)
{
	struct writer w;

	(void)state;
	write_sample(&w, ENCODING_MSGPACK);
	EXPECT(&w, "\xde\x00\x05" "\xa1n\xcd\x01\x2c" "\xa1" "a\xcf\0\0\0\0\0\x40\x10\0" "\xa1" "b\xc3"
	    "\xa1l\xdc\x00\x02\xd3\xff\xff\xff\xff\xff\xff\xff\xfe\xc4\x02\x01\x02" "\xa1s\xa4" "a\"\n\x01");
}

static void test_text_is_made_utf8(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "\xff", "\xef\xbf\xbd" },
		{ "a\xc3", "a\xef\xbf\xbd" },
		{ "\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd" },			/* overlong */
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },	/* a surrogate */
		{ "\xf0\x9f\x90\xa7", "\xf0\x9f\x90\xa7" },
		{ "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};
	struct writer w;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w_init(&w, ENCODING_JSON, 256);
		w_string(&w, cases[i].in);
		assert_int_equal(w.length, strlen(cases[i].out) + 2);
		assert_memory_equal(w.data + 1, cases[i].out, strlen(cases[i].out));
		w_free(&w);
	}
}

static void test_limit_and_rewind(void **state)
{
	struct writer w;
	unsigned written = 0;

	(void)state;
	for (int encoding = ENCODING_JSON; encoding <= ENCODING_MSGPACK; encoding++) {
		w_init(&w, encoding, 64);
		w_begin_map(&w);
		w_key_list(&w, "list");
		for (written = 0; written < 100; written++) {
			struct w_mark mark = w_mark(&w);

			w_begin_map(&w);
			w_key_uint(&w, "n", written);
			w_end_map(&w);
			if (w.overflow) {
				w_rewind(&w, mark);
				break;
			}
		}
		w_end_list(&w);
		w_end_map(&w);
		assert_false(w.overflow);
		assert_true(written >= 5 && written < 100);
		assert_true(w.length <= 64);
		if (encoding == ENCODING_JSON)
			assert_memory_equal(w.data + w.length - 3, "}]}", 3);
		else
			assert_int_equal(w.data[3 + 5 + 2], written);
		w_free(&w);
	}
}

static void test_reserve(void **state)
{
	struct writer w;

	(void)state;
	w_init(&w, ENCODING_JSON, 32);
	w_begin_list(&w);
	w_reserve(&w, 16);
	w_string(&w, "0123456789abcdef");
	assert_true(w.overflow);
	w_release(&w, 16);
	w_free(&w);
}

static void test_parts_of_text(void **state)
{
	struct writer w;

	(void)state;
	w_init(&w, ENCODING_JSON, 256);
	assert_int_equal(w_text_end(&w, "abc\xc3\xa9", 5, 3), 3);
	EXPECT(&w, "\"c\xc3\xa9\"");
	w_init(&w, ENCODING_JSON, 256);
	assert_int_equal(w_text_start(&w, "\xc3\xa9\xc3\xa9", 4, 3), 2);
	EXPECT(&w, "\"\xc3\xa9\"");
	assert_int_equal(utf8_whole("ab\xf0\x9f\x90", 5), 2);
	assert_int_equal(utf8_whole("ab\xff", 3), 3);
	assert_int_equal(utf8_tail("\x9f\x90\xa7z", 4), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json), cmocka_unit_test(test_msgpack),
		cmocka_unit_test(test_text_is_made_utf8), cmocka_unit_test(test_limit_and_rewind),
		cmocka_unit_test(test_reserve), cmocka_unit_test(test_parts_of_text),
	};

	return RUN_TESTS(tests);
}
