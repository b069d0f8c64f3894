/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* From a sealed ELF to a program that stands at its first stop. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/fdutil.h"
#include "tracer/control-private.h"

enum { WHY_SIZE = 240, ELF_MAX = 1 << 30 };

/* Constructors and the like are over, or nothing is: tell who waits. */
static void say_started(struct control *c, const char *why)
{
	c->stretch.kind = STRETCH_NONE;
	if (c->told_start)
		return;
	c->told_start = true;
	c->started = why == NULL;
	c->setup.on_started(c->setup.arg, why);
}

/* Has execve(2) failed?  The process that could not become the program says how,
 * before it ends. */
static bool exec_failed(struct control *c)
{
	struct sandbox_error error = { 0 };
	ssize_t n = recv(c->program.go, &error, sizeof error, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return false;
	event_del(c->go_event);
	error.what[sizeof error.what - 1] = '\0';
	if (n == (ssize_t)sizeof error)
		say_started(c, error.what);
	return n == (ssize_t)sizeof error;
}

static void say_ended(struct control *c, int status)
{
	char why[WHY_SIZE];

	if (exec_failed(c))
		return;
	if (WIFSIGNALED(status))
		snprintf(why, sizeof why, "the program was ended by signal %d (%s) before its first stop",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(why, sizeof why, "the program exited with code %d before its first stop",
		    WEXITSTATUS(status));
	say_started(c, why);
}

/* -- the first stop ------------------------------------------------------------------ */

static size_t read_source(void *arg, const struct memory_range *ranges, size_t count, void *buffer)
{
	struct control *c = arg;

	return process_read_ranges(c->process, ranges, count, buffer);
}

static void absent_source(void *arg, uint64_t address, bool *absent, size_t pages)
{
	struct control *c = arg;

	process_absent(c->process, address, absent, pages);
}

static bool timeline_begin(struct control *c, const struct tracee *t)
{
	const struct recorder_source source = { c, read_source, absent_source };
	const bool has_vector = tracee_get_vector(t, &c->vector) == 0;

	timeline_free(c->timeline);
	recorder_done(&c->recorder);
	c->timeline = timeline_new(t->id, &t->registers, has_vector ? &c->vector : NULL);
	recorder_init(&c->recorder, &source, c->setup.log_bytes_max);
	c->recorder.timeline = c->timeline;
	return c->timeline != NULL && regions_add_file(&c->timeline->regions, c->path, c->elf);
}

static void look_at_image(struct control *c)
{
	struct view *view = timeline_view(c->timeline, 0, 0);

	if (view != NULL)
		image_update(c->setup.image, view);
	free(view);
}

/* The kernel has mapped the program: where it stands is known from here on. */
void start_exec(struct control *c, struct tracee *t)
{
	struct region *regions = NULL;
	size_t count;
	bool changed;

	if (c->started) {	/* its code is another's now: nothing here would fit */
		process_kill(c->process);
		tracee_continue(t);
		return;
	}
	if (process_regions(c->process, &regions, &count) != 0 || !timeline_begin(c, t) ||
	    !regions_set(&c->timeline->regions, 0, regions, count, &changed)) {
		free(regions);
		say_started(c, "no memory for the program's start");
		return;
	}
	free(regions);
	c->varies = process_settle(t);
	look_at_image(c);
	c->stretch = (struct stretch){ .kind = STRETCH_START, .thread = t };
	if (process_plant(c->process, image_first_stop(c->setup.image)) != 0)
		say_started(c, "the program's first instruction cannot be reached");
	else
		tracee_continue(t);
}

/* 0, -EDQUOT: it has written more than the timeline may take, or -ENOMEM. */
static int begin_record(struct control *c, struct tracee *t)
{
	struct events kept = c->timeline->events;	/* what it has printed so far */
	struct region *regions = NULL;
	size_t count;
	int error = -ENOMEM;

	events_init(&c->timeline->events);
	if (process_regions(c->process, &regions, &count) == 0 && timeline_begin(c, t)) {
		c->timeline->events = kept;
		process_find_syscall(c->process, regions, count);
		error = recorder_base(&c->recorder, regions, count);
	} else {
		events_free(&kept);
	}
	free(regions);
	return error;
}

void start_complete(struct control *c)
{
	struct tracee *t = c->stretch.thread;
	int error;

	if (c->stretch.end != END_BREAKPOINT || t == NULL) {
		say_ended(c, c->stretch.end == END_SIGNAL && t != NULL ?
		    t->pending[0].si_signo : c->stretch.status);
		return;
	}
	error = begin_record(c, t);
	if (error != 0) {
		say_started(c, error == -EDQUOT ?
		    "the program's memory at its first stop does not fit into its timeline (trace_log)" :
		    "the program's memory cannot be recorded");
		return;
	}
	c->current = t;
	t->own = t->entered = true;
	c->regions_stale = false;
	c->reason = REASON_ENTRY;
	look_at_image(c);
	kept_begin(c);
	catch_arrived(c);
	say_started(c, NULL);
	pump_soon(c);
}

/* -- the program's process --------------------------------------------------------------- */

/* The file that is executed, in a directory of its own: below /work of the
 * tracer's root, or where the launcher has put it. */
static int make_directory(struct control *c)
{
	char here[PATH_SIZE - 32];
	bool made;

	if (c->setup.isolation == ISOLATION_NAMESPACES) {
		strcpy(c->directory, "/work/traced");	/* the program sees it (AT_EXECFN): the same in each run */
		made = mkdir(c->directory, 0700) == 0;
	} else {
		if (getcwd(here, sizeof here) == NULL)
			return -errno;
		snprintf(c->directory, sizeof c->directory, "%s/traced-XXXXXX", here);
		made = mkdtemp(c->directory) != NULL;
	}
	if (!made) {
		c->directory[0] = '\0';
		return -errno;
	}
	chmod(c->directory, 0755);
	return 0;
}

static int write_program(struct control *c)
{
	cleanup_free void *elf = NULL;
	cleanup_close int fd = -1;
	size_t length;
	int error = make_directory(c);

	if (error != 0)
		return error;
	snprintf(c->path, sizeof c->path, "%s/program", c->directory);
	elf = fd_read_all(c->elf, ELF_MAX, &length);
	if (elf == NULL)
		return -errno;
	fd = open(c->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (fd < 0)
		return -errno;
	return fchmod(fd, 0755) == 0 ? fd_write_all(fd, elf, length) : -errno;
}

static void remove_program(struct control *c)
{
	if (c->path[0] != '\0')
		unlink(c->path);
	if (c->directory[0] != '\0')
		rmdir(c->directory);
}

static void on_go(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	exec_failed(arg);
}

static int spawn(struct control *c, char *why)
{
	const struct sandbox_tracee_setup setup = {
		.level = c->setup.isolation, .path = c->path, .argv = c->setup.argv,
		.envp = c->setup.envp, .tty = pty_slave(c->pty),
		.memory_bytes = c->setup.memory_bytes_max, .processes = c->setup.processes_max,
		.file_bytes = c->setup.output_bytes_max,
	};
	struct process_setup process = { c->setup.base, c, on_process_stop };
	struct sandbox_error error = { 0 };

	if (sandbox_tracee_spawn(&setup, &c->program, &error) != 0) {
		snprintf(why, WHY_SIZE, "%s", error.what);
		return -1;
	}
	c->process = process_seize(&process, c->program.pid);
	if (c->process == NULL) {
		snprintf(why, WHY_SIZE, "the program cannot be traced: %s", strerror(errno));
		return -1;
	}
	c->go_event = event_new(c->setup.base, c->program.go, EV_READ | EV_PERSIST, on_go, c);
	if (c->go_event == NULL || event_add(c->go_event, NULL) != 0 ||
	    write(c->program.go, "g", 1) != 1) {
		snprintf(why, WHY_SIZE, "the program cannot be started: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static int set_up(struct control *c, char *why)
{
	int error;

	c->elf = fcntl(c->setup.elf, F_DUPFD_CLOEXEC, 3);
	c->decoder = arch_decoder_new();
	pump_init(c);
	if (c->elf < 0 || c->decoder == NULL || c->pump_event == NULL || c->blocked_event == NULL ||
	    !clock_init(c)) {
		snprintf(why, WHY_SIZE, "no memory for a program");
		return -1;
	}
	error = write_program(c);
	if (error != 0) {
		snprintf(why, WHY_SIZE, "the program cannot be written: %s", strerror(-error));
		return -1;
	}
	error = terminal_open(c);
	if (error == 0 && (c->setup.input_length > 0 || c->setup.input_end))
		error = pty_type(c->pty, c->setup.input, c->setup.input_length, c->setup.input_end);
	if (error != 0) {
		snprintf(why, WHY_SIZE, "no terminal for the program: %s", strerror(-error));
		return -1;
	}
	return spawn(c, why);
}

struct control *control_new(const struct control_setup *setup, char *why)
{
	struct control *c = calloc(1, sizeof *c);

	if (c == NULL) {
		snprintf(why, WHY_SIZE, "no memory");
		return NULL;
	}
	c->setup = *setup;
	c->ahead.policy = setup->policy;
	c->ahead.budget = setup->budget;
	remake_init(c);
	c->elf = c->program.go = c->program.stub_pidfd = -1;
	c->epoch = 1;
	c->stretch.kind = STRETCH_START;
	if (set_up(c, why) == 0)
		return c;
	control_free(c);
	return NULL;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void control_free(struct control *c)
{
	if (c == NULL)
		return;
	process_free(c->process);
	pty_free(c->pty);
	timeline_free(c->timeline);
	recorder_done(&c->recorder);
	arch_decoder_free(c->decoder);
	remove_program(c);
	if (c->go_event != NULL)
		event_free(c->go_event);
	if (c->pump_event != NULL)
		event_free(c->pump_event);
	if (c->blocked_event != NULL)
		event_free(c->blocked_event);
	if (c->clock.timer != NULL)
		event_free(c->clock.timer);
	close_fd(c->elf);
	close_fd(c->program.go);
	close_fd(c->program.stub_pidfd);
	free(c->decoded);
	breaking_free(c);
	remake_free(c);
	watch_free(c);
	targets_free(c);
	free(c->view);
	free(c);
}
