/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include <msgpack.h>

#include "src/mpread.h"
#include "tests/unit/unit.h"

#define START(r, ...) \
	static const uint8_t bytes[] = { __VA_ARGS__ }; \
	struct mpread r; \
	mp_start(&r, bytes, sizeof bytes)

/* What msgpack-c writes, read back; every width at its edges. */
static void test_numbers(void **state)
{
	static const uint64_t values[] = { 0, 127, 128, 255, 256, 65535, 65536, UINT32_MAX,
		(uint64_t)UINT32_MAX + 1, INT64_MAX, UINT64_MAX };
	msgpack_sbuffer buffer;
	msgpack_packer packer;
	struct mpread r;

	(void)state;
	msgpack_sbuffer_init(&buffer);
	msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		msgpack_pack_uint64(&packer, values[i]);
	for (size_t i = 0; i < sizeof values / sizeof *values - 1; i++)
		msgpack_pack_int64(&packer, -(int64_t)values[i]);
	mp_start(&r, buffer.data, buffer.size);
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		assert_int_equal(mp_uint(&r), values[i]);
	for (size_t i = 0; i < sizeof values / sizeof *values - 1; i++)
		assert_int_equal(mp_int(&r), -(int64_t)values[i]);
	assert_true(mp_end(&r));
	msgpack_sbuffer_destroy(&buffer);
}

static void test_negative_is_no_uint(void **state)
{
	(void)state;
	START(r, 0xff);
	assert_int_equal(mp_uint(&r), 0);
	assert_true(r.error);
}

static void test_too_big_is_no_int(void **state)
{
	(void)state;
	START(r, 0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0);
	assert_int_equal(mp_int(&r), 0);
	assert_true(r.error);
}

static void test_strings(void **state)
{
	size_t length;

	(void)state;
	START(r, 0xa2, 'h', 'i', 0xd9, 1, 'x', 0xc4, 2, 0, 1);
	assert_memory_equal(mp_str(&r, &length), "hi", 2);
	assert_int_equal(length, 2);
	assert_memory_equal(mp_str(&r, &length), "x", 1);
	assert_int_equal(mp_bin(&r, &length)[1], 1);
	assert_true(mp_end(&r));
}

static void test_length_over_the_packet(void **state)
{
	size_t length;

	(void)state;
	START(r, 0xdb, 0xff, 0xff, 0xff, 0xff, 'a');
	mp_str(&r, &length);
	assert_int_equal(length, 0);
	assert_true(r.error);
}

static void test_count_over_the_packet(void **state)
{
	(void)state;
	START(r, 0xdd, 0xff, 0xff, 0xff, 0xff, 1, 2);
	assert_int_equal(mp_array(&r), 0);
	assert_true(r.error);
}

static void test_map_needs_two_bytes_a_pair(void **state)
{
	(void)state;
	START(r, 0x82, 1, 2, 3);
	assert_int_equal(mp_map(&r), 0);
	assert_true(r.error);
}

static void test_ext_is_refused(void **state)
{
	(void)state;
	START(r, 0xd4, 0, 0);
	assert_int_equal(mp_peek(&r), MP_NONE);
	mp_skip(&r, 4);
	assert_true(r.error);
}

static void test_skip_is_bounded(void **state)
{
	uint8_t deep[1000];
	struct mpread r;

	(void)state;
	memset(deep, 0x91, sizeof deep);
	deep[sizeof deep - 1] = 0;
	mp_start(&r, deep, sizeof deep);
	mp_skip(&r, 6);
	assert_true(r.error);
	mp_start(&r, deep + sizeof deep - 7, 7);
	mp_skip(&r, 6);
	assert_true(mp_end(&r));
}

static void test_skip_every_kind(void **state)
{
	(void)state;
	START(r, 0x9a, 0xc0, 0xc3, 5, 0xe0, 0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0,
	    0xcb, 0, 0, 0, 0, 0, 0, 0, 0, 0xa1, 'a', 0xc4, 1, 0, 0x81, 1, 2, 0xcf, 1, 2, 3, 4, 5, 6, 7, 8);
	mp_skip(&r, 3);
	assert_true(mp_end(&r));
}

/* Every prefix of a message is an error or a whole value, never a read past it
 * (ASan sees the heap block's end). */
static void test_every_prefix(void **state)
{
	static const uint8_t whole[] = { 0x94, 0xcd, 1, 2, 0xd9, 3, 'a', 'b', 'c',
		0xca, 0, 0, 0, 0, 0xde, 0, 1, 0xa1, 'k', 0xc5, 0, 2, 8, 9 };

	(void)state;
	for (size_t n = 0; n < sizeof whole; n++) {
		uint8_t *copy = malloc(n + 1);
		struct mpread r;

		memcpy(copy, whole, n);
		mp_start(&r, copy, n);
		mp_skip(&r, 4);
		assert_false(mp_end(&r));
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_negative_is_no_uint),
		cmocka_unit_test(test_too_big_is_no_int),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_length_over_the_packet),
		cmocka_unit_test(test_count_over_the_packet),
		cmocka_unit_test(test_map_needs_two_bytes_a_pair),
		cmocka_unit_test(test_ext_is_refused),
		cmocka_unit_test(test_skip_is_bounded),
		cmocka_unit_test(test_skip_every_kind),
		cmocka_unit_test(test_every_prefix),
	};

	return RUN_TESTS(tests);
}
