/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * __cxa_demangle comes from libsupc++.a: one object, which needs nothing of
 * C++'s run time.
 */
#include "tracer/program/demangle.h"

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Back references let a hostile name grow exponentially. */
#define MANGLED_MAX	1024

#ifdef HAVE_CXA_DEMANGLE
char *__cxa_demangle(const char *, char *, size_t *, int *);
#endif

/* Behind "operator" and its sign; NULL when name is another word. */
static const char *behind_operator(const char *name)
{
	const char *p = name + strlen("operator");

	if (strncmp(name, "operator", strlen("operator")) != 0)
		return NULL;
	if (strncmp(p, "()", 2) == 0)
		return p + 2;
	if (strncmp(p, "[]", 2) == 0)
		return p + 2;
	return p + strspn(p, "<>=-+*/%^&|~!,");
}

static bool word_begins(const char *start, const char *p)
{
	return p == start || p[-1] == ' ' || p[-1] == ':' || p[-1] == '*' || p[-1] == '&';
}

/* "int ns::add<int>(int, int) const" → "ns::add<int>".  The last parenthesis
 * outside all brackets opens the parameters, unless "::" follows its end. */
static void plain_name(char *name)
{
	char *begin = name, *parameters = NULL, *opened = NULL;
	bool named = false;
	int depth = 0;

	for (char *p = name; *p; p++) {
		const char *behind = depth == 0 && word_begins(name, p) ? behind_operator(p) : NULL;

		if (behind) {
			named = true;
			p = (char *)behind - 1;
		} else if (strchr("<({[", *p)) {
			if (depth++ == 0)
				opened = p;
		} else if (strchr(">)}]", *p) && depth > 0) {
			if (--depth == 0 && opened && *opened == '(' &&
			    strncmp(p + 1, "::", 2) != 0)
				parameters = opened;
		} else if (*p == ' ' && depth == 0 && !named && !parameters) {
			begin = p + 1;
		}
	}
	if (parameters > begin)
		*parameters = '\0';
	if (parameters > begin)
		memmove(name, begin, strlen(begin) + 1);
}

void demangle(const char *mangled, char *out, size_t size)
{
	char *name = NULL;

#ifdef HAVE_CXA_DEMANGLE
	if (strncmp(mangled, "_Z", 2) == 0 && strlen(mangled) <= MANGLED_MAX)
		name = __cxa_demangle(mangled, NULL, NULL, &(int){ 0 });
#endif
	if (name)
		plain_name(name);
	snprintf(out, size, "%s", name ? name : mangled);
	free(name);
}
