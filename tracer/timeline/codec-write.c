/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Bytes of the log that grow, and the writes in it: which memory a record has overwritten. */
#include <stdlib.h>
#include <string.h>

#include "tracer/timeline/varint.h"

enum {
	/* A write's first byte: another follows; its length follows, or is in the lowest three bits
	 * less 1, and how many of its bytes are there in the next three, WHOLE for all. */
	WRITE_MORE = 128, WRITE_LONG = 64, SHORT_MAX = 8, WHOLE = 7,
};

bool bytes_reserve(struct bytes *b, size_t more)
{
	size_t capacity = b->capacity ? b->capacity : 512;
	uint8_t *data;

	if (b->capacity - b->length >= more)
		return true;
	while (capacity - b->length < more)
		capacity *= 2;
	data = realloc(b->data, capacity);
	if (data == NULL)
		return false;
	b->data = data;
	b->capacity = capacity;
	return true;
}

void bytes_free(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){ 0 };
}

bool encode_write(struct bytes *b, uint64_t *last, uint64_t address, const uint8_t *xor,
    size_t length, bool more)
{
	size_t used = length;
	uint8_t head = more ? WRITE_MORE : 0;

	if (!bytes_reserve(b, length + 3 * VARINT_MAX))
		return false;
	if (length <= SHORT_MAX) {
		while (used > 0 && xor[used - 1] == 0)
			used--;
		if (used >= WHOLE)
			used = length;
		b->data[b->length++] = (uint8_t)(head | (length - 1) |
		    (used >= WHOLE || used == length ? WHOLE : used) << 3);
	} else {
		b->data[b->length++] = head | WRITE_LONG;
		put(b, length);
	}
	put(b, zigzag(address - *last));
	*last = address;
	memcpy(b->data + b->length, xor, used);
	b->length += used;
	return true;
}

bool decode_write(struct decoder *d, struct write *w)
{
	uint8_t head;

	if (!d->more)
		return false;
	head = *d->at++;
	d->more = head & WRITE_MORE;
	if (head & WRITE_LONG) {
		w->length = w->xor_length = get(d);
	} else {
		w->length = (size_t)(head & 7) + 1;
		w->xor_length = (head >> 3) & 7;
		if (w->xor_length == WHOLE)
			w->xor_length = w->length;
	}
	d->last += unzigzag(get(d));
	w->address = d->last;
	w->xor = d->at;
	d->at += w->xor_length;
	return true;
}
