/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PT_BISECT_H
#define PT_BISECT_H

#include <stddef.h>

/*
 * Binary search in something sorted: how many of the indices 0 … count-1 fulfil a condition that
 * holds up to one of them and not from there on.  So it is the first index that does not, or count.
 *
 *	first = bisect(t->count, i, t->entries[i].position < position);
 *
 * i is declared here; the condition is evaluated once for each index that is looked at.
 */
#define bisect(count, i, condition) __extension__ ({ \
	size_t low_ = 0, high_ = (count); \
	while (low_ < high_) { \
		const size_t i = low_ + (high_ - low_) / 2; \
		if (condition) \
			low_ = i + 1; \
		else \
			high_ = i; \
	} \
	low_; \
})

#endif
