/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Index of a unit's scopes, kept in the image's cache.  Private to program/. */
#ifndef PT_SCOPE_H
#define PT_SCOPE_H

struct scope_index;
void scope_index_free(struct scope_index *);

#endif
