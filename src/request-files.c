/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See request-files.h. */
#include "src/request-files.h"

#include <stdio.h>
#include <string.h>

/* What a name's ending makes of a file, by the request's language: the disk
 * name's ending, or NULL where it does not fit. */
static const struct ending {
	const char *ending;
	const char *disk[3];	/* by enum request_language */
	const char *what;
} endings[] = {
	{ ".c",		{ ".c", ".cc", ".c" },		"C" },
	{ ".cc",	{ NULL, ".cc", NULL },		"C++" },
	{ ".cpp",	{ NULL, ".cc", NULL },		"C++" },
	{ ".cxx",	{ NULL, ".cc", NULL },		"C++" },
	{ ".c++",	{ NULL, ".cc", NULL },		"C++" },
	{ ".C",		{ NULL, ".cc", NULL },		"C++" },
	{ ".s",		{ ".s", ".s", ".s" },		"assembly" },
	{ ".asm",	{ ".s", ".s", ".s" },		"assembly" },
	{ ".S",		{ ".S", ".S", ".S" },		"assembly" },
	{ ".sx",	{ ".S", ".S", ".S" },		"assembly" },
};

/* For a first file whose ending says nothing. */
static const char *const own_ending[] = {
	[LANGUAGE_C] = ".c", [LANGUAGE_CXX] = ".cc", [LANGUAGE_ASM] = ".s",
};

bool request_name_valid(const char *name)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-";
	size_t length = strlen(name);

	return length >= 1 && length <= REQUEST_NAME_MAX && *name != '-' && *name != '.' &&
	    strspn(name, allowed) == length;
}

const char *request_show(char shown[REQUEST_SHOWN], const char *s)
{
	size_t n = 0, room = REQUEST_SHOWN - sizeof("\"…\"");
	size_t length = strlen(s), end = length > room ? room : length;

	while (end < length && end > 0 && ((unsigned char)s[end] & 0xc0) == 0x80)
		end--;
	shown[n++] = '"';
	for (size_t i = 0; i < end; i++)
		shown[n++] = (unsigned char)s[i] < 0x20 || s[i] == 0x7f ? '?' : s[i];
	snprintf(shown + n, REQUEST_SHOWN - n, "%s\"", end < length ? "…" : "");
	return shown;
}

static const struct ending *ending_of(const char *name)
{
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < sizeof(endings) / sizeof(*endings); i++)
		if (strcmp(dot, endings[i].ending) == 0)
			return &endings[i];
	return NULL;
}

static bool name_taken(const struct request *r, const char *name, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(r->files[i].name, name) == 0)
			return true;
	return false;
}

/* sourceN and its ending, N counting on past what a person calls so: a
 * person's file may be written beside it under the person's name. */
static void name_compiled(struct request *r, struct request_file *file, size_t *number, const char *ending)
{
	file->compiled = true;
	do
		snprintf(file->disk, sizeof(file->disk), "source%zu%s", (*number)++, ending);
	while (name_taken(r, file->disk, r->file_count));
}

static bool blank(const struct request_file *file)
{
	return strspn(file->text, " \t\r\n\f\v") == file->length;
}

static bool any_source(const struct request *r)
{
	for (size_t i = 0; i < r->file_count; i++)
		if (r->files[i].compiled && !blank(&r->files[i]))
			return true;
	return false;
}

enum request_files request_place_files(struct request *r, char *why, size_t size)
{
	size_t number = 0;

	for (size_t i = 0; i < r->file_count; i++) {
		struct request_file *file = &r->files[i];
		const struct ending *ending = ending_of(file->name);

		if (name_taken(r, file->name, i)) {
			snprintf(why, size, "files has two files of the name %s", file->name);
			return REQUEST_FILES_BAD;
		}
		if (ending == NULL) {
			memcpy(file->disk, file->name, sizeof(file->disk));
		} else if (ending->disk[r->language] == NULL) {
			snprintf(why, size, "files[%zu].name %s is %s: send language \"c++\", or name it .c",
			    i, file->name, ending->what);
			return REQUEST_FILES_BAD;
		} else {
			name_compiled(r, file, &number, ending->disk[r->language]);
		}
	}
	if (number == 0 && r->file_count > 0)
		name_compiled(r, &r->files[0], &number, own_ending[r->language]);
	if (!any_source(r)) {
		snprintf(why, size, "The source is empty: there is nothing to compile.");
		return REQUEST_FILES_EMPTY;
	}
	return REQUEST_FILES_OK;
}
