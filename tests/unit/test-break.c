/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Breakpoints that are asked whether they stop, natively and over the record. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/unit/engine-host.h"
#include "tracer/program/variables.h"

static const struct host_options plain, threaded = { .flags = "-pthread" };

/* A view's word at a symbol's address. */
static uint64_t counter_at;

static uint32_t counter(const struct view *view)
{
	uint32_t value = 0;

	assert_true(view_read_all(view, counter_at, &value, sizeof value));
	return value;
}

static bool at_tenth(struct host *h, uint64_t position, struct view *view)
{
	(void)h;
	assert_true(view->position == position);
	return counter(view) % 10 == 9;
}

static bool never(struct host *h, uint64_t position, struct view *view)
{
	(void)h;
	(void)position;
	(void)view;
	return false;
}

static uint64_t object(struct host *h, const char *name)
{
	struct view *v = control_view(h->control, 0, 0);
	static struct variable variable;
	static struct frame frame;

	assert_true(unwind(h->image, v, &frame, 1) == 1);
	assert_true(variable_find(h->image, v, &frame, name, &variable));
	return variable.address;
}

static const char loop[] =
    "int n, m;\n"						/* 1 */
    "int main(void)\n{\n"
    "	for (int i = 0; i < 35; i++) {\n"			/* 4 */
    "		n = i;\n"					/* 5 */
    "		m += n;\n"					/* 6 */
    "	}\n	return n;\n}\n";				/* 8 */

/* A hit that does not stop leaves no record, and what the program does is the same. */
static void hits_are_passed_in_one_stretch(void **state)
{
	struct host h;
	int code;

	(void)state;
	host_start(&h, loop, &plain);
	counter_at = object(&h, "n");
	h.stops = at_tenth;
	host_break(&h, 6);
	for (uint32_t i = 9; i < 30; i += 10) {
		uint64_t before = control_frontier(h.control);

		assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
		assert_int_equal(host_int(&h, "n"), i);
		assert_int_equal(host_line(&h), 6);
		assert_in_range(control_frontier(h.control) - before, 1, 2);
	}
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(h.asked, 35);
	assert_int_equal(host_int(&h, "m"), 34 * 35 / 2);
	assert_true(control_exit_code(h.control, &code) && code == 34);
	for (uint32_t i = 29; i > 0 && i < 30; i -= 10) {
		assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_BREAKPOINT);
		assert_int_equal(host_int(&h, "n"), i);
	}
	host_stop(&h);
}

static uint8_t own_code[64];
static uint64_t own_code_at;

static bool sees_its_own_code(struct host *h, uint64_t position, struct view *view)
{
	uint8_t now[sizeof own_code];

	(void)h;
	(void)position;
	assert_true(view_read_all(view, own_code_at, now, sizeof now));
	assert_memory_equal(now, own_code, sizeof own_code);
	return false;
}

/* Who is asked natively sees no breakpoint that is planted: neither this one nor others. */
static void what_is_planted_is_not_seen(void **state)
{
	uint64_t addresses[8];
	struct host h;
	unsigned line;
	size_t n;

	(void)state;
	host_start(&h, loop, &plain);
	own_code_at = host_symbol(&h, "main");
	assert_true(view_read_all(control_view(h.control, 0, 0), own_code_at, own_code, sizeof own_code));
	h.stops = sees_its_own_code;
	n = lines_breakpoints(h.image, 0, 5, addresses, 4, &line);
	n += lines_breakpoints(h.image, 0, 6, addresses + n, 4, &line);
	assert_int_equal(n, 2);
	assert_int_equal(control_set_breakpoints(h.control, addresses, n), 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(h.asked, 2 * 35);
	host_stop(&h);
}

static void steps_ask_too(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, loop, &plain);
	counter_at = object(&h, "n");
	h.stops = at_tenth;
	host_break(&h, 6);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_BREAKPOINT);
	assert_int_equal(host_int(&h, "n"), 9);
	assert_int_equal(h.asked, 10);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	assert_int_equal(h.asked, 19);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1000), REASON_BREAKPOINT);
	assert_int_equal(host_int(&h, "n"), 9);
	h.stops = never;
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1), REASON_STEP);
	host_stop(&h);
}

static const char recursion[] =
    "int n, deepest;\n"						/* 1 */
    "static int down(int k)\n{\n"				/* 2 */
    "	n = k;\n"						/* 4 */
    "	if (k == 0) return 1;\n"				/* 5 */
    "	int r = down(k - 1) + 1;\n"				/* 6 */
    "	return r;\n}\n"						/* 7 */
    "static int work(void)\n{\n"				/* 9 */
    "	int r = 0;\n"						/* 11 */
    "	for (int i = 0; i < 400; i++) r += down(100);\n"	/* 12 */
    "	return r;\n}\n"						/* 13 */
    "int main(void)\n{\n"					/* 15 */
    "	int r = work();\n"					/* 17 */
    "	return r == 40400;\n}\n";				/* 18 */

/* The call is too long to be recorded whole; its frame is the outer one. */
static void a_passed_breakpoint_in_a_long_call(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, recursion, &plain);
	counter_at = object(&h, "n");
	h.stops = never;
	host_break(&h, 7);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 17);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 18);
	assert_int_equal(host_int(&h, "r"), 40400);
	assert_int_equal(h.asked, 40000);
	host_stop(&h);
}

#define THREADS(body) \
    "#include <pthread.h>\nint n; long sum[4];\n"		/* 2 */ \
    "static void *work(void *arg)\n{\n" \
    "	for (int i = 0; i < 500; i++)\n"			/* 5 */ \
    "		" body "\n"					/* 6 */ \
    "	return arg;\n}\n" \
    "int main(void)\n{\n" \
    "	pthread_t t[4];\n"					/* 11 */ \
    "	for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, work, (void *)i);\n" \
    "	for (int i = 0; i < 4; i++) pthread_join(t[i], 0);\n" \
    "	return sum[0] == 124750 && sum[1] == sum[0] && sum[2] == sum[0] && sum[3] == sum[0];\n}\n"

/* The second one's instruction leaves its own address behind: it is done in its place. */
static const char *const sources[] = {
	THREADS("sum[(long)arg] += i;"),
	THREADS("{ __asm__ volatile (\"fld1\\n\\tfstp %st(0)\"); sum[(long)arg] += i; }"),
};

/* Each thread's hits are seen, none twice, though they run through it together. */
static void threads_pass(void **state)
{
	struct host h;
	int code;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		host_start(&h, sources[i], &threaded);
		h.stops = never;
		host_break(&h, 6);
		assert_int_equal(host_continue(&h), REASON_EXITED);
		assert_true(control_exit_code(h.control, &code));
		assert_int_equal(code, 1);
		assert_int_equal(h.asked, 2000);
		host_stop(&h);
	}
}

/* -- instructions done elsewhere ----------------------------------------------------- */

static const char kinds[] =
    ".text\n"
    ".globl main\n"
    "main:\n"
    "endbr64\n"
    "push %rbp\n"
    "mov %rsp, %rbp\n"
    "sub $128, %rsp\n"
    "push %rbx\n"
    "push %r12\n"
    "lea numbers(%rip), %rbx\n"
    "movl $4, turns(%rip)\n"
    "xor %r12d, %r12d\n"
    "again:\n"
    "mov turns(%rip), %eax\n"
    "addl $0x12345, value(%rip)\n"
    "incq wide(%rip)\n"
    "imul $0x1234567, value(%rip), %ecx\n"
    "add %rcx, %r12\n"
    "cmpl $7, value(%rip)\n"
    "jg 1f\n"
    "nop\n"
    "1: je far\n"
    "jne near\n"
    "nop\n"
    "near: jmp 2f\n"
    "nop\n"
    "2: call leaf\n"
    "lea leaf(%rip), %rax\n"
    "call *%rax\n"
    "call *table(%rip)\n"
    "mov $8, %ecx\n"
    "lea table(%rip), %rdx\n"
    "call *(%rdx,%rcx)\n"
    "push %rax\n"
    "call *(%rsp)\n"
    "pop %rax\n"
    "push $5\n"
    "push $6\n"
    "call drop\n"
    "lea 3f(%rip), %rax\n"
    "jmp *%rax\n"
    "nop\n"
    "3: jmp *away(%rip)\n"
    "back: mov $3, %ecx\n"
    "4: add $5, %r12\n"
    "loop 4b\n"
    "jrcxz 5f\n"
    "nop\n"
    "5: mov $9, %ecx\n"
    "6: dec %ecx\n"
    "test %ecx, %ecx\n"
    "loopne 6b\n"
    "pushf\n"
    "pop %rdx\n"
    "xor %rdx, %r12\n"
    "push $0x247\n"
    "popf\n"
    "setc flag(%rip)\n"
    "cmovc value(%rip), %edx\n"
    "lahf\n"
    "sahf\n"
    "cld\n"
    "lea text(%rip), %rsi\n"
    "lea room(%rip), %rdi\n"
    "mov $12, %ecx\n"
    "rep movsb\n"
    "movsq\n"
    "lea room(%rip), %rdi\n"
    "mov $'g', %al\n"
    "mov $12, %ecx\n"
    "repne scasb\n"
    "add %rcx, %r12\n"
    "lea text(%rip), %rsi\n"
    "lea room(%rip), %rdi\n"
    "cmpsb\n"
    "std\n"
    "lodsb\n"
    "cld\n"
    "movss single(%rip), %xmm0\n"
    "addss single(%rip), %xmm0\n"
    "movss %xmm0, single(%rip)\n"
    "pshufd $0x1b, vector(%rip), %xmm1\n"
    "movdqa %xmm1, vector(%rip)\n"
    "paddd vector(%rip), %xmm2\n"
    "fldl number(%rip)\n"
    "faddl number(%rip)\n"
    "fstpl number(%rip)\n"
    "lock xaddl %eax, value(%rip)\n"
    "lock cmpxchgl %ecx, value(%rip)\n"
    "xchg %rdx, wide(%rip)\n"
    "btsq $3, wide(%rip)\n"
    "shld $4, %rax, wide(%rip)\n"
    "movabs $0x1122334455667788, %rax\n"
    "mov %rax, (%rbx)\n"
    "xlat\n"
    "enter $16, $0\n"
    "leave\n"
    "movl $-2, -8(%rbp)\n"
    "movzbl -8(%rbp), %eax\n"
    "mov %ss, %ecx\n"
    "mov %ecx, %ss\n"
    "mov %fs:0, %rax\n"
    "mov $-1, %eax\n"
    "syscall\n"
    "add %rcx, %r12\n"
    "mov %r12, mixed(%rip)\n"
    "decl turns(%rip)\n"
    "jnz again\n"
    "pop %r12\n"
    "pop %rbx\n"
    "mov mixed(%rip), %eax\n"
    "leave\n"
    "ret\n"
    "leaf: add (%rsp), %r12\n"
    "ret\n"
    "drop: add $1, %r12\n"
    "ret $16\n"
    ".skip 200, 0x90\n"
    "far: nop\n"
    "jmp near\n"
    "there: add $77, %r12\n"
    "jmp back\n"
    ".data\n"
    ".balign 16\n"
    "vector: .long 1, 2, 3, 4\n"
    "table: .quad leaf, leaf\n"
    "away: .quad there\n"
    "number: .double 1.5\n"
    "single: .float 2.25\n"
    "value: .long 3\n"
    "turns: .long 0\n"
    "wide: .quad 77\n"
    "mixed: .quad 0\n"
    "flag: .byte 0\n"
    "text: .ascii \"penguin trace, all kinds\"\n"
    "room: .skip 64\n"
    "numbers: .skip 256\n"
    ".section .note.GNU-stack,\"\",@progbits\n";

enum { PCS_MAX = 512, DATA_MAX = 3 * 4096 };

struct end {
	struct registers registers;
	uint8_t data[DATA_MAX];
	size_t length;
	int code;
};

/* What the program leaves: its registers and data, which all instructions went into. */
static void look_at_end(struct host *h, struct end *end)
{
	struct view *v = control_view(h->control, control_frontier(h->control), 0);
	size_t count;
	const struct region *r = view_regions(v, &count);

	memset(end, 0, sizeof *end);
	end->registers = v->registers;
	assert_true(control_exit_code(h->control, &end->code));
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(r[i].name), size = r[i].end - r[i].start;

		if ((r[i].protection & 2) && n > 8 && strcmp(r[i].name + n - 8, "/program") == 0 &&
		    end->length + size <= DATA_MAX)
			end->length += view_read(v, r[i].start, end->data + end->length, size);
	}
	assert_true(end->length > 0);
}

static void same_end(const struct end *a, const struct end *b)
{
	assert_int_equal(a->code, b->code);
	assert_memory_equal(&a->registers, &b->registers, sizeof a->registers);
	assert_int_equal(a->length, b->length);
	assert_memory_equal(a->data, b->data, a->length);
}

/* Every pc of the person's code, by single steps; how often one was arrived at. */
static uint64_t find_pcs(const struct host_options *o, uint64_t *pcs, size_t *count)
{
	uint64_t arrivals = 0;
	struct host h;

	host_start(&h, kinds, o);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 100000), REASON_EXITED);
	for (uint64_t p = 0; p < control_frontier(h.control); p++) {
		uint64_t pc = view_register(control_view(h.control, p, 0), REG_PC);
		size_t i = 0;

		if (!image_is_own(h.image, pc))
			continue;
		arrivals += p > 0;
		while (i < *count && pcs[i] != pc)
			i++;
		if (i == *count && *count < PCS_MAX)
			pcs[(*count)++] = pc;
	}
	host_stop(&h);
	return arrivals;
}

static void run_to_end(const struct host_options *o, const uint64_t *pcs, size_t count, struct end *end,
    unsigned *asked)
{
	struct host h;

	host_start(&h, kinds, o);
	h.stops = never;
	assert_int_equal(control_set_breakpoints(h.control, pcs, count), 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	look_at_end(&h, end);
	*asked = h.asked;
	host_stop(&h);
}

/* A breakpoint on each instruction changes nothing of what the program does. */
static void every_instruction(const struct host_options *o)
{
	static struct end quiet, all, some;
	uint64_t pcs[PCS_MAX], arrivals;
	size_t count = 0;
	unsigned asked;

	arrivals = find_pcs(o, pcs, &count);
	assert_in_range(count, 100, PCS_MAX - 1);
	run_to_end(o, NULL, 0, &quiet, &asked);
	assert_int_equal(asked, 0);
	run_to_end(o, pcs, count, &all, &asked);
	same_end(&quiet, &all);
	assert_int_equal(asked, arrivals);
	for (size_t i = 0; i < count; i += 10) {
		run_to_end(o, pcs + i, 1, &some, &asked);
		same_end(&quiet, &some);
	}
}

static void every_kind_of_instruction(void **state)
{
	(void)state;
	every_instruction(&(struct host_options){ .language = "assembler" });
}

/* Addresses above 4 GiB: what a call pushes does not fit into one instruction. */
static void every_kind_high_up(void **state)
{
	(void)state;
	every_instruction(&(struct host_options){ .language = "assembler", .flags = "-pie -fPIE" });
}

/* A string instruction below a breakpoint is done by the processor, not step by step. */
static void long_strings_are_passed(void **state)
{
	struct host h;
	uint64_t string;
	int code;

	(void)state;
	host_start(&h, ".globl main\nmain:\n	mov $3, %ebx\nagain:	lea bytes(%rip), %rdi\n"
	    "	mov $16777216, %ecx\n	mov %ebx, %eax\n	.globl string\n	.type string, @function\n"
	    "string:	rep stosb\n	dec %ebx\n	jnz again\n"
	    "	movzbl bytes+16777215(%rip), %eax\n	ret\n	.local bytes\n	.comm bytes, 16777216, 4096\n",
	    &(struct host_options){ .language = "assembler" });
	string = host_symbol(&h, "string");
	h.stops = never;
	assert_int_equal(control_set_breakpoints(h.control, &string, 1), 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(h.asked, 3);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, 1);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	host_stop(&h);
}

/* The page of copied instructions is the tracer's, also where the kernel has joined it with
 * what the program maps on both sides of it. */
static void the_page_of_copies_is_hidden(void **state)
{
	struct host h;
	const struct region *regions;
	uint64_t here, page;
	size_t count;
	unsigned beside = 0;

	(void)state;
	host_start(&h, "#include <stdint.h>\n#include <sys/mman.h>\n"
	    "void here(void);\n__asm__(\"here: nop\\n ret\\n .type here, @function\\n\");\n"
	    "int main(void)\n{\n	char *page = (char *)((uintptr_t)here & ~4095ul) + (1ul << 30);\n	here();\n"
	    "	for (int i = -1; i < 2; i += 2)\n"
	    "		if (mmap(page + 4096 * i, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)\n"
	    "			return 1;\n	return 0;\n}\n", &(struct host_options){ .flags = "-D_GNU_SOURCE" });
	here = host_symbol(&h, "here");
	page = (here & ~4095ull) + (1ull << 30);
	h.stops = never;
	assert_int_equal(control_set_breakpoints(h.control, &here, 1), 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(h.control->timeline->events.status, 0);
	regions = view_regions(control_view(h.control, control_frontier(h.control), 0), &count);
	for (size_t i = 0; i < count; i++) {
		assert_false(regions[i].start <= page && page < regions[i].end);
		beside += regions[i].end == page || regions[i].start == page + 4096;
	}
	assert_int_equal(beside, 2);
	host_stop(&h);
}

static void pause_late(evutil_socket_t fd, short what, void *arg)
{
	struct host *h = arg;

	(void)fd;
	(void)what;
	control_pause(h->control);
}

/* The program finds the page of copied instructions and has a call there that never ends,
 * once calls are not reported any more: the tracer's loop goes on. */
static void a_copy_is_made_to_block(void **state)
{
	const struct timeval soon = { 0, 200000 };
	struct event *timer;
	struct host h;
	uint64_t here;

	(void)state;
	host_start(&h, "#include <stdint.h>\n#include <string.h>\n#include <sys/mman.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n"
	    "void here(void);\n__asm__(\"here: nop\\n ret\\n .type here, @function\\n\");\n"
	    "int main(void)\n{\n	char *page = (char *)((uintptr_t)here & ~4095ul) + (1ul << 30);\n"
	    "	here();\n	if (mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) != 0)\n		return 1;\n"
	    "	for (int i = 0; i < 11000; i++)\n		syscall(SYS_getppid);\n"
	    "	memcpy(page, \"\\x0f\\x05\\xc3\", 3);\n"
	    "	for (;;)\n		__asm__ volatile (\"mov $34, %%eax; call here\" ::: \"rax\", \"rcx\", \"r11\", \"memory\");\n}\n", &plain);
	here = host_symbol(&h, "here");
	h.stops = never;
	assert_int_equal(control_set_breakpoints(h.control, &here, 1), 0);
	timer = evtimer_new(h.base, pause_late, &h);
	evtimer_add(timer, &soon);
	assert_int_equal(host_continue(&h), REASON_PAUSE);
	event_free(timer);
	host_stop(&h);
}

static void set_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	host_break(arg, 5);
}

/* Without an end of the stretch. */
static void it_is_set_while_the_program_runs(void **state)
{
	const struct timeval soon = { 0, 20000 };
	struct event *timer;
	struct host h;

	(void)state;
	host_start(&h, "int n;\nint main(void)\n{\n	for (;;)\n		n++;\n}\n", &plain);
	timer = evtimer_new(h.base, set_late, &h);
	evtimer_add(timer, &soon);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(host_line(&h), 5);
	assert_int_equal(control_frontier(h.control), 1);
	event_free(timer);
	host_stop(&h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hits_are_passed_in_one_stretch), cmocka_unit_test(steps_ask_too),
		cmocka_unit_test(what_is_planted_is_not_seen),
		cmocka_unit_test(a_passed_breakpoint_in_a_long_call), cmocka_unit_test(threads_pass),
		cmocka_unit_test(every_kind_of_instruction), cmocka_unit_test(every_kind_high_up),
		cmocka_unit_test(it_is_set_while_the_program_runs),
		cmocka_unit_test(the_page_of_copies_is_hidden), cmocka_unit_test(long_strings_are_passed), cmocka_unit_test(a_copy_is_made_to_block),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
