/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What there is to know of the program: the cursor, the live process, any position. */
#include "tracer/control.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tracer/control-private.h"

const char *control_reason_name(enum control_reason reason)
{
	static const char *const names[] = {
		[REASON_ENTRY] = "entry", [REASON_STEP] = "step",
		[REASON_BREAKPOINT] = "breakpoint", [REASON_PAUSE] = "pause",
		[REASON_GOTO] = "goto", [REASON_EXCEPTION] = "exception",
		[REASON_EXITED] = "exited", [REASON_LIMIT] = "limit",
		[REASON_DATA_BREAKPOINT] = "data breakpoint",
	};

	return names[reason];
}

/* -- the cursor ---------------------------------------------------------------------- */

uint64_t control_epoch(const struct control *c)
{
	return c->epoch;
}

uint64_t control_position(const struct control *c)
{
	return c->cursor;
}

uint64_t control_frontier(const struct control *c)
{
	return c->timeline != NULL ? c->timeline->frontier : 0;
}

enum control_reason control_reason(const struct control *c)
{
	return c->reason;
}

bool control_busy(const struct control *c)
{
	return c->busy;
}

/* -- the live process ------------------------------------------------------------------ */

enum control_status control_live_status(const struct control *c)
{
	if (has_ended(c))
		return STATUS_EXITED;
	return c->busy || c->stretch.kind != STRETCH_NONE || ahead_goes_on(c) ?
	    STATUS_RUNNING : STATUS_STOPPED;
}

bool control_killed(const struct control *c)
{
	return c->killed;
}

bool control_waiting(const struct control *c)
{
	return c->waiting;
}

void control_terminate(struct control *c)
{
	if (!has_ended(c))
		process_kill(c->process);
}

size_t control_varies(const struct control *c, const char **out, size_t max)
{
	static const struct { unsigned bit; const char *word; } words[] = {
		{ VARIES_ADDRESSES, "addresses" }, { VARIES_RANDOM, "random" }, { VARIES_TIME, "time" },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if ((c->varies & words[i].bit) && n < max)
			out[n++] = words[i].word;
	return n;
}

bool control_is_own(const struct control *c, uint64_t address)
{
	return image_is_own(c->setup.image, address);
}

/* -- any position -------------------------------------------------------------------------- */

struct view *control_view(struct control *c, uint64_t position, int thread)
{
	free(c->view);
	c->view = c->timeline != NULL ? timeline_view(c->timeline, position, thread) : NULL;
	return c->view;
}

enum control_status control_status_at(const struct control *c, uint64_t position)
{
	return has_ended(c) && position == c->timeline->events.end_position ?
	    STATUS_EXITED : STATUS_STOPPED;
}

bool control_exit_code(const struct control *c, int *code)
{
	if (!has_ended(c) || c->timeline->events.by_signal)
		return false;
	*code = c->timeline->events.status;
	return true;
}

struct control_signal control_signal_at(const struct control *c, uint64_t position)
{
	const struct events *e = &c->timeline->events;
	const struct signal_event *s = events_signal_at(e, position);
	struct control_signal signal = { 0 };

	if (s != NULL) {
		signal = (struct control_signal){ s->number, s->has_address, s->address, s->access };
	} else if (e->ended && e->by_signal && position == e->end_position) {
		s = position > 0 ? events_signal_at(e, position - 1) : NULL;
		signal.number = e->status;
		if (s != NULL && s->number == e->status)
			signal = (struct control_signal){ s->number, s->has_address, s->address, s->access };
	}
	return signal;
}

unsigned control_depth(const struct control *c, uint64_t position)
{
	struct brief b;

	timeline_brief(c->timeline, position, &b);
	return b.depth + inlined_depth(c->setup.image, b.pc);
}

unsigned control_before_calls(const struct control *c, uint64_t position, int thread)
{
	struct brief b;

	if (c->before.count == 0 || c->before.position != position || c->before.epoch != c->epoch ||
	    c->cursor != position)
		return 0;
	timeline_brief(c->timeline, position, &b);
	return thread == 0 || thread == b.thread ? c->before.count : 0;
}

bool control_macro(const struct control *c, uint64_t position, char *name, size_t size,
    uint64_t *microseconds)
{
	const struct macro_event *m = events_macro_at(&c->timeline->events, position);

	if (m == NULL)
		return false;
	strncpy(name, m->name, size - 1);
	name[size - 1] = '\0';
	*microseconds = m->microseconds;
	return true;
}

const char *control_kind(const struct control *c, uint64_t position)
{
	static const char *const names[] = {
		[RECORD_INSTRUCTION] = "instruction", [RECORD_MACRO] = "macro", [RECORD_SYSCALL] = "syscall",
		[RECORD_SIGNAL] = "signal", [RECORD_EXIT] = "exit", [RECORD_WRITE] = "write", [RECORD_TURN] = "turn",
	};
	struct brief b;

	if (position == 0)
		return "start";
	timeline_brief(c->timeline, position, &b);
	return names[b.kind];
}

size_t control_threads(struct control *c, uint64_t position, int *ids, size_t max)
{
	const struct moment *m = timeline_moment(c->timeline, position);
	size_t n = m != NULL ? m->count : 0;

	for (size_t i = 0; i < n && i < max; i++)
		ids[i] = m->threads[i].id;
	return n;
}

void control_memory_changes(struct control *c, uint64_t from, uint64_t to,
    bool (*each)(void *arg, uint64_t address, const uint8_t *bytes, size_t length), void *arg)
{
	timeline_changes(c->timeline, from, to, each, arg);
}

void control_writes(struct control *c, uint64_t position,
    void (*each)(void *arg, uint64_t address, size_t length), void *arg)
{
	if (position > 0)
		timeline_writes(c->timeline, position - 1, position, each, arg);
}

/* -- all of the record --------------------------------------------------------------------- */

_Static_assert(CONTROL_NOWHERE == NOWHERE, "the timeline's answer is the session's");

uint64_t control_find_arrival(struct control *c, const uint64_t *addresses, size_t count,
    uint64_t from, int direction)
{
	return timeline_find_pc(c->timeline, addresses, count, from, direction);
}

uint64_t control_find_write(struct control *c, uint64_t address, uint64_t length, uint64_t from,
    int direction)
{
	return timeline_find_write(c->timeline, address, length, from, direction);
}

uint64_t control_find_register(struct control *c, int index, int thread, uint64_t from)
{
	return timeline_find_register(c->timeline, index, thread, from);
}

uint64_t control_find_vector(struct control *c, const struct vector_register *r, int thread,
    uint64_t from)
{
	return timeline_find_vector(c->timeline, r, thread, from);
}

uint64_t control_count_arrivals(struct control *c, const uint64_t *addresses, size_t count,
    uint64_t from, uint64_t to)
{
	return timeline_count_pc(c->timeline, addresses, count, from, to);
}

const struct call_event *control_calls(const struct control *c, uint64_t from, uint64_t to, size_t *count)
{
	return events_calls(&c->timeline->events, from, to, count);
}

bool control_calls_complete(const struct control *c, uint64_t to)
{
	return to < c->timeline->events.calls_missed;
}

/* Those of recorded steps are noted with the position before, too. */
static uint64_t arrived_natively(const struct events *e, uint64_t position)
{
	uint64_t n = 0;
	size_t count;
	const struct arrival_event *a = events_arrivals(e, position, &count);

	for (size_t i = 0; i < count; i++)
		n += a[i].native;
	return n;
}

uint64_t control_count_signals(const struct control *c, uint64_t from, uint64_t to)
{
	const struct events *e = &c->timeline->events;
	uint64_t count = events_between(&e->signals, from, to), end = e->end_position;

	for (uint64_t p = from; (p = events_next(&e->arrivals, p, 1)) <= to; )
		count += arrived_natively(e, p);
	return count + (e->ended && e->by_signal && end > from && end <= to &&
	    events_signal_at(e, end) == NULL);
}

unsigned control_depth_max(struct control *c, uint64_t from, uint64_t to)
{
	return timeline_depth_max(c->timeline, from, to);
}

/* -- output ------------------------------------------------------------------------------------ */

uint64_t control_output_end(const struct control *c)
{
	return c->timeline != NULL ? c->timeline->events.output_length : 0;
}

uint64_t control_output_end_at(const struct control *c, uint64_t position)
{
	return events_output_end(&c->timeline->events, position);
}

size_t control_output(const struct control *c, uint64_t start, void *buffer, size_t length)
{
	uint64_t end = control_output_end(c);

	if (start >= end)
		return 0;
	if (length > end - start)
		length = (size_t)(end - start);
	memcpy(buffer, c->timeline->events.output + start, length);
	return length;
}
