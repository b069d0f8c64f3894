/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Between writer.c and writer-text.c. */
#ifndef PT_WRITER_PRIVATE_H
#define PT_WRITER_PRIVATE_H

#include "tracer/writer.h"

/* Raw bytes, as far as they fit: all of them or an overflow. */
bool w_put(struct writer *, const void *bytes, size_t length);
/* A tag byte and size bytes of value. */
void w_put_big_endian(struct writer *, uint8_t tag, uint64_t value, unsigned size);
/* What stands before a value: JSON's comma, and the count. */
void w_before_value(struct writer *);

#endif
