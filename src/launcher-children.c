/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The launcher's children: what they are started from, and their end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/launcher.h"
#include "src/log.h"

#define MIB (1ull << 20)

static const struct {
	const char *program;
	enum sandbox_role role;
	bool logs;		/* keeps standard error at every log level */
} kinds[CHILD_KIND_COUNT] = {
	[CHILD_BROKER] = { "penguintrace-broker", SANDBOX_BROKER, true },
	[CHILD_HTTPD] = { "penguintrace-httpd", SANDBOX_HTTPD, true },
	[CHILD_COMPILER] = { "penguintrace-compiler", SANDBOX_COMPILER, false },
	[CHILD_TRACER] = { "penguintrace-tracer", SANDBOX_TRACER, false },
};

uint64_t milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* -- what they are started from -------------------------------------------- */

/* Beside this program in a build tree, else where they are installed. */
static void program_path(const char *name, char path[4096])
{
	char self[4000];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	self[length > 0 ? length : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash != NULL) {
		snprintf(path, 4096, "%.*s/%s", (int)(slash - self), self, name);
		if (access(path, F_OK) == 0)
			return;
	}
	snprintf(path, 4096, "%s/%s", PKGLIBEXECDIR, name);
}

static int prepare_settings(struct launcher *launcher, char *why)
{
	struct conf without_token = launcher->conf;

	without_token.token[0] = '\0';
	launcher->settings_httpd = conf_to_fd(&launcher->conf);
	launcher->settings = conf_to_fd(&without_token);
	if (launcher->settings >= 0 && launcher->settings_httpd >= 0)
		return 0;
	snprintf(why, CONF_WHY_MAX, "make a memfd for the settings: %s",
	    strerror(launcher->settings < 0 ? -launcher->settings : -launcher->settings_httpd));
	return -1;
}

/* Others may make theirs in it and cannot list it. */
int children_directory(struct launcher *launcher, char *why)
{
	if (launcher->level == ISOLATION_NAMESPACES)
		return 0;
	strcpy(launcher->directory, "/tmp/penguintrace-XXXXXX");
	if (mkdtemp(launcher->directory) != NULL && chmod(launcher->directory, 01733) == 0)
		return 0;
	snprintf(why, CONF_WHY_MAX, "make a directory in /tmp: %s", strerror(errno));
	return -1;
}

void children_end(struct launcher *launcher)
{
	if (launcher->directory[0] != '\0' && rmdir(launcher->directory) < 0)
		log_warning("remove %s: %s", launcher->directory, strerror(errno));
}

int children_prepare(struct launcher *launcher, char *why)
{
	struct sandbox_error error;
	char path[4096];

	for (int kind = 0; kind < CHILD_KIND_COUNT; kind++) {
		program_path(kinds[kind].program, path);
		launcher->executables[kind] = sandbox_executable(path, &error);
		if (launcher->executables[kind] < 0) {
			snprintf(why, CONF_WHY_MAX, "%s", error.what);
			return -1;
		}
	}
	return prepare_settings(launcher, why);
}

static struct sandbox_limits limits_of(const struct conf *conf, enum child_kind kind)
{
	switch (kind) {
	case CHILD_COMPILER:
		return (struct sandbox_limits){
			.memory_bytes = conf->compile_memory,
			.processes = (unsigned)conf->compile_processes,
			.file_bytes = conf->compile_output,
			/* Objects beside the program, and the drivers' temporary files. */
			.scratch_bytes = 4 * conf->compile_output,
		};
	case CHILD_TRACER:
		return (struct sandbox_limits){
			/* The program's own limit must fit below; the shadow and the log above. */
			.memory_bytes = 2 * conf->trace_memory + conf->trace_log + conf->trace_output + 1024 * MIB,
			.processes = (unsigned)conf->trace_processes + 8,
			.file_bytes = conf->trace_log + conf->compile_output + 64 * MIB,
			.scratch_bytes = conf->compile_output + 64 * MIB,
		};
	default:
		return (struct sandbox_limits){ 0 };
	}
}

/* -- start and end --------------------------------------------------------- */

static bool uid_in_use(const struct launcher *launcher, uid_t uid)
{
	const struct child *child;

	LIST_FOREACH(child, &launcher->children, entry)
		if (child->uid == uid)
			return true;
	return false;
}

/* Root only: no two processes share a uid on the host. */
static uid_t next_uid(struct launcher *launcher)
{
	uid_t uid;

	if (launcher->uid_count == 0)
		return 0;
	do
		uid = launcher->uid_first + launcher->uid_next++ % launcher->uid_count;
	while (uid_in_use(launcher, uid) && launcher->child_count < launcher->uid_count);
	return uid;
}

static void directory_path(const struct launcher *launcher, uint64_t number, char path[64])
{
	snprintf(path, 64, "%s/%llu", launcher->directory, (unsigned long long)number);
}

static void add_child(struct launcher *launcher, struct child *child)
{
	LIST_INSERT_HEAD(&launcher->children, child, entry);
	launcher->child_count++;
}

/* What it leaves behind is another child's work: it may be a great deal. */
static void clean_after(struct launcher *launcher, const struct child *gone)
{
	struct child *cleaner = gone->directory == 0 ? NULL : calloc(1, sizeof(*cleaner));
	char directory[64];

	if (cleaner == NULL)
		return;
	directory_path(launcher, gone->directory, directory);
	*cleaner = (struct child){ .kind = CHILD_CLEANER, .uid = gone->uid, .started = milliseconds_now() };
	cleaner->pid = sandbox_clean(directory, gone->uid);
	if (cleaner->pid > 0) {
		add_child(launcher, cleaner);
		return;
	}
	log_warning("cannot remove %s: %s", directory, strerror(-cleaner->pid));
	free(cleaner);
}

struct child *child_start(struct launcher *launcher, enum child_kind kind, uint64_t id, const int *fds,
    size_t count, int *pidfd, struct sandbox_error *error)
{
	struct sandbox_process process;
	struct child *child = calloc(1, sizeof(*child));
	bool worker = kind == CHILD_COMPILER || kind == CHILD_TRACER;
	uint64_t number = worker && launcher->directory[0] != '\0' ? ++launcher->directory_next : 0;
	char directory[64];
	struct sandbox_spawn_setup setup = {
		.role = kinds[kind].role, .level = launcher->level, .policy = launcher->policy,
		.executable = launcher->executables[kind], .name = kinds[kind].program,
		.fds = fds, .fd_count = count,
		.keep_stderr = kinds[kind].logs || strcmp(launcher->conf.log_level, "debug") == 0,
		.uid = next_uid(launcher), .limits = limits_of(&launcher->conf, kind),
		.directory = number != 0 ? directory : NULL,
	};

	if (child == NULL) {
		*error = (struct sandbox_error){ .number = ENOMEM, .what = "no memory for a child" };
		return NULL;
	}
	directory_path(launcher, number, directory);
	if (sandbox_spawn(&setup, &process, error) < 0) {
		free(child);
		return NULL;
	}
	*child = (struct child){ .kind = kind, .id = id, .pid = process.pid, .uid = setup.uid,
	    .started = milliseconds_now(), .directory = number };
	add_child(launcher, child);
	*pidfd = process.pidfd;
	log_debug("started %s, pid %d, id %llu", setup.name, process.pid, (unsigned long long)id);
	return child;
}

struct child *child_find(struct launcher *launcher, uint64_t id)
{
	struct child *child;

	LIST_FOREACH(child, &launcher->children, entry)
		if (child->id == id)
			return child;
	return NULL;
}

void child_kill(struct child *child)
{
	child->killed = true;
	kill(child->pid, SIGKILL);
}

void children_kill(struct launcher *launcher)
{
	struct child *child;

	LIST_FOREACH(child, &launcher->children, entry)
		if (child->kind != CHILD_CLEANER)
			child_kill(child);
}

void children_signal(struct launcher *launcher, enum child_kind kind, int number)
{
	struct child *child;

	LIST_FOREACH(child, &launcher->children, entry)
		if (child->kind == kind)
			kill(child->pid, number);
}

static struct child *find_pid(struct launcher *launcher, pid_t pid)
{
	struct child *child;

	LIST_FOREACH(child, &launcher->children, entry)
		if (child->pid == pid)
			return child;
	return NULL;
}

/* Below the level of namespaces a worker's own children outlive it and become
 * ours (PR_SET_CHILD_SUBREAPER): nothing of a job may remain. */
static void kill_orphans(struct launcher *launcher)
{
	char path[64];
	cleanup_fclose FILE *list = NULL;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	list = fopen(path, "re");
	while (list != NULL && fscanf(list, "%d", &pid) == 1)
		if (find_pid(launcher, pid) == NULL)
			kill(pid, SIGKILL);
}

void children_reap(struct launcher *launcher)
{
	struct rusage usage;
	int status;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
		struct child *child = find_pid(launcher, pid);

		if (child != NULL) {
			LIST_REMOVE(child, entry);
			launcher->child_count--;
			launcher_child_gone(launcher, child, status, &usage);
		}
		/* Before its directory is removed: they could go on writing to it. */
		if (launcher->level != ISOLATION_NAMESPACES)
			kill_orphans(launcher);
		if (child != NULL) {
			clean_after(launcher, child);
			free(child);
		}
	}
	if (launcher->child_count == 0)
		launcher_all_gone(launcher);
}
