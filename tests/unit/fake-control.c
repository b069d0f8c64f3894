/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tests/unit/fake-control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct fake fake;

struct control {
	struct control_setup setup;
	struct event *timer;
	struct view view;
	uint64_t position, frontier, epoch;
	enum control_reason reason;
	struct control_command command;
	bool busy, waiting, paused;
	char output[1 << 16];
	size_t output_end;
};

/* -- the view -------------------------------------------------------------------- */

static size_t read_bytes(const struct view *v, uint64_t address, void *buffer, size_t length)
{
	uint64_t word = v->position;

	if (address < FAKE_DATA || address >= FAKE_DATA + sizeof(word))
		return 0;
	if (length > FAKE_DATA + sizeof(word) - address)
		length = FAKE_DATA + sizeof(word) - address;
	memcpy(buffer, (char *)&word + (address - FAKE_DATA), length);
	return length;
}

static const struct region *region_table(const struct view *v, size_t *count)
{
	static const struct region text = { .start = FAKE_TEXT, .end = FAKE_TEXT + 0x1000,
		.protection = PROT_READ | PROT_EXEC, .name = "program" };

	(void)v;
	*count = 1;
	return &text;
}

static const struct view_ops ops = { .read = read_bytes, .regions = region_table };

struct view *control_view(struct control *c, uint64_t position, int thread)
{
	if (position > c->frontier || thread > 1)
		return NULL;
	c->view = (struct view){ .ops = &ops, .position = position, .thread = 1 };
	c->view.registers.word[REG_PC] = FAKE_TEXT + 4 * position;
	c->view.registers.word[X86_RAX] = position;
	c->view.registers.word[REG_FLAGS] = 0x246;
	return &c->view;
}

/* -- control.h --------------------------------------------------------------------- */

static void finish(struct control *c, enum control_reason reason)
{
	c->busy = false;
	c->reason = c->position == FAKE_END ? REASON_EXITED : reason;
	c->setup.on_done(c->setup.arg);
}

static bool at_breakpoint(uint64_t position)
{
	for (size_t i = 0; i < fake.breakpoint_count; i++)
		if (fake.breakpoints[i] == FAKE_TEXT + 4 * position)
			return true;
	return false;
}

static bool stops(struct control *c)
{
	return at_breakpoint(c->position) &&
	    c->setup.stops(c->setup.arg, c->position, control_view(c, c->position, 0));
}

static void arrive(struct control *c, uint64_t position)
{
	c->position = position;
	if (position <= c->frontier)
		return;
	if (c->frontier < 5 && position >= 5) {
		fake_print(c, fake.printed != NULL ? fake.printed : "hi\n",
		    fake.printed != NULL ? fake.printed_length : 3);
	}
	c->frontier = position;
}

static void step(struct control *c)
{
	uint64_t n = c->command.by_instruction ? c->command.count : 3 * c->command.count;

	if (c->command.backwards)
		arrive(c, c->position < n ? 0 : c->position - n);
	else
		arrive(c, c->position + n > FAKE_END ? FAKE_END : c->position + n);
	finish(c, c->position == 0 ? REASON_ENTRY : REASON_STEP);
}

static void go_on(struct control *c)
{
	if (fake.endless && !c->paused) {
		if (fake.waits)
			fake_wait(c, true);
		return;
	}
	do
		arrive(c, c->command.backwards ? c->position - 1 : c->position + 1);
	while (c->position > 0 && c->position < FAKE_END && !stops(c) && !c->paused);
	finish(c, c->paused ? REASON_PAUSE : c->position == 0 ? REASON_ENTRY : REASON_BREAKPOINT);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct control *c = arg;

	(void)fd;
	(void)what;
	if (!c->busy)
		return;
	if (c->command.kind == CONTROL_CONTINUE)
		go_on(c);
	else
		step(c);
}

struct control *fake_control(struct event_base *base, const struct control_setup *setup)
{
	struct control *c = calloc(1, sizeof(*c));

	c->setup = *setup;
	c->reason = REASON_ENTRY;
	c->timer = evtimer_new(base, on_timer, c);
	return c;
}

void control_free(struct control *c)
{
	event_free(c->timer);
	free(c);
}

int control_start(struct control *c, const struct control_command *command)
{
	if (c->busy)
		return -EBUSY;
	fake.commands++;
	c->command = *command;
	c->paused = false;
	if (command->kind == CONTROL_SEEK) {
		if (command->position > c->frontier)
			return -ERANGE;
		c->position = command->position;
		finish(c, REASON_GOTO);		/* within the call, as control.h allows */
		return 0;
	}
	c->busy = true;
	event_active(c->timer, EV_TIMEOUT, 0);
	return 0;
}

void control_pause(struct control *c)
{
	c->paused = true;
	if (c->busy)
		event_active(c->timer, EV_TIMEOUT, 0);
}

void control_terminate(struct control *c)
{
	fake.terminated = true;
	c->setup.on_live(c->setup.arg);
}

int control_input(struct control *c, const void *data, size_t length, bool end)
{
	(void)end;
	if (c->position == FAKE_END)
		return -EPIPE;
	memcpy(fake.input, data, length < sizeof(fake.input) ? length : sizeof(fake.input));
	return 0;
}

int control_set_breakpoints(struct control *c, const uint64_t *addresses, size_t count)
{
	(void)c;
	fake.breakpoint_count = count < 64 ? count : 64;
	memcpy(fake.breakpoints, addresses, fake.breakpoint_count * sizeof(*addresses));
	return 0;
}

void control_await_images(struct control *c, bool on)
{
	(void)c;
	fake.awaits_images = on;
}

size_t control_watches_fit(const struct control_watch *list, size_t count)
{
	size_t n = 0, bytes = 0;

	while (n < count && (bytes += list[n].length) <= 32)
		n++;
	return n;
}

int control_set_watchpoints(struct control *c, const struct control_watch *list, size_t count)
{
	(void)c;
	fake.watch_count = count;
	memcpy(fake.watches, list, count * sizeof(*list));
	return 0;
}

void fake_print(struct control *c, const char *text, size_t length)
{
	memcpy(c->output + c->output_end, text, length);
	c->output_end += length;
	c->setup.on_output(c->setup.arg);
}

void fake_wait(struct control *c, bool waiting)
{
	c->waiting = waiting;
	c->setup.on_live(c->setup.arg);
}

const char *control_reason_name(enum control_reason reason)
{
	static const char *const names[] = { "entry", "step", "breakpoint", "pause", "goto", "exception",
		"exited", "limit", "data breakpoint" };

	return names[reason];
}

uint64_t control_epoch(const struct control *c)
{
	return 1 + c->epoch;
}

uint64_t control_position(const struct control *c)
{
	return c->position;
}

uint64_t control_frontier(const struct control *c)
{
	return c->frontier;
}

enum control_reason control_reason(const struct control *c)
{
	return c->reason;
}

bool control_busy(const struct control *c)
{
	return c->busy;
}

enum control_status control_live_status(const struct control *c)
{
	return fake.terminated || c->frontier == FAKE_END ? STATUS_EXITED : c->busy ? STATUS_RUNNING : STATUS_STOPPED;
}

bool control_killed(const struct control *c)
{
	(void)c;
	return fake.terminated;
}

bool control_recording(const struct control *c)
{
	(void)c;
	return fake.recording;
}

enum control_policy control_policy(const struct control *c)
{
	(void)c;
	return fake.policy;
}

int control_record(struct control *c, enum control_policy policy, uint64_t budget)
{
	if (c->busy)
		return -EBUSY;
	fake.policy = policy;
	fake.budget = budget;
	return 0;
}

int control_halt(struct control *c)
{
	(void)c;
	fake.halted = true;
	return fake.halts_late ? -EINPROGRESS : 0;
}

void control_go_on(struct control *c)
{
	(void)c;
	fake.halted = false;
}

void fake_halted(struct control *c)
{
	c->setup.on_halted(c->setup.arg);
}

void fake_record(struct control *c, uint64_t frontier, bool recording)
{
	c->frontier = frontier;
	fake.recording = recording;
	c->setup.on_live(c->setup.arg);
}

bool control_blocked(const struct control *c)
{
	(void)c;
	return false;
}

bool control_waiting(const struct control *c)
{
	return c->waiting;
}

size_t control_varies(const struct control *c, const char **out, size_t max)
{
	(void)c;
	(void)out;
	(void)max;
	return 0;
}

size_t control_limits(const struct control *c, struct control_limit *out, size_t max)
{
	if (max > 0)
		out[0] = (struct control_limit){ .name = "steps", .unit = "steps", .advice = "There are no more.",
		    .limit = 1000, .used = c->frontier };
	return max > 0;
}

const struct control_limit *control_limit_hit(const struct control *c)
{
	(void)c;
	return NULL;
}

bool control_is_own(const struct control *c, uint64_t address)
{
	(void)c;
	return address < 0x7f0000000000;
}

int control_failed(const struct control *c, struct control_obstacle *o)
{
	(void)c;
	*o = (struct control_obstacle){ 0 };
	return 0;
}

int control_can_rewind(struct control *c, uint64_t position, struct control_obstacle *o)
{
	*o = (struct control_obstacle){ .position = fake.obstacle, .what = "write", .why = "it has written to a file" };
	return c->position < c->frontier && position < fake.obstacle ? -EPERM : 0;
}

int control_rewind(struct control *c, uint64_t position, struct control_obstacle *o)
{
	int error = control_can_rewind(c, position, o);

	if (error != 0 || position == c->frontier)
		return error;
	c->frontier = c->position = position;
	c->epoch++;
	c->reason = REASON_GOTO;
	return 0;
}

static int fake_write(struct control *c)
{
	if (c->position != c->frontier)
		return -ESTALE;
	fake.written = c->position + 1;
	arrive(c, c->position + 1);
	c->reason = REASON_STEP;
	return 0;
}

int control_write_memory(struct control *c, uint64_t address, const void *bytes, size_t length)
{
	if (address < FAKE_DATA || length > sizeof(fake.write))
		return -EFAULT;
	memcpy(fake.write, bytes, length);
	return fake_write(c);
}

int control_write_register(struct control *c, int index, uint64_t value)
{
	if (register_table[index].fixed != 0)
		return -EPERM;
	memcpy(fake.write, &value, sizeof(value));
	return fake_write(c);
}

int control_write_vector(struct control *c, const struct vector_register *r, const uint8_t *bytes)
{
	if (r->kind->size > sizeof(fake.write))
		return -EINVAL;
	memcpy(fake.write, bytes, r->kind->size);
	return fake_write(c);
}

uint64_t control_output_end(const struct control *c)
{
	return c->output_end;
}

uint64_t control_output_end_at(const struct control *c, uint64_t position)
{
	return position >= 5 ? c->output_end : 0;
}

size_t control_output(const struct control *c, uint64_t start, void *buffer, size_t length)
{
	if (start > c->output_end)
		return 0;
	if (length > c->output_end - start)
		length = c->output_end - start;
	memcpy(buffer, c->output + start, length);
	return length;
}

/* -- what is caught ------------------------------------------------------------------- */

void control_catch_calls(struct control *c, const int *numbers, size_t count)
{
	(void)c;
	(void)numbers;
	(void)count;
}

void control_catch_kinds(struct control *c, unsigned kinds)
{
	(void)c;
	(void)kinds;
}

void control_choose_signals(struct control *c, const struct control_signal_rule rules[CONTROL_SIGNALS])
{
	(void)c;
	memcpy(fake.signals, rules, sizeof fake.signals);
}
