/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Programs compiled lately: found by their request's bytes and owner, bounded, and not for ever. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "broker/cache.h"
#include "src/fdutil.h"
#include "tests/unit/unit.h"

#define KIB 1024

static int memfd(const char *text)
{
	int fd = fd_sealed("test", text, strlen(text));

	assert_true(fd >= 0);
	return fd;
}

static void keep(struct cache *c, const char *owner, const char *body, const char *elf, uint64_t now)
{
	int body_fd = memfd(body), elf_fd = memfd(elf);

	cache_keep(c, owner, body_fd, now, &(struct cached){ .elf = elf_fd, .diagnostics = -1, .language = "c" });
	close(body_fd);
	close(elf_fd);
}

/* The first byte of the program that is kept for this body; 0: none. */
static char found(struct cache *c, const char *owner, const char *body, uint64_t now)
{
	struct cached what;
	int fd = memfd(body);
	bool there = cache_find(c, owner, fd, now, &what);
	char first = 0;

	close(fd);
	if (!there)
		return 0;
	assert_int_equal(pread(what.elf, &first, 1, 0), 1);
	assert_int_equal(what.diagnostics, -1);
	assert_string_equal(what.language, "c");
	return first;
}

static void by_bytes_and_owner(void **state)
{
	struct cache *c = cache_new(64 * KIB);

	(void)state;
	keep(c, "anna", "one", "1", 1);
	keep(c, "anna", "two", "2", 1);
	assert_int_equal(found(c, "anna", "one", 2), '1');
	assert_int_equal(found(c, "anna", "two", 2), '2');
	assert_int_equal(found(c, "anna", "onE", 2), 0);
	assert_int_equal(found(c, "anna", "one ", 2), 0);
	assert_int_equal(found(c, "bert", "one", 2), 0);
	cache_free(c);
}

static void not_for_ever(void **state)
{
	struct cache *c = cache_new(64 * KIB);

	(void)state;
	keep(c, "anna", "one", "1", 1);
	assert_int_equal(found(c, "anna", "one", CACHE_SECONDS), '1');
	assert_int_equal(found(c, "anna", "one", CACHE_SECONDS + 1), 0);
	keep(c, "anna", "one", "2", CACHE_SECONDS + 1);
	assert_int_equal(found(c, "anna", "one", CACHE_SECONDS + 1), '2');
	cache_free(c);
}

static void the_least_used_goes_first(void **state)
{
	struct cache *c = cache_new(64 * KIB);
	char body[32];

	(void)state;
	for (unsigned i = 0; i < CACHE_ENTRIES; i++) {
		snprintf(body, sizeof body, "body %u", i);
		keep(c, "anna", body, "E", 1 + i);
	}
	assert_int_equal(found(c, "anna", "body 0", 100), 'E');	/* now body 1 is the oldest */
	keep(c, "anna", "another", "F", 101);
	assert_int_equal(found(c, "anna", "body 0", 102), 'E');
	assert_int_equal(found(c, "anna", "body 1", 102), 0);
	assert_int_equal(found(c, "anna", "another", 102), 'F');
	cache_free(c);
}

static int descriptors(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;	/* the lowest that is free */
}

static void bounded_in_bytes(void **state)
{
	struct cache *c = cache_new(8 * KIB);
	char body[2 * KIB], name[32];
	int before = descriptors();

	(void)state;
	memset(body, 'x', sizeof body - 1);
	body[sizeof body - 1] = '\0';
	keep(c, "anna", body, "over a quarter with this", 1);
	assert_int_equal(found(c, "anna", body, 1), 0);
	body[KIB] = '\0';
	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "anna%u", i);
		keep(c, name, body, "E", 2 + i);
	}
	assert_int_equal(found(c, "anna19", body, 30), 'E');
	assert_int_equal(found(c, "anna13", body, 30), 'E');	/* seven of 1025 bytes fit */
	assert_int_equal(found(c, "anna12", body, 30), 0);
	cache_free(c);
	assert_int_equal(descriptors(), before);
}

static void none_at_all(void **state)
{
	struct cache *c = cache_new(0);

	(void)state;
	keep(c, "anna", "one", "1", 1);
	assert_int_equal(found(c, "anna", "one", 1), 0);
	cache_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_bytes_and_owner),
		cmocka_unit_test(not_for_ever),
		cmocka_unit_test(the_least_used_goes_first),
		cmocka_unit_test(bounded_in_bytes),
		cmocka_unit_test(none_at_all),
	};

	return RUN_TESTS(tests);
}
