/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Reading one block of the log: what seek.c and the index share. */
#ifndef PT_BLOCK_H
#define PT_BLOCK_H

#include "tracer/timeline/timeline.h"

/* At the block's first record. */
struct decoder block_decoder(const struct block *);
/* There too, with the moment at which the block begins.  false: no memory. */
bool block_moment(const struct block *, struct decoder *, struct moment *);
/* How many records the block has: all but the last one are full. */
size_t block_records(const struct timeline *, size_t block);
/* What a search sees of the moment that the record just read has led to. */
struct brief block_brief(const struct moment *, uint64_t position, const struct record_info *);
/* The briefs of the positions that the block's records lead to.  Borrowed until the
 * next call of it or of timeline_brief().  NULL: no memory. */
const struct brief *block_briefs(struct timeline *, size_t block);

#endif
