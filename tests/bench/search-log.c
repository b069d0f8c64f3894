/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a long record costs to look at: search-log [STEPS] records a program for
 * so many steps and prints what it holds and how long seeks and searches take,
 * "name: value unit", the worst ones of many where the name says so.
 * search-log --program prints the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/measure.h"
#include "tests/unit/engine-host.h"
#include "tracer/program/variables.h"

enum { SEEKS = 4000, READS = 1000, SEARCHES = 300, BUCKETS = 512, CHUNK = 20000, PASSES = 3,
	ROUND_STEPS = 180000 };

/* One call, of trees, text and library calls, and a while after it.  One of the
 * neighbours is written once and lies beside what is written all the time. */
static const char source[] =
"#include <stdlib.h>\n"
"#include <string.h>\n"
"struct node { struct node *left, *right; int key; };\n"
"static struct node nodes[512]; static int used; static unsigned hash[256]; static char text[256];\n"
"static struct { char once, often; } neighbours;\n"
"static volatile int rare;\n"
"static struct node *insert(struct node *n, int key) {\n"
"	if (!n) { n = &nodes[used++]; n->key = key; n->left = n->right = 0; return n; }\n"
"	if (key < n->key) n->left = insert(n->left, key);\n"
"	else n->right = insert(n->right, key);\n"
"	return n;\n}\n"
"static int sum(struct node *n) { return n ? sum(n->left) + sum(n->right) + n->key : 0; }\n"
"static unsigned work(unsigned rounds) {\n"
"	unsigned x = 1, total = 0;\n"
"	neighbours.once = 1;\n"
"	while (rounds-- > 0) {\n"
"		struct node *root = 0; used = 0;\n"
"		for (int i = 0; i < 500; i++) { x = x * 1103515245 + 12345; root = insert(root, x >> 16); neighbours.often++; }\n"
"		total += sum(root);\n"
"		for (int i = 0; i < 255; i++) { text[i] = 'a' + x %% 26; x ^= x >> 3; hash[(text[i] * 31 + i) & 255] += x; }\n"
"		total += strlen(text);\n"
"	}\n"
"	if (total == 1) rare = 1;\n"
"	return total;\n}\n"
"int main(void) {\n"
"	rare = 2;\n"
"	rare = work(%u);\n"
"	for (unsigned i = 0; ; i++) hash[i & 255] = i;\n}\n";

/* Native stretches, each of which writes a page and more. */
static const char stretches[] =
"#include <stdio.h>\n"
"#include <string.h>\n"
"static char page[4096], text[64];\n"
"int main(void) {\n"
"	for (unsigned i = 0; ; i++) {\n"
"		memset(page, i, sizeof page);\n"
"		snprintf(text, sizeof text, \"%u %u\", i, i * i);\n"
"	}\n}\n";

static uint64_t seed = 12345;

static uint64_t any(uint64_t bound)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 20) % bound;
}

/* Microseconds of processor time: what others on the machine do does not count. */
static double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

/* Median, and the worst. */
static void print(const char *name, double *us, size_t count)
{
	qsort(us, count, sizeof *us, by_value);
	printf("%s: %.1f us\n%s, worst: %.1f us\n", name, us[count / 2], name, us[count - 1]);
}

static void record(struct host *h, uint64_t steps)
{
	double start = now();

	while (control_frontier(h->control) < steps)
		host_step(h, CONTROL_STEP_IN, true, steps < CHUNK ? steps : CHUNK);
	printf("recording: %.0f steps/s\n", (double)steps / (now() - start));
}

static void memory(struct host *h)
{
	const struct timeline *t = h->control->timeline;
	double steps = (double)t->frontier;
	uint64_t trails = 0, copies = 0;

	for (size_t i = 0; i < t->pages.capacity; i++) {
		const struct page *page = t->pages.slots[i];

		if (page == NULL)
			continue;
		trails += page->trail.count * sizeof(struct touch) + page->trail.run_count * sizeof(uint16_t);
		copies += page->copy_count * (SHADOW_PAGE + sizeof *page->copies);
	}
	printf("log: %.2f bytes/step\n", (double)t->log_memory / steps);
	printf("index: %.2f bytes/step\n", (double)(index_memory(&t->index) + trails) / steps);
	printf("copies of pages: %.2f bytes/step\n", (double)copies / steps);
	printf("log and index: %.2f bytes/step\n",
	    (double)(t->log_memory + index_memory(&t->index) + trails) / steps);
}

/* The stack's, with nothing left of the last look at it. */
static double read_page(struct host *h, uint64_t position)
{
	uint8_t bytes[4096];
	double start;
	struct view *v;

	pages_forget_past(&h->control->timeline->pages);
	start = cpu_now();
	v = control_view(h->control, position, 0);
	view_read(v, view_register(v, REG_SP) & ~4095ull, bytes, sizeof bytes);
	return cpu_now() - start;
}

static void seeks(struct host *h, const char *registers, const char *page)
{
	uint64_t frontier = control_frontier(h->control);
	static double us[SEEKS];

	for (size_t i = 0; i < SEEKS; i++) {
		us[i] = cpu_now();
		control_view(h->control, any(frontier), 0);
		us[i] = cpu_now() - us[i];
	}
	print(registers, us, SEEKS);
	for (size_t i = 0; i < READS; i++) {
		uint64_t position = any(frontier);

		us[i] = 1e9;
		for (int n = 0; n < PASSES; n++)
			us[i] = least(us[i], read_page(h, position));
	}
	print(page, us, READS);
}

/* To an address from anywhere behind it. */
static void back_to(struct host *h, const char *name, uint64_t address)
{
	static double us[SEARCHES];

	control_set_breakpoints(h->control, &address, 1);
	for (size_t i = 0; i < SEARCHES; i++) {
		host_seek(h, i == 0 ? control_frontier(h->control) : any(control_frontier(h->control)));
		us[i] = cpu_now();
		host_back(h, CONTROL_CONTINUE, false, 1);
		us[i] = cpu_now() - us[i];
	}
	control_set_breakpoints(h->control, NULL, 0);
	print(name, us, SEARCHES);
}

static void line_address(struct host *h, const char *part, uint64_t *address)
{
	unsigned line = 1, actual;

	for (const char *at = source; at < strstr(source, part); at++)
		line += *at == '\n';
	lines_breakpoints(h->image, 0, line, address, 1, &actual);
}

static void backwards(struct host *h)
{
	uint64_t address;

	back_to(h, "reverse-continue to what runs often", host_symbol(h, "insert"));
	line_address(h, "total += sum", &address);
	back_to(h, "reverse-continue to what runs seldom", address);
	line_address(h, "rare = 1", &address);
	back_to(h, "reverse-continue to what never runs", address);
}

static void writers(struct host *h)
{
	uint64_t frontier = control_frontier(h->control);
	struct view *v = control_view(h->control, frontier, 0);
	uint64_t sp = view_register(v, REG_SP) & ~4095ull;
	static double us[SEARCHES];
	struct variable neighbours;
	struct frame frame;

	unwind(h->image, v, &frame, 1);
	assert_true(variable_find(h->image, v, &frame, "neighbours", &neighbours));
	for (size_t i = 0; i < SEARCHES; i++) {
		us[i] = cpu_now();
		if (i % 3 == 0)
			control_find_write(h->control, neighbours.address, 1, any(frontier), -1);
		else
			control_find_write(h->control, sp + any(4096), 1 + any(i % 3 == 1 ? 8 : 4096),
			    any(frontier), -1);
		us[i] = cpu_now() - us[i];
	}
	print("lastWrite of memory", us, SEARCHES);
	for (size_t i = 0; i < SEARCHES; i++) {
		us[i] = cpu_now();
		control_find_register(h->control, (int)any(REGISTERS_COUNT), 1, any(frontier));
		us[i] = cpu_now() - us[i];
	}
	print("lastWrite of a register", us, SEARCHES);
}

static void once(const char *name, double start)
{
	printf("%s: %.1f us\n", name, cpu_now() - start);
}

/* Over the call that all of it happened in. */
static void steps_back(struct host *h)
{
	uint64_t address, called, returned;
	double worst = 0;
	static double us[SEARCHES];

	for (size_t i = 0; i < SEARCHES; i++) {
		host_seek(h, any(control_frontier(h->control)));
		us[i] = cpu_now();
		host_back(h, CONTROL_STEP_IN, true, 1);
		us[i] = cpu_now() - us[i];
	}
	print("one instruction back", us, SEARCHES);
	for (size_t i = 0; i < SEARCHES; i++) {
		host_seek(h, any(control_frontier(h->control)));
		us[i] = cpu_now();
		host_back(h, CONTROL_NEXT, false, 1);
		us[i] = cpu_now() - us[i];
	}
	print("next back by a line", us, SEARCHES);
	host_seek(h, control_frontier(h->control));
	address = host_symbol(h, "work");
	called = control_find_arrival(h->control, &address, 1, control_position(h->control), -1);
	returned = timeline_find_shallow(h->control->timeline, 1, 0, called, 1);
	assert_true(returned != NOWHERE);
	printf("steps of the long call: %.0f steps\n", (double)(returned - called));
	host_seek(h, returned + 40);
	while (control_position(h->control) > called) {
		double start = cpu_now();

		host_back(h, CONTROL_NEXT, false, 1);
		worst = cpu_now() - start > worst ? cpu_now() - start : worst;
	}
	printf("next back over nearly all of it, worst: %.1f us\n", worst);
}

static void buckets(struct host *h)
{
	uint64_t frontier = control_frontier(h->control), addresses[2];
	double start = cpu_now();

	line_address(h, "total += sum", &addresses[1]);
	addresses[0] = host_symbol(h, "insert");
	for (uint64_t i = 0; i < BUCKETS; i++) {
		uint64_t from = frontier * i / BUCKETS, to = frontier * (i + 1) / BUCKETS;

		control_depth_max(h->control, from, to);
		control_count_arrivals(h->control, addresses, 2, from, to);
		control_count_signals(h->control, from, to);
	}
	once("timeline of 512 buckets, two breakpoints", start);
}

static void among_stretches(uint64_t steps)
{
	struct host h;

	host_start(&h, stretches, &(struct host_options){ .steps_max = 2 * steps });
	while (control_frontier(h.control) < steps)
		host_step(&h, CONTROL_STEP_IN, true, steps < CHUNK ? steps : CHUNK);
	printf("native stretches: %.0f stretches\n", (double)h.control->timeline->events.macros.count);
	seeks(&h, "seek with registers among native stretches", "seek and 4 KiB among native stretches");
	host_stop(&h);
}

int main(int argc, char **argv)
{
	uint64_t steps = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
	static char program[sizeof source + 16];
	struct host h;

	snprintf(program, sizeof program, source, (unsigned)(steps / ROUND_STEPS));
	if (argc > 1 && strcmp(argv[1], "--program") == 0)
		return fputs(program, stdout) < 0;
	host_start(&h, program, &(struct host_options){ .steps_max = steps + 1000000 });
	record(&h, steps);
	memory(&h);
	seeks(&h, "seek with registers", "seek with registers and 4 KiB of memory");
	backwards(&h);
	writers(&h);
	buckets(&h);
	steps_back(&h);
	host_stop(&h);
	among_stretches(steps / 50);
	return 0;
}
