/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One description per field, made from msg.def; encoder, decoder and hash walk it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <msgpack.h>

#include "src/mpread.h"
#include "src/msg.h"

enum field_kind { FIELD_END, FIELD_UINT, FIELD_STR, FIELD_BIN, FIELD_ARRAY, FIELD_FD, FIELD_FDOPT };

struct field {
	enum field_kind kind;
	const char *name;
	size_t offset, length_offset;	/* in the message's struct */
	uint64_t max;
	const char *record_name;	/* FIELD_ARRAY */
	const struct field *(*record)(void);
	size_t stride;
};

/* Each message's (and record's) fields, ended by FIELD_END. */
#define RECORD(n) \
	static const struct field *record_fields_##n(void) { \
		typedef struct record_##n self; \
		static const struct field list[] = {
#define END_RECORD(n) { .kind = FIELD_END } }; return list; }
#define MSG(n, from, to, states) \
	static const struct field *message_fields_##n(void) { \
		typedef struct msg_##n self; \
		static const struct field list[] = {
#define END(n) { .kind = FIELD_END } }; return list; }
#define UINT(f, m) { .kind = FIELD_UINT, .name = #f, .offset = offsetof(self, f), .max = m },
#define STR(f, m) { .kind = FIELD_STR, .name = #f, .offset = offsetof(self, f), .max = m },
#define BIN(f, m) { .kind = FIELD_BIN, .name = #f, .offset = offsetof(self, f), \
	.length_offset = offsetof(self, f##_len), .max = m },
#define ARRAY(f, r, m) { .kind = FIELD_ARRAY, .name = #f, .offset = offsetof(self, f), \
	.length_offset = offsetof(self, f##_len), .max = m, .record_name = #r, \
	.record = record_fields_##r, .stride = sizeof(struct record_##r) },
#define FD(f) { .kind = FIELD_FD, .name = #f, .offset = offsetof(self, f) },
#define FDOPT(f) { .kind = FIELD_FDOPT, .name = #f, .offset = offsetof(self, f) },
#include "src/msg.def"

struct message {
	const char *name;
	enum msg_peer from, to;
	unsigned states;
	const struct field *(*fields)(void);
};

static const struct message table[MSG_COUNT] = {
	[MSG_HELLO] = { .name = "hello" },
#define MSG(n, sender, receiver, legal) [MSG_##n] = { .name = #n, .from = PEER_##sender, \
	.to = PEER_##receiver, .states = (legal), .fields = message_fields_##n },
#include "src/msg.def"
};

static const char *const peer_names[PEER_COUNT] = {
	[PEER_HTTPD] = "httpd", [PEER_BROKER] = "broker",
	[PEER_COMPILER] = "compiler", [PEER_TRACER] = "tracer",
};

const char *msg_name(unsigned type)
{
	return type < MSG_COUNT ? table[type].name : "?";
}

const char *msg_strerror(int error)
{
	switch (error) {
	case MSG_OK:
		return "no error";
	case MSG_EFORMAT:
		return "malformed message";
	case MSG_ETYPE:
		return "unknown message";
	case MSG_ERANGE:
		return "value over its limit";
	case MSG_EPEER:
		return "not a message of this peer's";
	case MSG_ESTATE:
		return "not legal in this state";
	case MSG_EFDS:
		return "unannounced or missing descriptors";
	case MSG_ESPACE:
		return "message does not fit a packet";
	default:
		return error < 0 ? strerror(-error) : "unknown error";
	}
}

static size_t field_count(const struct field *fields)
{
	size_t n = 0;

	while (fields[n].kind != FIELD_END)
		n++;
	return n;
}

/* -- encoding --------------------------------------------------------- */

struct encoding {
	uint8_t *packet;
	size_t used;
	int *fds;
	size_t nfds;
	msgpack_packer packer;
};

static int write_bytes(void *data, const char *bytes, size_t length)
{
	struct encoding *e = data;

	if (length > MSG_PACKET_MAX - e->used)
		return -1;
	memcpy(e->packet + e->used, bytes, length);
	e->used += length;
	return 0;
}

static int put_uint(struct encoding *e, uint64_t value, uint64_t max)
{
	if (value > max)
		return MSG_ERANGE;
	return msgpack_pack_uint64(&e->packer, value) < 0 ? MSG_ESPACE : MSG_OK;
}

static int put_str(struct encoding *e, const char *text, uint64_t max)
{
	size_t length = strnlen(text, (size_t)max + 1);

	if (length > max)
		return MSG_ERANGE;
	if (msgpack_pack_str(&e->packer, length) < 0 ||
	    msgpack_pack_str_body(&e->packer, text, length) < 0)
		return MSG_ESPACE;
	return MSG_OK;
}

static int put_bin(struct encoding *e, const uint8_t *bytes, size_t length, uint64_t max)
{
	if (length > max)
		return MSG_ERANGE;
	if (msgpack_pack_bin(&e->packer, length) < 0 ||
	    (length > 0 && msgpack_pack_bin_body(&e->packer, bytes, length) < 0))
		return MSG_ESPACE;
	return MSG_OK;
}

static int put_fd(struct encoding *e, int fd, bool optional)
{
	if (fd < 0 && !optional)
		return MSG_EFDS;
	if (fd >= 0)
		e->fds[e->nfds++] = fd;
	return (fd >= 0 ? msgpack_pack_true(&e->packer) :
	    msgpack_pack_false(&e->packer)) < 0 ? MSG_ESPACE : MSG_OK;
}

static int put_fields(struct encoding *, const struct field *, const uint8_t *);

static int put_array(struct encoding *e, const struct field *f, const uint8_t *rows, size_t count)
{
	int error = MSG_OK;

	if (count > f->max)
		return MSG_ERANGE;
	if (msgpack_pack_array(&e->packer, count) < 0)
		return MSG_ESPACE;
	for (size_t i = 0; i < count && error == MSG_OK; i++) {
		if (msgpack_pack_array(&e->packer, field_count(f->record())) < 0)
			return MSG_ESPACE;
		error = put_fields(e, f->record(), rows + i * f->stride);
	}
	return error;
}

static int put_field(struct encoding *e, const struct field *f, const uint8_t *base)
{
	const void *at = base + f->offset;
	const size_t *length = (const void *)(base + f->length_offset);

	switch (f->kind) {
	case FIELD_UINT:
		return put_uint(e, *(const uint64_t *)at, f->max);
	case FIELD_STR:
		return put_str(e, at, f->max);
	case FIELD_BIN:
		return put_bin(e, *(const uint8_t *const *)at, *length, f->max);
	case FIELD_ARRAY:
		return put_array(e, f, at, *length);
	case FIELD_FD:
	case FIELD_FDOPT:
		return put_fd(e, *(const int *)at, f->kind == FIELD_FDOPT);
	case FIELD_END:
		break;
	}
	return MSG_ETYPE;
}

static int put_fields(struct encoding *e, const struct field *f, const uint8_t *base)
{
	int error = MSG_OK;

	for (; f->kind != FIELD_END && error == MSG_OK; f++)
		error = put_field(e, f, base);
	return error;
}

int msg_encode(unsigned type, const void *msg, uint8_t *packet, size_t *len,
    int fds[MSG_FDS_MAX], size_t *nfds)
{
	struct encoding e = { .packet = packet, .fds = fds };
	const struct field *fields;
	int error;

	if (type == MSG_HELLO || type >= MSG_COUNT)
		return MSG_ETYPE;
	fields = table[type].fields();
	msgpack_packer_init(&e.packer, &e, write_bytes);
	if (msgpack_pack_array(&e.packer, field_count(fields) + 1) < 0 ||
	    msgpack_pack_uint32(&e.packer, type) < 0)
		return MSG_ESPACE;
	error = put_fields(&e, fields, msg);
	*len = e.used;
	*nfds = e.nfds;
	return error;
}

/* -- decoding --------------------------------------------------------- */

struct decoding {
	struct mpread in;
	const int *fds;
	size_t nfds, next_fd;
};

static int get_uint(struct decoding *d, uint64_t *value, uint64_t max)
{
	*value = mp_uint(&d->in);
	return *value > max ? MSG_ERANGE : MSG_OK;
}

static int get_str(struct decoding *d, char *text, uint64_t max)
{
	size_t length;
	const char *bytes = mp_str(&d->in, &length);

	text[0] = '\0';
	if (length > max)
		return MSG_ERANGE;
	if (memchr(bytes, '\0', length) != NULL)
		return MSG_EFORMAT;
	memcpy(text, bytes, length);
	text[length] = '\0';
	return MSG_OK;
}

static int get_fd(struct decoding *d, int *fd, bool optional)
{
	bool there = mp_bool(&d->in);

	*fd = -1;
	if (d->in.error)
		return MSG_EFORMAT;
	if (!there)
		return optional ? MSG_OK : MSG_EFDS;
	if (d->next_fd == d->nfds)
		return MSG_EFDS;
	*fd = d->fds[d->next_fd++];
	return MSG_OK;
}

static int get_fields(struct decoding *, const struct field *, uint8_t *);

static int get_array(struct decoding *d, const struct field *f, uint8_t *rows, size_t *count)
{
	size_t n = mp_array(&d->in), columns = field_count(f->record());
	int error = MSG_OK;

	*count = 0;
	if (n > f->max)
		return MSG_ERANGE;
	for (; *count < n && error == MSG_OK && !d->in.error; ++*count) {
		if (mp_array(&d->in) != columns)
			return MSG_EFORMAT;
		error = get_fields(d, f->record(), rows + *count * f->stride);
	}
	return error;
}

static int get_field(struct decoding *d, const struct field *f, uint8_t *base)
{
	void *at = base + f->offset;
	size_t *length = (void *)(base + f->length_offset);

	switch (f->kind) {
	case FIELD_UINT:
		return get_uint(d, at, f->max);
	case FIELD_STR:
		return get_str(d, at, f->max);
	case FIELD_BIN:
		*(const uint8_t **)at = mp_bin(&d->in, length);
		return *length > f->max ? MSG_ERANGE : MSG_OK;
	case FIELD_ARRAY:
		return get_array(d, f, at, length);
	case FIELD_FD:
	case FIELD_FDOPT:
		return get_fd(d, at, f->kind == FIELD_FDOPT);
	case FIELD_END:
		break;
	}
	return MSG_ETYPE;
}

static int get_fields(struct decoding *d, const struct field *f, uint8_t *base)
{
	int error = MSG_OK;

	for (; f->kind != FIELD_END && error == MSG_OK && !d->in.error; f++)
		error = get_field(d, f, base);
	return d->in.error ? MSG_EFORMAT : error;
}

/* Who may say it, to whom, and when: before any of its fields is looked at. */
static int check_legal(unsigned type, enum msg_peer from, enum msg_peer self, enum msg_state state)
{
	if (type == MSG_HELLO || type >= MSG_COUNT)
		return MSG_ETYPE;
	if (table[type].from != from || table[type].to != self)
		return MSG_EPEER;
	return (table[type].states & state) != 0 ? MSG_OK : MSG_ESTATE;
}

static int decode(struct decoding *d, enum msg_peer from, enum msg_peer self,
    enum msg_state state, unsigned *type, union msg_any *msg)
{
	size_t elements = mp_array(&d->in);
	uint64_t number = mp_uint(&d->in);
	const struct field *fields;
	int error;

	*type = MSG_HELLO;
	if (d->in.error || elements == 0)
		return MSG_EFORMAT;
	if (number >= MSG_COUNT)
		return MSG_ETYPE;
	*type = (unsigned)number;
	error = check_legal(*type, from, self, state);
	if (error != MSG_OK)
		return error;
	fields = table[*type].fields();
	if (elements != field_count(fields) + 1)
		return MSG_EFORMAT;
	error = get_fields(d, fields, (uint8_t *)msg);
	if (error == MSG_OK && !mp_end(&d->in))
		error = MSG_EFORMAT;
	if (error == MSG_OK && d->next_fd != d->nfds)
		error = MSG_EFDS;
	return error;
}

int msg_decode(const uint8_t *packet, size_t len, const int *fds, size_t nfds,
    enum msg_peer from, enum msg_peer self, enum msg_state state,
    unsigned *type, union msg_any *msg)
{
	struct decoding d = { .fds = fds, .nfds = nfds };
	int error;

	mp_start(&d.in, packet, len);
	error = decode(&d, from, self, state, type, msg);
	for (size_t i = 0; error != MSG_OK && i < nfds; i++)
		close(fds[i]);
	return error;
}

void msg_close_fds(unsigned type, void *msg)
{
	if (type == MSG_HELLO || type >= MSG_COUNT)
		return;
	for (const struct field *f = table[type].fields(); f->kind != FIELD_END; f++) {
		int *fd = (int *)(void *)((uint8_t *)msg + f->offset);

		if ((f->kind != FIELD_FD && f->kind != FIELD_FDOPT) || *fd < 0)
			continue;
		close(*fd);
		*fd = -1;
	}
}

/* -- the table as text ------------------------------------------------- */

static size_t describe_field(const struct field *f, char *text, size_t size)
{
	switch (f->kind) {
	case FIELD_UINT:
		return (size_t)snprintf(text, size, " %s: uint ≤ %" PRIu64, f->name, f->max);
	case FIELD_STR:
		return (size_t)snprintf(text, size, " %s: str ≤ %" PRIu64, f->name, f->max);
	case FIELD_BIN:
		return (size_t)snprintf(text, size, " %s: bin ≤ %" PRIu64, f->name, f->max);
	case FIELD_ARRAY:
		return (size_t)snprintf(text, size, " %s: %s[≤ %" PRIu64 "]", f->name,
		    f->record_name, f->max);
	case FIELD_FD:
		return (size_t)snprintf(text, size, " %s: fd", f->name);
	case FIELD_FDOPT:
		return (size_t)snprintf(text, size, " %s: fd?", f->name);
	case FIELD_END:
		break;
	}
	return 0;
}

static void describe_fields(const struct field *f, char *text, size_t size, size_t used)
{
	for (; f->kind != FIELD_END && used < size; f++) {
		used += describe_field(f, text + used, size - used);
		if (f[1].kind != FIELD_END && used + 1 < size)
			used += (size_t)snprintf(text + used, size - used, ",");
	}
}

static const char *describe_states(unsigned states)
{
	if (states == CHAN_READY)
		return "ready";
	return states == CHAN_BUSY ? "busy" : "any";
}

void msg_describe(void (*line)(void *arg, const char *text), void *arg)
{
	char text[1024];
	int used;

#define RECORD(n) \
	used = snprintf(text, sizeof text, "record %s | | |", #n); \
	describe_fields(record_fields_##n(), text, sizeof text, (size_t)used); \
	line(arg, text);
#include "src/msg.def"
	for (unsigned i = MSG_HELLO + 1; i < MSG_COUNT; i++) {
		used = snprintf(text, sizeof text, "%u %s | %s → %s | %s |", i, table[i].name,
		    peer_names[table[i].from], peer_names[table[i].to],
		    describe_states(table[i].states));
		describe_fields(table[i].fields(), text, sizeof text, (size_t)used);
		line(arg, text);
	}
}

static void hash_line(void *arg, const char *text)
{
	uint64_t *hash = arg;

	for (; *text != '\0'; text++)	/* FNV-1a */
		*hash = (*hash ^ (uint8_t)*text) * 0x100000001b3u;
}

uint64_t msg_hash(void)
{
	static uint64_t hash;

	if (hash == 0) {
		hash = 0xcbf29ce484222325u;
		msg_describe(hash_line, &hash);
	}
	return hash;
}
