/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The sessions that have ended lately and why, so that whoever still asks is
 * told more than 404.  The last ENDED_MAX of them. */
#ifndef PT_HTTPD_ENDED_H
#define PT_HTTPD_ENDED_H

#include "src/msg.h"

#define ENDED_MAX 256

struct ended {
	char id[SESSION_ID_MAX + 1], owner[OWNER_MAX + 1];
	char code[65], message[1025];
};

struct ended_table;

/* The newest ENDED_MAX sessions that have ended, and why.  NULL: no memory. */
struct ended_table *ended_new(void);
void ended_free(struct ended_table *);
void ended_remember(struct ended_table *, const char *id, const char *owner,
    const char *code, const char *message);
/* NULL when there is none; valid until the next ended_remember(). */
const struct ended *ended_find(const struct ended_table *, const char *id, const char *owner);

#endif
