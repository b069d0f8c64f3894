/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The sandbox from within (sandbox-inside.c) and, here, from without: what /proc
 * says of a process in each role, what is left when it ends, what its death takes
 * along.  With real namespaces; where the machine has none the tests say so.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/sandbox-inside.h"
#include "tests/unit/unit.h"

#define PATIENCE_MS 10000	/* for an event that must come; its absence is the failure */

static int policy = -1, executable = -1;
static bool available;
static char unavailable[400];

#define NEEDS_NAMESPACES() \
	do { if (!available) { print_message("# SKIP: %s\n", unavailable); skip(); } } while (0)

static uid_t worker_uid(void)
{
	unsigned count;
	uid_t first;

	return sandbox_uid_range(&first, &count) ? first + 7 : 0;
}

/* name: what is run there, of the table `insides'. */
static struct sandbox_spawn_setup setup_for(enum sandbox_role role, const char *name)
{
	return (struct sandbox_spawn_setup){
		.role = role, .level = ISOLATION_NAMESPACES, .policy = policy, .executable = executable,
		.name = name, .keep_stderr = true, .uid = worker_uid(),
		.limits = { .processes = strcmp(name, "exhaust") == 0 ? 12 : 0,
		    .scratch_bytes = strcmp(name, "exhaust") == 0 ? 8 << 20 : 0 },
	};
}

static void spawn(const struct sandbox_spawn_setup *setup, struct sandbox_process *process)
{
	struct sandbox_error error;

	if (sandbox_spawn(setup, process, &error) < 0)
		fail_msg("%s", error.what);
}

static int status_of(const struct sandbox_process *process)
{
	int status;

	assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
	close(process->pidfd);
	return status;
}

static void test_inside(void **state)
{
	const struct inside *inside = *state;
	struct sandbox_spawn_setup setup = setup_for(inside->role, inside->name);
	struct sandbox_process process;

	NEEDS_NAMESPACES();
	spawn(&setup, &process);
	assert_int_equal(status_of(&process), 0);
}

/* Below the level of namespaces: the whole way of a session works there too. */
static void test_lower_level(void **state)
{
	struct sandbox_spawn_setup setup = setup_for(SANDBOX_TRACER, *state);
	struct sandbox_process process;

	setup.level = strncmp(*state, "none", 4) == 0 ? ISOLATION_NONE : ISOLATION_RESTRICTED;
	spawn(&setup, &process);
	assert_int_equal(status_of(&process), 0);
}

/* -- what /proc says --------------------------------------------------------- */

static void read_status(pid_t pid, const char *field, char value[64])
{
	char path[64], line[256];
	size_t length = strlen(field);
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	value[0] = '\0';
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, field, length) == 0 && line[length] == ':')
			snprintf(value, 64, "%s", line + length + 2);
	fclose(file);
	value[strcspn(value, "\n")] = '\0';
}

static void assert_status(pid_t pid, const char *field, const char *want)
{
	char value[64];

	read_status(pid, field, value);
	if (strcmp(value, want) != 0)
		fail_msg("%s is %s and should be %s", field, value, want);
}

static void assert_namespaces_differ(pid_t pid)
{
	static const char *const kinds[] = { "user", "pid", "mnt", "net", "ipc", "uts", "cgroup" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char path[64], own[64] = "", its[64] = "";

		snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kinds[i]);
		/* Another user namespace's links are readable to its owner only. */
		if (readlink(path, its, sizeof(its) - 1) < 0)
			fail_msg("%s: %s", path, strerror(errno));
		snprintf(path, sizeof(path), "/proc/self/ns/%s", kinds[i]);
		assert_true(readlink(path, own, sizeof(own) - 1) > 0);
		assert_string_not_equal(own, its);
	}
}

static int count_entries(const char *path)
{
	DIR *directory = opendir(path);
	int count = 0;

	if (directory == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count - 2;
}

static void assert_root(pid_t pid, const char *want)
{
	char path[64], root[64] = "";

	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	assert_true(readlink(path, root, sizeof(root) - 1) > 0);
	assert_string_equal(root, want);
	if (strcmp(want, "/") != 0)
		assert_int_equal(count_entries(path), 0);
}

static const struct golden {
	const char *name;
	enum sandbox_role role;
	const char *capabilities, *root;
} goldens[] = {
	{ "hold-httpd", SANDBOX_HTTPD, "0000000000000000", "/empty" },
	{ "hold-broker", SANDBOX_BROKER, "0000000000000000", "/empty" },
	{ "hold-compiler", SANDBOX_COMPILER, "0000000000000000", "/" },
	{ "hold-tracer", SANDBOX_TRACER, "0000000000080000", "/" },	/* CAP_SYS_PTRACE is 19 */
};

static void assert_golden(pid_t pid, const struct golden *golden)
{
	char path[64], uid[64], want[64];

	assert_status(pid, "CapPrm", golden->capabilities);
	assert_status(pid, "CapEff", golden->capabilities);
	assert_status(pid, "CapInh", "0000000000000000");
	assert_status(pid, "CapAmb", "0000000000000000");
	assert_status(pid, "CapBnd", "0000000000000000");
	assert_status(pid, "NoNewPrivs", "1");
	assert_status(pid, "Seccomp", "2");
	read_status(pid, "Uid", uid);
	snprintf(want, sizeof(want), "%u\t", worker_uid() != 0 ? worker_uid() : geteuid());
	assert_int_equal(strncmp(uid, want, strlen(want)), 0);
	assert_namespaces_differ(pid);
	assert_root(pid, golden->root);
	/* 0, 1, 2 and the one that was handed over. */
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	assert_int_equal(count_entries(path), 4);
}

static void hold(const char *name, enum sandbox_role role, struct sandbox_process *process, int *end)
{
	struct sandbox_spawn_setup setup = setup_for(role, name);
	char byte;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	setup.fds = &pair[1];
	setup.fd_count = 1;
	spawn(&setup, process);
	close(pair[1]);
	assert_int_equal(read(pair[0], &byte, 1), 1);
	*end = pair[0];
}

/* Root may look at it, and so may the owner of its user namespace (unless the
 * kernel's own rules keep a process that changed its uid undumpable). */
static void test_golden(void **state)
{
	const struct golden *golden = *state;
	struct sandbox_process process;
	int end;

	NEEDS_NAMESPACES();
	hold(golden->name, golden->role, &process, &end);
	assert_golden(process.pid, golden);
	close(end);
	assert_int_equal(status_of(&process), 0);
}

/* -- what is left ------------------------------------------------------------ */

static int count_lines(const char *path)
{
	FILE *file = fopen(path, "re");
	int c, lines = 0;

	assert_non_null(file);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static void test_nothing_left(void **state)
{
	int fds = count_entries("/proc/self/fd"), mounts = count_lines("/proc/self/mountinfo");
	struct sandbox_process process;
	int end;

	(void)state;
	NEEDS_NAMESPACES();
	for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
		hold(goldens[i].name, goldens[i].role, &process, &end);
		assert_int_equal(kill(process.pid, SIGKILL), 0);
		assert_int_equal(status_of(&process), SIGKILL);
		close(end);
	}
	assert_int_equal(count_entries("/proc/self/fd"), fds);
	assert_int_equal(count_lines("/proc/self/mountinfo"), mounts);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_failure_is_told(void **state)
{
	int fds = count_entries("/proc/self/fd");
	struct sandbox_spawn_setup setup = setup_for(SANDBOX_COMPILER, "none");
	struct sandbox_process process;
	struct sandbox_error error;

	(void)state;
	NEEDS_NAMESPACES();
	setup.executable = policy;	/* no program */
	assert_int_equal(sandbox_spawn(&setup, &process, &error), -ENOEXEC);
	assert_non_null(strstr(error.what, "execute none"));
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(count_entries("/proc/self/fd"), fds);
}

/* The one that spawned is killed: what it spawned must go too. */
static void test_parent_death(void **state)
{
	struct pollfd gone = { .events = POLLIN };
	int answer[2];
	pid_t worker, parent;

	(void)state;
	NEEDS_NAMESPACES();
	assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
	parent = fork();
	if (parent == 0) {
		struct sandbox_process process;
		int end;

		hold("hold-tracer", SANDBOX_TRACER, &process, &end);
		(void)!write(answer[1], &process.pid, sizeof(process.pid));
		pause();
	}
	assert_int_equal(read(answer[0], &worker, sizeof(worker)), sizeof(worker));
	gone.fd = (int)syscall(SYS_pidfd_open, worker, 0);
	assert_true(gone.fd >= 0);
	kill(parent, SIGKILL);
	assert_int_equal(poll(&gone, 1, PATIENCE_MS), 1);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	close(gone.fd);
	close(answer[0]);
	close(answer[1]);
}

/* -- the probe --------------------------------------------------------------- */

static void test_probe(void **state)
{
	struct sandbox_finding found[SANDBOX_FINDINGS_MAX];
	enum isolation best;
	size_t count = sandbox_probe(policy, found, &best);

	(void)state;
	assert_true(count >= 3 && count <= SANDBOX_FINDINGS_MAX);
	assert_int_equal(best == ISOLATION_NAMESPACES, available);
	for (size_t i = 0; i < count; i++) {
		assert_true(found[i].detail[0] != '\0');
		assert_true(found[i].ok == (found[i].cure[0] == '\0'));
	}
}

static int prepare(void **state)
{
	struct sandbox_finding found[SANDBOX_FINDINGS_MAX];
	struct sandbox_error error;
	enum isolation best;

	(void)state;
	policy = sandbox_policy(&error);
	if (policy >= 0)
		executable = sandbox_executable("/proc/self/exe", &error);
	if (executable < 0) {
		print_message("# %s\n", error.what);
		return -1;
	}
	sandbox_probe(policy, found, &best);
	available = best == ISOLATION_NAMESPACES;
	snprintf(unavailable, sizeof(unavailable), "%s", found[0].detail);
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const lower[] = {
		"restricted:trace-true", "restricted:trace-threads", "restricted:trace-crash",
		"restricted:trace-bomb", "restricted:compile",
		"none:trace-true", "none:trace-threads", "none:trace-bomb",
	};
	struct CMUnitTest tests[64] = {
		cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_failure_is_told),
		cmocka_unit_test(test_parent_death),
		cmocka_unit_test(test_probe),
	};
	size_t count = 4;

	if (argc == 1 && strcmp(argv[0], SANDBOX_PROBE_NAME) == 0)
		return sandbox_probe_inside();
	inside_main(argv[0]);
	for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++)
		tests[count++] = (struct CMUnitTest){ goldens[i].name, test_golden, NULL, NULL, (void *)&goldens[i] };
	for (size_t i = 0; i < inside_count; i++)
		if (strncmp(insides[i].name, "program-", 8) != 0 && strncmp(insides[i].name, "hold-", 5) != 0)
			tests[count++] = (struct CMUnitTest){ insides[i].name, test_inside, NULL, NULL, (void *)&insides[i] };
	for (size_t i = 0; i < sizeof(lower) / sizeof(lower[0]); i++)
		tests[count++] = (struct CMUnitTest){ lower[i], test_lower_level, NULL, NULL, (void *)lower[i] };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	/* cmocka_run_group_tests() counts an array of fixed size. */
	return _cmocka_run_group_tests("sandbox", tests, count, prepare, NULL);
}
