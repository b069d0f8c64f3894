/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * From the broker's trace to the first stop.  All that is parsed here (request,
 * ELF, debug information) is hostile; the sandbox was taken before (main.c), and
 * the process that becomes the program was made before that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/fdutil.h"
#include "src/log.h"
#include "tracer/tracer.h"

#define WHY_MAX 240

/* What every program finds in its environment; the person's own goes before it.
 * The tunables keep libc to instructions that capstone 4 can decode, and free of
 * restartable sequences, which single-stepping would abort for ever. */
static const char *const base_environment[] = {
	"PATH=/usr/bin:/bin", "HOME=/tmp", "TERM=xterm-256color", "LANG=C.UTF-8",
	"GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512VL,-AVX512BW,-AVX512F,-AVX2,-AVX:glibc.pthread.rseq=0",
};

#define BASE_COUNT (sizeof(base_environment) / sizeof(base_environment[0]))

static void tell(struct tracer *t, unsigned status, const char *code, const char *message)
{
	struct msg_started m = { .status = status };

	snprintf(m.code, sizeof(m.code), "%s", code);
	snprintf(m.message, sizeof(m.message), "%s", message);
	if (send_started(t->broker, &m) != 0)
		log_warning("the broker does not take the answer");
}

static void refuse(struct tracer *t, unsigned status, const char *code, const char *message)
{
	tell(t, status, code, message);
	event_base_loopexit(t->base, NULL);
}

/* The person's request: sources, arguments, input.  An upload has none. */
static bool read_request(struct tracer *t, int body)
{
	struct request_error error;
	size_t length;
	char *bytes;

	if (body < 0)
		return true;
	if (fd_check_sealed(body, BODY_MAX) < 0 || (bytes = fd_read_all(body, BODY_MAX, &length)) == NULL) {
		refuse(t, 502, "body", "the request could not be read again");
		return false;
	}
	t->request = request_parse(bytes, length, &error);
	free(bytes);
	if (t->request == NULL)
		refuse(t, (unsigned)error.status, error.code, error.message);
	return t->request != NULL;
}

/* As the person wants it recorded, else ahead: so the whole of a small program can be
 * visited at once. */
static void read_policy(const struct request *request, struct control_setup *setup)
{
	const char *policy = request != NULL ? request->record : "";

	if (strcmp(policy, "everything") == 0)
		setup->policy = RECORDS_EVERYTHING;
	else if (strcmp(policy, "step") == 0)
		setup->policy = RECORDS_STEPS;
	else
		setup->policy = RECORDS_AHEAD;
	if (request != NULL && request->has_budget)
		setup->budget = request->budget;
}

/* The names of the files, as people and as the debug information know them. */
static bool open_image(struct tracer *t, int elf)
{
	const char *names[REQUEST_FILES_MAX], *paths[REQUEST_FILES_MAX];
	char path[REQUEST_FILES_MAX][sizeof(REQUEST_DIRECTORY) + REQUEST_NAME_MAX + 1], why[WHY_MAX];
	size_t count = t->request != NULL ? t->request->file_count : 0;

	for (size_t i = 0; i < count; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", REQUEST_DIRECTORY, t->request->files[i].disk);
		names[i] = t->request->files[i].name;
		paths[i] = path[i];
	}
	t->image = image_open(elf, names, paths, count, why, sizeof(why));
	if (t->image == NULL)
		refuse(t, 422, "program", why);
	return t->image != NULL;
}

static bool names_same(const char *a, const char *b)
{
	size_t length = strcspn(a, "=");

	return strncmp(a, b, length + 1) == 0;
}

/* Terminated by NULL, in order; strings are borrowed. */
static void make_environment(const struct request *request, char **out)
{
	size_t n = 0;

	for (char *const *e = request != NULL ? request->env : NULL; e != NULL && *e != NULL; e++)
		out[n++] = *e;
	for (size_t i = 0; i < BASE_COUNT; i++) {
		bool taken = false;

		for (size_t j = 0; j < n && !taken; j++)
			taken = names_same(base_environment[i], out[j]);
		if (!taken)
			out[n++] = (char *)(uintptr_t)base_environment[i];
	}
	out[n] = NULL;
}

static void make_arguments(const struct request *request, char **out)
{
	static char name[] = "program";
	size_t n = 0;

	out[n++] = name;
	for (char *const *a = request != NULL ? request->args : NULL; a != NULL && *a != NULL; a++)
		out[n++] = *a;
	out[n] = NULL;
}

static void on_started(void *arg, const char *why)
{
	struct session *session = arg;
	struct tracer *t = session_owner(session);

	if (why != NULL) {
		refuse(t, 422, "start", why);
		return;
	}
	session_begin(session, t->control);
	tell(t, 201, "", "");
}

static void start_program(struct tracer *t, const struct msg_trace *m)
{
	char *argv[REQUEST_ARGS_MAX + 2], *envp[REQUEST_ARGS_MAX + BASE_COUNT + 1], why[WHY_MAX] = "";
	struct control_setup setup = {
		.base = t->base, .image = t->image, .elf = m->elf, .argv = argv, .envp = envp,
		.input = t->request != NULL ? t->request->input : NULL,
		.input_length = t->request != NULL ? t->request->input_length : 0,
		.input_end = t->request != NULL && t->request->input != NULL,
		.isolation = (enum isolation)m->isolation, .steps_max = m->steps,
		.run_seconds_max = m->run_seconds, .log_bytes_max = m->log_bytes, .output_bytes_max = m->output_bytes,
		.memory_bytes_max = m->memory_bytes, .processes_max = (unsigned)m->processes,
		.budget = m->ahead_steps, .on_started = on_started,
	};

	make_arguments(t->request, argv);
	make_environment(t->request, envp);
	session_control_setup(t->session, &setup);
	read_policy(t->request, &setup);
	t->control = control_new(&setup, why);
	if (t->control == NULL)
		refuse(t, 422, "start", why);
}

void tracer_start(struct tracer *t, struct msg_trace *m)
{
	if (!read_request(t, m->body) || !open_image(t, m->elf))
		return;
	t->session = session_new(t->base, t->image, t->request, t->handlers, t);
	if (t->session == NULL) {
		refuse(t, 503, "memory", "no memory for a session");
		return;
	}
	start_program(t, m);
}
