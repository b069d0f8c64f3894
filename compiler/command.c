/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See command.h. */
#include "config.h"

#include "compiler/command.h"

#include <stdio.h>
#include <string.h>

#include "compiler/assembly.h"
#include "compiler/flags.h"

/* Code that a first look understands: each line its instructions, addresses
 * that do not move, frames that can be walked.  A person's flags come behind
 * these and so win. */
static const char *const simple[] = {
	"-g", "-O0", "-fno-pie", "-no-pie", "-fno-omit-frame-pointer", "-pipe", NULL
};

/* One line a diagnostic, columns in bytes. */
static const char *const plain_text[][12] = {
	[DIALECT_GNU] = {
		"-fdiagnostics-plain-output", "-fdiagnostics-column-unit=byte", "-fmessage-length=0",
		"-fmax-errors=100", NULL
	},
	[DIALECT_LLVM] = {
		"-fno-color-diagnostics", "-fno-caret-diagnostics", "-fno-diagnostics-fixit-info",
		"-fmessage-length=0", "-ferror-limit=100", "-fno-crash-diagnostics", "-Qunused-arguments", NULL
	},
};

/* Assembly without .note.GNU-stack would have an executable stack, and a warning. */
static const char *const linking[] = { "-Wl,-z,noexecstack", "-o", COMMAND_OUTPUT, NULL };

static void add(struct command *c, const char *arg)
{
	if (c->argc < COMMAND_ARGS_MAX - 1)
		c->argv[c->argc++] = arg;
}

static void add_all(struct command *c, const char *const *args)
{
	for (; *args != NULL; args++)
		add(c, *args);
}

/* The debug information is to have one directory, wherever the job is. */
static void add_directory(struct command *c, const char *directory)
{
	/* gcc 12 hands only the second on to the assembler. */
	static const char *const options[] = { "-ffile-prefix-map", "-fdebug-prefix-map" };

	if (strcmp(directory, REQUEST_DIRECTORY) == 0)
		return;
	for (size_t i = 0; i < 2; i++) {
		snprintf(c->directory_maps[i], sizeof(c->directory_maps[i]), "%s=%s=" REQUEST_DIRECTORY, options[i], directory);
		add(c, c->directory_maps[i]);
	}
}

static bool is_assembly(const struct request_file *file)
{
	const char *dot = strrchr(file->disk, '.');

	return file->compiled && dot != NULL && (strcmp(dot, ".s") == 0 || strcmp(dot, ".S") == 0);
}

struct kinds {
	bool assembly, other;	/* files of this kind are there */
	bool main, start;	/* an assembly file has this label */
};

static struct kinds look(const struct request *r)
{
	struct kinds kinds = { 0 };

	for (size_t i = 0; i < r->file_count; i++) {
		const struct request_file *file = &r->files[i];

		if (!is_assembly(file)) {
			kinds.other |= file->compiled;
			continue;
		}
		kinds.assembly = true;
		kinds.main |= assembly_defines(file->text, "main");
		kinds.start |= assembly_defines(file->text, "_start");
	}
	return kinds;
}

static bool uses_libraries(const struct request *r)
{
	for (size_t i = 0; r->flags[i] != NULL; i++)
		if (flag_is_library(r->flags[i]))
			return true;
	return false;
}

/* A _start of the person's takes the place of the C library's; with nothing
 * else there the library is not wanted at all. */
static void add_start(struct command *c, const struct request *r, const struct kinds *kinds)
{
	if (!kinds->start)
		return;
	add(c, "-nostartfiles");
	if (!kinds->main && !kinds->other && !uses_libraries(r)) {
		add(c, "-nostdlib");
		add(c, "-static");
	}
}

/* gcc gives -masm=intel to the compiler only, not to the assembler. */
static void add_syntax(struct command *c, const struct toolchain *t, const struct request *r, const struct kinds *kinds)
{
	if (kinds->assembly && t->dialect == DIALECT_GNU && flags_have(r->flags, "-masm=intel"))
		add(c, "-Wa,-msyntax=intel,-mnaked-reg");
}

static void add_flags(struct command *c, const struct request *r, bool libraries)
{
	for (size_t i = 0; r->flags[i] != NULL; i++)
		if (flag_is_library(r->flags[i]) == libraries)
			add(c, r->flags[i]);
}

void command_make(struct command *c, const struct toolchain *t, const struct request *r, const char *directory)
{
	struct kinds kinds = look(r);

	memset(c, 0, sizeof(*c));
	add(c, t->driver);
	add_all(c, simple);
	add_all(c, plain_text[t->dialect]);
	add_directory(c, directory);
	add_start(c, r, &kinds);
	add_syntax(c, t, r, &kinds);
	add_flags(c, r, false);
	for (size_t i = 0; i < r->file_count; i++)
		if (r->files[i].compiled)
			add(c, r->files[i].disk);
	add_all(c, linking);
	add_flags(c, r, true);
}
