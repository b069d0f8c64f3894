/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Programs that were compiled lately, so that Run without a change answers at
 * once.  A request's bytes are compared, never parsed; each owner has its own,
 * so that nobody learns from an answer's speed what another has compiled, or
 * gets what another's compiler made.  The toolchain is that of the service's
 * life, or of the last CACHE_SECONDS, should it be upgraded meanwhile.
 */
#ifndef PT_BROKER_CACHE_H
#define PT_BROKER_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CACHE_ENTRIES 64
#define CACHE_SECONDS 600

struct cache;

struct cached {
	int elf, diagnostics;	/* borrowed; -1: none */
	const char *language;
};

/* At most this many bytes of memfds; 0 keeps nothing.  NULL when memory fails. */
struct cache *cache_new(size_t bytes_max);
void cache_free(struct cache *);

/* body: a sealed memfd.  now: seconds.  false: not there. */
bool cache_find(struct cache *, const char *owner, int body, uint64_t now, struct cached *found);

/* Keep it; the descriptors are duplicated.  What does not fit is not kept. */
void cache_keep(struct cache *, const char *owner, int body, uint64_t now, const struct cached *what);

#endif
