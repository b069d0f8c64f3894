/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Writing an answer as it is found out, in either encoding and never over a
 * limit.  What would not fit is not written and `overflow' sticks; a list takes
 * a mark before each member and goes back to it, so that an answer is always
 * whole.  Closing what is open always fits.
 *
 *	msgpack	64-bit machine words are fixed uint64 (0xcf), bytes are bin
 *	JSON	they are "0x…" strings and base64
 *
 * All text is made UTF-8: a byte that is not becomes U+FFFD.
 */
#ifndef PT_WRITER_H
#define PT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum encoding { ENCODING_JSON = 0, ENCODING_MSGPACK = 1 };	/* as msg.def's request has it */

#define WRITER_DEPTH 12

struct writer {
	enum encoding encoding;
	uint8_t *data;
	size_t length, limit;
	bool overflow;
	bool value_due;			/* a key has been written */
	unsigned depth;
	struct {
		size_t header;		/* where msgpack's count is to be put */
		uint32_t count;
	} open[WRITER_DEPTH];
};

struct w_mark {
	size_t length;
	uint32_t count;
	unsigned depth;
	bool value_due;
};

/* limit: bytes of the whole answer.  false: no memory (every w_… is then an overflow). */
bool w_init(struct writer *, enum encoding, size_t limit);
void w_free(struct writer *);

void w_begin_map(struct writer *);
void w_end_map(struct writer *);
void w_begin_list(struct writer *);
void w_end_list(struct writer *);

/* A map's next key; key is ours and plain ASCII for w_key(), a stranger's text for w_key_text(). */
void w_key(struct writer *, const char *key);
void w_key_text(struct writer *, const char *key, size_t length);

void w_uint(struct writer *, uint64_t);		/* positions, counts, lines */
void w_int(struct writer *, int64_t);
void w_bool(struct writer *, bool);
void w_word(struct writer *, uint64_t);		/* addresses, machine words */
void w_bytes(struct writer *, const void *, size_t length);
void w_text(struct writer *, const char *text, size_t length);

/* As much of the text's end as takes at most `room' encoded bytes; returns how
 * many bytes of text that was. */
size_t w_text_end(struct writer *, const char *text, size_t length, size_t room);
/* As much of the text's start; never half a sequence unless that is all there is. */
size_t w_text_start(struct writer *, const char *text, size_t length, size_t room);

/* A NUL-terminated text; and keys with their values. */
void w_string(struct writer *, const char *);
void w_key_uint(struct writer *, const char *key, uint64_t);
void w_key_bool(struct writer *, const char *key, bool);
void w_key_word(struct writer *, const char *key, uint64_t);
void w_key_string(struct writer *, const char *key, const char *);
void w_key_map(struct writer *, const char *key);
void w_key_list(struct writer *, const char *key);

/* Take back everything since the mark, the overflow too.  Only while what was
 * open at the mark still is. */
struct w_mark w_mark(const struct writer *);
void w_rewind(struct writer *, struct w_mark);

/* Keep bytes for what has to follow, and give them back. */
void w_reserve(struct writer *, size_t);
void w_release(struct writer *, size_t);
size_t w_room(const struct writer *);

#endif
