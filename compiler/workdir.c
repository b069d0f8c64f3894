/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See workdir.h. */
#include "config.h"

#include "compiler/workdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/fdutil.h"
#include "src/request.h"

int workdir_open(struct workdir *w)
{
	char here[sizeof(w->path) - sizeof("/job-XXXXXX")];

	*w = (struct workdir){ .fd = -1, .path = REQUEST_DIRECTORY, .temporary = "/tmp" };
	/* pid 1: a root of our own (see run_sweep()). */
	if (getpid() != 1) {
		/* Where the launcher has put us; in what we leave there it follows. */
		if (getcwd(here, sizeof(here)) == NULL || access(here, W_OK) < 0)
			strcpy(here, "/tmp");
		snprintf(w->path, sizeof(w->path), "%s/job-XXXXXX", here);
		if (mkdtemp(w->path) == NULL)
			return -errno;
		w->ours = true;
		w->temporary = w->path;
	}
	w->fd = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return w->fd < 0 ? -errno : 0;
}

/* Flat: the allowed flags make no directory, and one that is there is empty or stays. */
static void remove_files(int fd)
{
	DIR *d = fdopendir(fd);
	struct dirent *entry;

	if (d == NULL) {
		close(fd);
		return;
	}
	while ((entry = readdir(d)) != NULL)
		if (unlinkat(dirfd(d), entry->d_name, 0) < 0)
			unlinkat(dirfd(d), entry->d_name, AT_REMOVEDIR);
	closedir(d);
}

void workdir_remove(const struct workdir *w)
{
	int fd = w->ours ? open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;

	if (fd < 0)
		return;
	remove_files(fd);
	rmdir(w->path);
}

void workdir_close(struct workdir *w)
{
	if (w->fd < 0)
		return;
	close(steal_fd(&w->fd));
	workdir_remove(w);
}

int workdir_write(const struct workdir *w, const char *name, const void *data, size_t length)
{
	cleanup_close int fd = openat(w->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

	return fd < 0 ? -errno : fd_write_all(fd, data, length);
}

static int open_result(const struct workdir *w, const char *name)
{
	/* O_NONBLOCK: a FIFO without a writer would hold us. */
	struct open_how how = {
		.flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = syscall(SYS_openat2, w->fd, name, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static int check_result(int fd, uint64_t max, uint64_t *size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return -EINVAL;
	*size = st.st_size;
	return *size <= max ? 0 : -EFBIG;
}

static int copy(int from, int to, uint64_t size)
{
	cleanup_free char *buffer = malloc(256u << 10);
	uint64_t done = 0;

	if (buffer == NULL)
		return -ENOMEM;
	while (done < size) {
		ssize_t n = read(from, buffer, 256u << 10);
		int error;

		if (n <= 0)
			return n == 0 ? -EIO : -errno;
		if ((error = fd_write_all(to, buffer, n)) < 0)
			return error;
		done += n;
	}
	return 0;
}

int workdir_take(const struct workdir *w, const char *name, uint64_t max)
{
	cleanup_close int from = open_result(w, name), to = -1;
	uint64_t size = 0;
	int error;

	if (from < 0)
		return steal_fd(&from);
	if ((error = check_result(from, max, &size)) < 0)
		return error;
	if ((to = fd_memory("program")) < 0)
		return steal_fd(&to);
	if ((error = copy(from, to, size)) < 0 || (error = fd_seal(to)) < 0)
		return error;
	return steal_fd(&to);
}
