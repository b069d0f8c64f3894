/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A session, asked over a channel by an httpd that is none. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chan.h"
#include "src/mpread.h"
#include "tests/unit/session-host.h"

#define HANDLE_TRACER(n) HANDLE(n)
#define HANDLERS_DECLARED_ONLY
#include "src/handlers.h"

struct fixture *fx;

static char source[SOURCE_BYTES + 1];
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

struct chan *connect_httpd(void)
{
	struct chan_setup httpd = { .base = fx->base, .self = PEER_HTTPD, .peer = PEER_TRACER,
		.handlers = httpd_handlers, .queue_max = 8 << 20, .on_close = closed };
	int pair[2];

	assert_int_equal(chan_pair(pair), 0);
	assert_int_equal(session_client(fx->session, pair[0]), 0);
	httpd.fd = pair[1];
	return chan_new(&httpd);
}

int session_setup(void **state)
{
	struct control_setup control = { .budget = FAKE_BUDGET };
	static const struct timeval after = { .tv_sec = 20 };

	fx = calloc(1, sizeof(*fx));
	memset(&fake, 0, sizeof(fake));
	fx->base = event_base_new();
	fx->replies = json_object();
	fx->events = json_array();
	for (size_t i = 0; i + 1 < sizeof(source); i += 2)
		memcpy(source + i, "\xc3\xa9", 2);
	fx->session = session_new(fx->base, NULL, &program_request, tracer_handlers, fx);
	session_control_setup(fx->session, &control);
	fx->control = fake_control(fx->base, &control);
	session_begin(fx->session, fx->control);
	fx->httpd = connect_httpd();
	fx->deadline = evtimer_new(fx->base, on_deadline, fx);
	evtimer_add(fx->deadline, &after);
	*state = fx;
	return 0;
}

int session_teardown(void **state)
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

void run_once(void)
{
	assert_false(fx->late);
	event_base_loop(fx->base, EVLOOP_ONCE);
}

void request(uint64_t client, unsigned encoding, const char *command, const void *payload, size_t length)
{
	struct msg_request m = { .client = client, .encoding = encoding, .payload = payload, .payload_len = length };

	while (chan_state(fx->httpd) == CHAN_NEW)
		run_once();
	snprintf(m.command, sizeof(m.command), "%s", command);
	assert_int_equal(send_request(fx->httpd, &m), 0);
}

json_t *reply_of(uint64_t client)
{
	char key[24];

	snprintf(key, sizeof(key), "%llu", (unsigned long long)client);
	return json_object_get(fx->replies, key);
}

json_t *await(uint64_t client)
{
	while (reply_of(client) == NULL)
		run_once();
	return reply_of(client);
}

uint64_t send_json(const char *command, const char *payload)
{
	uint64_t client = ++fx->next_client;

	request(client, 0, command, payload, strlen(payload));
	return client;
}

json_t *ask(const char *command, const char *payload)
{
	json_t *reply = await(send_json(command, payload));

	if (json_integer_value(json_object_get(reply, "status")) != 200)
		fail_msg("%s %s: %s", command, payload, json_dumps(reply, 0));
	return json_object_get(reply, "body");
}

json_t *refused(const char *command, const char *payload, int status)
{
	json_t *reply = await(send_json(command, payload)), *error;

	if (json_integer_value(json_object_get(reply, "status")) != status)
		fail_msg("%s %.200s: wanted %d, got %s", command, payload, status, json_dumps(reply, 0));
	error = json_object_get(json_object_get(reply, "body"), "error");
	assert_non_null(json_string_value(json_object_get(error, "code")));
	assert_true(strlen(json_string_value(json_object_get(error, "message"))) > 10);
	return error;
}

const char *text(json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "";
}

json_int_t number(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

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

void send_frame(uint64_t client, const char *text_form)
{
	uint8_t frame[512], *end = frame;
	json_t *json = json_loads(text_form, 0, NULL);

	assert_non_null(json);
	pack(json, &end);
	json_decref(json);
	request(client, 1, "", frame, (size_t)(end - frame));
}

json_t *event_named(const char *name)
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

json_t *live(json_t *s)
{
	return json_object_get(s, "live");
}
