/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpd/ended.h"

struct ended_table {
	size_t next;
	struct ended rows[ENDED_MAX];
};

struct ended_table *ended_new(void)
{
	return calloc(1, sizeof(struct ended_table));
}

void ended_free(struct ended_table *table)
{
	free(table);
}

void ended_remember(struct ended_table *table, const char *id, const char *owner,
    const char *code, const char *message)
{
	struct ended *row = &table->rows[table->next];

	table->next = (table->next + 1) % ENDED_MAX;
	snprintf(row->id, sizeof row->id, "%s", id);
	snprintf(row->owner, sizeof row->owner, "%s", owner);
	snprintf(row->code, sizeof row->code, "%s", code);
	snprintf(row->message, sizeof row->message, "%s", message);
}

const struct ended *ended_find(const struct ended_table *table, const char *id, const char *owner)
{
	for (size_t i = 0; i < ENDED_MAX; i++)
		if (strcmp(table->rows[i].id, id) == 0 && strcmp(table->rows[i].owner, owner) == 0)
			return &table->rows[i];
	return NULL;
}
