/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Queries about a stretch of the timeline. */
#include <stdlib.h>
#include <string.h>

#include "tracer/session-parts.h"

#define CHANGES_MAX	64	/* writes of one step in a window */
#define CHANGE_BYTES	256	/* of each */
#define ROOM_BEHIND	64	/* bytes of the answer that are kept for what follows a list */

bool call_stretch(struct call *c, uint64_t from, bool has_to, uint64_t *to)
{
	uint64_t frontier = control_frontier(c->session->control);

	if (!has_to)
		*to = frontier;
	if (from <= *to && *to <= frontier)
		return true;
	c->failure.has_moment = true;
	c->failure.frontier = frontier;
	c->failure.epoch = control_epoch(c->session->control);
	fail(&c->failure, 422, "out_of_range", "from must be at most to, and to at most the frontier, %llu",
	    (unsigned long long)frontier);
	return false;
}

/* -- timeline ------------------------------------------------------------------------- */

struct bucket {
	uint64_t depth, output, syscalls, signals, breakpoints;
};

/* The addresses of all breakpoints. */
struct addresses {
	uint64_t *list;
	size_t count;
};

/* Positions [from, to] of the timeline. */
static struct bucket fill_bucket(struct session *s, const struct addresses *a, uint64_t from, uint64_t to)
{
	uint64_t before = from > 0 ? from - 1 : 0;
	size_t calls;
	struct bucket b = { .depth = control_depth_max(s->control, from, to),
		.output = control_output_end_at(s->control, to),
		.signals = control_count_signals(s->control, before, to),
		.breakpoints = control_count_arrivals(s->control, a->list, a->count, before, to) };

	control_calls(s->control, from, to, &calls);
	b.syscalls = calls;
	if (from > 0) {
		b.output -= control_output_end_at(s->control, before);
		return b;
	}
	/* What counts from one position on to another leaves the first one out. */
	b.signals += control_signal_at(s->control, 0).number != 0;
	b.breakpoints += breakpoints_at(s->breakpoints, control_arrived_at(s->control, 0));
	return b;
}

static void write_count(struct writer *w, const char *key, uint64_t count)
{
	if (count > 0)
		w_key_uint(w, key, count);
}

/* 4096 of them fit because most are nearly empty: what is 0 is left out. */
static void write_bucket(struct writer *w, const struct bucket *b)
{
	w_begin_map(w);
	write_count(w, "depth", b->depth);
	write_count(w, "output", b->output);
	write_count(w, "syscalls", b->syscalls);
	write_count(w, "signals", b->signals);
	write_count(w, "breakpoints", b->breakpoints);
	w_end_map(w);
}

/* As many as fit: the position behind the last one. */
static uint64_t write_buckets(struct session *s, struct writer *w, const struct addresses *at,
    uint64_t from, uint64_t length, uint64_t buckets)
{
	uint64_t next = from;

	w_reserve(w, ROOM_BEHIND);
	w_key_list(w, "buckets");
	for (uint64_t i = 0; i < buckets; i++) {
		/* In this order it cannot overflow: positions are far below 2^52. */
		uint64_t end = from + length * (i + 1) / buckets;
		struct bucket b = fill_bucket(s, at, next, end - 1);
		struct w_mark mark = w_mark(w);

		write_bucket(w, &b);
		if (w->overflow) {
			w_rewind(w, mark);
			break;
		}
		next = end;
	}
	w_end_list(w);
	w_release(w, ROOM_BEHIND);
	return next;
}

int query_timeline(struct call *c, struct writer *w)
{
	const struct args_timeline *a = &c->args.of_timeline;
	uint64_t to = a->to, length;
	struct addresses at;

	if (!call_stretch(c, a->from, a->has_to, &to))
		return -1;
	at.list = breakpoints_addresses(c->session->breakpoints, NULL, 0, &at.count);
	if (at.list == NULL)
		return fail(&c->failure, 503, "memory", "no memory for the answer");
	length = to - a->from + 1;
	w_key_uint(w, "from", a->from);
	w_key_bool(w, "exact", true);
	w_key_uint(w, "to", write_buckets(c->session, w, &at, a->from, length,
	    a->buckets < length ? a->buckets : length) - 1);
	free(at.list);
	return 0;
}

/* -- window ---------------------------------------------------------------------------- */

struct write {
	uint64_t address;
	size_t length;
	uint8_t old[CHANGE_BYTES];
};

struct writes {
	struct write list[CHANGES_MAX];
	size_t count;
};

static void collect(void *arg, uint64_t address, size_t length)
{
	struct writes *all = arg;
	struct write *one;

	if (all->count == CHANGES_MAX)
		return;
	one = &all->list[all->count++];
	one->address = address;
	one->length = length < CHANGE_BYTES ? length : CHANGE_BYTES;
}

/* What the ranges held before. */
static void read_old(struct session *s, uint64_t position, struct writes *all)
{
	struct view *view = control_view(s->control, position, 0);

	for (size_t i = 0; i < all->count; i++)
		all->list[i].length = view == NULL ? 0 :
		    view_read(view, all->list[i].address, all->list[i].old, all->list[i].length);
}

static void write_changes(struct session *s, struct writer *w, uint64_t position, struct writes *all)
{
	struct view *view;

	all->count = 0;
	control_writes(s->control, position, collect, all);
	read_old(s, position - 1, all);
	view = control_view(s->control, position, 0);
	w_key_list(w, "memory");
	for (size_t i = 0; view != NULL && i < all->count; i++) {
		const struct write *one = &all->list[i];
		uint8_t now[CHANGE_BYTES];
		size_t got = view_read(view, one->address, now, one->length);

		w_begin_map(w);
		w_key_word(w, "address", one->address);
		w_key(w, "old");
		w_bytes(w, one->old, one->length);
		w_key(w, "new");
		w_bytes(w, now, got);
		w_end_map(w);
	}
	w_end_list(w);
}

/* One step; `last' are the registers before it, and then those after it. */
static bool write_step(struct call *c, struct writer *w, uint64_t position, struct registers *last,
    struct writes *writes)
{
	struct session *s = c->session;
	struct view *view = control_view(s->control, position, 0);
	struct registers now;

	if (view == NULL)
		return false;
	now = view->registers;
	w_begin_map(w);
	w_key_uint(w, "position", position);
	w_key_word(w, "pc", now.word[REG_PC]);
	w_key_uint(w, "thread", (unsigned)view->thread);
	w_key_uint(w, "depth", control_depth(s->control, position));
	w_key_string(w, "kind", control_kind(s->control, position));
	w_key_map(w, "registers");
	for (unsigned i = 0; i < REGISTERS_COUNT; i++)
		if (now.word[i] != last->word[i])
			w_key_word(w, register_table[i].name, now.word[i]);
	w_end_map(w);
	if (position > 0)
		write_changes(s, w, position, writes);
	w_key_uint(w, "outputEnd", control_output_end_at(s->control, position));
	w_end_map(w);
	*last = now;
	return true;
}

/* As many as fit: the position behind the last one. */
static uint64_t write_steps(struct call *c, struct writer *w, uint64_t from, uint64_t to,
    struct registers *last, struct writes *writes)
{
	uint64_t position;

	w_reserve(w, ROOM_BEHIND);
	w_key_list(w, "steps");
	for (position = from; position <= to; position++) {
		struct w_mark mark = w_mark(w);

		if (write_step(c, w, position, last, writes) && !w->overflow)
			continue;
		w_rewind(w, mark);
		break;
	}
	w_end_list(w);
	w_release(w, ROOM_BEHIND);
	return position;
}

int query_window(struct call *c, struct writer *w)
{
	const struct args_window *a = &c->args.of_window;
	struct writes *writes;
	struct registers last;
	uint64_t to = a->to, behind;
	struct view *view;

	if (!call_stretch(c, a->from, true, &to))
		return -1;
	view = control_view(c->session->control, a->from, 0);
	writes = malloc(sizeof(*writes));
	if (view == NULL || writes == NULL) {
		free(writes);
		return fail(&c->failure, 503, "memory", "no memory for the answer");
	}
	last = view->registers;
	w_key_uint(w, "from", a->from);
	w_key_map(w, "registers");
	for (unsigned i = 0; i < REGISTERS_COUNT; i++)
		w_key_word(w, register_table[i].name, last.word[i]);
	w_end_map(w);
	behind = write_steps(c, w, a->from, to, &last, writes);
	free(writes);
	if (behind == a->from)
		return fail(&c->failure, 413, "too_long", "one step's changes do not fit: ask for its state");
	w_key_uint(w, "to", behind - 1);
	return 0;
}
