/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What happened, into the timeline: an instruction's effect, or whatever a
 * native stretch has written, found by comparing memory with the shadow.  It
 * knows a process only as something that can be read.
 */
#ifndef PT_RECORDER_H
#define PT_RECORDER_H

#include "tracer/effect.h"
#include "tracer/timeline/timeline.h"

struct recorder_source {
	void *arg;
	/* Ranges, up to RECORDER_RANGES, into one buffer one behind the other.  Stops where it
	 * cannot be read; returns the bytes before. */
	size_t (*read)(void *arg, const struct memory_range *, size_t count, void *buffer);
	/* Set those of the pages from address on that the program has neither in memory nor
	 * elsewhere; the others, and what is not known, stay.  NULL: nothing is known. */
	void (*absent)(void *arg, uint64_t address, bool *absent, size_t pages);
};

enum { RECORDER_RANGES = 64 };

struct recorder {
	struct timeline *timeline;
	struct recorder_source source;
	uint64_t memory_max;	/* bytes that the timeline may hold */
	uint8_t *buffer;	/* for comparing */
	/* Pages that are still to be compared, in bytes altogether: */
	struct memory_range ranges[RECORDER_RANGES];
	size_t range_count, gathered;
};

/* ->timeline is set by the caller; the source is copied.  recorder_done() frees what is its own. */
void recorder_init(struct recorder *, const struct recorder_source *, uint64_t memory_max);
void recorder_done(struct recorder *);

/* The moment of position 0: what memory holds, where its files do not say so.
 * Here and below: 0, -ENOMEM, or -EDQUOT: the timeline's limit is reached. */
int recorder_base(struct recorder *, const struct region *, size_t count);
/* The record that is being made wrote this (effect->anywhere: compare). */
int recorder_effect(struct recorder *, const struct effect *);
/* Compare writable memory with the shadow; everything: read-only memory too, but
 * code that stands in its file. */
int recorder_compare(struct recorder *, bool everything);
/* The region table after the record that is being made. */
int recorder_regions(struct recorder *, const struct region *, size_t count, bool *changed);

#endif
