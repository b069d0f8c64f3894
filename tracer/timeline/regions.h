/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The region table at every position, and the files behind read-only regions:
 * those are mapped here too (sharing the page cache) instead of copied.
 */
#ifndef PT_REGIONS_H
#define PT_REGIONS_H

#include "tracer/timeline/view.h"

/* What an untouched page of a region holds: bytes of a file; zeros past length. */
struct backing {
	const uint8_t *data;	/* at the region's start; NULL: zeros */
	uint64_t length;
};

struct region_table {
	uint64_t position;	/* from here on */
	size_t count;
	struct region *regions;	/* ascending, names in the history's store */
	struct backing *backings;
};

struct region_file {
	char *name;
	const uint8_t *data;	/* NULL: cannot be had */
	uint64_t size;
};

struct regions {
	struct region_table **tables;	/* ascending by position */
	size_t count, capacity;
	struct region_file *files;
	size_t file_count;
	char **names;
	size_t name_count;
	uint64_t memory;
};

/* The descriptor (borrowed, e.g. a memfd) is what `name' maps, whatever stands
 * at that path here.  false: cannot be mapped. */
bool regions_add_file(struct regions *, const char *name, int fd);

/* From position on the table is this; equal ones and an earlier table of the
 * same position are replaced.  Regions that are new after position 0 and
 * overlap an earlier one have no backing.  *changed says whether it differs
 * from the one before.  false: no memory. */
bool regions_set(struct regions *, uint64_t position, const struct region *, size_t count,
    bool *changed);

/* NULL when none is set. */
const struct region_table *regions_at(const struct regions *, uint64_t position);
/* Index in the table of the region that holds address, or -1. */
ssize_t region_find(const struct region_table *, uint64_t address);
/* Forget the tables of later positions. */
void regions_cut(struct regions *, uint64_t position);
void regions_free(struct regions *);

#endif
