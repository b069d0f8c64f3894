/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* See worker.h. */
#include "config.h"

#include "tests/unit/worker.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/chan.h"
#include "src/conf.h"
#include "src/fdutil.h"
#include "src/log.h"
#include "src/sandbox/sandbox.h"

struct broker {
	struct event_base *base;
	struct msg_job job;
	struct worker_result *result;
	struct timespec sent;
	bool closed;
};

static void on_result(struct chan *c, void *message)
{
	struct broker *b = chan_arg(c);
	struct msg_result *m = message;
	struct worker_result *r = b->result;
	struct timespec now;
	size_t length;
	char *text;

	clock_gettime(CLOCK_MONOTONIC, &now);
	r->milliseconds = (now.tv_sec - b->sent.tv_sec) * 1e3 + (now.tv_nsec - b->sent.tv_nsec) / 1e6;
	r->answered = true;
	r->status = m->status;
	strcpy(r->code, m->code);
	strcpy(r->message, m->message);
	strcpy(r->language, m->language);
	r->elf = m->elf;
	m->elf = -1;
	if (m->diagnostics >= 0 && (text = fd_read_all(m->diagnostics, 1 << 20, &length)) != NULL) {
		r->diagnostics = json_loadb(text, length, 0, NULL);
		free(text);
	}
}

static void on_tools(struct chan *c, void *message)
{
	struct broker *b = chan_arg(c);

	b->result->answered = true;
	b->result->tools = malloc(sizeof(struct msg_tools));
	memcpy(b->result->tools, message, sizeof(struct msg_tools));
}

static const chan_handler handlers[MSG_COUNT] = { [MSG_result] = on_result, [MSG_tools] = on_tools };

static void on_ready(struct chan *c)
{
	struct broker *b = chan_arg(c);

	clock_gettime(CLOCK_MONOTONIC, &b->sent);
	if (send_job(c, &b->job) != 0)
		die("the job cannot be sent");
	chan_set_state(c, CHAN_BUSY);
}

static void on_close(struct chan *c, const char *why)
{
	struct broker *b = chan_arg(c);

	(void)why;
	b->closed = true;
	event_base_loopbreak(b->base);
}

/* The tests stand in tests/unit of the build that the worker is from. */
static const char *worker_path(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 64);

	if (n < 0)
		die("where am I?");
	path[n] = '\0';
	strcpy(strrchr(path, '/'), "/../../penguintrace-compiler");
	return path;
}

static int policy_fd(void)
{
	static int policy = -1;
	struct sandbox_error error;

	if (policy < 0 && (policy = sandbox_policy(&error)) < 0)
		die("policy: %s", error.what);
	return policy;
}

static int spawn(enum isolation level, int channel, struct sandbox_process *process, struct sandbox_error *error)
{
	static const char *const names[] = {
		[ISOLATION_NONE] = "none", [ISOLATION_RESTRICTED] = "restricted", [ISOLATION_NAMESPACES] = "namespaces",
	};
	struct sandbox_spawn_setup setup = {
		.role = SANDBOX_COMPILER, .level = level, .policy = policy_fd(), .name = "penguintrace-compiler",
		.executable = sandbox_executable(worker_path(), error), .keep_stderr = true, .fd_count = 2,
	};
	struct conf conf;
	int fds[2], result;
	unsigned uids;

	if (!sandbox_uid_range(&setup.uid, &uids))
		setup.uid = 0;
	if (setup.executable < 0)
		return setup.executable;
	conf_defaults(&conf);
	strcpy(conf.isolation, names[level]);
	fds[0] = channel;
	fds[1] = conf_to_fd(&conf);
	setup.fds = fds;
	result = sandbox_spawn(&setup, process, error);
	close(fds[1]);
	close(setup.executable);
	return result;
}

bool worker_possible(enum isolation level)
{
	struct sandbox_process process;
	struct sandbox_error error;
	int pair[2];

	if (chan_pair(pair) < 0 || spawn(level, pair[1], &process, &error) < 0) {
		printf("# no workers at this level here: %s\n", error.what);
		return false;
	}
	close(pair[0]);
	close(pair[1]);
	waitpid(process.pid, NULL, 0);
	close(process.pidfd);
	return true;
}

struct msg_job worker_job(void)
{
	return (struct msg_job){
		.wall_milliseconds = 30000, .cpu_seconds = 20, .memory_bytes = 1 << 30, .output_bytes = 64 << 20,
		.diagnostics_bytes = 64 << 10, .processes = 64, .body = -1,
	};
}

void worker_run(enum isolation level, struct msg_job job, const void *body, size_t length,
    struct worker_result *result)
{
	struct broker broker = { .base = event_base_new(), .job = job, .result = result };
	struct chan_setup setup = {
		.base = broker.base, .self = PEER_BROKER, .peer = PEER_COMPILER, .handlers = handlers,
		.on_ready = on_ready, .on_close = on_close, .arg = &broker,
	};
	struct sandbox_process process;
	struct sandbox_error error;
	int pair[2];

	*result = (struct worker_result){ .elf = -1 };
	broker.job.body = body != NULL ? fd_sealed("body", body, length) : -1;
	if (chan_pair(pair) < 0 || spawn(level, pair[1], &process, &error) < 0)
		die("worker: %s", error.what);
	close(pair[1]);
	setup.fd = pair[0];
	if (chan_new(&setup) == NULL)
		die("no channel");
	while (!broker.closed)
		event_base_loop(broker.base, EVLOOP_ONCE);
	waitpid(process.pid, &result->wait_status, 0);
	close(process.pidfd);
	if (broker.job.body >= 0)
		close(broker.job.body);
	event_base_free(broker.base);
}

void worker_result_free(struct worker_result *r)
{
	if (r->elf >= 0)
		close(r->elf);
	json_decref(r->diagnostics);
	free(r->tools);
	*r = (struct worker_result){ .elf = -1 };
}

char *worker_body(const char *language, const char *compiler, const char *const *flags, const char *const *files)
{
	json_t *root = json_object(), *array = json_array();
	char *text;

	json_object_set_new(root, "language", json_string(language));
	if (compiler != NULL)
		json_object_set_new(root, "compiler", json_string(compiler));
	for (; flags != NULL && *flags != NULL; flags++)
		json_array_append_new(array, json_string(*flags));
	json_object_set_new(root, "flags", array);
	array = json_array();
	for (; files[0] != NULL; files += 2)
		json_array_append_new(array, json_pack("{ssss}", "name", files[0], "text", files[1]));
	json_object_set_new(root, "files", array);
	text = json_dumps(root, 0);
	json_decref(root);
	return text;
}
