/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The directory of one job.  In a sandbox of our own it is the empty tmpfs
 * REQUEST_DIRECTORY, that dies with the namespace; elsewhere a fresh directory
 * that workdir_close() removes.
 */
#ifndef PT_COMPILER_WORKDIR_H
#define PT_COMPILER_WORKDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct workdir {
	int fd;
	bool ours;		/* made here, to be removed */
	char path[64];
	const char *temporary;	/* TMPDIR for the tools */
};

/* 0 or -errno. */
int workdir_open(struct workdir *);
void workdir_close(struct workdir *);

/* Remove a directory that was made here, by its path: what workdir_close() does
 * in the end. */
void workdir_remove(const struct workdir *);

/* A new file; one that is there already, a link too, is -EEXIST. */
int workdir_write(const struct workdir *, const char *name, const void *data, size_t length);

/*
 * What the toolchain has left under name, as a sealed memfd.  It may be
 * anything that a compiler taken over could make: -ENOENT, -ELOOP for a
 * symbolic link, -EINVAL for what is no regular file or has other links,
 * -EFBIG above max bytes.
 */
int workdir_take(const struct workdir *, const char *name, uint64_t max);

#endif
