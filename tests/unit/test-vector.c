/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The registers beside the general ones: read as the instructions left them, set
 * as the instructions then find them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/engine-host.h"

#if defined(__x86_64__)

static const char program[] =
    "	.intel_syntax noprefix\n	.globl main\n	.text\n"
    "main:	movdqu xmm3, [rip + pattern]\n	movdqu xmm15, [rip + pattern + 16]\n"
    "	fninit\n	fld1\n	fldpi\n	fldz\n"
    "	ldmxcsr [rip + rounding]\n	fldcw [rip + control]\n"
    "ready:	movups [rip + area], xmm3\n	movups [rip + area + 16], xmm15\n"
    "	fstp tbyte ptr [rip + area + 32]\n	fnstcw [rip + area + 48]\n	stmxcsr [rip + area + 56]\n"
    "stored:	xor eax, eax\n	ret\n"
    "	.data\n	.balign 64\npattern: .quad 0x1122334455667788, 0x99aabbccddeeff00, 1, 2\n"
    "rounding: .long 0x7f80\ncontrol: .short 0x27f\n"
    "	.bss\n	.balign 64\narea:	.space 128\n	.section .note.GNU-stack,\"\",@progbits\n";

static void value_of(const struct vector_state *s, const char *name, uint8_t bytes[VECTOR_REGISTER_MAX])
{
	struct vector_register r;
	char back[16];

	assert_true(vector_by_name(name, &r));
	vector_name(&r, back);
	assert_string_equal(back, name);
	vector_get(s, &r, bytes);
}

static uint64_t word_of(const struct vector_state *s, const char *name)
{
	uint8_t bytes[VECTOR_REGISTER_MAX];
	uint64_t word;

	value_of(s, name, bytes);
	memcpy(&word, bytes, sizeof word);
	return word;
}

static void put(struct vector_state *s, const char *name, const void *value, size_t length)
{
	uint8_t bytes[VECTOR_REGISTER_MAX] = { 0 };
	struct vector_register r;

	assert_true(vector_by_name(name, &r));
	memcpy(bytes, value, length);
	vector_put(s, &r, bytes);
}

static void start(struct host *h)
{
	host_start(h, program, &(struct host_options){ .language = "assembler", .flags = "-Wa,-g" });
	assert_string_equal(h->why, "");
	host_step(h, CONTROL_STEP_IN, true, 8);
}

static void read_as_left(void **state)
{
	static const uint8_t one[10] = { 0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f };
	uint8_t bytes[VECTOR_REGISTER_MAX];
	struct vector_state s;
	struct host h;

	(void)state;
	start(&h);
	assert_int_equal(tracee_get_vector(h.control->current, &s), 0);
	assert_int_equal(word_of(&s, "xmm3"), 0x1122334455667788);
	value_of(&s, "xmm3", bytes);
	assert_int_equal(bytes[15], 0x99);
	assert_int_equal(word_of(&s, "xmm15"), 1);
	assert_int_equal(word_of(&s, "mxcsr"), 0x7f80);
	assert_int_equal(word_of(&s, "fctrl"), 0x27f);
	assert_int_equal(word_of(&s, "ftag"), 0xe0);	/* R5–R7 */
	assert_int_equal(word_of(&s, "st0"), 0);
	value_of(&s, "st2", bytes);
	assert_memory_equal(bytes, one, sizeof one);
	assert_true(s.word[VECTOR_HAS] & 2);
	host_stop(&h);
}

/* 64 bytes of the program's memory that begin with these 16. */
static bool find_stored(const struct view *v, const void *first, uint8_t bytes[64])
{
	size_t count;
	const struct region *r = view_regions(v, &count);

	for (size_t i = 0; i < count; i++)
		for (uint64_t a = r[i].start; (r[i].protection & 2) && a < r[i].end; a += 64)
			if (view_read_all(v, a, bytes, 64) && memcmp(bytes, first, 16) == 0)
				return true;
	return false;
}

/* Half of it random, the rest as it is: all comes back, and the program stores it. */
static void set_and_found(void **state)
{
	static const uint8_t three[10] = { 0, 0, 0, 0, 0, 0, 0, 0xc0, 0x00, 0x40 };
	const uint64_t xmm[2] = { 0xfeedfacecafebeef, 0x0123456789abcdef };
	const uint32_t mxcsr = 0x1f80;
	struct vector_state s, back;
	uint8_t stored[64];
	struct host h;
	struct view *v;

	(void)state;
	start(&h);
	assert_int_equal(tracee_get_vector(h.control->current, &s), 0);
	put(&s, "xmm3", xmm, sizeof xmm);
	put(&s, "st0", three, sizeof three);
	put(&s, "mxcsr", &mxcsr, sizeof mxcsr);
	for (unsigned i = 0; i < 32 && (s.word[VECTOR_HAS] >> 2 & 1); i++)
		s.word[VECTOR_YMM + i] = 0x9e3779b97f4a7c15ull * (i + 1);
	for (unsigned i = 0; i < 8 + 64 + 128 && (s.word[VECTOR_HAS] >> 7 & 1); i++)
		s.word[VECTOR_K + i] = 0xbf58476d1ce4e5b9ull * (i + 1);
	assert_int_equal(tracee_set_vector(h.control->current, &s), 0);
	assert_int_equal(tracee_get_vector(h.control->current, &back), 0);
	assert_memory_equal(&s, &back, sizeof s);
	host_step(&h, CONTROL_STEP_IN, true, 5);
	v = control_view(h.control, control_position(h.control), 0);
	assert_true(find_stored(v, xmm, stored));
	assert_memory_equal(stored + 32, three, sizeof three);
	assert_memory_equal(stored + 56, &mxcsr, sizeof mxcsr);
	/* All as at the start of a program: told as such, and read so. */
	vector_initial(&s);
	s.word[VECTOR_HAS] = back.word[VECTOR_HAS];
	assert_int_equal(tracee_set_vector(h.control->current, &s), 0);
	assert_int_equal(tracee_get_vector(h.control->current, &back), 0);
	assert_memory_equal(&s, &back, sizeof s);
	put(&s, "mxcsr", &(uint32_t){ 0xffffffff }, 4);
	assert_int_equal(tracee_set_vector(h.control->current, &s), -EINVAL);
	host_stop(&h);
}

static void names(void **state)
{
	static const char *const none[] = { "xmm", "xmm32", "xmm01", "xmm-1", "st8", "k8", "mxcsr0", "" };
	struct vector_register r;

	(void)state;
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		assert_false(vector_by_name(none[i], &r));
	assert_true(vector_by_dwarf(17, &r));		/* psABI, figure 3.36 */
	assert_string_equal(r.kind->name, "xmm");
	assert_int_equal(r.number, 0);
	assert_true(vector_by_dwarf(82, &r));
	assert_int_equal(r.number, 31);
	assert_true(vector_by_dwarf(33, &r));
	assert_string_equal(r.kind->name, "st");
	assert_false(vector_by_dwarf(16, &r));
	assert_false(vector_by_dwarf(-1, &r));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_as_left), cmocka_unit_test(set_and_found), cmocka_unit_test(names),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
	puts("1..0 # SKIP written for x86-64");
	return 0;
}

#endif
