/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <msgpack.h>

#include "src/chan.h"
#include "src/cleanup.h"
#include "src/fdutil.h"
#include "src/log.h"
#include "src/mpread.h"

#define QUEUE_DEFAULT (1u << 20)
#define PACKETS_AT_ONCE 16	/* then the other events have their turn */

struct packet {
	STAILQ_ENTRY(packet) link;
	size_t length, nfds;
	int fds[MSG_FDS_MAX];	/* duplicates, ours */
	uint8_t bytes[];
};

struct chan {
	struct chan_setup setup;
	struct event *readable, *writable;
	enum msg_state state;
	STAILQ_HEAD(, packet) queue;
	size_t queued;
	bool was_full;		/* on_drain is owed */
	bool paused;
	bool in_handler, freed;	/* chan_free() from within: the memory stays until we are out */
};

/* One process is one thread, and handlers do not run the loop: one buffer and
 * one decoded message serve all channels. */
static uint8_t receive_buffer[MSG_PACKET_MAX];
static union msg_any received;

int chan_pair(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) < 0)
		return -errno;
	return 0;
}

static void free_packet(struct packet *p)
{
	for (size_t i = 0; i < p->nfds; i++)
		close(p->fds[i]);
	free(p);
}

static void shut(struct chan *c)
{
	struct packet *p;

	if (c->readable != NULL)
		event_free(c->readable);
	if (c->writable != NULL)
		event_free(c->writable);
	c->readable = c->writable = NULL;
	if (c->setup.fd >= 0)
		close(c->setup.fd);
	c->setup.fd = -1;
	while ((p = STAILQ_FIRST(&c->queue)) != NULL) {
		STAILQ_REMOVE_HEAD(&c->queue, link);
		free_packet(p);
	}
}

void chan_free(struct chan *c)
{
	if (c == NULL || c->freed)
		return;
	shut(c);
	c->freed = true;
	if (!c->in_handler)
		free(c);
}

/* The peer is gone or not to be trusted any longer. */
static void drop(struct chan *c, const char *why)
{
	c->in_handler = true;
	if (c->setup.on_close != NULL)
		c->setup.on_close(c, why);
	c->in_handler = false;
	if (c->freed) {
		free(c);
		return;
	}
	chan_free(c);
}

/* -- sending ------------------------------------------------------------ */

/* Bytes sent, or -errno. */
static ssize_t send_packet(int fd, const uint8_t *bytes, size_t length, const int *fds, size_t nfds)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * MSG_FDS_MAX)];
	} control = { 0 };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = length };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (nfds > 0) {
		header.msg_control = control.space;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(&control.header), fds, sizeof(int) * nfds);
	}
	do
		n = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static bool would_block(ssize_t error)
{
	return error == -EAGAIN || error == -ENOBUFS || error == -ENOMEM;
}

/* A packet that cannot go now; takes duplicates of the descriptors. */
static int enqueue(struct chan *c, const uint8_t *bytes, size_t length, const int *fds, size_t nfds)
{
	struct packet *p;

	if (c->queued + length > c->setup.queue_max)
		return -ENOBUFS;
	p = malloc(sizeof *p + length);
	if (p == NULL)
		return -ENOMEM;
	memcpy(p->bytes, bytes, length);
	p->length = length;
	for (p->nfds = 0; p->nfds < nfds; p->nfds++) {
		p->fds[p->nfds] = fcntl(fds[p->nfds], F_DUPFD_CLOEXEC, 0);
		if (p->fds[p->nfds] < 0) {
			int error = -errno;

			free_packet(p);
			return error;
		}
	}
	STAILQ_INSERT_TAIL(&c->queue, p, link);
	c->queued += length;
	c->was_full |= c->queued > c->setup.queue_max / 2;
	event_add(c->writable, NULL);
	return 0;
}

static int transmit(struct chan *c, const uint8_t *bytes, size_t length, const int *fds, size_t nfds)
{
	ssize_t n;

	if (c->setup.fd < 0)
		return -EPIPE;
	if (!STAILQ_EMPTY(&c->queue))
		return enqueue(c, bytes, length, fds, nfds);
	n = send_packet(c->setup.fd, bytes, length, fds, nfds);
	if (n >= 0)
		return 0;
	return would_block(n) ? enqueue(c, bytes, length, fds, nfds) : (int)n;
}

int chan_send(struct chan *c, unsigned type, const void *msg)
{
	uint8_t packet[MSG_PACKET_MAX];
	int fds[MSG_FDS_MAX];
	size_t length, nfds;
	int error;

	error = msg_encode(type, msg, packet, &length, fds, &nfds);
	if (error == MSG_OK)
		error = transmit(c, packet, length, fds, nfds);
	if (error != 0)
		log_debug("send %s: %s", msg_name(type), msg_strerror(error));
	return error;
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct chan *c = arg;
	struct packet *p;
	ssize_t n;

	(void)what;
	while ((p = STAILQ_FIRST(&c->queue)) != NULL) {
		n = send_packet(fd, p->bytes, p->length, p->fds, p->nfds);
		if (would_block(n)) {
			event_add(c->writable, NULL);
			break;
		}
		if (n < 0) {
			drop(c, strerror((int)-n));
			return;
		}
		STAILQ_REMOVE_HEAD(&c->queue, link);
		c->queued -= p->length;
		free_packet(p);
	}
	if (!c->was_full || c->queued > c->setup.queue_max / 4)
		return;
	c->was_full = false;
	if (c->setup.on_drain != NULL)
		c->setup.on_drain(c);
}

/* -- HELLO -------------------------------------------------------------- */

static int send_hello(struct chan *c)
{
	msgpack_sbuffer buffer;
	msgpack_packer packer;
	int error;

	msgpack_sbuffer_init(&buffer);
	msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
	msgpack_pack_array(&packer, 3);
	msgpack_pack_uint32(&packer, MSG_HELLO);
	msgpack_pack_uint64(&packer, msg_hash());
	msgpack_pack_uint32(&packer, c->setup.self);
	error = transmit(c, (const uint8_t *)buffer.data, buffer.size, NULL, 0);
	msgpack_sbuffer_destroy(&buffer);
	return error;
}

/* NULL, or why this is no peer of ours. */
static const char *check_hello(const struct chan *c, const uint8_t *packet, size_t length)
{
	struct mpread in;
	uint64_t elements, type, hash, peer;

	mp_start(&in, packet, length);
	elements = mp_array(&in);
	type = mp_uint(&in);
	hash = mp_uint(&in);
	peer = mp_uint(&in);
	if (!mp_end(&in) || elements != 3 || type != MSG_HELLO)
		return "the first packet is no hello";
	if (hash != msg_hash())
		return "its message table is another one: mixed versions?";
	return peer == c->setup.peer ? NULL : "it is another kind of process";
}

/* -- receiving ------------------------------------------------------------ */

/* Takes the descriptors out of the control data into fds[MSG_FDS_MAX]. */
static size_t take_fds(struct msghdr *header, int *fds)
{
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
			if (n < MSG_FDS_MAX)
				fds[n++] = fd;
			else
				close(fd);
		}
	}
	return n;
}

static void close_all(const int *fds, size_t nfds)
{
	for (size_t i = 0; i < nfds; i++)
		close(fds[i]);
}

/* One packet into receive_buffer: its length, 0 when the peer has gone,
 * -EAGAIN, or -errno (-EMSGSIZE: more bytes or descriptors than there may be). */
static ssize_t receive_packet(int fd, int *fds, size_t *nfds)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int) * MSG_FDS_MAX)];
	} control;
	struct iovec iov = { .iov_base = receive_buffer, .iov_len = sizeof receive_buffer };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = sizeof control.space };
	ssize_t n;

	*nfds = 0;
	do
		n = recvmsg(fd, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	*nfds = take_fds(&header, fds);
	if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
		return n;
	close_all(fds, *nfds);
	*nfds = 0;
	return -EMSGSIZE;
}

static const char *receive_hello(struct chan *c, size_t length, const int *fds, size_t nfds)
{
	const char *why = check_hello(c, receive_buffer, length);

	close_all(fds, nfds);
	if (why != NULL || nfds > 0)
		return why != NULL ? why : "descriptors beside its hello";
	c->state = CHAN_READY;
	if (c->setup.on_ready != NULL)
		c->setup.on_ready(c);
	return NULL;
}

/* NULL, or why the peer must be dropped. */
static const char *dispatch(struct chan *c, size_t length, const int *fds, size_t nfds)
{
	unsigned type;
	int error;

	if (c->state == CHAN_NEW)
		return receive_hello(c, length, fds, nfds);
	error = msg_decode(receive_buffer, length, fds, nfds, c->setup.peer, c->setup.self,
	    c->state, &type, &received);
	if (error != MSG_OK) {
		log_warning("dropping a peer over its %s: %s", msg_name(type), msg_strerror(error));
		return msg_strerror(error);
	}
	c->setup.handlers[type](c, &received);
	msg_close_fds(type, &received);
	return NULL;
}

/* false: nothing more to read now, or the channel is no more. */
static bool receive_one(struct chan *c)
{
	int fds[MSG_FDS_MAX];
	const char *why;
	size_t nfds;
	ssize_t n = receive_packet(c->setup.fd, fds, &nfds);

	if (n == -EAGAIN)
		return false;
	if (n <= 0) {
		close_all(fds, nfds);
		drop(c, n == 0 ? "closed" : strerror((int)-n));
		return false;
	}
	c->in_handler = true;
	why = dispatch(c, (size_t)n, fds, nfds);
	c->in_handler = false;
	if (c->freed) {
		free(c);
		return false;
	}
	if (why != NULL) {
		drop(c, why);
		return false;
	}
	return !c->paused;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	for (int i = 0; i < PACKETS_AT_ONCE; i++)
		if (!receive_one(arg))
			return;
}

/* -- life ----------------------------------------------------------------- */

static int start(struct chan *c)
{
	int error = fd_set_nonblock(c->setup.fd);

	if (error == 0)
		error = fd_set_cloexec(c->setup.fd);
	if (error < 0)
		return error;
	c->readable = event_new(c->setup.base, c->setup.fd, EV_READ | EV_PERSIST, on_readable, c);
	c->writable = event_new(c->setup.base, c->setup.fd, EV_WRITE, on_writable, c);
	if (c->readable == NULL || c->writable == NULL || event_add(c->readable, NULL) < 0)
		return -ENOMEM;
	/* A peer that is gone already is noticed, with its reason, by the first read. */
	error = send_hello(c);
	return error == -EPIPE || error == -ECONNRESET ? 0 : error;
}

struct chan *chan_new(const struct chan_setup *setup)
{
	struct chan *c = calloc(1, sizeof *c);

	if (c == NULL) {
		close(setup->fd);
		return NULL;
	}
	c->setup = *setup;
	c->state = CHAN_NEW;
	STAILQ_INIT(&c->queue);
	if (c->setup.queue_max == 0)
		c->setup.queue_max = QUEUE_DEFAULT;
	if (start(c) < 0) {
		chan_free(c);
		return NULL;
	}
	return c;
}

void *chan_arg(const struct chan *c)
{
	return c->setup.arg;
}

enum msg_state chan_state(const struct chan *c)
{
	return c->state;
}

void chan_set_state(struct chan *c, enum msg_state state)
{
	c->state = state;
}

size_t chan_queued(const struct chan *c)
{
	return c->queued;
}

void chan_pause(struct chan *c, bool paused)
{
	c->paused = paused;
	if (c->readable == NULL)
		return;
	if (paused)
		event_del(c->readable);
	else
		event_add(c->readable, NULL);
}
