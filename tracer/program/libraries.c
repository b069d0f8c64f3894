/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The libraries that the region table names, and the vDSO.  The names come
 * from a hostile program's mappings: only regular files of the system's own
 * folders are opened, and they count only where memory holds their headers.
 */
#include "tracer/program/image-private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_LIMIT	1024
#define VDSO_MAX	(64U << 10)	/* bytes; 8 KiB in Linux 6 */

static bool is_system_path(const char *path)
{
	static const char *const roots[] = { "/usr/", "/lib/", "/lib64/", "/lib32/" };

	if (strlen(path) >= PATH_LIMIT || strstr(path, "/../"))
		return false;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (strncmp(path, roots[i], strlen(roots[i])) == 0)
			return true;
	return false;
}

/* O_NONBLOCK: a FIFO in this place must not hold us. */
static struct module *open_library(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct module *m;
	char why[64];

	if (fd < 0)
		return NULL;
	m = module_open(fd, why, sizeof(why));
	close(fd);
	return m;
}

static struct module *open_vdso(const struct view *view, const struct region *r)
{
	size_t length = r->end - r->start;
	void *bytes;

	if (length > VDSO_MAX || !(bytes = malloc(length)))
		return NULL;
	if (!view_read_all(view, r->start, bytes, length)) {
		free(bytes);
		return NULL;
	}
	return module_from_memory(bytes, length);
}

static struct module *known(const struct image *im, const char *path)
{
	for (size_t i = 0; i < im->library_count; i++)
		if (strcmp(im->libraries[i]->path, path) == 0)
			return im->libraries[i];
	return NULL;
}

static struct module *library(struct image *im, const struct view *view, const struct region *r)
{
	struct module *m = known(im, r->name);

	if (m || im->library_count == LIBRARIES_MAX)
		return m;
	if (strcmp(r->name, "[vdso]") == 0)
		m = open_vdso(view, r);
	else if (is_system_path(r->name))
		m = open_library(r->name);
	if (!m)
		return NULL;
	m->path = strdup(r->name);
	if (!m->path) {
		module_free(m);
		return NULL;
	}
	im->libraries[im->library_count++] = m;
	return m;
}

/* Executable part of a file → load bias: the segment that holds this offset. */
static bool bias_of(const struct module *m, const struct region *r, uint64_t *bias)
{
	uint64_t mask = (uint64_t)sysconf(_SC_PAGESIZE) - 1;

	for (size_t i = 0; i < m->segment_count; i++) {
		const struct segment *s = &m->segments[i];
		uint64_t first = s->offset & ~mask;

		if (!s->exec || r->offset < first ||
		    r->offset - first >= s->end - (s->start & ~mask))
			continue;
		*bias = r->start - (r->offset - first) - (s->start & ~mask);
		return true;
	}
	return false;
}

/* Does the program's memory at bias hold this very file's headers? */
bool headers_match(const struct module *m, const struct view *view, uint64_t bias)
{
	uint8_t there[sizeof(Elf64_Ehdr)];
	size_t size;
	const char *raw = elf_rawfile(m->elf, &size);

	if (!raw || size < sizeof(there) || m->segments[0].offset != 0)
		return false;
	return view_read_all(view, m->segments[0].start + bias, there, sizeof(there)) &&
	    memcmp(there, raw, sizeof(there)) == 0;
}

void libraries_update(struct image *im, const struct view *view)
{
	size_t count;
	const struct region *regions = view_regions(view, &count);

	for (size_t i = 0; i < im->library_count; i++)
		im->libraries[i]->mapped = false;
	for (size_t i = 0; i < count; i++) {
		const struct region *r = &regions[i];
		struct module *m;
		uint64_t bias;

		if (!(r->protection & PROT_EXEC) || !r->name || !*r->name)
			continue;
		m = library(im, view, r);
		if (!m || m->mapped)
			continue;
		if (m->memory)
			bias = r->start - m->segments[0].start;
		else if (!bias_of(m, r, &bias))
			continue;
		if (headers_match(m, view, bias)) {
			m->bias = bias;
			m->mapped = true;
		}
	}
}

uint64_t image_layout(const struct image *im)
{
	uint64_t hash = 0xcbf29ce484222325ull;	/* FNV-1a, by words */

	for (size_t i = 0; i < im->library_count; i++)
		hash = (hash ^ (im->libraries[i]->mapped ? im->libraries[i]->bias : 1)) * 0x100000001b3ull;
	return (hash ^ im->library_count) * 0x100000001b3ull;
}
