/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A person changes the program at its newest moment, and goes back and forth over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tests/unit/engine-host.h"
#include "tracer/program/variables.h"

static const struct host_options plain;

static const char program[] =
    "volatile int n = 5;\nstatic const int fixed = 7;\n"	/* 2 */
    "static int f(int x)\n{\n	return x + 1;\n}\n"		/* 5 */
    "int main(void)\n{\n"					/* 8 */
    "	int sum = 0;\n"						/* 9 */
    "	sum += n;\n"						/* 10 */
    "	sum += f(sum);\n"					/* 11 */
    "	sum += *(volatile const int *)&fixed;\n"		/* 12 */
    "	return sum;\n}\n";					/* 13 */

static void steps_to(struct host *h, unsigned line)
{
	while (host_line(h) != line)
		assert_int_equal(host_step(h, CONTROL_NEXT, false, 1), REASON_STEP);
}

/* What the process has is what the record says. */
static void live_is_recorded(struct host *h, uint64_t address, size_t length)
{
	uint8_t live[64], recorded[64];
	struct view *v = control_view(h->control, control_frontier(h->control), 0);
	struct tracee *t = process_threads(h->control->process);

	assert_int_equal(process_read(h->control->process, address, live, length), length);
	assert_true(view_read_all(v, address, recorded, length));
	assert_memory_equal(live, recorded, length);
	assert_memory_equal(&t->registers, &v->registers, sizeof(t->registers));
}

static void a_variable(void **state)
{
	const int value = 40;
	struct host h;
	uint64_t before, n;
	char name[64];
	uint64_t us;
	int code;

	(void)state;
	host_start(&h, program, &plain);
	steps_to(&h, 10);
	n = host_address(&h, "n");
	before = control_position(h.control);
	assert_int_equal(control_write_memory(h.control, n, &value, sizeof(value)), 0);
	assert_int_equal(control_position(h.control), before + 1);
	assert_int_equal(control_frontier(h.control), before + 1);
	assert_int_equal(control_reason(h.control), REASON_STEP);
	assert_string_equal(control_kind(h.control, before + 1), "write");
	assert_string_equal(control_kind(h.control, before), "instruction");
	assert_false(control_macro(h.control, before + 1, name, sizeof(name), &us));
	assert_int_equal(host_int(&h, "n"), 40);
	live_is_recorded(&h, n, sizeof(value));
	steps_to(&h, 11);
	assert_int_equal(host_int(&h, "sum"), 40);

	assert_int_equal(host_seek(&h, before), REASON_GOTO);
	assert_int_equal(host_int(&h, "n"), 5);
	assert_int_equal(control_write_memory(h.control, n, &value, sizeof(value)), -ESTALE);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 1), REASON_STEP);
	assert_int_equal(control_position(h.control), before + 1);
	assert_int_equal(host_int(&h, "n"), 40);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, true, 1), REASON_STEP);
	assert_int_equal(host_int(&h, "n"), 5);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 11);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, 40 + 41 + 7);
	assert_int_equal(control_write_memory(h.control, n, &value, sizeof(value)), -EPIPE);
	assert_int_equal(control_write_register(h.control, X86_RAX, 1), -EPIPE);
	assert_int_equal(host_seek(&h, before + 1), REASON_GOTO);
	assert_int_equal(host_int(&h, "n"), 40);
	host_stop(&h);
}

static void registers(void **state)
{
	struct host h;
	uint64_t at, flags, line12, actual_rsp;
	unsigned actual;
	int code;

	(void)state;
	host_start(&h, program, &plain);
	steps_to(&h, 11);
	at = control_position(h.control);
	assert_int_equal(control_write_register(h.control, X86_RAX, 0x1122334455667788), 0);
	assert_true(host_register(&h, at + 1, X86_RAX) == 0x1122334455667788);
	assert_true(host_register(&h, at, X86_RAX) != 0x1122334455667788);
	live_is_recorded(&h, host_register(&h, at, REG_SP), 32);

	flags = host_register(&h, at, REG_FLAGS);
	assert_int_equal(control_write_register(h.control, REG_FLAGS, flags ^ 0x40), 0);
	assert_int_equal(control_write_register(h.control, REG_FLAGS, flags | 0x100), -EPERM);
	assert_int_equal(control_write_register(h.control, REG_FLAGS, flags | 0x3000), -EPERM);
	assert_int_equal(control_write_register(h.control, X86_CS, 0x23), -EPERM);
	assert_int_equal(control_write_register(h.control, X86_SS, 0), -EPERM);
	assert_int_equal(control_write_register(h.control, X86_ORIG_RAX, 1), -EPERM);
	assert_int_equal(control_write_register(h.control, X86_FS_BASE, 1ull << 63), -EINVAL);
	assert_int_equal(control_write_register(h.control, REG_PC, 0), -EFAULT);
	actual_rsp = host_register(&h, at, REG_SP);
	assert_int_equal(control_write_register(h.control, REG_PC, actual_rsp), -EFAULT);
	assert_int_equal(control_frontier(h.control), at + 2);

	/* Past the call of f(): it is never made. */
	assert_true(lines_breakpoints(h.image, 0, 12, &line12, 1, &actual) > 0);
	assert_int_equal(control_write_register(h.control, REG_PC, line12), 0);
	assert_int_equal(host_line(&h), 12);
	live_is_recorded(&h, actual_rsp, 32);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 0);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, true, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 11);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 1), REASON_STEP);
	assert_int_equal(host_line(&h), 12);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, 5 + 7);
	host_stop(&h);
}

/* Into another function and back: the frames are those that are there. */
static void frames_follow(void **state)
{
	struct host h;
	uint64_t out, sp, back;

	(void)state;
	host_start(&h, program, &plain);
	host_break(&h, 5);
	assert_int_equal(host_continue(&h), REASON_BREAKPOINT);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 1);
	assert_int_equal(control_write_register(h.control, X86_RAX, 3), 0);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 1);
	/* It stands on the breakpoint, as before: that is no new hit, either way. */
	out = control_position(h.control);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_BREAKPOINT);
	assert_int_equal(control_position(h.control), out - 1);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_BREAKPOINT);
	assert_int_equal(control_position(h.control), out - 1);
	host_stop(&h);

	/* Out of f(), by hand: what it returns to, and the stack behind that. */
	host_start(&h, program, &plain);
	steps_to(&h, 11);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1), REASON_STEP);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 1);
	sp = host_register(&h, control_position(h.control), REG_SP);
	assert_true(view_read_all(control_view(h.control, control_position(h.control), 0), sp, &back, 8));
	assert_int_equal(control_write_register(h.control, REG_PC, back), 0);
	assert_int_equal(control_write_register(h.control, REG_SP, sp + 8), 0);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 0);
	steps_to(&h, 12);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, true, 3), REASON_STEP);
	host_stop(&h);
}

static void code(void **state)
{
	static const uint8_t add_2[] = { 0x83, 0xc0, 0x02 };	/* add $2, %eax */
	uint8_t bytes[64], old[3];
	struct host h;
	uint64_t f, add = 0, at;
	int code;

	(void)state;
	host_start(&h, "static int f(int x)\n{\n	return x + 1;\n}\n"
	    "int main(void)\n{\n	int a = f(0);\n	a += f(0);\n	return a;\n}\n", &plain);
	steps_to(&h, 7);
	steps_to(&h, 8);	/* f()'s instructions have been decoded once */
	assert_int_equal(host_int(&h, "a"), 1);
	f = host_symbol(&h, "f");
	at = control_position(h.control);
	assert_true(view_read_all(control_view(h.control, at, 0), f, bytes, sizeof(bytes)));
	for (size_t i = 0; i < 40 && add == 0; i++)
		if (memcmp(&bytes[i], "\x83\xc0\x01", 3) == 0)
			add = f + i;
	assert_true(add != 0);
	assert_int_equal(control_write_memory(h.control, add, add_2, sizeof(add_2)), 0);
	live_is_recorded(&h, add, 3);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, false, 1), REASON_STEP);
	assert_int_equal(control_depth(h.control, control_position(h.control)), 1);
	assert_int_equal(host_step(&h, CONTROL_STEP_OUT, false, 1), REASON_STEP);
	steps_to(&h, 9);
	assert_int_equal(host_int(&h, "a"), 1 + 2);
	assert_true(view_read_all(control_view(h.control, at, 0), add, old, sizeof(old)));
	assert_memory_equal(old, "\x83\xc0\x01", 3);
	assert_true(view_read_all(control_view(h.control, at + 1, 0), add, old, sizeof(old)));
	assert_memory_equal(old, add_2, 3);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, 3);
	host_stop(&h);
}

/* An instruction that has been decoded becomes one with another effect. */
static void decoded_code(void **state)
{
	static const uint8_t store[] = { 0x89, 0x07 };		/* mov %eax, (%rdi) */
	struct host h;
	uint64_t at;

	(void)state;
	host_start(&h, "	.text\n	.globl main\nmain:\n	mov $data, %edi\n	mov $3, %ecx\n	mov $9, %eax\n"
	    "again:	nop\n	nop\n	dec %ecx\n	jnz again\n	ret\n	.data\ndata:	.long 1\n"
	    "	.section .note.GNU-stack,\"\",@progbits\n",
	    &(struct host_options){ .language = "assembler" });
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 7), REASON_STEP);
	assert_int_equal(control_position(h.control), 7);
	at = host_register(&h, 7, REG_PC);
	assert_int_equal(control_write_memory(h.control, at, store, sizeof(store)), 0);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 1), REASON_STEP);
	assert_true(host_register(&h, 9, REG_PC) == at + 2);
	live_is_recorded(&h, host_register(&h, 9, X86_RDI), 4);
	assert_int_equal(host_back(&h, CONTROL_STEP_IN, true, 1), REASON_STEP);
	assert_int_equal(host_register(&h, 8, REG_PC) == at, 1);
	host_stop(&h);
}

static void memory_that_cannot_be(void **state)
{
	uint8_t bytes[CONTROL_WRITE_MAX + 1] = { 0 };
	const struct region *regions;
	uint64_t end = 0, fixed;
	const int value = 9;
	struct host h;
	size_t count;
	int code;

	(void)state;
	host_start(&h, program, &plain);
	steps_to(&h, 12);
	assert_int_equal(control_write_memory(h.control, 0, bytes, 1), -EFAULT);
	assert_int_equal(control_write_memory(h.control, ~0ull, bytes, 8), -EFAULT);
	assert_int_equal(control_write_memory(h.control, host_register(&h, 0, REG_SP), bytes, sizeof(bytes)), -EFAULT);
	regions = view_regions(control_view(h.control, control_position(h.control), 0), &count);
	for (size_t i = 0; i < count; i++) {
		if (strncmp(regions[i].name, "[vvar", 5) == 0)
			assert_int_equal(control_write_memory(h.control, regions[i].start, bytes, 1), -EFAULT);
		if (strcmp(regions[i].name, "[stack]") == 0)
			end = regions[i].end;
	}
	/* Across the end: not half of it. */
	assert_true(end != 0);
	assert_int_equal(control_write_memory(h.control, end - 4, bytes, 8), -EFAULT);
	live_is_recorded(&h, end - 8, 8);
	/* Read-only data can be. */
	fixed = host_address(&h, "fixed");
	assert_int_equal(control_write_memory(h.control, fixed, &value, sizeof(value)), 0);
	live_is_recorded(&h, fixed, 4);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, 5 + 6 + 9);
	host_stop(&h);
}

static void a_fault_is_mended(void **state)
{
	struct host h;
	uint64_t at, target, p;
	int code;

	(void)state;
	host_start(&h, "int good;\nint main(void)\n{\n	int *volatile p = 0;\n	int *q = p;\n	*q = 3;\n	return good;\n}\n", &plain);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	at = control_position(h.control);
	target = host_address(&h, "good");
	p = host_register(&h, at, X86_RAX);
	assert_true(p == 0);
	assert_int_equal(control_write_register(h.control, X86_RAX, target), 0);
	assert_int_equal(control_reason(h.control), REASON_STEP);
	assert_int_equal(control_signal_at(h.control, at).number, SIGSEGV);
	assert_int_equal(control_signal_at(h.control, at + 1).number, 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_true(control_exit_code(h.control, &code));
	assert_int_equal(code, 3);
	host_stop(&h);

	/* Not mended: it comes again; and a signal that nobody's instruction has raised stays. */
	host_start(&h, "#include <stdlib.h>\nint main(void)\n{\n	abort();\n}\n", &plain);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	assert_int_equal(control_write_register(h.control, X86_RBX, 1), 0);
	assert_int_equal(control_reason(h.control), REASON_EXCEPTION);
	assert_int_equal(control_signal_at(h.control, control_position(h.control)).number, SIGABRT);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_false(control_exit_code(h.control, &code));
	host_stop(&h);
}

static void a_limit_holds(void **state)
{
	struct host h;
	int n = 0, error;

	(void)state;
	host_start(&h, program, &(struct host_options){ .steps_max = 20 });
	while ((error = control_write_register(h.control, X86_RAX, (uint64_t)++n)) == 0)
		;
	assert_int_equal(error, -EDQUOT);
	assert_int_equal(control_frontier(h.control), 20);
	assert_true(host_register(&h, 20, X86_RAX) == 20);
	assert_true(host_register(&h, 7, X86_RAX) == 7);
	host_stop(&h);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_variable), cmocka_unit_test(registers), cmocka_unit_test(frames_follow),
		cmocka_unit_test(code), cmocka_unit_test(decoded_code),
		cmocka_unit_test(memory_that_cannot_be), cmocka_unit_test(a_fault_is_mended),
		cmocka_unit_test(a_limit_holds),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
