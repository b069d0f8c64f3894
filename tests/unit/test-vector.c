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
#include "tracer/program/expr.h"
#include "tracer/program/variables.h"

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

/* -- what a person sees of them ---------------------------------------------------------- */

static const char reals[] =
    "typedef float four __attribute__((vector_size(16)));\n"
    "__attribute__((noinline)) double mean(double a, float b, four v, long double x)\n{\n"
    "	return (a + b + v[1]) / (double)x;\n}\n"
    "__attribute__((noinline)) double outer(double a)\n{\n"
    "	four v = { 1, 2, 3, 4 };\n	double r = mean(a, 0.25f, v, 3.0L);\n	return r + a;\n}\n"
    "volatile double in = 2.5, out;\nint main(void)\n{\n	out = outer(in);\n	return 0;\n}\n";

static void start_in_mean(struct host *h, struct frame frames[8])
{
	uint64_t at;

	host_start(h, reals, &(struct host_options){ .flags = "-O2 -fno-ipa-cp -fno-ipa-ra" });
	assert_string_equal(h->why, "");
	at = host_symbol(h, "mean");
	while (view_register(control_view(h->control, control_position(h->control), 0), REG_PC) != at)
		assert_int_equal(host_step(h, CONTROL_STEP_IN, true, 1), REASON_STEP);
	assert_true(unwind(h->image, control_view(h->control, control_position(h->control), 0), frames, 8) >= 3);
}

static void value_is(struct host *h, const struct frame *f, const char *text, const char *value)
{
	struct view *v = control_view(h->control, control_position(h->control), 0);
	struct expr_error error;
	struct expr *x = expr_parse(h->image, text, &error);
	static struct variable is;

	assert_non_null(x);
	if (!expr_evaluate(x, v, f, &is, &error))
		assert_string_equal(error.message, value);
	else
		assert_string_equal(is.value, value);
	expr_free(x);
}

static void variables_in_them(void **state)
{
	static struct variable list[8];
	static struct frame frames[8];
	struct host h;
	struct view *v;
	size_t total;

	(void)state;
	start_in_mean(&h, frames);
	v = control_view(h.control, control_position(h.control), 0);
	assert_int_equal(variables_of(h.image, v, &frames[0], VARIABLES_ARGUMENTS, 0, list, 8, &total), 4);
	assert_string_equal(list[0].value, "2.5");
	assert_int_equal(list[0].vector, 17);
	assert_string_equal(list[1].value, "0.25");
	assert_string_equal(list[2].value, "{1, 2, 3, 4}");
	assert_string_equal(list[3].value, "3");	/* in memory, by the ABI */
	value_is(&h, &frames[0], "a * 2 + b", "5.25");
	value_is(&h, &frames[0], "$xmm0", "0x00000000000000004004000000000000");
	value_is(&h, &frames[0], "$mxcsr & 0x1f80", "8064");
	value_is(&h, &frames[0], "$fctrl", "0x037f");
	/* A call may have changed it: not known in the caller. */
	value_is(&h, &frames[1], "$xmm0", "$xmm0 is not known in this frame");
	host_stop(&h);
}

/* A change is a position of its own, the program goes on with it, and back is back. */
static void changed_by_a_person(void **state)
{
	static struct frame frames[8];
	const double other = 100;
	struct vector_register r;
	uint8_t bytes[VECTOR_REGISTER_MAX] = { 0 };
	uint64_t position;
	struct vector_state s;
	struct host h;

	(void)state;
	start_in_mean(&h, frames);
	position = control_position(h.control);
	assert_true(vector_by_name("xmm0", &r));
	memcpy(bytes, &other, sizeof other);
	assert_int_equal(control_write_vector(h.control, &r, bytes), 0);
	assert_int_equal(control_position(h.control), position + 1);
	value_is(&h, &frames[0], "a", "100");
	assert_true(vector_by_name("mxcsr", &r));
	memset(bytes, 0xff, 4);
	assert_int_equal(control_write_vector(h.control, &r, bytes), -EINVAL);
	host_continue(&h);
	assert_int_equal(control_reason(h.control), REASON_EXITED);
	value_is(&h, &frames[0], "out", "36.583333333333336");	/* (100 + 0.25 + 2) / 3 + 2.5: the caller has kept its own */
	host_seek(&h, position);
	value_is(&h, &frames[0], "a", "2.5");
	assert_true(view_vector(control_view(h.control, position, 0), &s));
	assert_int_equal(word_of(&s, "xmm0"), 0x4004000000000000);
	host_stop(&h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_as_left), cmocka_unit_test(set_and_found), cmocka_unit_test(names),
		cmocka_unit_test(variables_in_them), cmocka_unit_test(changed_by_a_person),
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
