/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Queries about text: the state itself, sources, output, lines with code. */
#include <stdlib.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/program/lines.h"
#include "tracer/utf8.h"

#define LINES_MAX 4096

int query_state(struct call *c, struct writer *w)
{
	state_write(c->session, w, c->position, c->position, c->thread);
	return 0;
}

/* Bytes [start, …) of a text as far as they fit, not cutting a sequence. */
static size_t write_part(struct writer *w, const char *text, size_t length, size_t spare)
{
	size_t room = w_room(w) > spare ? w_room(w) - spare : 0;

	w_key(w, "text");
	return w_text_start(w, text, length, room);
}

int query_source(struct call *c, struct writer *w)
{
	const struct args_source *a = &c->args.of_source;
	const struct request *request = c->session->request;
	const struct request_file *f;
	int file = call_file(c, a->file);
	size_t start, length;

	if (file < 0 || request == NULL || (size_t)file >= request->file_count)
		return file < 0 ? -1 : fail(&c->failure, 422, "file", "this session has no source files");
	f = &request->files[file];
	start = a->start < f->length ? a->start : f->length;
	length = f->length - start < a->count ? f->length - start : a->count;
	if (start + length < f->length)
		length = utf8_whole(f->text + start, length);
	w_key_string(w, "file", f->name);
	w_key_uint(w, "start", start);
	w_key_uint(w, "total", f->length);
	w_key_uint(w, "end", start + write_part(w, f->text + start, length, 64));
	return 0;
}

int query_output(struct call *c, struct writer *w)
{
	const struct args_output *a = &c->args.of_output;
	uint64_t total = control_output_end(c->session->control);
	uint64_t start = a->start < total ? a->start : total;
	size_t length = total - start < a->count ? total - start : a->count, taken;
	char *bytes;

	bytes = malloc(length + 1);
	if (bytes == NULL)
		return fail(&c->failure, 503, "memory", "no memory for the answer");
	length = control_output(c->session->control, start, bytes, length);
	if (start + length < total && utf8_whole(bytes, length) > 0)
		length = utf8_whole(bytes, length);
	w_key_uint(w, "start", start);
	/* Of each byte there may come six as text and two as base64. */
	taken = write_part(w, bytes, length, length / 3 * 4 + 256);
	w_key(w, "bytes");
	w_bytes(w, bytes, taken);
	w_key_uint(w, "end", start + taken);
	w_key_uint(w, "total", total);
	free(bytes);
	return 0;
}

int query_breakpointLocations(struct call *c, struct writer *w)
{
	const struct args_breakpointLocations *a = &c->args.of_breakpointLocations;
	unsigned last = (unsigned)(a->has_endLine ? a->endLine : a->line), lines[LINES_MAX];
	int file = call_file(c, a->file);
	size_t count;

	if (file < 0)
		return -1;
	count = lines_with_code(c->session->image, file, (unsigned)a->line, last, lines, LINES_MAX);
	w_key_list(w, "breakpoints");
	for (size_t i = 0; i < count && i < LINES_MAX; i++) {
		struct w_mark mark = w_mark(w);

		w_begin_map(w);
		w_key_uint(w, "line", lines[i]);
		w_end_map(w);
		if (w->overflow) {
			w_rewind(w, mark);
			break;
		}
	}
	w_end_list(w);
	return 0;
}
