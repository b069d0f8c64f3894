/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * See job.h.  The order is the point: the request is checked before anything
 * is written, everything that was started is dead before anything is read
 * back.
 */
#include "config.h"

#include "compiler/job.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/command.h"
#include "compiler/diagnostics.h"
#include "compiler/flags.h"
#include "compiler/run.h"
#include "compiler/toolchain.h"
#include "compiler/workdir.h"
#include "src/cleanup.h"
#include "src/fdutil.h"

/* The tools' text may be that much longer than what is made of it: one error
 * in a template can bring pages of notes, which are the first to be left out. */
#define TEXT_FACTOR 8

/* The broker's deadline is the same one; ours must come first to be told. */
#define WALL_MARGIN_MILLISECONDS 250

struct job {
	const struct msg_job *message;
	struct msg_result *result;
	struct request *request;
	const struct toolchain *toolchain;
	struct workdir workdir;
	struct command command;
	struct run_result run;
	struct diagnostics diagnostics;
};

__attribute__((format(printf, 4, 5)))
static bool answer(struct job *j, unsigned status, const char *code, const char *format, ...)
{
	va_list ap;

	j->result->status = status;
	snprintf(j->result->code, sizeof(j->result->code), "%s", code);
	va_start(ap, format);
	vsnprintf(j->result->message, sizeof(j->result->message), format, ap);
	va_end(ap);
	return false;
}

/* What is our own failure, or the machine's. */
static bool broken(struct job *j, const char *what, int error)
{
	return answer(j, error == -ENOSPC || error == -ENOMEM ? 503 : 500, "compiler_failed",
	    "The compiler could not %s: %s.", what, strerror(-error));
}

/* -- before: the request ---------------------------------------------- */

static bool read_request(struct job *j)
{
	struct request_error error;
	cleanup_free void *body = NULL;
	size_t length;

	if (j->message->format != 0 || j->message->body < 0)
		return answer(j, 400, "bad_request", "There is no source in the request.");
	body = fd_read_all(j->message->body, BODY_MAX, &length);
	if (body == NULL)
		return broken(j, "read the request", -errno);
	j->request = request_parse(body, length, &error);
	if (j->request == NULL)
		return answer(j, error.status, error.code, "%s", error.message);
	snprintf(j->result->language, sizeof(j->result->language), "%s",
	    request_language_name(j->request->language));
	return true;
}

static bool check_request(struct job *j)
{
	char why[sizeof(j->result->message)];

	if (flags_check(j->request->flags, why, sizeof(why)) >= 0)
		return answer(j, 400, "flag_not_allowed", "%s", why);
	j->toolchain = toolchain_find(j->request->language, j->request->compiler, why, sizeof(why));
	if (j->toolchain == NULL)
		return answer(j, 422, "compiler_not_found", "%s", why);
	return true;
}

/* Does any file name it?  An #include has the name that the person knows. */
static bool is_included(const struct request *r, const struct request_file *file)
{
	for (size_t i = 0; i < r->file_count; i++)
		if (strstr(r->files[i].text, file->name) != NULL)
			return true;
	return false;
}

static bool write_sources(struct job *j)
{
	int error = workdir_open(&j->workdir);

	for (size_t i = 0; error == 0 && i < j->request->file_count; i++) {
		const struct request_file *file = &j->request->files[i];

		error = workdir_write(&j->workdir, file->disk, file->text, file->length);
		if (error == 0 && file->compiled && is_included(j->request, file))
			error = workdir_write(&j->workdir, file->name, file->text, file->length);
	}
	return error == 0 || broken(j, "write the sources", error);
}

/* -- the toolchain ---------------------------------------------------- */

static unsigned wall_milliseconds(const struct msg_job *m)
{
	unsigned wall = m->wall_milliseconds;

	return wall > 2 * WALL_MARGIN_MILLISECONDS ? wall - WALL_MARGIN_MILLISECONDS : wall / 2 + 1;
}

static bool run_toolchain(struct job *j, int peer)
{
	const struct msg_job *m = j->message;
	struct run_limits limits = {
		.wall_milliseconds = wall_milliseconds(m),
		.cpu_seconds = m->cpu_seconds > 0 ? m->cpu_seconds : 1,
		.memory_bytes = m->memory_bytes,
		.file_bytes = m->output_bytes,
		/* Outside a namespace of our own this would count all that the
		 * user has running. */
		.processes = j->workdir.ours ? 0 : m->processes,
		.text_bytes = (size_t)m->diagnostics_bytes * TEXT_FACTOR,
	};
	struct run_place place = { .directory = &j->workdir, .peer = peer };
	int error;

	command_make(&j->command, j->toolchain, j->request, j->workdir.path);
	error = run(j->command.argv, &place, &limits, &j->run);
	run_sweep();
	return error == 0 || broken(j, "run the toolchain", error);
}

/* -- after: what it came to ------------------------------------------- */

static bool limit_reached(struct job *j, enum trouble trouble)
{
	const struct msg_job *m = j->message;

	switch (trouble) {
	case TROUBLE_TIME:
		return answer(j, 422, "limit_time", "Compiling took too long: the limits are %" PRIu64 " s (compile_wall) and %" PRIu64
		    " s of processor time for each tool (compile_cpu). Let the compiler compute less: templates, constexpr, macros.",
		    m->wall_milliseconds / 1000, m->cpu_seconds);
	case TROUBLE_MEMORY:
		return answer(j, 422, "limit_memory", "Compiling needed too much memory: the limit is %" PRIu64
		    " MiB for each tool (compile_memory). Make large arrays smaller, include less, nest templates less.",
		    m->memory_bytes >> 20);
	case TROUBLE_OUTPUT:
		return answer(j, 422, "limit_output", "The program became too large: the limit is %" PRIu64
		    " KiB for a file (compile_output). Make initialised arrays and .fill or .space in .data smaller.",
		    m->output_bytes >> 10);
	case TROUBLE_PROCESSES:
		return answer(j, 422, "limit_processes", "Compiling needed too many processes and threads: the limit is %" PRIu64
		    " (compile_processes). Nest templates less.",
		    m->processes);
	case TROUBLE_KILLED:	/* see failed() */
	case TROUBLE_NONE:
		break;
	}
	return true;
}

/* The driver itself may be what ran into a limit (clang compiles in-process). */
static enum trouble trouble_of_signal(int status)
{
	if (!WIFSIGNALED(status))
		return TROUBLE_NONE;
	switch (WTERMSIG(status)) {
	case SIGXCPU:	return TROUBLE_TIME;
	case SIGXFSZ:	return TROUBLE_OUTPUT;
	case SIGKILL:	return TROUBLE_KILLED;
	default:	return TROUBLE_NONE;
	}
}

static bool failed(struct job *j)
{
	struct diagnostics *d = &j->diagnostics;
	enum trouble trouble = d->trouble != TROUBLE_NONE ? d->trouble : trouble_of_signal(j->run.status);

	/* Of SIGKILL the hard limit on processor time and the kernel in want of
	 * memory make use. */
	if (trouble == TROUBLE_KILLED)
		trouble = j->run.cpu_milliseconds >= j->message->cpu_seconds * 1000 ? TROUBLE_TIME : TROUBLE_MEMORY;
	if (!limit_reached(j, trouble))
		return false;
	if (d->errors == 0)
		diagnostics_add(d, NULL, 0, SEVERITY_ERROR,
		    d->reason != NULL ? d->reason : "the toolchain failed without saying why");
	return answer(j, 422, "compile_failed", "The program does not compile: %zu error%s.",
	    d->errors, d->errors == 1 ? "" : "s");
}

static bool take_program(struct job *j)
{
	int fd = workdir_take(&j->workdir, COMMAND_OUTPUT, j->message->output_bytes);

	if (fd == -EFBIG)
		return limit_reached(j, TROUBLE_OUTPUT);
	if (fd == -ENOSPC || fd == -ENOMEM)
		return broken(j, "keep the program", fd);
	if (fd < 0)
		return answer(j, 422, "compile_failed", "The toolchain left no program: %s.", strerror(-fd));
	j->result->elf = fd;
	j->result->status = 201;
	return true;
}

static bool judge(struct job *j)
{
	switch (j->run.end) {
	case RUN_WALL:
		return limit_reached(j, TROUBLE_TIME);
	case RUN_FLOOD:
		return answer(j, 422, "limit_diagnostics", "The compiler printed more than %" PRIu64
		    " KiB (%u times compile_diagnostics). Correct the first errors first; -w leaves warnings out.",
		    j->message->diagnostics_bytes * TEXT_FACTOR >> 10, TEXT_FACTOR);
	case RUN_ABANDONED:
		return false;
	case RUN_EXITED:
		break;
	}
	return j->run.status == 0 ? take_program(j) : failed(j);
}

static void attach_diagnostics(struct job *j)
{
	cleanup_free char *text = diagnostics_render(&j->diagnostics, j->message->diagnostics_bytes);
	int fd = text != NULL ? fd_sealed("diagnostics", text, strlen(text)) : -1;

	j->result->diagnostics = fd >= 0 ? fd : -1;
}

static void finish(struct job *j)
{
	int error = diagnostics_parse(&j->diagnostics, j->request, j->workdir.path, j->run.text, j->run.length);

	if (error < 0)
		broken(j, "read the diagnostics", error);
	else
		judge(j);
	attach_diagnostics(j);
}

bool job_run(const struct msg_job *message, int peer, struct msg_result *result)
{
	struct job j = { .message = message, .result = result, .workdir.fd = -1 };
	bool waited_for = true;

	*result = (struct msg_result){ .elf = -1, .diagnostics = -1 };
	if (read_request(&j) && check_request(&j) && write_sources(&j) && run_toolchain(&j, peer)) {
		finish(&j);
		waited_for = j.run.end != RUN_ABANDONED;
	}
	diagnostics_free(&j.diagnostics);
	run_result_free(&j.run);
	workdir_close(&j.workdir);
	request_free(j.request);
	return waited_for;
}
