/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Running a tool: what it is given, what it may use up, and that nothing of it
 * is left (attack suite C08, C12, D08). */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/run.h"

static struct run_limits limits(void)
{
	return (struct run_limits){ .wall_milliseconds = 20000, .cpu_seconds = 10, .text_bytes = 4096 };
}

static const struct run_place here = { .peer = -1 };

static struct run_result shell(const char *script, struct run_limits l, const struct run_place *place)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };
	struct run_result result;

	assert_int_equal(run(argv, place, &l, &result), 0);
	return result;
}

static void test_environment(void **state)
{
	static const char *const hostile[] = { "LD_PRELOAD", "GCC_EXEC_PREFIX", "COMPILER_PATH", "CPATH", "DEPENDENCIES_OUTPUT" };
	const char *argv[] = { "/usr/bin/env", NULL };
	struct run_limits l = limits();
	struct run_result r;

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++)
		setenv(hostile[i], "/tmp/x", 1);
	assert_int_equal(run(argv, &here, &l, &r), 0);
	assert_int_equal(r.end, RUN_EXITED);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.text, "PATH=/usr/bin:/bin\nLC_ALL=C.UTF-8\nTMPDIR=/tmp\n");
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++)
		unsetenv(hostile[i]);
	run_result_free(&r);
	run_sweep();
}

/* Nothing can be started: nothing is left to be freed, and freeing it does no harm. */
static void test_no_descriptors(void **state)
{
	const char *argv[] = { "/bin/true", NULL };
	struct run_limits l = limits();
	struct rlimit before, none = { 0 };
	struct run_result r;
	int error;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	error = run(argv, &here, &l, &r);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(error, -EMFILE);
	assert_null(r.text);
	run_result_free(&r);
	run_sweep();
}

/* Its standard descriptors and nothing else (ls has the directory open as 3). */
static void test_descriptors(void **state)
{
	int extra = open("/", O_RDONLY | O_DIRECTORY);	/* deliberately without O_CLOEXEC */
	struct run_result r = shell("ls /proc/self/fd; read x || echo end", limits(), &here);

	(void)state;
	close(extra);
	assert_string_equal(r.text, "0\n1\n2\n3\nend\n");
	run_result_free(&r);
	run_sweep();
}

static void test_no_program(void **state)
{
	const char *argv[] = { "/nonexistent", NULL };
	struct run_limits l = limits();
	struct run_result r;

	(void)state;
	assert_int_equal(run(argv, &here, &l, &r), 0);
	assert_int_equal(WEXITSTATUS(r.status), 127);
	assert_non_null(strstr(r.text, "/nonexistent: error: cannot be run: No such file"));
	run_result_free(&r);
	run_sweep();
}

static void test_flood(void **state)
{
	struct run_result r = shell("exec yes", limits(), &here);

	(void)state;
	assert_int_equal(r.end, RUN_FLOOD);
	assert_int_equal(r.length, 4096);
	assert_true(WIFSIGNALED(r.status));
	run_result_free(&r);
	run_sweep();
}

static void test_wall(void **state)
{
	struct run_limits l = limits();
	struct run_result r;

	(void)state;
	l.wall_milliseconds = 100;
	r = shell("trap '' TERM; echo begun; exec sleep 1000", l, &here);
	assert_int_equal(r.end, RUN_WALL);
	assert_true(WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGKILL);
	run_result_free(&r);
	run_sweep();
}

static void test_cpu(void **state)
{
	struct run_limits l = limits();
	struct run_result r;

	(void)state;
	l.cpu_seconds = 1;
	r = shell("while :; do :; done", l, &here);
	assert_int_equal(r.end, RUN_EXITED);
	assert_true(WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGXCPU);
	/* The limit goes by ticks, each of which counts as a whole for who runs then; what was used is
	 * measured: on a core that is shared it may be much less. */
	assert_in_range(r.cpu_milliseconds, 100, 2100);
	run_result_free(&r);
	run_sweep();
}

static void test_file_size(void **state)
{
	char path[] = "/tmp/penguintrace-test-XXXXXX";
	struct run_place place = here;
	struct run_limits l = limits();
	struct run_result r;
	char line[128];

	(void)state;
	l.file_bytes = 65536;
	close(mkstemp(path));
	snprintf(line, sizeof(line), "exec head -c 100000 /dev/zero > %s", path);
	r = shell(line, l, &place);
	assert_true(WIFSIGNALED(r.status) && WTERMSIG(r.status) == SIGXFSZ);
	run_result_free(&r);
	unlink(path);
	run_sweep();
}

static void test_peer_gone(void **state)
{
	struct run_place place = here;
	struct run_result r;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	place.peer = pair[0];
	close(pair[1]);
	r = shell("exec sleep 1000", limits(), &place);
	assert_int_equal(r.end, RUN_ABANDONED);
	close(pair[0]);
	run_result_free(&r);
	run_sweep();
}

/* What is left running neither holds us up nor outlives the sweep. */
static void test_left_running(void **state)
{
	struct run_result r = shell("sh -c 'while :; do sleep 1000; done' & echo $!", limits(), &here);
	pid_t left = atoi(r.text);

	(void)state;
	assert_int_equal(r.end, RUN_EXITED);
	assert_true(left > 1);
	assert_int_equal(kill(left, 0), 0);
	run_sweep();
	assert_int_equal(kill(left, 0), -1);
	assert_int_equal(errno, ESRCH);
	run_result_free(&r);
}

/* A worker that is killed in the midst leaves neither its tools nor its directory. */
static void test_guard(void **state)
{
	const char *argv[] = { "/bin/sh", "-c", "trap '' TERM; sleep 1000 & echo $! > $TMPDIR/pid; exec 2>&- >&-; wait", NULL };
	struct workdir dir;
	int status, pid = 0;
	pid_t worker;
	char path[80];
	FILE *file;

	(void)state;
	assert_int_equal(workdir_open(&dir), 0);
	snprintf(path, sizeof(path), "%s/pid", dir.path);
	assert_int_equal(mkfifo(path, 0600), 0);
	worker = fork();
	if (worker == 0) {
		struct run_place place = { .directory = &dir, .peer = -1 };
		struct run_limits l = limits();
		struct run_result r;

		_exit(run(argv, &place, &l, &r));
	}
	close(dir.fd);
	file = fopen(path, "r");	/* a FIFO: until the shell has opened it */
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &pid), 1);
	fclose(file);
	kill(worker, SIGKILL);
	waitpid(worker, &status, 0);
	while (waitpid(-1, &status, 0) > 0)	/* orphans become ours: until the last */
		;
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(access(dir.path, F_OK), -1);
}

/* As pid 1 of a namespace: daemons, too. */
static int sweep_as_init(void)
{
	struct run_result r;
	struct run_limits l = limits();
	const char *argv[] = { "/bin/sh", "-c",
	    "for i in 1 2 3 4 5; do setsid sh -c 'while :; do sleep 1000 & sleep 1000; done' & done; exit 0", NULL };

	if (getpid() != 1 || run(argv, &here, &l, &r) < 0 || r.end != RUN_EXITED)
		return 10;
	if (kill(-1, 0) < 0)
		return 11;	/* there should be some left */
	run_sweep();
	return kill(-1, 0) < 0 && errno == ESRCH && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD ? 0 : 12;
}

static void test_sweep_as_init(void **state)
{
	pid_t outer = fork();
	int status;

	(void)state;
	if (outer == 0) {
		pid_t init;

		if (unshare(CLONE_NEWPID) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
			_exit(77);
		init = fork();
		if (init == 0)
			_exit(sweep_as_init());
		waitpid(init, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
	}
	waitpid(outer, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_no_program),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_wall),
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_file_size),
		cmocka_unit_test(test_peer_gone),
		cmocka_unit_test(test_left_running),
		cmocka_unit_test(test_guard),
		cmocka_unit_test(test_sweep_as_init),
	};

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return RUN_TESTS(tests);
}
