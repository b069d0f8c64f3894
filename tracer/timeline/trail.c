/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/timeline/trail.h"

#include <stdlib.h>
#include <string.h>

#include "src/bisect.h"

enum {
	TOUCH_BITMAP = 1u << 31,
	LINE = TRAIL_PAGE / 64,
	CODE_BITS = 4,
	CODE_LONG = 15,			/* the length - 1 stands in the next word */
	BITMAP_WORDS = TRAIL_PAGE / 16,	/* runs that take more become a bitmap */
};

/* Lengths with a code of their own. */
static const uint8_t lengths[CODE_LONG] = { 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 48, 64 };

struct run {
	size_t start, end;
};

/* -- runs ---------------------------------------------------------------------------- */

static size_t put_run(uint16_t *words, const struct run *r)
{
	size_t length = r->end - r->start, code = 0;

	while (code < CODE_LONG && lengths[code] != length)
		code++;
	words[0] = (uint16_t)(r->start << CODE_BITS | code);
	if (code == CODE_LONG)
		words[1] = (uint16_t)(length - 1);
	return code == CODE_LONG ? 2 : 1;
}

static size_t get_run(const uint16_t *words, struct run *r)
{
	unsigned code = words[0] & CODE_LONG;

	r->start = words[0] >> CODE_BITS;
	r->end = r->start + (code == CODE_LONG ? words[1] + 1u : lengths[code]);
	return code == CODE_LONG ? 2 : 1;
}

static void set_bits(uint16_t *bitmap, const struct run *r)
{
	for (size_t i = r->start; i < r->end; i++)
		bitmap[i / 16] |= (uint16_t)(1u << i % 16);
}

static bool any_bit(const uint16_t *bitmap, const struct run *r)
{
	for (size_t i = r->start; i < r->end; i++)
		if (bitmap[i / 16] >> i % 16 & 1)
			return true;
	return false;
}

static uint32_t runs_of(const struct touch *t)
{
	return t->runs & ~(uint32_t)TOUCH_BITMAP;
}

static bool is_bitmap(const struct touch *t)
{
	return t->runs & TOUCH_BITMAP;
}

static uint64_t lines_of(const struct run *r)
{
	size_t first = r->start / LINE, last = (r->end - 1) / LINE;

	return (~0ull >> (63 - (last - first))) << first;
}

/* -- noting -------------------------------------------------------------------------- */

/* Room for more.  By half, not twofold: there are many of these lists. */
static void *grow(void *list, uint32_t *capacity, uint32_t count, uint32_t more, size_t size)
{
	uint32_t wanted = *capacity + *capacity / 2 + 4;
	void *bigger;

	if (count + more <= *capacity)
		return list;
	if (wanted < count + more)
		wanted = count + more;
	bigger = realloc(list, wanted * size);
	if (bigger != NULL)
		*capacity = wanted;
	return bigger;
}

/* For one more touch, and for this many words of runs. */
static bool room(struct trail *t, uint32_t words)
{
	void *touches = grow(t->touches, &t->capacity, t->count, 1, sizeof *t->touches);
	void *runs = grow(t->runs, &t->run_capacity, t->run_count, words, sizeof *t->runs);

	if (touches != NULL)
		t->touches = touches;
	if (runs != NULL)
		t->runs = runs;
	return touches != NULL && runs != NULL;
}

static uint64_t in_use(const struct trail *t)
{
	return t->count * sizeof *t->touches + t->run_count * sizeof *t->runs;
}

/* The newest touch has too many runs. */
static bool make_bitmap(struct trail *t)
{
	uint16_t bitmap[BITMAP_WORDS] = { 0 };
	struct touch *newest;
	struct run r;

	for (uint32_t i = runs_of(&t->touches[t->count - 1]); i < t->run_count; ) {
		i += (uint32_t)get_run(&t->runs[i], &r);
		set_bits(bitmap, &r);
	}
	if (!room(t, BITMAP_WORDS))
		return false;
	newest = &t->touches[t->count - 1];
	memcpy(t->runs + newest->runs, bitmap, sizeof bitmap);
	t->run_count = newest->runs + BITMAP_WORDS;
	newest->runs |= TOUCH_BITMAP;
	return true;
}

/* Is it in the newest touch's runs?  One that it goes on from is made longer. */
static bool is_noted(struct trail *t, const struct touch *newest, const struct run *wanted)
{
	uint32_t i = newest->runs, last = i;
	struct run r = { 0, 0 };

	while (i < t->run_count) {
		last = i;
		i += (uint32_t)get_run(&t->runs[i], &r);
		if (r.start <= wanted->start && wanted->end <= r.end)
			return true;
	}
	if (last == i || wanted->start < r.start || wanted->start > r.end)
		return false;
	r.end = wanted->end;
	t->run_count = last + (uint32_t)put_run(&t->runs[last], &r);
	return true;
}

static bool note(struct trail *t, uint32_t block, const struct run *r)
{
	struct touch *newest = t->count > 0 ? &t->touches[t->count - 1] : NULL;

	if (newest == NULL || newest->block != block) {
		newest = &t->touches[t->count++];
		*newest = (struct touch){ block, t->run_count, 0 };
	}
	newest->lines |= lines_of(r);
	if (!is_bitmap(newest)) {
		if (is_noted(t, newest, r))
			return true;
		if (t->run_count - newest->runs + 2 <= BITMAP_WORDS) {
			t->run_count += (uint32_t)put_run(&t->runs[t->run_count], r);
			return true;
		}
		if (!make_bitmap(t))
			return false;
		newest = &t->touches[t->count - 1];
	}
	set_bits(t->runs + runs_of(newest), r);
	return true;
}

bool trail_note(struct trail *t, uint32_t block, size_t offset, size_t length, uint64_t *memory)
{
	const struct run r = { offset, offset + length };
	uint64_t before = in_use(t);
	bool done = room(t, 2) && note(t, block, &r);

	*memory += in_use(t) - before;
	return done;
}

/* -- finding ------------------------------------------------------------------------- */

static bool touches(const struct trail *t, uint32_t i, const struct run *wanted, uint64_t lines)
{
	const struct touch *touch = &t->touches[i];
	uint32_t end = i + 1 < t->count ? runs_of(touch + 1) : t->run_count;
	struct run r;

	if ((touch->lines & lines) == 0)
		return false;
	if (is_bitmap(touch))
		return any_bit(t->runs + runs_of(touch), wanted);
	for (uint32_t at = touch->runs; at < end; ) {
		at += (uint32_t)get_run(&t->runs[at], &r);
		if (r.start < wanted->end && wanted->start < r.end)
			return true;
	}
	return false;
}

/* Index of the first touch that is at or behind block. */
static uint32_t touch_index(const struct trail *t, uint32_t block)
{
	return (uint32_t)bisect(t->count, i, t->touches[i].block < block);
}

bool trail_find(const struct trail *t, uint32_t *block, int direction, size_t offset, size_t length)
{
	struct run wanted = { offset, offset + length };
	uint64_t lines = lines_of(&wanted);
	uint32_t i = touch_index(t, *block);

	if (direction < 0 && (i == t->count || t->touches[i].block > *block))
		i--;	/* below 0: past count */
	for (; i < t->count; i += direction < 0 ? -1u : 1u)
		if (touches(t, i, &wanted, lines)) {
			*block = t->touches[i].block;
			return true;
		}
	return false;
}

void trail_cut(struct trail *t, uint32_t block, uint64_t *memory)
{
	uint32_t i = touch_index(t, block);
	uint64_t before = in_use(t);

	if (i < t->count)
		t->run_count = runs_of(&t->touches[i]);
	t->count = i;
	*memory -= before - in_use(t);
}

void trail_free(struct trail *t)
{
	free(t->touches);
	free(t->runs);
	*t = (struct trail){ 0 };
}
