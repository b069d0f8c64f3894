/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The session's own ELF: where it begins, what of it is the person's code, and
 * where it lies in memory.
 */
#include "tracer/program/image-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/bisect.h"

#define SUBMITTED_DIRECTORY	"/work/"	/* where the compiler puts the files */

static bool copy_names(struct image *im, const char *const *files, const char *const *paths,
    size_t count)
{
	im->files = calloc(count + 1, sizeof(*im->files));
	im->paths = calloc(count + 1, sizeof(*im->paths));
	if (!im->files || !im->paths)
		return false;
	for (; im->file_count < count; im->file_count++) {
		size_t i = im->file_count;

		im->files[i] = strdup(files[i]);
		if (!im->files[i])
			return false;
		if (paths && paths[i])
			im->paths[i] = strdup(paths[i]);
		else if (asprintf(&im->paths[i], SUBMITTED_DIRECTORY "%s", files[i]) < 0)
			im->paths[i] = NULL;
		if (!im->paths[i]) {
			free(im->files[i]);
			return false;
		}
	}
	return true;
}

/* main as the linker knows it; in C++ too it has its plain name. */
static uint64_t find_start(struct module *m)
{
	module_load_symbols(m);
	for (size_t i = 0; i < m->symbol_count; i++)
		if (!m->symbols[i].plt && strcmp(m->symbols[i].name, "main") == 0)
			return m->symbols[i].start;
	return m->header.e_entry;
}

/* Without any lines all of .text is taken for the person's. */
static void own_text(struct image *im)
{
	GElf_Shdr header;
	uint64_t end;

	if (!module_section(im->own, ".text", &header) || header.sh_size == 0 ||
	    __builtin_add_overflow(header.sh_addr, header.sh_size, &end))
		return;
	im->ranges = malloc(sizeof(*im->ranges));
	if (!im->ranges)
		return;
	im->ranges[0] = (struct image_range){ header.sh_addr, end };
	im->range_count = 1;
}

static void make_pages(struct image *im)
{
	uint64_t mask = (uint64_t)sysconf(_SC_PAGESIZE) - 1;

	free(im->pages);
	im->page_count = 0;
	im->pages = calloc(im->range_count ? im->range_count : 1, sizeof(*im->pages));
	for (size_t i = 0; im->pages && i < im->range_count; i++) {
		uint64_t start = (im->ranges[i].start + im->own->bias) & ~mask;
		uint64_t end = (im->ranges[i].end + im->own->bias + mask) & ~mask;

		if (im->page_count && start <= im->pages[im->page_count - 1].end)
			im->pages[im->page_count - 1].end = end;
		else
			im->pages[im->page_count++] = (struct image_range){ start, end };
	}
}

static bool prepare(struct image *im, char *why, size_t why_size)
{
	struct module *m = im->own;

	im->entry = m->header.e_entry;
	if (!module_executable(m, im->entry)) {
		snprintf(why, why_size, "it has no entry point: a library is no program");
		return false;
	}
	im->located = m->header.e_type == ET_EXEC;
	m->mapped = true;
	im->first_stop = find_start(m);
	lines_build(im);
	if (im->line_count == 0)
		own_text(im);
	make_pages(im);
	return true;
}

struct image *image_open(int elf_fd, const char *const *files, const char *const *source_paths,
    size_t file_count, char *why, size_t why_size)
{
	struct image *im = calloc(1, sizeof(*im));

	if (im)
		im->cache = calloc(1, sizeof(*im->cache));
	if (!im || !im->cache || !copy_names(im, files, source_paths, file_count)) {
		snprintf(why, why_size, "out of memory");
		image_free(im);
		return NULL;
	}
	im->own = module_open(elf_fd, why, why_size);
	if (!im->own || !prepare(im, why, why_size)) {
		image_free(im);
		return NULL;
	}
	return im;
}

void image_free(struct image *im)
{
	if (!im)
		return;
	for (size_t i = 0; i < im->file_count; i++) {
		free(im->files[i]);
		free(im->paths[i]);
	}
	for (size_t i = 0; i < im->library_count; i++)
		module_free(im->libraries[i]);
	module_free(im->own);
	free(im->files);
	free(im->paths);
	free(im->lines);
	free(im->ranges);
	free(im->pages);
	if (im->cache) {
		scope_index_free(im->cache->scopes);
		inlined_index_free(im->cache->inlined);
	}
	free(im->cache);
	free(im);
}

uint64_t image_entry(const struct image *im)
{
	return im->entry + im->own->bias;
}

uint64_t image_first_stop(const struct image *im)
{
	return im->first_stop + im->own->bias;
}

bool image_has_lines(const struct image *im)
{
	return im->line_count != 0;
}

bool image_is_own(const struct image *im, uint64_t address)
{
	struct image_cache *c = im->cache;
	size_t first;		/* range that ends behind it */

	address -= im->own->bias;
	if (address >= c->own_low && address < c->own_high)
		return c->own;
	first = bisect(im->range_count, i, im->ranges[i].end <= address);
	c->own = first < im->range_count && address >= im->ranges[first].start;
	if (c->own) {
		c->own_low = im->ranges[first].start;
		c->own_high = im->ranges[first].end;
	} else {
		c->own_low = first ? im->ranges[first - 1].end : 0;
		c->own_high = first < im->range_count ? im->ranges[first].start : UINT64_MAX;
	}
	return c->own;
}

const struct image_range *image_own_pages(const struct image *im, size_t *count)
{
	*count = im->page_count;
	return im->pages;
}

const char *image_file(const struct image *im, int file)
{
	return file >= 0 && (size_t)file < im->file_count ? im->files[file] : NULL;
}

int image_file_index(const struct image *im, const char *name)
{
	for (size_t i = 0; i < im->file_count; i++)
		if (strcmp(im->files[i], name) == 0)
			return (int)i;
	return -1;
}

/* -- where it lies in memory --------------------------------------------- */

/* A region that begins with this ELF's headers is its first segment; the name
 * says nothing, it may be a memfd's. */
static void locate(struct image *im, const struct view *view)
{
	size_t count;
	const struct region *regions = view_regions(view, &count);
	uint64_t mask = (uint64_t)sysconf(_SC_PAGESIZE) - 1;

	for (size_t i = 0; i < count; i++) {
		uint64_t bias = regions[i].start - (im->own->segments[0].start & ~mask);

		if (regions[i].offset != 0 || !headers_match(im->own, view, bias))
			continue;
		im->own->bias = bias;
		im->located = true;
		make_pages(im);
		return;
	}
}

void image_update(struct image *im, const struct view *view)
{
	if (!im->located)
		locate(im, view);
	libraries_update(im, view);
}

struct module *image_module(const struct image *im, uint64_t address)
{
	if (module_covers(im->own, address - im->own->bias))
		return im->own;
	for (size_t i = 0; i < im->library_count; i++) {
		struct module *m = im->libraries[i];

		if (m->mapped && module_covers(m, address - m->bias))
			return m;
	}
	return NULL;
}
