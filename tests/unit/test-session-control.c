/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Commands, breakpoints and recording, as requests ask for them. */
#include <stdio.h>
#include <string.h>

#include "tests/unit/session-host.h"

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
		TEST(test_named_start_makes_a_retry_harmless), TEST(test_breakpoints),
		TEST(test_busy_join_pause), TEST(test_wait), TEST(test_waiting_for_input),
		TEST(test_record), TEST(test_recording_ahead), TEST(test_write_halts_the_recorder),
		TEST(test_terminate), TEST(test_data_breakpoints),
	};

	return RUN_TESTS(tests);
}
