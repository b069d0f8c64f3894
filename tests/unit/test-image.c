/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* image, lines, functions: real programs of every language, compiler and
 * optimization; and ELFs with broken bits. */
#include "tests/unit/live.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "tracer/program/functions.h"
#include "tracer/program/lines.h"

static const char c_text[] =
	"#include <stdio.h>\n"				/* 1 */
	"int twice(int n)\n"				/* 2 */
	"{\n"						/* 3 */
	"	int m = n;\n"				/* 4 */
	"	return m + n;\n"			/* 5 */
	"}\n"						/* 6 */
	"\n"						/* 7 */
	"int main(int argc, char **argv)\n"		/* 8 */
	"{\n"						/* 9 */
	"	int sum = 0;\n"				/* 10 */
	"	for (int i = 0; i < argc; i++)\n"	/* 11 */
	"		sum += twice(i);\n"		/* 12 */
	"	puts(argv[0]);\n"			/* 13 */
	"	return sum;\n"				/* 14 */
	"}\n";

static const char cc_text[] =
	"#include <vector>\n"				/* 1 */
	"#include <string>\n"				/* 2 */
	"#include <iostream>\n"				/* 3 */
	"namespace shapes {\n"				/* 4 */
	"struct Square {\n"				/* 5 */
	"	int side;\n"				/* 6 */
	"	int area() const { return side * side; }\n"	/* 7 */
	"};\n"						/* 8 */
	"}\n"						/* 9 */
	"template <class T> T add(T a, T b)\n"		/* 10 */
	"{\n"						/* 11 */
	"	return a + b;\n"			/* 12 */
	"}\n"						/* 13 */
	"int main()\n"					/* 14 */
	"{\n"						/* 15 */
	"	std::vector<int> v;\n"			/* 16 */
	"	shapes::Square s{3};\n"			/* 17 */
	"	v.push_back(add(s.area(), 2));\n"	/* 18 */
	"	double d = add(1.5, 2.5);\n"		/* 19 */
	"	std::cout << v[0] << d << std::endl;\n"	/* 20 */
	"	return 0;\n"				/* 21 */
	"}\n";

static const char asm_text[] =
	"	.globl main\n"				/* 1 */
	"	.text\n"				/* 2 */
#if defined(__x86_64__)
	"main:	push %rbp\n"				/* 3 */
	"	mov %rsp, %rbp\n"			/* 4 */
	"	mov $3, %ecx\n"				/* 5 */
	"again:	dec %ecx\n"				/* 6 */
	"	jnz again\n"				/* 7 */
	"	xor %eax, %eax\n"			/* 8 */
	"	leave\n"				/* 9 */
	"	ret\n"					/* 10 */
#else
	"main:	stp x29, x30, [sp, #-16]!\n"
	"	mov x29, sp\n"
	"	mov w1, #3\n"
	"again:	subs w1, w1, #1\n"
	"	b.ne again\n"
	"	mov w0, #0\n"
	"	ldp x29, x30, [sp], #16\n"
	"	ret\n"
#endif
	"	.section .note.GNU-stack,\"\",%progbits\n";

static void expect_line(const struct live *l, uint64_t address, unsigned line)
{
	struct line_row row;

	assert_true(lines_find(l->image, address, &row));
	assert_int_equal(row.line, line);
	assert_int_equal(row.file, 0);
	assert_true(address >= row.start && address < row.end);
}

static void expect_function(const struct live *l, uint64_t address, const char *name)
{
	struct function f;

	assert_true(function_find(l->image, address, &f));
	assert_string_equal(f.name, name);
	assert_true(address >= f.start && address < f.end);
}

/* What holds for the C program, whoever compiled it without optimization. */
static void check_plain_c(struct live *l)
{
	uint64_t address[4];
	unsigned actual, lines[16];
	struct line_row row;
	struct function f;

	assert_true(image_has_lines(l->image));
	assert_string_equal(image_file(l->image, 0), strrchr(l->source, '/') + 1);
	assert_int_equal(image_file_index(l->image, strrchr(l->source, '/') + 1), 0);
	assert_null(image_file(l->image, 1));
	assert_int_equal(image_first_stop(l->image), live_function(l, "main"));
	assert_true(lines_find(l->image, image_first_stop(l->image), &row));
	assert_true(row.line == 8 || row.line == 9);	/* gcc: the brace; clang: the name */
	assert_int_equal(l->view.registers.word[REG_PC], image_first_stop(l->image));

	/* Behind the prologue, and the line that the stop shows. */
	assert_int_equal(lines_breakpoints(l->image, 0, 2, address, 4, &actual), 1);
	assert_int_equal(actual, 4);
	assert_true(function_find(l->image, address[0], &f));
	assert_string_equal(f.name, "twice");
	assert_int_equal(f.body, address[0]);
	assert_true(address[0] > f.start);
	assert_null(f.module);
	/* A line without code: the next one. */
	assert_int_equal(lines_breakpoints(l->image, 0, 7, address, 4, &actual), 1);
	assert_int_equal(actual, 10);
	assert_int_equal(lines_breakpoints(l->image, 0, 11, address, 4, &actual), 1);
	assert_int_equal(actual, 11);
	assert_int_equal(lines_breakpoints(l->image, 0, 90, address, 4, &actual), 0);
	assert_int_equal(lines_breakpoints(l->image, -1, 5, address, 4, &actual), 0);
	assert_true(lines_with_code(l->image, 0, 1, 99, lines, 16) >= 9);
	assert_int_equal(lines_with_code(l->image, 0, 4, 5, lines, 16), 2);
	assert_int_equal(lines[0], 4);
	assert_int_equal(lines[1], 5);
	expect_function(l, live_line(l, 13), "main");
	expect_line(l, live_line(l, 13), 13);
}

static void check_own(const struct live *l)
{
	struct function f;
	uint64_t count;
	const struct image_range *pages = image_own_pages(l->image, &count);

	assert_true(count >= 1);
	for (size_t i = 0; i < count; i++)
		assert_true(pages[i].start % 4096 == 0 && pages[i].end % 4096 == 0 &&
		    pages[i].start < pages[i].end);
	assert_true(pages[0].start <= image_first_stop(l->image));
	assert_true(image_is_own(l->image, live_function(l, "main")));
	assert_true(image_is_own(l->image, live_function(l, "twice")));
	assert_false(image_is_own(l->image, image_entry(l->image)));
	expect_function(l, image_entry(l->image), "_start");
	if (function_by_name(l->image, "frame_dummy", &f))
		assert_false(image_is_own(l->image, f.start));
	if (function_by_name(l->image, "_init", &f))
		assert_false(image_is_own(l->image, f.start));
	assert_false(image_is_own(l->image, 0));
	assert_false(image_is_own(l->image, UINT64_MAX));
	assert_false(image_is_own(l->image, live_function(l, "puts")));
	assert_true(image_is_own(l->image, live_function(l, "main")));
}

/* Is there a stub with this name in the ELF, and is it not the person's code? */
static void check_stub(const struct live *l, const char *name)
{
	struct function f;

	if (!function_by_name(l->image, name, &f))
		fail_msg("no stub %s", name);
	assert_null(f.module);
	assert_string_equal(f.name, name);
	expect_function(l, f.start, name);
	expect_function(l, f.end - 1, name);
	assert_false(image_is_own(l->image, f.start));
}

static void each_way(const char *compiler, const char *flags)
{
	char command[128];
	struct live l;
	struct function f;

	snprintf(command, sizeof(command), "%s %s", compiler, flags);
	if (!live_compile(&l, command, "c", c_text)) {
		assert_false(live_has(compiler));
		skip();
	}
	live_to_main(&l);
	print_message("# %s\n", command);
	check_plain_c(&l);
	check_own(&l);
	check_stub(&l, "puts@plt");
	assert_true(function_by_name(l.image, "puts", &f));
	assert_non_null(f.module);
	assert_non_null(strstr(f.module, "libc"));
	live_end(&l);
}

static void gcc_c(void **state)
{
	(void)state;
	each_way("gcc", "-g -O0 -no-pie -fno-pie");
	each_way("gcc", "-g -O0 -pie -fPIE");
	each_way("gcc", "-gdwarf-4 -O0 -pie -fPIE");
	each_way("gcc", "-g -O0 -pie -fPIE -fcf-protection=full -Wl,-z,now -Wl,-z,ibtplt");
	each_way("gcc", "-g -O0 -gz=zlib -no-pie");
	each_way("gcc", "-g3 -O0 -fuse-ld=gold");
}

static void clang_c(void **state)
{
	(void)state;
	each_way("clang", "-g -O0 -no-pie -fno-pie");
	each_way("clang", "-gdwarf-5 -O0 -pie -fPIE");
	each_way("clang", "-gdwarf-4 -O0 -pie -fPIE");
}

static void optimized(void **state)
{
	struct live l;
	uint64_t address[8];
	unsigned actual;
	size_t count;

	(void)state;
	assert_true(live_compile(&l, "gcc -g -O2", "c", c_text));
	live_to_main(&l);
	assert_true(image_is_own(l.image, image_first_stop(l.image)));
	count = lines_breakpoints(l.image, 0, 5, address, 8, &actual);
	assert_true(count >= 1);
	assert_int_equal(actual, 5);
	for (size_t i = 0; i < count; i++) {
		struct line_row row;

		assert_true(lines_find(l.image, address[i], &row));
		assert_true(row.is_stmt);
	}
	live_end(&l);
}

/* Each copy of a function that was put into its callers is stopped in. */
static void inlined(void **state)
{
	static const char text[] =
		"#include <stdio.h>\n"							/* 1 */
		"static inline __attribute__((always_inline)) int helper(int a)\n"	/* 2 */
		"{\n"									/* 3 */
		"	int b = a * a;\n"						/* 4 */
		"	printf(\"%d\\n\", b);\n"						/* 5 */
		"	return b + 1;\n"						/* 6 */
		"}\n"									/* 7 */
		"int main(int argc, char **argv)\n"					/* 8 */
		"{\n"									/* 9 */
		"	int x = helper(argc);\n"					/* 10 */
		"	return helper(x + 5) + (argv == 0);\n"				/* 11 */
		"}\n";
	static const char *const commands[] = { "gcc -g -O2", "gcc -g -O0", "clang -g -O1" };
	struct live l;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint64_t address[8];
		unsigned actual;

		if (!live_compile(&l, commands[i], "c", text))
			continue;
		assert_true(live_image(&l));
		assert_int_equal(lines_breakpoints(l.image, 0, 5, address, 8, &actual), 2);
		assert_int_equal(actual, 5);
		assert_true(address[0] < address[1]);
		/* More than there is room for are counted all the same. */
		address[1] = 0;
		assert_int_equal(lines_breakpoints(l.image, 0, 5, address, 1, &actual), 2);
		assert_int_equal(address[1], 0);
		live_end(&l);
	}
}

static void cxx(void **state)
{
	static const char *const compilers[] = { "g++ -g", "g++ -gdwarf-4 -no-pie", "clang++ -g",
		"g++ -g -O0 -fuse-ld=gold" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct live l;
		uint64_t address[4];
		unsigned actual;
		struct function f;
		struct line_row row;

		if (!live_compile(&l, compilers[i], "cc", cc_text))
			continue;
		print_message("# %s\n", compilers[i]);
		live_to_main(&l);
		expect_function(&l, live_function(&l, "shapes::Square::area"), "shapes::Square::area");
		assert_int_equal(live_function(&l, "area"), live_function(&l, "shapes::Square::area"));
		expect_function(&l, live_function(&l, "add<int>"), "add<int>");
		assert_int_equal(lines_breakpoints(l.image, 0, 12, address, 4, &actual), 2);
		assert_int_equal(actual, 12);
		/* Header code is the person's too, with lines of no submitted file. */
		assert_true(function_by_name(l.image, "std::vector<int, std::allocator<int> >::push_back", &f));
		assert_true(image_is_own(l.image, f.start));
		assert_true(lines_find(l.image, f.start, &row));
		assert_int_equal(row.file, -1);
		assert_true(row.line > 0);
		check_stub(&l, "std::ostream::operator<<@plt");
		assert_true(image_is_own(l.image, live_line(&l, 7)));
		live_end(&l);
	}
}

static void assembly(void **state)
{
	struct live l;
	uint64_t address;
	unsigned actual;
	struct function f;

	(void)state;
	assert_true(live_compile(&l, "gcc -g -no-pie", "s", asm_text));
	live_to_main(&l);
	expect_line(&l, image_first_stop(l.image), 3);
	/* No prologue to pass over. */
	assert_int_equal(lines_breakpoints(l.image, 0, 3, &address, 1, &actual), 1);
	assert_int_equal(address, image_first_stop(l.image));
	assert_true(function_find(l.image, address, &f));
	assert_string_equal(f.name, "main");
	assert_int_equal(f.body, f.start);
	assert_true(live_step(&l));
	expect_line(&l, l.view.registers.word[REG_PC], 4);
	expect_function(&l, live_line(&l, 7), "again");
	assert_false(image_is_own(l.image, image_entry(l.image)));
	live_end(&l);
}

static void start_alone(void **state)
{
	struct live l;

	(void)state;
	assert_true(live_compile(&l, "gcc -g -nostdlib -static -no-pie", "s",
#if defined(__x86_64__)
	    "	.globl _start\n_start:	nop\n	mov $60, %eax\n	syscall\n"
#else
	    "	.globl _start\n_start:	nop\n	mov x8, #93\n	svc #0\n"
#endif
	    "	.section .note.GNU-stack,\"\",%progbits\n"));
	live_to_main(&l);
	assert_int_equal(image_first_stop(l.image), image_entry(l.image));
	assert_true(image_is_own(l.image, image_entry(l.image)));
	expect_line(&l, image_entry(l.image), 2);
	expect_function(&l, image_entry(l.image) + 1, "_start");
	live_end(&l);
}

static void without_lines(void **state)
{
	struct live l;

	(void)state;
	assert_true(live_compile(&l, "gcc -g0 -O0 -pie -fPIE", "c", c_text));
	live_to_main(&l);
	assert_false(image_has_lines(l.image));
	assert_true(image_is_own(l.image, live_function(&l, "main")));
	assert_true(image_is_own(l.image, live_function(&l, "twice")));
	check_stub(&l, "puts@plt");
	expect_function(&l, live_function(&l, "twice") + 3, "twice");
	live_end(&l);

	assert_true(live_compile(&l, "gcc -g0 -O0 -s -no-pie", "c", c_text));
	assert_true(live_image(&l));
	assert_int_equal(image_first_stop(l.image), image_entry(l.image));
	assert_true(image_is_own(l.image, image_entry(l.image)));
	live_end(&l);
}

static void static_program(void **state)
{
	struct live l;

	(void)state;
	if (!live_compile(&l, "gcc -g -static", "c", c_text))
		skip();
	live_to_main(&l);
	assert_true(image_is_own(l.image, image_first_stop(l.image)));
	assert_false(image_is_own(l.image, live_function(&l, "puts")));
	expect_function(&l, live_function(&l, "puts") + 4, "puts");
	check_stub(&l, "strlen@plt");
	live_end(&l);
}

static void no_program(void **state)
{
	static const char junk[] = "#!/bin/sh\nexit 0\n";
	char why[128] = "";
	struct live l;
	int fd = memfd_create("junk", MFD_CLOEXEC);

	(void)state;
	assert_null(image_open(fd, NULL, NULL, 0, why, sizeof(why)));
	assert_true(why[0] != '\0');
	assert_int_equal(write(fd, junk, sizeof(junk)), sizeof(junk));
	why[0] = '\0';
	assert_null(image_open(fd, NULL, NULL, 0, why, sizeof(why)));
	assert_true(why[0] != '\0');
	close(fd);
	assert_true(live_compile(&l, "gcc -g -c", "c", c_text));
	assert_false(live_image(&l));
	live_end(&l);
	assert_true(live_compile(&l, "gcc -g -shared -fPIC", "c", "int f(void) { return 1; }\n"));
	assert_false(live_image(&l));
	live_end(&l);
}

/* -- speed --------------------------------------------------------------- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A machine may be busy: the best of some tries, and wide bounds. */
static void speed(void **state)
{
	struct live l;
	double best = 1, per_find = 1, per_own = 1;
	unsigned found = 0;
	char why[128];

	(void)state;
	assert_true(live_compile(&l, "gcc -g", "c", c_text));
	live_to_main(&l);
	for (int i = 0; i < 20; i++) {
		const char *file = "source0.c", *path = l.source;
		double start = now();
		struct image *im = image_open(l.elf, &file, &path, 1, why, sizeof(why));
		double took = now() - start;

		assert_non_null(im);
		image_free(im);
		best = took < best ? took : best;
	}
	for (int i = 0; i < 20; i++) {
		uint64_t from = live_function(&l, "twice");
		struct line_row row;
		double start = now();

		for (int k = 0; k < 10000; k++)
			found += lines_find(l.image, from + (unsigned)k % 64, &row);
		per_find = now() - start < per_find ? now() - start : per_find;
		start = now();
		for (int k = 0; k < 10000; k++)
			found += image_is_own(l.image, from + (unsigned)(k % 2) * 4000);
		per_own = now() - start < per_own ? now() - start : per_own;
	}
	print_message("# open %.0f us, lines_find %.0f ns, image_is_own %.0f ns (%u)\n",
	    best * 1e6, per_find * 1e5, per_own * 1e5, found);
	assert_true(best < 0.02);
	assert_true(per_find / 1e4 < 2e-6);
	live_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gcc_c), cmocka_unit_test(clang_c), cmocka_unit_test(optimized),
		cmocka_unit_test(inlined), 		cmocka_unit_test(cxx), cmocka_unit_test(assembly), cmocka_unit_test(start_alone),
		cmocka_unit_test(without_lines), cmocka_unit_test(static_program),
		cmocka_unit_test(no_program), cmocka_unit_test(speed),
	};

	return RUN_TESTS(tests);
}
