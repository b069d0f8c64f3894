/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/fdutil.h"
#include "tests/unit/engine-host.h"
#include "tracer/program/frames.h"
#include "tracer/program/functions.h"
#include "tracer/program/variables.h"

/* -- a sandbox that is none ------------------------------------------------------- */

#define TEST_ONE(call) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), \
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),

#define MARK 0x1122334455667788ull
#define ARGUMENT(nth) (offsetof(struct seccomp_data, args) + (nth) * sizeof(uint64_t))

static void report_calls(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(SANDBOX_MARKED_ARGUMENT)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)MARK, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(SANDBOX_MARKED_ARGUMENT) + sizeof(uint32_t)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(MARK >> 32), 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		SANDBOX_TRACED_CALLS(TEST_ONE)
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof filter / sizeof filter[0], filter };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static bool addresses_move;	/* of the program that is started next */

static void __attribute__((noreturn)) be_program(const struct sandbox_tracee_setup *setup, int go)
{
	sigset_t none;
	char byte;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);	/* who runs tests in the background ignores SIGINT */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	ioctl(setup->tty, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(setup->tty, fd);
	if (read(go, &byte, 1) != 1)
		_exit(127);
	if (!addresses_move)
		personality(ADDR_NO_RANDOMIZE);
	else
		personality((unsigned long)personality(0xffffffff) & ~(unsigned long)ADDR_NO_RANDOMIZE);
	report_calls();
	execve(setup->path, setup->argv, setup->envp);
	_exit(127);
}

int sandbox_tracee_spawn(const struct sandbox_tracee_setup *setup, struct sandbox_tracee *tracee,
    struct sandbox_error *error)
{
	int pair[2];

	(void)error;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -errno;
	tracee->pid = fork();
	if (tracee->pid == 0)
		be_program(setup, pair[1]);
	close(pair[1]);
	tracee->stub_pidfd = -1;
	tracee->mark = MARK;
	tracee->go = pair[0];
	return tracee->pid > 0 ? 0 : -errno;
}

/* -- compiling ---------------------------------------------------------------------- */

static const char *compiler(const struct host_options *o, bool cxx)
{
	if (o->clang)
		return cxx ? "clang++" : "clang";
	return cxx ? "g++" : "gcc";
}

static int compile(const char *source, const struct host_options *o)
{
	const char *language = o->language != NULL ? o->language : "c";
	char directory[] = "/tmp/engine-XXXXXX", command[1024];
	struct stat st;
	void *elf;
	FILE *f;
	int fd, sealed;

	assert_non_null(mkdtemp(directory));
	snprintf(command, sizeof command, "%s/main.x", directory);
	f = fopen(command, "w");
	assert_non_null(f);
	fputs(source, f);
	fclose(f);
	snprintf(command, sizeof command, "cd %s && %s -g -O0 -no-pie -fno-pie "
	    "-fno-omit-frame-pointer -fdebug-prefix-map=%s=/source -x %s %s/main.x -o program %s",
	    directory, compiler(o, strcmp(language, "c++") == 0), directory, language, directory, o->flags != NULL ? o->flags : "");
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof command, "%s/program", directory);
	fd = open(command, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	elf = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(elf != MAP_FAILED);
	sealed = fd_sealed("elf", elf, (size_t)st.st_size);
	munmap(elf, (size_t)st.st_size);
	close(fd);
	snprintf(command, sizeof command, "rm -rf %s", directory);
	assert_int_equal(system(command), 0);
	return sealed;
}

/* -- the loop -------------------------------------------------------------------------- */

static void on_started(void *arg, const char *why)
{
	struct host *h = arg;

	h->started = true;
	snprintf(h->why, sizeof h->why, "%s", why != NULL ? why : "");
}

static void on_done(void *arg)
{
	((struct host *)arg)->done = true;
}

static bool stops(void *arg, uint64_t position, struct view *view)
{
	struct host *h = arg;

	h->asked++;
	return h->stops == NULL || h->stops(h, position, view);
}

static void on_live(void *arg)
{
	((struct host *)arg)->live_events++;
}

static void on_halted(void *arg)
{
	((struct host *)arg)->halted = true;
}

static void on_timeout(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

bool host_wait(struct host *h, const bool *flag)
{
	const struct timeval limit = { 60, 0 };
	bool late = false;
	struct event *timer = evtimer_new(h->base, on_timeout, &late);

	evtimer_add(timer, &limit);
	while (!*flag && !late)
		event_base_loop(h->base, EVLOOP_ONCE);
	event_free(timer);
	return *flag;
}

void host_settle(struct host *h)
{
	for (int turns = 0; turns < 1000000; turns++) {
		if (!control_recording(h->control) && !h->control->ahead.going)
			return;
		if (control_waiting(h->control))
			return;
		event_base_loop(h->base, EVLOOP_ONCE);
	}
	fail_msg("the recorder does not come to rest");
}

void host_start(struct host *h, const char *source, const struct host_options *o)
{
	static const char *const files[] = { "main.x" }, *const paths[] = { "/source/main.x" };
	static char name[] = "program", tunables[] = "GLIBC_TUNABLES=glibc.cpu.hwcaps="
	    "-AVX512VL,-AVX512BW,-AVX512F,-AVX2,-AVX:glibc.pthread.rseq=0", now[] = "LD_BIND_NOW=1";
	static char *argv[] = { name, NULL }, *envp[] = { tunables, now, NULL };
	char why[240] = "";
	struct control_setup setup = {
		.argv = argv, .envp = envp, .isolation = ISOLATION_NONE,
		.steps_max = o->steps_max ? o->steps_max : 10000000,
		.log_bytes_max = o->log_max ? o->log_max : 1 << 28, .run_seconds_max = 600,
		.output_bytes_max = o->output_max ? o->output_max : 16 << 20,
		.memory_bytes_max = 1 << 30, .processes_max = 64, .arg = h,
		.input = o->input, .input_length = o->input != NULL ? strlen(o->input) : 0,
		.input_end = o->input_end,
		.on_started = on_started, .on_done = on_done, 
		.on_live = on_live, .stops = stops, .on_halted = on_halted,
		.policy = o->policy, .budget = o->budget, .step_budget = o->step_budget,
	};

	*h = (struct host){ .base = event_base_new() };
	addresses_move = o->addresses_move;
	h->elf = compile(source, o);
	h->image = image_open(h->elf, files, paths, 1, why, sizeof why);
	if (h->image == NULL)
		fail_msg("image: %s", why);
	setup.base = h->base;
	setup.image = h->image;
	setup.elf = h->elf;
	h->control = control_new(&setup, why);
	if (h->control == NULL)
		fail_msg("control: %s", why);
	assert_true(host_wait(h, &h->started));
}

void host_stop(struct host *h)
{
	control_free(h->control);
	image_free(h->image);
	close(h->elf);
	event_base_free(h->base);
}

enum control_reason host_do(struct host *h, struct control_command command)
{
	h->done = false;
	assert_int_equal(control_start(h->control, &command), 0);
	if (!host_wait(h, &h->done))
		fail_msg("a command does not end");
	return control_reason(h->control);
}

enum control_reason host_step(struct host *h, enum control_kind kind, bool by_instruction,
    uint64_t count)
{
	return host_do(h, (struct control_command){ .kind = kind, .by_instruction = by_instruction,
	    .count = count });
}

enum control_reason host_back(struct host *h, enum control_kind kind, bool by_instruction,
    uint64_t count)
{
	return host_do(h, (struct control_command){ .kind = kind, .by_instruction = by_instruction,
	    .count = count, .backwards = true });
}

enum control_reason host_seek(struct host *h, uint64_t position)
{
	return host_do(h, (struct control_command){ .kind = CONTROL_SEEK, .position = position });
}

enum control_reason host_continue(struct host *h)
{
	return host_do(h, (struct control_command){ .kind = CONTROL_CONTINUE, .count = 1 });
}

/* -- asking ------------------------------------------------------------------------------ */

unsigned host_line(struct host *h)
{
	struct view *v = control_view(h->control, control_position(h->control), 0);
	struct frame frame;
	unsigned line;
	int file;

	assert_non_null(v);
	frame = frame_at(h->image, view_register(v, REG_PC));
	frame.level -= control_before_calls(h->control, control_position(h->control), 0);
	return frame_place(h->image, &frame, &file, &line) ? line : 0;
}

void host_break(struct host *h, unsigned line)
{
	uint64_t addresses[16];
	unsigned actual;
	size_t n = lines_breakpoints(h->image, 0, line, addresses, 16, &actual);

	assert_true(n > 0);
	assert_int_equal(actual, line);
	assert_int_equal(control_set_breakpoints(h->control, addresses, n), 0);
}

void host_break_function(struct host *h, const char *name)
{
	struct function found[4];
	uint64_t addresses[4];
	size_t n = name != NULL ? functions_by_name(h->image, name, found, 4) : 0;

	assert_true(n > 0 || name == NULL);
	for (size_t i = 0; i < n; i++)
		addresses[i] = found[i].body;
	assert_int_equal(control_set_breakpoints(h->control, addresses, n), 0);
}

uint64_t host_register(struct host *h, uint64_t position, int index)
{
	struct view *v = control_view(h->control, position, 0);

	assert_non_null(v);
	return view_register(v, index);
}

const char *host_output(struct host *h, uint64_t position)
{
	static char text[65536];
	uint64_t end = control_output_end_at(h->control, position);

	if (end >= sizeof text)
		end = sizeof text - 1;
	text[control_output(h->control, 0, text, end)] = '\0';
	return text;
}

uint64_t host_symbol(struct host *h, const char *name)
{
	struct function f;

	assert_true(function_by_name(h->image, name, &f));
	return f.start;
}

uint64_t host_address(struct host *h, const char *name)
{
	struct view *v = control_view(h->control, control_position(h->control), 0);
	static struct variable variable;
	static struct frame frame;

	assert_non_null(v);
	assert_true(unwind(h->image, v, &frame, 1) == 1);
	assert_true(variable_find(h->image, v, &frame, name, &variable));
	return variable.address;
}

uint32_t host_int(struct host *h, const char *name)
{
	uint64_t address = host_address(h, name);
	struct view *v = control_view(h->control, control_position(h->control), 0);
	uint32_t value = 0;

	assert_true(view_read_all(v, address, &value, sizeof value));
	return value;
}
