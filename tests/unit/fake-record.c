/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What is recorded of the fake program: each position, and searches over all of them. */
#include "tests/unit/fake-control.h"

#include <string.h>
#include <sys/syscall.h>

#include "tracer/timeline/events.h"

/* -- any position ------------------------------------------------------------------ */

enum control_status control_status_at(const struct control *c, uint64_t position)
{
	(void)c;
	return position == FAKE_END ? STATUS_EXITED : STATUS_STOPPED;
}

bool control_exit_code(const struct control *c, int *code)
{
	*code = 7;
	return control_frontier(c) == FAKE_END;
}

struct control_signal control_signal_at(const struct control *c, uint64_t position)
{
	(void)c;
	return position == 12 ? (struct control_signal){ .number = 11, .has_address = true, .address = 0, .access = "writing" } :
	    (struct control_signal){ 0 };
}

unsigned control_depth(const struct control *c, uint64_t position)
{
	(void)c;
	return position > 9;
}

unsigned control_before_calls(const struct control *c, uint64_t position, int thread)
{
	(void)c;
	(void)position;
	(void)thread;
	return 0;
}

bool control_macro(const struct control *c, uint64_t position, char *name, size_t size, uint64_t *microseconds)
{
	(void)c;
	strncpy(name, "puts", size);
	*microseconds = 12;
	return position == 5;
}

const char *control_kind(const struct control *c, uint64_t position)
{
	(void)c;
	return position == 0 ? "start" : fake.written != 0 && position == fake.written ? "write" :
	    position == 5 ? "macro" : "instruction";
}

uint64_t control_arrived_at(struct control *c, uint64_t position)
{
	(void)c;
	return FAKE_TEXT + 4 * position;
}

int control_watch_at(struct control *c, uint64_t position)
{
	(void)c;
	(void)position;
	return -1;
}

size_t control_threads(struct control *c, uint64_t position, int *ids, size_t max)
{
	(void)c;
	ids[0] = 1;
	if (max > 1)
		ids[1] = 2;
	return position > 9 ? 2 : 1;
}

void control_memory_changes(struct control *c, uint64_t from, uint64_t to,
    bool (*each)(void *, uint64_t, const uint8_t *, size_t), void *arg)
{
	static uint8_t many[1 << 20];

	(void)c;
	(void)from;
	memcpy(many, &to, sizeof(to));
	each(arg, FAKE_DATA, many, fake.changed_bytes != 0 ? fake.changed_bytes : sizeof(to));
}

void control_writes(struct control *c, uint64_t position, void (*each)(void *, uint64_t, size_t), void *arg)
{
	(void)c;
	(void)position;
	each(arg, FAKE_DATA, sizeof(position));
}

/* -- all of the record ------------------------------------------------------------- */

static uint64_t position_of(struct control *c, uint64_t address)
{
	uint64_t position = (address - FAKE_TEXT) / 4;

	return address >= FAKE_TEXT && position <= control_frontier(c) ? position : CONTROL_NOWHERE;
}

uint64_t control_find_arrival(struct control *c, const uint64_t *addresses, size_t count, uint64_t from,
    int direction)
{
	uint64_t found = CONTROL_NOWHERE;

	for (size_t i = 0; i < count; i++) {
		uint64_t p = position_of(c, addresses[i]);

		if (p != CONTROL_NOWHERE && (direction < 0 ? p < from : p > from) &&
		    (found == CONTROL_NOWHERE || (direction < 0) == (p > found)))
			found = p;
	}
	return found;
}

uint64_t control_count_arrivals(struct control *c, const uint64_t *addresses, size_t count, uint64_t from,
    uint64_t to)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t p = position_of(c, addresses[i]);

		sum += p != CONTROL_NOWHERE && p > from && p <= to;
	}
	return sum;
}

uint64_t control_find_write(struct control *c, uint64_t address, uint64_t length, uint64_t from, int direction)
{
	(void)c;
	(void)direction;
	return address < FAKE_DATA + 8 && address + length > FAKE_DATA && from > 1 ? from - 1 : CONTROL_NOWHERE;
}

uint64_t control_find_register(struct control *c, int index, int thread, uint64_t from)
{
	(void)c;
	return thread == 1 && index == X86_RAX && from > 1 ? from - 1 : CONTROL_NOWHERE;
}

uint64_t control_find_vector(struct control *c, const struct vector_register *r, int thread, uint64_t from)
{
	(void)c;
	return thread == 1 && r->number == 2 && from > 1 ? from - 1 : CONTROL_NOWHERE;
}

uint64_t control_count_signals(const struct control *c, uint64_t from, uint64_t to)
{
	(void)c;
	return from < 12 && to >= 12;
}

unsigned control_depth_max(struct control *c, uint64_t from, uint64_t to)
{
	(void)from;
	return control_depth(c, to);
}

/* -- what is caught, and system calls ---------------------------------------------- */

bool control_catch_at(struct control *c, uint64_t position, struct control_catch *found)
{
	*found = (struct control_catch){ .kind = CATCH_SIGNAL,
		.number = control_signal_at(c, position).number };
	return found->number != 0;
}

size_t control_arrivals(const struct control *c, uint64_t position, struct control_arrival *out, size_t max)
{
	(void)c;
	(void)position;
	(void)out;
	(void)max;
	return 0;
}

/* Position 5 prints. */
const struct call_event *control_calls(const struct control *c, uint64_t from, uint64_t to, size_t *count)
{
	static const struct call_event print = { .position = 5, .arguments = { 1, FAKE_DATA, 3 }, .result = 3,
		.number = SYS_write, .thread = 1, .flags = CALL_ENTERED | CALL_RETURNED };

	*count = from <= 5 && to >= 5 && control_frontier(c) >= 5;
	return *count > 0 ? &print : NULL;
}

bool control_calls_complete(const struct control *c, uint64_t to)
{
	(void)c;
	return to < FAKE_END;
}
