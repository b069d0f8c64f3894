/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Settings: one table (settings.def), four sources, the later over the earlier:
 * defaults, configuration file, environment (PENGUINTRACE_NAME), command line.
 * A setting that is wrong stops the start with its place, its name and what is
 * allowed.  The launcher reads them; its children get them as a sealed memfd in
 * the same form and through the same checks.
 *
 * File form: `name = value` a line, # for comments, value to the line's end.
 */
#ifndef PT_CONF_H
#define PT_CONF_H

#include <stdint.h>
#include <stddef.h>
#include <stdio.h>

/* conf.listen[], conf.trace_steps, …; a CHOICE is a string and one of its words. */
struct conf {
#define TEXT(n, d, max, help) char n[(max) + 1];
#define CHOICE(n, d, words, help) char n[24];
#define NUMBER(n, d, min, max, unit, help) uint64_t n;
#define BYTES(n, d, min, max, help) uint64_t n;
#include "src/settings.def"
};

#define CONF_WHY_MAX 512

void conf_defaults(struct conf *);

/* Set one by name.  where: "penguintrace.conf:12", "PENGUINTRACE_LISTEN", "--listen".
 * 0, or -1 with why[CONF_WHY_MAX] saying where, which and what is allowed. */
int conf_set(struct conf *, const char *where, const char *name, const char *value, char *why);

/* All of a file; all that environ holds (an unknown PENGUINTRACE_ name is an error). */
int conf_read_file(struct conf *, const char *path, char *why);
int conf_read_environment(struct conf *, char *const *environment, char *why);

/* A sealed memfd with all settings, and its reading in a child.  -errno / -1. */
int conf_to_fd(const struct conf *);
int conf_read_fd(struct conf *, int fd, char *why);

/* The table as a sample configuration, as man page section (mdoc .It items),
 * and as --help lines. */
void conf_print_sample(FILE *);
void conf_print_man(FILE *);
void conf_print_help(FILE *);

#endif
