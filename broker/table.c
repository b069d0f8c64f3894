/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "broker/table.h"

#define ID_BYTES 16

struct owner {
	LIST_ENTRY(owner) link;
	LIST_HEAD(, table_entry) sessions;
	size_t count;
	char name[OWNER_MAX + 1];
};

LIST_HEAD(entry_bucket, table_entry);
LIST_HEAD(owner_bucket, owner);

struct table {
	size_t mask;		/* buckets - 1 */
	size_t count;
	struct entry_bucket *entries;
	struct owner_bucket *owners;
};

/* FNV-1a.  Ids are random and owners are authenticated, so that nobody chooses
 * what shares a bucket to any effect. */
static size_t hash(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 0x100000001b3u;
	return (size_t)(h ^ h >> 32);
}

/* -- ids ---------------------------------------------------------------- */

/* RFC 4648, section 5, without padding: 22 characters. */
static void base64url(const uint8_t bytes[ID_BYTES], char *text)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	int have = 0;

	for (int i = 0; i < ID_BYTES; i++) {
		bits = bits << 8 | bytes[i];
		for (have += 8; have >= 6; have -= 6)
			*text++ = digits[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*text++ = digits[bits << (6 - have) & 63];
	*text = '\0';
}

static int make_id(char id[SESSION_ID_MAX + 1], const char *node)
{
	uint8_t bytes[ID_BYTES];
	char random[23];

	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		return -errno;
	base64url(bytes, random);
	snprintf(id, SESSION_ID_MAX + 1, "%s%s%s", node, node[0] != '\0' ? "." : "", random);
	return 0;
}

/* -- owners ------------------------------------------------------------- */

static struct owner *find_owner(const struct table *t, const char *name)
{
	struct owner *o;

	LIST_FOREACH(o, &t->owners[hash(name) & t->mask], link)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

static struct owner *get_owner(struct table *t, const char *name)
{
	struct owner *o = find_owner(t, name);

	if (o != NULL)
		return o;
	o = calloc(1, sizeof *o);
	if (o == NULL)
		return NULL;
	snprintf(o->name, sizeof o->name, "%s", name);
	LIST_INSERT_HEAD(&t->owners[hash(o->name) & t->mask], o, link);
	return o;
}

/* -- sessions ------------------------------------------------------------- */

int table_add(struct table *t, struct table_entry *e, const char *node, const char *name)
{
	struct owner *o;
	int error = make_id(e->id, node);

	if (error < 0)
		return error;
	o = get_owner(t, name);
	if (o == NULL)
		return -ENOMEM;
	e->owner = o;
	LIST_INSERT_HEAD(&o->sessions, e, by_owner);
	LIST_INSERT_HEAD(&t->entries[hash(e->id) & t->mask], e, by_id);
	o->count++;
	t->count++;
	return 0;
}

void table_remove(struct table *t, struct table_entry *e)
{
	struct owner *o = e->owner;

	LIST_REMOVE(e, by_id);
	LIST_REMOVE(e, by_owner);
	e->owner = NULL;
	t->count--;
	if (--o->count > 0)
		return;
	LIST_REMOVE(o, link);
	free(o);
}

struct table_entry *table_find_any(const struct table *t, const char *id)
{
	struct table_entry *e;

	LIST_FOREACH(e, &t->entries[hash(id) & t->mask], by_id)
		if (strcmp(e->id, id) == 0)
			return e;
	return NULL;
}

struct table_entry *table_find(const struct table *t, const char *owner, const char *id)
{
	struct table_entry *e = table_find_any(t, id);

	return e != NULL && strcmp(e->owner->name, owner) == 0 ? e : NULL;
}

size_t table_count(const struct table *t)
{
	return t->count;
}

size_t table_count_of(const struct table *t, const char *owner)
{
	const struct owner *o = find_owner(t, owner);

	return o != NULL ? o->count : 0;
}

const char *table_owner(const struct table_entry *e)
{
	return e->owner->name;
}

void table_each(const struct table *t, void (*each)(void *arg, struct table_entry *), void *arg)
{
	struct table_entry *e;

	for (size_t i = 0; i <= t->mask; i++)
		LIST_FOREACH(e, &t->entries[i], by_id)
			each(arg, e);
}

void table_each_of(const struct table *t, const char *owner,
    void (*each)(void *arg, struct table_entry *), void *arg)
{
	const struct owner *o = find_owner(t, owner);
	struct table_entry *e;

	if (o == NULL)
		return;
	LIST_FOREACH(e, &o->sessions, by_owner)
		each(arg, e);
}

struct table *table_new(size_t max)
{
	struct table *t = calloc(1, sizeof *t);
	size_t buckets = 16;

	if (t == NULL)
		return NULL;
	while (buckets < max)
		buckets *= 2;
	t->mask = buckets - 1;
	t->entries = calloc(buckets, sizeof *t->entries);
	t->owners = calloc(buckets, sizeof *t->owners);
	if (t->entries == NULL || t->owners == NULL) {
		table_free(t);
		return NULL;
	}
	return t;
}

void table_free(struct table *t)
{
	free(t->entries);
	free(t->owners);
	free(t);
}
