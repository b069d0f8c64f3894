/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The session's own ELF and the libraries beside it, by libdw (elfutils).
 * Everything here may be hostile bytes; it runs inside the session's sandbox,
 * and a library crash ends this session only.
 */
#ifndef PT_IMAGE_H
#define PT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/timeline/view.h"

struct image;

/*
 * Open the session's ELF (fd borrowed, a sealed memfd).  files: the submitted
 * files' names, in order; source_paths: the names that the compiler wrote into
 * the debug information for each (same index; NULL for a header).  NULL with
 * why[why_size] in words when it is no program that can be traced.
 */
struct image *image_open(int elf_fd, const char *const *files, const char *const *source_paths,
    size_t file_count, char *why, size_t why_size);
void image_free(struct image *);

/* Look at the region table: load bias of a PIE, the libraries that are mapped.
 * Call at the first stop and when the table has changed. */
void image_update(struct image *, const struct view *);
/* Another number: a library has come, gone or moved. */
uint64_t image_layout(const struct image *);

/* Where the program starts for a person, with the load bias: main's first
 * instruction (its prologue not yet run), else the ELF's entry. */
uint64_t image_entry(const struct image *);		/* e_entry */
uint64_t image_first_stop(const struct image *);	/* main, or e_entry without one */
bool image_has_lines(const struct image *);

/* Is this address the person's code: text of the session's own ELF that has
 * line information from a unit with a submitted file (from any unit where none
 * names one; all of .text where the ELF has no lines at all)?  Not the PLT, not the C
 * run time's _start; header code (templates) is. */
bool image_is_own(const struct image *, uint64_t address);

/* The person's code as page-rounded, sorted, merged ranges: what is made
 * non-executable during a native stretch.  Borrowed. */
struct image_range { uint64_t start, end; };
const struct image_range *image_own_pages(const struct image *, size_t *count);

/* Name of the file with this index, NULL when there is none. */
const char *image_file(const struct image *, int file);
int image_file_index(const struct image *, const char *name);

#endif
