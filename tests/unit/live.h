/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * For the tests of tracer/program: real programs, compiled by the machine's
 * compilers and held under ptrace, with a view of where they stand.
 */
#ifndef PT_TEST_LIVE_H
#define PT_TEST_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tracer/program/image.h"
#include "tracer/timeline/view.h"

#define LIVE_REGIONS	256

struct live {
	struct view view;		/* first: it is cast back */
	pid_t pid;			/* 0: gone */
	int elf;
	char source[128];		/* path of source0.c, .cc or .s */
	char binary[128];
	struct region regions[LIVE_REGIONS];
	size_t region_count;
	struct image *image;
};

/* Compiles text as source0.EXTENSION: "cc -g -O0", … is put before the file's
 * name.  false when the compiler is not installed or fails (it has said why). */
bool live_compile(struct live *, const char *compiler, const char *extension, const char *text);
/* Opens the image (not yet located).  false: it cannot be opened. */
bool live_image(struct live *);
/* Starts the binary: stopped behind its exec.  Fails the test when it cannot. */
void live_start(struct live *);
/* Until pc is at address; false when it has ended before. */
bool live_run_to(struct live *, uint64_t address);
/* Start, image, and there to the first stop. */
void live_to_main(struct live *);
/* One instruction; a signal that comes is delivered.  The region table stays as it was. */
bool live_step(struct live *);
/* Until it gets this signal (not yet delivered). */
bool live_run_to_signal(struct live *, int number);
void live_end(struct live *);

/* Writes a copy of the binary to a new memfd. */
int live_copy(const struct live *);
/* Address of a function of the session's ELF; fails the test when there is none. */
uint64_t live_function(const struct live *, const char *name);
uint64_t live_line(const struct live *, unsigned line);
/* All text that a command prints (malloc), NULL when it fails. */
char *live_output(const char *command);
bool live_has(const char *program);

#endif
