/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The table of sessions: found by id, listed and counted by owner.  A session
 * that is another owner's is not found: whoever asks cannot tell it from one
 * that never was.
 */
#ifndef PT_BROKER_TABLE_H
#define PT_BROKER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "src/msg.h"

struct owner;

/* The table's part of a session (session.h), at its start. */
struct table_entry {
	char id[SESSION_ID_MAX + 1];
	struct owner *owner;
	LIST_ENTRY(table_entry) by_id, by_owner;
};

struct table;

/* For about max sessions (more only make it slower).  NULL when memory fails. */
struct table *table_new(size_t max);
void table_free(struct table *);	/* must be empty */

/* Give the entry a new id, `[NODE.]' and 128 bits of getrandom(2) in base64url,
 * and its owner.  0 or -errno. */
int table_add(struct table *, struct table_entry *, const char *node, const char *owner);
void table_remove(struct table *, struct table_entry *);

/* NULL: none of this owner's.  table_find_any() asks for no owner. */
struct table_entry *table_find(const struct table *, const char *owner, const char *id);
struct table_entry *table_find_any(const struct table *, const char *id);

/* Entries in all; of one owner; and whose an entry is. */
size_t table_count(const struct table *);
size_t table_count_of(const struct table *, const char *owner);
const char *table_owner(const struct table_entry *);

/* Call each(arg, entry) for all; for all of one owner's, the newest first.
 * each may not change the table. */
void table_each(const struct table *, void (*each)(void *arg, struct table_entry *), void *arg);
void table_each_of(const struct table *, const char *owner,
    void (*each)(void *arg, struct table_entry *), void *arg);

#endif
