/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One end of a channel between two processes: an AF_UNIX SOCK_SEQPACKET
 * socket, one message a packet, descriptors beside it (unix(7), cmsg(3)), on a
 * libevent loop.  Bufferevents keep neither packet bounds nor descriptors, so
 * these are plain events and a bounded queue.
 *
 * The first packet each way is HELLO with the table's hash and the sender's
 * kind; anything else, or a HELLO that does not match, closes the channel.
 * A peer that sends what the table does not allow loses its channel: it is
 * logged, on_close is called, no handler runs.
 */
#ifndef PT_CHAN_H
#define PT_CHAN_H

#include <event2/event.h>

#include "src/msg.h"

struct chan;

/* A process's handlers, indexed by message; see handlers.h. */
typedef void (*chan_handler)(struct chan *, void *msg);

struct chan_setup {
	struct event_base *base;
	int fd;				/* becomes the channel's own, set non-blocking */
	enum msg_peer self, peer;
	const chan_handler *handlers;	/* [MSG_COUNT] */
	size_t queue_max;		/* bytes waiting to be sent; 0: 1 MiB */
	/* HELLO has been exchanged; may be NULL. */
	void (*on_ready)(struct chan *);
	/* The peer has gone or was dropped; why is for the log, never NULL.
	 * The channel is freed after this returns: do not call chan_free(). */
	void (*on_close)(struct chan *, const char *why);
	/* The queue was over half full and has drained; may be NULL. */
	void (*on_drain)(struct chan *);
	void *arg;			/* chan_arg() */
};

/* Open this end.  Returns NULL when memory or the event loop fails; fd is
 * closed then too.  chan_free() closes and frees; it does not call on_close,
 * and is safe inside a handler. */
struct chan *chan_new(const struct chan_setup *);
void chan_free(struct chan *);

void *chan_arg(const struct chan *);
enum msg_state chan_state(const struct chan *);
void chan_set_state(struct chan *, enum msg_state);

/* Bytes that wait to be sent. */
size_t chan_queued(const struct chan *);

/* Stop and go on reading: back-pressure on one peer. */
void chan_pause(struct chan *, bool paused);

/*
 * Send *msg, a struct msg_NAME of that type; used through send_NAME() below.
 * Descriptors in it are duplicated for the queue where needed; the caller
 * keeps (and closes) its own.  0, or a MSG_E… (over a limit, not legal for
 * this end), or -ENOBUFS when the queue is full: the caller decides whether
 * the peer is too slow to live.
 */
int chan_send(struct chan *, unsigned type, const void *msg);

/* A socketpair of the kind channels use: SEQPACKET, close-on-exec, non-blocking.
 * 0 or -errno. */
int chan_pair(int fd[2]);

#define MSG(n, from, to, states) \
	static inline int send_##n(struct chan *c, const struct msg_##n *m) \
	{ return chan_send(c, MSG_##n, m); }
#include "src/msg.def"

#endif
