/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which of a person's flags reach the toolchain: an allow-list, because a
 * compiler's options run programs (-fplugin=, -wrapper, -B, -specs=, -Wl,…),
 * read files (@file, -include, -T) and write them (-o, -save-temps, -MF).
 */
#ifndef PT_COMPILER_FLAGS_H
#define PT_COMPILER_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

/* Is it one that a person may give to a compiler? */
bool flag_allowed(const char *flag);

/* The index of the first flag that is not allowed, with why naming it and what
 * is allowed; -1 when all are. */
int flags_check(char *const flags[], char *why, size_t size);

/* A flag that goes behind the sources: a library. */
bool flag_is_library(const char *flag);

/* Is it among them? */
bool flags_have(char *const flags[], const char *flag);

#endif
