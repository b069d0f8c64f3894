/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* All threads at one moment. */
#include <stdlib.h>
#include <string.h>

#include "tracer/timeline/codec.h"

struct moment_thread *moment_find(const struct moment *m, int id)
{
	if (m->current < m->count && m->threads[m->current].id == id)
		return &m->threads[m->current];
	for (size_t i = 0; i < m->count; i++)
		if (m->threads[i].id == id)
			return &m->threads[i];
	return NULL;
}

bool moment_reserve(struct moment *m, size_t count)
{
	size_t capacity = m->capacity ? m->capacity : 1;
	struct moment_thread *threads;

	if (count <= m->capacity)
		return true;
	while (capacity < count)
		capacity *= 2;
	threads = realloc(m->threads, capacity * sizeof *threads);
	if (threads == NULL)
		return false;
	m->threads = threads;
	m->capacity = capacity;
	return true;
}

struct moment_thread *moment_add(struct moment *m, int id)
{
	struct moment_thread *t = moment_find(m, id);
	size_t at = m->count;

	if (t != NULL)
		return t;
	if (!moment_reserve(m, m->count + 1))
		return NULL;
	while (at > 0 && m->threads[at - 1].id > id)
		at--;
	memmove(&m->threads[at + 1], &m->threads[at], (m->count - at) * sizeof *m->threads);
	if (m->count > 0 && m->current >= at)
		m->current++;
	m->count++;
	m->threads[at] = (struct moment_thread){ .id = id };
	return &m->threads[at];
}

void moment_remove(struct moment *m, int id)
{
	struct moment_thread *t = moment_find(m, id);
	size_t at;

	if (t == NULL || m->count == 1)
		return;
	free(t->vector);
	at = (size_t)(t - m->threads);
	memmove(t, t + 1, (m->count - at - 1) * sizeof *t);
	m->count--;
	if (m->current > at || m->current == m->count)
		m->current--;
}

void moment_forget_vectors(struct moment *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->threads[i].vector);
		m->threads[i].vector = NULL;
	}
}

void moment_free(struct moment *m)
{
	moment_forget_vectors(m);
	free(m->threads);
	*m = (struct moment){ 0 };
}
