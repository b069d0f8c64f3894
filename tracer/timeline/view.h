/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A view: registers and memory at one position of the timeline, for one
 * thread.  What a program means (program/) is computed over a view and never
 * over a process.  A view is cheap to make, is read-only, and is valid until
 * the timeline grows or is cut.
 */
#ifndef PT_VIEW_H
#define PT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tracer/registers.h"
#include "tracer/vector.h"

/* One mapping of the program at the view's position (proc(5), /proc/PID/maps). */
struct region {
	uint64_t start, end;	/* [start, end) */
	uint64_t offset;	/* in the file */
	unsigned protection;	/* PROT_READ | PROT_WRITE | PROT_EXEC */
	bool shared;
	const char *name;	/* path, "[heap]", "[stack]", "" */
};

struct view;

struct view_ops {
	/* Bytes from address on that could be read into buffer: 0 … length. */
	size_t (*read)(const struct view *, uint64_t address, void *buffer, size_t length);
	/* The region table, borrowed. */
	const struct region *(*regions)(const struct view *, size_t *count);
	/* The thread's vector state; false: not known.  NULL: never is. */
	bool (*vector)(const struct view *, struct vector_state *);
};

/* Embedded at the start of whatever implements it. */
struct view {
	const struct view_ops *ops;
	uint64_t position;
	int thread;			/* id that people see */
	struct registers registers;	/* of that thread */
};

static inline size_t view_read(const struct view *v, uint64_t address, void *buffer, size_t length)
{
	return v->ops->read(v, address, buffer, length);
}

static inline bool view_read_all(const struct view *v, uint64_t address, void *buffer, size_t length)
{
	return v->ops->read(v, address, buffer, length) == length;
}

static inline const struct region *view_regions(const struct view *v, size_t *count)
{
	return v->ops->regions(v, count);
}

static inline bool view_vector(const struct view *v, struct vector_state *vector)
{
	return v->ops->vector != NULL && v->ops->vector(v, vector);
}

static inline uint64_t view_register(const struct view *v, int index)
{
	return v->registers.word[index];
}

#endif
