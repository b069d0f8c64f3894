/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The timeline as it was when a position was its newest. */
#include <stdlib.h>
#include <string.h>

#include "tracer/timeline/block.h"

/* Where a position is in the log. */
struct place {
	size_t block, records;	/* of the block that are kept */
	size_t length;		/* of its log with them */
	uint64_t last;		/* address context behind them */
	struct brief brief;
	bool vectors_changed;	/* since the newest block that is kept begins */
};

/* -- finding it: whatever needs memory comes first ---------------------------------- */

/* The vector states of all threads of ->scratch, which timeline_vector() uses, too. */
static bool take_vectors(struct timeline *t, uint64_t position)
{
	size_t count = t->scratch.count, n = 0;
	struct vector_state *all = calloc(count, sizeof *all);
	int *ids = calloc(count, sizeof *ids);
	bool done = all != NULL && ids != NULL;

	for (size_t i = 0; done && i < count; i++)
		ids[i] = t->scratch.threads[i].id;
	for (size_t i = 0; done && i < count; i++)
		done = timeline_vector(t, position, ids[i], &all[i]);
	for (; done && n < count; n++) {
		struct vector_state **vector = &t->scratch.threads[n].vector;

		*vector = malloc(sizeof **vector);
		if (*vector == NULL)
			done = false;
		else
			**vector = all[n];
	}
	if (!done)
		moment_forget_vectors(&t->scratch);
	free(ids);
	free(all);
	return done;
}

/* The block's moment into ->scratch, and through the records that are kept. */
static bool find_place(struct timeline *t, uint64_t position, struct place *at)
{
	const struct block *b = &t->blocks[at->block];
	struct record_info info;
	struct decoder d;

	timeline_brief(t, position, &at->brief);	/* uses ->scratch, too */
	if (at->brief.thread == 0 || !block_moment(b, &d, &t->scratch))
		return false;
	for (size_t i = 0; i < at->records; i++) {
		decode_record(&d, &t->scratch, &info);
		decode_skip_writes(&d);
	}
	at->length = (size_t)(d.at - b->log.data);
	at->last = d.last;
	at->vectors_changed = at->records > 0 ? d.vectors_changed : b->vectors_block == at->block;
	return take_vectors(t, position);
}

/* -- the shadow ------------------------------------------------------------------------ */

/* Old ^ new, whichever way. */
static void take_back(struct timeline *t, const struct write *w)
{
	struct page *page = pages_find(&t->pages, w->address / SHADOW_PAGE);
	uint8_t *bytes = page->bytes + w->address % SHADOW_PAGE;

	for (size_t i = 0; i < w->xor_length; i++)
		bytes[i] ^= w->xor[i];
}

/* Of the record that was being made. */
static void take_back_unfinished(struct timeline *t)
{
	struct decoder d = { .at = t->writes.data, .end = t->writes.data + t->writes.length,
		.last = t->writes_from, .more = t->writes_any };
	struct write w;

	while (decode_write(&d, &w))
		take_back(t, &w);
	t->writes.length = 0;
	t->writes_any = false;
}

static void take_back_block(struct timeline *t, size_t block, size_t kept)
{
	struct decoder d = block_decoder(&t->blocks[block]);
	size_t count = block_records(t, block);
	struct record_info info;
	struct write w;

	for (size_t i = 0; i < count; i++) {
		decode_record(&d, NULL, &info);
		while (decode_write(&d, &w))
			if (i >= kept)
				take_back(t, &w);
	}
}

/* The pages that the records kept of the block have written. */
static void keep_pages(struct timeline *t, const struct place *at)
{
	struct decoder d = block_decoder(&t->blocks[at->block]);
	struct record_info info;
	struct write w;

	for (size_t i = 0; i < at->records; i++) {
		decode_record(&d, NULL, &info);
		while (decode_write(&d, &w))
			pages_keep(pages_find(&t->pages, w.address / SHADOW_PAGE), (uint32_t)at->block);
	}
}

static void cut_pages(struct timeline *t, const struct place *at)
{
	take_back_unfinished(t);
	for (size_t i = at->block; i < t->block_count; i++)
		take_back_block(t, i, i == at->block ? at->records : 0);
	pages_cut(&t->pages, (uint32_t)at->block);
	keep_pages(t, at);
	pages_cut_done(&t->pages);
}

/* -- the log ------------------------------------------------------------------------------ */

static void cut_blocks(struct timeline *t, const struct place *at)
{
	size_t kept = at->block + (at->records > 0);

	for (size_t i = at->block; i < t->block_count; i++) {
		struct block *b = &t->blocks[i];

		if (block_records(t, i) == BLOCK_RECORDS)
			t->log_memory -= b->log.capacity;
		if (i < kept)
			continue;
		t->log_memory -= sizeof *b;
		bytes_free(&b->log);
	}
	if (kept > at->block)
		t->blocks[at->block].log.length = at->length;
	t->block_count = kept;
}

bool timeline_cut(struct timeline *t, uint64_t position)
{
	struct place at = { .block = (size_t)(position / BLOCK_RECORDS),
	    .records = (size_t)(position % BLOCK_RECORDS) };
	struct moment was = t->now;

	if (position < t->frontier || t->writes_any) {
		if (!find_place(t, position, &at) || !index_cut(t, position))
			return false;
		cut_pages(t, &at);
		cut_blocks(t, &at);
		t->now = t->scratch;
		t->now.vectors_changed = at.vectors_changed;
		t->scratch = was;
		moment_forget_vectors(&t->scratch);
		t->last = at.last;
		t->newest = at.brief;
		t->frontier = position;
		t->briefs_count = 0;
	}
	regions_cut(&t->regions, position);
	events_cut(&t->events, position);
	return true;
}
