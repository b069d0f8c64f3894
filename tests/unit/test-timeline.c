/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The timeline against a model that keeps every moment whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/timeline/callstack.h"
#include "tracer/timeline/timeline.h"

enum { STEPS = 9000, ARENA = 4 * SHADOW_PAGE, THREADS = 3 };
#define ARENA_START 0x10000ull

struct model {
	struct registers registers[THREADS];
	struct vector_state vectors[THREADS];
	bool there[THREADS];
	unsigned depth[THREADS];
	int thread;
	uint8_t memory[ARENA];
};

static uint64_t seed = 88172645463325252ull;

static uint64_t any(uint64_t bound)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % bound;
}

static void change_registers(struct registers *r)
{
	r->word[REG_PC] += any(12) == 0 ? seed : any(8);
	for (uint64_t i = any(4); i > 0; i--)
		r->word[any(REGISTERS_COUNT)] = any(3) == 0 ? seed : any(300);
}

/* Now and then; in some stretches of the log never. */
static const struct vector_state *change_vector(const struct timeline *t, struct vector_state *v)
{
	if (t->frontier / 700 % 2 == 0 || any(3) != 0)
		return NULL;
	for (uint64_t i = any(5); i > 0; i--)
		v->word[any(VECTOR_WORDS)] = any(3) == 0 ? seed : any(2) << any(64);
	return v;		/* maybe as it was */
}

static void write_somewhere(struct timeline *t, struct model *m)
{
	size_t length = any(20) == 0 ? any(9000) + 1 : any(16) + 1;
	size_t at = any(ARENA - length);
	uint8_t bytes[9001];

	for (size_t i = 0; i < length; i++)
		bytes[i] = any(4) == 0 ? (uint8_t)seed : m->memory[at + i];
	memcpy(m->memory + at, bytes, length);
	assert_true(timeline_write(t, ARENA_START + at, bytes, length));
}

static void step(struct timeline *t, struct model *m)
{
	struct thread_change changes[THREADS];
	size_t count = 0;
	int ran = any(40) == 0 ? (int)any(THREADS) : m->thread;

	for (uint64_t n = any(3); n > 0; n--)
		write_somewhere(t, m);
	for (int i = 0; i < THREADS; i++) {
		int id = i == 0 ? ran : i == ran ? 0 : i;
		unsigned pops, pushes = (unsigned)any(2);

		if (i > 0 && any(100) != 0)
			continue;
		pops = m->depth[id] > 0 ? (unsigned)any(2) : 0;
		change_registers(&m->registers[id]);
		m->depth[id] += pushes - pops;
		changes[count++] = (struct thread_change){ .id = id + 1, .added = !m->there[id],
		    .registers = &m->registers[id], .vector = change_vector(t, &m->vectors[id]),
		    .pops = pops, .pushes = pushes };
		m->there[id] = true;
	}
	m->thread = ran;
	assert_true(timeline_append(t, (enum record_kind)any(4), changes, count));
}

static void check_vector(const struct view *v, const struct model *m)
{
	struct vector_state vector;

	assert_true(view_vector(v, &vector));
	assert_memory_equal(&vector, &m->vectors[v->thread - 1], sizeof vector);
}

static void check(struct timeline *t, const struct model *m, uint64_t position)
{
	struct view *v = timeline_view(t, position, 0);
	uint8_t memory[ARENA];
	struct brief b;

	assert_non_null(v);
	assert_int_equal(v->thread, m->thread + 1);
	assert_memory_equal(&v->registers, &m->registers[m->thread], sizeof v->registers);
	assert_true(view_read_all(v, ARENA_START, memory, ARENA));
	assert_memory_equal(memory, m->memory, ARENA);
	assert_int_equal(view_read(v, ARENA_START + ARENA - 4, memory, 8), 4);
	check_vector(v, m);
	timeline_brief(t, position, &b);
	assert_int_equal(b.pc, v->registers.word[REG_PC]);
	assert_int_equal(b.thread, v->thread);
	assert_int_equal(b.depth, m->depth[m->thread]);
	assert_int_equal(b.position, position);
	free(v);
	for (int i = 0; i < THREADS; i++) {
		v = timeline_view(t, position, i + 1);
		assert_int_equal(v != NULL, m->there[i]);
		if (v != NULL) {
			assert_memory_equal(&v->registers, &m->registers[i], sizeof v->registers);
			check_vector(v, m);
		}
		free(v);
	}
}

struct expected { const uint8_t *from, *to; uint8_t *patched; uint64_t last; };

static bool patch(void *arg, uint64_t address, const uint8_t *bytes, size_t length)
{
	struct expected *e = arg;

	assert_true(address >= ARENA_START && address + length <= ARENA_START + ARENA);
	assert_true(address >= e->last);
	assert_memory_equal(bytes, e->to + (address - ARENA_START), length);
	memcpy(e->patched + (address - ARENA_START), bytes, length);
	e->last = address + length;
	return true;
}

static void check_changes(struct timeline *t, const struct model *models, uint64_t from, uint64_t to)
{
	uint8_t patched[ARENA];
	struct expected e = { models[from].memory, models[to].memory, patched, 0 };

	memcpy(patched, models[from].memory, ARENA);
	timeline_changes(t, from, to, patch, &e);
	assert_memory_equal(patched, models[to].memory, ARENA);
}

static void every_moment_is_as_it_was(void **state)
{
	struct region region = { ARENA_START, ARENA_START + ARENA, 0, 3, false, "[heap]" };
	struct model *models = calloc(STEPS + 1, sizeof *models);
	struct timeline *t;
	bool changed;

	(void)state;
	assert_non_null(models);
	models[0].there[0] = true;
	change_registers(&models[0].registers[0]);
	for (size_t i = 0; i < SHADOW_PAGE; i++)
		models[0].memory[SHADOW_PAGE + i] = (uint8_t)any(256);
	models[0].vectors[0].word[3] = seed;
	t = timeline_new(1, &models[0].registers[0], &models[0].vectors[0]);
	assert_non_null(t);
	assert_true(regions_set(&t->regions, 0, &region, 1, &changed));
	assert_true(changed);
	assert_true(timeline_base(t, ARENA_START + SHADOW_PAGE, models[0].memory + SHADOW_PAGE));
	for (uint64_t p = 0; p < STEPS; p++) {
		models[p + 1] = models[p];
		step(t, &models[p + 1]);
	}
	assert_int_equal(t->frontier, STEPS);
	for (uint64_t i = 0; i < 60; i++) {
		uint64_t p = any(STEPS + 1);

		check(t, &models[p], p);
	}
	for (uint64_t p = STEPS; p > STEPS - 100; p--)
		check(t, &models[p], p);
	for (int i = 0; i < 60; i++)
		check_changes(t, models, any(STEPS + 1), any(STEPS + 1));
	for (int i = 0; i < 60; i++) {
		uint64_t from = any(STEPS - 30);

		check_changes(t, models, from, from + any(30));
		check_changes(t, models, from + any(30), from);
	}
	check(t, &models[0], 0);
	timeline_free(t);
	free(models);
}

/* Going on while somebody looks at the past. */
static void growing_leaves_the_past_alone(void **state)
{
	struct region region = { ARENA_START, ARENA_START + ARENA, 0, 3, false, "[heap]" };
	struct model *models = calloc(2001, sizeof *models);
	struct timeline *t;
	bool changed;

	(void)state;
	assert_non_null(models);
	models[0].there[0] = true;
	t = timeline_new(1, &models[0].registers[0], NULL);
	assert_true(regions_set(&t->regions, 0, &region, 1, &changed));
	for (uint64_t p = 0; p < 2000; p++) {
		models[p + 1] = models[p];
		step(t, &models[p + 1]);
		if (any(5) == 0) {
			uint64_t q = any(p + 2);

			check(t, &models[q], q);
		}
	}
	timeline_free(t);
	free(models);
}

static void unmapped_memory_comes_back(void **state)
{
	struct region regions[] = {
		{ ARENA_START, ARENA_START + SHADOW_PAGE, 0, 3, false, "" },
		{ ARENA_START * 2, ARENA_START * 2 + SHADOW_PAGE, 0, 3, false, "" },
	};
	struct registers r = { { 0 } };
	struct thread_change change = { .id = 1, .registers = &r };
	struct timeline *t = timeline_new(1, &r, NULL);
	struct view *v;
	char text[6];
	bool changed;

	(void)state;
	assert_true(regions_set(&t->regions, 0, regions, 2, &changed));
	assert_true(timeline_write(t, ARENA_START * 2, "hello", 6));
	assert_true(timeline_append(t, RECORD_INSTRUCTION, &change, 1));
	assert_true(timeline_forget(t, ARENA_START * 2, ARENA_START * 2 + SHADOW_PAGE));
	assert_true(regions_set(&t->regions, 2, regions, 1, &changed));
	assert_true(timeline_append(t, RECORD_MACRO, &change, 1));
	assert_true(regions_set(&t->regions, 3, regions, 2, &changed));
	assert_true(timeline_append(t, RECORD_MACRO, &change, 1));
	v = timeline_view(t, 1, 0);
	assert_true(view_read_all(v, ARENA_START * 2, text, 6));
	assert_string_equal(text, "hello");
	free(v);
	v = timeline_view(t, 2, 0);
	assert_int_equal(view_read(v, ARENA_START * 2, text, 6), 0);
	free(v);
	v = timeline_view(t, 3, 0);
	assert_true(view_read_all(v, ARENA_START * 2, text, 6));
	assert_int_equal(text[0], 0);
	free(v);
	assert_null(timeline_view(t, 4, 0));
	assert_null(timeline_view(t, 1, 2));
	timeline_free(t);
}

static void output_belongs_to_positions(void **state)
{
	struct registers r = { { 0 } };
	struct timeline *t = timeline_new(1, &r, NULL);

	(void)state;
	assert_true(events_output(&t->events, 2, "ab", 2));
	assert_true(events_output(&t->events, 2, "c", 1));
	assert_true(events_output(&t->events, 9, "d", 1));
	assert_int_equal(events_output_end(&t->events, 0), 0);
	assert_int_equal(events_output_end(&t->events, 1), 0);
	assert_int_equal(events_output_end(&t->events, 2), 3);
	assert_int_equal(events_output_end(&t->events, 8), 3);
	assert_int_equal(events_output_end(&t->events, 100), 4);
	assert_memory_equal(t->events.output, "abcd", 4);
	assert_true(events_macro(&t->events, 3, "printf", 12, 0));
	assert_null(events_macro_at(&t->events, 2));
	assert_string_equal(events_macro_at(&t->events, 3)->name, "printf");
	timeline_free(t);
}

static void frames_end_by_the_stack_pointer(void **state)
{
	struct callstack s = { 0 };

	(void)state;
	for (uint64_t i = 1; i <= 100; i++)	/* recursion: one return address */
		assert_true(callstack_push(&s, 10000 - i * 32, 0x401000, 0));
	assert_int_equal(callstack_pop(&s, 10000 - 100 * 32 - 64, 0x402000), 0);
	assert_int_equal(callstack_pop(&s, 10000 - 100 * 32 + 8, 0x401000), 1);
	assert_int_equal(callstack_pop(&s, 10000 - 50 * 32 - 8, 0x401234), 49);	/* longjmp */
	assert_int_equal(s.count, 50);
	/* AArch64: the stack pointer is the caller's own, the pc tells. */
	assert_int_equal(callstack_pop(&s, 10000 - 50 * 32, 0x402000), 0);
	assert_int_equal(callstack_pop(&s, 10000 - 50 * 32, 0x401000), 1);
	callstack_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_moment_is_as_it_was),
		cmocka_unit_test(growing_leaves_the_past_alone),
		cmocka_unit_test(unmapped_memory_comes_back),
		cmocka_unit_test(output_belongs_to_positions),
		cmocka_unit_test(frames_end_by_the_stack_pointer),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
