/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A root of our own: a tmpfs with read-only binds of what the job needs.  Made
 * detached where the kernel lets us (open_tree, mount_setattr, move_mount), so
 * that no bind is ever visible with more rights than it ends with.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/sandbox/internal.h"

/* Where the new root is put together.  It must not cover a bind's source: those
 * are opened before it is mounted. */
#define PLACE "/tmp"
#define TREES_MAX 24

struct tree {
	const char *path;
	int fd;			/* detached clone, or -1 for a symbolic link */
	bool directory;
	char link[PATH_MAX];	/* when fd is -1 */
};

static int set_attributes(int fd, uint64_t set)
{
	struct mount_attr attributes = { .attr_set = set };

	return mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof(attributes));
}

/* 1: opened, 0: not on this host, or -errno. */
static int open_tree_of(const struct sandbox_bind *bind, struct tree *tree, struct sandbox_error *error)
{
	uint64_t attributes = MOUNT_ATTR_NOSUID;
	struct stat st;
	ssize_t length;

	tree->path = bind->path;
	tree->fd = -1;
	if (lstat(bind->path, &st) < 0)
		return errno == ENOENT ? 0 : sandbox_fail(error, errno, "stat %s", bind->path);
	tree->directory = S_ISDIR(st.st_mode);
	if (S_ISLNK(st.st_mode)) {
		length = readlink(bind->path, tree->link, sizeof(tree->link) - 1);
		if (length < 0)
			return sandbox_fail(error, errno, "read the link %s", bind->path);
		tree->link[length] = '\0';
		return 1;
	}
	tree->fd = open_tree(AT_FDCWD, bind->path, OPEN_TREE_CLONE |
	    OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree->fd < 0)
		return sandbox_fail(error, errno, "open_tree %s", bind->path);
	attributes |= bind->device ? MOUNT_ATTR_NOEXEC : MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV;
	if (set_attributes(tree->fd, attributes) < 0) {
		close(tree->fd);
		return sandbox_fail(error, errno, "mount_setattr %s", bind->path);
	}
	return 1;
}

static int make_parents(const char *relative)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", relative);
	for (char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return 0;
}

/* An empty file or directory to mount on. */
static int make_point(const char *relative, bool directory)
{
	int fd, result = make_parents(relative);

	if (result < 0)
		return result;
	if (directory)
		return mkdir(relative, 0755) < 0 && errno != EEXIST ? -errno : 0;
	fd = open(relative, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno == EEXIST ? 0 : -errno;
	close(fd);
	return 0;
}

/* The working directory is the new root from here on. */
static int attach_tree(const struct tree *tree, struct sandbox_error *error)
{
	const char *relative = tree->path + 1;
	int result;

	if (tree->fd < 0) {
		result = make_parents(relative);
		if (result == 0 && symlink(tree->link, relative) < 0)
			result = -errno;
		return result < 0 ? sandbox_fail(error, -result, "link %s in the new root", tree->path) : 0;
	}
	if ((result = make_point(relative, tree->directory)) < 0)
		return sandbox_fail(error, -result, "make %s in the new root", tree->path);
	if (move_mount(tree->fd, "", AT_FDCWD, relative, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return sandbox_fail(error, errno, "move_mount to %s", tree->path);
	return 0;
}

static int mount_scratch(const char *relative, uint64_t bytes, struct sandbox_error *error)
{
	char options[96];

	/* An inode costs the kernel about a KiB that size= does not count. */
	snprintf(options, sizeof(options), "mode=0700,size=%llu,nr_inodes=%llu",
	    (unsigned long long)bytes, (unsigned long long)(bytes / 8192 + 64));
	if (mkdir(relative, 0755) < 0 && errno != EEXIST)
		return sandbox_fail(error, errno, "make /%s", relative);
	if (mount("tmpfs", relative, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return sandbox_fail(error, errno, "mount tmpfs on /%s", relative);
	return 0;
}

static int mount_proc(const struct sandbox_root *root, struct sandbox_error *error)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	const char *options = root->proc_only_pids ? "hidepid=invisible,subset=pid" : "hidepid=invisible";

	if (mkdir("proc", 0555) < 0)
		return sandbox_fail(error, errno, "make /proc");
	if (mount("proc", "proc", "proc", flags, options) == 0)
		return 0;
	if (errno == EINVAL && mount("proc", "proc", "proc", flags, "hidepid=2") == 0)
		return 0;	/* before Linux 5.8 */
	if (root->proc_required)
		return sandbox_fail(error, errno, "mount proc on /proc");
	return 0;
}

static int mount_terminals(struct sandbox_error *error)
{
	if (mkdir("dev/pts", 0755) < 0)
		return sandbox_fail(error, errno, "make /dev/pts");
	if (mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
	    "newinstance,ptmxmode=0666,mode=0600") < 0)
		return sandbox_fail(error, errno, "mount devpts on /dev/pts");
	if (symlink("pts/ptmx", "dev/ptmx") < 0)
		return sandbox_fail(error, errno, "link /dev/ptmx");
	return 0;
}

/* The old root and all its mounts go: pivot_root(2), "." twice. */
static int pivot(struct sandbox_error *error)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };

	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return sandbox_fail(error, errno, "pivot_root");
	if (umount2(".", MNT_DETACH) < 0)
		return sandbox_fail(error, errno, "unmount the old root");
	if (chdir("/") < 0)
		return sandbox_fail(error, errno, "chdir to the new root");
	if (mount_setattr(AT_FDCWD, "/", 0, &attributes, sizeof(attributes)) < 0)
		return sandbox_fail(error, errno, "make the new root read-only");
	return 0;
}

static int open_trees(const struct sandbox_root *root, struct tree *trees, size_t *count,
    struct sandbox_error *error)
{
	struct sandbox_bind shared = { .path = root->shared };
	int result;

	for (size_t i = 0; i < sandbox_bind_count; i++) {
		if ((result = open_tree_of(&sandbox_binds[i], &trees[*count], error)) < 0)
			return result;
		*count += (size_t)result;
	}
	if (root->shared == NULL)
		return 0;
	if ((result = open_tree_of(&shared, &trees[*count], error)) < 0)
		return result;
	*count += (size_t)result;
	return 0;
}

/* What is mounted anew. */
static int mount_own(const struct sandbox_root *root, struct sandbox_error *error)
{
	int result = 0;

	if (mkdir(&SANDBOX_EMPTY[1], 0555) < 0)
		return sandbox_fail(error, errno, "make " SANDBOX_EMPTY);
	if (root->scratch_bytes > 0)
		result = mount_scratch("tmp", root->scratch_bytes, error);
	if (result == 0 && root->work && root->scratch_bytes > 0)
		result = mount_scratch("work", root->scratch_bytes, error);
	/* Before the old root goes: the kernel wants a fully visible /proc beside it. */
	if (result == 0 && root->proc)
		result = mount_proc(root, error);
	return result;
}

int sandbox_enter_root(const struct sandbox_root *root, struct sandbox_error *error)
{
	struct tree trees[TREES_MAX];
	size_t count = 0;
	int result;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return sandbox_fail(error, errno, "make all mounts private");
	if ((result = open_trees(root, trees, &count, error)) < 0)
		return result;
	if (mount("tmpfs", PLACE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64k") < 0)
		return sandbox_fail(error, errno, "mount tmpfs on " PLACE);
	if (chdir(PLACE) < 0)
		return sandbox_fail(error, errno, "chdir " PLACE);
	result = mount_own(root, error);
	for (size_t i = 0; i < count && result == 0; i++)
		result = attach_tree(&trees[i], error);
	for (size_t i = 0; i < count; i++)
		if (trees[i].fd >= 0)
			close(trees[i].fd);
	if (result == 0 && root->terminals)
		result = mount_terminals(error);
	return result < 0 ? result : pivot(error);
}
