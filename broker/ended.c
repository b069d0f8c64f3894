/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/ended.h"

struct ended {
	size_t next;	/* a ring: the oldest, or an empty one */
	struct {
		char owner[OWNER_MAX + 1];
		struct msg_ended how;
	} kept[ENDED_KEPT];
};

struct ended *ended_new(void)
{
	return calloc(1, sizeof(struct ended));
}

void ended_free(struct ended *all)
{
	free(all);
}

void ended_add(struct ended *all, const char *owner, const struct msg_ended *how)
{
	snprintf(all->kept[all->next].owner, sizeof all->kept[0].owner, "%s", owner);
	all->kept[all->next].how = *how;
	all->next = (all->next + 1) % ENDED_KEPT;
}

const struct msg_ended *ended_find(const struct ended *all, const char *owner, const char *id)
{
	for (size_t i = 0; i < ENDED_KEPT; i++)
		if (all->kept[i].how.session[0] != '\0' &&
		    strcmp(all->kept[i].how.session, id) == 0 && strcmp(all->kept[i].owner, owner) == 0)
			return &all->kept[i].how;
	return NULL;
}
