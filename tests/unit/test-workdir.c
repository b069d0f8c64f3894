/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What may be taken out of a job's directory, when a compiler that was taken
 * over has made it (attack suite C09, C10). */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "compiler/workdir.h"
#include "src/fdutil.h"

static struct workdir dir;

static int setup(void **state)
{
	(void)state;
	return workdir_open(&dir);
}

static int teardown(void **state)
{
	struct stat st;

	(void)state;
	workdir_close(&dir);
	return stat(dir.path, &st) == 0 ? -1 : 0;	/* nothing stays */
}

static void test_take(void **state)
{
	char *data;
	size_t length;
	int fd;

	(void)state;
	assert_int_equal(workdir_write(&dir, ".program", "\177ELF...", 7), 0);
	fd = workdir_take(&dir, ".program", 7);
	assert_true(fd >= 0);
	assert_int_equal(fd_check_sealed(fd, 7), 7);
	data = fd_read_all(fd, 7, &length);
	assert_memory_equal(data, "\177ELF...", 7);
	free(data);
	close(fd);
	assert_int_equal(workdir_take(&dir, ".program", 6), -EFBIG);
	assert_int_equal(workdir_take(&dir, "nothing", 6), -ENOENT);
}

static void test_write_new_only(void **state)
{
	(void)state;
	assert_int_equal(workdir_write(&dir, "a", "x", 1), 0);
	assert_int_equal(workdir_write(&dir, "a", "x", 1), -EEXIST);
	assert_int_equal(symlinkat("/etc/passwd", dir.fd, "b"), 0);
	assert_int_equal(workdir_write(&dir, "b", "x", 1), -EEXIST);
	assert_int_equal(symlinkat("dangling", dir.fd, "c"), 0);
	assert_int_equal(workdir_write(&dir, "c", "x", 1), -EEXIST);
}

static void test_links(void **state)
{
	(void)state;
	assert_int_equal(symlinkat("/etc/shadow", dir.fd, "p1"), 0);
	assert_int_equal(workdir_take(&dir, "p1", 1 << 20), -ELOOP);
	assert_int_equal(workdir_write(&dir, "real", "x", 1), 0);
	assert_int_equal(symlinkat("real", dir.fd, "p2"), 0);
	assert_int_equal(workdir_take(&dir, "p2", 1 << 20), -ELOOP);
	assert_int_equal(linkat(dir.fd, "real", dir.fd, "p3", 0), 0);
	assert_int_equal(workdir_take(&dir, "p3", 1 << 20), -EINVAL);
	assert_int_equal(symlinkat("/proc/self/exe", dir.fd, "p4"), 0);
	assert_int_equal(workdir_take(&dir, "p4", 1 << 30), -ELOOP);
	assert_int_equal(symlinkat("/", dir.fd, "p5"), 0);
	assert_int_equal(workdir_take(&dir, "p5/etc/passwd", 1 << 20), -ELOOP);
	assert_int_equal(workdir_take(&dir, "../../etc/passwd", 1 << 20), -EXDEV);
	assert_int_equal(workdir_take(&dir, "/etc/passwd", 1 << 20), -EXDEV);
}

static void test_other_kinds(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(mkfifoat(dir.fd, "fifo", 0600), 0);
	assert_int_equal(workdir_take(&dir, "fifo", 1 << 20), -EINVAL);	/* and does not hang */
	assert_int_equal(mkdirat(dir.fd, "dir", 0700), 0);
	assert_int_equal(workdir_take(&dir, "dir", 1 << 20), -EINVAL);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir.path);
	assert_int_equal(bind(s, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(workdir_take(&dir, "socket", 1 << 20), -ENXIO);
	close(s);
	if (mknodat(dir.fd, "zero", S_IFCHR | 0600, 1 << 8 | 5) == 0)
		assert_true(workdir_take(&dir, "zero", 1 << 20) < 0);
}

static void test_sparse(void **state)
{
	int fd = openat(dir.fd, "sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	/* The file system may not want a TiB; a size above the cap is what counts. */
	if (ftruncate(fd, 1ll << 40) < 0)
		assert_int_equal(ftruncate(fd, 1 << 30), 0);
	close(fd);
	assert_int_equal(workdir_take(&dir, "sparse", 64 << 20), -EFBIG);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_take, setup, teardown),
		cmocka_unit_test_setup_teardown(test_write_new_only, setup, teardown),
		cmocka_unit_test_setup_teardown(test_links, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sparse, setup, teardown),
	};

	return RUN_TESTS(tests);
}
