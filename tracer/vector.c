/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Looking vector registers up in the architecture's table. */
#include "tracer/vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool number_of(const char *digits, const struct vector_kind *k, unsigned *number)
{
	size_t length = strlen(digits);

	*number = 0;
	if (k->count == 0)
		return length == 0;
	if (length == 0 || length > 2 || strspn(digits, "0123456789") != length ||
	    (length == 2 && digits[0] == '0'))
		return false;
	*number = (unsigned)atoi(digits);
	return *number >= k->first && *number < (unsigned)k->first + k->count;
}

bool vector_by_name(const char *name, struct vector_register *r)
{
	for (r->kind = vector_table; r->kind->name != NULL; r->kind++) {
		size_t length = strlen(r->kind->name);

		if (strncmp(name, r->kind->name, length) == 0 &&
		    number_of(name + length, r->kind, &r->number))
			return true;
	}
	return false;
}

bool vector_by_dwarf(int dwarf, struct vector_register *r)
{
	for (r->kind = vector_table; r->kind->name != NULL; r->kind++) {
		int count = r->kind->count > 0 ? r->kind->count : 1;

		if (r->kind->dwarf < 0 || dwarf < r->kind->dwarf || dwarf >= r->kind->dwarf + count)
			continue;
		r->number = (unsigned)(r->kind->first + dwarf - r->kind->dwarf);
		return true;
	}
	return false;
}

void vector_name(const struct vector_register *r, char name[16])
{
	if (r->kind->count == 0)
		snprintf(name, 16, "%s", r->kind->name);
	else
		snprintf(name, 16, "%s%u", r->kind->name, r->number);
}

static bool has(const struct vector_state *s, unsigned component)
{
	return (s->word[VECTOR_HAS] >> component & 1) != 0;
}

bool vector_exists(const struct vector_state *s, const struct vector_kind *k)
{
	return k->has == 0 || has(s, k->has);
}

bool vector_listed(const struct vector_state *s, const struct vector_kind *k)
{
	return vector_exists(s, k) && (k->within == 0 || !has(s, k->within));
}

/* Which of its kind, as the state has them in order. */
static unsigned index_of(const struct vector_state *s, const struct vector_register *r)
{
	unsigned index = r->number - r->kind->first;

#if defined(__x86_64__)
	/* TOP: bits 11–13 of FSW, which is the second half-word (Intel SDM volume 1, 8.1.3). */
	if (r->kind->stacked)
		index = (index + (unsigned)(s->word[VECTOR_X87] >> (16 + 11) & 7)) & 7;
#else
	(void)s;
#endif
	return index;
}

void vector_get(const struct vector_state *s, const struct vector_register *r,
    uint8_t bytes[VECTOR_REGISTER_MAX])
{
	unsigned index = index_of(s, r);
	size_t done = 0;

	memset(bytes, 0, VECTOR_REGISTER_MAX);
	for (int i = 0; i < 4 && r->kind->part[i].size > 0; i++) {
		memcpy(bytes + done, (const uint8_t *)s->word + r->kind->part[i].at +
		    index * r->kind->part[i].stride, r->kind->part[i].size);
		done += r->kind->part[i].size;
	}
}

void vector_put(struct vector_state *s, const struct vector_register *r, const uint8_t *bytes)
{
	unsigned index = index_of(s, r);

	for (int i = 0; i < 4 && r->kind->part[i].size > 0; i++) {
		memcpy((uint8_t *)s->word + r->kind->part[i].at + index * r->kind->part[i].stride,
		    bytes, r->kind->part[i].size);
		bytes += r->kind->part[i].size;
	}
}

/* The same register in a form of so many bytes. */
static const struct vector_kind *wide_enough(const struct vector_kind *k, size_t size)
{
	for (const struct vector_kind *w = vector_table; w->name != NULL; w++)
		if (w->part[0].at == k->part[0].at && w->first == k->first &&
		    w->count == k->count && w->size >= size)
			return w;
	return NULL;
}

bool vector_read_dwarf(const struct vector_state *s, int dwarf, void *buffer, size_t size)
{
	uint8_t bytes[VECTOR_REGISTER_MAX];
	struct vector_register r;

	if (!vector_by_dwarf(dwarf, &r))
		return false;
	if (r.kind->stacked && (size < r.kind->size || size > 16))
		return false;		/* an x87 value in another form than its own */
	if (!r.kind->stacked)
		r.kind = wide_enough(r.kind, size);
	if (r.kind == NULL)
		return false;
	vector_get(s, &r, bytes);
	memcpy(buffer, bytes, size);
	return true;
}
