/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/signals.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void signal_name(int number, char *name, size_t size)
{
	const char *abbreviation = sigabbrev_np(number);

	if (abbreviation != NULL)
		snprintf(name, size, "SIG%s", abbreviation);
	else if (number >= SIGRTMIN && number <= SIGRTMAX)
		snprintf(name, size, "SIGRTMIN+%d", number - SIGRTMIN);
	else
		snprintf(name, size, "signal %d", number);
}

int signal_number(const char *name)
{
	const char *plain = strncmp(name, "SIG", 3) == 0 ? name + 3 : name;
	char *end;
	long n;

	for (int i = 1; i < NSIG; i++)
		if (sigabbrev_np(i) != NULL && strcmp(sigabbrev_np(i), plain) == 0)
			return i;
	if (strncmp(plain, "RTMIN", 5) != 0)
		return -1;
	n = plain[5] == '+' ? strtol(plain + 6, &end, 10) : 0;
	if (plain[5] != '\0' && (plain[5] != '+' || plain[6] == '\0' || *end != '\0'))
		return -1;
	return n >= 0 && n <= 32 && SIGRTMIN + n <= SIGRTMAX ? SIGRTMIN + (int)n : -1;
}

const char *signal_description(int number)
{
	const char *description = sigdescr_np(number);

	return description != NULL ? description : "a signal";
}

