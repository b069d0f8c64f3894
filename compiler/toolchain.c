/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See toolchain.h. */
#include "config.h"

#include "compiler/toolchain.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/run.h"

static bool installed(const struct toolchain *t)
{
	return access(t->driver, X_OK) == 0 && access(t->needs, X_OK) == 0;
}

static void name_installed(enum request_language language, char *list, size_t size)
{
	size_t n = 0;

	snprintf(list, size, "none");
	for (size_t i = 0; i < toolchain_count && n < size; i++)
		if (toolchains[i].language == language && installed(&toolchains[i]))
			n += snprintf(list + n, size - n, "%s%s", n > 0 ? ", " : "", toolchains[i].compiler);
}

const struct toolchain *toolchain_find(enum request_language language, const char *compiler,
    char *why, size_t size)
{
	char list[128];

	for (size_t i = 0; i < toolchain_count; i++) {
		const struct toolchain *t = &toolchains[i];

		if (t->language == language && (*compiler == '\0' || strcmp(t->compiler, compiler) == 0) &&
		    installed(t))
			return t;
	}
	name_installed(language, list, sizeof(list));
	snprintf(why, size, "There is no compiler %s%sfor %s here. Installed: %s.",
	    compiler, *compiler != '\0' ? " " : "", request_language_name(language), list);
	return NULL;
}

/* The first line of --version, without what stands before the package:
 * "gcc (Debian 12.2.0-14) 12.2.0", "Debian clang version 14.0.6". */
static bool read_version(const struct toolchain *t, char *version, size_t size)
{
	static const struct run_limits limits = {
		.wall_milliseconds = 5000, .cpu_seconds = 5, .text_bytes = 4096,
	};
	const char *argv[] = { t->driver, "--version", NULL };
	struct run_result result;
	bool ok;

	if (run(argv, &(struct run_place){ .peer = -1 }, &limits, &result) < 0)
		return false;
	run_sweep();
	ok = result.end == RUN_EXITED && result.status == 0 && result.length > 0;
	if (ok)
		snprintf(version, size, "%.*s", (int)strcspn(result.text, "\n"), result.text);
	run_result_free(&result);
	return ok;
}

size_t toolchain_probe(struct record_tool_row rows[TOOL_ROWS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < toolchain_count && n < TOOL_ROWS_MAX; i++) {
		const struct toolchain *t = &toolchains[i];

		if (!installed(t) || !read_version(t, rows[n].version, sizeof(rows[n].version)))
			continue;
		snprintf(rows[n].language, sizeof(rows[n].language), "%s", request_language_name(t->language));
		snprintf(rows[n].compiler, sizeof(rows[n].compiler), "%s", t->compiler);
		n++;
	}
	return n;
}
