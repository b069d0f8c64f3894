/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Values as a person writes them, as bytes of a type. */
#include <string.h>

#include "tests/unit/unit.h"
#include "tracer/literal.h"

static void words(void **state)
{
	static const struct { const char *text; uint64_t word; } good[] = {
		{ "0", 0 }, { "42", 42 }, { "-1", ~0ull }, { "+7", 7 }, { "0x2a", 42 }, { "052", 42 }, { "7UL", 7 },
		{ "18446744073709551615", ~0ull }, { "-9223372036854775808", 1ull << 63 },
		{ "'a'", 97 }, { "'\\n'", 10 }, { "'\\''", 39 }, { "'\\0'", 0 }, { "'\\x41'", 65 },
		{ "'\\101'", 65 }, { "true", 1 }, { "false", 0 }, { "NULL", 0 }, { "nullptr", 0 },
	};
	static const char *const bad[] = {
		"", "-", "--1", "- 1", " 1", "1 ", "0x", "12z", "18446744073709551616", "one", "-true", "''", "'ab'",
		"'a", "a'", "'\\q'", "'\\x'", "'\\xfff'", "'\\'", "'\\8'", "1..2", "\"a\"",
	};
	struct literal l;
	uint64_t word;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!literal_read(good[i].text, &l) || !literal_word(&l, &word) || word != good[i].word)
			fail_msg("%s", good[i].text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (literal_read(bad[i], &l))
			fail_msg("taken: %s", bad[i]);
	assert_true(literal_read("1.5", &l) && !literal_word(&l, &word));
	assert_true(literal_read("-9223372036854775809", &l) && !literal_word(&l, &word));
}

static bool encodes(const char *text, enum variable_kind kind, uint64_t size, uint8_t bytes[16])
{
	struct literal l;

	assert_true(literal_read(text, &l));
	return literal_encode(&l, kind, size, bytes) == NULL;
}

static void bounds(void **state)
{
	static const struct { const char *least, *below, *most, *above; enum variable_kind kind; unsigned size; } all[] = {
		{ "-128", "-129", "127", "128", VARIABLE_SIGNED, 1 },
		{ "0", "-1", "255", "256", VARIABLE_UNSIGNED, 1 },
		{ "-2147483648", "-2147483649", "2147483647", "2147483648", VARIABLE_SIGNED, 4 },
		{ "0", "-1", "4294967295", "4294967296", VARIABLE_UNSIGNED, 4 },
		{ "-2147483648", "-2147483649", "4294967295", "4294967296", VARIABLE_ENUMERATION, 4 },
		{ "0", "-1", "1", "2", VARIABLE_BOOLEAN, 1 },
		{ "-9223372036854775808", "-9223372036854775809", "9223372036854775807", "9223372036854775808",
		    VARIABLE_SIGNED, 8 },
	};
	uint8_t bytes[16];

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_true(encodes(all[i].least, all[i].kind, all[i].size, bytes));
		assert_false(encodes(all[i].below, all[i].kind, all[i].size, bytes));
		assert_true(encodes(all[i].most, all[i].kind, all[i].size, bytes));
		assert_false(encodes(all[i].above, all[i].kind, all[i].size, bytes));
	}
	assert_true(encodes("18446744073709551615", VARIABLE_POINTER, 8, bytes));
	assert_false(encodes("-1", VARIABLE_POINTER, 8, bytes));
	assert_false(encodes("1", VARIABLE_OTHER, 4, bytes));
	assert_false(encodes("1", VARIABLE_SIGNED, 16, bytes));
	assert_false(encodes("1", VARIABLE_SIGNED, 0, bytes));
	assert_false(encodes("1.0", VARIABLE_SIGNED, 4, bytes));
}

static void reals(void **state)
{
	uint8_t bytes[16];
	long double l = -2.5L;
	double d = 1.5;
	float f = 3.0f;

	(void)state;
	assert_true(encodes("1.5", VARIABLE_FLOAT, 8, bytes));
	assert_memory_equal(bytes, &d, sizeof(d));
	assert_true(encodes("3", VARIABLE_FLOAT, 4, bytes));
	assert_memory_equal(bytes, &f, sizeof(f));
	assert_true(encodes("-25e-1", VARIABLE_FLOAT, sizeof(l), bytes));
	assert_memory_equal(bytes, &l, 10);
	assert_false(encodes("1", VARIABLE_FLOAT, 2, bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(bounds), cmocka_unit_test(reals),
	};

	return RUN_TESTS(tests);
}
