/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/sandbox-inside.h"

#define CHECK(condition) \
	do { if (!(condition)) { fprintf(stderr, "# %s:%d: %s (%s)\n", __FILE__, __LINE__, #condition, \
	    strerror(errno)); return 1; } } while (0)

/* From the name that this was started under: "restricted:trace-true". */
static enum isolation level = ISOLATION_NAMESPACES;

static const char *program_path(void)
{
	static char path[64];

	if (level == ISOLATION_NAMESPACES)
		return "/work/program";
	snprintf(path, sizeof(path), "/tmp/test-sandbox-%d", getpid());
	return path;
}

static int take_self(enum sandbox_role role)
{
	struct sandbox_error error;

	if (sandbox_self(role, level, &error) < 0) {
		fprintf(stderr, "# sandbox_self: %s\n", error.what);
		return 1;
	}
	return 0;
}

/* Ready, says descriptor 3; then wait for the test to close its end. */
static int hold(enum sandbox_role role)
{
	char byte;

	if (take_self(role) != 0)
		return 1;
	CHECK(write(3, "r", 1) == 1);
	CHECK(read(3, &byte, 1) == 0);
	return 0;
}

static int hold_httpd(void) { return hold(SANDBOX_HTTPD); }
static int hold_broker(void) { return hold(SANDBOX_BROKER); }
static int hold_compiler(void) { return hold(SANDBOX_COMPILER); }
static int hold_tracer(void) { return hold(SANDBOX_TRACER); }

/* -- the compiler ------------------------------------------------------------ */

static int attack_compiler(void)
{
	CHECK(take_self(SANDBOX_COMPILER) == 0);
	CHECK(attempts_fail("compiler", common_attempts, common_attempt_count) == 0);
#ifndef __SANITIZE_ADDRESS__	/* which needs a /proc */
	CHECK(attempts_fail("compiler", compiler_attempts, compiler_attempt_count) == 0);
#endif
	CHECK(foreign_entry_kills());
	CHECK(descriptors_open() == 0);
	CHECK(getuid() == SANDBOX_UID && getpid() == 1);
	CHECK(environ == NULL || environ[0] == NULL || strncmp(environ[0], "ASAN", 4) == 0);
	return 0;
}

static int run_tool(char *const argv[])
{
	char *const envp[] = { (char *)"PATH=/usr/bin:/bin", (char *)"LC_ALL=C", (char *)"TMPDIR=/tmp", NULL };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execve(argv[0], argv, envp);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

static int write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	return file == NULL || fputs(text, file) < 0 || fclose(file) != 0;
}

/* The toolchain works, in the directory that it is started in. */
static int compile(void)
{
	static const char *const tools[][3] = {
		{ "/usr/bin/gcc", "source.c", "-g" }, { "/usr/bin/g++", "source.cc", "-g" },
		{ "/usr/bin/clang", "source.c", "-g" }, { "/usr/bin/clang++", "source.cc", "-g" },
		{ "/usr/bin/as", "source.s", "-g" },
	};

	char directory[] = "/tmp/test-sandbox-XXXXXX";

	CHECK(take_self(SANDBOX_COMPILER) == 0);
	if (level != ISOLATION_NAMESPACES)
		CHECK(mkdtemp(directory) != NULL && chdir(directory) == 0);
	CHECK(write_text("source.c", "#include <stdio.h>\nint main(void) { puts(\"x\"); }\n") == 0);
	CHECK(write_text("source.cc", "#include <vector>\nint main() { std::vector<int> v(3); return v[0]; }\n") == 0);
	CHECK(write_text("source.s", ".globl _start\n_start: nop\n") == 0);
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		char *const argv[] = { (char *)tools[i][0], (char *)tools[i][2], (char *)tools[i][1],
		    (char *)"-o", (char *)"a.out", NULL };

		if (access(tools[i][0], X_OK) < 0)
			continue;
		CHECK(run_tool(argv) == 0);
		CHECK(unlink("a.out") == 0);
	}
	CHECK(unlink("source.c") == 0 && unlink("source.cc") == 0 && unlink("source.s") == 0);
	if (level != ISOLATION_NAMESPACES)
		CHECK(rmdir(directory) == 0);
	return 0;
}

/* tmpfs sizes and the number of processes hold. */
static int exhaust(void)
{
	static char block[1 << 16];
	unsigned long long written = 0;
	int fd, forks = 0;
	ssize_t got;

	CHECK(take_self(SANDBOX_COMPILER) == 0);
	signal(SIGXFSZ, SIG_IGN);
	for (int file = 0; file < 100; file++) {
		char name[32];

		snprintf(name, sizeof(name), "/tmp/fill-%d", file);
		CHECK((fd = open(name, O_WRONLY | O_CREAT, 0600)) >= 0 || errno == ENOSPC);
		if (fd < 0)
			break;
		while ((got = write(fd, block, sizeof(block))) > 0)
			written += (unsigned long long)got;
		CHECK(errno == ENOSPC || errno == EFBIG);
		close(fd);
	}
	CHECK(written <= 8 << 20);	/* what the test has asked for */
	for (; forks < 1000; forks++) {
		pid_t pid = fork();

		if (pid == 0) {
			pause();
			_exit(0);
		}
		if (pid < 0)
			break;
	}
	CHECK(errno == EAGAIN && forks < 16);
	CHECK(kill(-1, SIGKILL) == 0);
	while (waitpid(-1, NULL, 0) > 0)
		forks--;
	CHECK(forks == 0);
	return 0;
}

/* -- the tracer and its program --------------------------------------------- */

/* This very binary becomes the program. */
static int copy_program(const char *path)
{
	static char buffer[1 << 16];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ssize_t got;

	CHECK(from >= 0 && to >= 0);
	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		CHECK(write(to, buffer, (size_t)got) == got);
	close(from);
	close(to);
	return got != 0;
}

/* Trace it and all its children to the end; *seccomp counts RET_TRACE stops. */
static int trace_to_end(const struct sandbox_tracee *tracee, int *seccomp)
{
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE |
	    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
	int status, result = -1;
	pid_t pid;

	CHECK(ptrace(PTRACE_SEIZE, tracee->pid, 0, options) == 0);
	CHECK(write(tracee->go, "g", 1) == 1);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 && pid != tracee->stub) {
		int signal = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;

		if (!WIFSTOPPED(status)) {
			result = pid == tracee->pid ? status : result;
			continue;
		}
		*seccomp += status >> 16 == PTRACE_EVENT_SECCOMP;
		ptrace(PTRACE_CONT, pid, 0, status >> 16 != 0 || signal == SIGTRAP ? 0 : signal);
	}
	CHECK(pid == tracee->stub);
	/* The stub says what the program's end was. */
	CHECK(WEXITSTATUS(status) == (WIFSIGNALED(result) ? 128 + WTERMSIG(result) : WEXITSTATUS(result)));
	return result;
}

/* What the program said, for whoever reads the test's output. */
static void relay(int master)
{
	char text[4096];
	ssize_t got;

	fcntl(master, F_SETFL, O_NONBLOCK);
	while ((got = read(master, text, sizeof(text))) > 0)
		(void)!write(STDERR_FILENO, text, (size_t)got);
}

static int trace(const char *path, const char *name, int *seccomp)
{
	char *const argv[] = { (char *)name, NULL };
	char *const envp[] = { (char *)"A=b", (char *)"ASAN_OPTIONS=detect_leaks=0", NULL };
	struct sandbox_tracee_setup setup = {
		.level = level, .path = path, .argv = argv, .envp = envp, .tty = -1,
		.memory_bytes = 1 << 30, .processes = 8, .file_bytes = 1 << 20,
	};
	struct sandbox_tracee tracee;
	struct sandbox_error error;
	int master, result;

	CHECK(openpty(&master, &setup.tty, NULL, NULL, NULL) == 0);
	if (sandbox_tracee_spawn(&setup, &tracee, &error) < 0) {
		fprintf(stderr, "# sandbox_tracee_spawn: %s\n", error.what);
		return -1;
	}
	result = trace_to_end(&tracee, seccomp);
	if (result != 0)
		relay(master);
	return result;
}

/* As the tracer does: everything that follows happens under its filter. */
static int prepare_and_take_self(void)
{
	struct sandbox_error error;

	if (sandbox_tracee_prepare(level, &error) < 0) {
		fprintf(stderr, "# sandbox_tracee_prepare: %s\n", error.what);
		return 1;
	}
	return take_self(SANDBOX_TRACER);
}

static int trace_true(void)
{
	int seccomp = 0;

	CHECK(prepare_and_take_self() == 0);
	CHECK(trace("/bin/true", "true", &seccomp) == 0);
	CHECK(seccomp > 10);
	return 0;
}

static int trace_copy(const char *name, int want)
{
	char levelled[64];
	int seccomp = 0, status;

	snprintf(levelled, sizeof(levelled), "%s:%s", sandbox_level_name(level), name);
	CHECK(prepare_and_take_self() == 0);
	CHECK(copy_program(program_path()) == 0);
	status = trace(program_path(), levelled, &seccomp);
	CHECK(unlink(program_path()) == 0);
	if (status != want)
		fprintf(stderr, "# %s ended with status %#x\n", name, (unsigned)status);
	return status != want;
}

static int trace_attacks(void) { return trace_copy("program-attack", 0); }
static int trace_crash(void) { return trace_copy("program-crash", SIGSEGV); }
static int trace_threads(void) { return trace_copy("program-threads", 0); }
static int trace_terminal(void) { return trace_copy("program-terminal", 0); }
static int trace_bomb(void) { return trace_copy("program-bomb", 0); }

/* The filter's stops for mprotect of the one page (a length that no loader has); the first one
 * says where it wants the mark. */
enum { MARKED_LENGTH = 4093 };
struct marked {
	const struct sandbox_tracee *tracee;
	int stops;
};

static int on_mprotect(pid_t pid, struct marked *m)
{
	struct __ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };

	CHECK(ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0);
	if (info.op != PTRACE_SYSCALL_INFO_SECCOMP || info.seccomp.nr != SYS_mprotect ||
	    info.seccomp.args[1] != MARKED_LENGTH)
		return 0;
	if (m->stops++ == 0)
		CHECK(ptrace(PTRACE_POKEDATA, pid, info.seccomp.args[SANDBOX_MARKED_ARGUMENT],
		    m->tracee->mark) == 0);
	return 0;
}

static int trace_marked_program(struct marked *m)
{
	int status;
	pid_t pid;

	CHECK(ptrace(PTRACE_SEIZE, m->tracee->pid, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) == 0);
	CHECK(write(m->tracee->go, "g", 1) == 1);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 && pid != m->tracee->stub)
		if (WIFSTOPPED(status)) {
			CHECK(status >> 16 != PTRACE_EVENT_SECCOMP || on_mprotect(pid, m) == 0);
			CHECK(ptrace(PTRACE_CONT, pid, 0, 0) == 0);
		}
	CHECK(pid == m->tracee->stub && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Each program has another mark, and only with that one its mprotect does not stop. */
static int trace_marked(void)
{
	char *const argv[] = { (char *)"program-marked", NULL }, *const envp[] = {
	    (char *)"ASAN_OPTIONS=detect_leaks=0", NULL };
	struct sandbox_tracee_setup setup = {
		.level = level, .path = program_path(), .argv = argv, .envp = envp, .tty = -1,
		.memory_bytes = 1 << 30, .processes = 8, .file_bytes = 1 << 20,
	};
	struct sandbox_tracee tracee;
	struct sandbox_error error;
	struct marked m = { .tracee = &tracee };

	CHECK(prepare_and_take_self() == 0);
	CHECK(copy_program(program_path()) == 0);
	CHECK(sandbox_tracee_spawn(&setup, &tracee, &error) == 0);
	CHECK(trace_marked_program(&m) == 0);
	CHECK(m.stops == 1 + 64);
	return 0;
}

static int program_marked(void)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile uint64_t mark = 0;

	CHECK(page != MAP_FAILED);
	CHECK(syscall(SYS_mprotect, page, MARKED_LENGTH, PROT_READ, &mark) == 0 && mark != 0);
	for (int i = 0; i < 100; i++)
		CHECK(syscall(SYS_mprotect, page, MARKED_LENGTH, PROT_READ | PROT_WRITE, mark) == 0);
	*(volatile char *)page = 1;
	for (int i = 0; i < 64; i++)
		CHECK(syscall(SYS_mprotect, page, MARKED_LENGTH, PROT_READ, mark ^ 1ull << i) == 0);
	return 0;
}

/* What cannot be executed is said, and nothing stays. */
static int trace_missing(void)
{
	char *const none[] = { NULL };
	struct sandbox_tracee_setup setup = {
		.level = level, .path = "/work/none", .argv = none, .envp = none, .tty = -1,
		.memory_bytes = 1 << 30, .processes = 8, .file_bytes = 1 << 20,
	};
	struct sandbox_tracee tracee;
	struct sandbox_error error;

	CHECK(sandbox_tracee_spawn(&setup, &tracee, &error) == -ENOENT);
	CHECK(strstr(error.what, "/work/none") != NULL);
	CHECK(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
	return 0;
}

/* The file is there and is no program: the tracer hears it on `go'. */
static int trace_garbage(void)
{
	char *const none[] = { NULL };
	struct sandbox_tracee_setup setup = {
		.level = level, .path = "/work/garbage", .argv = none, .envp = none, .tty = -1,
		.memory_bytes = 1 << 30, .processes = 8, .file_bytes = 1 << 20,
	};
	struct sandbox_tracee tracee;
	struct sandbox_error error;
	int seccomp = 0;

	CHECK(write_text("/work/garbage", "no program") == 0);
	CHECK(chmod("/work/garbage", 0700) == 0);
	CHECK(sandbox_tracee_spawn(&setup, &tracee, &error) == 0);
	CHECK(trace_to_end(&tracee, &seccomp) == 127 << 8);
	CHECK(read(tracee.go, &error, sizeof(error)) == sizeof(error) && error.number == ENOEXEC);
	return 0;
}

static int program_attack(void)
{
	struct rlimit limit;

	CHECK(attempts_fail("program", common_attempts, common_attempt_count) == 0);
	CHECK(attempts_fail("program", tracee_attempts, tracee_attempt_count) == 0);
	CHECK(foreign_entry_kills());
	CHECK(descriptors_open() == 0);
	CHECK(getuid() == SANDBOX_UID && getppid() == 1 && getpid() == 2);
	CHECK(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	/* pid 1 of a namespace is deaf to its own. */
	CHECK(kill(1, SIGKILL) == 0 && getppid() == 1);
	CHECK(write_text("file", "its own directory") == 0 && access("/tmp/file", R_OK) == 0);
	CHECK(strcmp(environ[0], "A=b") == 0);
	return 0;
}

static int program_crash(void)
{
	/* By a signal of its own: ASan would make an exit status of a fault. */
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
	return 0;
}

static void *thread(void *arg)
{
	*(int *)arg = 42;
	return NULL;
}

static int program_threads(void)
{
	pthread_t id;
	int value = 0;

	CHECK(pthread_create(&id, NULL, thread, &value) == 0);
	CHECK(pthread_join(id, NULL) == 0);
	CHECK(value == 42);
	return 0;
}

static int program_bomb(void)
{
	int forks = 0;

	for (pid_t pid; (pid = fork()) >= 0 && forks < 100; forks++)
		if (pid == 0) {
			pause();
			_exit(0);
		}
	/* Outside a user namespace of its own this limit would be its user's. */
	CHECK(forks < 10 || level != ISOLATION_NAMESPACES);
	return 0;	/* and leaves them: the namespace's end is theirs */
}

static int program_terminal(void)
{
	CHECK(isatty(0) && isatty(1) && isatty(2));
	CHECK(tcgetpgrp(0) == getpid() && getsid(0) == getpid());
	CHECK(ioctl(0, TIOCSTI, "x") < 0 && errno == EPERM);
	return 0;
}

const struct inside insides[] = {
	{ "hold-httpd", SANDBOX_HTTPD, hold_httpd },
	{ "hold-broker", SANDBOX_BROKER, hold_broker },
	{ "hold-compiler", SANDBOX_COMPILER, hold_compiler },
	{ "hold-tracer", SANDBOX_TRACER, hold_tracer },
	{ "attack-compiler", SANDBOX_COMPILER, attack_compiler },
	{ "compile", SANDBOX_COMPILER, compile },
	{ "exhaust", SANDBOX_COMPILER, exhaust },
	{ "trace-true", SANDBOX_TRACER, trace_true },
	{ "trace-attacks", SANDBOX_TRACER, trace_attacks },
	{ "trace-crash", SANDBOX_TRACER, trace_crash },
	{ "trace-threads", SANDBOX_TRACER, trace_threads },
	{ "trace-bomb", SANDBOX_TRACER, trace_bomb },
	{ "trace-terminal", SANDBOX_TRACER, trace_terminal },
	{ "trace-marked", SANDBOX_TRACER, trace_marked },
	{ "trace-missing", SANDBOX_TRACER, trace_missing },
	{ "trace-garbage", SANDBOX_TRACER, trace_garbage },
	{ "program-attack", SANDBOX_TRACEE, program_attack },
	{ "program-marked", SANDBOX_TRACEE, program_marked },
	{ "program-crash", SANDBOX_TRACEE, program_crash },
	{ "program-threads", SANDBOX_TRACEE, program_threads },
	{ "program-bomb", SANDBOX_TRACEE, program_bomb },
	{ "program-terminal", SANDBOX_TRACEE, program_terminal },
};
const size_t inside_count = sizeof(insides) / sizeof(insides[0]);

void inside_main(const char *name)
{
	char word[16] = "";
	const char *colon = strchr(name, ':');

	if (colon != NULL && (size_t)(colon - name) < sizeof(word)) {
		memcpy(word, name, (size_t)(colon - name));
		level = (enum isolation)sandbox_level(word);
		name = colon + 1;
	}
	for (size_t i = 0; i < inside_count; i++)
		if (strcmp(name, insides[i].name) == 0)
			exit(insides[i].run());
}
