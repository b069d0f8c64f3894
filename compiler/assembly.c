/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See assembly.h. */
#include "config.h"

#include "compiler/assembly.h"

#include <string.h>

static bool is_symbol(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '_' || c == '.' || c == '$';
}

/* Past a comment or a string that begins at s, else s. */
static const char *skip_opaque(const char *s)
{
	const char *end;

	if (*s == '#' || (s[0] == '/' && s[1] == '/'))
		return s + strcspn(s, "\n");
	if (s[0] == '/' && s[1] == '*')
		return (end = strstr(s + 2, "*/")) != NULL ? end + 2 : s + strlen(s);
	if (*s != '"')
		return s;
	for (s++; *s != '\0' && *s != '"' && *s != '\n'; s++)
		if (*s == '\\' && s[1] != '\0')
			s++;
	return *s == '"' ? s + 1 : s;
}

/* A label stands first in its statement, or behind another label. */
bool assembly_defines(const char *text, const char *label)
{
	size_t length = strlen(label);
	bool first = true;

	for (const char *s = text, *next; *s != '\0'; s = next) {
		if ((next = skip_opaque(s)) != s)
			continue;
		if (is_symbol(*s)) {
			size_t word = 1, spaces;

			while (is_symbol(s[word]))
				word++;
			spaces = strspn(s + word, " \t");
			if (first && s[word + spaces] == ':' && word == length && memcmp(s, label, length) == 0)
				return true;
			first = first && s[word + spaces] == ':';
			next = s + word + spaces + first;
			continue;
		}
		first = *s == '\n' || *s == ';' || (first && (*s == ' ' || *s == '\t' || *s == '\r'));
		next = s + 1;
	}
	return false;
}
