/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/timeline/codec-private.h"

#include <stdlib.h>
#include <string.h>

enum {
	/* A record's first byte: the pc's advance, up to 15 (0: it stands in the change), and which
	 * parts follow.  HEAD_LONG: the record's kind instead, and the parts in a second byte, with
	 * those that are rare. */
	HEAD_ADVANCE = 15, HEAD_REGISTERS = 16, HEAD_WRITES = 32, HEAD_DEPTH = 64, HEAD_LONG = 128,
	HEAD_THREADS = 1, HEAD_VECTOR = 2,
	WRITES_SHORT = 64,		/* more bytes of writes than these have their length in front */
	/* A register's byte.  REGISTER_WORD: it changed by a word, as the stack pointer does. */
	REGISTER_INDEX = 63, REGISTER_LAST = 64, REGISTER_WORD = 128,
	PUSHES_MAX = 3,			/* beside the pops in one number; the rest follows */
	/* A thread's byte, in a record of several. */
	PART_ADDED = 1, PART_REMOVED = 2, PART_REGISTERS = 4, PART_DEPTH = 8, PART_VECTOR = 16,
	/* A change at its longest: pc, every register, two depths. */
	CHANGE_MAX = VARINT_MAX * (REGISTERS_COUNT * 2 + 6),
};

/* -- registers ------------------------------------------------------------- */

static inline uint64_t change_of(int index, uint64_t old, uint64_t new)
{
	return index == REG_FLAGS ? old ^ new : zigzag(new - old);
}

static inline void change_apply(int index, uint64_t *word, uint64_t change)
{
	*word = index == REG_FLAGS ? *word ^ change : *word + unzigzag(change);
}

/* A word pushed or popped: the stack pointer's most frequent change. */
static inline uint64_t word_change(bool writes)
{
	return zigzag(writes ? -(uint64_t)sizeof(uint64_t) : sizeof(uint64_t));
}

/* Which registers but the pc differ; 0: none.  REGISTERS_COUNT ≤ 64. */
static uint64_t differing(const struct registers *a, const struct registers *b)
{
	uint64_t set = 0;

	for (int i = 0; i < REGISTERS_COUNT; i++)
		set |= (uint64_t)(a->word[i] != b->word[i]) << i;
	return set & ~(1ull << REG_PC);
}

static void put_registers(struct bytes *b, const struct registers *old,
    const struct registers *new, uint64_t set, bool writes)
{
	while (set != 0) {
		int i = __builtin_ctzll(set);
		uint64_t change = change_of(i, old->word[i], new->word[i]);
		bool word = i == REG_SP && change == word_change(writes);

		set &= set - 1;
		b->data[b->length++] = (uint8_t)(i | (set == 0 ? REGISTER_LAST : 0) |
		    (word ? REGISTER_WORD : 0));
		if (!word)
			put(b, change);
	}
}

static void get_registers(struct decoder *d, struct registers *r, bool writes)
{
	uint8_t head;

	do {
		uint64_t change;

		head = *d->at++;
		change = head & REGISTER_WORD ? word_change(writes) : get(d);
		if (r != NULL)
			change_apply(head & REGISTER_INDEX, &r->word[head & REGISTER_INDEX], change);
	} while ((head & REGISTER_LAST) == 0);
}

/* -- changes ------------------------------------------------------------------- */

static bool vector_differs(const struct moment_thread *t, const struct thread_change *c)
{
	return c->vector != NULL && memcmp(t->vector, c->vector, sizeof *c->vector) != 0;
}

/* Room for a change, and for the vector state that it is made against. */
static bool prepare(struct bytes *b, struct moment_thread *t, const struct thread_change *c)
{
	if (c->vector != NULL && t->vector == NULL)
		t->vector = calloc(1, sizeof *t->vector);
	return (c->vector == NULL || t->vector != NULL) &&
	    bytes_reserve(b, CHANGE_MAX + (c->vector != NULL ? VECTOR_MAX : 0));
}

/* What of a change is there. */
struct parts {
	unsigned advance;	/* of the pc, 0: stands in the change */
	bool registers, writes, depth, vector;
};

static struct parts parts_of(const struct moment_thread *t, const struct thread_change *c,
    uint64_t set, bool writes)
{
	return (struct parts){ .registers = set != 0, .writes = writes,
		.depth = c->pops + c->pushes > 0, .vector = vector_differs(t, c) };
}

static void put_change(struct bytes *b, struct moment_thread *t, const struct thread_change *c,
    uint64_t set, const struct parts *parts)
{
	if (parts->advance == 0)
		put(b, zigzag(c->registers->word[REG_PC] - t->registers.word[REG_PC]));
	put_registers(b, &t->registers, c->registers, set, parts->writes);
	if (parts->depth)
		put(b, (uint64_t)c->pops << 2 | (c->pushes < PUSHES_MAX ? c->pushes : PUSHES_MAX));
	if (c->pushes >= PUSHES_MAX)
		put(b, c->pushes - PUSHES_MAX);
	if (parts->vector) {
		put_vector(b, t->vector, c->vector);
		*t->vector = *c->vector;
	}
	t->registers = *c->registers;
	t->depth = t->depth - c->pops + c->pushes;
}

static void get_change(struct decoder *d, struct moment_thread *t, struct parts parts, unsigned *low)
{
	uint64_t advance = parts.advance != 0 ? parts.advance : unzigzag(get(d));

	if (t != NULL)
		t->registers.word[REG_PC] += advance;
	if (parts.registers)
		get_registers(d, t != NULL ? &t->registers : NULL, parts.writes);
	*low = t != NULL ? t->depth : 0;
	if (parts.depth) {
		uint64_t depth = get(d), pops = depth >> 2, pushes = depth & PUSHES_MAX;

		if (pushes == PUSHES_MAX)
			pushes += get(d);
		if (t != NULL) {
			*low = t->depth - (unsigned)pops;
			t->depth = *low + (unsigned)pushes;
		}
	}
	d->vectors_changed |= parts.vector;
	if (parts.vector)
		get_vector(d, t != NULL && t->id == d->vector_thread ? d->vector : NULL);
}

/* -- moments ------------------------------------------------------------------- */

bool encode_moment(struct bytes *b, const struct moment *m)
{
	if (!bytes_reserve(b, CHANGE_MAX))
		return false;
	put(b, m->count);
	put(b, m->current);
	for (size_t i = 0; i < m->count; i++) {
		const struct moment_thread *t = &m->threads[i];

		if (!bytes_reserve(b, CHANGE_MAX))
			return false;
		put(b, (uint64_t)t->id);
		put(b, t->depth);
		for (int r = 0; r < REGISTERS_COUNT; r++)
			put(b, zigzag(t->registers.word[r]));
	}
	return true;
}

bool decode_moment(struct decoder *d, struct moment *m)
{
	size_t count = get(d);

	if (!moment_reserve(m, count))
		return false;
	m->count = count;
	m->current = get(d);
	for (size_t i = 0; i < count; i++) {
		struct moment_thread *t = &m->threads[i];

		t->id = (int)get(d);
		t->depth = (unsigned)get(d);
		t->vector = NULL;
		for (int r = 0; r < REGISTERS_COUNT; r++)
			t->registers.word[r] = unzigzag(get(d));
	}
	return true;
}

/* -- records --------------------------------------------------------------- */

static bool encode_threads(struct bytes *b, struct moment *now, bool writes,
    const struct thread_change *changes, size_t count)
{
	put(b, (uint64_t)changes[0].id);
	put(b, count);
	for (size_t i = 0; i < count; i++) {
		const struct thread_change *c = &changes[i];
		struct moment_thread *t = moment_add(now, c->id);
		struct parts parts;
		uint64_t set;

		if (t == NULL || !prepare(b, t, c))
			return false;
		set = differing(&t->registers, c->registers);
		parts = parts_of(t, c, set, writes);
		now->vectors_changed |= parts.vector;
		put(b, (uint64_t)c->id);
		put(b, (c->added ? PART_ADDED : 0) | (c->removed ? PART_REMOVED : 0) |
		    (parts.registers ? PART_REGISTERS : 0) | (parts.depth ? PART_DEPTH : 0) |
		    (parts.vector ? PART_VECTOR : 0));
		put_change(b, t, c, set, &parts);
		if (c->removed)
			moment_remove(now, c->id);
	}
	return true;
}

static void choose_current(struct moment *m, int id)
{
	struct moment_thread *t = moment_find(m, id);

	if (t != NULL)
		m->current = (size_t)(t - m->threads);
}

static bool is_long(enum record_kind kind, const struct record_writes *w, const struct parts *p)
{
	return kind != RECORD_INSTRUCTION || p->vector || w->length > WRITES_SHORT;
}

static void put_head(struct bytes *b, enum record_kind kind, bool threads, bool rare, const struct parts *p)
{
	uint8_t parts = (uint8_t)((p->registers ? HEAD_REGISTERS : 0) | (p->writes ? HEAD_WRITES : 0) |
	    (p->depth ? HEAD_DEPTH : 0));

	if (rare) {
		b->data[b->length++] = (uint8_t)(HEAD_LONG | kind);
		b->data[b->length++] = (uint8_t)(parts | (threads ? HEAD_THREADS : 0) |
		    (p->vector ? HEAD_VECTOR : 0));
	} else {
		b->data[b->length++] = (uint8_t)(parts | p->advance);
	}
}

/* Most instructions lead to the one behind them. */
static unsigned advance_of(const struct moment_thread *t, const struct thread_change *c)
{
	uint64_t advance = c->registers->word[REG_PC] - t->registers.word[REG_PC];

	return advance <= HEAD_ADVANCE ? (unsigned)advance : 0;
}

static bool put_length(struct bytes *b, const struct record_writes *w)
{
	if (!bytes_reserve(b, 2 * VARINT_MAX))
		return false;
	put(b, w->length);
	put(b, zigzag(w->moved));
	return true;
}

bool encode_record(struct bytes *b, struct moment *now, enum record_kind kind,
    const struct record_writes *w, const struct thread_change *changes, size_t count)
{
	const struct thread_change *c = &changes[0];
	struct moment_thread *t = &now->threads[now->current];
	struct parts parts = { .writes = w->length > 0 };
	uint64_t set;
	bool rare;

	if (!bytes_reserve(b, CHANGE_MAX))
		return false;
	if (count != 1 || now->count == 0 || t->id != c->id || c->removed) {
		put_head(b, kind, true, true, &parts);
		if (!encode_threads(b, now, parts.writes, changes, count))
			return false;
		choose_current(now, c->id);
		return !parts.writes || put_length(b, w);
	}
	if (!prepare(b, t, c))
		return false;
	set = differing(&t->registers, c->registers);
	parts = parts_of(t, c, set, parts.writes);
	now->vectors_changed |= parts.vector;
	rare = is_long(kind, w, &parts);
	if (!rare)
		parts.advance = advance_of(t, c);
	put_head(b, kind, false, rare, &parts);
	put_change(b, t, c, set, &parts);
	return !rare || !parts.writes || put_length(b, w);
}

static void decode_threads(struct decoder *d, struct moment *m, bool writes, unsigned *low)
{
	int current = (int)get(d);
	uint64_t count = get(d);

	*low = 0;
	for (uint64_t i = 0; i < count; i++) {
		int id = (int)get(d);
		uint64_t flags = get(d);
		struct moment_thread *t = m != NULL ? moment_add(m, id) : NULL;
		unsigned part_low;

		get_change(d, t, (struct parts){ .registers = flags & PART_REGISTERS, .writes = writes,
		    .depth = flags & PART_DEPTH, .vector = flags & PART_VECTOR }, &part_low);
		if (id == current)
			*low = part_low;
		if (m != NULL && (flags & PART_REMOVED))
			moment_remove(m, id);
	}
	if (m == NULL)
		return;
	choose_current(m, current);
	/* It has left: the record arrives at another thread, which did nothing. */
	if (m->threads[m->current].id != current)
		*low = m->threads[m->current].depth;
}

static void get_length(struct decoder *d)
{
	uint64_t length = get(d);

	d->behind_last = d->last + unzigzag(get(d));
	d->behind = d->at + length;
}

void decode_record(struct decoder *d, struct moment *m, struct record_info *info)
{
	uint8_t head = *d->at++, rare = 0;
	bool is_rare = head & HEAD_LONG;
	struct parts parts = { 0 };

	info->kind = RECORD_INSTRUCTION;
	if (is_rare) {
		info->kind = head & ~HEAD_LONG;
		head = rare = *d->at++;
	} else {
		parts.advance = head & HEAD_ADVANCE;
	}
	parts.registers = head & HEAD_REGISTERS;
	parts.writes = info->writes = d->more = head & HEAD_WRITES;
	parts.depth = head & HEAD_DEPTH;
	parts.vector = rare & HEAD_VECTOR;
	if (rare & HEAD_THREADS)
		decode_threads(d, m, parts.writes, &info->low);
	else
		get_change(d, m != NULL ? &m->threads[m->current] : NULL, parts, &info->low);
	d->behind = NULL;
	if (is_rare && d->more)
		get_length(d);
}
