/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Reading msgpack from a hostile peer, value by value and without allocation.
 * msgpack-c's unpacker allocates for an array as many objects as its header
 * claims before it looks whether the bytes are there; so it is used to write,
 * and this to read.  The first error sticks: after it every getter returns a
 * zero value, and mp_end() or mp_error says so; a caller may check once.
 */
#ifndef PT_MPREAD_H
#define PT_MPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mp_type { MP_NONE, MP_NIL, MP_BOOL, MP_UINT, MP_INT, MP_FLOAT, MP_STR, MP_BIN, MP_ARRAY, MP_MAP };

struct mpread {
	const uint8_t *next, *end;
	bool error;
};

static inline void mp_start(struct mpread *r, const void *data, size_t length)
{
	r->next = data;
	r->end = r->next + length;
	r->error = false;
}

/* The kind of the next value; MP_NONE at the end, after an error, for ext types.
 * MP_INT only for negative numbers. */
enum mp_type mp_peek(const struct mpread *);

/* The next value, which must be of that kind: else 0, NULL or false, and ->error. */
uint64_t mp_uint(struct mpread *);
int64_t mp_int(struct mpread *);	/* any integer that fits */
double mp_float(struct mpread *);
bool mp_bool(struct mpread *);
void mp_nil(struct mpread *);
/* Borrowed bytes, not NUL-terminated. */
const char *mp_str(struct mpread *, size_t *length);
const uint8_t *mp_bin(struct mpread *, size_t *length);
/* Number of elements (of pairs); each element takes at least a byte, so a count
 * over the bytes that are left is an error here already. */
size_t mp_array(struct mpread *);
size_t mp_map(struct mpread *);
/* Pass over one value, at most depth levels deep. */
void mp_skip(struct mpread *, unsigned depth);

/* No error, and nothing is left over. */
bool mp_end(const struct mpread *);

#endif
