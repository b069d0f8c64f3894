/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Messages between processes: structures, encoder and bounded decoder, all
 * from the one table in msg.def.
 *
 * A struct msg_NAME has a member for each field, in the table's order:
 *	UINT  uint64_t f;
 *	STR   char f[max + 1];			always NUL-terminated
 *	BIN   const uint8_t *f; size_t f_len;	borrowed: from the packet when decoded
 *	ARRAY struct record_R f[max]; size_t f_len;
 *	FD    int f;  FDOPT  int f;  (-1: none)
 *
 * Ownership of descriptors: encoding borrows them (the sender closes its own
 * after the send); decoding hands them to the struct, and the handler that
 * keeps one sets the member to -1.  Whatever is left is closed by
 * msg_close_fds().
 */
#ifndef PT_MSG_H
#define PT_MSG_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>

#define SESSION_ID_MAX	64		/* "[NODE.]" + 22 characters base64url */
#define OWNER_MAX	128
#define BODY_MAX	(8u << 20)	/* a request's body, bytes */
#define PAYLOAD_MAX	(120u << 10)	/* one session-protocol request or answer */
#define MSG_PACKET_MAX	(128u << 10)
#define MSG_FDS_MAX	4

/* The processes, as bits so that a set of them can be tested. */
enum msg_peer {
	PEER_NONE = 0,
	PEER_HTTPD,
	PEER_BROKER,
	PEER_COMPILER,
	PEER_TRACER,
	PEER_COUNT,
};

/* States of a channel's end.  chan.c moves it from NEW to READY when HELLO
 * has been exchanged; the owner moves it on with chan_set_state(). */
enum msg_state {
	CHAN_NEW   = 1 << 0,
	CHAN_READY = 1 << 1,
	CHAN_BUSY  = 1 << 2,	/* a job or a trace has been given */
	CHAN_DONE  = 1 << 3,	/* the one answer has come: nothing more is legal */
};

/* A session's phase, as GET /sessions shows it. */
enum session_phase {
	PHASE_QUEUED, PHASE_COMPILING, PHASE_STARTING, PHASE_LIVE,
	PHASE_MAX = PHASE_LIVE,
};

enum isolation { ISOLATION_NONE, ISOLATION_RESTRICTED, ISOLATION_NAMESPACES, ISOLATION_MAX = ISOLATION_NAMESPACES };

enum msg_type {
	MSG_HELLO = 0,
#define MSG(n, from, to, states) MSG_##n,
#include "src/msg.def"
	MSG_COUNT,
};

#define RECORD(n) struct record_##n {
#define END_RECORD(n) };
#define MSG(n, from, to, states) struct msg_##n {
#define UINT(f, max) uint64_t f;
#define STR(f, max) char f[(max) + 1];
#define BIN(f, max) const uint8_t *f; size_t f##_len;
#define ARRAY(f, r, max) struct record_##r f[max]; size_t f##_len;
#define FD(f) int f;
#define FDOPT(f) int f;
#define END(n) };
#include "src/msg.def"

/* Big enough for any message, decoded. */
union msg_any {
#define MSG(n, from, to, states) struct msg_##n n;
#include "src/msg.def"
};

enum msg_error {
	MSG_OK = 0,
	MSG_EFORMAT = -1,	/* not the msgpack that the table asks for, or bytes left over */
	MSG_ETYPE = -2,		/* no such message */
	MSG_ERANGE = -3,	/* a number, string or array over its maximum */
	MSG_EPEER = -4,		/* not from this sender, or not to this receiver */
	MSG_ESTATE = -5,	/* not legal in this state of the channel */
	MSG_EFDS = -6,		/* more or fewer descriptors than announced */
	MSG_ESPACE = -7,	/* the packet would be over MSG_PACKET_MAX */
};

/* The table's hash (FNV-1a, 64 bits, over names, peers, states, fields and
 * limits): two binaries that disagree about the table refuse each other. */
uint64_t msg_hash(void);

/* "create", or "?" for a number that is not in the table. */
const char *msg_name(unsigned type);
const char *msg_strerror(int error);

/*
 * Encode *msg (a struct msg_NAME of this type) into packet[MSG_PACKET_MAX].
 * *len gets the bytes used, fds[MSG_FDS_MAX] and *nfds the descriptors to send
 * along, borrowed from *msg.  A value over its table maximum is MSG_ERANGE.
 */
int msg_encode(unsigned type, const void *msg, uint8_t *packet, size_t *len,
    int fds[MSG_FDS_MAX], size_t *nfds);

/*
 * Decode one packet that came from `from` to `self` in channel state `state`
 * into *msg; *type says which member is filled.  Legality is checked before
 * any field is read.  On success the fds belong to *msg; on any error they
 * are closed.  Allocates nothing: BIN fields point into packet.
 */
int msg_decode(const uint8_t *packet, size_t len, const int *fds, size_t nfds,
    enum msg_peer from, enum msg_peer self, enum msg_state state,
    unsigned *type, union msg_any *msg);

/* Close the descriptors that the handler has left in *msg. */
void msg_close_fds(unsigned type, void *msg);

/* One row of the table as text, for documents and fuzz dictionaries:
 * calls line(arg, text) for each. */
void msg_describe(void (*line)(void *arg, const char *text), void *arg);

#endif
