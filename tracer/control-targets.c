/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Where a function's direct jumps lead to: lines are entered there, too, and no row of
 * the line table may begin there. */
#include <stdlib.h>

#include "tracer/control-private.h"
#include "tracer/program/disasm.h"
#include "tracer/program/functions.h"

enum {
	CHUNK = 64,
	TARGETS_MAX = 4096,
	CODE_MAX = 1 << 18,		/* bytes of one function that are looked at */
};

static void add(struct targets *t, const struct function *f, const struct instruction *in)
{
	if (in->target >= f->start && in->target < f->end && t->count < TARGETS_MAX)
		t->pcs[t->count++] = in->target;
}

static void find(struct targets *t, const struct function *f, const struct view *view)
{
	struct instruction *in = calloc(CHUNK, sizeof *in);
	struct disasm *d = in != NULL ? disasm_new() : NULL;
	uint64_t end = f->end - f->start < CODE_MAX ? f->end : f->start + CODE_MAX;
	size_t n = 1;

	for (uint64_t at = f->start; d != NULL && n > 0 && at < end; ) {
		n = disasm(d, view, DISASM_INTEL, at, end, in, CHUNK);
		for (size_t i = 0; i < n; i++) {
			add(t, f, &in[i]);
			at = in[i].address + in[i].size;
		}
	}
	disasm_free(d);
	free(in);
}

const uint64_t *targets_around(struct control *c, const struct tracee *thread, uint64_t pc,
    size_t *count)
{
	struct targets *t = &c->targets;
	struct live_view live;
	struct function f;

	*count = 0;
	if (t->pcs == NULL)
		t->pcs = calloc(TARGETS_MAX, sizeof *t->pcs);
	if (t->pcs == NULL || !function_find(c->setup.image, pc, &f))
		return NULL;
	if (t->function != f.start) {
		t->function = f.start;
		t->count = 0;
		live_view_init(&live, c, thread);
		find(t, &f, &live.view);
	}
	*count = t->count;
	return t->pcs;
}

void targets_free(struct control *c)
{
	free(c->targets.pcs);
}
