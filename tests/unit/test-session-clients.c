/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* WebSockets, events and long polls; clients that are slow, many, or gone. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/session-host.h"

/* -- WebSockets and events ---------------------------------------------------------------------- */

static void test_websocket(void **state)
{
	json_t *hello, *reply;

	(void)state;
	request(900, 1, "hello", "", 0);
	hello = event_named("hello");
	assert_int_equal(number(json_object_get(hello, "state"), "position"), 0);
	assert_true(json_is_array(json_object_get(hello, "files")));
	send_frame(900, "{\"id\": 5, \"command\": \"stepIn\", \"arguments\": {\"count\": 2}}");
	reply = json_object_get(await(900), "body");
	assert_int_equal(number(reply, "id"), 5);
	assert_int_equal(number(reply, "status"), 200);
	assert_int_equal(number(json_object_get(reply, "body"), "position"), 6);
	assert_string_equal(text(event_named("stopped"), "reason"), "step");
	assert_string_equal(text(event_named("output"), "text"), "hi\n");
	json_object_clear(fx->replies);
	send_frame(900, "{\"id\": 6, \"command\": \"nonsense\"}");
	reply = json_object_get(await(900), "body");
	assert_int_equal(number(reply, "status"), 404);
	assert_string_equal(text(json_object_get(reply, "error"), "code"), "unknown_command");
	json_object_clear(fx->replies);
	send_frame(900, "{\"command\": \"state\"}");
	assert_int_equal(number(json_object_get(await(900), "body"), "status"), 400);
}

/* Who joins knows what another client has set, and who is there hears of it. */
static void test_what_stops_is_told(void **state)
{
	json_t *stops;

	(void)state;
	request(900, 1, "hello", "", 0);
	stops = json_object_get(event_named("hello"), "stops");
	assert_true(json_is_array(json_object_get(stops, "filters")));
	assert_int_equal(json_array_size(json_object_get(stops, "signals")), 0);
	ask("setExceptionBreakpoints", "{\"filters\": [\"exit\", \"throw\"], "
	    "\"signals\": [{\"name\": \"SIGUSR1\", \"pass\": false}]}");
	stops = json_object_get(event_named("breakpoint"), "stops");
	assert_int_equal(json_array_size(json_object_get(stops, "filters")), 2);
	ask("setSyscallRules", "{\"rules\": [{\"name\": \"openat\"}, {\"name\": \"close\", \"stop\": false}]}");
	json_array_clear(fx->events);
	request(901, 1, "hello", "", 0);
	stops = json_object_get(event_named("hello"), "stops");
	assert_string_equal(json_string_value(json_array_get(json_object_get(stops, "filters"), 0)), "throw");
	assert_string_equal(json_string_value(json_array_get(json_object_get(stops, "filters"), 1)), "exit");
	assert_int_equal(json_array_size(json_object_get(stops, "signals")), 1);
	assert_string_equal(text(json_array_get(json_object_get(stops, "signals"), 0), "name"), "SIGUSR1");
	assert_true(json_is_false(json_object_get(json_array_get(json_object_get(stops, "signals"), 0), "pass")));
	assert_int_equal(json_array_size(json_object_get(stops, "rules")), 1);
	assert_string_equal(text(json_array_get(json_object_get(stops, "rules"), 0), "name"), "openat");
	ask("setExceptionBreakpoints", "{}");
	ask("setSyscallRules", "{\"rules\": []}");
	refused("setSyscallRules", "{\"rules\": [{\"name\": \"opne\"}]}", 422);
}

static void test_hello_is_bounded_and_source_has_the_rest(void **state)
{
	json_t *hello, *files, *part;
	size_t got = 0;

	(void)state;
	request(900, 1, "hello", "", 0);
	hello = event_named("hello");
	files = json_object_get(hello, "files");
	assert_string_equal(text(hello, "language"), "c");
	assert_string_equal(json_string_value(json_array_get(json_object_get(hello, "flags"), 0)), "-O1");
	assert_null(json_object_get(json_array_get(files, 0), "text"));
	assert_string_equal(text(json_array_get(files, 1), "text"), "int x;\n");
	while (got < SOURCE_BYTES) {
		char arguments[64];

		snprintf(arguments, sizeof(arguments), "{\"start\": %zu, \"count\": 65535}", got);
		part = ask("source", arguments);
		assert_int_equal(number(part, "start"), got);
		assert_int_equal(number(part, "total"), SOURCE_BYTES);
		assert_null(strstr(text(part, "text"), "\xef\xbf\xbd"));
		assert_int_equal(number(part, "end"), got + strlen(text(part, "text")));
		got = (size_t)number(part, "end");
	}
}

static void test_cancel(void **state)
{
	json_t *reply;

	(void)state;
	fake.endless = true;
	request(900, 1, "hello", "", 0);
	send_frame(900, "{\"id\": 7, \"command\": \"continue\"}");
	event_named("continued");
	send_frame(900, "{\"id\": 8, \"command\": \"cancel\", \"arguments\": {\"requestId\": 9}}");
	reply = json_object_get(await(900), "body");
	assert_false(json_is_true(json_object_get(json_object_get(reply, "body"), "cancelled")));
	json_object_clear(fx->replies);
	send_frame(900, "{\"id\": 9, \"command\": \"cancel\", \"arguments\": {\"requestId\": 7}}");
	reply = json_object_get(await(900), "body");
	/* The cancelled one's answer comes first. */
	assert_int_equal(number(reply, "id") == 7 ? number(reply, "status") : 409, 409);
	assert_string_equal(text(ask("state", ""), "status"), "running");
	ask("pause", "");
}

static void test_msgpack_words_are_uint64(void **state)
{
	struct msg_request m = { .client = 1, .encoding = 1, .command = "state" };

	(void)state;
	(void)m;
	request(1, 1, "registers", "\x80", 1);
	assert_int_equal(number(json_object_get(json_object_get(await(1), "body"), "registers"), "rip"), 0x401000);
}

static void test_two_clients(void **state)
{
	json_t *event;
	size_t i, stopped = 0;

	(void)state;
	request(900, 1, "hello", "\x80", 1);
	request(901, 1, "hello", "\x80", 1);
	send_frame(900, "{\"id\": 1, \"command\": \"stepIn\"}");
	await(900);
	while (stopped < 2) {
		stopped = 0;
		json_array_foreach(fx->events, i, event)
			stopped += strcmp(text(event, "event"), "stopped") == 0;
		run_once();
	}
	assert_int_equal(stopped, 2);
}

static void test_long_poll(void **state)
{
	json_t *body, *events;
	json_int_t seq;
	uint64_t waiting;

	(void)state;
	seq = number(ask("events", "{}"), "seq");
	body = ask("events", "{\"after\": 0, \"wait\": 10}");
	assert_int_equal(json_array_size(json_object_get(body, "events")), 0);
	assert_int_equal(seq, 0);
	waiting = send_json("events", "{\"after\": 0}");
	ask("stepIn", "{}");
	body = json_object_get(await(waiting), "body");
	events = json_object_get(body, "events");
	assert_string_equal(text(json_array_get(events, 0), "event"), "stopped");
	assert_int_equal(number(json_object_get(body, "state"), "position"), 3);
	assert_false(json_is_true(json_object_get(body, "lost")));
	for (int i = 0; i < 1100; i++)
		ask("setBreakpoints", "{\"breakpoints\": []}");
	body = ask("events", "{\"after\": 0}");
	assert_true(json_is_true(json_object_get(body, "lost")));
	refused("events", "{\"after\": 99999}", 422);
}

static void test_gone_client_is_forgotten(void **state)
{
	struct msg_gone gone;
	uint64_t waiting;

	(void)state;
	fake.endless = true;
	waiting = send_json("continue", "{}");
	ask("state", "{}");
	gone.client = waiting;
	assert_int_equal(send_gone(fx->httpd, &gone), 0);
	ask("pause", "{}");
	assert_null(reply_of(waiting));
}

static void test_httpd_dies(void **state)
{
	(void)state;
	fake.endless = true;
	send_json("continue", "{}");
	ask("state", "{}");
	chan_free(fx->httpd);
	fx->httpd = NULL;
	run_once();
}

/* -- bounds ----------------------------------------------------------------------------------- */

static void test_bounded_state(void **state)
{
	static char noise[60000];
	json_t *s, *truncated;

	(void)state;
	memset(noise, 1, sizeof(noise));
	fake.printed = noise;
	fake.printed_length = sizeof(noise);
	fake.changed_bytes = 1 << 20;
	s = ask("stepIn", "{\"count\": 3, \"with\": [{\"command\": \"output\", \"arguments\": {\"count\": 65536}}, "
	    "{\"command\": \"disassemble\", \"arguments\": {\"function\": true, \"instructionCount\": 512}}]}");
	truncated = json_object_get(s, "truncated");
	assert_int_equal(json_array_size(truncated), 2);
	assert_int_equal(number(s, "outputEnd"), 60000);
	s = ask("output", "{\"count\": 65536}");
	assert_true(number(s, "end") > 4096);
	s = ask("output", "{\"start\": 59999, \"count\": 65536}");
	assert_int_equal(number(s, "end"), 60000);
}

static void test_output_is_utf8(void **state)
{
	static char text_bytes[20001];
	json_t *s;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text_bytes); i += 2)
		memcpy(text_bytes + i, "\xc3\xa9", 2);
	text_bytes[sizeof(text_bytes) - 1] = (char)0xff;
	fake.printed = text_bytes;
	fake.printed_length = sizeof(text_bytes);
	s = ask("stepIn", "{\"count\": 3}");
	assert_null(strstr(text(s, "output"), "\xef\xbf\xbd\xc3"));
	assert_non_null(strstr(text(s, "output"), "\xc3\xa9\xef\xbf\xbd"));
	s = ask("output", "{\"count\": 3}");
	assert_string_equal(text(s, "text"), "\xc3\xa9");
	assert_int_equal(number(s, "end"), 2);
}

/* An httpd that does not read gets no queue but the newest state, and nobody waits for it. */
static void test_slow_reader(void **state)
{
	struct msg_request hello = { .client = 1, .encoding = 1, .command = "hello" };
	const int steps = 400;
	size_t count;

	(void)state;
	fx->slow_events = json_array();
	fx->slow = connect_httpd();
	while (chan_state(fx->slow) == CHAN_NEW)
		run_once();
	assert_int_equal(send_request(fx->slow, &hello), 0);
	while (json_array_size(fx->slow_events) == 0)
		run_once();
	chan_pause(fx->slow, true);
	fake.changed_bytes = 16384;
	for (int i = 0; i < steps; i++)
		ask(i % 2 == 0 ? "stepIn" : "stepBack", "{}");
	chan_pause(fx->slow, false);
	do {
		run_once();
		count = json_array_size(fx->slow_events);
	} while (count < 2 || strcmp(text(json_array_get(fx->slow_events, count - 1), "event"), "hello") != 0);
	assert_true(count < (size_t)steps);
	assert_int_equal(number(json_object_get(json_array_get(fx->slow_events, count - 1), "state"), "position"), 0);
	assert_null(json_object_get(json_array_get(json_object_get(json_array_get(fx->slow_events, count - 1),
	    "files"), 1), "text"));
	ask("stepIn", "{}");
	while (json_array_size(fx->slow_events) == count)
		run_once();
	chan_free(fx->slow);
	json_decref(fx->slow_events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_websocket), TEST(test_what_stops_is_told),
		TEST(test_hello_is_bounded_and_source_has_the_rest), TEST(test_cancel),
		TEST(test_msgpack_words_are_uint64), TEST(test_two_clients), TEST(test_long_poll),
		TEST(test_gone_client_is_forgotten), TEST(test_httpd_dies),
		TEST(test_bounded_state), TEST(test_output_is_utf8), TEST(test_slow_reader),
	};

	return RUN_TESTS(tests);
}
