/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Scope-bound ownership (gcc and clang `cleanup' attribute) and its explicit
 * hand-over:
 *	cleanup_close int fd = open(…);  …  return steal_fd(&fd);
 */
#ifndef PT_CLEANUP_H
#define PT_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <unistd.h>

static inline void cleanup_close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void cleanup_free_pointer(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close_file(FILE **f)
{
	if (*f != NULL)
		fclose(*f);
}

#define cleanup_close __attribute__((cleanup(cleanup_close_fd)))
#define cleanup_free __attribute__((cleanup(cleanup_free_pointer)))
#define cleanup_fclose __attribute__((cleanup(cleanup_close_file)))

static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

static inline void *steal_pointer_(void *p)
{
	void *stolen = *(void **)p;

	*(void **)p = NULL;
	return stolen;
}
#define steal_pointer(p) ((__typeof__(*(p)))steal_pointer_(p))

#endif
