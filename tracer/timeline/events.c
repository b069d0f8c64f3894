/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/timeline/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/bisect.h"

/* Every table: whoever adds one adds it here. */
static const size_t tables[] = {
	offsetof(struct events, outputs), offsetof(struct events, macros),
	offsetof(struct events, signals), offsetof(struct events, calls),
	offsetof(struct events, throws), offsetof(struct events, arrivals),
	offsetof(struct events, masks), offsetof(struct events, actions),
	offsetof(struct events, changes), offsetof(struct events, callsites),
};

enum { TABLES = sizeof tables / sizeof tables[0], ENTRIES_MIN = 16, OUTPUT_MIN = 4096 };

static struct table *table_of(const struct events *e, size_t i)
{
	return (struct table *)((char *)(uintptr_t)e + tables[i]);
}

void events_init(struct events *e)
{
	*e = (struct events){
		.outputs.size = sizeof(struct output_event),
		.macros.size = sizeof(struct macro_event),
		.signals.size = sizeof(struct signal_event),
		.calls.size = sizeof(struct call_event),
		.callsites.size = sizeof(struct callsite_event),
		.arrivals.size = sizeof(struct arrival_event),
		.throws.size = sizeof(struct throw_event),
		.calls_missed = UINT64_MAX,
		.masks.size = sizeof(struct mask_event),
		.actions.size = sizeof(struct action_event),
		.changes.size = sizeof(struct change_event),
	};
}

void events_free(struct events *e)
{
	for (size_t i = 0; i < TABLES; i++)
		free(table_of(e, i)->entries);
	free(e->output);
	events_init(e);
}

uint64_t events_memory(const struct events *e)
{
	uint64_t memory = e->output_capacity;

	for (size_t i = 0; i < TABLES; i++)
		memory += table_of(e, i)->capacity * table_of(e, i)->size;
	return memory;
}

static uint64_t position_of(const struct table *t, size_t i)
{
	uint64_t position;

	memcpy(&position, (const char *)t->entries + i * t->size, sizeof position);
	return position;
}

/* How many entries are at or before position. */
static size_t count_until(const struct table *t, uint64_t position)
{
	return bisect(t->count, i, position_of(t, i) <= position);
}

uint64_t events_next(const struct table *t, uint64_t from, int direction)
{
	size_t i = direction >= 0 ? count_until(t, from) : from > 0 ? count_until(t, from - 1) - 1 : t->count;

	return i < t->count ? position_of(t, i) : UINT64_MAX;
}

size_t events_between(const struct table *t, uint64_t from, uint64_t to)
{
	return count_until(t, to) - count_until(t, from);
}

static void *exactly(const struct table *t, uint64_t position)
{
	size_t n = count_until(t, position);

	if (n == 0 || position_of(t, n - 1) != position)
		return NULL;
	return (char *)t->entries + (n - 1) * t->size;
}

static void *new_entry(struct table *t)
{
	if (t->count == t->capacity) {
		size_t capacity = t->capacity ? t->capacity * 2 : ENTRIES_MIN;
		void *entries = realloc(t->entries, capacity * t->size);

		if (entries == NULL)
			return NULL;
		t->entries = entries;
		t->capacity = capacity;
	}
	return (char *)t->entries + t->count++ * t->size;
}

/* The entry of position, at the table's end: a new one, or the one that is there. */
static void *entry_for(struct table *t, uint64_t position)
{
	void *there = exactly(t, position);

	return there != NULL ? there : new_entry(t);
}

static bool output_reserve(struct events *e, size_t more)
{
	size_t capacity = e->output_capacity ? e->output_capacity : OUTPUT_MIN;
	uint8_t *output;

	if (e->output_capacity - e->output_length >= more)
		return true;
	while (capacity - e->output_length < more)
		capacity *= 2;
	output = realloc(e->output, capacity);
	if (output == NULL)
		return false;
	e->output = output;
	e->output_capacity = capacity;
	return true;
}

bool events_output(struct events *e, uint64_t position, const void *bytes, size_t length)
{
	struct output_event *o;

	if (!output_reserve(e, length) || (o = entry_for(&e->outputs, position)) == NULL)
		return false;
	memcpy(e->output + e->output_length, bytes, length);
	e->output_length += length;
	*o = (struct output_event){ position, e->output_length };
	return true;
}

uint64_t events_output_end(const struct events *e, uint64_t position)
{
	size_t n = count_until(&e->outputs, position);

	return n > 0 ? ((const struct output_event *)e->outputs.entries)[n - 1].end : 0;
}

bool events_macro(struct events *e, uint64_t position, const char *name, uint64_t microseconds, unsigned made)
{
	struct macro_event *m = entry_for(&e->macros, position);

	if (m == NULL)
		return false;
	*m = (struct macro_event){ .position = position, .microseconds = microseconds, .made = made };
	snprintf(m->name, sizeof m->name, "%s", name);
	return true;
}

bool events_change(struct events *e, uint64_t position)
{
	struct change_event *entry = entry_for(&e->changes, position);

	if (entry == NULL)
		return false;
	entry->position = position;
	return true;
}

bool events_signal(struct events *e, const struct signal_event *s)
{
	struct signal_event *entry = entry_for(&e->signals, s->position);

	if (entry == NULL)
		return false;
	*entry = *s;
	return true;
}

/* -- system calls -------------------------------------------------------------- */

bool events_call(struct events *e, const struct call_event *call)
{
	struct call_event *entry = new_entry(&e->calls);

	if (entry == NULL)
		return false;
	*entry = *call;
	e->native_calls += (call->flags & CALL_NATIVE) != 0;
	return true;
}

static const void *between(const struct table *t, uint64_t from, uint64_t to, size_t *count)
{
	size_t first = from > 0 ? count_until(t, from - 1) : 0, end = count_until(t, to);

	*count = end > first ? end - first : 0;
	return *count > 0 ? (const char *)t->entries + first * t->size : NULL;
}

const struct call_event *events_calls(const struct events *e, uint64_t from, uint64_t to, size_t *count)
{
	return between(&e->calls, from, to, count);
}

bool events_callsite(struct events *e, const struct callsite_event *site)
{
	struct callsite_event *entry = entry_for(&e->callsites, site->position);

	if (entry != NULL)
		*entry = *site;
	return entry != NULL;
}

const struct callsite_event *events_callsite_at(const struct events *e, uint64_t position)
{
	return exactly(&e->callsites, position);
}

bool events_arrival(struct events *e, const struct arrival_event *arrival)
{
	struct arrival_event *entry = new_entry(&e->arrivals);

	if (entry != NULL)
		*entry = *arrival;
	return entry != NULL;
}

const struct arrival_event *events_arrivals(const struct events *e, uint64_t position, size_t *count)
{
	return between(&e->arrivals, position, position, count);
}

bool events_throw(struct events *e, const struct throw_event *throw)
{
	struct throw_event *entry = new_entry(&e->throws);

	if (entry != NULL)
		*entry = *throw;
	return entry != NULL;
}

const struct throw_event *events_throws(const struct events *e, uint64_t position, size_t *count)
{
	return between(&e->throws, position, position, count);
}

void events_calls_missed(struct events *e, uint64_t position)
{
	if (position < e->calls_missed)
		e->calls_missed = position;
}

static size_t count_native(const struct table *calls)
{
	const struct call_event *entries = calls->entries;
	size_t n = 0;

	for (size_t i = 0; i < calls->count; i++)
		n += (entries[i].flags & CALL_NATIVE) != 0;
	return n;
}

const struct macro_event *events_macro_at(const struct events *e, uint64_t position)
{
	return exactly(&e->macros, position);
}

const struct signal_event *events_signal_at(const struct events *e, uint64_t position)
{
	return exactly(&e->signals, position);
}

/* -- what the kernel keeps ------------------------------------------------------- */

bool events_mask_at(const struct events *e, uint64_t position, int thread, uint64_t *mask)
{
	const struct mask_event *m = e->masks.entries;

	for (size_t i = count_until(&e->masks, position); i-- > 0; )
		if (m[i].thread == thread) {
			*mask = m[i].mask;
			return true;
		}
	return false;
}

bool events_mask(struct events *e, uint64_t position, int thread, uint64_t mask)
{
	struct mask_event *m;
	uint64_t last;

	if (events_mask_at(e, position, thread, &last) && last == mask)
		return true;
	m = new_entry(&e->masks);
	if (m != NULL)
		*m = (struct mask_event){ position, mask, thread };
	return m != NULL;
}

bool events_blocked(const struct events *e, int thread, uint64_t signals, uint64_t from, uint64_t to)
{
	const struct mask_event *m = e->masks.entries;
	uint64_t mask = 0;

	events_mask_at(e, from, thread, &mask);
	for (size_t i = count_until(&e->masks, from); i < e->masks.count && m[i].position <= to; i++)
		if (m[i].thread == thread)
			mask &= m[i].mask;
	return (mask & signals) != 0;
}

const struct action_event *events_action_at(const struct events *e, uint64_t position, int number)
{
	const struct action_event *a = e->actions.entries;

	for (size_t i = count_until(&e->actions, position); i-- > 0; )
		if (a[i].number == number)
			return &a[i];
	return NULL;
}

bool events_action(struct events *e, const struct action_event *action)
{
	struct action_event *a = new_entry(&e->actions);

	if (a != NULL)
		*a = *action;
	return a != NULL;
}

const struct macro_event *events_macro_after(const struct events *e, uint64_t position)
{
	size_t i = count_until(&e->macros, position);

	return i < e->macros.count ? (const struct macro_event *)e->macros.entries + i : NULL;
}

/* -- cutting ------------------------------------------------------------------- */

/* As much room as growing to this takes. */
static void *trimmed(void *entries, size_t *capacity, size_t count, size_t least, size_t size)
{
	size_t room = count > 0 ? least : 0;
	void *smaller;

	while (room < count)
		room *= 2;
	if (room == *capacity)
		return entries;
	if (room == 0) {
		free(entries);
		smaller = NULL;
	} else if ((smaller = realloc(entries, room * size)) == NULL) {
		return entries;
	}
	*capacity = room;
	return smaller;
}

void events_cut(struct events *e, uint64_t position)
{
	e->output_length = events_output_end(e, position);
	e->output = trimmed(e->output, &e->output_capacity, e->output_length, OUTPUT_MIN, 1);
	for (size_t i = 0; i < TABLES; i++) {
		struct table *t = table_of(e, i);

		t->count = count_until(t, position);
		t->entries = trimmed(t->entries, &t->capacity, t->count, ENTRIES_MIN, t->size);
	}
	e->native_calls = count_native(&e->calls);
	if (e->calls_missed > position)
		e->calls_missed = UINT64_MAX;
	if (e->ended && e->end_position > position) {
		e->ended = e->by_signal = false;
		e->status = 0;
		e->end_position = 0;
	}
}
