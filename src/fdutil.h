/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Small deeds on descriptors.  All descriptors made here are close-on-exec. */
#ifndef PT_FDUTIL_H
#define PT_FDUTIL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A memfd with these bytes, sealed against every change (memfd_create(2),
 * F_ADD_SEALS).  -errno on failure. */
int fd_sealed(const char *name, const void *data, size_t len);

/* An unsealed memfd to write into, and its sealing.  -errno on failure. */
int fd_memory(const char *name);
int fd_seal(int fd);

/*
 * The size of a memfd that a peer sent: it must be a regular file of at most
 * max bytes, and carry F_SEAL_WRITE|SHRINK|GROW, so that its size and content
 * stay what was checked.  -errno (EBADF, EINVAL, EFBIG, EPERM) on failure.
 */
ssize_t fd_check_sealed(int fd, size_t max);

/* All of a checked memfd by pread(2), never mmap: freed by the caller, with a
 * NUL behind it that *len does not count.  NULL and errno on failure. */
void *fd_read_all(int fd, size_t max, size_t *len);

/* write(2) until all is written.  0 or -errno. */
int fd_write_all(int fd, const void *data, size_t len);

/* O_NONBLOCK, FD_CLOEXEC.  0 or -errno. */
int fd_set_nonblock(int fd);
int fd_set_cloexec(int fd);

/* Close every descriptor ≥ first (close_range(2)). */
void fd_close_from(int first);

#endif
