/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <wslay/wslay.h>

#include "httpd/answer.h"
#include "httpd/handshake.h"
#include "httpd/socket.h"
#include "src/log.h"

#define SUBPROTOCOL "penguintrace.v1"
#define MSGPACK_ENCODING 1

#define WAITING_MAX (1u << 20)	/* bytes for one client; then it is dropped */
#define OUTPUT_MAX (128u << 10)	/* of these as much in the connection's own buffer */
#define PING_MS 45000		/* proxies cut a connection that is silent for a minute */
#define PINGS_UNANSWERED 2
#define CLOSE_MS 3000		/* for the client's half of the closing handshake */

#define CLOSE_UNSUPPORTED 1003
#define CLOSE_TRY_AGAIN 1013
#define CLOSE_SESSION_ENDED 4410
#define CLOSE_REASON_MAX 123

struct socket {
	wslay_event_context_ptr ws;	/* NULL: the session is not open yet */
	char accept[ACCEPT_LENGTH + 1];
	unsigned pings;			/* since the client was last heard */
	bool closing;
	bool reading;			/* false: its tracer has enough to read */
};

static struct conn *conn_of(struct client *client)
{
	return container_of(client, struct conn, x.client);
}

/* -- bytes between wslay and the connection ------------------------------------- */

static ssize_t receive(wslay_event_context_ptr ws, uint8_t *to, size_t length, int flags, void *arg)
{
	struct conn *c = arg;
	int n = c->socket->reading ? evbuffer_remove(conn_input(c), to, length) : 0;

	(void)flags;
	if (n > 0)
		return n;
	wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK);
	return -1;
}

static ssize_t transmit(wslay_event_context_ptr ws, const uint8_t *data, size_t length, int flags,
    void *arg)
{
	struct conn *c = arg;

	(void)flags;
	if (evbuffer_get_length(conn_output(c)) < OUTPUT_MAX && bufferevent_write(c->bev, data, length) == 0)
		return (ssize_t)length;
	wslay_event_set_error(ws, WSLAY_ERR_WOULDBLOCK);
	return -1;
}

/* Hand on what wslay has; close the connection when both sides have said
 * their last word.  c may be dead afterwards. */
static void flush(struct conn *c)
{
	struct socket *s = c->socket;

	if (wslay_event_send(s->ws) != 0) {
		conn_close(c);
		return;
	}
	if (wslay_event_get_close_sent(s->ws) && !s->closing) {
		s->closing = true;
		client_leave(&c->x.client);
		conn_deadline(c, CLOSE_MS);
	}
	if (!wslay_event_want_write(s->ws) && !wslay_event_want_read(s->ws) &&
	    evbuffer_get_length(conn_output(c)) == 0)
		conn_close(c);
}

static void close_with(struct conn *c, uint16_t code, const char *reason)
{
	size_t length = strlen(reason);

	if (length > CLOSE_REASON_MAX)
		length = CLOSE_REASON_MAX;
	/* Not in the middle of a character. */
	while (length > 0 && ((uint8_t)reason[length] & 0xc0) == 0x80)
		length--;
	wslay_event_queue_close(c->socket->ws, code, (const uint8_t *)reason, length);
}

/* -- what the client says -------------------------------------------------------- */

static void pass_on(struct conn *c, const uint8_t *data, size_t length)
{
	struct client *client = &c->x.client;

	if (client->session == NULL)
		return;		/* it is being closed */
	if (client_send(client, MSGPACK_ENCODING, "", data, length) != 0)
		close_with(c, CLOSE_TRY_AGAIN, "this session does not keep up with its requests");
	else if (client_must_wait(client))
		c->socket->reading = false;
}

static void on_message(wslay_event_context_ptr ws, const struct wslay_event_on_msg_recv_arg *m, void *arg)
{
	struct conn *c = arg;

	(void)ws;
	c->socket->pings = 0;
	if (m->opcode == WSLAY_BINARY_FRAME)
		pass_on(c, m->msg, m->msg_length);
	else if (m->opcode == WSLAY_TEXT_FRAME)
		close_with(c, CLOSE_UNSUPPORTED, "messages are binary here (msgpack)");
}

void socket_readable(struct conn *c)
{
	struct socket *s = c->socket;

	/* A frame that is none: wslay has queued a close without a code. */
	if (wslay_event_recv(s->ws) != 0)
		wslay_event_shutdown_read(s->ws);
	if (!s->reading)
		bufferevent_disable(c->bev, EV_READ);
	flush(c);
}

void socket_writable(struct conn *c)
{
	flush(c);
}

/* A dead peer is found, and a proxy on the way kept from thinking us one. */
void socket_timer(struct conn *c)
{
	static const struct wslay_event_msg ping = { .opcode = WSLAY_PING };
	struct socket *s = c->socket;

	if (s->closing || s->pings >= PINGS_UNANSWERED) {
		conn_close(c);
		return;
	}
	s->pings++;
	wslay_event_queue_msg(s->ws, &ping);
	conn_deadline(c, PING_MS);
	flush(c);
}

/* -- what the session says --------------------------------------------------------- */

static void send_frame(struct client *client, const uint8_t *payload, size_t length)
{
	struct conn *c = conn_of(client);
	struct socket *s = c->socket;
	struct wslay_event_msg m = {
		.opcode = WSLAY_BINARY_FRAME, .msg = payload, .msg_length = length,
	};
	size_t waiting = wslay_event_get_queued_msg_length(s->ws) + evbuffer_get_length(conn_output(c));

	if (waiting + length > WAITING_MAX) {
		log_debug("a client that does not read is dropped");
		c->httpd->counters.slow_clients_total++;
		conn_close(c);
		return;
	}
	if (wslay_event_queue_msg(s->ws, &m) != 0)
		conn_close(c);
	else
		flush(c);
}

static void on_replied(struct client *client, unsigned status, const uint8_t *payload, size_t length)
{
	(void)status;	/* it stands in the payload as well */
	send_frame(client, payload, length);
}

static void on_drained(struct client *client)
{
	struct conn *c = conn_of(client);

	if (c->socket->reading)
		return;
	c->socket->reading = true;
	bufferevent_enable(c->bev, EV_READ);
	socket_readable(c);
}

static void on_ended(struct client *client, unsigned status, const char *code, const char *message)
{
	struct conn *c = conn_of(client);
	char reason[2 * CLOSE_REASON_MAX];	/* close_with() cuts it between characters */

	if (c->socket->ws == NULL) {
		socket_free(c);
		answer_error(c, status, code, "%s", message);
		return;
	}
	snprintf(reason, sizeof reason, "%s: %s", code, message);
	close_with(c, CLOSE_SESSION_ENDED, reason);
	flush(c);
}

/* -- opening ------------------------------------------------------------------------ */

static bool new_context(struct conn *c)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = receive, .send_callback = transmit, .on_msg_recv_callback = on_message,
	};

	if (wslay_event_context_server_init(&c->socket->ws, &callbacks, c) != 0) {
		c->socket->ws = NULL;
		return false;
	}
	wslay_event_config_set_max_recv_msg_length(c->socket->ws, PAYLOAD_MAX);
	return true;
}

static void refuse(struct conn *c, const char *message)
{
	client_leave(&c->x.client);
	socket_free(c);
	answer_error(c, 503, "busy", "%s", message);
}

static void on_opened(struct client *client)
{
	struct conn *c = conn_of(client);

	if (client_send(client, MSGPACK_ENCODING, "hello", "", 0) != 0) {
		refuse(c, "this session does not keep up with its requests; try again in a second");
		return;
	}
	if (!new_context(c)) {
		refuse(c, "the service is short of memory; try again");
		return;
	}
	evbuffer_add_printf(conn_output(c), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
	    "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: " SUBPROTOCOL "\r\n\r\n",
	    c->socket->accept);
	c->state = CONN_SOCKET;
	c->httpd->socket_count++;
	c->httpd->counters.websockets_total++;
	conn_deadline(c, PING_MS);
	if (evbuffer_get_length(conn_input(c)) > 0)
		socket_readable(c);
}

static const struct client_operations operations = {
	.opened = on_opened, .replied = on_replied, .event = send_frame,
	.drained = on_drained, .ended = on_ended,
};

/* NULL, or what is wrong with the handshake (RFC 6455, 4.2.1). */
static const char *check_handshake(const struct head *head, char accept[ACCEPT_LENGTH + 1])
{
	const char *version = head_field(head, "sec-websocket-version");
	const char *key = head_field(head, "sec-websocket-key");

	if (head->method != METHOD_GET || !head_lists(head, "upgrade", "websocket") ||
	    !head_lists(head, "connection", "upgrade"))
		return "this path is a WebSocket: send Connection: Upgrade and Upgrade: websocket";
	if (version == NULL || strcmp(version, "13") != 0)
		return "the WebSocket version must be 13";
	if (key == NULL || !handshake_accept(key, accept))
		return "Sec-WebSocket-Key must be 16 bytes in base64";
	if (!head_lists(head, "sec-websocket-protocol", SUBPROTOCOL))
		return "Sec-WebSocket-Protocol must offer " SUBPROTOCOL;
	return NULL;
}

void socket_request(struct conn *c, const struct head *head)
{
	struct socket *s = calloc(1, sizeof *s);
	const char *why;

	if (s == NULL) {
		answer_error(c, 503, "full", "the service is short of memory; try again");
		return;
	}
	c->socket = s;
	s->reading = true;
	why = check_handshake(head, s->accept);
	if (why != NULL) {
		socket_free(c);
		answer_error(c, 400, "websocket", "%s", why);
		return;
	}
	c->x.client = (struct client){ .operations = &operations, .is_socket = true };
	sessions_join(c->httpd->sessions, c->x.session, c->x.owner, &c->x.client);
}

void socket_free(struct conn *c)
{
	if (c->socket->ws != NULL) {
		wslay_event_context_free(c->socket->ws);
		c->httpd->socket_count--;
	}
	free(c->socket);
	c->socket = NULL;
}
