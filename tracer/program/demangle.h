/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Names of C++ functions as people write them.  Private to program/. */
#ifndef PT_DEMANGLE_H
#define PT_DEMANGLE_H

#include <stddef.h>

/*
 * A linker's name → "Shape::area", "add<int>", "operator<<": qualified, with
 * template arguments, without parameters and return type (as debuggers show
 * frames).  By the C++ runtime's own demangler (Itanium C++ ABI, section 3.4)
 * where it was there to link; anything else is copied as it is.  Always ends
 * with NUL; cut at size.
 */
void demangle(const char *mangled, char *out, size_t size);

#endif
