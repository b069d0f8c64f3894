/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "tests/unit/fidelity.h"

enum { COPIES = 16, CHUNK = 64 * SHADOW_PAGE, LOOK_EVERY = 200, STEPS_AT_ONCE = 500 };

/* Memory as the process had it, page by page. */
struct copy {
	uint64_t position;
	uint64_t *pages;	/* addresses, ascending */
	uint8_t *bytes;
	size_t count, capacity;
};

struct fidelity {
	struct host *h;
	struct region *regions;	/* the process's own */
	size_t region_count;
	uint64_t *digests;	/* by position: the running thread's registers */
	size_t capacity;
	struct copy copies[COPIES];
	size_t copy_count;
	uint64_t keep;		/* position from which on the next is kept */
	uint8_t *buffer;	/* CHUNK */
};

static struct timeline *timeline(const struct fidelity *c)
{
	return c->h->control->timeline;
}

/* -- registers ---------------------------------------------------------------------- */

static uint64_t digest(const struct registers *r, const struct vector_state *v)
{
	uint64_t sum = 14695981039346656037ull;

	for (size_t i = 0; i < REGISTERS_COUNT; i++)
		sum = (sum ^ r->word[i]) * 1099511628211ull;
	for (size_t i = 0; i < VECTOR_WORDS; i++)
		sum = (sum ^ v->word[i]) * 1099511628211ull;
	return sum;
}

static void fail_here(const struct fidelity *c, const char *what, uint64_t where, uint64_t is, uint64_t said)
{
	struct brief now, before;
	uint8_t code[16];
	char text[40] = "";
	uint64_t frontier = timeline(c)->frontier;

	timeline_brief(timeline(c), frontier, &now);
	timeline_brief(timeline(c), frontier > 0 ? frontier - 1 : 0, &before);
	timeline_peek(timeline(c), before.pc, code, sizeof code);
	for (int i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", code[i]);
	fail_msg("position %" PRIu64 " (kind %d) behind %#" PRIx64 " (%s): %s %#" PRIx64 " is %#" PRIx64
	    ", the timeline says %#" PRIx64, frontier, (int)now.kind, before.pc, text, what, where, is, said);
}

static void compare_words(const struct fidelity *c, const char *what, const uint64_t *is,
    const uint64_t *said, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (is[i] != said[i])
			fail_here(c, what, i, is[i], said[i]);
}

/* As ptrace(2) has them; the trap flag is the tracer's, and the resume flag the processor's. */
static void compare_thread(const struct fidelity *c, const struct tracee *t)
{
	const struct moment_thread *m = moment_find(&timeline(c)->now, t->id);
	struct registers registers;
	struct vector_state vector;
	struct iovec iov = { &registers, sizeof registers };

	assert_non_null(m);
	assert_int_equal(ptrace(PTRACE_GETREGSET, t->tid, NT_PRSTATUS, &iov), 0);
	arch_tidy(&registers);
	if (t->moved)		/* the pc is written when it goes on */
		registers.word[REG_PC] = t->registers.word[REG_PC];
	compare_words(c, "register", registers.word, m->registers.word, REGISTERS_COUNT);
	assert_int_equal(tracee_get_vector(t, &vector), 0);
	compare_words(c, "vector word", vector.word, m->vector->word, VECTOR_WORDS);
}

static void keep_digest(struct fidelity *c)
{
	const struct moment_thread *m = &timeline(c)->now.threads[timeline(c)->now.current];
	uint64_t position = timeline(c)->frontier;

	while (position >= c->capacity) {
		c->capacity = c->capacity > 0 ? 2 * c->capacity : 1024;
		c->digests = realloc(c->digests, c->capacity * sizeof *c->digests);
		assert_non_null(c->digests);
	}
	c->digests[position] = digest(&m->registers, m->vector);
}

static void compare_registers(struct fidelity *c)
{
	for (struct tracee *t = process_threads(c->h->control->process); t != NULL; t = t->next)
		if (t->id > 0 && t->stopped && !t->exited && !t->in_call)
			compare_thread(c, t);
	keep_digest(c);
}

/* -- memory --------------------------------------------------------------------------- */

static void look_at_regions(struct fidelity *c)
{
	free(c->regions);
	assert_int_equal(process_regions(c->h->control->process, &c->regions, &c->region_count), 0);
}

static bool is_writable(const struct region *r)
{
	return (r->protection & (PROT_READ | PROT_WRITE)) == (PROT_READ | PROT_WRITE);
}

static void compare_page(struct fidelity *c, uint64_t address, const uint8_t *is)
{
	uint8_t buffer[SHADOW_PAGE];
	const uint8_t *said = timeline_page(timeline(c), address, buffer);

	if (memcmp(is, said, SHADOW_PAGE) == 0)
		return;
	for (size_t i = 0; i < SHADOW_PAGE; i++)
		if (is[i] != said[i])
			fail_here(c, "byte", address + i, is[i], said[i]);
}

static void keep_page(struct copy *copy, uint64_t address, const uint8_t *bytes)
{
	if (copy->count == copy->capacity) {
		copy->capacity = copy->capacity > 0 ? 2 * copy->capacity : 64;
		copy->pages = realloc(copy->pages, copy->capacity * sizeof *copy->pages);
		copy->bytes = realloc(copy->bytes, copy->capacity * SHADOW_PAGE);
		assert_true(copy->pages != NULL && copy->bytes != NULL);
	}
	copy->pages[copy->count] = address;
	memcpy(copy->bytes + copy->count * SHADOW_PAGE, bytes, SHADOW_PAGE);
	copy->count++;
}

/* Each page of writable memory, as the process has it: compared, and maybe kept. */
static void each_page(struct fidelity *c, struct copy *copy)
{
	for (size_t i = 0; i < c->region_count; i++) {
		const struct region *r = &c->regions[i];

		for (uint64_t at = r->start; is_writable(r) && at < r->end; at += CHUNK) {
			size_t want = r->end - at < CHUNK ? (size_t)(r->end - at) : CHUNK;
			size_t got = process_read(c->h->control->process, at, c->buffer, want);

			for (size_t in = 0; in + SHADOW_PAGE <= got; in += SHADOW_PAGE) {
				compare_page(c, at + in, c->buffer + in);
				if (copy != NULL)
					keep_page(copy, at + in, c->buffer + in);
			}
		}
	}
}

static void look(struct fidelity *c, struct copy *copy)
{
	uint64_t position = timeline(c)->frontier;

	/* A step changes no mapping, but may have the stack grow. */
	if (copy != NULL || position % LOOK_EVERY == 0 || timeline(c)->newest.kind != RECORD_INSTRUCTION)
		look_at_regions(c);
	if (copy != NULL)
		copy->position = position;
	compare_registers(c);
	each_page(c, copy);
}

static void on_record(void *arg)
{
	struct fidelity *c = arg;
	uint64_t position = timeline(c)->frontier;

	if (timeline(c)->newest.kind == RECORD_EXIT) {	/* the process may be gone */
		keep_digest(c);
	} else if (position < c->keep || c->copy_count == COPIES) {
		look(c, NULL);
	} else {
		look(c, &c->copies[c->copy_count++]);
		c->keep = 2 * position;
	}
}

struct fidelity *fidelity_begin(struct host *h)
{
	struct fidelity *c = calloc(1, sizeof *c);

	assert_non_null(c);
	c->h = h;
	c->keep = 1;
	c->buffer = malloc(CHUNK);
	assert_non_null(c->buffer);
	look(c, &c->copies[c->copy_count++]);
	timeline(c)->appended_arg = c;
	timeline(c)->appended = on_record;
	return c;
}

/* -- the way back ------------------------------------------------------------------------ */

static void registers_are_as_they_were(const struct fidelity *c)
{
	for (uint64_t p = timeline(c)->frontier + 1; p-- > 0; ) {
		struct view *v = timeline_view(timeline(c), p, 0);
		struct vector_state vector;

		assert_non_null(v);
		assert_true(view_vector(v, &vector));
		if (digest(&v->registers, &vector) != c->digests[p])
			fail_msg("going back, position %" PRIu64 " has other registers than it had", p);
		free(v);
	}
}

static void memory_is_as_it_was(const struct fidelity *c, const struct copy *copy)
{
	struct view *v = timeline_view(timeline(c), copy->position, 0);
	uint8_t page[SHADOW_PAGE];

	assert_non_null(v);
	for (size_t i = 0; i < copy->count; i++) {
		assert_true(view_read_all(v, copy->pages[i], page, SHADOW_PAGE));
		assert_memory_equal(page, copy->bytes + i * SHADOW_PAGE, SHADOW_PAGE);
	}
	free(v);
}

static uint8_t *page_of(const struct copy *copy, uint8_t *bytes, uint64_t address)
{
	size_t low = 0, high = copy->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (copy->pages[middle] + SHADOW_PAGE <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < copy->count && copy->pages[low] <= address ? bytes + low * SHADOW_PAGE : NULL;
}

static void undo_block(const struct fidelity *c, size_t block, const struct copy *start, uint8_t *bytes)
{
	const struct block *b = &timeline(c)->blocks[block];
	struct decoder d = { .at = b->log.data + b->start, .last = b->last };
	uint64_t left = timeline(c)->frontier - (uint64_t)block * BLOCK_RECORDS;
	struct record_info info;
	struct write w;

	for (uint64_t i = 0; i < BLOCK_RECORDS && i < left; i++) {
		decode_record(&d, NULL, &info);
		while (decode_write(&d, &w)) {
			uint8_t *page = page_of(start, bytes, w.address);

			for (size_t k = 0; page != NULL && k < w.xor_length; k++)
				page[w.address % SHADOW_PAGE + k] ^= w.xor[k];
		}
	}
}

/* From what memory holds at the end, by the log alone. */
static void log_undone(const struct fidelity *c, const struct copy *start)
{
	uint8_t *bytes = malloc(start->count * SHADOW_PAGE), buffer[SHADOW_PAGE];

	assert_non_null(bytes);
	for (size_t i = 0; i < start->count; i++)
		memcpy(bytes + i * SHADOW_PAGE,
		    pages_find(&timeline(c)->pages, start->pages[i] / SHADOW_PAGE) != NULL ?
		    timeline_page(timeline(c), start->pages[i], buffer) :
		    start->bytes + i * SHADOW_PAGE /* never written */, SHADOW_PAGE);
	for (size_t block = timeline(c)->block_count; block-- > 0; )
		undo_block(c, block, start, bytes);
	assert_memory_equal(bytes, start->bytes, start->count * SHADOW_PAGE);
	free(bytes);
}

/* -- the whole ------------------------------------------------------------------------------ */

void fidelity_end(struct fidelity *c)
{
	timeline(c)->appended = NULL;
	registers_are_as_they_were(c);
	for (size_t i = c->copy_count; i-- > 0; )
		memory_is_as_it_was(c, &c->copies[i]);
	log_undone(c, &c->copies[0]);
	for (size_t i = 0; i < c->copy_count; i++) {
		free(c->copies[i].pages);
		free(c->copies[i].bytes);
	}
	free(c->regions);
	free(c->digests);
	free(c->buffer);
	free(c);
}

static void to_the_end(struct fidelity *c, bool enter)
{
	const struct control_command command = { .kind = CONTROL_STEP_IN, .by_instruction = true,
	    .enter = enter, .count = STEPS_AT_ONCE };
	enum control_reason reason;

	do
		reason = host_do(c->h, command);
	while (reason == REASON_STEP || reason == REASON_EXCEPTION);
	if (reason != REASON_EXITED)
		fail_here(c, "the command's end", 0, reason, REASON_EXITED);
}

uint64_t fidelity_check(const char *source, const struct fidelity_options *o)
{
	struct fidelity *c;
	struct host h;
	uint64_t steps;
	int code = -1;

	host_start(&h, source, &o->host);
	assert_string_equal(h.why, "");
	c = fidelity_begin(&h);
	to_the_end(c, o->enter);
	if (!control_exit_code(h.control, &code))
		fail_here(c, "the signal that ended it", 0, (uint64_t)control_signal_at(h.control,
		    control_frontier(h.control)).number, 0);
	assert_int_equal(code, o->exit_code);
	steps = control_frontier(h.control);
	print_message("# %" PRIu64 " steps, %.1f bytes a step\n", steps,
	    (double)timeline(c)->log_memory / (double)steps);
	assert_true(steps >= o->steps);
	fidelity_end(c);
	host_stop(&h);
	return steps;
}
