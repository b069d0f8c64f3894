/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The table of system calls: of the person's own instructions, of native stretches,
 * interrupted ones, and more than are reported. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/unit/engine-host.h"

static const struct host_options plain;

#define OWN_CALL \
	"#include <sys/syscall.h>\n" \
	"static long call(long n, long a, long b, long c) { long r; register long x __asm__(\"r10\") = 0;\n" \
	"	__asm__ volatile (\"syscall\" : \"=a\" (r) : \"a\" (n), \"D\" (a), \"S\" (b), \"d\" (c), \"r\" (x) : \"rcx\", \"r11\", \"memory\"); return r; }\n"

static const struct call_event *calls(struct host *h, uint64_t from, uint64_t to, size_t *count)
{
	return events_calls(&h->control->timeline->events, from, to, count);
}

/* The n-th entry of this number, from 0 on. */
static const struct call_event *nth(struct host *h, int number, size_t n)
{
	size_t count;
	const struct call_event *all = calls(h, 0, UINT64_MAX, &count);

	for (size_t i = 0; i < count; i++)
		if (all[i].number == number && n-- == 0)
			return &all[i];
	return NULL;
}

static size_t how_many(struct host *h, int number)
{
	size_t n = 0;

	while (nth(h, number, n) != NULL)
		n++;
	return n;
}

static void own_calls(void **state)
{
	const struct call_event *call;
	struct host h;

	(void)state;
	host_start(&h, OWN_CALL
	    "int main(void)\n{\n	int r = (int)call(SYS_write, 1, (long)\"hello\", 5);\n"
	    "	r += (int)call(SYS_close, 77, 0, 0);\n	return r;\n}\n", &plain);
	while (host_step(&h, CONTROL_STEP_IN, true, 1) == REASON_STEP)
		;
	assert_int_equal(how_many(&h, SYS_write), 1);
	call = nth(&h, SYS_write, 0);
	assert_int_equal(call->flags, CALL_ENTERED | CALL_RETURNED);
	assert_int_equal(call->thread, 1);
	assert_int_equal(call->arguments[0], 1);
	assert_int_equal(call->arguments[2], 5);
	assert_int_equal(call->result, 5);
	/* The moment behind it is the one that has printed. */
	assert_string_equal(host_output(&h, call->position - 1), "");
	assert_string_equal(host_output(&h, call->position), "hello");
	call = nth(&h, SYS_close, 0);
	assert_int_equal(call->arguments[0], 77);
	assert_int_equal(call->result, -EBADF);
	call = nth(&h, SYS_exit_group, 0);
	assert_non_null(call);
	assert_int_equal(call->flags, CALL_ENTERED | CALL_NATIVE);
	assert_int_equal(call->position, control_frontier(h.control));
	assert_true(h.control->timeline->events.calls_missed == UINT64_MAX);
	host_stop(&h);
}

/* No flag of the tracer's is in what a system call leaves in r11. */
static void no_trap_flag(void **state)
{
	struct host h;

	(void)state;
	host_start(&h, "#include <sys/syscall.h>\nint main(void)\n{\n	long flags;\n"
	    "	__asm__ volatile (\"syscall\" : \"=a\" (flags) : \"a\" (SYS_getpid) : \"rcx\", \"r11\");\n"
	    "	__asm__ volatile (\"mov %%r11, %0\" : \"=r\" (flags));\n"
	    "	return flags & 0x100 ? 1 : 0;\n}\n", &plain);
	while (host_step(&h, CONTROL_STEP_IN, true, 1) == REASON_STEP)
		;
	assert_int_equal(h.control->timeline->events.status, 0);
	host_stop(&h);
}

static void calls_of_a_library(void **state)
{
	const struct call_event *call;
	struct host h;
	size_t count;

	(void)state;
	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	puts(\"hello\");\n	fflush(stdout);\n"
	    "	return 0;\n}\n", &plain);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 3), REASON_STEP);
	call = nth(&h, SYS_write, 0);
	assert_non_null(call);
	assert_int_equal(call->flags, CALL_ENTERED | CALL_RETURNED | CALL_NATIVE);
	assert_int_equal(call->arguments[0], 1);
	assert_int_equal(call->arguments[2], 6);
	assert_int_equal(call->result, 6);
	assert_string_equal(host_output(&h, call->position), "hello\n");
	assert_string_equal(host_output(&h, call->position - 1), "");
	assert_ptr_equal(calls(&h, 0, 0, &count), NULL);
	assert_int_equal(count, 0);
	host_stop(&h);
}

/* Paused in a call, it begins in one stretch and ends in another. */
static void in_two_stretches(void **state)
{
	const struct call_event *begin, *end;
	struct host h;

	(void)state;
	host_start(&h, "#include <unistd.h>\nint main(void)\n{\n	char c;\n	read(0, &c, 1);\n	return c;\n}\n", &plain);
	h.done = false;
	assert_int_equal(control_start(h.control, &(struct control_command){
	    .kind = CONTROL_CONTINUE, .count = 1 }), 0);
	while (!control_waiting(h.control))
		event_base_loop(h.base, EVLOOP_ONCE);
	control_pause(h.control);
	assert_true(host_wait(&h, &h.done));
	assert_int_equal(control_reason(h.control), REASON_PAUSE);
	begin = nth(&h, SYS_read, 0);
	assert_non_null(begin);
	assert_int_equal(begin->flags, CALL_ENTERED | CALL_NATIVE);
	assert_int_equal(begin->position, control_position(h.control));
	assert_int_equal(control_input(h.control, "x\n", 2, false), 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(how_many(&h, SYS_read), 2);
	begin = nth(&h, SYS_read, 0);
	end = nth(&h, SYS_read, 1);
	assert_int_equal(end->flags, CALL_RETURNED | CALL_NATIVE);
	assert_int_equal(end->result, 1);
	assert_true(end->position > begin->position);
	assert_int_equal(h.control->timeline->events.status, 'x');
	host_stop(&h);
}

/* alarm(2) comes into pause(2): -ERESTARTNOHAND, and EINTR behind the handler. */
static void interrupted_by_a_signal(void **state)
{
	const struct call_event *call;
	struct host h;

	(void)state;
	host_start(&h, OWN_CALL
	    "#include <signal.h>\n#include <sys/time.h>\nint rung;\nstatic void on(int n) { rung += n; }\n"
	    "int main(void)\n{\n	struct itimerval soon = { { 0, 0 }, { 0, 20000 } };\n"
	    "	signal(SIGALRM, on);\n	setitimer(ITIMER_REAL, &soon, 0);\n"
	    "	long r = call(SYS_pause, 0, 0, 0);\n	return r == -4 && rung == 14 ? 0 : 1;\n}\n", &plain);
	while (host_step(&h, CONTROL_STEP_IN, true, 1) == REASON_STEP)
		;
	assert_int_equal(h.control->timeline->events.status, 0);
	call = nth(&h, SYS_pause, 0);
	assert_non_null(call);
	assert_int_equal(call->flags, CALL_ENTERED | CALL_RETURNED);
	assert_in_range(-call->result, 512, 516);
	assert_int_equal(how_many(&h, SYS_pause), 1);
	host_stop(&h);
}

/* The kernel takes the lower half of the register: so does whoever reads the number. */
static void numbers_of_more_bits(void **state)
{
	const struct call_event *call;
	struct host h;

	(void)state;
	host_start(&h, OWN_CALL
	    "#define HIGH (5l << 32)\n"
	    "int main(void)\n{\n	long r = call(SYS_fork | HIGH, 0, 0, 0);\n"
	    "	if (r != -11)\n		return 1;\n"
	    "	call(SYS_write | HIGH, 1, (long)\"hello\", 5);\n"
	    "	call(SYS_mmap | HIGH | 1l << 63, 0x20000000, 4096, 3);\n"
	    "	call(SYS_exit_group | HIGH, 7, 0, 0);\n	return 2;\n}\n", &plain);
	while (host_step(&h, CONTROL_STEP_IN, true, 1) == REASON_STEP)
		;
	assert_non_null(nth(&h, SYS_fork, 0));
	assert_int_equal(nth(&h, SYS_fork, 0)->result, -EAGAIN);
	assert_non_null(nth(&h, SYS_mmap, 0));
	call = nth(&h, SYS_exit_group, 0);
	assert_non_null(call);
	assert_int_equal(call->position, control_frontier(h.control));
	assert_int_equal(h.control->timeline->events.status, 7);
	assert_string_equal(host_output(&h, control_frontier(h.control)), "hello");
	host_stop(&h);
}

static void more_than_are_reported(void **state)
{
	const struct events *e;
	struct host h;

	(void)state;
	host_start(&h, "#include <unistd.h>\n#include <sys/syscall.h>\nint main(void)\n{\n"
	    "	for (int i = 0; i < 20000; i++)\n		syscall(SYS_getppid);\n"
	    "	for (int i = 0; i < 3; i++)\n		syscall(SYS_brk, 0);\n	return 0;\n}\n", &plain);
	e = &h.control->timeline->events;
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_in_range(how_many(&h, SYS_getppid), 9000, 10000);
	assert_int_equal(e->calls_missed, control_frontier(h.control));
	assert_in_range(how_many(&h, SYS_brk), 3, 5);	/* the filter stops for it all the same */
	assert_int_equal(nth(&h, SYS_exit_group, 0)->position, control_frontier(h.control));
	events_cut(&h.control->timeline->events, 0);
	assert_int_equal(e->native_calls, 0);
	assert_true(e->calls_missed == UINT64_MAX);
	host_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_calls),
		cmocka_unit_test(no_trap_flag),
		cmocka_unit_test(calls_of_a_library),
		cmocka_unit_test(in_two_stretches),
		cmocka_unit_test(interrupted_by_a_signal),
		cmocka_unit_test(numbers_of_more_bits),
		cmocka_unit_test(more_than_are_reported),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
