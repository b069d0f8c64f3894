/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/fdutil.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

int fd_memory(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	return fd < 0 ? -errno : fd;
}

int fd_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) < 0 ? -errno : 0;
}

int fd_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_sealed(const char *name, const void *data, size_t len)
{
	cleanup_close int fd = fd_memory(name);
	int error;

	if (fd < 0)
		return fd;
	error = fd_write_all(fd, data, len);
	if (error == 0)
		error = fd_seal(fd);
	return error < 0 ? error : steal_fd(&fd);
}

ssize_t fd_check_sealed(int fd, size_t max)
{
	struct stat st;
	int seals;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	/* Only memfds and hugetlb files have seals: anything else fails here. */
	seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS)
		return -EPERM;
	if ((uintmax_t)st.st_size > max)
		return -EFBIG;
	return (ssize_t)st.st_size;
}

void *fd_read_all(int fd, size_t max, size_t *len)
{
	ssize_t size = fd_check_sealed(fd, max), n;
	cleanup_free char *data = NULL;
	size_t done = 0;

	if (size < 0) {
		errno = (int)-size;
		return NULL;
	}
	data = malloc((size_t)size + 1);
	if (data == NULL)
		return NULL;
	while (done < (size_t)size) {
		n = pread(fd, data + done, (size_t)size - done, (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : EIO;
			return NULL;
		}
		done += (size_t)n;
	}
	data[done] = '\0';
	*len = done;
	return steal_pointer(&data);
}

int fd_set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

int fd_set_cloexec(int fd)
{
	return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

void fd_close_from(int first)
{
	close_range((unsigned)first, ~0u, 0);
}
