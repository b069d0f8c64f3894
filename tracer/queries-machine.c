/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Queries about the machine: memory, instructions, threads, a signal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/signals.h"
#include "tracer/program/functions.h"

#define LISTING_MAX	512	/* instructions of one answer */
#define FUNCTION_MAX	8192	/* of a function that is looked at as a whole */
#define INSTRUCTION_MAX	15	/* Intel SDM volume 2, 2.3.11 */

int query_readMemory(struct call *c, struct writer *w)
{
	const struct args_readMemory *a = &c->args.of_readMemory;
	uint64_t address = a->address + (uint64_t)a->offset;
	struct view *view = call_view(c);
	uint8_t *bytes;
	size_t got;

	if (view == NULL)
		return -1;
	bytes = malloc(a->count + 1);
	if (bytes == NULL)
		return fail(&c->failure, 503, "memory", "no memory for the answer");
	got = view_read(view, address, bytes, a->count);
	if (got == 0 && a->count > 0) {
		free(bytes);
		snprintf(c->failure.argument, sizeof(c->failure.argument), "address");
		return fail(&c->failure, 422, "bad_address", "there is no readable memory at 0x%llx",
		    (unsigned long long)address);
	}
	w_key_word(w, "address", address);
	w_key(w, "data");
	w_bytes(w, bytes, got);
	w_key_uint(w, "unreadableBytes", a->count - got);
	free(bytes);
	return 0;
}

/* -- disassemble ------------------------------------------------------------------- */

struct listing {
	struct call *call;
	const struct view *view;
	enum disasm_syntax syntax;
	struct instruction *list;	/* [LISTING_MAX] */
	size_t count;
	uint64_t start, total;		/* index of the first; of how many */
};

static size_t decode(struct listing *l, uint64_t address, uint64_t end, size_t max)
{
	return disasm(l->call->session->disasm, l->view, l->syntax, address, end, l->list, max);
}

/* Count the instructions of [start, end), and find the index of the one at
 * address: LISTING_MAX at a time, the last of them overwritten by the next. */
static uint64_t count_instructions(struct listing *l, uint64_t start, uint64_t end, uint64_t address,
    uint64_t *index)
{
	uint64_t total = 0;

	*index = 0;
	while (start < end && total < FUNCTION_MAX) {
		size_t n = decode(l, start, end, LISTING_MAX);

		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++)
			if (l->list[i].address <= address)
				*index = total + i;
		total += n;
		start = l->list[n - 1].address + l->list[n - 1].size;
	}
	return total;
}

/* Decode count instructions of [start, end) from the index-th one on. */
static void decode_from(struct listing *l, uint64_t start, uint64_t end, uint64_t index, size_t count)
{
	while (index > 0) {
		size_t n = decode(l, start, end, index < LISTING_MAX ? index : LISTING_MAX);

		if (n == 0)
			return;
		start = l->list[n - 1].address + l->list[n - 1].size;
		index -= n;
	}
	l->count = decode(l, start, end, count);
}

/* The whole function around address; of a long one the part around address. */
static void list_function(struct listing *l, const struct function *f, uint64_t address, size_t count)
{
	uint64_t index;

	l->total = count_instructions(l, f->start, f->end, address, &index);
	l->start = index < count ? 0 : index - count / 4;
	decode_from(l, f->start, f->end, l->start, count);
}

/* Where to begin so that decoding meets address, about `back' instructions before it. */
static uint64_t find_start(struct listing *l, const struct function *f, uint64_t address, size_t back)
{
	uint64_t index;

	if (f != NULL && f->start < address) {
		count_instructions(l, f->start, address, address, &index);
		decode_from(l, f->start, address, index + 1 > back ? index + 1 - back : 0, 1);
		return l->count == 1 ? l->list[0].address : address;
	}
	for (unsigned slack = 0; slack <= INSTRUCTION_MAX; slack++) {
		uint64_t start = address - back * 4 - slack;
		size_t n = decode(l, start, address, LISTING_MAX);

		if (n > 0 && l->list[n - 1].address + l->list[n - 1].size == address)
			return l->list[n > back ? n - back : 0].address;
	}
	return address;
}

static void list_around(struct listing *l, const struct function *f, uint64_t address, int64_t offset,
    size_t count)
{
	if (offset < 0) {
		l->count = decode(l, find_start(l, f, address, (size_t)-offset), 0, count);
	} else {
		size_t n = offset > 0 ? decode(l, address, 0, (size_t)offset) : 0;

		if (n > 0)
			address = l->list[n - 1].address + l->list[n - 1].size;
		l->count = decode(l, address, 0, count);
	}
	l->total = l->count;
}

static void write_symbol(struct session *s, struct writer *w, const char *key, uint64_t address,
    struct function *f)
{
	char symbol[300];

	if ((address < f->start || address >= f->end) && !function_find(s->image, address, f))
		f->name[0] = '\0';
	if (f->name[0] == '\0')
		return;
	if (address == f->start)
		snprintf(symbol, sizeof(symbol), "%s", f->name);
	else
		snprintf(symbol, sizeof(symbol), "%s+%llu", f->name, (unsigned long long)(address - f->start));
	w_key_string(w, key, symbol);
}

static void write_instruction(struct session *s, struct writer *w, const struct instruction *i,
    struct function *f)
{
	struct function target = { .name = "" };

	w_begin_map(w);
	w_key_word(w, "address", i->address);
	w_key(w, "instructionBytes");
	w_bytes(w, i->bytes, i->size);
	w_key_string(w, "instruction", i->text);
	write_symbol(s, w, "symbol", i->address, f);
	if (i->target != 0)
		write_symbol(s, w, "target", i->target, &target);
	write_place(s, w, i->address);
	w_end_map(w);
}

static void write_listing(const struct listing *l, struct writer *w)
{
	struct function f = { .name = "" };

	w_reserve(w, 64);
	w_key_list(w, "instructions");
	for (size_t i = 0; i < l->count; i++) {
		struct w_mark mark = w_mark(w);

		write_instruction(l->call->session, w, &l->list[i], &f);
		if (w->overflow) {
			w_rewind(w, mark);
			break;
		}
	}
	w_end_list(w);
	w_release(w, 64);
	w_key_uint(w, "start", l->start);
	w_key_uint(w, "total", l->total);
}

int query_disassemble(struct call *c, struct writer *w)
{
	const struct args_disassemble *a = &c->args.of_disassemble;
	struct listing l = { .call = c, .view = call_view(c),
		.syntax = a->syntax == SYNTAX_INTEL ? DISASM_INTEL : DISASM_ATT };
	struct function f;
	uint64_t address;
	bool known;

	if (l.view == NULL)
		return -1;
	address = a->has_address ? a->address : view_register(l.view, REG_PC);
	l.list = calloc(LISTING_MAX, sizeof(*l.list));
	if (l.list == NULL)
		return fail(&c->failure, 503, "memory", "no memory for the answer");
	known = function_find(c->session->image, address, &f) && f.end > f.start;
	if (a->function && known)
		list_function(&l, &f, address, a->instructionCount);
	else
		list_around(&l, known ? &f : NULL, address, a->instructionOffset, a->instructionCount);
	if (l.count > 0)
		write_listing(&l, w);
	free(l.list);
	if (l.count > 0)
		return 0;
	snprintf(c->failure.argument, sizeof(c->failure.argument), "address");
	return fail(&c->failure, 422, "bad_address", "there is no readable memory at 0x%llx",
	    (unsigned long long)address);
}

/* -- threads, signals ---------------------------------------------------------------- */

int query_threads(struct call *c, struct writer *w)
{
	struct control *control = c->session->control;
	bool exited = control_status_at(control, c->position) == STATUS_EXITED;
	int ids[256];
	size_t count = control_threads(control, c->position, ids, sizeof(ids) / sizeof(ids[0]));

	w_key_list(w, "threads");
	for (size_t i = 0; i < count; i++) {
		char name[32];

		if (i == 0)
			snprintf(name, sizeof(name), "main");
		else
			snprintf(name, sizeof(name), "thread %d", ids[i]);
		w_begin_map(w);
		w_key_uint(w, "id", (unsigned)ids[i]);
		w_key_string(w, "name", name);
		w_key_string(w, "status", exited ? "exited" : "stopped");
		w_end_map(w);
	}
	w_end_list(w);
	return 0;
}

int query_exceptionInfo(struct call *c, struct writer *w)
{
	struct control_signal signal = control_signal_at(c->session->control, c->position);

	if (signal.number == 0)
		return fail(&c->failure, 422, "no_signal", "position %llu did not stop for a signal",
		    (unsigned long long)c->position);
	write_signal(w, &signal);
	w_key_string(w, "description", signal_description(signal.number));
	return 0;
}
