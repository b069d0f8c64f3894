/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Where commands lead does not depend on how far the recorder is when they come: the same
 * ones give the same positions at three paces, also with breakpoints in libraries and calls
 * that are entered, for which the record is made anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tests/unit/ahead-programs.h"
#include "tests/unit/engine-host.h"

enum { COMMANDS = 60, PACES = 3 };

/* How much the recorder does between two commands: nothing, all, or some turns. */
static const int paces[PACES] = { 0, -1, 2 };

static const struct host_options large = { .policy = RECORDS_AHEAD, .budget = 50000 };

/* -- what is seen ------------------------------------------------------------------------ */

struct seen {
	uint64_t position, pc, output;
	enum control_reason reason;
	unsigned depth;
	int signal;
	enum control_status status;
};

static struct seen look(struct host *h)
{
	uint64_t p = control_position(h->control);

	return (struct seen){ .position = p, .pc = host_register(h, p, REG_PC), .reason = control_reason(h->control),
	    .output = control_output_end_at(h->control, p), .depth = control_depth(h->control, p),
	    .signal = control_signal_at(h->control, p).number, .status = control_status_at(h->control, p) };
}

/* A run: commands, each chosen by a number. */
struct run {
	const char *source;
	const struct host_options *options;
	unsigned line;			/* has a breakpoint from the start; 0: none has */
	void (*act)(struct host *, unsigned number);
	unsigned seed;
};

static void drive(const struct run *run, int pace, struct seen *seen)
{
	unsigned number = run->seed;
	struct host h;

	host_start(&h, run->source, run->options);
	if (run->line > 0)
		host_break(&h, run->line);
	for (int i = 0; i < COMMANDS; i++) {
		number = number * 1103515245 + 12345;
		if (pace < 0)
			host_settle(&h);
		for (int k = 0; k < pace * (i % 3); k++)
			event_base_loop(h.base, EVLOOP_NONBLOCK);
		run->act(&h, number >> 16 & 0x7fff);
		seen[i] = look(&h);
	}
	host_stop(&h);
}

static void at_all_paces(const struct run *run)
{
	static struct seen seen[PACES][COMMANDS];

	for (int k = 0; k < PACES; k++) {
		drive(run, paces[k], seen[k]);
		for (int i = 0; i < COMMANDS; i++) {
			const struct seen *is = &seen[k][i], *was = &seen[0][i];

			if (memcmp(is, was, sizeof *is) != 0)
				fail_msg("seed %u, pace %d, command %d: position %llu %s, was %llu %s", run->seed,
				    paces[k], i, (unsigned long long)is->position, control_reason_name(is->reason),
				    (unsigned long long)was->position, control_reason_name(was->reason));
		}
	}
}

/* -- commands as people give them ---------------------------------------------------------- */

/* kinds: what the number's lowest bits choose of. */
static struct control_command choose(const struct control_command kinds[16], unsigned number)
{
	struct control_command c = kinds[number % 16];

	c.by_instruction = number >> 8 & 1;
	c.enter = c.kind == CONTROL_STEP_IN && (number >> 9 & 3) == 3;
	c.count = (number >> 11 & 3) == 0 && c.kind != CONTROL_STEP_OUT ? 7 : 1;
	return c;
}

#define IN	{ .kind = CONTROL_STEP_IN }
#define OVER	{ .kind = CONTROL_NEXT }
#define OUT	{ .kind = CONTROL_STEP_OUT }
#define GO	{ .kind = CONTROL_CONTINUE }
#define GO_BACK	{ .kind = CONTROL_CONTINUE, .backwards = true }
#define BACK	{ .kind = CONTROL_NEXT, .backwards = true }
#define SEEK	{ .kind = CONTROL_SEEK }

/* Steps, with a breakpoint in the person's code. */
static void act_in_own_code(struct host *h, unsigned number)
{
	static const struct control_command kinds[16] = { IN, IN, IN, IN, IN, OVER, OVER, OVER, OVER,
		OUT, OUT, GO, GO, BACK, GO_BACK, SEEK };
	struct control_command c = choose(kinds, number);
	uint64_t position = control_position(h->control), seek = number >> 4 & 7;

	c.position = seek < position ? seek : position;
	host_do(h, c);
}

/* And breakpoints in libraries, set and removed on the way. */
static void act_in_libraries(struct host *h, unsigned number)
{
	static const char *const names[] = { "puts", "malloc", "printf", NULL };
	static const struct control_command kinds[16] = { GO, GO, GO, IN, IN, IN, IN, OVER, OVER, OVER,
		OUT, GO, GO, GO, GO_BACK, SEEK };
	struct control_command c = choose(kinds, number);

	if (number % 16 < 3) {
		host_break_function(h, names[number >> 5 & 3]);
		return;
	}
	c.position = (number >> 4) % (control_position(h->control) + 1);
	host_do(h, c);
}

/* -- programs -------------------------------------------------------------------------------- */

static const char fault[] = "#include <signal.h>\n#include <stdio.h>\nint n, *p;\n"	/* 3 */
    "static void on_usr(int s)\n{\n	n += s;\n}\n"				/* 4 */
    "int main(void)\n{\n	signal(SIGUSR1, on_usr);\n"			/* 8 */
    "	for (int i = 0; i < 3; i++)\n		raise(SIGUSR1);\n"		/* 12 */
    "	puts(\"now\");\n	*p = n;\n	return 0;\n}\n";			/* 14 */

static const char allocates[] =
    "#include <stdio.h>\n#include <stdlib.h>\nint v[4] = { 3, 1, 2, 0 };\n"
    "static int compare(const void *a, const void *b)\n{\n	return *(int *)a - *(int *)b;\n}\n"
    "int main(void)\n{\n	for (int i = 0; i < 4; i++) {\n"
    "		char *p = malloc(i * 10 + 1);\n		printf(\"%d\\n\", i);\n"
    "		puts(\"more\");\n		free(p);\n	}\n"
    "	qsort(v, 4, sizeof v[0], compare);\n	return v[3];\n}\n";

/* -- tests ------------------------------------------------------------------------------------- */

static void in_own_code(void **state)
{
	static const struct host_options small = { .policy = RECORDS_AHEAD, .budget = 150 };
	static const struct { const char *source; unsigned line; } programs[] = { { calls, 17 }, { fault, 6 } };

	(void)state;
	for (unsigned seed = 1; seed <= 6; seed++)
		for (int i = 0; i < 2; i++) {
			struct run run = { .source = programs[i].source, .line = programs[i].line, .seed = seed,
				.options = &large, .act = act_in_own_code };

			at_all_paces(&run);
			run.options = &small;
			at_all_paces(&run);
		}
}

static void in_libraries(void **state)
{
	static const struct host_options small = { .policy = RECORDS_AHEAD, .budget = 60 };

	(void)state;
	for (unsigned seed = 1; seed <= 12; seed++)
		at_all_paces(&(struct run){ .source = allocates, .seed = seed,
		    .options = seed % 3 == 0 ? &small : &large, .act = act_in_libraries });
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_own_code), cmocka_unit_test(in_libraries),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
