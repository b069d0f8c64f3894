/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Vector states, for the parts of the codec. */
#ifndef PT_CODEC_PRIVATE_H
#define PT_CODEC_PRIVATE_H

#include "tracer/timeline/codec.h"
#include "tracer/timeline/varint.h"

enum { VECTOR_MAX = VECTOR_WORDS * (2 + 1 + 8) };	/* bytes of one that has changed all over */

/* How one differs from another; they do.  The caller has reserved VECTOR_MAX bytes. */
void put_vector(struct bytes *, const struct vector_state *old, const struct vector_state *new);
/* Bring *v up to date; NULL: pass over it. */
void get_vector(struct decoder *, struct vector_state *v);

#endif
