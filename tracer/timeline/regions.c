/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/timeline/regions.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "src/bisect.h"
#include "src/cleanup.h"

enum { FILES_MAX = 256 };

static struct region_file *map_file(struct regions *r, const char *name, int fd)
{
	struct region_file *files, *f;
	struct stat st;
	void *data;

	if (r->file_count >= FILES_MAX)
		return NULL;
	files = realloc(r->files, (r->file_count + 1) * sizeof *files);
	if (files == NULL)
		return NULL;
	r->files = files;
	f = &files[r->file_count];
	*f = (struct region_file){ .name = strdup(name) };
	if (f->name == NULL)
		return NULL;
	r->file_count++;
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return f;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data != MAP_FAILED) {
		f->data = data;
		f->size = (uint64_t)st.st_size;
	}
	return f;
}

bool regions_add_file(struct regions *r, const char *name, int fd)
{
	struct region_file *f = map_file(r, name, fd);

	return f != NULL && f->data != NULL;
}

/* Only directories that the program cannot write into (read-only binds of the
 * sandbox): what is mapped from there stays what it is. */
static bool trusted_path(const char *name)
{
	return (strncmp(name, "/usr/", 5) == 0 || strncmp(name, "/lib", 4) == 0) &&
	    strstr(name, "/../") == NULL;
}

static struct region_file *file_of(struct regions *r, const char *name)
{
	cleanup_close int fd = -1;

	for (size_t i = 0; i < r->file_count; i++)
		if (strcmp(r->files[i].name, name) == 0)
			return &r->files[i];
	if (!trusted_path(name))
		return NULL;
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return map_file(r, name, fd);
}

static const char *keep_name(struct regions *r, const char *name)
{
	char **names;

	for (size_t i = 0; i < r->name_count; i++)
		if (strcmp(r->names[i], name) == 0)
			return r->names[i];
	names = realloc(r->names, (r->name_count + 1) * sizeof *names);
	if (names == NULL)
		return "";
	r->names = names;
	names[r->name_count] = strdup(name);
	if (names[r->name_count] == NULL)
		return "";
	r->memory += strlen(name) + 1 + sizeof *names;
	return names[r->name_count++];
}

static struct backing backing_of_file(struct regions *r, const struct region *region)
{
	const struct region_file *f;

	if (region->name[0] != '/' || region->shared || (f = file_of(r, region->name)) == NULL ||
	    f->data == NULL || region->offset >= f->size)
		return (struct backing){ NULL, 0 };
	return (struct backing){ f->data + region->offset, f->size - region->offset };
}

static struct backing behind(struct backing b, uint64_t skip)
{
	if (b.data == NULL || skip >= b.length)
		return (struct backing){ NULL, 0 };
	return (struct backing){ b.data + skip, b.length - skip };
}

/* Do earlier regions cover all of this one, as one backing?  The kernel makes one
 * mapping of several when they differ in nothing any more. */
static bool covered(const struct region_table *t, const struct region *region,
    struct backing *backing)
{
	ssize_t first = region_find(t, region->start);

	if (first < 0)
		return false;
	*backing = behind(t->backings[first], region->start - t->regions[first].start);
	for (size_t i = (size_t)first; i < t->count; i++) {
		const struct region *r = &t->regions[i];

		if (strcmp(r->name, region->name) != 0 || (i > (size_t)first &&
		    (r->start != r[-1].end || t->backings[i].data !=
		    behind(*backing, r->start - region->start).data)))
			return false;
		if (r->end >= region->end)
			return true;
	}
	return false;
}

static bool overlaps_any(const struct regions *r, const struct region *region)
{
	for (size_t t = 0; t < r->count; t++)
		for (size_t i = 0; i < r->tables[t]->count; i++)
			if (r->tables[t]->regions[i].start < region->end &&
			    region->start < r->tables[t]->regions[i].end)
				return true;
	return false;
}

/* A page without a shadow holds the same at all positions at which it is mapped
 * (that is what backing means), so a range keeps what it had, and gets a file
 * only where nothing was before. */
static struct backing backing_of(struct regions *r, uint64_t position, const struct region *region)
{
	struct backing backing = { NULL, 0 };

	if (position == 0)
		return backing_of_file(r, region);
	if (covered(r->tables[r->count - 1], region, &backing))
		return backing;
	backing = (struct backing){ NULL, 0 };
	if (region->name[0] != '/' || overlaps_any(r, region))
		return (struct backing){ NULL, 0 };
	return backing_of_file(r, region);
}

static bool same_region(const struct region *a, const struct region *b)
{
	return a->start == b->start && a->end == b->end && a->offset == b->offset &&
	    a->protection == b->protection && a->shared == b->shared &&
	    strcmp(a->name, b->name) == 0;
}

static bool same_table(const struct region_table *t, const struct region *regions, size_t count)
{
	if (t->count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!same_region(&t->regions[i], &regions[i]))
			return false;
	return true;
}

static void table_free(struct region_table *t)
{
	if (t == NULL)
		return;
	free(t->regions);
	free(t->backings);
	free(t);
}

static struct region_table *table_new(struct regions *r, uint64_t position,
    const struct region *regions, size_t count)
{
	struct region_table *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->position = position;
	t->count = count;
	t->regions = calloc(count + 1, sizeof *t->regions);
	t->backings = calloc(count + 1, sizeof *t->backings);
	if (t->regions == NULL || t->backings == NULL) {
		table_free(t);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		t->regions[i] = regions[i];
		t->regions[i].name = keep_name(r, regions[i].name);
		t->backings[i] = backing_of(r, position, &regions[i]);
	}
	return t;
}

static uint64_t table_memory(const struct region_table *t)
{
	return sizeof *t + t->count * (sizeof *t->regions + sizeof *t->backings);
}

static void forget_last(struct regions *r)
{
	struct region_table *t = r->tables[--r->count];

	r->memory -= table_memory(t);
	table_free(t);
}

bool regions_set(struct regions *r, uint64_t position, const struct region *regions, size_t count,
    bool *changed)
{
	struct region_table *t;

	*changed = r->count == 0 || !same_table(r->tables[r->count - 1], regions, count);
	if (!*changed)
		return true;
	t = table_new(r, position, regions, count);
	if (t == NULL)
		return false;
	if (r->count > 0 && r->tables[r->count - 1]->position == position) {
		forget_last(r);
	} else if (r->count == r->capacity) {
		size_t capacity = r->capacity ? r->capacity * 2 : 4;
		struct region_table **tables = realloc(r->tables, capacity * sizeof(struct region_table *));

		if (tables == NULL) {
			table_free(t);
			return false;
		}
		r->tables = tables;
		r->capacity = capacity;
	}
	r->tables[r->count++] = t;
	r->memory += table_memory(t);
	return true;
}

const struct region_table *regions_at(const struct regions *r, uint64_t position)
{
	size_t n = bisect(r->count, i, r->tables[i]->position <= position);

	return n > 0 ? r->tables[n - 1] : NULL;
}

ssize_t region_find(const struct region_table *t, uint64_t address)
{
	size_t first = bisect(t->count, i, t->regions[i].end <= address);

	return first < t->count && t->regions[first].start <= address ? (ssize_t)first : -1;
}

void regions_cut(struct regions *r, uint64_t position)
{
	while (r->count > 0 && r->tables[r->count - 1]->position > position)
		forget_last(r);
}

void regions_free(struct regions *r)
{
	for (size_t i = 0; i < r->count; i++)
		table_free(r->tables[i]);
	free(r->tables);
	for (size_t i = 0; i < r->file_count; i++) {
		if (r->files[i].data != NULL)
			munmap((void *)(uintptr_t)r->files[i].data, r->files[i].size);
		free(r->files[i].name);
	}
	free(r->files);
	for (size_t i = 0; i < r->name_count; i++)
		free(r->names[i]);
	free(r->names);
	*r = (struct regions){ 0 };
}
