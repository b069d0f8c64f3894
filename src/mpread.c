/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reading msgpack; formats by https://github.com/msgpack/msgpack/blob/master/spec.md */
#include <string.h>

#include "src/mpread.h"

static size_t left(const struct mpread *r)
{
	return (size_t)(r->end - r->next);
}

static void fail(struct mpread *r)
{
	r->error = true;
	r->next = r->end;
}

/* Big-endian number of `size' bytes behind the first byte; passes over both. */
static uint64_t tail(struct mpread *r, size_t size)
{
	uint64_t value = 0;

	if (left(r) < 1 + size) {
		fail(r);
		return 0;
	}
	r->next++;
	while (size-- > 0)
		value = value << 8 | *r->next++;
	return value;
}

enum mp_type mp_peek(const struct mpread *r)
{
	uint8_t c;

	if (r->error || r->next == r->end)
		return MP_NONE;
	c = *r->next;
	if (c <= 0x7f)
		return MP_UINT;
	if (c <= 0x8f)
		return MP_MAP;
	if (c <= 0x9f)
		return MP_ARRAY;
	if (c <= 0xbf)
		return MP_STR;
	if (c >= 0xe0)
		return MP_INT;
	switch (c) {
	case 0xc0:
		return MP_NIL;
	case 0xc2: case 0xc3:
		return MP_BOOL;
	case 0xc4: case 0xc5: case 0xc6:
		return MP_BIN;
	case 0xca: case 0xcb:
		return MP_FLOAT;
	case 0xcc: case 0xcd: case 0xce: case 0xcf:
		return MP_UINT;
	case 0xd0: case 0xd1: case 0xd2: case 0xd3:
		return MP_INT;
	case 0xd9: case 0xda: case 0xdb:
		return MP_STR;
	case 0xdc: case 0xdd:
		return MP_ARRAY;
	case 0xde: case 0xdf:
		return MP_MAP;
	default:	/* 0xc1 never used, 0xc7–0xc9 and 0xd4–0xd8 ext */
		return MP_NONE;
	}
}

/* The next value must be of this type. */
static bool expect(struct mpread *r, enum mp_type type)
{
	if (mp_peek(r) == type)
		return true;
	fail(r);
	return false;
}

uint64_t mp_uint(struct mpread *r)
{
	uint8_t c;

	/* A signed form with a value ≥ 0 is legal msgpack too. */
	if (mp_peek(r) == MP_INT) {
		int64_t value = mp_int(r);

		if (value < 0)
			fail(r);
		return r->error ? 0 : (uint64_t)value;
	}
	if (!expect(r, MP_UINT))
		return 0;
	c = *r->next;
	if (c <= 0x7f)
		return tail(r, 0), c;
	return tail(r, (size_t)1 << (c - 0xcc));
}

int64_t mp_int(struct mpread *r)
{
	uint8_t c;

	if (mp_peek(r) == MP_UINT) {
		uint64_t value = mp_uint(r);

		if (value > INT64_MAX)
			fail(r);
		return r->error ? 0 : (int64_t)value;
	}
	if (!expect(r, MP_INT))
		return 0;
	c = *r->next;
	if (c >= 0xe0)
		return tail(r, 0), (int8_t)c;
	switch (c) {
	case 0xd0:
		return (int8_t)tail(r, 1);
	case 0xd1:
		return (int16_t)tail(r, 2);
	case 0xd2:
		return (int32_t)tail(r, 4);
	default:
		return (int64_t)tail(r, 8);
	}
}

double mp_float(struct mpread *r)
{
	uint64_t bits;
	uint32_t bits32;
	float single;
	double value;

	if (!expect(r, MP_FLOAT))
		return 0;
	if (*r->next == 0xca) {
		bits32 = (uint32_t)tail(r, 4);
		memcpy(&single, &bits32, sizeof single);
		return single;
	}
	bits = tail(r, 8);
	memcpy(&value, &bits, sizeof value);
	return value;
}

bool mp_bool(struct mpread *r)
{
	if (!expect(r, MP_BOOL))
		return false;
	return *r->next++ == 0xc3;
}

void mp_nil(struct mpread *r)
{
	if (expect(r, MP_NIL))
		r->next++;
}

/* length bytes, borrowed. */
static const uint8_t *take(struct mpread *r, uint64_t wanted, size_t *length)
{
	const uint8_t *bytes = r->next;

	*length = 0;
	if (r->error || wanted > left(r)) {
		fail(r);
		return r->end;
	}
	*length = (size_t)wanted;
	r->next += wanted;
	return bytes;
}

const char *mp_str(struct mpread *r, size_t *length)
{
	uint64_t wanted;
	uint8_t c;

	*length = 0;
	if (!expect(r, MP_STR))
		return "";
	c = *r->next;
	if (c <= 0xbf) {
		tail(r, 0);
		wanted = c & 0x1f;
	} else
		wanted = tail(r, (size_t)1 << (c - 0xd9));
	return (const char *)take(r, wanted, length);
}

const uint8_t *mp_bin(struct mpread *r, size_t *length)
{
	*length = 0;
	if (!expect(r, MP_BIN))
		return r->end;
	return take(r, tail(r, (size_t)1 << (*r->next - 0xc4)), length);
}

/* Each element takes `bytes' at least. */
static size_t count(struct mpread *r, uint8_t fix, uint8_t wide, size_t bytes)
{
	uint8_t c = *r->next;
	uint64_t n;

	if ((c & 0xf0) == fix) {
		tail(r, 0);
		n = c & 0x0f;
	} else
		n = tail(r, c == wide ? 2 : 4);
	if (r->error || n > left(r) / bytes) {
		fail(r);
		return 0;
	}
	return (size_t)n;
}

size_t mp_array(struct mpread *r)
{
	return expect(r, MP_ARRAY) ? count(r, 0x90, 0xdc, 1) : 0;
}

size_t mp_map(struct mpread *r)
{
	return expect(r, MP_MAP) ? count(r, 0x80, 0xde, 2) : 0;
}

void mp_skip(struct mpread *r, unsigned depth)
{
	size_t n, ignored;

	switch (mp_peek(r)) {
	case MP_NIL:
		mp_nil(r);
		return;
	case MP_BOOL:
		mp_bool(r);
		return;
	case MP_UINT:
		mp_uint(r);
		return;
	case MP_INT:	/* any width, any value */
		tail(r, *r->next >= 0xe0 ? 0 : (size_t)1 << (*r->next - 0xd0));
		return;
	case MP_FLOAT:
		mp_float(r);
		return;
	case MP_STR:
		mp_str(r, &ignored);
		return;
	case MP_BIN:
		mp_bin(r, &ignored);
		return;
	case MP_ARRAY:
	case MP_MAP:
		if (depth == 0)
			break;
		n = mp_peek(r) == MP_MAP ? 2 * mp_map(r) : mp_array(r);
		while (n-- > 0 && !r->error)
			mp_skip(r, depth - 1);
		return;
	case MP_NONE:
		break;
	}
	fail(r);
}

bool mp_end(const struct mpread *r)
{
	return !r->error && r->next == r->end;
}
