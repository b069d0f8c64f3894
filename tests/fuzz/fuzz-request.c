/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The body of POST /api/v1/sessions, as anybody may send it. */
#include <stdlib.h>
#include <string.h>

#include "src/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request_error error;
	struct request *request = request_parse(data, size, &error);

	if (request == NULL) {
		if (error.status < 400 || *error.code == '\0' || *error.message == '\0')
			abort();	/* every refusal says why */
		return 0;
	}
	for (size_t i = 0; i < request->file_count; i++) {
		const struct request_file *file = &request->files[i];

		if (strpbrk(file->disk, "/\n@") != NULL || *file->disk == '-' || *file->disk == '.' || *file->disk == '\0')
			abort();
		if (strlen(file->text) != file->length)
			abort();
	}
	request_free(request);
	return 0;
}
