/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Numbers of the log: LEB128, seven bits a byte, the lowest first; and signed ones as
 * unsigned, so that small ones stay short (0, -1, 1, -2, …).  Private to the codec. */
#ifndef PT_VARINT_H
#define PT_VARINT_H

#include "tracer/timeline/codec.h"

enum { VARINT_MAX = 10 };	/* bytes of one number */

/* The caller has reserved room. */
static inline void put(struct bytes *b, uint64_t v)
{
	while (v >= 128) {
		b->data[b->length++] = (uint8_t)(v | 128);
		v >>= 7;
	}
	b->data[b->length++] = (uint8_t)v;
}

static inline uint64_t get(struct decoder *d)
{
	uint64_t v = *d->at++;
	unsigned shift = 7;

	if (v < 128)
		return v;
	for (v &= 127; ; shift += 7) {
		uint64_t c = *d->at++;

		v |= (c & 127) << shift;
		if (c < 128)
			return v;
	}
}

static inline uint64_t zigzag(uint64_t difference)
{
	return (difference << 1) ^ (uint64_t)((int64_t)difference >> 63);
}

static inline uint64_t unzigzag(uint64_t v)
{
	return (v >> 1) ^ -(v & 1);
}

#endif
