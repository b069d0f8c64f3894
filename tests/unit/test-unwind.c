/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The unwinder against the truth: a program is stepped through its own code,
 * the PLT, the dynamic linker and libc; calls and returns are counted along;
 * after every single instruction the frames must be those calls.
 */
#include "tests/unit/live.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"
#include "tracer/program/disasm.h"
#include "tracer/program/functions.h"
#include "tracer/program/unwind.h"

#define FRAMES	64

static const char c_text[] =
	"#include <stdio.h>\n"
	"#include <stdlib.h>\n"
	"static int __attribute__((noinline)) leaf(int n) { return n * n; }\n"
	"static int __attribute__((noinline)) inner(int n)\n"
	"{\n"
	"	char text[64];\n"
	"	int a[n + 1];\n"
	"	for (int i = 0; i <= n; i++)\n"
	"		a[i] = leaf(i);\n"
	"	snprintf(text, sizeof(text), \"%d\\n\", a[n]);\n"
	"	return atoi(text);\n"
	"}\n"
	"static int compare(const void *a, const void *b) { return *(int *)a - *(int *)b; }\n"
	"int __attribute__((noinline)) outer(int n) { return inner(n) + inner(n + 1); }\n"
	"int main(void)\n"
	"{\n"
	"	int v[] = { 3, 1, 2 };\n"
	"	qsort(v, 3, sizeof(*v), compare);\n"
	"	printf(\"%d\\n\", outer(v[2]));\n"
	"	return 0;\n"
	"}\n";

static const char cc_text[] =
	"#include <vector>\n"
	"#include <string>\n"
	"#include <stdexcept>\n"
	"struct Shape { virtual int area() { return 1; } virtual ~Shape() {} };\n"
	"struct Square : Shape { int side = 3; int area() override { return side * side; } };\n"
	"static int risky(int n) { if (n > 2) throw std::runtime_error(\"too much\"); return n; }\n"
	"int main()\n"
	"{\n"
	"	std::vector<std::string> v;\n"
	"	Shape *s = new Square;\n"
	"	v.push_back(std::to_string(s->area()));\n"
	"	delete s;\n"
	"	try { risky((int)v.size() + 2); } catch (std::exception &e) { return 0; }\n"
	"	return 1;\n"
	"}\n";

struct call {
	uint64_t back, cfa;
};

struct calls {
	struct call call[512];
	size_t count;
};

static bool is_call(struct live *l, struct disasm *d, uint64_t *behind)
{
	struct instruction in;
	uint64_t pc = view_register(&l->view, REG_PC);

	if (disasm(d, &l->view, DISASM_INTEL, pc, 0, &in, 1) != 1)
		return false;
	*behind = pc + in.size;
	return strncmp(in.text, "call", 4) == 0 || strncmp(in.text, "bl", 2) == 0;
}

/* One step; calls are pushed, returns to where the last one came from popped. */
static bool step_along(struct live *l, struct disasm *d, struct calls *c)
{
	uint64_t behind, sp = view_register(&l->view, REG_SP);
	bool calls = is_call(l, d, &behind);

	if (!live_step(l))
		return false;
	if (calls && view_register(&l->view, REG_PC) != behind) {
		assert_true(c->count < 512);
		c->call[c->count++] = (struct call){ behind, sp };
	}
	/* A throw leaves several frames at once. */
	while (c->count && view_register(&l->view, REG_SP) >= c->call[c->count - 1].cfa)
		c->count--;
	return true;
}

static void show(struct live *l, const struct frame *f, size_t count, const struct calls *c)
{
	for (size_t i = 0; i < count; i++) {
		struct function of = { .name = "?" };

		function_find(l->image, f[i].pc, &of);
		print_message("# got %zu: %lx %s+%lu cfa %lx\n", i, f[i].pc, of.name,
		    f[i].pc - of.start, f[i].cfa);
	}
	for (size_t i = c->count; i-- > 0; )
		print_message("# should return to %lx, cfa %lx\n", c->call[i].back, c->call[i].cfa);
}

/* Are the frames up to the place where counting began these calls? */
static bool agrees(const struct frame *f, size_t count, const struct calls *c, uint64_t pc)
{
	if (f[0].pc != pc || (count < FRAMES && count < c->count + 1))
		return false;
	for (size_t i = 0; i < c->count && i + 1 < count; i++) {
		const struct call *call = &c->call[c->count - 1 - i];

		if (f[i].cfa != call->cfa || f[i + 1].pc != call->back)
			return false;
	}
	return true;
}

/* How many steps went wrong, of at most `steps'. */
static size_t follow(struct live *l, size_t steps, size_t *done)
{
	struct frame *f = calloc(FRAMES, sizeof(*f));
	struct disasm *d = disasm_new();
	static struct calls c;
	size_t wrong = 0;

	c.count = 0;
	for (*done = 0; *done < steps; ++*done) {
		size_t count = unwind(l->image, &l->view, f, FRAMES);

		if (!agrees(f, count, &c, view_register(&l->view, REG_PC)) && wrong++ < 3) {
			print_message("# after %zu steps\n", *done);
			show(l, f, count, &c);
		}
		if (!step_along(l, d, &c))
			break;
	}
	disasm_free(d);
	free(f);
	return wrong;
}

static void every_step(const char *command, const char *extension, const char *text, size_t steps)
{
	struct live l;
	size_t done, wrong;

	if (!live_compile(&l, command, extension, text)) {
		print_message("# %s: not here\n", command);
		return;
	}
	live_to_main(&l);
	wrong = follow(&l, steps, &done);
	print_message("# %s: %zu steps, %zu wrong\n", command, done, wrong);
	assert_int_equal(wrong, 0);
	assert_true(done > 10);
	live_end(&l);
}

static void c_programs(void **state)
{
	(void)state;
	every_step("gcc -g -O0 -no-pie", "c", c_text, 4000);
	every_step("gcc -g -O2", "c", c_text, 4000);
	every_step("gcc -g0 -O1 -fomit-frame-pointer", "c", c_text, 4000);
	every_step("gcc -g -fno-asynchronous-unwind-tables -fno-unwind-tables -Wl,-z,now", "c", c_text, 3000);
	every_step("gcc -g -O0 -static", "c", c_text, 4000);
	every_step("clang -g -O0", "c", c_text, 3000);
	every_step("clang -g -O2", "c", c_text, 3000);
	every_step("gcc -g -fuse-ld=gold", "c", c_text, 3000);
}

static void cxx_programs(void **state)
{
	(void)state;
	every_step("g++ -g -O0", "cc", cc_text, 12000);
	every_step("g++ -g -O2", "cc", cc_text, 12000);
}

#if defined(__x86_64__)
/* No call-frame information at all, frameless and framed, a label in the middle. */
static const char asm_text[] =
	"	.globl main\n	.text\n"
	"sum:	push %rbx\n"
	"	sub $24, %rsp\n"
	"	xor %eax, %eax\n"
	"	mov %edi, %ebx\n"
	"again:	add %ebx, %eax\n"
	"	call nothing\n"
	"	dec %ebx\n"
	"	jnz again\n"
	"	add $24, %rsp\n"
	"	pop %rbx\n"
	"	ret\n"
	"nothing: ret\n"
	"framed:	push %rbp\n"
	"	mov %rsp, %rbp\n"
	"	and $-32, %rsp\n"
	"	sub $64, %rsp\n"
	"	test %edi, %edi\n"
	"	jz 1f\n"
	"	call sum\n"
	"	leave\n"
	"	ret\n"
	"1:	push $5\n"
	"	pop %rdi\n"
	"	call sum\n"
	"	mov %rbp, %rsp\n"
	"	pop %rbp\n"
	"	ret\n"
	"main:	push %r12\n"
	"	mov $4, %edi\n"
	"	call framed\n"
	"	xor %edi, %edi\n"
	"	call framed\n"
	"	mov $7, %edi\n"
	"	call labs@plt\n"
	"	pop %r12\n"
	"	xor %eax, %eax\n"
	"	ret\n"
	"	.section .note.GNU-stack,\"\",@progbits\n";

static void assembly(void **state)
{
	struct live l;
	size_t done;
	struct frame f[8];

	(void)state;
	every_step("gcc -g -no-pie", "s", asm_text, 2000);
	every_step("gcc -no-pie -Wl,-z,now", "s", asm_text, 2000);
	/* The caller's registers come back, saved ones too. */
	assert_true(live_compile(&l, "gcc -g -no-pie", "s", asm_text));
	live_to_main(&l);
	assert_true(live_run_to(&l, live_function(&l, "nothing")));
	assert_int_equal(unwind(l.image, &l.view, f, 4), 4);
	assert_true(f[2].known >> X86_RBX & 1);
	assert_true(f[2].registers.word[X86_RBX] != f[1].registers.word[X86_RBX]);
	assert_false(f[1].known >> X86_RAX & 1);
	assert_int_equal(follow(&l, 1, &done), 0);
	live_end(&l);
}
#endif

static bool has_function(struct live *l, const struct frame *f, size_t count, const char *name,
    size_t *at)
{
	struct function of;

	for (*at = 0; *at < count; ++*at)
		if (function_find(l->image, f[*at].signal ? f[*at].pc : f[*at].pc - 1, &of) &&
		    strcmp(of.name, name) == 0)
			return true;
	return false;
}

static const char signal_text[] =
	"#include <signal.h>\n"
	"static volatile int seen;\n"
	"static void handler(int n) { seen = n; }\n"
	"static int busy(int n) { for (int i = 0; i < 1000; i++) { n += i; if (i == 500) raise(SIGUSR1); } return n; }\n"
	"int main(void)\n"
	"{\n"
	"	static char stack[65536];\n"
	"	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };\n"
	"	struct sigaction act = { .sa_handler = handler, .sa_flags = SA_ONSTACK };\n"
	"	sigaltstack(&alt, 0);\n"
	"	sigaction(SIGUSR1, &act, 0);\n"
	"	busy(1);\n"
	"	((void (*)(void))0)();\n"
	"	return 0;\n"
	"}\n";

static void signals(void **state)
{
	struct live l;
	struct frame f[FRAMES];
	size_t count, at, handler, busy, main_at;

	(void)state;
	assert_true(live_compile(&l, "gcc -g -O0", "c", signal_text));
	live_to_main(&l);
	assert_true(live_run_to(&l, live_function(&l, "handler")));
	count = unwind(l.image, &l.view, f, FRAMES);
	assert_true(has_function(&l, f, count, "handler", &handler));
	assert_int_equal(handler, 0);
	assert_true(has_function(&l, f, count, "busy", &busy));
	assert_true(has_function(&l, f, count, "main", &main_at));
	assert_int_equal(main_at, busy + 1);
	/* The interrupted frame stands exactly where it was, all registers known. */
	for (at = 2; at < busy && !f[at].signal; at++)
		;
	assert_true(at < busy);
	assert_int_equal(f[at].known & 0xffff & ~(1ULL << 15), 0x7fff);

	/* A call to nowhere. */
	assert_true(live_run_to_signal(&l, SIGSEGV));
	count = unwind(l.image, &l.view, f, FRAMES);
	assert_int_equal(f[0].pc, 0);
	assert_true(count >= 2);
	assert_true(has_function(&l, f, count, "main", &main_at));
	assert_int_equal(main_at, 1);
	live_end(&l);
}

static void deep_recursion(void **state)
{
	struct live l;
	struct frame *f = calloc(1000, sizeof(*f));

	(void)state;
	assert_true(live_compile(&l, "gcc -g -O0", "c",
	    "int down(int n) { return n ? 1 + down(n - 1) : *(volatile int *)0; }\n"
	    "int main(void) { return down(700); }\n"));
	live_to_main(&l);
	assert_true(live_run_to_signal(&l, SIGSEGV));
	assert_true(unwind(l.image, &l.view, f, 1000) >= 702);
	assert_int_equal(unwind(l.image, &l.view, f, 10), 10);
	assert_true(f[9].cfa != 0);
	assert_int_equal(unwind(l.image, &l.view, f, 1), 1);
	assert_int_equal(unwind(l.image, &l.view, f, 0), 0);
	live_end(&l);
	free(f);
}

/* A stack that the program has scribbled over ends somewhere, and soon. */
static void broken_stack(void **state)
{
	struct live l;
	struct frame f[FRAMES];

	(void)state;
	assert_true(live_compile(&l, "gcc -g -O0 -fno-stack-protector", "c",
	    "#include <string.h>\n"
	    "void smash(char *at) { memset(at - 32, 0x41, 256); *(volatile int *)0 = 1; }\n"
	    "int main(void) { char a[16]; smash(a); return 0; }\n"));
	live_to_main(&l);
	assert_true(live_run_to_signal(&l, SIGSEGV));
	assert_in_range(unwind(l.image, &l.view, f, FRAMES), 1, 4);
	l.view.registers.word[REG_SP] = 0x10;
	assert_in_range(unwind(l.image, &l.view, f, FRAMES), 1, 4);
	l.view.registers.word[REG_SP] = UINT64_MAX - 3;
	l.view.registers.word[REG_FP] = UINT64_MAX - 3;
	assert_in_range(unwind(l.image, &l.view, f, FRAMES), 1, 4);
	live_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_programs), cmocka_unit_test(cxx_programs),
#if defined(__x86_64__)
		cmocka_unit_test(assembly),
#endif
		cmocka_unit_test(signals), cmocka_unit_test(deep_recursion),
		cmocka_unit_test(broken_stack),
	};

	return RUN_TESTS(tests);
}
