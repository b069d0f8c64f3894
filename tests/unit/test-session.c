/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What requests are answered, in both encodings. */
#include <string.h>

#include "tests/unit/session-host.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_state), TEST(test_step_says_what_changed), TEST(test_riders),
		TEST(test_queries), TEST(test_errors_say_what_is_wrong), TEST(test_changes),
		TEST(test_changes_in_the_past), TEST(test_end_and_signal),
	};

	return RUN_TESTS(tests);
}
