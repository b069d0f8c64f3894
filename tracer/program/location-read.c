/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What stands where a location description leads. */
#include <string.h>

#include "tracer/program/location.h"

bool location_register(const struct evaluation *ev, uint64_t number, uint64_t *word)
{
	int i = number < 1024 ? register_by_dwarf((int)number) : -1;

	if (i < 0 || !(ev->known >> i & 1))
		return false;
	*word = ev->registers->word[i];
	return true;
}

/* The low bytes of an x87, SSE, AVX or V register. */
static bool read_vector(const struct evaluation *ev, uint64_t number, void *to, size_t size)
{
	struct vector_state state;

	return ev->has_vector && number < INT16_MAX && view_vector(ev->view, &state) &&
	    vector_read_dwarf(&state, (int)number, to, size);
}

static enum place read_piece(const struct evaluation *ev, const struct piece *p, uint8_t *to,
    size_t size, uint64_t *address)
{
	uint64_t word = p->value;

	switch (p->place) {
	case PLACE_MEMORY:
		if (view_read_all(ev->view, p->value, to, size))
			return PLACE_MEMORY;
		*address = p->value;
		return PLACE_UNKNOWN;
	case PLACE_REGISTER:
		if (read_vector(ev, p->value, to, size))
			return PLACE_MEMORY;
		if (!location_register(ev, p->value, &word))
			return PLACE_REGISTER;
		break;
	case PLACE_VALUE:
		break;
	case PLACE_BYTES:
		if (p->length < size)
			return PLACE_UNKNOWN;
		memcpy(to, p->bytes, size);
		return PLACE_MEMORY;
	default:
		return p->place;
	}
	if (size > sizeof(word))
		return PLACE_UNKNOWN;
	memcpy(to, &word, size);	/* both machines are little-endian */
	return PLACE_MEMORY;
}

enum place location_read(const struct evaluation *ev, const struct location *where, void *buffer,
    size_t size, uint64_t *address)
{
	uint8_t *to = buffer;

	*address = 0;
	for (size_t i = 0; i < where->count && size; i++) {
		const struct piece *p = &where->piece[i];
		size_t part = p->size && p->size < size ? p->size : size;
		enum place is = read_piece(ev, p, to, part, address);

		if (is != PLACE_MEMORY)
			return is;
		to += part;
		size -= part;
		if (p->size == 0)
			return PLACE_MEMORY;
	}
	return size == 0 ? PLACE_MEMORY : PLACE_UNKNOWN;
}

bool location_word(const struct evaluation *ev, const struct location *where, uint64_t *word)
{
	uint64_t unreadable;

	return where->count == 1 &&
	    location_read(ev, where, word, sizeof(*word), &unreadable) == PLACE_MEMORY;
}
