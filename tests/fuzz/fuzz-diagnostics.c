/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The toolchain's text, in which a source may write what it likes. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/assembly.h"
#include "compiler/diagnostics.h"

#define RENDERED_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct request request = {
	.file_count = 2,
	.files = {
		{ .name = "main.c", .disk = "source0.c", .compiled = true, .text = (char[]){ "int x;\n\t\303\244\n" }, .length = 11 },
		{ .name = "a.h", .disk = "a.h", .text = (char[]){ "" } },
	},
};

static void check(const struct diagnostics *d)
{
	char *text = diagnostics_render(d, RENDERED_MAX);
	json_t *json;

	if (text == NULL || strlen(text) > RENDERED_MAX)
		abort();
	json = json_loads(text, 0, NULL);
	if (!json_is_array(json))
		abort();	/* not UTF-8, or not JSON */
	json_decref(json);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diagnostics d;
	char *source;

	if (diagnostics_parse(&d, &request, REQUEST_DIRECTORY, (const char *)data, size) == 0)
		check(&d);
	diagnostics_free(&d);
	source = strndup((const char *)data, size);
	assembly_defines(source, "main");
	free(source);
	return 0;
}
