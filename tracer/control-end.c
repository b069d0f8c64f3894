/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a stretch, a signal or the program's end leaves in the record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tracer/control-private.h"

bool has_ended(const struct control *c)
{
	return c->timeline != NULL && c->timeline->events.ended;
}

uint64_t microseconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)(now.tv_sec - then->tv_sec) * 1000000 +
	    (uint64_t)((now.tv_nsec - then->tv_nsec) / 1000);
}

/* -- threads ---------------------------------------------------------------------- */

/* Where a thread stands, copied: what points there may be freed or moved while the record is made. */
struct after {
	struct registers registers;
	struct vector_state vector;
	bool has_vector;
};

/* In a library, where the stack pointer does not tell whether a callback that was
 * there has returned. */
static bool returned_unseen(const struct control *c, const struct tracee *t)
{
	return c->stretch.kind == STRETCH_CALL && t == c->stretch.thread && t->calls.count > 0 &&
	    !image_is_own(c->setup.image, t->registers.word[REG_PC]);
}

static struct thread_change change_of(struct control *c, struct tracee *t)
{
	struct thread_change change = { .id = t->id, .registers = &t->registers };

	change.added = registers_in_log(c, t) == NULL;
	if (c->stretch.kind == STRETCH_RUN || returned_unseen(c, t))
		calls_rebuild(c, t, &change.pops, &change.pushes);
	else
		calls_update(c, t, NULL, c->stretch.kind == STRETCH_KERNEL ?
		    t->registers.word[REG_PC] : c->stretch.back, &change.pops, &change.pushes);
	return change;
}

static bool has_moved(const struct control *c, const struct tracee *t, const struct after *after)
{
	const struct moment_thread *m = moment_find(&c->timeline->now, t->id);

	return m == NULL || memcmp(&m->registers, &t->registers, sizeof m->registers) != 0 ||
	    (after->has_vector && m->vector != NULL &&
	    memcmp(m->vector, &after->vector, sizeof after->vector) != 0);
}

static bool still_there(const struct control *c, int id)
{
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->id == id && !t->exited)
			return true;
	return false;
}

static struct thread_change left_change(int id, const struct registers *registers)
{
	return (struct thread_change){ .id = id, .removed = true, .registers = registers };
}

/* The stretch's own thread first, then whoever else has moved, come or left. */
static size_t collect(struct control *c, struct thread_change *changes, struct after *after)
{
	struct tracee *first = c->stretch.thread;
	const struct moment *now = &c->timeline->now;
	size_t n = 0;

	if (first != NULL) {
		after[n].has_vector = tracee_get_vector(first, &after[n].vector) == 0;
		changes[n++] = change_of(c, first);
		first->unseen = false;
	} else if (moment_find(now, c->stretch.left.id) != NULL) {
		changes[n++] = left_change(c->stretch.left.id, &c->stretch.left.registers);
	}
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next) {
		if (t == first || t->id <= 0 || !t->stopped || t->exited)
			continue;
		after[n].has_vector = tracee_get_vector(t, &after[n].vector) == 0;
		if (!has_moved(c, t, &after[n]))
			continue;
		changes[n++] = change_of(c, t);
		t->unseen = image_is_own(c->setup.image, t->registers.word[REG_PC]);
	}
	for (size_t i = 0; i < now->count; i++)
		if (!still_there(c, now->threads[i].id) &&
		    now->threads[i].id != (n > 0 ? changes[0].id : 0)) {
			after[n].has_vector = false;
			changes[n++] = left_change(now->threads[i].id, &now->threads[i].registers);
		}
	return n;
}

static size_t threads_bound(const struct control *c)
{
	size_t n = c->timeline->now.count + 1;

	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		n++;
	return n;
}

static bool append_threads(struct control *c, enum record_kind kind)
{
	struct thread_change *changes = calloc(threads_bound(c), sizeof *changes);
	struct after *after = calloc(threads_bound(c), sizeof *after);
	size_t n = 0;
	bool done = false;

	if (changes != NULL && after != NULL) {
		n = collect(c, changes, after);
		/* The registers may be those of the moment that threads are taken out of. */
		for (size_t i = 0; i < n; i++) {
			after[i].registers = *changes[i].registers;
			changes[i].registers = &after[i].registers;
			changes[i].vector = after[i].has_vector ? &after[i].vector : NULL;
		}
		done = n > 0 && timeline_append(c->timeline, kind, changes, n);
		if (done)
			catch_arrived(c);
	}
	free(after);
	free(changes);
	return done;
}

/* -- the record of a stretch ---------------------------------------------------------- */

/* The stack grows, and maybe shrinks back from what it has written, without a call, but
 * not without a page fault: those are told with the stop, and to ask takes a quarter of a step. */
static bool stack_has_grown(struct control *c)
{
	uint64_t faults;
	bool told = process_faults(c->process, &faults);

	if (told && faults == c->faults)
		return false;
	c->faults = told ? faults : 0;
	return process_data_pages(c->process) != c->data_pages;
}

static int record_memory(struct control *c, bool *changed)
{
	int error = 0;

	*changed = false;
	if (c->regions_stale || !c->filter_reports || stack_has_grown(c))
		error = rescan_regions(c, changed);
	c->regions_stale = false;
	return error != 0 ? error : recorder_compare(&c->recorder, *changed);
}

static void end_program(struct control *c, int status)
{
	struct events *e = &c->timeline->events;

	e->ended = true;
	e->by_signal = WIFSIGNALED(status);
	e->status = e->by_signal ? WTERMSIG(status) : WEXITSTATUS(status);
	e->end_position = c->timeline->frontier;
}

/* Interrupted within the call, it has done nothing yet: it goes on next time. */
static bool nothing_done(const struct control *c)
{
	const struct tracee *t = c->stretch.thread;

	return c->stretch.kind == STRETCH_KERNEL && t != NULL && t->in_call &&
	    (c->stretch.end == END_BLOCKED || c->stretch.end == END_PAUSED);
}

static void after_kernel(struct control *c)
{
	static const struct decoded call = { .class = CLASS_SYSCALL };
	struct tracee *t = c->stretch.thread;
	const struct registers *before = t != NULL ? registers_in_log(c, t) : NULL;

	/* Recorded within its call, it stands behind the instruction already. */
	if (c->stretch.kind == STRETCH_KERNEL && before != NULL && t->stop.kind == STOP_STEP)
		arch_after_step(t->tid, arch_in_call(before) ? &call :
		    decode_at(c, before->word[REG_PC]), &t->registers);
}

static void append_stretch(struct control *c, bool *changed)
{
	struct stretch *s = &c->stretch;
	int error;

	after_kernel(c);
	calls_stand(c);
	error = record_memory(c, changed);
	if (!append_threads(c, s->kind == STRETCH_KERNEL ? RECORD_SYSCALL : RECORD_MACRO))
		error = -1;
	watch_recorded(c);
	kept_masks(c);
	c->incomplete = error != 0 && s->end != END_EXIT;
	if (s->kind != STRETCH_KERNEL)
		events_macro(&c->timeline->events, c->timeline->frontier,
		    s->end == END_EXIT ? "exit" : s->name, microseconds_since(&s->began), s->made);
}

static void where_all_stand(struct control *c)
{
	for (struct tracee *t = process_threads(c->process); t != NULL; t = t->next)
		if (t->id > 0 && t->stopped && t->stop.kind != STOP_EXITING)
			t->own = is_stepped(c, t->registers.word[REG_PC]);
}

/* Who stands at its end is past saving, and recorded: it must not keep its memory,
 * which it may have been killed for. */
static void let_leave(struct control *c)
{
	struct tracee *next;

	for (struct tracee *t = process_threads(c->process); t != NULL; t = next) {
		next = t->next;
		if (t->id > 0 && t->stopped && t->stop.kind == STOP_EXITING)
			tracee_continue(t);
	}
}

static void finish_stretch(struct control *c, bool changed)
{
	struct stretch s = c->stretch;
	struct view *view;

	c->stretch.kind = STRETCH_NONE;
	c->stretch.passing = NULL;
	over_finish(c);
	where_all_stand(c);
	c->current = s.end == END_BLOCKED || s.thread == NULL ? pick_thread(c, s.thread) : s.thread;
	if (c->current != NULL && c->current->stopped)
		tracee_unblock_trap(c->current);
	if (s.end == END_EXIT) {
		end_program(c, s.status);
		let_leave(c);
	} else if (s.end == END_SIGNAL && s.thread != NULL) {
		signal_held(c, s.thread);
		ahead_fatal(c);
	}
	c->ahead.native |= s.kind == STRETCH_RUN;
	if (changed && (view = timeline_view(c->timeline, c->timeline->frontier, 0)) != NULL) {
		image_update(c->setup.image, view);
		free(view);
		if (c->setup.on_images != NULL)
			c->setup.on_images(c->setup.arg);
	}
	pump_soon(c);
}

void stretch_record(struct control *c)
{
	bool changed = false;

	event_del(c->blocked_event);
	process_unplant(c->process);
	process_watch_on(c->process, false);
	if (c->stretch.end != END_EXIT && c->stretch.end != END_GONE)
		guard(c, false);
	pty_drain(c->pty);
	if (c->stretch.kind == STRETCH_START) {
		start_complete(c);
		return;
	}
	if (!nothing_done(c))
		append_stretch(c, &changed);
	else if (c->stretch.end == END_BLOCKED)
		calls_stand(c);		/* its end may come in another one's stretch */
	finish_stretch(c, changed);
}

/* -- the end ------------------------------------------------------------------ */

/* It has left, by a kill from outside or as it was made to: nothing more can be
 * read, the moment before is what there is. */
void program_ended(struct control *c, int status)
{
	const struct moment_thread *last;
	struct thread_change change;
	struct registers registers;

	process_unpin(c->process);
	if (c->timeline == NULL || !c->started) {
		c->stretch.kind = STRETCH_START;
		c->stretch.end = END_GONE;
		c->stretch.status = status;
		start_complete(c);
		return;
	}
	event_del(c->blocked_event);
	pty_drain(c->pty);
	c->stretch.kind = STRETCH_NONE;
	over_finish(c);
	if (!has_ended(c)) {
		last = &c->timeline->now.threads[c->timeline->now.current];
		registers = last->registers;
		change = (struct thread_change){ .id = last->id, .registers = &registers };
		timeline_append(c->timeline, RECORD_EXIT, &change, 1);
		end_program(c, status);
		c->killed = true;
	}
	tell_live(c);
	pump_soon(c);
}
