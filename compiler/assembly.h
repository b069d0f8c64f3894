/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How an assembly program wants to be linked: by the labels that it has. */
#ifndef PT_COMPILER_ASSEMBLY_H
#define PT_COMPILER_ASSEMBLY_H

#include <stdbool.h>

/* Does this GNU as source define the label?  Comments and strings are left
 * out; what a macro or a directive makes is not seen. */
bool assembly_defines(const char *text, const char *label);

#endif
