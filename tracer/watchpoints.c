/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/watchpoints.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tracer/session-parts.h"
#include "tracer/program/expr.h"
#include "tracer/program/variables.h"

enum { WATCH_BYTES_MAX = 64 };

/* In the order of session.def's accessType. */
static const enum watch_kind types[] = { WATCH_READ, WATCH_WRITE, WATCH_ACCESS, WATCH_CHANGE };
static const char *const type_names[] = {
	[WATCH_READ] = "read", [WATCH_WRITE] = "write", [WATCH_ACCESS] = "readWrite", [WATCH_CHANGE] = "change",
};
static const char no_registers[] =
    "The debug registers watch four aligned pieces of at most 8 bytes: this one is seen in recorded steps, and natively when its value has changed.";
static const char reads_unseen[] =
    "Reads by recorded library calls and by the kernel are not seen: only by the person's instructions, and natively.";

/* -- dataBreakpointInfo --------------------------------------------------------------- */

static void write_info(struct writer *w, const char *name, uint64_t address, uint64_t length)
{
	char id[64], description[320];

	snprintf(id, sizeof(id), "0x%" PRIx64 "/%" PRIu64, address, length);
	snprintf(description, sizeof(description), "%.200s (%" PRIu64 " bytes at 0x%" PRIx64 ")", name, length, address);
	w_key_string(w, "dataId", id);
	w_key_string(w, "description", description);
	w_key_list(w, "accessTypes");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		w_string(w, type_names[types[i]]);
	w_end_list(w);
}

/* Without a dataId: it cannot be watched, and why. */
static int write_refusal(struct writer *w, const char *why)
{
	w_key_string(w, "description", why);
	w_key_list(w, "accessTypes");
	w_end_list(w);
	return 0;
}

static int info_of_range(struct call *c, struct writer *w, const char *name, uint64_t address, uint64_t length)
{
	uint8_t bytes[WATCH_BYTES_MAX];
	struct view *view = call_view(c);

	if (view == NULL)
		return -1;
	if (length == 0 || length > WATCH_BYTES_MAX || address + length < address)
		return write_refusal(w, "At most 64 bytes can be watched at once. Watch a part of it, by address and count.");
	if (!view_read_all(view, address, bytes, length))
		return write_refusal(w, "There is no memory at this address.");
	write_info(w, name, address, length);
	return 0;
}

/* What the expression stands for: "p->next", "list[3]", "*q". */
static int object_of(struct call *c, struct view *view, const struct frame *frame, const char *text,
    struct variable *v)
{
	struct expr_error error;
	struct expr *x = expr_parse(c->session->image, text, &error);
	bool done = x != NULL && expr_evaluate(x, view, frame, v, &error);

	expr_free(x);
	if (done)
		return 0;
	snprintf(c->failure.argument, sizeof(c->failure.argument), "name");
	return fail(&c->failure, 422, "expression", "column %u: %.160s", error.column, error.message);
}

static int info_of_variable(struct call *c, struct writer *w, const char *name, unsigned frame_id)
{
	const struct frame *frame = call_frame(c, frame_id);
	struct view *view = frame != NULL ? call_view(c) : NULL;
	struct variable v;

	if (view == NULL)
		return -1;
	if (!variable_find(c->session->image, view, frame, name, &v) && object_of(c, view, frame, name, &v) < 0)
		return -1;
	if (v.address == 0)
		return write_refusal(w, "It is not in memory here: neither a register nor a computed value can be watched.");
	return info_of_range(c, w, name, v.address, v.size);
}

int query_dataBreakpointInfo(struct call *c, struct writer *w)
{
	const struct args_dataBreakpointInfo *a = &c->args.of_dataBreakpointInfo;
	unsigned frame = a->has_variablesReference ? (unsigned)(a->variablesReference >> 2) :
	    (unsigned)c->args.frame.frameId;
	char name[32];

	if (a->has_address == a->has_name)
		return fail(&c->failure, 400, "argument", "dataBreakpointInfo takes a name or an address");
	if (a->has_name)
		return info_of_variable(c, w, a->name, frame);
	snprintf(name, sizeof(name), "0x%" PRIx64, a->address);
	return info_of_range(c, w, name, a->address, a->count);
}

/* -- setDataBreakpoints ------------------------------------------------------------------ */

static void refuse(struct watchpoint *p, const char *why)
{
	p->verified = false;
	snprintf(p->message, sizeof(p->message), "%s", why);
}

/* "0xADDRESS/LENGTH", as write_info() makes it and nothing else. */
static bool read_id(const char *id, struct control_watch *watch)
{
	char again[64];
	char *end;

	if (strncmp(id, "0x", 2) != 0)
		return false;
	watch->address = strtoull(id, &end, 16);
	if (*end != '/')
		return false;
	watch->length = strtoull(end + 1, NULL, 10);
	snprintf(again, sizeof(again), "0x%" PRIx64 "/%" PRIu64, watch->address, watch->length);
	return strcmp(id, again) == 0 && watch->length > 0 && watch->length <= WATCH_BYTES_MAX &&
	    watch->address + watch->length >= watch->address;
}

static unsigned id_of(struct session *s, const struct watchpoints *old, const struct control_watch *watch)
{
	for (size_t i = 0; i < old->count; i++)
		if (memcmp(&old->list[i].watch, watch, sizeof(*watch)) == 0)
			return old->list[i].id;
	return breakpoints_new_id(s->breakpoints);
}

static struct watchpoint watchpoint_of(struct session *s, const struct args_data_breakpoint *asked)
{
	struct watchpoint p;

	memset(&p, 0, sizeof(p));
	p.verified = read_id(asked->dataId, &p.watch);
	p.watch.kind = types[asked->accessType];
	p.id = id_of(s, &s->watchpoints, &p.watch);
	if (!p.verified)
		refuse(&p, "This is no dataId: ask for one by dataBreakpointInfo.");
	else if (p.watch.kind == WATCH_READ || p.watch.kind == WATCH_ACCESS)
		snprintf(p.message, sizeof(p.message), "%s", reads_unseen);
	return p;
}

/* In their order; registers watch each that fits beside those before it. */
static int apply(struct session *s, struct watchpoints *new)
{
	struct control_watch set[WATCHPOINTS_MAX], all[WATCHPOINTS_MAX];
	size_t n = 0, count = 0;
	int r;

	for (size_t i = 0; i < new->count; i++) {
		if (!new->list[i].verified)
			continue;
		all[count++] = set[n] = new->list[i].watch;
		if (control_watches_fit(set, n + 1) == n + 1)
			n++;
		else
			snprintf(new->list[i].message, sizeof(new->list[i].message), "%s", no_registers);
	}
	r = control_set_watchpoints(s->control, all, count);
	if (r == 0)
		s->watchpoints = *new;
	return r;
}

static void write_watchpoint(struct writer *w, const struct watchpoint *p, bool all)
{
	char id[64];

	w_begin_map(w);
	w_key_uint(w, "id", p->id);
	w_key_bool(w, "verified", p->verified);
	if (all) {
		snprintf(id, sizeof(id), "0x%" PRIx64 "/%" PRIu64, p->watch.address, p->watch.length);
		w_key_string(w, "dataId", id);
		w_key_string(w, "accessType", type_names[p->watch.kind]);
	}
	if (p->message[0] != '\0')
		w_key_string(w, "message", p->message);
	w_end_map(w);
}

void write_watchpoints(struct session *s, struct writer *w)
{
	for (size_t i = 0; i < s->watchpoints.count; i++)
		write_watchpoint(w, &s->watchpoints.list[i], true);
}

int setting_setDataBreakpoints(struct call *c, struct writer *w)
{
	const struct args_setDataBreakpoints *a = &c->args.of_setDataBreakpoints;
	struct session *s = c->session;
	struct watchpoints new = { .count = a->breakpoints_len };
	int r;

	for (size_t i = 0; i < new.count; i++)
		new.list[i] = watchpoint_of(s, &a->breakpoints[i]);
	r = apply(s, &new);
	if (r < 0)
		return fail(&c->failure, 503, "memory", "the breakpoints could not be set: %s", strerror(-r));
	w_key_list(w, "breakpoints");
	for (size_t i = 0; i < new.count; i++)
		write_watchpoint(w, &s->watchpoints.list[i], false);
	w_end_list(w);
	notify_breakpoints(s);
	return 0;
}

/* -- at a stop ------------------------------------------------------------------------------ */

/* The id of what the step to the position has touched, 0: nothing; *watch: that.
 * control counts those that were verified. */
static unsigned touched_at(const struct watchpoints *all, struct control *control, uint64_t position,
    struct control_watch *watch)
{
	int index = control_watch_at(control, position);

	for (size_t i = 0; i < all->count && index >= 0; i++)
		if (all->list[i].verified && index-- == 0) {
			*watch = all->list[i].watch;
			return all->list[i].id;
		}
	return 0;
}

static void write_value(struct session *s, struct writer *w, const char *key, const struct control_watch *watch,
    uint64_t position)
{
	uint8_t bytes[WATCH_BYTES_MAX];
	struct view *view = control_view(s->control, position, 0);
	size_t length = view != NULL ? view_read(view, watch->address, bytes, watch->length) : 0;

	w_key(w, key);
	w_bytes(w, bytes, length);
}

void write_watch_hit(struct session *s, struct writer *w, uint64_t position)
{
	struct control_watch watch;
	unsigned id = touched_at(&s->watchpoints, s->control, position, &watch);

	if (id == 0)
		return;
	w_key_map(w, "dataBreakpoint");
	w_key_uint(w, "id", id);
	w_key_word(w, "address", watch.address);
	write_value(s, w, "old", &watch, position - 1);
	write_value(s, w, "new", &watch, position);
	w_end_map(w);
}
