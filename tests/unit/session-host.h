/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A session above a program that is not there (fake-control.c), over a real channel:
 * what its requests are answered, and what it tells.
 */
#ifndef PT_SESSION_HOST_H
#define PT_SESSION_HOST_H

#include <jansson.h>

#include "src/chan.h"
#include "tests/unit/fake-control.h"
#include "tests/unit/unit.h"
#include "tracer/session.h"

enum { SOURCE_BYTES = 150000 };	/* of main.c: é, again and again; small.h has "int x;\n" */

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

/* Of the test that runs. */
extern struct fixture *fx;

int session_setup(void **state);
int session_teardown(void **state);
#define TEST(f) cmocka_unit_test_setup_teardown(f, session_setup, session_teardown)

/* One more httpd; its events come into fx->slow_events when it is fx->slow. */
struct chan *connect_httpd(void);
/* Turn the loop; fails the test when that has taken 20 s. */
void run_once(void);
/* encoding: 0 JSON, 1 msgpack; once the channel is ready. */
void request(uint64_t client, unsigned encoding, const char *command, const void *payload, size_t length);
/* {status, body}, borrowed; NULL: not yet. */
json_t *reply_of(uint64_t client);
json_t *await(uint64_t client);
/* Returns the client that it is from. */
uint64_t send_json(const char *command, const char *payload);
/* The body of a JSON request that must succeed. */
json_t *ask(const char *command, const char *payload);
/* The error of one that must fail with this status. */
json_t *refused(const char *command, const char *payload, int status);
/* A WebSocket's frame, from JSON by hand: {id, command, arguments{}} with text and small numbers. */
void send_frame(uint64_t client, const char *text_form);
/* The first event of this name in fx->events, waiting for it. */
json_t *event_named(const char *name);
/* Members of an object: "" when there is no such text; the number must be there. */
const char *text(json_t *object, const char *key);
json_int_t number(json_t *object, const char *key);
json_t *live(json_t *state);

#endif
