/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Queries about the stack: frames and scopes. */
#include "tracer/session-parts.h"
#include "tracer/program/frames.h"
#include "tracer/program/functions.h"
#include "tracer/program/variables.h"

static void write_frame(struct session *s, struct writer *w, const struct frame *frame, size_t id)
{
	char name[sizeof(((struct function *)0)->name)];
	const char *module = function_module(s->image, frame->signal ? frame->pc : frame->pc - 1);

	frame_name(s->image, frame, name, sizeof(name));
	w_begin_map(w);
	w_key_uint(w, "id", id);
	w_key_string(w, "name", name[0] != '\0' ? name : "??");
	write_frame_place(s, w, frame);
	w_key_word(w, "pc", frame->pc);
	if (frame->cfa != 0)
		w_key_word(w, "cfa", frame->cfa);
	if (frame->level > 0)
		w_key_bool(w, "inlined", true);
	if (module != NULL)
		w_key_string(w, "module", module);
	w_end_map(w);
}

int query_stackTrace(struct call *c, struct writer *w)
{
	const struct args_stackTrace *a = &c->args.of_stackTrace;
	const struct frame *frames;
	/* One more than asked for says whether there are more; how many, the timeline knows. */
	size_t wanted = a->start + a->count + 1 < FRAMES_MAX ? a->start + a->count + 1 : FRAMES_MAX;
	size_t count = call_frames(c, &frames, wanted), total = count;

	if (count == 0)
		return -1;
	if (count >= wanted && total < control_depth(c->session->control, c->position) + 1)
		total = control_depth(c->session->control, c->position) + 1;
	w_reserve(w, 64);
	w_key_list(w, "stackFrames");
	for (size_t i = a->start; i < count && i - a->start < a->count; i++) {
		struct w_mark mark = w_mark(w);

		write_frame(c->session, w, &frames[i], i);
		if (w->overflow) {
			w_rewind(w, mark);
			break;
		}
	}
	w_end_list(w);
	w_release(w, 64);
	w_key_uint(w, "totalFrames", total);
	return 0;
}

static void write_scope(struct writer *w, const char *name, uint64_t reference)
{
	w_begin_map(w);
	w_key_string(w, "name", name);
	w_key_uint(w, "variablesReference", reference);
	w_end_map(w);
}

int query_scopes(struct call *c, struct writer *w)
{
	unsigned frame = (unsigned)c->args.frame.frameId;

	if (call_frame(c, frame) == NULL)
		return -1;
	w_key_list(w, "scopes");
	write_scope(w, "Arguments", SCOPE_REFERENCE(frame, VARIABLES_ARGUMENTS));
	write_scope(w, "Locals", SCOPE_REFERENCE(frame, VARIABLES_LOCALS));
	w_end_list(w);
	return 0;
}
