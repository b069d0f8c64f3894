/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/signals.h"

#include <stdio.h>
#include <string.h>

void signal_name(int number, char *name, size_t size)
{
	const char *abbreviation = sigabbrev_np(number);

	if (abbreviation != NULL)
		snprintf(name, size, "SIG%s", abbreviation);
	else
		snprintf(name, size, "signal %d", number);
}

const char *signal_description(int number)
{
	const char *description = sigdescr_np(number);

	return description != NULL ? description : "a signal";
}

