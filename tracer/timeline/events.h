/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is too rare to stand in records: output, macro-steps' names, signals,
 * the end.  Each is a table ascending by position.
 */
#ifndef PT_EVENTS_H
#define PT_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output_event { uint64_t position, end; };
struct macro_event { uint64_t position, microseconds; char name[64]; };
struct signal_event {
	uint64_t position, address;
	int number;
	bool has_address;
	const char *access;	/* "reading", "writing", "executing", NULL: not known */
};

struct table {			/* of fixed-size entries that begin with the position */
	void *entries;
	size_t count, capacity, size;
};

struct events {
	struct table outputs, macros, signals;
	uint8_t *output;
	size_t output_length, output_capacity;
	bool ended, by_signal;
	int status;		/* exit code, or signal number */
	uint64_t end_position;
};

void events_init(struct events *);
void events_free(struct events *);
uint64_t events_memory(const struct events *);
/* Forget what belongs to later positions. */
void events_cut(struct events *, uint64_t position);

/* Printed on the way to position.  false: no memory. */
bool events_output(struct events *, uint64_t position, const void *bytes, size_t length);
uint64_t events_output_end(const struct events *, uint64_t position);
bool events_macro(struct events *, uint64_t position, const char *name, uint64_t microseconds);
bool events_signal(struct events *, const struct signal_event *);
/* The entry of exactly this position, or NULL. */
const struct macro_event *events_macro_at(const struct events *, uint64_t position);
const struct signal_event *events_signal_at(const struct events *, uint64_t position);

#endif
