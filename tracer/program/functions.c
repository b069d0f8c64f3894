/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Functions by address and by name, from the modules' symbols. */
#include "tracer/program/demangle.h"
#include "tracer/program/image-private.h"

#include <stdio.h>
#include <string.h>

#define STUB_SUFFIX	"@plt"

/* "operator<<@plt": the suffix stays when the name is cut. */
static void display_name(const struct symbol *s, char *out, size_t size)
{
	size_t suffix = s->plt ? strlen(STUB_SUFFIX) : 0;

	demangle(s->name, out, size - suffix);
	if (suffix)
		strcat(out, STUB_SUFFIX);
}

static void describe(const struct image *im, const struct module *m, const struct symbol *s,
    struct function *f)
{
	struct image_cache *c = im->cache;

	if (c->symbol != s) {
		display_name(s, c->name, sizeof(c->name));
		c->symbol = s;
	}
	memcpy(f->name, c->name, sizeof(f->name));
	f->start = s->start + m->bias;
	f->end = s->end + m->bias;
	f->body = f->start;
	if (m == im->own && !s->plt)
		f->body = lines_body(im, s->start, s->end) + m->bias;
	f->module = m->path;
}

bool function_find(const struct image *im, uint64_t address, struct function *f)
{
	struct module *m = image_module(im, address);
	const struct symbol *s = m ? module_symbol(m, address - m->bias) : NULL;

	if (s)
		describe(im, m, s, f);
	return s != NULL;
}

const char *function_module(const struct image *im, uint64_t address)
{
	const struct module *m = image_module(im, address);

	return m ? m->path : NULL;
}

static const struct symbol *by_raw_name(struct module *m, const char *name)
{
	module_load_symbols(m);
	for (size_t i = 0; i < m->symbol_count; i++)
		if (!m->symbols[i].plt && strcmp(m->symbols[i].name, name) == 0)
			return &m->symbols[i];
	return NULL;
}

/* "area" finds "Shape::area", unless something is called just "area". */
static const struct symbol *by_display_name(struct module *m, const char *name)
{
	const struct symbol *tail = NULL;
	char is[sizeof(((struct function *)0)->name)];
	size_t length = strlen(name);

	for (size_t i = 0; i < m->symbol_count; i++) {
		size_t is_length;

		display_name(&m->symbols[i], is, sizeof(is));
		if (strcmp(is, name) == 0)
			return &m->symbols[i];
		is_length = strlen(is);
		if (!tail && is_length > length + 2 &&
		    strcmp(is + is_length - length, name) == 0 &&
		    memcmp(is + is_length - length - 2, "::", 2) == 0)
			tail = &m->symbols[i];
	}
	return tail;
}

bool function_by_name(const struct image *im, const char *name, struct function *f)
{
	const struct symbol *s = by_raw_name(im->own, name);
	struct module *m = im->own;

	if (!s)
		s = by_display_name(im->own, name);
	for (size_t i = 0; !s && i < im->library_count; i++) {
		if (!im->libraries[i]->mapped)
			continue;
		m = im->libraries[i];
		s = by_raw_name(m, name);
	}
	if (s)
		describe(im, m, s, f);
	return s != NULL;
}

size_t functions_by_symbol(const struct image *im, const char *name, uint64_t *starts, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i <= im->library_count && count < max; i++) {
		struct module *m = i == 0 ? im->own : im->libraries[i - 1];
		const struct symbol *s = i == 0 || m->mapped ? by_raw_name(m, name) : NULL;
		struct function f;

		if (s == NULL)
			continue;
		describe(im, m, s, &f);
		starts[count++] = f.start;
	}
	return count;
}

size_t functions_by_name(const struct image *im, const char *name, struct function *out, size_t max)
{
	struct module *own = im->own;
	char is[sizeof(out->name)];
	size_t count = 1;

	if (max == 0 || !function_by_name(im, name, &out[0]))
		return 0;
	for (size_t i = 0; i < own->symbol_count && count < max && out[0].module == NULL; i++) {
		const struct symbol *s = &own->symbols[i];

		if (s->plt || s->start + own->bias == out[0].start)
			continue;
		display_name(s, is, sizeof(is));
		if (strcmp(is, out[0].name) == 0)
			describe(im, own, s, &out[count++]);
	}
	return count;
}
