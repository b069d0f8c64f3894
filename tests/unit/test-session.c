/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The session protocol over a real channel in both encodings, above a program
 * that is not there (fake-control.c). */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chan.h"
#include "src/mpread.h"
#include "tests/unit/fake-control.h"
#include "tests/unit/unit.h"
#include "tracer/session.h"

#define HANDLE_TRACER(n) HANDLE(n)
#define HANDLERS_DECLARED_ONLY
#include "src/handlers.h"

struct fixture {
	struct event_base *base;
	struct session *session;
	struct control *control;
	struct chan *httpd;
	struct event *deadline;
	bool late;
	json_t *replies;	/* object: client → {status, body}, as they come */
	json_t *events;		/* array */
	struct chan *slow;	/* another httpd, and its events */
	json_t *slow_events;
	uint64_t next_client;
};

static struct fixture *fx;

static char source[150001];
static struct request program_request = {
	.language = LANGUAGE_C, .flags = { (char *)(uintptr_t)"-O1" }, .file_count = 2,
	.files = { { .name = "main.c", .text = source, .length = sizeof(source) - 1 },
		{ .name = "small.h", .text = (char *)(uintptr_t)"int x;\n", .length = 7 } },
};

/* -- msgpack as JSON; bytes as text, words as integers ------------------------------- */

static json_t *to_json(struct mpread *in)
{
	size_t n;
	const char *text;
	json_t *out;

	switch (mp_peek(in)) {
	case MP_UINT:
		return json_integer((json_int_t)mp_uint(in));
	case MP_INT:
		return json_integer(mp_int(in));
	case MP_BOOL:
		return json_boolean(mp_bool(in));
	case MP_STR:
		text = mp_str(in, &n);
		return json_stringn(text, n);
	case MP_BIN:
		text = (const char *)mp_bin(in, &n);
		return json_stringn_nocheck(text, n);
	case MP_ARRAY:
		out = json_array();
		for (n = mp_array(in); n > 0; n--)
			json_array_append_new(out, to_json(in));
		return out;
	case MP_MAP:
		out = json_object();
		for (n = mp_map(in); n > 0; n--) {
			size_t length;
			char key[64] = "";

			text = mp_str(in, &length);
			memcpy(key, text, length < 63 ? length : 63);
			assert_null(json_object_get(out, key));
			json_object_set_new(out, key, to_json(in));
		}
		return out;
	default:
		fail_msg("unexpected msgpack");
		return NULL;
	}
}

static json_t *read_msgpack(const void *bytes, size_t length)
{
	struct mpread in;
	json_t *json;

	mp_start(&in, bytes, length);
	json = to_json(&in);
	assert_true(mp_end(&in));
	return json;
}

/* -- httpd's end ------------------------------------------------------------------------ */

static void on_reply(struct chan *c, void *message)
{
	struct msg_reply *m = message;
	char client[24];
	json_t *body = m->payload_len > 0 && (m->payload[0] == '{') ?
	    json_loadb((const char *)m->payload, m->payload_len, JSON_REJECT_DUPLICATES, NULL) :
	    read_msgpack(m->payload, m->payload_len);

	(void)c;
	assert_non_null(body);
	assert_true(m->payload_len <= PAYLOAD_MAX);
	snprintf(client, sizeof(client), "%llu", (unsigned long long)m->client);
	json_object_set_new(fx->replies, client, json_pack("{s:I, s:o}", "status", (json_int_t)m->status, "body", body));
}

static void on_event_message(struct chan *c, void *message)
{
	struct msg_event *m = message;

	json_array_append_new(c == fx->slow ? fx->slow_events : fx->events,
	    read_msgpack(m->payload, m->payload_len));
}

static void closed(struct chan *c, const char *why)
{
	(void)c;
	(void)why;
	fx->httpd = NULL;
}

static void call_request(struct chan *c, void *m)
{
	on_request(c, m);
}

static void call_gone(struct chan *c, void *m)
{
	on_gone(c, m);
}

static const chan_handler tracer_handlers[MSG_COUNT] = { [MSG_request] = call_request, [MSG_gone] = call_gone };
static const chan_handler httpd_handlers[MSG_COUNT] = { [MSG_reply] = on_reply, [MSG_event] = on_event_message };

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	((struct fixture *)arg)->late = true;
}

static int setup(void **state)
{
	struct control_setup control = { .budget = FAKE_BUDGET };
	static const struct timeval after = { .tv_sec = 20 };
	int pair[2];
	struct chan_setup httpd = { .self = PEER_HTTPD, .peer = PEER_TRACER, .handlers = httpd_handlers,
		.queue_max = 8 << 20, .on_close = closed };

	fx = calloc(1, sizeof(*fx));
	memset(&fake, 0, sizeof(fake));
	fx->base = httpd.base = event_base_new();
	fx->replies = json_object();
	fx->events = json_array();
	for (size_t i = 0; i + 1 < sizeof(source); i += 2)
		memcpy(source + i, "\xc3\xa9", 2);
	fx->session = session_new(fx->base, NULL, &program_request, tracer_handlers, fx);
	session_control_setup(fx->session, &control);
	fx->control = fake_control(fx->base, &control);
	session_begin(fx->session, fx->control);
	assert_int_equal(chan_pair(pair), 0);
	assert_int_equal(session_client(fx->session, pair[0]), 0);
	httpd.fd = pair[1];
	fx->httpd = chan_new(&httpd);
	fx->deadline = evtimer_new(fx->base, on_deadline, fx);
	evtimer_add(fx->deadline, &after);
	*state = fx;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	session_free(fx->session);
	control_free(fx->control);
	if (fx->httpd != NULL)
		chan_free(fx->httpd);
	event_free(fx->deadline);
	event_base_free(fx->base);
	json_decref(fx->replies);
	json_decref(fx->events);
	free(fx);
	return 0;
}

/* -- asking ------------------------------------------------------------------------------- */

/* The channel is ready once HELLO has come: the loop runs until it has. */
static void run_once(void)
{
	assert_false(fx->late);
	event_base_loop(fx->base, EVLOOP_ONCE);
}

static void request(uint64_t client, unsigned encoding, const char *command, const void *payload, size_t length)
{
	struct msg_request m = { .client = client, .encoding = encoding, .payload = payload, .payload_len = length };

	while (chan_state(fx->httpd) == CHAN_NEW)
		run_once();
	snprintf(m.command, sizeof(m.command), "%s", command);
	assert_int_equal(send_request(fx->httpd, &m), 0);
}

static json_t *reply_of(uint64_t client)
{
	char key[24];

	snprintf(key, sizeof(key), "%llu", (unsigned long long)client);
	return json_object_get(fx->replies, key);
}

static json_t *await(uint64_t client)
{
	while (reply_of(client) == NULL)
		run_once();
	return reply_of(client);
}

static uint64_t send_json(const char *command, const char *payload)
{
	uint64_t client = ++fx->next_client;

	request(client, 0, command, payload, strlen(payload));
	return client;
}

/* The body of a JSON request that must succeed. */
static json_t *ask(const char *command, const char *payload)
{
	json_t *reply = await(send_json(command, payload));

	if (json_integer_value(json_object_get(reply, "status")) != 200)
		fail_msg("%s %s: %s", command, payload, json_dumps(reply, 0));
	return json_object_get(reply, "body");
}

/* The error of one that must fail with this status. */
static json_t *refused(const char *command, const char *payload, int status)
{
	json_t *reply = await(send_json(command, payload)), *error;

	if (json_integer_value(json_object_get(reply, "status")) != status)
		fail_msg("%s %.200s: wanted %d, got %s", command, payload, status, json_dumps(reply, 0));
	error = json_object_get(json_object_get(reply, "body"), "error");
	assert_non_null(json_string_value(json_object_get(error, "code")));
	assert_true(strlen(json_string_value(json_object_get(error, "message"))) > 10);
	return error;
}

static const char *text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "";
}

static json_int_t number(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

/* A WebSocket's frame, from JSON by hand: {id, command, arguments{}} with text and small numbers. */
static void pack(json_t *json, uint8_t **at)
{
	const char *key;
	json_t *member;
	size_t i;

	if (json_is_object(json)) {
		*(*at)++ = 0x80 | json_object_size(json);
		json_object_foreach(json, key, member) {
			*(*at)++ = 0xa0 | strlen(key);
			*at = (uint8_t *)stpcpy((char *)*at, key);
			pack(member, at);
		}
	} else if (json_is_array(json)) {
		*(*at)++ = 0x90 | json_array_size(json);
		json_array_foreach(json, i, member)
			pack(member, at);
	} else if (json_is_string(json)) {
		*(*at)++ = 0xa0 | json_string_length(json);
		*at = (uint8_t *)stpcpy((char *)*at, json_string_value(json));
	} else if (json_is_boolean(json)) {
		*(*at)++ = json_is_true(json) ? 0xc3 : 0xc2;
	} else {
		*(*at)++ = (uint8_t)json_integer_value(json);
	}
}

static void send_frame(uint64_t client, const char *text_form)
{
	uint8_t frame[512], *end = frame;
	json_t *json = json_loads(text_form, 0, NULL);

	assert_non_null(json);
	pack(json, &end);
	json_decref(json);
	request(client, 1, "", frame, (size_t)(end - frame));
}

static json_t *event_named(const char *name)
{
	json_t *event;
	size_t i;

	for (;;) {
		json_array_foreach(fx->events, i, event)
			if (strcmp(text(event, "event"), name) == 0)
				return event;
		run_once();
	}
}

/* -- tests: answers ---------------------------------------------------------------------------- */

static void test_state(void **state)
{
	json_t *s = ask("state", "");

	(void)state;
	assert_int_equal(number(s, "position"), 0);
	assert_int_equal(number(s, "frontier"), 0);
	assert_string_equal(text(s, "pc"), "0x401000");
	assert_string_equal(text(s, "reason"), "entry");
	assert_string_equal(text(s, "status"), "stopped");
	assert_string_equal(text(s, "file"), "main.c");
	assert_string_equal(text(s, "function"), "main");
	assert_int_equal(number(s, "line"), 10);
	assert_int_equal(json_object_size(json_object_get(s, "registers")), REGISTERS_COUNT);
	assert_string_equal(text(json_object_get(s, "live"), "status"), "stopped");
}

static void test_step_says_what_changed(void **state)
{
	json_t *s = ask("stepIn", "{\"granularity\": \"instruction\", \"count\": 6}");
	json_t *memory = json_array_get(json_object_get(s, "memory"), 0);

	(void)state;
	assert_int_equal(number(s, "from"), 0);
	assert_int_equal(number(s, "position"), 6);
	assert_int_equal(json_object_size(json_object_get(s, "registers")), 2);
	assert_string_equal(text(json_object_get(s, "registers"), "rax"), "0x6");
	assert_string_equal(text(memory, "address"), "0x7000");
	assert_string_equal(text(memory, "bytes"), "BgAAAAAAAAA=");
	assert_string_equal(text(s, "output"), "hi\n");
	assert_int_equal(number(s, "outputEnd"), 3);
	s = ask("stepBack", "{\"granularity\": \"instruction\"}");
	assert_int_equal(number(s, "position"), 5);
	assert_int_equal(number(s, "frontier"), 6);
	assert_string_equal(text(json_object_get(s, "macro"), "name"), "puts");
	assert_string_equal(text(s, "output"), "");
}

static void test_riders(void **state)
{
	json_t *s = ask("stepIn", "{\"with\": [{\"command\": \"stackTrace\"}, {\"command\": \"variables\", "
	    "\"arguments\": {\"variablesReference\": 2}}, {\"command\": \"stepIn\"}, {\"command\": \"nothing\"}, "
	    "{\"command\": \"variables\"}, {\"command\": \"state\", \"arguments\": {\"position\": 0}}]}");
	json_t *with = json_object_get(s, "with"), *frames;

	(void)state;
	assert_int_equal(json_array_size(with), 6);
	frames = json_object_get(json_object_get(json_array_get(with, 0), "body"), "stackFrames");
	assert_string_equal(text(json_array_get(frames, 0), "pc"), "0x40100c");
	assert_int_equal(number(json_array_get(with, 1), "status"), 200);
	assert_int_equal(number(json_array_get(with, 2), "status"), 400);
	assert_int_equal(number(json_array_get(with, 3), "status"), 404);
	assert_int_equal(number(json_array_get(with, 4), "status"), 400);
	assert_int_equal(number(json_object_get(json_array_get(with, 5), "body"), "position"), 0);
	refused("state", "{\"with\": [{\"command\": \"state\", \"arguments\": {\"with\": 1}, \"more\": 1}]}", 400);
	refused("state", "{\"with\": [{},{},{},{},{},{},{},{},{}]}", 400);
}

static void test_queries(void **state)
{
	json_t *body;

	(void)state;
	ask("stepIn", "{\"count\": 2}");
	body = ask("registers", "{\"position\": 3}");
	assert_string_equal(text(json_object_get(body, "registers"), "rax"), "0x3");
	assert_int_equal(number(json_object_get(body, "flags"), "ZF"), 1);
	assert_int_equal(number(json_object_get(body, "flags"), "CF"), 0);
	body = ask("readMemory", "{\"address\": \"0x7004\", \"count\": 8}");
	assert_string_equal(text(body, "data"), "AAAAAA==");
	assert_int_equal(number(body, "unreadableBytes"), 4);
	body = ask("disassemble", "{\"function\": true, \"syntax\": \"intel\"}");
	assert_int_equal(number(body, "total"), 512);
	assert_int_equal(json_array_size(json_object_get(body, "instructions")), 64);
	body = json_array_get(json_object_get(body, "instructions"), 1);
	assert_string_equal(text(body, "symbol"), "main+4");
	assert_string_equal(text(body, "instructionBytes"), "kAAAAA==");
	body = ask("disassemble", "{\"instructionOffset\": -2, \"instructionCount\": 3}");
	body = json_array_get(json_object_get(body, "instructions"), 0);
	assert_string_equal(text(body, "address"), "0x401010");
	body = ask("evaluate", "{\"expression\": \"$rax\"}");
	assert_string_equal(text(body, "result"), "0x6");
	assert_string_equal(text(ask("evaluate", "{\"expression\": \"x\"}"), "type"), "long");
	refused("evaluate", "{\"expression\": \"x + 1\"}", 422);
	body = ask("window", "{\"from\": 0, \"to\": 6}");
	assert_int_equal(json_array_size(json_object_get(body, "steps")), 7);
	assert_int_equal(number(body, "to"), 6);
	body = ask("timeline", "{\"buckets\": 3}");
	assert_int_equal(json_array_size(json_object_get(body, "buckets")), 3);
	body = ask("lastWrite", "{\"address\": \"0x7000\", \"position\": 4}");
	assert_int_equal(number(body, "position"), 4);
	assert_int_equal(number(ask("lastWrite", "{\"expression\": \"x\", \"position\": 4}"), "position"), 4);
	assert_int_equal(number(ask("lastWrite", "{\"expression\": \"$rax\", \"position\": 3}"), "position"), 3);
	body = ask("lastWrite", "{\"expression\": \"$rbx\", \"position\": 3}");
	assert_false(json_boolean_value(json_object_get(body, "found")));
	assert_int_equal(number(body, "searched"), 0);
	body = ask("hits", "{\"line\": 11}");
	assert_int_equal(number(body, "total"), 1);
	assert_int_equal(json_integer_value(json_array_get(json_object_get(body, "positions"), 0)), 3);
	assert_int_equal(json_array_size(json_object_get(ask("threads", "{\"position\": 0}"), "threads")), 1);
	assert_int_equal(json_array_size(json_object_get(ask("breakpointLocations",
	    "{\"line\": 1, \"endLine\": 12}"), "breakpoints")), 3);
	assert_int_equal(json_array_size(json_object_get(ask("scopes", ""), "scopes")), 2);
}

static void test_errors_say_what_is_wrong(void **state)
{
	json_t *error;

	(void)state;
	error = refused("stepin", "{}", 404);
	assert_non_null(strstr(text(error, "message"), "stepIn"));
	error = refused("stepIn", "{\"count\": \"three\"}", 400);
	assert_string_equal(text(error, "argument"), "count");
	assert_non_null(strstr(text(error, "message"), "from 1 to 1000000"));
	refused("stepIn", "{\"count\": 0}", 400);
	refused("stepIn", "{\"count\": -1}", 400);
	refused("stepIn", "{\"count\": 1.5}", 400);
	refused("stepIn", "{\"granularity\": \"word\"}", 400);
	refused("stepIn", "{\"speed\": 1}", 400);
	refused("stepIn", "{\"count\": 1, \"count\": 2}", 400);
	refused("stepIn", "{", 400);
	refused("stepIn", "[]", 400);
	refused("stepIn", "{} {}", 400);
	refused("readMemory", "{\"count\": 4}", 400);
	refused("readMemory", "{\"address\": \"7000\", \"count\": 4}", 400);
	refused("readMemory", "{\"address\": \"0x70000000000000000\", \"count\": 4}", 400);
	error = refused("readMemory", "{\"address\": \"0x10\", \"count\": 4}", 422);
	assert_string_equal(text(error, "code"), "bad_address");
	error = refused("state", "{\"position\": 99}", 422);
	assert_string_equal(text(error, "code"), "out_of_range");
	assert_int_equal(number(error, "frontier"), 0);
	error = refused("stepIn", "{\"epoch\": 0}", 409);
	assert_string_equal(text(error, "code"), "stale");
	refused("registers", "{\"thread\": 9}", 422);
	refused("seek", "{}", 400);
	refused("seek", "{\"position\": 3}", 422);
	refused("scopes", "{\"frameId\": 5}", 422);
	refused("variables", "{\"variablesReference\": 3}", 422);
	refused("setSyscallRules", "{}", 400);
	refused("record", "{\"policy\": \"all\"}", 400);
	refused("setBreakpoints", "{\"file\": \"other.c\", \"breakpoints\": []}", 422);
	refused("setBreakpoints", "{\"breakpoints\": [{\"line\": \"1\"}]}", 400);
	refused("setBreakpoints", "{\"breakpoints\": {}}", 400);
	refused("exceptionInfo", "{}", 422);
	refused("hello", "{}", 400);
	refused("dataBreakpointInfo", "{}", 400);
	refused("dataBreakpointInfo", "{\"name\": \"x\", \"address\": \"0x10\"}", 400);
	refused("dataBreakpointInfo", "{\"name\": \"y\"}", 422);
	refused("setDataBreakpoints", "{\"breakpoints\": [{\"dataId\": \"0x10/4\", \"accessType\": \"sniff\"}]}", 400);
	refused("input", "{}", 400);
	refused("input", "{\"data\": \"a\"}", 400);
	refused("goto", "{}", 400);
	refused("state", "{\"with\": [{\"command\": \"state\", \"arguments\": {\"with\": [[[[]]]]}}]}", 400);
}

static void test_changes(void **state)
{
	json_t *event;
	json_t *s;

	(void)state;
	s = ask("setVariable", "{\"name\": \"x\", \"value\": \"-2\"}");
	assert_int_equal(number(s, "from"), 0);
	assert_int_equal(number(s, "position"), 1);
	assert_int_equal(number(s, "frontier"), 1);
	assert_string_equal(text(s, "kind"), "write");
	assert_string_equal(text(s, "reason"), "step");
	assert_memory_equal(fake.write, "\xfe\xff\xff\xff\xff\xff\xff\xff", 8);
	s = ask("events", "{\"after\": 0, \"wait\": 0}");
	event = json_array_get(json_object_get(s, "events"), 0);
	assert_string_equal(text(event, "event"), "stopped");
	assert_int_equal(number(event, "position"), 1);

	ask("setVariable", "{\"variablesReference\": 2, \"name\": \"x\", \"value\": \"'\\\\n'\"}");
	assert_memory_equal(fake.write, "\x0a\0\0\0\0\0\0\0", 8);
	ask("setRegister", "{\"name\": \"rax\", \"value\": \"0x102\"}");
	assert_memory_equal(fake.write, "\x02\x01\0\0\0\0\0\0", 8);
	s = ask("writeMemory", "{\"address\": \"0x7000\", \"data\": \"AQID\"}");
	assert_memory_equal(fake.write, "\1\2\3", 3);
	assert_int_equal(number(s, "position"), 4);
	assert_null(json_object_get(ask("state", "{\"position\": 2}"), "kind"));

	refused("setVariable", "{\"name\": \"y\", \"value\": \"1\"}", 422);
	refused("setVariable", "{\"name\": \"x\"}", 400);
	refused("setVariable", "{\"name\": \"x\", \"value\": \"1.5\"}", 422);
	refused("setVariable", "{\"name\": \"x\", \"value\": \"9223372036854775808\"}", 422);
	refused("setVariable", "{\"name\": \"x\", \"value\": \"one\"}", 422);
	refused("setVariable", "{\"name\": \"x\", \"value\": \"1\", \"variablesReference\": 2, \"frameId\": 0}", 400);
	refused("setVariable", "{\"name\": \"x\", \"value\": \"1\", \"variablesReference\": 3}", 422);
	refused("setVariable", "{\"name\": \"x\", \"value\": \"1\", \"variablesReference\": 1}", 422);
	refused("setVariable", "{\"name\": \"x\", \"value\": \"1\", \"frameId\": 7}", 422);
	refused("setRegister", "{\"name\": \"eip\", \"value\": \"1\"}", 422);
	refused("setRegister", "{\"name\": \"cs\", \"value\": \"1\"}", 422);
	refused("setRegister", "{\"name\": \"rax\", \"value\": \"1.5\"}", 422);
	refused("writeMemory", "{\"address\": \"0x10\", \"data\": \"AQID\"}", 422);
	refused("writeMemory", "{\"address\": \"0x7000\", \"data\": \"\"}", 422);
	ask("stepBack", "{\"granularity\": \"instruction\"}");
	fake.obstacle = 4;
	s = refused("writeMemory", "{\"address\": \"0x7000\", \"data\": \"AQID\"}", 409);
	assert_string_equal(text(s, "code"), "prevented");
	assert_non_null(strstr(text(s, "message"), "written to a file"));
	assert_string_equal(text(json_object_get(s, "obstacle"), "name"), "write");
	assert_int_equal(number(json_object_get(s, "obstacle"), "position"), 4);
	refused("rewind", "{\"position\": 2}", 409);
}

/* In the past a change cuts the timeline first. */
static void test_changes_in_the_past(void **state)
{
	json_t *s, *events;

	(void)state;
	fake.obstacle = 0;
	ask("stepIn", "{\"granularity\": \"instruction\", \"count\": 6}");
	s = ask("writeMemory", "{\"address\": \"0x7000\", \"data\": \"AQID\", \"position\": 4, \"epoch\": 1, "
	    "\"with\": [{\"command\": \"registers\"}]}");
	assert_int_equal(number(s, "epoch"), 2);
	assert_int_equal(number(s, "position"), 5);
	assert_int_equal(number(s, "frontier"), 5);
	assert_int_equal(json_array_size(json_object_get(s, "with")), 1);
	assert_string_equal(text(refused("rewind", "{\"position\": 1, \"epoch\": 1}", 409), "code"), "stale");
	refused("rewind", "{\"position\": 9}", 422);
	s = ask("rewind", "{\"position\": 2, \"epoch\": 2}");
	assert_int_equal(number(s, "epoch"), 3);
	assert_int_equal(number(s, "frontier"), 2);
	assert_int_equal(number(s, "position"), 2);
	s = ask("rewind", "{}");		/* there already: a retry is harmless */
	assert_int_equal(number(s, "epoch"), 3);
	events = json_object_get(ask("events", "{\"after\": 0, \"wait\": 0}"), "events");
	for (size_t i = 0, cuts = 0; i <= json_array_size(events); i++) {
		json_t *event = json_array_get(events, i);

		if (event == NULL) {
			assert_int_equal(cuts, 2);
		} else if (strcmp(text(event, "event"), "cut") == 0) {
			assert_int_equal(number(event, "epoch"), cuts == 0 ? 2 : 3);
			assert_int_equal(number(event, "frontier"), cuts++ == 0 ? 4 : 2);
		}
	}
}

static void test_end_and_signal(void **state)
{
	json_t *s;

	(void)state;
	s = ask("stepIn", "{\"granularity\": \"instruction\", \"count\": 12}");
	assert_string_equal(text(json_object_get(s, "signal"), "name"), "SIGSEGV");
	assert_string_equal(text(json_object_get(s, "signal"), "access"), "writing");
	assert_string_equal(text(json_object_get(s, "signal"), "address"), "0x0");
	assert_string_equal(text(ask("exceptionInfo", ""), "description"), "Segmentation fault");
	s = ask("continue", "");
	assert_string_equal(text(s, "status"), "exited");
	assert_string_equal(text(s, "reason"), "exited");
	assert_int_equal(number(s, "exitCode"), 7);
	refused("input", "{\"text\": \"x\"}", 410);
	assert_string_equal(text(ask("state", "{\"position\": 3}"), "status"), "stopped");
}

/* -- tests: control -------------------------------------------------------------------------------- */

static void test_named_start_makes_a_retry_harmless(void **state)
{
	json_t *s;

	(void)state;
	ask("stepIn", "{\"count\": 3}");
	for (int i = 0; i < 2; i++) {
		s = ask("stepIn", "{\"granularity\": \"instruction\", \"position\": 4, \"epoch\": 1}");
		assert_int_equal(number(s, "from"), 4);
		assert_int_equal(number(s, "position"), 5);
	}
}

static void test_breakpoints(void **state)
{
	json_t *b;

	(void)state;
	b = json_object_get(ask("setBreakpoints", "{\"breakpoints\": [{\"line\": 12}, {\"line\": 3}, {\"line\": 400}, "
	    "{\"line\": 13, \"condition\": \"(\"}]}"), "breakpoints");
	assert_int_equal(json_array_size(b), 4);
	assert_true(json_is_true(json_object_get(json_array_get(b, 0), "verified")));
	assert_int_equal(number(json_array_get(b, 1), "line"), 10);
	assert_non_null(strstr(text(json_array_get(b, 1), "message"), "moved"));
	assert_false(json_is_true(json_object_get(json_array_get(b, 2), "verified")));
	assert_false(json_is_true(json_object_get(json_array_get(b, 3), "verified")));
	assert_int_equal(fake.breakpoint_count, 2);
	assert_string_equal(text(ask("continue", ""), "pc"), "0x401018");
	b = json_object_get(ask("setInstructionBreakpoints",
	    "{\"breakpoints\": [{\"address\": \"0x401020\"}, {\"address\": \"0x10\"}]}"), "breakpoints");
	assert_string_equal(text(json_array_get(b, 0), "address"), "0x401020");
	assert_false(json_is_true(json_object_get(json_array_get(b, 1), "verified")));
	assert_string_equal(text(ask("continue", ""), "pc"), "0x401020");
	/* What stays keeps its number; the other kinds stay. */
	b = json_object_get(ask("setBreakpoints", "{\"breakpoints\": [{\"line\": 12}]}"), "breakpoints");
	assert_int_equal(number(json_array_get(b, 0), "id"), 1);
	assert_int_equal(fake.breakpoint_count, 2);
	assert_string_equal(text(ask("goto", "{\"line\": 13}"), "reason"), "goto");
	assert_int_equal(fake.breakpoint_count, 2);
	ask("setFunctionBreakpoints", "{\"breakpoints\": [{\"name\": \"main\"}, {\"name\": \"no\"}]}");
	assert_int_equal(fake.breakpoint_count, 3);
}

static void test_busy_join_pause(void **state)
{
	uint64_t first, joined, paused;

	(void)state;
	fake.endless = true;
	first = send_json("continue", "{}");
	joined = send_json("continue", "{}");
	refused("stepIn", "{}", 409);
	assert_string_equal(text(ask("state", "{}"), "status"), "running");
	ask("input", "{\"text\": \"abc\"}");
	assert_string_equal(fake.input, "abc");
	ask("setBreakpoints", "{\"breakpoints\": []}");
	assert_null(reply_of(first));
	paused = send_json("pause", "{}");
	await(first);
	await(joined);
	await(paused);
	assert_true(json_equal(reply_of(first), reply_of(paused)));
	assert_true(json_equal(reply_of(first), reply_of(joined)));
	assert_string_equal(text(json_object_get(reply_of(first), "body"), "reason"), "pause");
	/* Breakpoints that are set meanwhile do not end it. */
	assert_int_equal(fake.commands, 1);
	ask("pause", "{}");
}

static void test_wait(void **state)
{
	json_t *s;

	(void)state;
	fake.endless = true;
	s = ask("continue", "{\"wait\": 30}");
	assert_string_equal(text(s, "status"), "running");
	s = ask("continue", "{\"wait\": 0}");
	assert_string_equal(text(s, "status"), "running");
	ask("pause", "{}");
}

static void test_waiting_for_input(void **state)
{
	json_t *s;

	(void)state;
	fake.endless = fake.waits = true;
	s = ask("continue", "{}");
	assert_string_equal(text(s, "status"), "running");
	assert_true(json_is_true(json_object_get(json_object_get(s, "live"), "waiting")));
}

static json_t *live(json_t *s)
{
	return json_object_get(s, "live");
}

static void test_record(void **state)
{
	json_t *s;

	(void)state;
	assert_string_equal(text(live(ask("state", "{}")), "policy"), "step");
	s = ask("record", "{\"policy\": \"ahead\", \"budget\": 700}");
	assert_string_equal(text(s, "policy"), "ahead");
	assert_int_equal(fake.budget, 700);
	ask("record", "{\"policy\": \"everything\"}");
	assert_int_equal(fake.policy, RECORDS_EVERYTHING);
	assert_int_equal(fake.budget, FAKE_BUDGET);
	fake.endless = true;
	ask("continue", "{\"wait\": 0}");
	refused("record", "{\"policy\": \"step\"}", 409);
	ask("pause", "{}");
}

/* The record grows behind the cursor, whose moment stays what it is. */
static void test_recording_ahead(void **state)
{
	json_t *before, *now, *event;

	(void)state;
	request(900, 1, "hello", "", 0);
	event_named("hello");
	before = ask("state", "{}");
	fake_record(fx->control, 7, true);
	event = event_named("frontier");
	assert_int_equal(number(event, "frontier"), 7);
	assert_true(json_is_true(json_object_get(live(event), "recording")));
	now = ask("state", "{}");
	assert_true(json_is_true(json_object_get(live(now), "recording")));
	assert_int_equal(number(now, "frontier"), 7);
	assert_int_equal(number(now, "outputEnd"), 0);
	json_object_del(before, "live"), json_object_del(now, "live");
	json_object_del(before, "frontier"), json_object_del(now, "frontier");
	assert_true(json_equal(before, now));
	/* Its end comes, however soon after, and the end of the program tells of no other. */
	json_array_clear(fx->events);
	fake_record(fx->control, 9, true);
	fake_record(fx->control, FAKE_END, false);
	event = event_named("frontier");
	assert_int_equal(number(event, "frontier"), FAKE_END);
	assert_string_equal(text(live(event), "status"), "exited");
	assert_false(json_is_true(json_object_get(live(event), "recording")));
	assert_int_equal(json_array_size(fx->events), 2);	/* and a thread's start */
	assert_string_equal(text(ask("continue", "{}"), "status"), "exited");
	assert_string_equal(text(event_named("exited"), "event"), "exited");
}

/* What changes the program waits until that stands, and no command begins before. */
static void test_write_halts_the_recorder(void **state)
{
	uint64_t write;

	(void)state;
	fake.halts_late = true;
	write = send_json("setRegister", "{\"name\": \"rax\", \"value\": \"7\"}");
	ask("state", "{}");
	assert_null(reply_of(write));
	assert_true(fake.halted);
	fake_halted(fx->control);
	assert_int_equal(number(json_object_get(await(write), "body"), "position"), 1);
	assert_false(fake.halted);
	fake.halts_late = false;
	ask("setRegister", "{\"name\": \"rax\", \"value\": \"8\"}");
	assert_false(fake.halted);
}

static void test_terminate(void **state)
{
	(void)state;
	ask("stepIn", "{}");
	assert_string_equal(text(json_object_get(ask("terminate", "{}"), "live"), "status"), "exited");
	assert_int_equal(number(ask("state", "{\"position\": 0}"), "position"), 0);
	assert_true(fake.terminated);
}

/* -- tests: WebSockets and events ---------------------------------------------------------------------- */

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
	while (got < sizeof(source) - 1) {
		char arguments[64];

		snprintf(arguments, sizeof(arguments), "{\"start\": %zu, \"count\": 65535}", got);
		part = ask("source", arguments);
		assert_int_equal(number(part, "start"), got);
		assert_int_equal(number(part, "total"), sizeof(source) - 1);
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

/* -- tests: bounds ----------------------------------------------------------------------------------- */

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
	struct chan_setup setup_slow = { .base = fx->base, .self = PEER_HTTPD, .peer = PEER_TRACER,
		.handlers = httpd_handlers, .queue_max = 8 << 20, .on_close = closed };
	struct msg_request hello = { .client = 1, .encoding = 1, .command = "hello" };
	const int steps = 400;
	size_t count;
	int pair[2];

	(void)state;
	fx->slow_events = json_array();
	assert_int_equal(chan_pair(pair), 0);
	assert_int_equal(session_client(fx->session, pair[0]), 0);
	setup_slow.fd = pair[1];
	fx->slow = chan_new(&setup_slow);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void test_data_breakpoints(void **state)
{
	json_t *info, *b;
	char ids[512];
	unsigned first;

	(void)state;
	info = ask("dataBreakpointInfo", "{\"name\": \"x\"}");
	snprintf(ids, sizeof(ids), "0x%llx/8", (unsigned long long)FAKE_DATA);
	assert_string_equal(text(info, "dataId"), ids);
	assert_int_equal(json_array_size(json_object_get(info, "accessTypes")), 4);
	info = ask("dataBreakpointInfo", "{\"address\": \"0x10\", \"count\": 4}");
	assert_null(json_object_get(info, "dataId"));
	info = ask("dataBreakpointInfo", "{\"address\": \"0x10\", \"count\": 65}");
	assert_null(json_object_get(info, "dataId"));

	b = json_object_get(ask("setDataBreakpoints", "{\"breakpoints\": [{\"dataId\": \"0x7000/16\"}, "
	    "{\"dataId\": \"7000/8\"}, {\"dataId\": \"0x7000/8 \"}, {\"dataId\": \"0xffffffffffffffff/2\"}, "
	    "{\"dataId\": \"0x8000/8\", \"accessType\": \"readWrite\"}, "
	    "{\"dataId\": \"0x9000/16\"}]}"), "breakpoints");
	assert_int_equal(json_array_size(b), 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(json_is_true(json_object_get(json_array_get(b, i), "verified")), i == 0 || i >= 4);
	assert_non_null(strstr(text(json_array_get(b, 4), "message"), "natively"));
	assert_non_null(strstr(text(json_array_get(b, 5), "message"), "debug registers"));
	assert_int_equal(fake.watch_count, 3);
	assert_int_equal(fake.watches[1].address, 0x8000);
	assert_int_equal(fake.watches[1].kind, WATCH_ACCESS);
	first = (unsigned)number(json_array_get(b, 0), "id");

	b = json_object_get(ask("setDataBreakpoints", "{\"breakpoints\": [{\"dataId\": \"0x7000/16\"}]}"), "breakpoints");
	assert_int_equal(number(json_array_get(b, 0), "id"), first);
	assert_int_equal(fake.watch_count, 1);
	ask("setDataBreakpoints", "{\"breakpoints\": []}");
	assert_int_equal(fake.watch_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_state), TEST(test_step_says_what_changed), TEST(test_riders), TEST(test_queries),
		TEST(test_errors_say_what_is_wrong), TEST(test_changes), TEST(test_changes_in_the_past),
		TEST(test_end_and_signal),
		TEST(test_named_start_makes_a_retry_harmless), TEST(test_breakpoints), TEST(test_busy_join_pause),
		TEST(test_data_breakpoints), TEST(test_wait), TEST(test_waiting_for_input), TEST(test_record), TEST(test_recording_ahead),
		TEST(test_write_halts_the_recorder), TEST(test_terminate), TEST(test_websocket), TEST(test_what_stops_is_told), TEST(test_hello_is_bounded_and_source_has_the_rest), TEST(test_cancel),
		TEST(test_slow_reader),
		TEST(test_msgpack_words_are_uint64), TEST(test_two_clients), TEST(test_long_poll),
		TEST(test_gone_client_is_forgotten), TEST(test_httpd_dies), TEST(test_bounded_state),
		TEST(test_output_is_utf8),
	};

	return RUN_TESTS(tests);
}
