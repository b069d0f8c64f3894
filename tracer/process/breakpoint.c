/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Planted breakpoints.  They stand in the program only while it runs natively:
 * they are taken out at every stop, so nothing that reads its memory sees them. */
#include "tracer/process/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool process_planted(const struct process *p, uint64_t address)
{
	for (size_t i = 0; i < p->planted_count; i++)
		if (p->planted[i].address == address)
			return true;
	return false;
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
	b->address = address;
	if (process_read(p, address, b->original, arch_breakpoint_size) != arch_breakpoint_size)
		return -EFAULT;
	error = process_write(p, address, arch_breakpoint, arch_breakpoint_size);
	if (error == 0)
		p->planted_count++;
	return error;
}

int process_step_over(struct tracee *t, uint64_t address)
{
	struct process *p = t->process;
	size_t i = 0;
	int error;

	while (i < p->planted_count && p->planted[i].address != address)
		i++;
	if (i == p->planted_count)
		return tracee_step(t);
	error = process_write(p, address, p->planted[i].original, arch_breakpoint_size);
	if (error == 0)
		error = tracee_step(t);
	if (error == 0)
		error = process_write(p, address, arch_breakpoint, arch_breakpoint_size);
	return error;
}

void process_unplant(struct process *p)
{
	while (p->planted_count > 0) {
		const struct planted *b = &p->planted[--p->planted_count];

		process_write(p, b->address, b->original, arch_breakpoint_size);
	}
}
