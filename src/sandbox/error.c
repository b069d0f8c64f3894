/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "src/sandbox/internal.h"

int sandbox_fail(struct sandbox_error *error, int number, const char *format, ...)
{
	va_list arguments;
	size_t used;

	va_start(arguments, format);
	vsnprintf(error->what, sizeof(error->what), format, arguments);
	va_end(arguments);
	used = strlen(error->what);
	snprintf(error->what + used, sizeof(error->what) - used, ": %s", strerror(number));
	error->number = number;
	return -number;
}

static const char *const level_names[] = {
	[ISOLATION_NONE] = "none",
	[ISOLATION_RESTRICTED] = "restricted",
	[ISOLATION_NAMESPACES] = "namespaces",
};

const char *sandbox_level_name(enum isolation level)
{
	return level_names[level];
}

int sandbox_level(const char *name)
{
	for (int level = 0; level <= ISOLATION_MAX; level++)
		if (strcmp(name, level_names[level]) == 0)
			return level;
	return -1;
}
