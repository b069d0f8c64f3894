/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The index against a scan of all that was recorded. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "tracer/timeline/timeline.h"

enum { STEPS = 12000, PCS = 60, PAGES = 4, THREADS = 3, WRITES = 4, VECTORS = 8 };
#define ARENA_START 0x7fff0000ull

struct range {
	uint64_t address, length;
};

/* What one record did. */
struct step {
	uint64_t pc;
	int thread;
	unsigned depth, low;
	enum record_kind kind;
	struct range writes[WRITES];
	size_t write_count;
	uint64_t changed[THREADS + 1];	/* registers, by thread */
	uint64_t vectors[THREADS + 1];	/* vector registers of one kind */
};

struct log {
	struct timeline *timeline;
	struct step *steps;		/* [position] */
	struct registers registers[THREADS + 1];
	struct vector_state vectors[THREADS + 1];
	unsigned depth[THREADS + 1];
	bool there[THREADS + 1];
	int thread;
	uint64_t hot;			/* where in the arena it writes these days */
};

static uint64_t seed = 88172645463325252ull;

static uint64_t any(uint64_t bound)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % bound;
}

/* -- a random log ------------------------------------------------------------------- */

static uint64_t pc_of(uint64_t n)
{
	return 0x401000 + n * n * 3;
}

static void write_range(struct log *l, struct step *s)
{
	static const uint8_t zeros[2 * SHADOW_PAGE];
	struct range r = { ARENA_START + l->hot + any(64), any(40) == 0 ? 1 + any(5000) : 1 + any(12) };

	if (any(60) == 0)
		l->hot = any((PAGES - 2) * SHADOW_PAGE);
	/* what it was already counts, too */
	assert_true(timeline_write(l->timeline, r.address, any(2) ? zeros : zeros + 1, r.length));
	s->writes[s->write_count++] = r;
}

/* Sometimes a lot of small pieces, as a macro-step writes them. */
static void write_pieces(struct log *l, struct step *s)
{
	uint64_t start = ARENA_START + (PAGES - 1) * SHADOW_PAGE;

	for (uint64_t at = 0; at < SHADOW_PAGE; at += 9)
		assert_true(timeline_write(l->timeline, start + at, "pieces!!", 8));
	s->writes[s->write_count++] = (struct range){ start, 0 };
}

static bool was_written(const struct step *s, uint64_t address, uint64_t length)
{
	for (size_t i = 0; i < s->write_count; i++) {
		const struct range *r = &s->writes[i];

		if (r->length > 0 && r->address < address + length && address < r->address + r->length)
			return true;
		for (uint64_t a = address; r->length == 0 && a < address + length; a++)
			if (a >= r->address && a < r->address + SHADOW_PAGE && (a - r->address) % 9 != 8)
				return true;
	}
	return false;
}

/* Some do not change it. */
static uint64_t change_vector(struct vector_state *v, unsigned number)
{
	struct vector_register r = { vector_table, number };
	uint8_t before[VECTOR_REGISTER_MAX], now[VECTOR_REGISTER_MAX];

	vector_get(v, &r, before);
	memcpy(now, before, sizeof now);
	now[any(vector_table->size)] = (uint8_t)any(3);
	vector_put(v, &r, now);
	return (uint64_t)(memcmp(before, now, sizeof now) != 0) << number;
}

static void change_thread(struct log *l, struct step *s, int id, struct thread_change *change)
{
	struct registers old = l->registers[id];
	unsigned pops = l->depth[id] > 0 && any(4) == 0 ? 1 : 0, pushes = any(5) == 0;

	for (uint64_t n = any(3); n > 0; n--)
		l->registers[id].word[any(REGISTERS_COUNT)] = any(4);
	l->registers[id].word[REG_PC] = pc_of(any(20) == 0 ? any(PCS) : any(6));
	s->changed[id] = l->there[id] ? 0 : ~0ull;
	for (int i = 0; i < REGISTERS_COUNT; i++)
		s->changed[id] |= (uint64_t)(old.word[i] != l->registers[id].word[i]) << i;
	s->vectors[id] = l->there[id] ? 0 : ~0ull;
	if (any(30) == 0)
		s->vectors[id] |= change_vector(&l->vectors[id], (unsigned)any(VECTORS));
	*change = (struct thread_change){ .id = id, .added = !l->there[id],
	    .registers = &l->registers[id], .vector = &l->vectors[id], .pops = pops, .pushes = pushes };
	l->depth[id] -= pops;
	if (id == s->thread)
		s->low = l->depth[id];
	l->depth[id] += pushes;
	l->there[id] = true;
}

/* The thread that ran leaves, where it is not the last one. */
static void leave(struct log *l, struct step *s, struct thread_change *change)
{
	bool others = false;

	for (int id = 1; id <= THREADS; id++)
		others |= id != change->id && l->there[id];
	if (!others)
		return;
	change->removed = true;
	s->changed[change->id] = s->vectors[change->id] = 0;
	l->there[change->id] = false;
}

/* Where the record has led to: when its thread has left, to another one, which did nothing. */
static void arrive(struct log *l, struct step *s)
{
	const struct moment *now = &l->timeline->now;

	if (!l->there[s->thread]) {
		l->depth[s->thread] = 0;
		memset(&l->registers[s->thread], 0, sizeof l->registers[0]);
		memset(&l->vectors[s->thread], 0, sizeof l->vectors[0]);
		l->thread = s->thread = now->threads[now->current].id;
		s->low = l->depth[l->thread];
	}
	s->pc = l->registers[l->thread].word[REG_PC];
	s->depth = l->depth[l->thread];
}

static void append(struct log *l)
{
	struct thread_change changes[THREADS];
	struct step *s = &l->steps[l->timeline->frontier + 1];
	size_t count = 0;

	*s = (struct step){ .kind = any(30) == 0 ? (any(2) ? RECORD_WRITE : RECORD_EXIT) : (enum record_kind)any(4) };
	if (any(50) == 0)
		l->thread = 1 + (int)any(THREADS);
	s->thread = l->thread;
	for (uint64_t n = any(3); n > 0; n--)
		write_range(l, s);
	if (any(700) == 0)
		write_pieces(l, s);
	change_thread(l, s, l->thread, &changes[count++]);
	if (any(90) == 0)
		change_thread(l, s, l->thread % THREADS + 1, &changes[count++]);
	if (count == 1 && any(200) == 0)
		leave(l, s, &changes[0]);
	assert_true(timeline_append(l->timeline, s->kind, changes, count));
	arrive(l, s);
}

static void begin(struct log *l)
{
	*l = (struct log){ .thread = 1 };
	l->steps = calloc(STEPS + 2, sizeof *l->steps);
	assert_non_null(l->steps);
	l->registers[1].word[REG_PC] = pc_of(2);
	l->there[1] = true;
	l->steps[0] = (struct step){ .pc = pc_of(2), .thread = 1 };
	l->timeline = timeline_new(1, &l->registers[1], NULL);
	assert_non_null(l->timeline);
}

static void end(struct log *l)
{
	timeline_free(l->timeline);
	free(l->steps);
}

/* The log goes on from a position that has become its newest again. */
static void as_at(struct log *l, uint64_t position)
{
	const struct moment *now = &l->timeline->now;

	assert_int_equal(l->timeline->frontier, position);
	memset(l->there, 0, sizeof l->there);
	memset(l->depth, 0, sizeof l->depth);
	memset(l->registers, 0, sizeof l->registers);
	memset(l->vectors, 0, sizeof l->vectors);
	for (size_t i = 0; i < now->count; i++) {
		l->registers[now->threads[i].id] = now->threads[i].registers;
		l->depth[now->threads[i].id] = now->threads[i].depth;
		if (now->threads[i].vector != NULL)
			l->vectors[now->threads[i].id] = *now->threads[i].vector;
		l->there[now->threads[i].id] = true;
	}
	l->thread = now->threads[now->current].id;
}

/* -- the same question, asked of all positions ------------------------------------------ */

struct question {
	uint64_t pcs[3];
	size_t count;
	struct range range;
	int thread, reg;
	unsigned depth, vector;
	bool (*is_true)(const struct question *, const struct step *);
};

static bool arrives(const struct question *q, const struct step *s)
{
	for (size_t i = 0; i < q->count; i++)
		if (q->pcs[i] == s->pc)
			return s->kind != RECORD_WRITE && s->kind != RECORD_EXIT;
	return false;
}

static bool writes(const struct question *q, const struct step *s)
{
	return was_written(s, q->range.address, q->range.length);
}

static bool changes(const struct question *q, const struct step *s)
{
	return s->changed[q->thread] >> q->reg & 1;
}

static bool changes_vector(const struct question *q, const struct step *s)
{
	return s->vectors[q->thread] >> q->vector & 1;
}

static bool is_shallow(const struct question *q, const struct step *s)
{
	return s->thread == q->thread && s->low <= q->depth;
}

static uint64_t scan(const struct log *l, const struct question *q, uint64_t from, int direction)
{
	for (uint64_t p = from; direction < 0 ? p > 0 : p < l->timeline->frontier; ) {
		p += direction < 0 ? -1ul : 1ul;
		if (q->is_true(q, &l->steps[p]))
			return p;
	}
	return NOWHERE;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static struct question any_question(void)
{
	struct question q = { .count = 1 + any(3), .thread = 1 + (int)any(THREADS),
	    .reg = (int)any(REGISTERS_COUNT), .depth = (unsigned)any(6), .vector = (unsigned)any(VECTORS) };

	for (size_t i = 0; i < q.count; i++)
		q.pcs[i] = pc_of(any(4) == 0 ? any(6) : any(PCS + 2));
	qsort(q.pcs, q.count, sizeof q.pcs[0], by_value);
	q.range.address = ARENA_START + any(PAGES * SHADOW_PAGE);
	q.range.length = any(4) == 0 ? 1 + any(5000) : 1 + any(8);
	return q;
}

static void compare_searches(struct log *l, uint64_t from, int direction)
{
	struct timeline *t = l->timeline;
	struct question q = any_question();

	q.is_true = arrives;
	assert_int_equal(timeline_find_pc(t, q.pcs, q.count, from, direction), scan(l, &q, from, direction));
	q.is_true = writes;
	assert_int_equal(timeline_find_write(t, q.range.address, q.range.length, from, direction),
	    scan(l, &q, from, direction));
	q.is_true = is_shallow;
	assert_int_equal(timeline_find_shallow(t, q.thread, q.depth, from, direction),
	    scan(l, &q, from, direction));
	q.is_true = changes;
	if (direction < 0)
		assert_int_equal(timeline_find_register(t, q.reg, q.thread, from), scan(l, &q, from, -1));
	q.is_true = changes_vector;
	if (direction < 0)
		assert_int_equal(timeline_find_vector(t, &(struct vector_register){ vector_table, q.vector },
		    q.thread, from), scan(l, &q, from, -1));
}

static void compare_counts(struct log *l, uint64_t from, uint64_t to)
{
	struct question q = any_question();
	uint64_t count = 0;
	unsigned depth = l->steps[from].depth;

	for (uint64_t p = from + 1; p <= to; p++) {
		count += arrives(&q, &l->steps[p]);
		depth = l->steps[p].depth > depth ? l->steps[p].depth : depth;
	}
	/* a pc that is named twice counts once */
	if (q.count < 2 || (q.pcs[0] != q.pcs[1] && (q.count < 3 || q.pcs[1] != q.pcs[2])))
		assert_int_equal(timeline_count_pc(l->timeline, q.pcs, q.count, from, to), count);
	assert_int_equal(timeline_depth_max(l->timeline, from, to), depth);
}

static void compare(struct log *l, int questions)
{
	uint64_t frontier = l->timeline->frontier;

	for (int i = 0; i < questions; i++) {
		uint64_t a = any(frontier + 1), b = a + any(any(2) ? 700 : frontier + 1 - a);

		compare_searches(l, a, i % 2 ? -1 : 1);
		compare_counts(l, a, b < frontier ? b : frontier);
	}
	compare_searches(l, 0, 1);
	compare_searches(l, 0, -1);
	compare_searches(l, frontier, 1);
	compare_searches(l, frontier, -1);
	compare_searches(l, frontier + 1, -1);
	compare_counts(l, 0, frontier);
	compare_counts(l, frontier, frontier);
}

/* ------------------------------------------------------------------------------------------ */

static void answers_are_those_of_a_scan(void **state)
{
	struct log l;

	(void)state;
	begin(&l);
	compare(&l, 1);
	for (uint64_t p = 0; p < STEPS; p++) {
		append(&l);
		if (p < 600 || any(40) == 0)
			compare(&l, 2);
	}
	compare(&l, 3000);
	end(&l);
}

/* Cut at positions before, go on, and cut again. */
static void a_cut_index_knows_nothing_of_what_was_cut(void **state)
{
	struct log l;

	(void)state;
	begin(&l);
	for (int i = 0; i < 40; i++) {
		uint64_t position;

		while (l.timeline->frontier < STEPS)
			append(&l);
		position = any(5) == 0 ? any(STEPS) : STEPS - any(2000);
		if (any(4) == 0)
			position -= position % BLOCK_RECORDS;
		assert_true(timeline_cut(l.timeline, position));
		as_at(&l, position);
		compare(&l, 60);
	}
	end(&l);
}

/* A million times the same is no more than the search for one. */
static void a_loop_costs_little(void **state)
{
	struct registers r = { { 0 } };
	struct thread_change change = { .id = 1, .registers = &r };
	struct timeline *t = timeline_new(1, &r, NULL);
	uint64_t pc = 0x401002, page;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		r.word[REG_PC] = 0x401000 + (uint64_t)(i % 20);
		r.word[0]++;
		assert_true(timeline_write(t, ARENA_START + 8 * (uint64_t)(i % 30), &r.word[0], 8));
		assert_true(timeline_append(t, RECORD_INSTRUCTION, &change, 1));
	}
	page = pages_find(&t->pages, ARENA_START / SHADOW_PAGE)->trail.count * sizeof(struct touch) +
	    pages_find(&t->pages, ARENA_START / SHADOW_PAGE)->trail.run_count * sizeof(uint16_t);
	assert_in_range(index_memory(&t->index) + page, 1, 200000 * 3 / 4);
	assert_true(timeline_memory(t) > index_memory(&t->index) + page);
	assert_int_equal(timeline_count_pc(t, &pc, 1, 0, 200000), 10000);
	end(&(struct log){ .timeline = t });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_those_of_a_scan),
		cmocka_unit_test(a_cut_index_knows_nothing_of_what_was_cut),
		cmocka_unit_test(a_loop_costs_little),
	};

	return RUN_TESTS(tests);
}
