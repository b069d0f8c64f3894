/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Vector states in the log: the words that changed, and of these the bytes. */
#include <string.h>

#include "tracer/timeline/codec-private.h"

static void put_word(struct bytes *b, uint64_t xor)
{
	size_t mask_at = b->length++;
	uint8_t mask = 0;

	for (int i = 0; i < 8; i++, xor >>= 8)
		if ((xor & 255) != 0) {
			mask |= (uint8_t)(1 << i);
			b->data[b->length++] = (uint8_t)xor;
		}
	b->data[mask_at] = mask;
}

static int next_difference(const struct vector_state *old, const struct vector_state *new, int i)
{
	while (i < VECTOR_WORDS && old->word[i] == new->word[i])
		i++;
	return i;
}

void put_vector(struct bytes *b, const struct vector_state *old,
    const struct vector_state *new)
{
	int i = next_difference(old, new, 0), next;

	for (int behind = 0; i < VECTOR_WORDS; behind = i + 1, i = next) {
		next = next_difference(old, new, i + 1);
		put(b, (uint64_t)(i - behind) << 1 | (next < VECTOR_WORDS));
		put_word(b, old->word[i] ^ new->word[i]);
	}
}

static uint64_t get_word(struct decoder *d)
{
	uint8_t mask = *d->at++;
	uint64_t xor = 0;

	for (int i = 0; i < 8; i++)
		if (mask >> i & 1)
			xor |= (uint64_t)*d->at++ << (8 * i);
	return xor;
}

void get_vector(struct decoder *d, struct vector_state *v)
{
	uint64_t i = 0, head;

	do {
		uint64_t xor;

		head = get(d);
		i += head >> 1;
		xor = get_word(d);
		if (v != NULL)
			v->word[i] ^= xor;
		i++;
	} while (head & 1);
}

bool encode_vectors(struct bytes *b, const struct moment *m)
{
	static const struct vector_state zeros;

	if (!bytes_reserve(b, (m->count + 1) * (VARINT_MAX + VECTOR_MAX)))
		return false;
	put(b, m->count);
	for (size_t i = 0; i < m->count; i++) {
		const struct vector_state *v = m->threads[i].vector;
		bool any = v != NULL && memcmp(v, &zeros, sizeof zeros) != 0;

		put(b, (uint64_t)m->threads[i].id << 1 | any);
		if (any)
			put_vector(b, &zeros, v);
	}
	return true;
}

void decode_vectors(struct decoder *d, int thread, struct vector_state *vector)
{
	memset(vector, 0, sizeof *vector);
	for (uint64_t left = get(d); left > 0; left--) {
		uint64_t head = get(d);

		if (head & 1)
			get_vector(d, (int)(head >> 1) == thread ? vector : NULL);
	}
}
