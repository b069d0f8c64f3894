/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Catching system calls, processes, the exit and C++ exceptions: forwards, and at
 * the same positions backwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/unit/engine-host.h"

enum { STOPS_MAX = 64 };

static const struct host_options plain, cxx = { .language = "c++" };

#define OWN_CALL \
	"#include <sys/syscall.h>\n" \
	"static long call(long n, long a, long b, long c) { long r;\n" \
	"	__asm__ volatile (\"syscall\" : \"=a\" (r) : \"a\" (n), \"D\" (a), \"S\" (b), \"d\" (c) : \"rcx\", \"r11\", \"memory\"); return r; }\n"

struct stops {
	uint64_t positions[STOPS_MAX];
	struct control_catch catches[STOPS_MAX];
	size_t count;
};

/* continue to the end: where it has stopped for something that is caught. */
static struct stops forwards(struct host *h)
{
	struct stops s = { .count = 0 };
	enum control_reason reason;

	while ((reason = host_continue(h)) == REASON_EXCEPTION) {
		assert_true(s.count < STOPS_MAX);
		assert_true(control_catch_at(h->control, control_position(h->control), &s.catches[s.count]));
		s.positions[s.count++] = control_position(h->control);
	}
	assert_int_equal(reason, REASON_EXITED);
	return s;
}

/* And back to the start, through the same ones, and forwards once more. */
static void both_ways(struct host *h, const struct stops *s)
{
	for (size_t i = s->count; i-- > 0; ) {
		assert_int_equal(host_back(h, CONTROL_CONTINUE, false, 1), REASON_EXCEPTION);
		assert_int_equal(control_position(h->control), s->positions[i]);
	}
	assert_int_equal(host_back(h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	for (size_t i = 0; i < s->count; i++) {
		assert_int_equal(host_continue(h), REASON_EXCEPTION);
		assert_int_equal(control_position(h->control), s->positions[i]);
	}
	assert_int_equal(host_continue(h), REASON_EXITED);
}

/* Steps over lines stop at them, going back, too. */
static void lines_back(struct host *h, const struct stops *s)
{
	enum control_reason reason;
	unsigned left = s->count;

	while (control_position(h->control) > 0) {
		reason = host_back(h, CONTROL_NEXT, false, 1);
		if (reason == REASON_EXCEPTION)
			assert_int_equal(control_position(h->control), s->positions[--left]);
		else
			assert_int_equal(reason, control_position(h->control) > 0 ? REASON_STEP : REASON_ENTRY);
	}
	assert_int_equal(left, 0);
}

static void of_the_persons_code(void **state)
{
	const int numbers[] = { SYS_write, SYS_getpid };
	struct host h;
	struct stops s;

	(void)state;
	host_start(&h, OWN_CALL
	    "int main(void)\n{\n	call(SYS_write, 1, (long)\"one\", 3);\n	call(SYS_getppid, 0, 0, 0);\n"
	    "	call(SYS_getpid, 0, 0, 0);\n	call(SYS_write, 1, (long)\"two\", 3);\n	return 0;\n}\n", &plain);
	control_catch_calls(h.control, numbers, 2);
	/* Stepped, so that the calls are records of their own. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 1000), REASON_EXCEPTION);
		assert_string_equal(host_output(&h, control_position(h.control)), i == 0 ? "" : "one");
	}
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_EXCEPTION);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	s = forwards(&h);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.catches[0].kind, CATCH_SYSCALL);
	assert_int_equal(s.catches[0].number, SYS_write);
	assert_int_equal(s.catches[1].number, SYS_getpid);
	assert_int_equal(s.catches[2].number, SYS_write);
	assert_string_equal(host_output(&h, s.positions[2]), "one");
	assert_string_equal(host_output(&h, control_frontier(h.control)), "onetwo");
	both_ways(&h, &s);
	lines_back(&h, &s);
	assert_int_equal(host_step(&h, CONTROL_NEXT, false, 3), REASON_EXCEPTION);
	control_catch_calls(h.control, NULL, 0);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_ENTRY);
	host_stop(&h);
}

/* What continue stops at is what the judge of each position says, both ways. */
static struct stops as_judged(struct host *h)
{
	struct stops s = { .count = 0 };
	uint64_t frontier = control_frontier(h->control);

	for (uint64_t p = 1; p < frontier; p++)
		if (control_catch_at(h->control, p, &s.catches[s.count])) {
			assert_true(s.count < STOPS_MAX - 1);
			s.positions[s.count++] = p;
		}
	for (size_t i = 0; i < s.count; i++) {
		assert_int_equal(host_continue(h), REASON_EXCEPTION);
		assert_int_equal(control_position(h->control), s.positions[i]);
	}
	assert_int_equal(host_continue(h), REASON_EXITED);
	both_ways(h, &s);
	return s;
}

/* Between a thread's arrival at its call and the call another one runs. */
static void others_run_between(void **state)
{
	const int numbers[] = { SYS_getpid };
	struct control_command other = { .kind = CONTROL_STEP_IN, .by_instruction = true, .count = 40 };
	uint64_t arrival;
	struct host h;
	struct stops s;
	int ids[2];

	(void)state;
	host_start(&h, OWN_CALL "#include <pthread.h>\n"
	    "static void *work(void *arg)\n{\n	for (volatile int n = 0; n < 100; n++)\n		;\n"
	    "	return arg;\n}\nint main(void)\n{\n	pthread_t t;\n	pthread_create(&t, 0, work, 0);\n"
	    "	call(SYS_getpid, 0, 0, 0);\n	pthread_join(t, 0);\n	return 0;\n}\n",
	    &(struct host_options){ .flags = "-pthread" });
	while (control_threads(h.control, control_position(h.control), ids, 2) < 2)
		assert_int_equal(host_step(&h, CONTROL_NEXT, false, 1), REASON_STEP);
	control_catch_calls(h.control, numbers, 1);
	assert_int_equal(host_step(&h, CONTROL_STEP_IN, true, 1000), REASON_EXCEPTION);
	arrival = control_position(h.control);
	other.thread = ids[1];
	assert_int_equal(host_do(&h, other), REASON_STEP);
	control_catch_calls(h.control, NULL, 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(host_seek(&h, 0), REASON_GOTO);
	control_catch_calls(h.control, numbers, 1);
	s = as_judged(&h);
	assert_in_range(s.count, 1, 2);	/* and the stretch that made it */
	assert_int_equal(s.positions[0], arrival);
	assert_false(s.catches[0].within);
	host_stop(&h);
}

static void of_a_library(void **state)
{
	const int numbers[] = { SYS_write };
	struct host h;
	struct stops s;

	(void)state;
	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	for (int i = 0; i < 3; i++) {\n"
	    "		printf(\"%d\", i);\n		fflush(stdout);\n	}\n	return 7;\n}\n", &plain);
	control_catch_calls(h.control, numbers, 1);
	s = forwards(&h);
	assert_int_equal(s.count, 3);
	for (size_t i = 0; i < 3; i++) {
		const char *so_far[] = { "", "0", "01" };

		assert_int_equal(s.catches[i].number, SYS_write);
		assert_false(s.catches[i].within);
		assert_string_equal(host_output(&h, s.positions[i]), so_far[i]);
	}
	assert_string_equal(host_output(&h, control_frontier(h.control)), "012");
	assert_int_equal(h.control->timeline->events.status, 7);
	both_ways(&h, &s);
	host_stop(&h);
}

/* What was run before it was caught: the step that had the call within. */
static void caught_later(void **state)
{
	const int numbers[] = { SYS_write };
	struct host h;
	struct stops s;

	(void)state;
	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	puts(\"x\");\n	fflush(stdout);\n"
	    "	return 0;\n}\n", &plain);
	while (host_step(&h, CONTROL_NEXT, false, 1) == REASON_STEP)
		;
	assert_int_equal(host_seek(&h, 0), REASON_GOTO);
	control_catch_calls(h.control, numbers, 1);
	s = forwards(&h);
	assert_int_equal(s.count, 1);
	assert_true(s.catches[0].within);
	assert_string_equal(host_output(&h, s.positions[0]), "");
	assert_string_equal(host_output(&h, s.positions[0] + 1), "x\n");
	both_ways(&h, &s);
	host_stop(&h);
}

/* A stretch that begins at a call that was caught then, and has another one within. */
static void caught_behind_another(void **state)
{
	const int first[] = { SYS_newfstatat, SYS_fstat }, then[] = { SYS_write };
	struct host h;
	struct stops s;
	uint64_t position;

	(void)state;
	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	puts(\"x\");\n	fflush(stdout);\n"
	    "	return 0;\n}\n", &plain);
	control_catch_calls(h.control, first, 2);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	position = control_position(h.control);
	control_catch_calls(h.control, NULL, 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(host_seek(&h, 0), REASON_GOTO);
	control_catch_calls(h.control, then, 1);
	s = forwards(&h);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.positions[0], position);
	assert_int_equal(s.catches[0].number, SYS_write);
	assert_true(s.catches[0].within);
	both_ways(&h, &s);
	host_stop(&h);
}

static void catch_late(evutil_socket_t fd, short what, void *arg)
{
	const int number = SYS_getppid;
	struct host *h = arg;

	(void)fd;
	(void)what;
	control_catch_calls(h->control, &number, 1);
}

/* While the program runs, also when it has made more calls than are reported. */
static void caught_while_it_runs(void **state)
{
	const struct timeval soon = { 0, 300000 };
	struct control_catch found;
	struct event *timer;
	struct host h;

	(void)state;
	host_start(&h, "#include <unistd.h>\n#include <sys/syscall.h>\nint main(void)\n{\n"
	    "	for (int i = 0; i < 11000; i++)\n		syscall(SYS_gettid);\n"
	    "	for (;;)\n		syscall(SYS_getppid);\n}\n", &plain);
	timer = evtimer_new(h.base, catch_late, &h);
	evtimer_add(timer, &soon);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	assert_true(control_catch_at(h.control, control_position(h.control), &found));
	assert_int_equal(found.number, SYS_getppid);
	assert_false(found.within);
	event_free(timer);
	host_stop(&h);
}

/* The recorder's stretches are ended by nothing but the program. */
static void while_recording_ahead(void **state)
{
	const int numbers[] = { SYS_write };
	struct host h;
	struct stops s;

	(void)state;
	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	setvbuf(stdout, 0, _IONBF, 0);\n"
	    "	puts(\"x\");\n	puts(\"y\");\n	return 0;\n}\n", &plain);
	control_catch_calls(h.control, numbers, 1);
	assert_int_equal(control_record(h.control, RECORDS_AHEAD, 50000), 0);
	s = forwards(&h);
	assert_in_range(s.count, 2, 2);
	assert_true(s.catches[0].within && s.catches[1].within);
	assert_int_equal(control_output_end_at(h.control, s.positions[1]), 2);
	both_ways(&h, &s);
	host_stop(&h);
}

/* Caught in the middle of a recorder's stretch that goes on to block. */
static void ahead_and_blocked(void **state)
{
	const int numbers[] = { SYS_read };
	struct host h;

	(void)state;
	host_start(&h, "#include <stdio.h>\nint main(void)\n{\n	return getchar();\n}\n", &plain);
	control_catch_calls(h.control, numbers, 1);
	assert_int_equal(control_record(h.control, RECORDS_AHEAD, 50000), 0);
	assert_int_equal(host_continue(&h), REASON_EXCEPTION);
	assert_int_equal(control_input(h.control, "A\n", 2, false), 0);
	assert_int_equal(host_continue(&h), REASON_EXITED);
	assert_int_equal(h.control->timeline->events.status, 'A');
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_EXCEPTION);
	host_stop(&h);
}

static void processes_and_the_exit(void **state)
{
	struct host h;
	struct stops s;

	(void)state;
	host_start(&h, "#include <unistd.h>\n#include <errno.h>\n#include <pthread.h>\n"
	    "static void *run(void *p) { return p; }\n"
	    "int main(void)\n{\n	pthread_t t;\n	char *const none[] = { 0 };\n"
	    "	if (fork() != -1 || errno != EAGAIN)\n		return 1;\n"
	    "	if (execv(\"/bin/true\", none) != -1 || errno != EACCES)\n		return 2;\n"
	    "	pthread_create(&t, 0, run, 0);\n	pthread_join(t, 0);\n	return 5;\n}\n", &plain);
	control_catch_kinds(h.control, 1u << CATCH_FORK | 1u << CATCH_EXEC | 1u << CATCH_EXIT);
	s = forwards(&h);
	assert_int_equal(h.control->timeline->events.status, 5);
	assert_int_equal(s.count, 3);
	assert_int_equal(s.catches[0].kind, CATCH_FORK);
	assert_int_equal(s.catches[1].kind, CATCH_EXEC);
	assert_int_equal(s.catches[1].number, SYS_execve);
	assert_int_equal(s.catches[2].kind, CATCH_EXIT);
	both_ways(&h, &s);
	host_stop(&h);
}

#define THROWS \
	"#include <stdexcept>\n#include <string>\nint caught;\n" \
	"static void fails(int n)\n{\n	if (n == 1)\n		throw std::runtime_error(\"one\");\n" \
	"	throw n;\n}\n" \
	"int main()\n{\n	for (int i = 0; i < 3; i++) {\n		try {\n			fails(i);\n" \
	"		} catch (const std::runtime_error &e) {\n			caught += 10;\n" \
	"		} catch (int n) {\n			caught += n;\n		}\n	}\n" \
	"	try { std::string(\"x\").at(9); } catch (const std::exception &) { caught += 100; }\n" \
	"	return caught;\n}\n"

static void throw_and_catch(void **state)
{
	struct host h;
	struct stops s;

	(void)state;
	host_start(&h, THROWS, &cxx);
	control_catch_kinds(h.control, 1u << CATCH_THROW | 1u << CATCH_CATCH);
	s = forwards(&h);
	assert_int_equal(h.control->timeline->events.status, 112);
	assert_int_equal(s.count, 8);
	for (size_t i = 0; i < s.count; i++)
		assert_int_equal(s.catches[i].kind, i % 2 == 0 ? CATCH_THROW : CATCH_CATCH);
	both_ways(&h, &s);
	control_catch_kinds(h.control, 1u << CATCH_CATCH);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_EXCEPTION);
	assert_int_equal(control_position(h.control), s.positions[7]);
	assert_int_equal(host_back(&h, CONTROL_CONTINUE, false, 1), REASON_EXCEPTION);
	assert_int_equal(control_position(h.control), s.positions[5]);
	host_stop(&h);
}

static void thrown_while_recording_ahead(void **state)
{
	struct host h;
	struct stops s;

	(void)state;
	host_start(&h, THROWS, &cxx);
	assert_int_equal(control_record(h.control, RECORDS_AHEAD, 50000), 0);
	control_catch_kinds(h.control, 1u << CATCH_THROW);
	s = forwards(&h);
	assert_int_equal(h.control->timeline->events.status, 112);
	assert_int_equal(s.count, 4);
	for (size_t i = 0; i < s.count; i++)
		assert_true(s.catches[i].kind == CATCH_THROW && s.catches[i].within);
	both_ways(&h, &s);
	host_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_the_persons_code),
		cmocka_unit_test(others_run_between),
		cmocka_unit_test(of_a_library),
		cmocka_unit_test(caught_later),
		cmocka_unit_test(caught_behind_another), cmocka_unit_test(caught_while_it_runs),
		cmocka_unit_test(while_recording_ahead),
		cmocka_unit_test(ahead_and_blocked),
		cmocka_unit_test(processes_and_the_exit),
		cmocka_unit_test(throw_and_catch),
		cmocka_unit_test(thrown_while_recording_ahead),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
