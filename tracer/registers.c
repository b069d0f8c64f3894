/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Looking registers up in the architecture's table. */
#include "tracer/registers.h"

#include <string.h>

int register_by_name(const char *name)
{
	for (int i = 0; i < REGISTERS_COUNT; i++)
		if (strcmp(register_table[i].name, name) == 0)
			return i;
	return -1;
}

int register_by_dwarf(int dwarf)
{
	for (int i = 0; dwarf >= 0 && i < REGISTERS_COUNT; i++)
		if (register_table[i].dwarf == dwarf)
			return i;
	return -1;
}
