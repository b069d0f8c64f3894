/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tests/unit/fake-control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tracer/program/expr.h"
#include "tracer/timeline/events.h"
#include "tracer/program/disasm.h"
#include "tracer/program/functions.h"
#include "tracer/program/lines.h"
#include "tracer/program/frames.h"
#include "tracer/program/variables.h"

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

uint64_t control_arrived_at(struct control *c, uint64_t position)
{
	(void)c;
	return FAKE_TEXT + 4 * position;
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

int control_watch_at(struct control *c, uint64_t position)
{
	(void)c;
	(void)position;
	return -1;
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

enum control_status control_status_at(const struct control *c, uint64_t position)
{
	(void)c;
	return position == FAKE_END ? STATUS_EXITED : STATUS_STOPPED;
}

bool control_exit_code(const struct control *c, int *code)
{
	*code = 7;
	return c->frontier == FAKE_END;
}

struct control_signal control_signal_at(const struct control *c, uint64_t position)
{
	(void)c;
	return position == 12 ? (struct control_signal){ .number = 11, .has_address = true, .address = 0, .access = "writing" } :
	    (struct control_signal){ 0 };
}

unsigned control_before_calls(const struct control *c, uint64_t position, int thread)
{
	(void)c;
	(void)position;
	(void)thread;
	return 0;
}

unsigned control_depth(const struct control *c, uint64_t position)
{
	(void)c;
	return position > 9;
}

bool control_macro(const struct control *c, uint64_t position, char *name, size_t size, uint64_t *microseconds)
{
	(void)c;
	strncpy(name, "puts", size);
	*microseconds = 12;
	return position == 5;
}

bool control_is_write(const struct control *c, uint64_t position)
{
	(void)c;
	return fake.written != 0 && position == fake.written;
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

size_t control_threads(struct control *c, uint64_t position, int *ids, size_t max)
{
	(void)c;
	ids[0] = 1;
	if (max > 1)
		ids[1] = 2;
	return position > 9 ? 2 : 1;
}

void control_memory_changes(struct control *c, uint64_t from, uint64_t to,
    bool (*each)(void *, uint64_t, const uint8_t *, size_t), void *arg)
{
	static uint8_t many[1 << 20];

	(void)c;
	(void)from;
	memcpy(many, &to, sizeof(to));
	each(arg, FAKE_DATA, many, fake.changed_bytes != 0 ? fake.changed_bytes : sizeof(to));
}

void control_writes(struct control *c, uint64_t position, void (*each)(void *, uint64_t, size_t), void *arg)
{
	(void)c;
	(void)position;
	each(arg, FAKE_DATA, sizeof(position));
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

/* -- all of the record --------------------------------------------------------------- */

static uint64_t position_of(struct control *c, uint64_t address)
{
	uint64_t position = (address - FAKE_TEXT) / 4;

	return address >= FAKE_TEXT && position <= c->frontier ? position : CONTROL_NOWHERE;
}

uint64_t control_find_arrival(struct control *c, const uint64_t *addresses, size_t count, uint64_t from,
    int direction)
{
	uint64_t found = CONTROL_NOWHERE;

	for (size_t i = 0; i < count; i++) {
		uint64_t p = position_of(c, addresses[i]);

		if (p != CONTROL_NOWHERE && (direction < 0 ? p < from : p > from) &&
		    (found == CONTROL_NOWHERE || (direction < 0) == (p > found)))
			found = p;
	}
	return found;
}

uint64_t control_count_arrivals(struct control *c, const uint64_t *addresses, size_t count, uint64_t from,
    uint64_t to)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t p = position_of(c, addresses[i]);

		sum += p != CONTROL_NOWHERE && p > from && p <= to;
	}
	return sum;
}

uint64_t control_find_write(struct control *c, uint64_t address, uint64_t length, uint64_t from, int direction)
{
	(void)c;
	(void)direction;
	return address < FAKE_DATA + 8 && address + length > FAKE_DATA && from > 1 ? from - 1 : CONTROL_NOWHERE;
}

uint64_t control_find_register(struct control *c, int index, int thread, uint64_t from)
{
	(void)c;
	return thread == 1 && index == X86_RAX && from > 1 ? from - 1 : CONTROL_NOWHERE;
}

uint64_t control_find_vector(struct control *c, const struct vector_register *r, int thread, uint64_t from)
{
	(void)c;
	return thread == 1 && r->number == 2 && from > 1 ? from - 1 : CONTROL_NOWHERE;
}

uint64_t control_count_signals(const struct control *c, uint64_t from, uint64_t to)
{
	(void)c;
	return from < 12 && to >= 12;
}

unsigned control_depth_max(struct control *c, uint64_t from, uint64_t to)
{
	(void)from;
	return control_depth(c, to);
}

/* -- program/ ------------------------------------------------------------------------ */

const char *image_file(const struct image *image, int file)
{
	(void)image;
	return file == 0 ? "main.c" : NULL;
}

int image_file_index(const struct image *image, const char *name)
{
	(void)image;
	return strcmp(name, "main.c") == 0 ? 0 : -1;
}

bool lines_find(const struct image *image, uint64_t address, struct line_row *row)
{
	(void)image;
	if (address < FAKE_TEXT || address > FAKE_TEXT + 4 * FAKE_END)
		return false;
	*row = (struct line_row){ .line = 10 + (unsigned)(address - FAKE_TEXT) / 12, .is_stmt = true };
	return true;
}

size_t lines_breakpoints(const struct image *image, int file, unsigned line, uint64_t *addresses,
    size_t max, unsigned *actual)
{
	(void)image;
	(void)file;
	if (line > 16 || max == 0)
		return 0;
	*actual = line < 10 ? 10 : line;
	addresses[0] = FAKE_TEXT + 12 * (*actual - 10);
	return 1;
}

size_t lines_with_code(const struct image *image, int file, unsigned from, unsigned to, unsigned *lines, size_t max)
{
	size_t n = 0;

	(void)image;
	(void)file;
	for (unsigned line = from < 10 ? 10 : from; line <= to && line <= 16 && n < max; line++)
		lines[n++] = line;
	return n;
}

bool function_find(const struct image *image, uint64_t address, struct function *f)
{
	(void)image;
	*f = (struct function){ .name = "main", .start = FAKE_TEXT, .end = FAKE_TEXT + 4 * 512, .body = FAKE_TEXT };
	return address >= f->start && address < f->end;
}

const char *function_module(const struct image *image, uint64_t address)
{
	(void)image;
	(void)address;
	return NULL;
}

bool function_by_name(const struct image *image, const char *name, struct function *f)
{
	return strcmp(name, "main") == 0 && function_find(image, FAKE_TEXT, f);
}

size_t unwind(struct image *image, const struct view *v, struct frame *frames, size_t max)
{
	(void)image;
	frames[0] = (struct frame){ .pc = v->registers.word[REG_PC], .cfa = 0x8000, .signal = true,
		.registers = v->registers, .known = ~0ull };
	return max > 0;
}

size_t frames_find(struct image *image, const struct view *v, struct frame *frames, size_t max)
{
	return unwind(image, v, frames, max);
}

struct frame frame_at(const struct image *image, uint64_t pc)
{
	(void)image;
	return (struct frame){ .pc = pc, .signal = true };
}

void frame_name(const struct image *image, const struct frame *frame, char *name, size_t size)
{
	struct function f;

	snprintf(name, size, "%s", function_find(image, frame->pc, &f) ? f.name : "");
}

bool frame_place(const struct image *image, const struct frame *frame, int *file, unsigned *line)
{
	struct line_row row;

	if (!lines_find(image, frame->pc, &row))
		return false;
	*file = row.file;
	*line = row.line;
	return true;
}

size_t variables_of(struct image *image, const struct view *v, const struct frame *frame,
    enum variable_scope scope, size_t start, struct variable *out, size_t max, size_t *total)
{
	(void)image;
	(void)v;
	(void)frame;
	*total = scope == VARIABLES_LOCALS;
	if (*total <= start || max == 0)
		return 0;
	out[0] = (struct variable){ .name = "x", .type = "long", .value = "3", .address = FAKE_DATA, .size = 8,
		.reg = -1, .available = true, .kind = VARIABLE_SIGNED };
	return 1;
}

size_t functions_by_name(const struct image *image, const char *name, struct function *out, size_t max)
{
	return max > 0 && function_by_name(image, name, out);
}

bool variable_find(struct image *image, const struct view *v, const struct frame *frame, const char *name,
    struct variable *out)
{
	size_t total;

	return strcmp(name, "x") == 0 && variables_of(image, v, frame, VARIABLES_LOCALS, 0, out, 1, &total) == 1;
}

struct expr {
	char text[64];
};

struct expr *expr_parse(const struct image *image, const char *text, struct expr_error *error)
{
	struct expr *x = calloc(1, sizeof(*x));

	(void)image;
	snprintf(x->text, sizeof(x->text), "%s", text);
	if (text[0] != '(')
		return x;
	*error = (struct expr_error){ .column = 2, .message = "the expression ends too early" };
	free(x);
	return NULL;
}

void expr_free(struct expr *x)
{
	free(x);
}

/* "x" or a register. */
bool expr_evaluate(struct expr *x, const struct view *v, const struct frame *frame, struct variable *out,
    struct expr_error *error)
{
	int reg = x->text[0] == '$' ? register_by_name(x->text + 1) : -1;

	*error = (struct expr_error){ .column = 1, .message = "no such name" };
	if (reg < 0)
		return variable_find(NULL, v, frame, x->text, out);
	*out = (struct variable){ .type = "uint64_t", .reg = reg };
	snprintf(out->value, sizeof(out->value), "0x%llx", (unsigned long long)frame->registers.word[reg]);
	return true;
}

bool expr_test(struct expr *x, const struct view *v, const struct frame *frame, bool *truth,
    struct expr_error *error)
{
	struct variable unused;

	*truth = true;
	return expr_evaluate(x, v, frame, &unused, error);
}

bool expr_number(struct expr *x, const struct view *v, const struct frame *frame, struct expr_number *out,
    struct expr_error *error)
{
	struct variable is;

	*out = (struct expr_number){ 0 };
	if (!expr_evaluate(x, v, frame, &is, error))
		return false;
	out->magnitude = strtoull(is.value, NULL, 0);
	return true;
}

bool expr_children(struct expr *x, const struct view *v, const struct frame *frame, size_t start,
    struct expr_child *out, size_t max, size_t *total, size_t *written, struct expr_error *error)
{
	*total = 1;
	*written = start == 0 && max > 0 && expr_evaluate(x, v, frame, &out[0].variable, error);
	return true;
}

struct disasm *disasm_new(void)
{
	return malloc(1);
}

void disasm_free(struct disasm *d)
{
	free(d);
}

size_t disasm(struct disasm *d, const struct view *v, enum disasm_syntax syntax, uint64_t address, uint64_t end,
    struct instruction *out, size_t max)
{
	size_t n = 0;

	(void)d;
	(void)v;
	if (address < FAKE_TEXT)
		return 0;
	for (; n < max && (end == 0 || address < end); n++, address += 4) {
		out[n] = (struct instruction){ .address = address, .size = 4, .bytes = { 0x90 } };
		strcpy(out[n].text, syntax == DISASM_INTEL ? "nop dword ptr" : "nopl");
	}
	return n;
}

/* -- what is caught ------------------------------------------------------------------- */

void control_catch_calls(struct control *c, const int *numbers, size_t count)
{
	(void)c;
	fake.caught_call = count > 0 ? numbers[count - 1] : -1;
}

void control_catch_kinds(struct control *c, unsigned kinds)
{
	(void)c;
	fake.caught_kinds = kinds;
}

void control_choose_signals(struct control *c, const struct control_signal_rule rules[CONTROL_SIGNALS])
{
	(void)c;
	memcpy(fake.signals, rules, sizeof fake.signals);
}

bool control_catch_at(struct control *c, uint64_t position, struct control_catch *found)
{
	*found = (struct control_catch){ .kind = CATCH_SIGNAL,
		.number = control_signal_at(c, position).number };
	return found->number != 0;
}

size_t control_arrivals(const struct control *c, uint64_t position, struct control_arrival *out, size_t max)
{
	(void)c;
	(void)position;
	(void)out;
	(void)max;
	return 0;
}

/* Position 5 prints. */
const struct call_event *control_calls(const struct control *c, uint64_t from, uint64_t to, size_t *count)
{
	static const struct call_event print = { .position = 5, .arguments = { 1, FAKE_DATA, 3 }, .result = 3,
		.number = SYS_write, .thread = 1, .flags = CALL_ENTERED | CALL_RETURNED };

	*count = from <= 5 && to >= 5 && c->frontier >= 5;
	return *count > 0 ? &print : NULL;
}

bool control_calls_complete(const struct control *c, uint64_t to)
{
	(void)c;
	return to < FAKE_END;
}
