/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "httpd/answer.h"
#include "httpd/api.h"
#include "httpd/body.h"
#include "httpd/http.h"
#include "httpd/listen.h"
#include "httpd/socket.h"

#define MS_HEAD		10000	/* a head, from its first byte (or the connection's start) */
#define MS_IDLE		60000	/* between two requests */
#define MS_WRITING	30000	/* an answer's way out, and a second more for each 32 KiB */
#define MS_LINGER	2000
#define BYTES_PER_MS	32

#define INPUT_MAX	(80u << 10)	/* more than BODY_IN_INPUT_MAX */
#define STREAM_CHUNK	(64u << 10)

void conn_deadline(struct conn *c, uint64_t milliseconds)
{
	struct timeval tv = {
		.tv_sec = (time_t)(milliseconds / 1000),
		.tv_usec = (suseconds_t)(milliseconds % 1000 * 1000),
	};

	event_add(&c->timer, &tv);
}

/* -- one exchange's beginning and end ---------------------------------------- */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void reset_exchange(struct conn *c)
{
	c->x = (struct exchange){ .body_fd = -1, .stream_fd = -1, .diagnostics_fd = -1 };
}

/* Whoever still works for this request learns that nobody waits. */
static void stop_waiting(struct conn *c)
{
	struct exchange *x = &c->x;

	if (x->pending.number != 0 && x->pending_create)
		send_cancel(c->httpd->broker, &(struct msg_cancel){ .request = x->pending.number });
	pending_forget(&x->pending);
	client_leave(&x->client);
}

static void drop_exchange(struct conn *c)
{
	struct exchange *x = &c->x;

	stop_waiting(c);
	if (c->socket != NULL)
		socket_free(c);
	c->httpd->body_bytes -= x->body_spooled;
	close_fd(&x->body_fd);
	close_fd(&x->stream_fd);
	close_fd(&x->diagnostics_fd);
	reset_exchange(c);
}

static void move_to(struct conn *c, bool idle)
{
	if (c->in_idle == idle)
		return;
	TAILQ_REMOVE(c->in_idle ? &c->httpd->idle : &c->httpd->busy, c, link);
	TAILQ_INSERT_TAIL(idle ? &c->httpd->idle : &c->httpd->busy, c, link);
	c->in_idle = idle;
}

void conn_close(struct conn *c)
{
	if (c->state == CONN_DEAD)
		return;
	drop_exchange(c);
	c->state = CONN_DEAD;
	listen_released(c->httpd, &c->peer);
	bufferevent_free(c->bev);
	c->bev = NULL;
	/* Callers up the stack still look at c->state. */
	event_active(&c->timer, EV_TIMEOUT, 1);
}

static void free_conn(struct conn *c)
{
	TAILQ_REMOVE(c->in_idle ? &c->httpd->idle : &c->httpd->busy, c, link);
	event_del(&c->timer);
	free(c);
}

static void begin_linger(struct conn *c)
{
	c->state = CONN_LINGER;
	shutdown(bufferevent_getfd(c->bev), SHUT_WR);
	conn_deadline(c, MS_LINGER);
}

/* The answer is out. */
static void finish_exchange(struct conn *c)
{
	bool keep = c->x.keep_alive, unread = c->x.body_left > 0;

	evbuffer_drain(conn_input(c), c->x.body_in_input);
	drop_exchange(c);
	if (keep && !c->ending) {
		c->state = CONN_HEAD;
		c->searched = 0;
		move_to(c, true);
		conn_deadline(c, MS_IDLE);
		return;
	}
	/* Closing with unread input sends a reset, which can take the answer
	 * away from the client before it has read it. */
	if (unread && !c->ending)
		begin_linger(c);
	else
		conn_close(c);
}

void conn_answered(struct conn *c, uint64_t size)
{
	c->state = CONN_WRITING;
	conn_deadline(c, MS_WRITING + size / BYTES_PER_MS);
}

/* -- head --------------------------------------------------------------------- */

/* Refused before it is known what it asks for: nothing after it can be trusted
 * to be the next request. */
static void refuse_head(struct conn *c, int status, const char *why)
{
	c->x.body_left = UINT64_MAX;
	answer_error(c, (unsigned)status, "request", "%s", why);
}

static void begin_exchange(struct conn *c, const struct head *head)
{
	c->x.head_only = head->method == METHOD_HEAD;
	c->x.keep_alive = head->keep_alive && !c->httpd->draining;
	c->x.expect_continue = head->expect_continue;
	c->x.body_length = c->x.body_left = head->length;
	c->state = CONN_WAITING;
	conn_deadline(c, CONN_WAITING_MS);
}

static void take_head(struct conn *c, size_t length)
{
	char text[HEAD_BYTES_MAX + 1];
	struct head head;
	const char *why;
	int status;

	evbuffer_remove(conn_input(c), text, length);
	text[length] = '\0';
	c->searched = 0;
	status = head_parse(text, length, &head, &why);
	if (status != 0) {
		refuse_head(c, status, why);
		return;
	}
	begin_exchange(c, &head);
	api_request(c, &head);
}

/* A TLS hello or other noise need not wait for its deadline. */
static bool begins_well(struct conn *c)
{
	uint8_t first = 0;

	evbuffer_copyout(conn_input(c), &first, 1);
	return first >= 'A' && first <= 'Z';
}

/* true: there may be more to do with what is in the input. */
static bool read_head(struct conn *c)
{
	struct evbuffer *in = conn_input(c);
	size_t length = evbuffer_get_length(in);
	struct evbuffer_ptr from, end;

	if (length == 0)
		return false;
	if (c->in_idle) {
		move_to(c, false);
		conn_deadline(c, MS_HEAD);
	}
	if (!begins_well(c)) {
		refuse_head(c, 400, "this is no HTTP request (https is not spoken on this port)");
		return false;
	}
	evbuffer_ptr_set(in, &from, c->searched, EVBUFFER_PTR_SET);
	end = evbuffer_search(in, "\r\n\r\n", 4, &from);
	if (end.pos >= 0 && end.pos + 4 <= HEAD_BYTES_MAX) {
		take_head(c, (size_t)end.pos + 4);
		return true;
	}
	if (length >= HEAD_BYTES_MAX)
		refuse_head(c, 431, "the request's head is over 16 KiB");
	c->searched = length > 3 ? length - 3 : 0;
	return false;
}

/* -- writing ------------------------------------------------------------------ */

/* The next piece of a streamed answer.  false: it has failed. */
static bool feed_stream(struct conn *c)
{
	static char chunk[STREAM_CHUNK];
	struct exchange *x = &c->x;
	uint64_t left = x->stream_end - x->stream_at;
	ssize_t n;

	n = pread(x->stream_fd, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk,
	    (off_t)x->stream_at);
	if (n <= 0)
		return false;
	x->stream_at += (uint64_t)n;
	if (x->stream_at == x->stream_end)
		close_fd(&x->stream_fd);
	bufferevent_write(c->bev, chunk, (size_t)n);
	return true;
}

/* -- events ------------------------------------------------------------------- */

/* As far as the input goes; c may be dead afterwards. */
static void advance(struct conn *c)
{
	bool more = true;

	while (more) {
		switch (c->state) {
		case CONN_HEAD:
			more = read_head(c);
			break;
		case CONN_BODY:
			more = body_read(c);
			break;
		case CONN_LINGER:
			evbuffer_drain(conn_input(c), evbuffer_get_length(conn_input(c)));
			return;
		case CONN_SOCKET:
			socket_readable(c);
			return;
		case CONN_WAITING:	/* pipelined: its turn comes */
		case CONN_WRITING:
		case CONN_DEAD:
			return;
		}
	}
}

static void on_readable(struct bufferevent *bev, void *arg)
{
	(void)bev;
	advance(arg);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	if (c->state == CONN_SOCKET) {
		socket_writable(c);
		return;
	}
	if (c->state != CONN_WRITING || evbuffer_get_length(conn_output(c)) > 0)
		return;		/* 100 Continue has gone out */
	if (c->x.stream_fd >= 0) {
		if (!feed_stream(c))
			conn_close(c);
		return;
	}
	finish_exchange(c);
	advance(c);
}

static void on_event_(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	(void)bev;
	/* A client that has closed its side while its answer goes out may still
	 * read it; in every other state nobody is there any more. */
	if ((what & BEV_EVENT_EOF) != 0 && c->state == CONN_WRITING)
		c->ending = true;
	else
		conn_close(c);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	(void)fd;
	(void)what;
	switch (c->state) {
	case CONN_DEAD:
		free_conn(c);
		return;
	case CONN_HEAD:
		if (c->in_idle || evbuffer_get_length(conn_input(c)) == 0)
			conn_close(c);
		else
			refuse_head(c, 408, "the request's head did not arrive within 10 seconds");
		return;
	case CONN_BODY:
		answer_error(c, 408, "request", "the request's body did not arrive in time");
		return;
	case CONN_WAITING:
		stop_waiting(c);
		answer_error(c, 504, "timeout", "no answer came within 15 minutes; end the session if it goes on");
		return;
	case CONN_SOCKET:
		socket_timer(c);
		return;
	case CONN_WRITING:
	case CONN_LINGER:
		conn_close(c);
		return;
	}
}

/* -- life --------------------------------------------------------------------- */

bool conn_new(struct httpd *httpd, int fd, const struct address *peer)
{
	struct conn *c = calloc(1, sizeof *c);
	int on = 1;

	if (c != NULL)
		c->bev = bufferevent_socket_new(httpd->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c == NULL || c->bev == NULL) {
		free(c);
		close(fd);
		return false;
	}
	/* A step's answer is one small write: Nagle would hold it back. Keepalive
	 * finds the peer that vanished without a word. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	c->httpd = httpd;
	c->peer = *peer;
	c->state = CONN_HEAD;
	reset_exchange(c);
	c->in_idle = true;
	TAILQ_INSERT_TAIL(&httpd->idle, c, link);
	evtimer_assign(&c->timer, httpd->base, on_timer, c);
	bufferevent_setcb(c->bev, on_readable, on_written, on_event_, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, INPUT_MAX);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	conn_deadline(c, MS_HEAD);
	return true;
}

/* The first of a queue whose head is still to come: of `idle' the one that has
 * been silent longest, of `busy' the one that has been at its head longest; an
 * honest head is complete within the turn that it arrives in. */
static struct conn *find_headless(const struct conn_queue *queue)
{
	struct conn *c;

	TAILQ_FOREACH(c, queue, link)
		if (c->state == CONN_HEAD)
			return c;
	return NULL;
}

bool conn_evict(struct httpd *httpd)
{
	struct conn *c = find_headless(&httpd->idle);

	if (c == NULL)
		c = find_headless(&httpd->busy);
	if (c == NULL)
		return false;
	conn_close(c);
	return true;
}

static void free_queue(struct conn_queue *queue)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(queue)) != NULL) {
		conn_close(c);
		free_conn(c);
	}
}

void conn_free_all(struct httpd *httpd)
{
	free_queue(&httpd->busy);
	free_queue(&httpd->idle);
}
