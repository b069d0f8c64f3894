/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The submitted files' names: which are fit to be written to a disk, which
 * files are compiled, and what those are called there.
 */
#ifndef PT_REQUEST_FILES_H
#define PT_REQUEST_FILES_H

#include "src/request.h"

/* 1 … REQUEST_NAME_MAX of [A-Za-z0-9_+.-], not - or . first: so no path, no
 * option, no response file, and none of the job's own files (they begin with
 * a dot). */
bool request_name_valid(const char *name);

enum request_files { REQUEST_FILES_OK, REQUEST_FILES_BAD, REQUEST_FILES_EMPTY };

/*
 * Decide for each file of *request whether it is compiled and its disk name.
 * The extension decides; where none says so, the first file is compiled.  BAD
 * (a name twice, C++ in a C program) and EMPTY (no source, or only blanks)
 * say in why what is wrong.
 */
enum request_files request_place_files(struct request *, char *why, size_t size);

/* s in quotes, shortened, without control characters, cut between UTF-8
 * characters: fit for a message to a person.  Returns shown. */
#define REQUEST_SHOWN 96
const char *request_show(char shown[REQUEST_SHOWN], const char *s);

#endif
