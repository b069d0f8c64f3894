/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A timeline that was cut against one that never went further: the same to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/timeline/timeline.h"

enum { STEPS = 12000, PAGES = 24, CUTS = 60, THREADS = 4 };
#define ARENA	0x10000ull
#define FAR	0x7000000000ull		/* where pages come and go */

static uint64_t seed;

static uint64_t any(uint64_t bound)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % bound;
}

/* What the next step depends on, beside the seed. */
struct program {
	struct timeline *t;
	struct registers registers[THREADS];
	struct vector_state vectors[THREADS];
	unsigned depth[THREADS];
	bool there[THREADS];
	bool mapped;
};

static void set_regions(struct program *p, uint64_t position)
{
	const struct region regions[] = {
		{ ARENA, ARENA + PAGES * SHADOW_PAGE, 0, 3, false, "[heap]" },
		{ FAR, FAR + PAGES * SHADOW_PAGE, 0, 3, false, "" },
	};
	bool changed;

	assert_true(regions_set(&p->t->regions, position, regions, p->mapped ? 2 : 1, &changed));
}

static void start(struct program *p)
{
	uint8_t bytes[SHADOW_PAGE];

	*p = (struct program){ .mapped = true, .there = { true } };
	p->t = timeline_new(1, &p->registers[0], &p->vectors[0]);
	assert_non_null(p->t);
	set_regions(p, 0);
	for (uint64_t n = 0; n < PAGES; n += 2) {
		memset(bytes, (int)n + 1, sizeof bytes);
		assert_true(timeline_base(p->t, ARENA + n * SHADOW_PAGE, bytes));
	}
	assert_true(events_output(&p->t->events, 0, "begin", 5));
}

static void write_somewhere(struct program *p)
{
	size_t length = any(30) == 0 ? any(3 * SHADOW_PAGE) + 1 : any(16) + 1;
	uint64_t arena = p->mapped && any(4) == 0 ? FAR : ARENA;
	uint8_t bytes[3 * SHADOW_PAGE];

	for (size_t i = 0; i < length; i++)
		bytes[i] = (uint8_t)any(256);
	assert_true(timeline_write(p->t, arena + any(PAGES * SHADOW_PAGE - length), bytes, length));
}

static void map_or_unmap(struct program *p)
{
	p->mapped = !p->mapped;
	if (!p->mapped)
		assert_true(timeline_forget(p->t, FAR, FAR + PAGES * SHADOW_PAGE));
	set_regions(p, p->t->frontier + 1);
}

static void rare_events(struct program *p)
{
	struct signal_event s = { .position = p->t->frontier + 1, .number = 11 };

	if (any(10) == 0)
		assert_true(events_output(&p->t->events, p->t->frontier + 1, "printed text", any(12) + 1));
	if (any(30) == 0)
		assert_true(events_macro(&p->t->events, p->t->frontier + 1, "printf", any(99), 1));
	if (any(200) == 0)
		assert_true(events_signal(&p->t->events, &s));
}

/* In some stretches of the log never. */
static const struct vector_state *change_vector(struct program *p, int id)
{
	if (p->t->frontier / 600 % 2 == 0 || any(3) != 0)
		return NULL;
	p->vectors[id].word[any(VECTOR_WORDS)] = any(~0ull);
	return &p->vectors[id];
}

static void step(struct program *p)
{
	struct thread_change changes[THREADS];
	int ran = any(50) == 0 ? (int)any(THREADS) : 0;
	size_t count = 0;

	for (uint64_t n = any(3); n > 0; n--)
		write_somewhere(p);
	if (any(150) == 0)
		map_or_unmap(p);
	rare_events(p);
	for (int i = 0; i < THREADS; i++) {
		int id = i == 0 ? ran : i == ran ? 0 : i;
		unsigned pushes = (unsigned)any(2), pops;

		if (i > 0 && any(200) != 0)
			continue;
		pops = p->depth[id] > 0 ? (unsigned)any(2) : 0;
		p->depth[id] += pushes - pops;
		p->registers[id].word[any(REGISTERS_COUNT)] = any(~0ull);
		changes[count++] = (struct thread_change){ .id = id + 1, .added = !p->there[id],
		    .registers = &p->registers[id], .vector = change_vector(p, id), .pops = pops, .pushes = pushes };
		p->there[id] = true;
	}
	assert_true(timeline_append(p->t, (enum record_kind)any(4), changes, count));
}

static void steps(struct program *p, uint64_t to)
{
	while (p->t->frontier < to)
		step(p);
}

/* -- the same? --------------------------------------------------------------------- */

static void same_table(const struct table *a, const struct table *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->capacity, b->capacity);
	if (a->count > 0)
		assert_memory_equal(a->entries, b->entries, a->count * a->size);
}

static void same_events(const struct events *a, const struct events *b)
{
	same_table(&a->outputs, &b->outputs);
	same_table(&a->macros, &b->macros);
	same_table(&a->signals, &b->signals);
	assert_int_equal(a->output_length, b->output_length);
	assert_memory_equal(a->output, b->output, a->output_length);
	assert_int_equal(a->ended, b->ended);
}

static void same_log(const struct timeline *a, const struct timeline *b)
{
	assert_int_equal(a->frontier, b->frontier);
	assert_int_equal(a->block_count, b->block_count);
	assert_int_equal(a->last, b->last);
	assert_int_equal(a->log_memory, b->log_memory);
	for (size_t i = 0; i < a->block_count; i++) {
		assert_int_equal(a->blocks[i].log.length, b->blocks[i].log.length);
		assert_memory_equal(a->blocks[i].log.data, b->blocks[i].log.data, a->blocks[i].log.length);
		assert_int_equal(a->blocks[i].last, b->blocks[i].last);
		assert_int_equal(a->blocks[i].vectors, b->blocks[i].vectors);
		assert_int_equal(a->blocks[i].vectors_block, b->blocks[i].vectors_block);
	}
}

static void same_page(const struct page *a, const struct page *b)
{
	assert_non_null(b);
	assert_memory_equal(a->bytes, b->bytes, SHADOW_PAGE);
	assert_int_equal(a->block_count, b->block_count);
	assert_int_equal(a->block_capacity, b->block_capacity);
	if (a->block_count > 0)
		assert_memory_equal(a->blocks, b->blocks, a->block_count * sizeof *a->blocks);
	assert_int_equal(a->copy_count, b->copy_count);
	for (uint32_t i = 0; i < a->copy_count; i++) {
		assert_int_equal(a->copies[i].block, b->copies[i].block);
		assert_memory_equal(a->copies[i].bytes, b->copies[i].bytes, SHADOW_PAGE);
	}
}

static void same_pages(struct timeline *a, struct timeline *b)
{
	assert_int_equal(a->pages.count, b->pages.count);
	for (size_t i = 0; i < a->pages.capacity; i++)
		if (a->pages.slots[i] != NULL) {
			assert_ptr_equal(pages_find(&a->pages, a->pages.slots[i]->number), a->pages.slots[i]);
			same_page(a->pages.slots[i], pages_find(&b->pages, a->pages.slots[i]->number));
		}
}

static void same_vector(struct timeline *a, struct timeline *b, uint64_t position, int thread)
{
	struct vector_state x, y;

	assert_true(timeline_vector(a, position, thread, &x));
	assert_true(timeline_vector(b, position, thread, &y));
	assert_memory_equal(&x, &y, sizeof x);
}

static void same_moment(struct timeline *a, struct timeline *b, uint64_t position)
{
	struct brief x, y;
	const struct moment *m, *n;

	timeline_brief(a, position, &x);
	timeline_brief(b, position, &y);
	assert_memory_equal(&x, &y, sizeof x);
	m = timeline_moment(a, position);
	n = timeline_moment(b, position);
	assert_int_equal(m->count, n->count);
	assert_int_equal(m->current, n->current);
	for (size_t i = 0; i < m->count; i++) {
		assert_int_equal(m->threads[i].id, n->threads[i].id);
		assert_int_equal(m->threads[i].depth, n->threads[i].depth);
		assert_memory_equal(&m->threads[i].registers, &n->threads[i].registers,
		    sizeof m->threads[i].registers);
		same_vector(a, b, position, m->threads[i].id);
	}
}

static void same_memory(struct timeline *a, struct timeline *b, uint64_t position)
{
	static uint8_t x[PAGES * SHADOW_PAGE], y[PAGES * SHADOW_PAGE];
	struct view *v = timeline_view(a, position, 0), *w = timeline_view(b, position, 0);
	size_t n;

	assert_true(view_read_all(v, ARENA, x, sizeof x) && view_read_all(w, ARENA, y, sizeof y));
	assert_memory_equal(x, y, sizeof x);
	n = view_read(v, FAR, x, sizeof x);
	assert_int_equal(n, view_read(w, FAR, y, sizeof y));
	assert_memory_equal(x, y, n);
	free(v);
	free(w);
}

static void same(struct timeline *a, struct timeline *b)
{
	same_log(a, b);
	same_pages(a, b);
	same_events(&a->events, &b->events);
	assert_int_equal(a->regions.count, b->regions.count);
	assert_int_equal(timeline_memory(a), timeline_memory(b));
	same_moment(a, b, a->frontier);
	for (int i = 0; i < 10; i++)
		same_moment(a, b, any(a->frontier + 1));
	for (int i = 0; i < 3; i++)
		same_memory(a, b, any(a->frontier + 1));
}

/* -- the tests ----------------------------------------------------------------------- */

static struct program run(uint64_t from, uint64_t to)
{
	struct program p;

	seed = from;
	start(&p);
	steps(&p, to);
	return p;
}

/* Whoever looks at the past leaves copies of it behind. */
static void look_around(struct timeline *t)
{
	for (int i = 0; i < 3; i++) {
		struct view *v = timeline_view(t, any(t->frontier + 1), 0);
		uint8_t bytes[64];

		view_read(v, ARENA + any(PAGES * SHADOW_PAGE - 64), bytes, sizeof bytes);
		free(v);
	}
}

static void cut_once(uint64_t from, uint64_t steps_before, uint64_t position, bool unfinished)
{
	struct program cut = run(from, steps_before), fresh = run(from, position);

	seed = from + 1;
	look_around(cut.t);
	if (unfinished)
		write_somewhere(&cut);
	assert_true(timeline_cut(cut.t, position));
	same(cut.t, fresh.t);
	/* And from there on another way. */
	memcpy(cut.registers, fresh.registers, sizeof cut.registers);
	memcpy(cut.vectors, fresh.vectors, sizeof cut.vectors);
	memcpy(cut.depth, fresh.depth, sizeof cut.depth);
	memcpy(cut.there, fresh.there, sizeof cut.there);
	cut.mapped = fresh.mapped;
	seed = from + 2;
	steps(&cut, position + 700);
	seed = from + 2;
	steps(&fresh, position + 700);
	same(cut.t, fresh.t);
	timeline_free(cut.t);
	timeline_free(fresh.t);
}

static void anywhere(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 12; i++) {
		seed = 977 + i;
		cut_once(1000 + i, STEPS, any(STEPS), i % 2 == 0);
	}
}

static void at_the_seams(void **state)
{
	static const uint64_t positions[] = { 0, 1, 255, 256, 257, 511, 512, 2047, 2048 };

	(void)state;
	for (size_t i = 0; i < sizeof positions / sizeof positions[0]; i++) {
		cut_once(50 + i, 2048, positions[i], false);
		cut_once(50 + i, 2048, positions[i], true);
		cut_once(50 + i, positions[i], positions[i], true);
		cut_once(50 + i, positions[i] + 1, positions[i], false);
	}
}

/* Cut, go on, cut again, one timeline all the time: at each cut it is the one that
 * has only those steps that led there. */
static void again_and_again(void **state)
{
	struct { uint64_t seed, end; } legs[CUTS + 1];
	struct program p, fresh;
	size_t count = 0;

	(void)state;
	seed = 4711;
	start(&p);
	for (int i = 0; i < CUTS; i++) {
		uint64_t to = p.t->frontier + 100 + (uint64_t)i * 17 % 900, position;

		legs[count].seed = 7777 + (uint64_t)i;
		seed = legs[count].seed;
		steps(&p, to);
		position = to - any(to < 1500 ? to + 1 : 1500);
		legs[count++].end = position;
		while (count > 1 && legs[count - 2].end >= position) {
			legs[count - 2].end = position;
			count--;
		}
		assert_true(timeline_cut(p.t, position));
		seed = 4711;
		start(&fresh);
		for (size_t leg = 0; leg < count; leg++) {
			seed = legs[leg].seed;
			steps(&fresh, legs[leg].end);
		}
		same(p.t, fresh.t);
		timeline_free(fresh.t);
		fresh.t = p.t;
		p = fresh;
	}
	timeline_free(p.t);
}

static void the_end_is_forgotten(void **state)
{
	struct program p = run(5, 300);

	(void)state;
	p.t->events.ended = true;
	p.t->events.end_position = 300;
	assert_true(timeline_cut(p.t, 300));
	assert_true(p.t->events.ended);
	assert_true(timeline_cut(p.t, 299));
	assert_false(p.t->events.ended);
	timeline_free(p.t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anywhere), cmocka_unit_test(at_the_seams),
		cmocka_unit_test(again_and_again), cmocka_unit_test(the_end_is_forgotten),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
