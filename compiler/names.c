/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See names.h. */
#include "config.h"

#include "compiler/names.h"

#include <stdio.h>
#include <string.h>

#define WORD "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+.-"

/* The length of our directory's name and a slash at the start of s, else 0. */
static size_t our_directory(const char *directory, const char *s, size_t length)
{
	const char *const known[] = { directory, REQUEST_DIRECTORY, "." };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		size_t n = strlen(known[i]);

		if (n > 0 && n < length && memcmp(s, known[i], n) == 0 && s[n] == '/')
			return n + 1;
	}
	return 0;
}

void names_path(const char *directory, const char *path, size_t length, char *out, size_t size)
{
	size_t skip = our_directory(directory, path, length);

	length -= skip;
	if (length >= size)
		length = size - 1;
	memcpy(out, path + skip, length);
	out[length] = '\0';
}

const struct request_file *names_file(const struct request *request, const char *path)
{
	for (size_t i = 0; i < request->file_count; i++) {
		const struct request_file *file = &request->files[i];

		if (strcmp(path, file->disk) == 0 || strcmp(path, file->name) == 0)
			return file;
	}
	return NULL;
}

static const struct request_file *disk_file(const struct request *request, const char *word, size_t length)
{
	for (size_t i = 0; i < request->file_count; i++) {
		const struct request_file *file = &request->files[i];

		if (file->compiled && strlen(file->disk) == length && memcmp(file->disk, word, length) == 0)
			return file;
	}
	return NULL;
}

/* The length of "/tmp/ccXYZ.o:" or "DIR/source0-XYZ.o:" at the start of s, else 0. */
static size_t object_prefix(const char *s)
{
	size_t path = strspn(s, WORD "/");

	return *s == '/' && path > 2 && memcmp(s + path - 2, ".o", 2) == 0 && s[path] == ':' ? path + 1 : 0;
}

static size_t put(char *out, size_t n, size_t size, const char *s, size_t length)
{
	if (length >= size - n)
		length = size - n - 1;
	memcpy(out + n, s, length);
	return n + length;
}

/* clang names an object after its source: /tmp/source0-1a2b3c.o: */
static const struct request_file *object_file(const struct request *request, const char *object, size_t length)
{
	const char *base = memrchr(object, '/', length);

	if (base == NULL)
		return NULL;
	base++;
	for (size_t i = 0; i < request->file_count; i++) {
		const struct request_file *file = &request->files[i];
		size_t stem = strcspn(file->disk, ".");

		if (file->compiled && strncmp(base, file->disk, stem) == 0 && base[stem] == '-')
			return file;
	}
	return NULL;
}

/* "(.data+0x8): ": where in an object; of use to nobody here. */
static size_t section_prefix(const char *s)
{
	const char *end = *s == '(' ? strstr(s, "):") : NULL;

	return end != NULL ? (size_t)(end + 2 - s) : 0;
}

void names_message(const struct request *request, const char *directory, const char *text,
    char *out, size_t size)
{
	size_t n = 0;

	while (*text != '\0' && n < size - 1) {
		size_t skip, word;

		if ((skip = object_prefix(text)) > 0) {
			const struct request_file *file = object_file(request, text, skip);

			if (section_prefix(text + skip) > 0 && file != NULL) {
				n = put(out, n, size, file->name, strlen(file->name));
				n = put(out, n, size, ":", 1);
			}
			skip += section_prefix(text + skip);
		} else {
			skip = our_directory(directory, text, strlen(text));
		}
		text += skip;
		word = strspn(text, WORD);
		if (word > 0) {
			const struct request_file *file = disk_file(request, text, word);

			n = file != NULL ? put(out, n, size, file->name, strlen(file->name)) :
			    put(out, n, size, text, word);
			text += word;
		} else if (skip == 0) {
			n = put(out, n, size, text++, 1);
		}
	}
	out[n] = '\0';
}

const char *names_behind_linker(const char *line)
{
	static const char *const linkers[] = { "ld: ", "ld.bfd: ", "ld.gold: ", "ld.lld: ", "mold: " };
	size_t path = strspn(line, WORD "/");

	for (size_t i = 0; i < sizeof(linkers) / sizeof(*linkers); i++) {
		size_t n = strlen(linkers[i]);

		if (path + 2 >= n && strncmp(line + path + 2 - n, linkers[i], n) == 0)
			return line + path + 2;
	}
	return line;
}

const char *names_behind_object(const struct request *request, const char *line, const struct request_file **file)
{
	size_t n = object_prefix(line);

	*file = n > 0 ? object_file(request, line, n) : NULL;
	return line + n + strspn(line + n, " ");
}

const char *names_behind_section(const char *line)
{
	size_t n = section_prefix(line);

	return n > 0 ? line + n + strspn(line + n, " ") : NULL;
}

const char *names_foreign(const char *path)
{
	const char *known = NULL;

	for (const char *s = strstr(path, "/include/"); s != NULL; s = strstr(s + 1, "/include/"))
		known = s + strlen("/include/");
	return known != NULL && *known != '\0' ? known : path;
}
