/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The sandbox from within and from without, with real namespaces: this same
 * binary is started in each role's sandbox, tries things there by the name it
 * was started under, and is judged here.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/sandbox/sandbox.h"
#include "tests/unit/unit.h"

static int policy = -1, executable = -1;

static uid_t worker_uid(void)
{
	unsigned count;
	uid_t first;

	return sandbox_uid_range(&first, &count) ? first + 7 : 0;
}

/* name: which of the table `insides' is run there. */
static struct sandbox_spawn_setup setup_for(enum sandbox_role role, const char *name)
{
	return (struct sandbox_spawn_setup){
		.role = role, .level = ISOLATION_NAMESPACES, .policy = policy, .executable = executable,
		.name = name, .keep_stderr = true, .uid = worker_uid(),
	};
}

static int status_of(const struct sandbox_process *process)
{
	int status;

	assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
	close(process->pidfd);
	return status;
}

static int run_role(enum sandbox_role role, const char *name)
{
	struct sandbox_spawn_setup setup = setup_for(role, name);
	struct sandbox_process process;
	struct sandbox_error error;

	if (sandbox_spawn(&setup, &process, &error) < 0)
		fail_msg("%s", error.what);
	return status_of(&process);
}

/* -- what the binary does inside ------------------------------------------- */

static int report_error(const char *where, const struct sandbox_error *error)
{
	fprintf(stderr, "# %s: %s\n", where, error->what);
	return 1;
}

static int take_self(enum sandbox_role role)
{
	struct sandbox_error error;

	if (sandbox_self(role, ISOLATION_NAMESPACES, &error) < 0)
		return report_error("sandbox_self", &error);
	return 0;
}

static int trace_program(const char *path)
{
	char *const argv[] = { (char *)path, NULL }, *const envp[] = { NULL };
	struct sandbox_tracee_setup setup = {
		.level = ISOLATION_NAMESPACES, .path = path, .argv = argv, .envp = envp, .tty = -1,
		.memory_bytes = 1 << 30, .processes = 8, .file_bytes = 1 << 20,
	};
	struct sandbox_tracee tracee;
	struct sandbox_error error;
	int status, stops = 0;

	if (sandbox_tracee_spawn(&setup, &tracee, &error) < 0)
		return report_error("sandbox_tracee_spawn", &error);
	if (sandbox_self(SANDBOX_TRACER, ISOLATION_NAMESPACES, &error) < 0)
		return report_error("sandbox_self", &error);
	if (ptrace(PTRACE_SEIZE, tracee.pid, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) < 0)
		return 102;
	if (write(tracee.go, "g", 1) != 1)
		return 103;
	while (waitpid(tracee.pid, &status, __WALL) == tracee.pid && WIFSTOPPED(status)) {
		stops++;
		ptrace(PTRACE_CONT, tracee.pid, 0, WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status));
	}
	if (!WIFEXITED(status) || stops < 10)
		return 104;
	if (waitpid(tracee.stub, &status, 0) != tracee.stub)
		return 105;
	return WEXITSTATUS(status);
}

static int inside_httpd(void) { return take_self(SANDBOX_HTTPD); }
static int inside_broker(void) { return take_self(SANDBOX_BROKER); }
static int inside_compiler(void) { return take_self(SANDBOX_COMPILER); }
static int inside_tracer(void) { return take_self(SANDBOX_TRACER); }
static int inside_true(void) { return trace_program("/usr/bin/true"); }
static int inside_false(void) { return trace_program("/usr/bin/false"); }

static const struct inside {
	const char *name;
	enum sandbox_role role;
	int (*run)(void);
	int status;
} insides[] = {
	{ "inside-httpd", SANDBOX_HTTPD, inside_httpd, 0 },
	{ "inside-broker", SANDBOX_BROKER, inside_broker, 0 },
	{ "inside-compiler", SANDBOX_COMPILER, inside_compiler, 0 },
	{ "inside-tracer", SANDBOX_TRACER, inside_tracer, 0 },
	{ "inside-true", SANDBOX_TRACER, inside_true, 0 },
	{ "inside-false", SANDBOX_TRACER, inside_false, 1 },
};

#define INSIDE_COUNT (sizeof(insides) / sizeof(insides[0]))

static void test_insides(void **state)
{
	(void)state;
	for (size_t i = 0; i < INSIDE_COUNT; i++) {
		int status = run_role(insides[i].role, insides[i].name);

		if (!WIFEXITED(status) || WEXITSTATUS(status) != insides[i].status)
			fail_msg("%s: status %#x", insides[i].name, (unsigned)status);
	}
}

static int prepare(void **state)
{
	struct sandbox_error error;

	(void)state;
	policy = sandbox_policy(&error);
	if (policy >= 0)
		executable = sandbox_executable("/proc/self/exe", &error);
	if (executable < 0)
		fprintf(stderr, "# %s\n", error.what);
	return executable < 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_insides),
	};

	for (size_t i = 0; i < INSIDE_COUNT && argc == 1; i++)
		if (strcmp(argv[0], insides[i].name) == 0)
			return insides[i].run();
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sandbox", tests, prepare, NULL);
}
