/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See diagnostics.h. */
#include "config.h"

#include "compiler/diagnostics.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/names.h"

#define LINE_MAX_BYTES 8192

/* A place in front of a message: path:line[:column]: or path:(section+offset): */
struct place {
	const struct request_file *file;
	unsigned line, column;
	char path[256];
};

struct parser {
	struct diagnostics *out;
	struct place context;	/* in the person's files: what the next one comes from */
	size_t borrower;	/* 1 + index of an error in another file, that looks for a place here */
};

static const struct { const char *word; enum severity severity; } severities[] = {
	{ "fatal error: ", SEVERITY_ERROR }, { "Fatal error: ", SEVERITY_ERROR },
	{ "error: ", SEVERITY_ERROR }, { "Error: ", SEVERITY_ERROR },
	{ "internal compiler error: ", SEVERITY_ERROR }, { "sorry, unimplemented: ", SEVERITY_ERROR },
	{ "warning: ", SEVERITY_WARNING }, { "Warning: ", SEVERITY_WARNING },
	{ "note: ", SEVERITY_NOTE }, { "Info: ", SEVERITY_NOTE }, { "remark: ", SEVERITY_NOTE },
};

/* What the linker says without a severity. */
static const char *const linker_errors[] = {
	"undefined reference to ", "multiple definition of ", "undefined symbol", "relocation truncated to fit",
	"cannot find ", "section `", "final link failed", "undefined hidden symbol", "unresolvable ",
};

/* What says nothing that a person could use. */
static const char *const idle[] = {
	"ld returned ", "linker command failed", "clang integrated assembler command failed", "clang frontend command failed",
	"assembler command failed", "unable to execute command", "Please submit", "PLEASE submit",
};

/* How each tool words the limit that it met. */
static const struct { const char *words; enum trouble trouble; } troubles[] = {
	{ "CPU time limit exceeded", TROUBLE_TIME },
	{ "File size limit exceeded", TROUBLE_OUTPUT }, { "File too large", TROUBLE_OUTPUT },
	{ "No space left on device", TROUBLE_OUTPUT }, { "failed with exit code 153", TROUBLE_OUTPUT },
	{ "out of memory", TROUBLE_MEMORY }, { "memory exhausted", TROUBLE_MEMORY },
	{ "Cannot allocate memory", TROUBLE_MEMORY }, { "bad_alloc", TROUBLE_MEMORY },
	{ "Killed signal", TROUBLE_KILLED }, { "command: Killed", TROUBLE_KILLED },
	{ "Resource temporarily unavailable", TROUBLE_PROCESSES },
};

static bool starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* (Without a tool before it, a severity is no tool's name.) */
static const char *const tool_severities[] = { "error: ", "warning: ", "note: " };

static bool any_start(const char *s, const char *const *prefixes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (starts(s, prefixes[i]))
			return true;
	return false;
}
#define ANY_START(s, list) any_start(s, list, sizeof(list) / sizeof(*(list)))

/* -- the list --------------------------------------------------------- */

static int add(struct diagnostics *d, const struct place *place, enum severity severity, const char *message)
{
	struct diagnostic *list = d->list;

	if (d->count >= DIAGNOSTICS_MAX)
		return 0;
	if ((d->count & (d->count - 1)) == 0)
		list = realloc(d->list, (d->count > 0 ? 2 * d->count : 1) * sizeof(*list));
	if (list == NULL)
		return -ENOMEM;
	d->list = list;
	list[d->count] = (struct diagnostic){
		.file = place->file, .severity = severity, .message = text_clean(message, strlen(message), DIAGNOSTIC_MESSAGE_MAX),
		.line = place->file != NULL ? place->line : 0, .column = place->file != NULL ? place->column : 0,
	};
	if (list[d->count].message == NULL)
		return -ENOMEM;
	d->count++;
	d->errors += severity == SEVERITY_ERROR;
	return 0;
}

int diagnostics_add(struct diagnostics *d, const struct request_file *file, unsigned line,
    enum severity severity, const char *message)
{
	return add(d, &(struct place){ .file = file, .line = line }, severity, message);
}

void diagnostics_free(struct diagnostics *d)
{
	for (size_t i = 0; i < d->count; i++)
		free(d->list[i].message);
	free(d->list);
	free(d->reason);
	memset(d, 0, sizeof(*d));
}

/* "path:line: message" */
static char *with_path(const struct place *place, const char *message)
{
	const char *path = names_foreign(place->path);
	char *named = NULL;
	int n = place->line > 0 ? asprintf(&named, "%s:%u: %s", path, place->line, message) :
	    asprintf(&named, "%s: %s", path, message);

	return n < 0 ? NULL : named;
}

/*
 * An error inside a header of the library was caused by a line of the
 * person's: gcc names that before (`required from here'), clang after (`in
 * instantiation of … requested here').  The error is put there, and the path
 * of the header is only text (so is every path that #line makes up).
 */
static int add_foreign(struct parser *p, const struct place *place, enum severity severity, const char *message)
{
	struct diagnostics *d = p->out;
	char *named = with_path(place, message);
	size_t before = d->count;
	int error = named != NULL ? add(d, &p->context, severity, named) : -ENOMEM;

	free(named);
	if (d->count > before)
		d->list[before].foreign = true;
	if (severity != SEVERITY_NOTE)
		p->borrower = d->count;
	return error;
}

/* To the error and to the notes since. */
static void lend(struct parser *p, const struct place *place, const char *message)
{
	if (p->borrower == 0 || !starts(message, "in instantiation of "))
		return;
	for (size_t i = p->borrower - 1; i < p->out->count; i++) {
		struct diagnostic *d = &p->out->list[i];

		if (!d->foreign)
			continue;
		d->file = place->file;
		d->line = place->line;
		d->column = place->column;
	}
	p->context = *place;
	p->borrower = 0;
}

static int add_placed(struct parser *p, const struct place *place, enum severity severity, const char *message)
{
	if (place->file == NULL && *place->path != '\0')
		return add_foreign(p, place, severity, message);
	if (severity == SEVERITY_NOTE)
		lend(p, place, message);
	else
		p->borrower = 0;
	return add(p->out, place, severity, message);
}

/* -- a line ----------------------------------------------------------- */

static bool read_number(const char **s, unsigned *value)
{
	uint64_t n = 0;
	const char *c = *s;

	for (; *c >= '0' && *c <= '9' && c - *s < 10; c++)
		n = 10 * n + (*c - '0');
	if (c == *s || (*c >= '0' && *c <= '9') || n > INT32_MAX)
		return false;
	*s = c;
	*value = n;
	return true;
}

/* path:line: path:line:column: path:line, (of an include) or path:(.text+0x1f): */
static const char *read_place(const struct parser *p, const char *s, struct place *place)
{
	for (const char *colon = strchr(s, ':'); colon != NULL; colon = strchr(colon + 1, ':')) {
		const char *c = colon + 1, *column;

		*place = (struct place){ 0 };
		if (*c == '(' && strstr(c, "): ") != NULL) {
			c = strstr(c, "): ") + 1;
		} else {
			if (!read_number(&c, &place->line))
				continue;
			column = c + 1;
			if (*c == ':' && read_number(&column, &place->column))
				c = column;
			if (*c == ':' && c[1] == '(' && strstr(c, "): ") != NULL)
				c = strstr(c, "): ") + 1;
		}
		if (*c != ':' && *c != ',')
			continue;
		names_path(p->out->directory, s, colon - s, place->path, sizeof(place->path));
		place->file = names_file(p->out->request, place->path);
		return c + 1;
	}
	return NULL;
}

static const char *skip_spaces(const char *s)
{
	return s + strspn(s, " \t");
}

static const char *read_severity(const char *s, enum severity *severity)
{
	for (size_t i = 0; i < sizeof(severities) / sizeof(*severities); i++)
		if (starts(s, severities[i].word)) {
			*severity = severities[i].severity;
			return s + strlen(severities[i].word);
		}
	return NULL;
}

static void note_trouble(struct diagnostics *d, const char *line)
{
	for (size_t i = 0; d->trouble == TROUBLE_NONE && i < sizeof(troubles) / sizeof(*troubles); i++)
		if (strstr(line, troubles[i].words) != NULL)
			d->trouble = troubles[i].trouble;
}

/* Behind "gcc: ", "cc1plus: ", "/usr/bin/ld: ", "clang: ": a word before ": ". */
static const char *behind_tool(const char *line)
{
	size_t word = strcspn(line, " :");

	return word > 0 && starts(line + word, ": ") ? line + word + 2 : NULL;
}

/* "main.c: In function 'f':", "main.s: Assembler messages:": what follows says it. */
static bool is_heading(const char *s)
{
	return s[strlen(s) - 1] == ':';
}

static int add_linker(struct parser *p, const struct place *place, const char *text)
{
	char message[DIAGNOSTIC_MESSAGE_MAX];

	names_message(p->out->request, p->out->directory, text, message, sizeof(message) - 64);
	if (starts(text, "undefined reference to `main'"))
		strcat(message, ": the program needs a function main");
	return add_placed(p, place, SEVERITY_ERROR, message);
}

/* A message, where its place has been read off.  Nothing is added when it is none. */
static int add_message(struct parser *p, const struct place *place, const char *text)
{
	char message[DIAGNOSTIC_MESSAGE_MAX];
	enum severity severity;
	const char *rest = read_severity(text, &severity);

	if (rest == NULL)
		return ANY_START(text, linker_errors) ? add_linker(p, place, text) : 0;
	if (ANY_START(rest, idle))
		return 0;
	names_message(p->out->request, p->out->directory, rest, message, sizeof(message));
	return add_placed(p, place, severity, message);
}

/* Who includes the place of the next error: outermost last. */
static bool parse_include(struct parser *p, const char *line)
{
	const char *s = skip_spaces(line);
	struct place place;

	if (starts(s, "In file included from "))
		s += strlen("In file included from ");
	else if (starts(s, "from ") && s > line)
		s += strlen("from ");
	else
		return false;
	if (read_place(p, s, &place) != NULL && place.file != NULL)
		p->context = place;
	return true;
}

static int parse_placed(struct parser *p, const struct place *place, const char *rest)
{
	const char *text = skip_spaces(rest);

	if (text > rest + 1 && !starts(text, "note: ")) {	/* gcc: "  required from here" */
		if (place->file != NULL)
			p->context = *place;
		return 0;
	}
	if (starts(text, "Fatal error: can't "))	/* as, of its output */
		note_trouble(p->out, text);
	return add_message(p, place, text);
}

/* A line of a tool's own, without a place. */
static int parse_tool(struct parser *p, const char *line)
{
	static const struct place nowhere;
	const char *text = behind_tool(line);
	size_t before = p->out->count;
	int error;

	note_trouble(p->out, line);
	if (text == NULL || ANY_START(line, tool_severities))
		text = line;
	error = add_message(p, &nowhere, text);
	if (p->out->count == before && p->out->reason == NULL && text != line &&
	    !is_heading(line) && !ANY_START(text, idle))
		p->out->reason = text_clean(line, strlen(line), DIAGNOSTIC_MESSAGE_MAX);
	return error;
}

static int parse_line(struct parser *p, const char *line)
{
	struct place place = { 0 };
	const char *s, *rest;

	if (*skip_spaces(line) == '\0' || parse_include(p, line))
		return 0;
	s = names_behind_object(p->out->request, names_behind_linker(line), &place.file);
	if (*s == '\0')
		return 0;
	if ((rest = names_behind_section(s)) != NULL)
		return add_message(p, &place, rest);
	if (read_severity(s, &(enum severity){ 0 }) == NULL && (rest = read_place(p, s, &place)) != NULL)
		return parse_placed(p, &place, rest);
	return parse_tool(p, s);
}

/* -- the whole -------------------------------------------------------- */

int diagnostics_parse(struct diagnostics *d, const struct request *request, const char *directory,
    const char *text, size_t length)
{
	struct parser p = { .out = d };
	char line[LINE_MAX_BYTES];
	int error = 0;

	*d = (struct diagnostics){ .request = request, .directory = directory };
	for (size_t i = 0; i < length && error == 0; ) {
		const char *newline = memchr(text + i, '\n', length - i);
		size_t end = newline != NULL ? (size_t)(newline - text) : length, n = end - i;

		n = n < sizeof(line) ? n : sizeof(line) - 1;
		memcpy(line, text + i, n);
		line[n] = '\0';		/* and a NUL that a source has smuggled in ends it too */
		error = parse_line(&p, line);
		i = end + 1;
	}
	return error;
}
