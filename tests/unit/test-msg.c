/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "src/msg.h"
#include "tests/unit/unit.h"

static uint8_t packet[MSG_PACKET_MAX];
static union msg_any out;

static struct msg_create a_create(int body)
{
	struct msg_create m = { .request = 7, .format = 1, .size = 12, .body = body };

	strcpy(m.owner, "local");
	return m;
}

static int encode_create(const struct msg_create *m, size_t *len, int *fds, size_t *nfds)
{
	return msg_encode(MSG_create, m, packet, len, fds, nfds);
}

static int decode_as(size_t len, const int *fds, size_t nfds, enum msg_peer from,
    enum msg_peer self, enum msg_state state)
{
	unsigned type;

	return msg_decode(packet, len, fds, nfds, from, self, state, &type, &out);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void test_round_trip(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), fds[MSG_FDS_MAX];
	struct msg_create m = a_create(fd);
	size_t len, nfds;

	(void)state;
	assert_int_equal(encode_create(&m, &len, fds, &nfds), MSG_OK);
	assert_int_equal(nfds, 1);
	assert_int_equal(decode_as(len, fds, nfds, PEER_HTTPD, PEER_BROKER, CHAN_READY), MSG_OK);
	assert_int_equal(out.create.request, 7);
	assert_string_equal(out.create.owner, "local");
	assert_int_equal(out.create.body, fd);
	msg_close_fds(MSG_create, &out);
	assert_false(is_open(fd));
}

static void test_rows_and_bytes(void **state)
{
	struct msg_sessions m = { .request = 1, .rows_len = 2, .more = 3 };
	struct msg_request r = { .client = UINT64_MAX, .payload = (const uint8_t *)"abc", .payload_len = 3 };
	int fds[MSG_FDS_MAX];
	size_t len, nfds;

	(void)state;
	strcpy(m.rows[1].session, "s2");
	m.rows[1].age_seconds = 77;
	assert_int_equal(msg_encode(MSG_sessions, &m, packet, &len, fds, &nfds), MSG_OK);
	assert_int_equal(decode_as(len, fds, 0, PEER_BROKER, PEER_HTTPD, CHAN_READY), MSG_OK);
	assert_int_equal(out.sessions.rows_len, 2);
	assert_string_equal(out.sessions.rows[1].session, "s2");
	assert_int_equal(out.sessions.rows[1].age_seconds, 77);
	strcpy(r.command, "stepIn");
	assert_int_equal(msg_encode(MSG_request, &r, packet, &len, fds, &nfds), MSG_OK);
	assert_int_equal(decode_as(len, fds, 0, PEER_HTTPD, PEER_TRACER, CHAN_READY), MSG_OK);
	assert_int_equal(out.request.payload_len, 3);
	assert_memory_equal(out.request.payload, "abc", 3);
}

static void test_legality(void **state)
{
	struct msg_cancel m = { .request = 1 };
	int fds[MSG_FDS_MAX];
	size_t len, nfds;

	(void)state;
	assert_int_equal(msg_encode(MSG_cancel, &m, packet, &len, fds, &nfds), MSG_OK);
	assert_int_equal(decode_as(len, fds, 0, PEER_TRACER, PEER_BROKER, CHAN_READY), MSG_EPEER);
	assert_int_equal(decode_as(len, fds, 0, PEER_HTTPD, PEER_TRACER, CHAN_READY), MSG_EPEER);
	assert_int_equal(decode_as(len, fds, 0, PEER_HTTPD, PEER_BROKER, CHAN_DONE), MSG_ESTATE);
	assert_int_equal(decode_as(len, fds, 0, PEER_HTTPD, PEER_BROKER, CHAN_NEW), MSG_ESTATE);
	assert_int_equal(decode_as(len, fds, 0, PEER_HTTPD, PEER_BROKER, CHAN_READY), MSG_OK);
}

static void test_trailing_and_missing_bytes(void **state)
{
	struct msg_cancel m = { .request = 1 };
	int fds[MSG_FDS_MAX];
	size_t len, nfds;

	(void)state;
	assert_int_equal(msg_encode(MSG_cancel, &m, packet, &len, fds, &nfds), MSG_OK);
	packet[len] = 0;
	assert_int_equal(decode_as(len + 1, fds, 0, PEER_HTTPD, PEER_BROKER, CHAN_READY), MSG_EFORMAT);
	for (size_t n = 0; n < len; n++)
		assert_int_not_equal(decode_as(n, fds, 0, PEER_HTTPD, PEER_BROKER, CHAN_READY), MSG_OK);
}

static void test_unknown_type(void **state)
{
	(void)state;
	memcpy(packet, "\x92\xcc\xff\x01", 4);
	assert_int_equal(decode_as(4, NULL, 0, PEER_HTTPD, PEER_BROKER, CHAN_READY), MSG_ETYPE);
	memcpy(packet, "\x92\x00\x01", 3);
	assert_int_equal(decode_as(3, NULL, 0, PEER_HTTPD, PEER_BROKER, CHAN_READY), MSG_ETYPE);
}

static void test_number_over_its_maximum(void **state)
{
	struct msg_cancel m = { .request = 1 + (uint64_t)UINT32_MAX };
	int fds[MSG_FDS_MAX];
	size_t len, nfds;

	(void)state;
	assert_int_equal(msg_encode(MSG_cancel, &m, packet, &len, fds, &nfds), MSG_ERANGE);
	/* the same by a peer with no manners */
	memcpy(packet, "\x92\x02\xcf\0\0\0\1\0\0\0\0", 11);
	packet[1] = MSG_cancel;
	assert_int_equal(decode_as(11, fds, 0, PEER_HTTPD, PEER_BROKER, CHAN_READY), MSG_ERANGE);
}

static void test_string_with_nul_or_too_long(void **state)
{
	struct msg_create m = a_create(0);
	int fds[MSG_FDS_MAX];
	size_t len, nfds;
	uint8_t *owner;

	(void)state;
	memset(m.owner, 'x', sizeof m.owner);
	assert_int_equal(encode_create(&m, &len, fds, &nfds), MSG_ERANGE);
	m = a_create(0);
	assert_int_equal(encode_create(&m, &len, fds, &nfds), MSG_OK);
	owner = memmem(packet, len, "local", 5);
	assert_non_null(owner);
	owner[2] = '\0';
	fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(decode_as(len, fds, 1, PEER_HTTPD, PEER_BROKER, CHAN_READY), MSG_EFORMAT);
	assert_false(is_open(fds[0]));
}

/* Descriptors that a message does not announce are closed. */
static void test_descriptors_must_match(void **state)
{
	struct msg_cancel m = { .request = 1 };
	struct msg_create c = a_create(0);
	int fds[MSG_FDS_MAX], extra[2];
	size_t len, nfds;

	(void)state;
	assert_int_equal(msg_encode(MSG_cancel, &m, packet, &len, fds, &nfds), MSG_OK);
	assert_int_equal(pipe2(extra, O_CLOEXEC), 0);
	assert_int_equal(decode_as(len, extra, 2, PEER_HTTPD, PEER_BROKER, CHAN_READY), MSG_EFDS);
	assert_false(is_open(extra[0]));
	assert_false(is_open(extra[1]));
	assert_int_equal(encode_create(&c, &len, fds, &nfds), MSG_OK);
	assert_int_equal(decode_as(len, NULL, 0, PEER_HTTPD, PEER_BROKER, CHAN_READY), MSG_EFDS);
}

static void test_optional_descriptor(void **state)
{
	struct msg_result m = { .status = 422, .elf = -1, .diagnostics = 0 };
	int fds[MSG_FDS_MAX], fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	size_t len, nfds;

	(void)state;
	assert_int_equal(msg_encode(MSG_result, &m, packet, &len, fds, &nfds), MSG_OK);
	assert_int_equal(nfds, 1);
	assert_int_equal(decode_as(len, &fd, 1, PEER_COMPILER, PEER_BROKER, CHAN_BUSY), MSG_OK);
	assert_int_equal(out.result.elf, -1);
	assert_int_equal(out.result.diagnostics, fd);
	msg_close_fds(MSG_result, &out);
}

static void test_payload_at_its_maximum(void **state)
{
	static uint8_t bytes[PAYLOAD_MAX + 1];
	struct msg_reply m = { .client = 1, .status = 200, .payload = bytes, .payload_len = PAYLOAD_MAX };
	int fds[MSG_FDS_MAX];
	size_t len, nfds;

	(void)state;
	assert_int_equal(msg_encode(MSG_reply, &m, packet, &len, fds, &nfds), MSG_OK);
	assert_int_equal(decode_as(len, fds, 0, PEER_TRACER, PEER_HTTPD, CHAN_READY), MSG_OK);
	m.payload_len++;
	assert_int_equal(msg_encode(MSG_reply, &m, packet, &len, fds, &nfds), MSG_ERANGE);
}

static void count_line(void *arg, const char *text)
{
	assert_non_null(strchr(text, '|'));
	++*(size_t *)arg;
}

static void test_table_as_text(void **state)
{
	size_t lines = 0;

	(void)state;
	msg_describe(count_line, &lines);
	assert_true(lines >= MSG_COUNT - 1);
	assert_int_not_equal(msg_hash(), 0);
	assert_string_equal(msg_name(MSG_create), "create");
	assert_string_equal(msg_name(9999), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_rows_and_bytes),
		cmocka_unit_test(test_legality),
		cmocka_unit_test(test_trailing_and_missing_bytes),
		cmocka_unit_test(test_unknown_type),
		cmocka_unit_test(test_number_over_its_maximum),
		cmocka_unit_test(test_string_with_nul_or_too_long),
		cmocka_unit_test(test_descriptors_must_match),
		cmocka_unit_test(test_optional_descriptor),
		cmocka_unit_test(test_payload_at_its_maximum),
		cmocka_unit_test(test_table_as_text),
	};

	return RUN_TESTS(tests);
}
