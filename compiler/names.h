/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * From the names that the toolchain sees (source0.c in the job's directory,
 * objects in TMPDIR) back to those that the person gave.
 */
#ifndef PT_COMPILER_NAMES_H
#define PT_COMPILER_NAMES_H

#include <stddef.h>

#include "src/request.h"

/* A tool's path, of length bytes, to a person's: without directory and "./";
 * cut where it does not fit. */
void names_path(const char *directory, const char *path, size_t length, char *out, size_t size);

/* The submitted file that is called path, by its disk name or by its own;
 * NULL for any other. */
const struct request_file *names_file(const struct request *, const char *path);

/* Text with each disk name made the person's and the paths of our directory
 * and of temporary objects taken out. */
void names_message(const struct request *, const char *directory, const char *text,
    char *out, size_t size);

/* What follows "/usr/bin/ld: " at the start of a line; else the line. */
const char *names_behind_linker(const char *line);

/* What follows "/tmp/ccXYZ.o: "; else the line.  *file: the object's source,
 * where its name tells. */
const char *names_behind_object(const struct request *, const char *line, const struct request_file **file);

/* What follows "(.text+0x17): "; NULL where that does not stand first. */
const char *names_behind_section(const char *line);

/* A system header's path as one would include it: what is behind /include/. */
const char *names_foreign(const char *path);

#endif
