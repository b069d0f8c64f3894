/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Two real ends of a real socketpair on one loop; and ends that lie. */
#include <fcntl.h>
#include <stdio.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "src/chan.h"
#include "tests/unit/unit.h"

struct side {
	struct chan *chan;
	bool ready, closed, drained, free_in_handler;
	unsigned got;
	char why[128];
	uint8_t last[PAYLOAD_MAX];
	size_t last_length;
	int fd;
};

static struct event_base *base;
static struct side httpd, tracer;

static void on_ready(struct chan *c)
{
	((struct side *)chan_arg(c))->ready = true;
}

static void on_close(struct chan *c, const char *why)
{
	struct side *s = chan_arg(c);

	s->closed = true;
	s->chan = NULL;
	snprintf(s->why, sizeof s->why, "%s", why);
}

static void on_drain(struct chan *c)
{
	((struct side *)chan_arg(c))->drained = true;
}

static void take_request(struct chan *c, void *msg)
{
	struct side *s = chan_arg(c);
	struct msg_request *m = msg;

	s->got++;
	memcpy(s->last, m->payload, m->payload_len);
	s->last_length = m->payload_len;
	if (s->free_in_handler) {
		chan_free(c);
		s->chan = NULL;
	}
}

static void take_client(struct chan *c, void *msg)
{
	struct side *s = chan_arg(c);
	struct msg_client *m = msg;

	s->got++;
	s->fd = m->channel;
	m->channel = -1;
}

static const chan_handler handlers[MSG_COUNT] = {
	[MSG_request] = take_request, [MSG_client] = take_client,
};

static struct chan *open_end(struct side *s, int fd, enum msg_peer self, enum msg_peer peer)
{
	struct chan_setup setup = { .base = base, .fd = fd, .self = self, .peer = peer,
		.handlers = handlers, .on_ready = on_ready, .on_close = on_close,
		.on_drain = on_drain, .arg = s };

	memset(s, 0, sizeof *s);
	s->fd = -1;
	return s->chan = chan_new(&setup);
}

static int setup(void **state)
{
	(void)state;
	base = event_base_new();
	return base == NULL;
}

static int teardown(void **state)
{
	(void)state;
	chan_free(httpd.chan);
	chan_free(tracer.chan);
	httpd.chan = tracer.chan = NULL;
	event_base_free(base);
	return 0;
}

static void open_both(void)
{
	int fd[2];

	assert_int_equal(chan_pair(fd), 0);
	assert_non_null(open_end(&httpd, fd[0], PEER_HTTPD, PEER_TRACER));
	assert_non_null(open_end(&tracer, fd[1], PEER_TRACER, PEER_HTTPD));
	while (!httpd.ready || !tracer.ready)
		event_base_loop(base, EVLOOP_ONCE);
}

/* A tracer's end and, on the other side, a socket that the test plays. */
static int open_against_liar(void)
{
	int fd[2];

	assert_int_equal(chan_pair(fd), 0);
	assert_non_null(open_end(&tracer, fd[1], PEER_TRACER, PEER_HTTPD));
	return fd[0];
}

static void expect_dropped(int fd)
{
	while (!tracer.closed)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(tracer.got, 0);
	close(fd);
}

static int request(struct chan *c, const void *payload, size_t length)
{
	struct msg_request m = { .client = 1, .payload = payload, .payload_len = length };

	strcpy(m.command, "registers");
	return send_request(c, &m);
}

static void test_message(void **state)
{
	(void)state;
	open_both();
	assert_int_equal(request(httpd.chan, "hello", 5), 0);
	while (tracer.got == 0)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(tracer.last_length, 5);
	assert_memory_equal(tracer.last, "hello", 5);
}

/* More than the socket holds: queued, then all of it in order. */
static void test_queue_and_drain(void **state)
{
	static uint8_t payload[100000];
	int error;
	unsigned sent = 0;

	(void)state;
	open_both();
	while ((error = request(httpd.chan, payload, sizeof payload)) == 0)
		payload[0] = (uint8_t)++sent;
	assert_int_equal(error, -ENOBUFS);
	assert_true(sent > 10);
	assert_true(chan_queued(httpd.chan) > 0);
	while (tracer.got < sent)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(tracer.last[0], (uint8_t)(sent - 1));
	assert_true(httpd.drained);
	assert_int_equal(chan_queued(httpd.chan), 0);
}

static void test_pause(void **state)
{
	(void)state;
	open_both();
	chan_pause(tracer.chan, true);
	assert_int_equal(request(httpd.chan, "x", 1), 0);
	event_base_loop(base, EVLOOP_NONBLOCK);
	assert_int_equal(tracer.got, 0);
	chan_pause(tracer.chan, false);
	while (tracer.got == 0)
		event_base_loop(base, EVLOOP_ONCE);
}

static void test_free_in_handler(void **state)
{
	(void)state;
	open_both();
	tracer.free_in_handler = true;
	assert_int_equal(request(httpd.chan, "x", 1), 0);
	while (!httpd.closed)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(tracer.got, 1);
	assert_false(tracer.closed);
}

static void test_peer_closes(void **state)
{
	(void)state;
	open_both();
	chan_free(httpd.chan);
	httpd.chan = NULL;
	while (!tracer.closed)
		event_base_loop(base, EVLOOP_ONCE);
	assert_string_equal(tracer.why, "closed");
}

static void test_illegal_direction(void **state)
{
	struct msg_cancel m = { .request = 1 };

	(void)state;
	open_both();
	assert_int_equal(send_cancel(httpd.chan, &m), 0);
	while (!tracer.closed)
		event_base_loop(base, EVLOOP_ONCE);
	assert_int_equal(tracer.got, 0);
}

static void test_no_hello(void **state)
{
	int fd = open_against_liar();

	(void)state;
	assert_int_equal(send(fd, "\x93\x17\x01\x01", 4, 0), 4);
	expect_dropped(fd);
}

static void test_other_table(void **state)
{
	int fd = open_against_liar();

	(void)state;
	assert_int_equal(send(fd, "\x93\x00\x01\x01", 4, 0), 4);
	expect_dropped(fd);
	assert_non_null(strstr(tracer.why, "table"));
}

static void test_garbage_after_hello(void **state)
{
	uint8_t hello[64];
	int fd = open_against_liar();
	ssize_t n = recv(fd, hello, sizeof hello, 0);

	(void)state;
	assert_true(n > 0);
	hello[n - 1] = PEER_HTTPD;
	assert_int_equal(send(fd, hello, (size_t)n, 0), n);
	assert_int_equal(send(fd, "\xdd\xff\xff\xff\xff", 5, 0), 5);
	expect_dropped(fd);
}

/* Descriptors that nobody announced do not stay open here. */
static void test_descriptor_with_hello(void **state)
{
	union { struct cmsghdr header; char space[CMSG_SPACE(sizeof(int))]; } control = { 0 };
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr header = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control.space, .msg_controllen = sizeof control.space };
	int fd = open_against_liar(), pipes[2];

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC | O_NONBLOCK), 0);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &pipes[1], sizeof(int));
	assert_int_equal(sendmsg(fd, &header, 0), 1);
	close(pipes[1]);
	expect_dropped(fd);
	/* end of file: the write end lives nowhere any more */
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	close(pipes[0]);
}

static void test_descriptor_is_handed_over(void **state)
{
	struct side broker;
	int fd[2], pipes[2];
	char byte;
	struct msg_client m;

	(void)state;
	assert_int_equal(chan_pair(fd), 0);
	assert_non_null(open_end(&broker, fd[0], PEER_BROKER, PEER_TRACER));
	assert_non_null(open_end(&tracer, fd[1], PEER_TRACER, PEER_BROKER));
	while (!broker.ready || !tracer.ready)
		event_base_loop(base, EVLOOP_ONCE);
	chan_set_state(tracer.chan, CHAN_BUSY);
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	m.channel = pipes[1];
	assert_int_equal(send_client(broker.chan, &m), 0);
	close(pipes[1]);
	while (tracer.got == 0)
		event_base_loop(base, EVLOOP_ONCE);
	assert_true((fcntl(tracer.fd, F_GETFD) & FD_CLOEXEC) != 0);
	assert_int_equal(write(tracer.fd, "y", 1), 1);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	close(tracer.fd);
	close(pipes[0]);
	chan_free(broker.chan);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_message),
		TEST(test_queue_and_drain),
		TEST(test_pause),
		TEST(test_free_in_handler),
		TEST(test_peer_closes),
		TEST(test_illegal_direction),
		TEST(test_no_hello),
		TEST(test_other_table),
		TEST(test_garbage_after_hello),
		TEST(test_descriptor_with_hello),
		TEST(test_descriptor_is_handed_over),
	};

	return RUN_TESTS(tests);
}
