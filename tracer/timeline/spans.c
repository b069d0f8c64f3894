/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/timeline/spans.h"

#include <stdlib.h>

#include "src/bisect.h"

static struct thread_spans *find(const struct spans *s, int thread)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->threads[i].id == thread)
			return &s->threads[i];
	return NULL;
}

const struct thread_spans *spans_find(const struct spans *s, int thread)
{
	return find(s, thread);
}

static struct thread_spans *add(struct spans *s, int thread)
{
	struct thread_spans *threads = realloc(s->threads, (s->count + 1) * sizeof *threads);

	if (threads == NULL)
		return NULL;
	s->threads = threads;
	threads[s->count] = (struct thread_spans){ .id = thread };
	return &threads[s->count++];
}

bool spans_reserve(struct spans *s, int thread)
{
	struct thread_spans *t = find(s, thread);
	uint32_t capacity;
	struct span *list;

	if (t == NULL && (t = add(s, thread)) == NULL)
		return false;
	if (t->count < t->capacity)
		return true;
	capacity = t->capacity + t->capacity / 2 + 16;
	list = realloc(t->list, capacity * sizeof *list);
	if (list == NULL)
		return false;
	t->list = list;
	t->capacity = capacity;
	return true;
}

struct span *spans_of(struct spans *s, int thread, uint32_t block)
{
	struct thread_spans *t = find(s, thread);

	if (t->count == 0 || t->list[t->count - 1].block != block) {
		t->list[t->count++] = (struct span){ .block = block, .low = ~0u };
		s->memory += sizeof *t->list;
	}
	return &t->list[t->count - 1];
}

uint32_t span_index(const struct thread_spans *t, uint32_t block)
{
	return (uint32_t)bisect(t->count, i, t->list[i].block < block);
}

void spans_cut(struct spans *s, uint32_t block)
{
	for (size_t i = 0; i < s->count; i++) {
		struct thread_spans *t = &s->threads[i];
		uint32_t count = span_index(t, block);

		s->memory -= (t->count - count) * sizeof *t->list;
		t->count = count;
	}
}

void spans_free(struct spans *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->threads[i].list);
	free(s->threads);
	*s = (struct spans){ 0 };
}
