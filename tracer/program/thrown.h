/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a C++ program throws or catches, where it stands at (or before the call of)
 * the runtime's function: Itanium C++ ABI, Exception Handling, sections 2.2 and 2.4,
 * as libsupc++ and libc++abi lay them out.
 */
#ifndef PT_THROWN_H
#define PT_THROWN_H

#include <stdbool.h>
#include <stddef.h>

#include "tracer/timeline/view.h"

/* The type, as C++ writes it; function: the linker's name of the runtime's.  false:
 * it cannot be told. */
bool thrown_type(const struct view *, const char *function, char *name, size_t size);

#endif
