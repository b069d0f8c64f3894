/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Why the last sessions ended, so that their owners hear more than "no such
 * session" when they come back: kept for the last few hundred.
 */
#ifndef PT_BROKER_ENDED_H
#define PT_BROKER_ENDED_H

#include "src/msg.h"

#define ENDED_KEPT 256

struct ended;

/* NULL when memory fails. */
struct ended *ended_new(void);
void ended_free(struct ended *);

void ended_add(struct ended *, const char *owner, const struct msg_ended *);

/* NULL: not among the last, or another owner's. */
const struct msg_ended *ended_find(const struct ended *, const char *owner, const char *id);

#endif
