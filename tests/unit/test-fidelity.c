/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Does the timeline tell the truth (fidelity.h)?  Programs that change registers and
 * memory in every way there is, 100,000 steps of them in all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/unit/fidelity.h"
#include "tests/unit/fidelity-programs.h"

enum { STEPS_IN_ALL = 100000 };

static uint64_t steps_in_all;
static unsigned left_out;	/* programs that this machine cannot run */

static void check(const char *source, const struct fidelity_options *o)
{
	steps_in_all += fidelity_check(source, o);
}

static void c_program(void **state)
{
	(void)state;
	check("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
	    "struct node { struct node *next; int value; char name[24]; } *head;\n"
	    "static double sums[16]; static float f = 1.5f; static long long ll; short sh; char ch;\n"
	    "static int compare(const void *a, const void *b) { return *(int *)a - *(int *)b; }\n"
	    "int main(void) {\n"
	    "	int numbers[18]; struct { char c[300]; } big = { \"x\" }, copy;\n"
	    "	for (int i = 0; i < 18; i++) {\n"
	    "		struct node *n = malloc(sizeof *n);\n"
	    "		n->next = head; n->value = i * 7 % 13; snprintf(n->name, 24, \"node %d\", i); head = n;\n"
	    "		numbers[i] = n->value; sums[i % 16] += n->value / 3.0; f *= 1.1f; ll -= i; sh += i; ch ^= i;\n"
	    "		copy = big; copy.c[i] = i; big = copy;\n"
	    "	}\n"
	    "	qsort(numbers, 18, sizeof(int), compare);\n"
	    "	char *p = malloc(300000); memset(p, 7, 300000); free(p);\n"
	    "	for (struct node *n = head; n; ) { struct node *o = n->next; free(n); n = o; }\n"
	    "	printf(\"%d %f\\n\", numbers[3], sums[2] + f);\n"
	    "	return 0;\n}\n", &(struct fidelity_options){ .enter = true, .steps = 20000 });
}

static void cpp_program(void **state)
{
	(void)state;
	check("#include <iostream>\n#include <map>\n#include <string>\n#include <vector>\n#include <stdexcept>\n"
	    "struct shape { virtual ~shape() {} virtual double area() const = 0; };\n"
	    "struct square : shape { double s; square(double x) : s(x) {} double area() const { return s * s; } };\n"
	    "static int thrower(int n) { if (n == 0) throw std::runtime_error(\"end\"); return thrower(n - 1); }\n"
	    "int main() {\n"
	    "	std::map<std::string, int> m; std::vector<shape *> v;\n"
	    "	for (int i = 0; i < 8; i++) { m[\"k\" + std::to_string(i % 5)] += i; v.push_back(new square(i)); }\n"
	    "	double t = 0; for (auto s : v) { t += s->area(); delete s; }\n"
	    "	try { thrower(3); } catch (const std::exception &e) { std::cout << e.what() << std::endl; }\n"
	    "	auto twice = [&](int x) { return x * 2 + m.size(); };\n"
	    "	std::cout << twice(4) << ' ' << t << std::endl;\n"
	    "	return 0;\n}\n", &(struct fidelity_options){ .host.language = "c++", .steps = 5000 });
}

static void optimized_program(void **state)
{
	(void)state;
	check("#include <string.h>\n"
	    "static float a[256], b[256]; static unsigned char c[512]; static double d[64];\n"
	    "__attribute__((noinline)) static void work(int n) {\n"
	    "	for (int i = 0; i < 256; i++) a[i] = b[i] * n + i;\n"
	    "	for (int i = 0; i < 512; i++) c[i] += (unsigned char)(i ^ n);\n"
	    "	for (int i = 0; i < 64; i++) d[i] = a[i] / (n + 1.0);\n"
	    "	for (int i = 0; i < 256; i++) b[i] = a[255 - i];\n"
	    "}\n"
	    "int main(void) { for (int n = 0; n < 8; n++) work(n); return d[3] == 12345; }\n",
	    &(struct fidelity_options){ .host.flags = "-O3 -march=x86-64-v2", .steps = 2000 });
}

static void avx_program(void **state)
{
	(void)state;
	if (!__builtin_cpu_supports("avx2"))
		skip();
	check("static float a[256], b[256]; static unsigned char c[512];\n"
	    "__attribute__((noinline)) static void work(int n) {\n"
	    "	for (int i = 0; i < 256; i++) a[i] = b[i] * n + i;\n"
	    "	for (int i = 0; i < 512; i++) c[i] += (unsigned char)(i ^ n);\n"
	    "	for (int i = 0; i < 256; i++) b[i] = a[255 - i];\n"
	    "}\n"
	    "int main(void) { for (int n = 0; n < 8; n++) work(n); return a[3] == 12345; }\n",
	    &(struct fidelity_options){ .host.flags = "-O3 -mavx2", .steps = 1000 });
}

/* Everything that hides its writes. */
static void odd_instructions(void **state)
{
	(void)state;
	check("	.intel_syntax noprefix\n	.globl main\n	.text\n"
	    "main:	push rbp\n	mov rbp, rsp\n	sub rsp, 4096\n	and rsp, -64\n"
	    "	lea rdi, [rip + area]\n	mov rcx, 100\n	mov al, 5\n	rep stosb\n"
	    "	lea rsi, [rip + area]\n	lea rdi, [rip + area + 512]\n	mov rcx, 60\n	cld\n	rep movsq\n"
	    "	std\n	lea rdi, [rip + area + 800]\n	lea rsi, [rip + area + 64]\n	mov rcx, 9\n	rep movsb\n"
	    "	lea rdi, [rip + area + 900]\n	mov eax, 0x11223344\n	mov rcx, 3\n	rep stosd\n	cld\n"
	    "	lea rdi, [rip + area + 901]\n	stosw\n	movsb\n	xor ecx, ecx\n	rep stosb\n"
	    "	mov rcx, 20\n	lea rdi, [rip + area]\n	mov al, 77\n	repne scasb\n"
	    "	pushfq\n	pop rax\n	push rax\n	popfq\n	pushfq\n	add rsp, 8\n"
	    "	push 5\n	push -1\n	pushw 7\n	add rsp, 18\n	enter 32, 0\n	leave\n"
	    "	xsave [rsp]\n	fxsave [rsp]\n	fnsave [rsp]\n	fnstenv [rsp]\n	fnstcw [rsp + 8]\n	stmxcsr [rsp + 16]\n"
	    "	fld1\n	fst dword ptr [rsp]\n	fstp tbyte ptr [rsp + 32]\n	fld1\n	fistp qword ptr [rsp + 64]\n"
	    "	movups [rsp], xmm0\n	movdqa [rsp + 16], xmm1\n	movhps [rsp + 40], xmm2\n	movq [rsp + 48], xmm3\n"
	    "	movlpd [rsp + 56], xmm3\n	movd [rsp + 64], xmm0\n	movntdq [rsp], xmm5\n	pextrw [rsp], xmm0, 3\n"
	    "	lea rdi, [rsp + 128]\n	pcmpeqd xmm6, xmm6\n	maskmovdqu xmm0, xmm6\n"
	    "	mov rax, 3\n	lock cmpxchg [rsp], rcx\n	cmpxchg16b [rsp]\n	xchg [rsp + 8], rax\n	xadd [rsp + 8], rdx\n"
	    "	mov rax, 1000\n	bts [rsp], rax\n	btr qword ptr [rsp], 3\n	sete [rsp + 5]\n	inc byte ptr [rsp]\n"
	    "	neg word ptr [rsp + 2]\n	shl dword ptr [rsp + 4], 3\n	adc qword ptr [rsp], -2\n	mov byte ptr [rsp + 3], ah\n"
	    "	mov [rsp + 9], bh\n	mov qword ptr [rsp], -5\n	mov dword ptr [rsp + 4], 0x80000000\n	mov word ptr [rsp + 1], 513\n"
	    "	mov fs:[0x28], rax\n	mov rax, fs:[0x28]\n	lea rdi, [rip + area]\n	mov [edi + 4], eax\n	pop qword ptr [rsp + 16]\n	push qword ptr [rsp]\n"
	    "	call next\nnext:	pop rax\n	movbe [rsp], rax\n	movnti [rsp + 8], rax\n	shld [rsp], rdx, 5\n"
	    "	sgdt [rsp]\n	cpuid\n	rdtsc\n	mov rbx, rsp\n	mov [rbx + rcx*1 + 8], rdx\n"
	    "	mov eax, 39\n	syscall\n	mov [rsp], r11\n"
	    "	lea rsi, [rsp]\n	mov eax, 228\n	mov edi, 1\n	syscall\n"
	    "	xor eax, eax\n	mov rsp, rbp\n	pop rbp\n	ret\n	.bss\n	.balign 64\narea:	.space 4096\n"
	    "	.section .note.GNU-stack,\"\",@progbits\n",
	    &(struct fidelity_options){ .host = { .language = "assembler", .flags = "-Wa,-g" }, .steps = 80 });
}

static void signals_and_handlers(void **state)
{
	(void)state;
	check("#include <signal.h>\n#include <setjmp.h>\n#include <unistd.h>\n#include <stdlib.h>\n"
	    "static volatile int n; static sigjmp_buf out; static char stack[65536];\n"
	    "static void on_usr(int s) { n += s; }\n"
	    "static void on_segv(int s) { n += s; siglongjmp(out, 1); }\n"
	    "int main(void) {\n"
	    "	stack_t ss = { .ss_sp = stack, .ss_size = sizeof stack }; sigaltstack(&ss, 0);\n"
	    "	struct sigaction sa = { .sa_handler = on_segv, .sa_flags = SA_ONSTACK }; sigaction(SIGSEGV, &sa, 0);\n"
	    "	signal(SIGUSR1, on_usr); raise(SIGUSR1); kill(getpid(), SIGUSR1);\n"
	    "	if (!sigsetjmp(out, 1)) *(volatile int *)0 = 1;\n"
	    "	if (!sigsetjmp(out, 1)) *(volatile int *)8 = 1;\n"
	    "	return n & 127;\n}\n", &(struct fidelity_options){ .steps = 60, .exit_code = 2 * 10 + 2 * 11 });
}

static void static_program(void **state)
{
	(void)state;
	check("#include <stdio.h>\n#include <string.h>\nint main(void) { char b[64]; strcpy(b, \"hello\");\n"
	    "for (int i = 0; i < 5; i++) printf(\"%s %d\\n\", b, i); return 0; }\n",
	    &(struct fidelity_options){ .host.flags = "-static", .steps = 30 });
}

static void position_independent(void **state)
{
	(void)state;
	check("#include <stdio.h>\n#include <stdlib.h>\nstatic void bye(void) { puts(\"bye\"); }\n"
	    "int main(void) { atexit(bye); for (int i = 0; i < 3; i++) printf(\"%d\\n\", i); return 0; }\n",
	    &(struct fidelity_options){ .host.flags = "-fPIE -pie -fcf-protection", .steps = 20 });
}

/* -- whole programs of fidelity-programs.c ---------------------------------------------- */

static void x87_and_mmx(void **state)
{
	(void)state;
	check(program_x87, &(struct fidelity_options){ .steps = 4000 });
}

static void cpp_library(void **state)
{
	(void)state;
	check(program_cpp, &(struct fidelity_options){ .host = { .language = "c++", .flags = "-O1" },
	    .enter = true, .steps = 20000 });
}

static void whole_state_saved_and_restored(void **state)
{
	(void)state;
	check(program_xsave, &(struct fidelity_options){ .steps = 300 });
}

static void avx_stores(void **state)
{
	(void)state;
	if (!__builtin_cpu_supports("avx2")) {
		left_out++;
		skip();
	}
	check(program_avx, &(struct fidelity_options){ .host.flags = "-O1 -mavx2 -mfma -mf16c", .steps = 150 });
}

static void avx512_stores(void **state)
{
	(void)state;
	if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
	    !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq")) {
		left_out++;
		skip();
	}
	check(program_avx512, &(struct fidelity_options){
	    .host.flags = "-O3 -mavx512f -mavx512vl -mavx512bw -mavx512dq -mprefer-vector-width=512",
	    .steps = 300 });
}

static void system_calls(void **state)
{
	(void)state;
	check(program_syscalls, &(struct fidelity_options){ .host = { .input = "typed\n" }, .steps = 400 });
}

static void nested_signals(void **state)
{
	(void)state;
	check(program_signals, &(struct fidelity_options){ .host.flags = "-O1", .steps = 300 });
}

static void threads(void **state)
{
	(void)state;
	check(program_threads, &(struct fidelity_options){ .host.flags = "-pthread", .steps = 500 });
}

static void code_that_is_made(void **state)
{
	(void)state;
	check(program_jit, &(struct fidelity_options){ .steps = 200 });
}

static void own_code_is_changed(void **state)
{
	(void)state;
	check(program_own_code, &(struct fidelity_options){ .steps = 120 });
}

static void calls_that_fail(void **state)
{
	(void)state;
	check(program_calls, &(struct fidelity_options){ .steps = 120 });
}

/* The program looks for the trap flag wherever its flags can be seen, and exits with
 * the number of the place. */
static void no_trap_flag(void **state)
{
	(void)state;
	check(program_flags, &(struct fidelity_options){ .steps = 60 });
}

/* Counted by hand: 12 instructions, 6 of them with a prefix that repeats, then the return
 * from main, whose rest runs natively. */
static void repeated_is_one_step(void **state)
{
	(void)state;
	assert_int_equal(fidelity_check(program_rep, &(struct fidelity_options){
	    .host = { .language = "assembler", .flags = "-Wa,-g" } }), PROGRAM_REP_STEPS);
}

/* The breakpoint's byte is the program's own, in what the timeline says and in what is
 * read of the process, also where the code can be written and so is compared. */
static void planted_bytes_are_hidden(void **state)
{
	uint8_t before[16], said[16], is[16];
	struct fidelity *f;
	uint64_t at;
	struct host h;

	(void)state;
	host_start(&h, "#include <stdint.h>\n#include <sys/mman.h>\nstatic volatile int n;\n"
	    "__attribute__((noinline)) static void work(void) { n++; }\n"	/* line 4 */
	    "int main(void)\n{\n	uintptr_t page = (uintptr_t)work & ~(uintptr_t)4095;\n"
	    "	if (mprotect((void *)page, 8192, PROT_READ | PROT_WRITE | PROT_EXEC) != 0) return 1;\n"
	    "	for (int i = 0; i < 3; i++) { work(); *(volatile char *)work = *(volatile char *)work; }\n"
	    "	return 0;\n}\n", &(struct host_options){ 0 });
	assert_string_equal(h.why, "");
	f = fidelity_begin(&h);
	host_break(&h, 4);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	at = view_register(control_view(h.control, control_position(h.control), 0), REG_PC);
	assert_true(view_read_all(control_view(h.control, 0, 0), at, before, sizeof before));
	for (int i = 0; i < 3; i++) {
		assert_true(view_read_all(control_view(h.control, control_position(h.control), 0), at, said, sizeof said));
		assert_memory_equal(said, before, sizeof before);
		assert_int_equal(process_read(h.control->process, at, is, sizeof is), sizeof is);
		assert_memory_equal(is, before, sizeof before);
		assert_int_equal(host_continue(&h), i < 2 ? REASON_BREAKPOINT : REASON_EXITED);
	}
	fidelity_end(f);
	host_stop(&h);
}

/* One address: the file's code, then other memory, then the file's code again. */
/* Each call of the library needs more stack than its caller: so it is the library that has the
 * region grow, by which no system call is made. */
static void a_library_grows_the_stack(void **state)
{
	(void)state;
	check("#include <float.h>\n#include <stdio.h>\n"
	    "static char text[6000];\n"
	    "static int deeper(int n) {\n"
	    "	volatile char frame[2500];\n"
	    "	frame[0] = snprintf(text, sizeof text, \"%Lf\", LDBL_MAX) > 4000;\n"
	    "	return n > 0 ? deeper(n - 1) + frame[0] : frame[0];\n}\n"
	    "int main(void) { return deeper(99) != 100; }\n", &(struct fidelity_options){ .steps = 1000 });
}

static void addresses_are_used_again(void **state)
{
	static const char *const first[] = { "\177ELF", "yes!", "\177ELF", "\0\0\0\0" };
	uint64_t positions[4], at, pointer;
	uint8_t bytes[8];
	struct host h;

	(void)state;
	host_start(&h, "#define _GNU_SOURCE\n#include <fcntl.h>\n#include <string.h>\n#include <sys/mman.h>\n"
	    "static volatile char *at; static volatile int n;\n#define CODE PROT_READ | PROT_EXEC, MAP_PRIVATE\n"
	    "#define DATA PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED\n"
	    "int main(void)\n{\n	int fd = open(\"/proc/self/exe\", O_RDONLY);\n"
	    "	at = mmap(0, 4096, CODE, fd, 0);\n"
	    "	n = 1;\n"							/* line 12 */
	    "	munmap((void *)at, 4096); mmap((void *)at, 4096, DATA, -1, 0); memcpy((void *)at, \"yes!\", 4);\n"
	    "	n = 2;\n"							/* 14 */
	    "	mmap((void *)at, 4096, CODE | MAP_FIXED, fd, 0);\n"
	    "	n = 3;\n"							/* 16 */
	    "	mmap((void *)at, 4096, DATA, -1, 0);\n"
	    "	n = 4;\n"							/* 18 */
	    "	return 0;\n}\n", &(struct host_options){ 0 });
	assert_string_equal(h.why, "");
	for (int i = 0; i < 4; i++) {
		while (host_line(&h) != 12 + 2 * (unsigned)i)
			assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
		positions[i] = control_position(h.control);
	}
	pointer = host_address(&h, "at");	/* looks at a view, too: before ours is made */
	assert_true(view_read_all(control_view(h.control, positions[3], 0), pointer, &at, 8));
	for (int i = 0; i < 8; i++) {
		assert_true(view_read_all(control_view(h.control, positions[i % 4], 0), at, bytes, 4));
		assert_memory_equal(bytes, first[i % 4], 4);
	}
	host_stop(&h);
}

static void enough_steps(void **state)
{
	(void)state;
	print_message("# %llu steps in all, %u programs left out\n", (unsigned long long)steps_in_all, left_out);
	assert_true(steps_in_all >= STEPS_IN_ALL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_program), cmocka_unit_test(cpp_program), cmocka_unit_test(cpp_library),
		cmocka_unit_test(optimized_program), cmocka_unit_test(avx_program),
		cmocka_unit_test(odd_instructions), cmocka_unit_test(x87_and_mmx),
		cmocka_unit_test(whole_state_saved_and_restored),
		cmocka_unit_test(avx_stores), cmocka_unit_test(avx512_stores),
		cmocka_unit_test(system_calls), cmocka_unit_test(signals_and_handlers),
		cmocka_unit_test(nested_signals), cmocka_unit_test(threads),
		cmocka_unit_test(code_that_is_made), cmocka_unit_test(own_code_is_changed), cmocka_unit_test(calls_that_fail), cmocka_unit_test(no_trap_flag),
		cmocka_unit_test(repeated_is_one_step), cmocka_unit_test(planted_bytes_are_hidden),
		cmocka_unit_test(addresses_are_used_again), cmocka_unit_test(a_library_grows_the_stack),
		cmocka_unit_test(static_program), cmocka_unit_test(position_independent),
		cmocka_unit_test(enough_steps),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
