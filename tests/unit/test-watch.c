/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Watched memory: by the registers while running natively, by the record else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/unit/engine-host.h"
#include "tracer/program/variables.h"

static const struct host_options plain, threaded = { .flags = "-pthread" };

static void watch(struct host *h, uint64_t address, uint64_t length, enum watch_kind kind)
{
	const struct control_watch w = { address, length, kind };

	assert_int_equal(control_set_watchpoints(h->control, &w, 1), 0);
}

static uint32_t int_at(struct host *h, uint64_t address, uint64_t position)
{
	struct view *v = control_view(h->control, position, 0);
	uint32_t value = 0;

	assert_non_null(v);
	assert_true(view_read_all(v, address, &value, sizeof value));
	return value;
}

static void hit(struct host *h, uint64_t address, uint32_t old, uint32_t new)
{
	uint64_t position = control_position(h->control);

	assert_int_equal(control_watch_at(h->control, position), 0);
	assert_int_equal(int_at(h, address, position - 1), old);
	assert_int_equal(int_at(h, address, position), new);
}

static const char loop[] =
    "int total, other;\n"				/* 1 */
    "int main(void)\n{\n"
    "	for (int i = 1; i <= 8; i++) {\n"		/* 4 */
    "		other++;\n"				/* 5 */
    "		total += i;\n"				/* 6 */
    "	}\n	return total;\n}\n";			/* 8 */

static void a_loop_both_ways(void **state)
{
	struct host h;
	uint64_t positions[8], total;

	(void)state;
	host_start(&h, loop, &plain);
	total = host_address(&h, "total");
	watch(&h, total, 4, WATCH_WRITE);
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
		hit(&h, total, i * (i + 1) / 2, (i + 1) * (i + 2) / 2);
		positions[i] = control_position(h.control);
	}
	assert_int_equal(host_continue(&h), REASON_EXITED);
	for (int i = 8; i-- > 0; ) {
		assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_DATA_BREAKPOINT);
		assert_int_equal(control_position(h.control), positions[i]);
	}
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
		assert_int_equal(control_position(h.control), positions[i]);
	}
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);
}

static void recorded_steps_both_ways(void **state)
{
	struct host h;
	uint64_t total;

	(void)state;
	host_start(&h, loop, &plain);
	total = host_address(&h, "total");
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 60), REASON_STEP);
	assert_int_equal(host_seek(&h, 0), REASON_GOTO);
	watch(&h, total, 4, WATCH_CHANGE);
	/* From the record into the live program, and no stop is missed where they meet. */
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
		hit(&h, total, i * (i + 1) / 2, (i + 1) * (i + 2) / 2);
	}
	assert_int_equal(host_continue(&h), REASON_EXITED);
	for (uint32_t i = 8; i-- > 0; ) {
		assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_DATA_BREAKPOINT);
		hit(&h, total, i * (i + 1) / 2, (i + 1) * (i + 2) / 2);
	}
	host_stop(&h);
}

static void a_line_step_stops_for_it(void **state)
{
	struct host h;
	unsigned hits = 0;

	(void)state;
	host_start(&h, loop, &plain);
	watch(&h, host_address(&h, "total"), 4, WATCH_WRITE);
	for (;;) {
		enum control_reason r = host_step(&h, CONTROL_NEXT, false, 1);

		if (r == REASON_EXITED)
			break;
		hits += r == REASON_DATA_BREAKPOINT;
	}
	assert_int_equal(hits, 8);
	host_stop(&h);
}

static void same_value(void **state)
{
	struct host h;
	uint64_t n;

	(void)state;
	host_start(&h, "volatile int n = 5;\nint main(void)\n{\n	n = 5;\n	n = 5;\n	n = 6;\n	return 0;\n}\n", &plain);
	n = host_address(&h, "n");
	watch(&h, n, 4, WATCH_WRITE);
	assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
	hit(&h, n, 5, 5);
	watch(&h, n, 4, WATCH_CHANGE);
	assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
	hit(&h, n, 5, 6);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_DATA_BREAKPOINT);
	hit(&h, n, 5, 6);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	/* What the registers saw is kept: also a write that changed nothing. */
	watch(&h, n, 4, WATCH_WRITE);
	assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
	hit(&h, n, 5, 5);
	host_stop(&h);
}

static const char reader[] =
    "volatile int n = 5, x;\nint main(void)\n{\n	x = 1;\n	x = n;\n	n = 7;\n	x = n;\n"
    "	return 0;\n}\n";

static void reads(void **state)
{
	struct host h;
	uint64_t n;

	(void)state;
	host_start(&h, reader, &plain);
	n = host_address(&h, "n");
	watch(&h, n, 4, WATCH_READ);
	assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
	hit(&h, n, 5, 5);
	assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
	hit(&h, n, 7, 7);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);
	host_start(&h, reader, &plain);
	watch(&h, n, 4, WATCH_ACCESS);
	assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
	hit(&h, n, 5, 5);
	assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
	hit(&h, n, 5, 7);
	assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
	hit(&h, n, 7, 7);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_DATA_BREAKPOINT);
	hit(&h, n, 5, 7);
	assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);
}

static const char library[] =
    "#include <string.h>\nchar text[64];\nvoid *(*volatile set)(void *, int, size_t) = memset;\n"
    "char *(*volatile copy)(char *, const char *) = strcpy;\n"
    "int main(void)\n{\n"
    "	set(text, 'a', 63);\n"
    "	copy(text, \"penguin\");\n"
    "	set(text, 0, 63);\n"
    "	return text[3];\n}\n";

static void library_calls(void **state)
{
	static const char values[] = { 0, 'a', 'g', 0 };
	struct host h;
	uint64_t byte;

	(void)state;
	for (int stepping = 0; stepping < 2; stepping++) {
		host_start(&h, library, &plain);
		byte = host_address(&h, "text") + 3;
		watch(&h, byte, 1, WATCH_WRITE);
		for (int i = 1; i < 4; i++) {
			enum control_reason r;

			do
				r = stepping ? host_step(&h, CONTROL_NEXT, false, 1) : host_continue(&h);
			while (stepping && r == REASON_STEP);
			assert_int_equal(r, REASON_DATA_BREAKPOINT);
			assert_int_equal(int_at(&h, byte, control_position(h.control) - 1) & 0xff, values[i - 1]);
			assert_int_equal(int_at(&h, byte, control_position(h.control)) & 0xff, values[i]);
		}
		assert_int_equal(host_continue(&h), REASON_EXITED);
		host_stop(&h);
	}
}

/* The kernel writes for the program: within a library, and by its own instruction. */
static void system_calls(void **state)
{
	const struct host_options typed = { .input = "one\n" };
	struct host h;
	uint64_t text;

	(void)state;
	host_start(&h, "#include <unistd.h>\nchar text[16];\nint main(void)\n{\n"
	    "	return read(0, text, sizeof text) != 4;\n}\n", &typed);
	text = host_address(&h, "text");
	watch(&h, text, 4, WATCH_WRITE);
	while (host_step(&h, CONTROL_NEXT, false, 1) == REASON_STEP)
		;
	assert_int_equal(control_reason(h.control), REASON_DATA_BREAKPOINT);
	hit(&h, text, 0, 'o' | 'n' << 8 | 'e' << 16 | '\n' << 24);
	host_stop(&h);
}

static void threads(void **state)
{
	struct host h;
	uint64_t n;
	unsigned seen[4] = { 0 };

	(void)state;
	/* One after the other: two that write at once share a stop. */
	host_start(&h, "#include <pthread.h>\nint n, turn;\n"
	    "static void *work(void *p)\n{\n	while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != (p != 0))\n		;\n"
	    "	n++;\n	__atomic_fetch_add(&turn, 1, __ATOMIC_SEQ_CST);\n	return p;\n}\n"
	    "int main(void)\n{\n	pthread_t a, b;\n	pthread_create(&a, 0, work, 0);\n"
	    "	pthread_create(&b, 0, work, &n);\n	pthread_join(a, 0);\n	pthread_join(b, 0);\n"
	    "	n++;\n	return n;\n}\n", &threaded);
	n = host_address(&h, "n");
	watch(&h, n, 4, WATCH_WRITE);
	for (uint32_t i = 0; i < 3; i++) {
		struct view *v;

		assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
		hit(&h, n, i, i + 1);
		v = control_view(h.control, control_position(h.control), 0);
		assert_in_range(v->thread, 1, 3);
		seen[v->thread]++;
	}
	assert_int_equal(host_continue(&h), REASON_EXITED);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(seen[i], 1);
	for (uint32_t i = 3; i-- > 0; ) {
		assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_DATA_BREAKPOINT);
		hit(&h, n, i, i + 1);
	}
	host_stop(&h);
}

/* Their stops are there, and the tracer has not heard of them. */
static void both_are_stopped(const struct host *h, int one, int other)
{
	siginfo_t info;

	for (struct tracee *t = process_threads(h->control->process); t != NULL; t = t->next)
		if (t->id == one || t->id == other)
			assert_int_equal(waitid(P_PID, (id_t)t->tid, &info, WSTOPPED | WEXITED | WNOWAIT | __WALL), 0);
}

#define WRITES "pthread_create(&t[0], 0, writes, 0);"
#define WAITS "pthread_create(&t[1], 0, waits, 0);"
#define LEAVES "pthread_create(&t[2], 0, leaves, 0);"

/* The one that the program was continued at leaves while another writes, and the tracer hears of
 * both at once.  After so many system calls they are not reported: the next stop of the one that
 * leaves is its last.  Others are older and younger than the two, in whatever order they are heard of. */
static void who_leaves_has_not_written(void **state)
{
	static const struct { const char *order; int writes, leaves; } cases[] = {
		{ WRITES WAITS LEAVES, 2, 4 }, { LEAVES WAITS WRITES, 4, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char source[1024];
		struct host h;
		uint64_t n;

		snprintf(source, sizeof source, "#include <pthread.h>\n#include <sys/syscall.h>\n#include <unistd.h>\nint n, go;\n"
		    "static void *writes(void *p)\n{\n	while (__atomic_load_n(&go, __ATOMIC_SEQ_CST) == 0)\n		;\n"
		    "	n++;\n	return p;\n}\n"
		    "static void *leaves(void *p)\n{\n"
		    "	__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);\n	syscall(SYS_exit, 0);\n	return p;\n}\n"	/* 14 */
		    "static void *waits(void *p)\n{\n	for (;;)\n		pause();\n	return p;\n}\n"
		    "static pthread_t t[3];\n"
		    "int main(void)\n{\n	for (int i = 0; i < 11000; i++)\n		getppid();\n"
		    "	%s\n	pthread_join(t[0], 0);\n	return n;\n}\n", cases[i].order);
		host_start(&h, source, &threaded);
		n = host_address(&h, "n");
		watch(&h, n, 4, WATCH_WRITE);
		host_break(&h, 14);
		assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
		assert_int_equal(control_set_breakpoints(h.control, NULL, 0), 0);
		h.done = false;
		assert_int_equal(control_start(h.control, &(struct control_command){ .kind = CONTROL_CONTINUE, .count = 1 }), 0);
		both_are_stopped(&h, cases[i].writes, cases[i].leaves);
		assert_true(host_wait(&h, &h.done));
		assert_int_equal(control_reason(h.control), REASON_DATA_BREAKPOINT);
		hit(&h, n, 0, 1);
		assert_int_equal(control_view(h.control, control_position(h.control), 0)->thread, cases[i].writes);
		assert_int_equal(host_continue(&h), REASON_EXITED);
		host_stop(&h);
	}
}

/* Both write without end: stops of one that come while the other's is handled are
 * neither lost nor taken for steps. */
static void threads_that_race(void **state)
{
	struct host h;
	uint64_t n;
	uint32_t sum = 0;

	(void)state;
	host_start(&h, "#include <pthread.h>\nint n;\n"
	    "static void *work(void *p)\n{\n	for (int i = 0; i < 150; i++)\n"
	    "		__atomic_fetch_add(&n, 1, __ATOMIC_SEQ_CST);\n	return p;\n}\n"
	    "int main(void)\n{\n	pthread_t a;\n	pthread_create(&a, 0, work, 0);\n"
	    "	work(0);\n	pthread_join(a, 0);\n	return 0;\n}\n", &threaded);
	n = host_address(&h, "n");
	watch(&h, n, 4, WATCH_WRITE);
	for (unsigned i = 0; ; i++) {
		enum control_reason r = i % 5 == 4 ? host_step(&h, CONTROL_STEP_IN, true, 1) : host_continue(&h);

		if (r == REASON_EXITED)
			break;
		assert_true(r == REASON_DATA_BREAKPOINT || r == REASON_STEP);
		if (r == REASON_DATA_BREAKPOINT) {
			uint64_t position = control_position(h.control);
			uint32_t by = int_at(&h, n, position) - int_at(&h, n, position - 1);

			assert_in_range(by, 1, 2);	/* each thread stops for its own */
			sum += by;
		}
		assert_true(i < 1000);
	}
	assert_int_equal(sum, 300);
	host_stop(&h);
}

static void how_much_fits(void **state)
{
	const struct control_watch whole[] = { { 0x1000, 32, WATCH_WRITE }, { 0x2000, 1, WATCH_WRITE } };
	const struct control_watch odd[] = { { 0x1001, 8, WATCH_WRITE }, { 0x3000, 8, WATCH_WRITE } };
	const struct control_watch again[] = { { 0x1000, 32, WATCH_WRITE }, { 0x1008, 8, WATCH_WRITE } };
	struct host h;

	(void)state;
	assert_int_equal(control_watches_fit(whole, 2), 1);
	assert_int_equal(control_watches_fit(odd, 2), 1);
	assert_int_equal(control_watches_fit(again, 2), 2);
	host_start(&h, loop, &plain);
	assert_int_equal(control_set_watchpoints(h.control, whole, 65), -ENOSPC);
	assert_int_equal(control_set_watchpoints(h.control, whole, 2), 0);
	assert_int_equal(control_set_watchpoints(h.control, whole, 1), 0);
	assert_int_equal(control_set_watchpoints(h.control, NULL, 0), 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	host_stop(&h);
}

/* A person's handler for SIGTRAP, and a trap of its own, are none of the watching. */
static void own_traps(void **state)
{
	struct host h;
	uint64_t n;
	int code = -1;

	(void)state;
	host_start(&h, "#include <signal.h>\nvolatile int n, traps;\nstatic void on(int s) { (void)s; traps++; }\n"
	    "int main(void)\n{\n	signal(SIGTRAP, on);\n	n = 1;\n	raise(SIGTRAP);\n"
	    "	__asm__ volatile(\"int3\");\n	n = 2;\n	raise(SIGTRAP);\n	return traps;\n}\n", &plain);
	n = host_address(&h, "n");
	watch(&h, n, 4, WATCH_WRITE);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
		hit(&h, n, i, i + 1);
	}
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, 3);
	host_stop(&h);
}

/* -- what recorded steps read ---------------------------------------------------------- */

static const char reading[] =
    "int secret = 5, copy;\n"				/* 1 */
    "int main(void)\n{\n"
    "	int a = 1;\n"					/* 4 */
    "	copy = secret;\n"				/* 5 */
    "	secret = 7;\n"					/* 6 */
    "	a += secret;\n"					/* 7 */
    "	secret++;\n"					/* 8 */
    "	copy = a;\n"					/* 9 */
    "	return a;\n}\n";

/* The lines whose instructions ended a `continue', as digits. */
static void lines_that_stop(struct host *h, bool backwards, char *lines)
{
	const struct control_command go = { .kind = CONTROL_CONTINUE, .count = 1, .backwards = backwards };

	while (host_do(h, go) == REASON_DATA_BREAKPOINT) {
		struct view *v = control_view(h->control, control_position(h->control) - 1, 0);
		struct line_row row;

		assert_true(lines_find(h->image, view_register(v, REG_PC), &row));
		*lines++ = (char)('0' + row.line);
	}
	*lines = '\0';
}

static void reads_of_recorded_steps(void **state)
{
	static const struct { enum watch_kind kind; const char *forth, *back; } rows[] = {
		{ WATCH_READ, "578", "875" }, { WATCH_ACCESS, "56788", "88765" },
		{ WATCH_WRITE, "68", "86" }, { WATCH_CHANGE, "68", "86" },
	};
	char lines[64];
	struct host h;

	(void)state;
	host_start(&h, reading, &plain);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 100000), REASON_EXITED);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		host_seek(&h, 0);
		watch(&h, host_address(&h, "secret"), 4, rows[i].kind);
		lines_that_stop(&h, false, lines);
		assert_string_equal(lines, rows[i].forth);
		lines_that_stop(&h, true, lines);
		assert_string_equal(lines, rows[i].back);
	}
	host_stop(&h);
}

#if defined(__x86_64__)
/* Those that read the cell, of four bytes, are marked. */
static const char *const kinds[][2] = {
	{ "mov cell(%rip), %eax", "R" }, { "mov %eax, cell(%rip)", "" }, { "add %eax, cell(%rip)", "R" },
	{ "cmpl $3, cell(%rip)", "R" }, { "pushq cell(%rip)", "R" }, { "popq cell(%rip)", "" },
	{ "lea cell(%rip), %rsi", "" }, { "lodsl", "R" }, { "lea other(%rip), %rdi", "" }, { "movsl", "" },
	{ "lea cell(%rip), %rsi", "" }, { "movsl", "R" }, { "lea cell(%rip), %rdi", "" }, { "scasl", "R" },
	{ "lea cell(%rip), %rdi", "" }, { "stosl", "" }, { "lea cell(%rip), %rdi", "" },
	{ "lea other(%rip), %rsi", "" }, { "cmpsb", "R" }, { "lea cell+4(%rip), %rsi", "" }, { "std", "" },
	{ "lodsb", "" }, { "lodsb", "R" }, { "cld", "" }, { "mov $4, %ecx", "" },
	{ "lea cell(%rip), %rsi", "" }, { "lea other(%rip), %rdi", "" }, { "rep movsb", "R" },
	{ "movss cell(%rip), %xmm0", "R" }, { "movss %xmm0, cell(%rip)", "" },
	{ "movups %xmm0, cell(%rip)", "" }, { "cvtsi2sdl cell(%rip), %xmm1", "R" },
	{ "prefetcht0 cell(%rip)", "" }, { "xchg %eax, cell(%rip)", "R" },
	{ "lock cmpxchg %ecx, cell(%rip)", "R" }, { "setc cell(%rip)", "" }, { "btl $1, cell(%rip)", "R" },
	{ "imul $3, cell(%rip), %ecx", "R" }, { "flds cell(%rip)", "R" }, { "fstps cell(%rip)", "" },
	{ "lea cell(%rip), %rbx", "" }, { "mov $2, %ecx", "" }, { "movb -4(%rbx,%rcx,4), %al", "" },
	{ "movb -8(%rbx,%rcx,4), %al", "R" }, { "testb $1, 3(%rbx)", "R" }, { "testb $1, 4(%rbx)", "" },
	{ "movq -4(%rbx), %rax", "R" }, { "incl cell(%rip)", "R" }, { "movnti %eax, cell(%rip)", "" },
	{ "push %rsp", "" }, { "pop %rax", "" },
};

static void kinds_of_reads(void **state)
{
	char source[4096] = ".text\n.globl main\nmain:\n";
	size_t n = sizeof kinds / sizeof kinds[0];
	int32_t displacement;
	struct view *v;
	uint64_t cell;
	struct host h;

	(void)state;
	for (size_t i = 0; i < n; i++)
		strcat(strcat(source, kinds[i][0]), "\n");
	strcat(source, "ret\n.data\n.balign 64\n.skip 64\ncell: .long 1\n.skip 60\nother: .skip 64\n"
	    ".section .note.GNU-stack,\"\",@progbits\n");
	host_start(&h, source, &(struct host_options){ .language = "assembler" });
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, n), REASON_STEP);
	/* The first instruction says where: mov disp(%rip), %eax has six bytes. */
	v = control_view(h.control, 0, 0);
	assert_true(view_read_all(v, view_register(v, REG_PC) + 2, &displacement, 4));
	cell = view_register(v, REG_PC) + 6 + (uint64_t)(int64_t)displacement;
	watch(&h, cell, 4, WATCH_READ);
	for (size_t i = 0; i < n; i++)
		if ((control_watch_at(h.control, i + 1) >= 0) != (kinds[i][1][0] == 'R'))
			fail_msg("%s", kinds[i][0]);
	host_stop(&h);
}
#endif

static void watch_late(evutil_socket_t fd, short what, void *arg)
{
	struct host *h = arg;

	(void)fd;
	(void)what;
	assert_int_equal(control_live_status(h->control), STATUS_RUNNING);
	watch(h, host_address(h, "n"), 4, WATCH_WRITE);
}

/* Who runs natively takes the registers at once. */
static void set_while_it_runs(void **state)
{
	const struct timeval soon = { 0, 20000 };
	struct event *timer;
	struct host h;

	(void)state;
	host_start(&h, "int n, i;\nint main(void)\n{\n	for (;;)\n		n = ++i;\n}\n", &plain);
	timer = evtimer_new(h.base, watch_late, &h);
	evtimer_add(timer, &soon);
	assert_int_equal(host_continue(&h), REASON_DATA_BREAKPOINT);
	assert_int_equal(host_line(&h), 5);
	assert_true(host_int(&h, "n") > 0);
	assert_int_equal(control_frontier(h.control), 1);
	event_free(timer);
	host_stop(&h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_much_fits), cmocka_unit_test(set_while_it_runs),
		cmocka_unit_test(a_loop_both_ways),
		cmocka_unit_test(recorded_steps_both_ways),
		cmocka_unit_test(a_line_step_stops_for_it),
		cmocka_unit_test(same_value),
		cmocka_unit_test(reads),
		cmocka_unit_test(library_calls),
		cmocka_unit_test(system_calls),
		cmocka_unit_test(threads),
		cmocka_unit_test(who_leaves_has_not_written),
		cmocka_unit_test(threads_that_race),
		cmocka_unit_test(own_traps),
		cmocka_unit_test(reads_of_recorded_steps),
#if defined(__x86_64__)
		cmocka_unit_test(kinds_of_reads),
#endif
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
