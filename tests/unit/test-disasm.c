/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Instructions as text, from bytes that are given here. */
#include <string.h>
#include <sys/mman.h>

#include "tests/unit/unit.h"
#include "tracer/program/disasm.h"

#define BASE	0x401000ULL

struct bytes {
	struct view view;
	const uint8_t *byte;
	size_t count;
};

static size_t bytes_read(const struct view *v, uint64_t address, void *buffer, size_t length)
{
	const struct bytes *b = (const struct bytes *)v;

	if (address < BASE || address - BASE >= b->count)
		return 0;
	if (length > b->count - (address - BASE))
		length = b->count - (address - BASE);
	memcpy(buffer, b->byte + (address - BASE), length);
	return length;
}

static const struct view_ops ops = { .read = bytes_read };
static struct instruction in[64];

static size_t decode(const uint8_t *byte, size_t count, enum disasm_syntax syntax, uint64_t end,
    size_t max)
{
	struct bytes b = { .view = { .ops = &ops }, .byte = byte, .count = count };
	struct disasm *d = disasm_new();
	size_t n;

	assert_non_null(d);
	n = disasm(d, &b.view, syntax, BASE, end, in, max);
	disasm_free(d);
	return n;
}

#if defined(__x86_64__)
static const uint8_t code[] = {
	0xf3, 0x0f, 0x1e, 0xfa,			/* endbr64 */
	0x55,					/* push rbp */
	0x48, 0x89, 0xe5,			/* mov rbp, rsp */
	0x8b, 0x45, 0xfc,			/* mov eax, [rbp-4] */
	0xe8, 0x10, 0x00, 0x00, 0x00,		/* call +0x10 */
	0x74, 0xfe,				/* je self */
	0xff, 0xd0,				/* call rax */
	0xc3,					/* ret */
};

static void both_syntaxes(void **state)
{
	(void)state;
	assert_int_equal(decode(code, sizeof(code), DISASM_INTEL, 0, 64), 8);
	assert_string_equal(in[0].text, "endbr64");
	assert_int_equal(in[0].size, 4);
	assert_memory_equal(in[0].bytes, code, 4);
	assert_string_equal(in[2].text, "mov rbp, rsp");
	assert_string_equal(in[3].text, "mov eax, dword ptr [rbp - 4]");
	assert_string_equal(in[4].text, "call 0x401020");
	assert_int_equal(in[4].target, 0x401020);
	assert_int_equal(in[5].target, in[5].address);
	assert_int_equal(in[6].target, 0);
	assert_int_equal(in[7].address, BASE + sizeof(code) - 1);
	assert_int_equal(decode(code, sizeof(code), DISASM_ATT, 0, 64), 8);
	assert_string_equal(in[2].text, "movq %rsp, %rbp");
	assert_string_equal(in[3].text, "movl -4(%rbp), %eax");
	assert_int_equal(in[4].target, 0x401020);
	assert_int_equal(in[5].target, in[5].address);
	assert_int_equal(in[6].target, 0);
}

static void bounds(void **state)
{
	uint8_t nops[5000];

	(void)state;
	assert_int_equal(decode(code, sizeof(code), DISASM_INTEL, 0, 3), 3);
	assert_int_equal(decode(code, sizeof(code), DISASM_INTEL, BASE + 5, 64), 2);
	/* An instruction that reaches behind the end is none. */
	assert_int_equal(decode(code, sizeof(code), DISASM_INTEL, BASE + 7, 64), 4);
	assert_string_equal(in[2].text, ".byte 0x48");
	assert_int_equal(decode(code, 7, DISASM_INTEL, 0, 64), 4);
	assert_string_equal(in[3].text, ".byte 0x89");
	assert_int_equal(decode(code, 0, DISASM_INTEL, 0, 64), 0);
	/* Across the window in which bytes are read. */
	for (size_t i = 0; i < sizeof(nops); i++)
		nops[i] = i % 7 == 0 ? 0x48 : i % 7 == 1 ? 0xb8 : 0x90;
	for (size_t from = 4080; from < 4100; from++) {
		struct bytes b = { .view = { .ops = &ops }, .byte = nops, .count = sizeof(nops) };
		struct disasm *d = disasm_new();
		static struct instruction many[5000];
		size_t n = disasm(d, &b.view, DISASM_INTEL, BASE + from - 4080, 0, many, 5000);
		uint64_t at = BASE + from - 4080;

		for (size_t i = 0; i < n; i++) {
			assert_int_equal(many[i].address, at);
			at += many[i].size;
		}
		assert_int_equal(at, BASE + sizeof(nops));
		disasm_free(d);
	}
}

static void undecodable(void **state)
{
	static const uint8_t bad[] = { 0x06, 0x90 };
	/* vpcmpneqb k1, ymm16, [rdi + 0x20]: what glibc's AVX-512 strlen is made of */
	static const uint8_t evex[] = { 0x62, 0xf3, 0x7d, 0x20, 0x3f, 0x4f, 0x01, 0x04, 0xc3 };

	(void)state;
	assert_int_equal(decode(bad, sizeof(bad), DISASM_INTEL, 0, 64), 2);
	assert_string_equal(in[0].text, ".byte 0x06");
	assert_int_equal(in[0].size, 1);
	assert_string_equal(in[1].text, "nop");
	/* Decoded or not, it is one instruction. */
	assert_int_equal(decode(evex, sizeof(evex), DISASM_INTEL, 0, 64), 2);
	assert_int_equal(in[0].size, 8);
	assert_string_equal(in[1].text, "ret");
}
#else
static const uint8_t code[] = {
	0xfd, 0x7b, 0xbf, 0xa9,		/* stp x29, x30, [sp, #-16]! */
	0x04, 0x00, 0x00, 0x94,		/* bl +16 */
	0x40, 0x00, 0x00, 0xb4,		/* cbz x0, +8 */
	0xff, 0xff, 0xff, 0xff,
	0xc0, 0x03, 0x5f, 0xd6,		/* ret */
};

static void both_syntaxes(void **state)
{
	(void)state;
	assert_int_equal(decode(code, sizeof(code), DISASM_INTEL, 0, 64), 5);
	assert_int_equal(in[1].target, BASE + 4 + 16);
	assert_int_equal(in[2].target, BASE + 8 + 8);
	assert_string_equal(in[3].text, ".byte 0xff, 0xff, 0xff, 0xff");
	assert_string_equal(in[4].text, "ret");
}

static void bounds(void **state)
{
	(void)state;
	assert_int_equal(decode(code, sizeof(code), DISASM_INTEL, BASE + 8, 64), 2);
	assert_int_equal(decode(code, 0, DISASM_INTEL, 0, 64), 0);
}

static void undecodable(void **state)
{
	(void)state;
	assert_int_equal(decode(code, 6, DISASM_INTEL, 0, 64), 3);
	assert_int_equal(in[1].size, 1);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_syntaxes), cmocka_unit_test(bounds),
		cmocka_unit_test(undecodable),
	};

	return RUN_TESTS(tests);
}
