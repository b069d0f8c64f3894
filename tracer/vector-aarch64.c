/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* AArch64: DWARF numbers from "DWARF for the Arm 64-bit Architecture" (IHI 0057),
 * section 4.1. */
#include "tracer/vector.h"

#include <string.h>

const struct vector_kind vector_table[] = {
	{ "v", 0, 32, 16, 64, 0, 0, false, { { VECTOR_V * 8, 16, 16 } } },
	{ "fpsr", 0, 0, 4, -1, 0, 0, false, { { VECTOR_STATUS * 8, 4, 0 } } },
	{ "fpcr", 0, 0, 4, -1, 0, 0, false, { { VECTOR_STATUS * 8 + 4, 4, 0 } } },
	{ NULL, 0, 0, 0, -1, 0, 0, false, { { 0, 0, 0 } } },
};

void vector_initial(struct vector_state *s)
{
	memset(s, 0, sizeof *s);
}
