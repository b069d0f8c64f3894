/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Planted breakpoints.  They stand in the program only while it runs natively:
 * they are taken out at every stop, so nothing that reads its memory sees them. */
#include "tracer/process/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct planted *process_planted_at(struct process *p, uint64_t address)
{
	for (size_t i = 0; i < p->planted_count; i++)
		if (p->planted[i].address == address)
			return &p->planted[i];
	return NULL;
}

bool process_planted(struct process *p, uint64_t address)
{
	return process_planted_at(p, address) != NULL;
}

void process_hide_planted(const struct process *p, uint64_t address, void *buffer, size_t length)
{
	for (size_t i = 0; i < p->planted_count; i++)
		for (size_t k = 0; k < arch_breakpoint_size; k++) {
			uint64_t at = p->planted[i].address + k - address;

			if (at < length)
				((uint8_t *)buffer)[at] = p->planted[i].original[k];
		}
}

static bool reserve(struct process *p)
{
	size_t capacity = p->planted_capacity ? p->planted_capacity * 2 : 8;
	struct planted *planted;

	if (p->planted_count < p->planted_capacity)
		return true;
	planted = realloc(p->planted, capacity * sizeof *planted);
	if (planted == NULL)
		return false;
	p->planted = planted;
	p->planted_capacity = capacity;
	return true;
}

int process_plant(struct process *p, uint64_t address)
{
	struct planted *b;
	int error;

	if (process_planted(p, address))
		return 0;
	if (!reserve(p))
		return -ENOMEM;
	b = &p->planted[p->planted_count];
	*b = (struct planted){ .address = address };
	if (process_read(p, address, b->original, arch_breakpoint_size) != arch_breakpoint_size)
		return -EFAULT;
	error = process_write(p, address, arch_breakpoint, arch_breakpoint_size);
	if (error == 0)
		p->planted_count++;
	return error;
}

void process_unplant(struct process *p)
{
	process_unplant_behind(p, 0);
}

void process_unplant_behind(struct process *p, size_t count)
{
	while (p->planted_count > count) {
		const struct planted *b = &p->planted[--p->planted_count];

		process_write(p, b->address, b->original, arch_breakpoint_size);
	}
}
