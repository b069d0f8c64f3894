/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/program/unwind-guess.h"

#include <sys/mman.h>

#include "tracer/program/image-private.h"

bool unwind_is_code(const struct image *im, const struct view *view, uint64_t address)
{
	const struct module *m = image_module(im, address);
	size_t count;
	const struct region *r = view_regions(view, &count);

	/* The region table may show the program's text without PROT_EXEC: see
	 * image_own_pages(). */
	if (m && module_executable(m, address - m->bias))
		return true;
	for (size_t i = 0; i < count; i++)
		if (address >= r[i].start && address < r[i].end)
			return r[i].protection & PROT_EXEC;
	return false;
}
