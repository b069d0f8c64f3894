/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/cache.h"
#include "src/msg.h"

struct entry {
	uint64_t used, kept;	/* when; kept 0: empty */
	uint64_t hash;
	size_t body_bytes, bytes;
	int body, elf, diagnostics;
	char owner[OWNER_MAX + 1], language[17];
};

struct cache {
	size_t bytes, bytes_max;
	struct entry entries[CACHE_ENTRIES];
};

/* -- bytes of memfds, which nobody can change -------------------------------- */

static size_t size_of(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 ? (size_t)st.st_size : 0;
}

/* FNV-1a: only to find; what is found is compared. */
static uint64_t hash_of(int fd)
{
	uint64_t hash = 0xcbf29ce484222325u;
	uint8_t block[16384];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, block, sizeof block, at)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			hash = (hash ^ block[i]) * 0x100000001b3u;
		at += n;
	}
	return hash;
}

static bool same_bytes(int one, int other, size_t size)
{
	uint8_t a[16384], b[16384];
	size_t at = 0;

	while (at < size) {
		ssize_t n = pread(one, a, sizeof a, (off_t)at);

		if (n <= 0 || pread(other, b, (size_t)n, (off_t)at) != n || memcmp(a, b, (size_t)n) != 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

/* -- entries ------------------------------------------------------------------ */

static void forget(struct cache *c, struct entry *e)
{
	int fds[] = { e->body, e->elf, e->diagnostics };

	if (e->kept == 0)
		return;
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	c->bytes -= e->bytes;
	e->kept = 0;
}

static void forget_old(struct cache *c, uint64_t now)
{
	for (size_t i = 0; i < CACHE_ENTRIES; i++)
		if (c->entries[i].kept != 0 && now - c->entries[i].kept >= CACHE_SECONDS)
			forget(c, &c->entries[i]);
}

static struct entry *find(struct cache *c, const char *owner, int body)
{
	size_t size = size_of(body);
	uint64_t hash = hash_of(body);

	for (size_t i = 0; i < CACHE_ENTRIES; i++) {
		struct entry *e = &c->entries[i];

		if (e->kept != 0 && e->hash == hash && e->body_bytes == size &&
		    strcmp(e->owner, owner) == 0 && same_bytes(e->body, body, size))
			return e;
	}
	return NULL;
}

/* An empty one, or the one that was not used for longest. */
static struct entry *oldest(struct cache *c, bool empty_too)
{
	struct entry *found = NULL;

	for (size_t i = 0; i < CACHE_ENTRIES; i++) {
		struct entry *e = &c->entries[i];

		if (e->kept == 0 && empty_too)
			return e;
		if (e->kept != 0 && (found == NULL || e->used < found->used))
			found = e;
	}
	return found;
}

static struct entry *make_room(struct cache *c, size_t bytes)
{
	struct entry *e;

	while (c->bytes + bytes > c->bytes_max)
		forget(c, oldest(c, false));
	e = oldest(c, true);
	forget(c, e);
	return e;
}

bool cache_find(struct cache *c, const char *owner, int body, uint64_t now, struct cached *found)
{
	struct entry *e;

	if (c->bytes_max == 0)
		return false;
	forget_old(c, now);
	e = find(c, owner, body);
	if (e == NULL)
		return false;
	e->used = now;
	*found = (struct cached){ .elf = e->elf, .diagnostics = e->diagnostics, .language = e->language };
	return true;
}

static int duplicate(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

void cache_keep(struct cache *c, const char *owner, int body, uint64_t now, const struct cached *what)
{
	size_t bytes = size_of(body) + size_of(what->elf) + size_of(what->diagnostics);
	struct entry *e;

	if (bytes > c->bytes_max / 4 || find(c, owner, body) != NULL)
		return;
	e = make_room(c, bytes);
	*e = (struct entry){ .used = now, .kept = now, .hash = hash_of(body), .body_bytes = size_of(body),
		.bytes = bytes, .body = duplicate(body), .elf = duplicate(what->elf),
		.diagnostics = duplicate(what->diagnostics) };
	snprintf(e->owner, sizeof e->owner, "%s", owner);
	snprintf(e->language, sizeof e->language, "%s", what->language);
	c->bytes += bytes;
	if (e->body < 0 || e->elf < 0 || (e->diagnostics < 0) != (what->diagnostics < 0))
		forget(c, e);
}

struct cache *cache_new(size_t bytes_max)
{
	struct cache *c = calloc(1, sizeof *c);

	if (c != NULL)
		c->bytes_max = bytes_max;
	return c;
}

void cache_free(struct cache *c)
{
	for (size_t i = 0; i < CACHE_ENTRIES; i++)
		forget(c, &c->entries[i]);
	free(c);
}
