/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/failure.h"

#include <stdarg.h>
#include <stdio.h>

int fail(struct failure *f, int status, const char *code, const char *format, ...)
{
	va_list args;

	f->status = status;
	snprintf(f->code, sizeof(f->code), "%s", code);
	va_start(args, format);
	vsnprintf(f->message, sizeof(f->message), format, args);
	va_end(args);
	return -1;
}

void failure_write(const struct failure *f, struct writer *w)
{
	w_begin_map(w);
	w_key_string(w, "code", f->code);
	w_key_string(w, "message", f->message);
	if (f->argument[0] != '\0')
		w_key_string(w, "argument", f->argument);
	if (f->has_moment) {
		w_key_uint(w, "frontier", f->frontier);
		w_key_uint(w, "epoch", f->epoch);
	}
	if (f->obstacle[0] != '\0') {
		w_key_map(w, "obstacle");
		w_key_string(w, "name", f->obstacle);
		w_key_uint(w, "position", f->obstacle_position);
		if (f->obstacle_file != NULL) {
			w_key_string(w, "file", f->obstacle_file);
			w_key_uint(w, "line", f->obstacle_line);
		}
		w_end_map(w);
	}
	w_end_map(w);
}
