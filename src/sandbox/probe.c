/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What this machine offers: found by doing it.  Settings of the kernel are read
 * only to say why something failed and what to change.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "src/sandbox/internal.h"

#define PROGRAM "/bin/true"
#define FD_ANSWER 3

/* -- inside, under the tracer's role ---------------------------------------- */

/* Let it run, through every stop, to its end. */
static int trace_to_end(const struct sandbox_tracee *tracee, struct sandbox_error *error)
{
	int status = 0;

	if (ptrace(PTRACE_SEIZE, tracee->pid, 0, PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) < 0)
		return sandbox_fail(error, errno, "trace a program (ptrace)");
	if (write(tracee->go, "g", 1) != 1)
		return sandbox_fail(error, errno, "start a program");
	while (waitpid(tracee->pid, &status, __WALL) == tracee->pid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, tracee->pid, 0, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return sandbox_fail(error, ECANCELED, "run " PROGRAM " to its end (status %#x)", (unsigned)status);
	return 0;
}

static int session_in_small(struct sandbox_error *error)
{
	static char program[] = PROGRAM;
	char *const argv[] = { program, NULL }, *const envp[] = { NULL };
	const struct sandbox_tracee_setup setup = {
		.level = ISOLATION_NAMESPACES, .path = PROGRAM, .argv = argv, .envp = envp, .tty = -1,
		.memory_bytes = 1ull << 30, .processes = 4, .file_bytes = 1 << 20,
	};
	struct sandbox_tracee tracee;
	int result = sandbox_tracee_prepare(setup.level, error);

	if (result == 0)
		result = sandbox_self(SANDBOX_TRACER, setup.level, error);
	if (result == 0)
		result = sandbox_tracee_spawn(&setup, &tracee, error);
	return result < 0 ? result : trace_to_end(&tracee, error);
}

int sandbox_probe_inside(void)
{
	struct sandbox_error error = { 0 };
	int result = session_in_small(&error);

	return send(FD_ANSWER, &error, sizeof(error), MSG_NOSIGNAL) == sizeof(error) && result == 0 ?
	    EXIT_SUCCESS : EXIT_FAILURE;
}

/* -- why, and what to change ------------------------------------------------ */

static long setting(const char *path)
{
	cleanup_fclose FILE *file = fopen(path, "re");
	long value;

	return file != NULL && fscanf(file, "%ld", &value) == 1 ? value : -1;
}

static const struct obstacle {
	const char *path;
	bool below;		/* at or below value, else at or above */
	long value;
	const char *cure;
} obstacles[] = {
	{ "/proc/sys/kernel/unprivileged_userns_clone", true, 0,
	    "this kernel forbids user namespaces to ordinary users: sysctl kernel.unprivileged_userns_clone=1" },
	{ "/proc/sys/user/max_user_namespaces", true, 1,
	    "user namespaces are switched off: sysctl user.max_user_namespaces=10000" },
	{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", false, 1,
	    "AppArmor restricts user namespaces (Ubuntu 23.10 and later): install the profile in contrib/apparmor, "
	    "or sysctl kernel.apparmor_restrict_unprivileged_userns=0" },
	{ "/proc/sys/kernel/yama/ptrace_scope", false, 3,
	    "Yama forbids all tracing until the next boot: set kernel.yama.ptrace_scope to 0, 1 or 2 and reboot" },
	{ "/proc/sys/vm/memfd_noexec", false, 2,
	    "the kernel forbids executing from memory: sysctl vm.memfd_noexec=1" },
};

static void find_cure(const struct sandbox_error *error, char *cure, size_t size)
{
	for (size_t i = 0; i < sizeof(obstacles) / sizeof(obstacles[0]); i++) {
		long value = setting(obstacles[i].path);

		if (value >= 0 && (obstacles[i].below ? value <= obstacles[i].value : value >= obstacles[i].value)) {
			snprintf(cure, size, "%s", obstacles[i].cure);
			return;
		}
	}
	if (strstr(error->what, "id_map") != NULL)
		snprintf(cure, size, "this root lacks CAP_SETUID, CAP_SETGID or CAP_SETFCAP and cannot give uids away: "
		    "start the service as an ordinary user, or with these capabilities");
	else if (strstr(error->what, "proc") != NULL && strstr(error->what, "mount") != NULL)
		snprintf(cure, size, "a container masks parts of /proc: run it with --security-opt unmask=ALL "
		    "(podman) or --security-opt systempaths=unconfined (docker)");
	else
		snprintf(cure, size, "if this is a container, its seccomp profile forbids it: docker run "
		    "--security-opt seccomp=unconfined --security-opt systempaths=unconfined; podman run "
		    "--security-opt unmask=ALL; under systemd: RestrictNamespaces=no");
}

/* -- findings --------------------------------------------------------------- */

struct findings {
	struct sandbox_finding *found;
	size_t count;
};

static struct sandbox_finding *add(struct findings *findings, enum isolation level, bool optional,
    const char *name)
{
	struct sandbox_finding *finding = &findings->found[findings->count++];

	*finding = (struct sandbox_finding){ .name = name, .needed_for = level, .optional = optional };
	return finding;
}

static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Spawn our own binary as a tracer and hear what it says. */
static int probe_session(int policy, struct sandbox_error *error)
{
	cleanup_close int executable = sandbox_executable("/proc/self/exe", error);
	int pair[2], status, result;
	struct sandbox_process process;
	unsigned count;
	uid_t uid = 0;
	struct sandbox_spawn_setup setup = {
		.role = SANDBOX_TRACER, .level = ISOLATION_NAMESPACES, .policy = policy,
		.executable = executable, .name = SANDBOX_PROBE_NAME, .fds = &pair[1], .fd_count = 1,
	};

	if (executable < 0)
		return executable;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return sandbox_fail(error, errno, "make a socketpair");
	if (sandbox_uid_range(&uid, &count))
		uid += count - 1;
	setup.uid = uid;
	result = sandbox_spawn(&setup, &process, error);
	close(pair[1]);
	if (result == 0) {
		if (recv(pair[0], error, sizeof(*error), MSG_WAITALL) != sizeof(*error))
			sandbox_fail(error, EPROTO, "hear from the probe");
		error->what[sizeof(error->what) - 1] = '\0';
		waitpid(process.pid, &status, 0);
		close(process.pidfd);
		result = -error->number;
	}
	close(pair[0]);
	return result;
}

static bool find_session(struct findings *findings, int policy)
{
	struct sandbox_finding *finding = add(findings, ISOLATION_NAMESPACES, false, "a session in namespaces");
	struct sandbox_error error = { 0 };
	uint64_t start = microseconds();

	finding->ok = probe_session(policy, &error) == 0;
	if (finding->ok) {
		snprintf(finding->detail, sizeof(finding->detail),
		    "a program was started, traced and ended in its sandbox, in %.1f ms",
		    (double)(microseconds() - start) / 1000);
		return true;
	}
	snprintf(finding->detail, sizeof(finding->detail), "%s", error.what);
	find_cure(&error, finding->cure, sizeof(finding->cure));
	return false;
}

static void find_uids(struct findings *findings)
{
	struct sandbox_finding *finding = add(findings, ISOLATION_RESTRICTED, true, "a uid for each worker");
	unsigned count;
	uid_t first;

	finding->ok = sandbox_uid_range(&first, &count);
	if (finding->ok) {
		snprintf(finding->detail, sizeof(finding->detail), "%u from %u on", count, first);
		return;
	}
	snprintf(finding->detail, sizeof(finding->detail), "all workers have this user's, %u", geteuid());
	snprintf(finding->cure, sizeof(finding->cure), "start it as root: it gives privileges away, one uid a worker");
}

static void find_landlock(struct findings *findings)
{
	struct sandbox_finding *finding = add(findings, ISOLATION_RESTRICTED, true, "Landlock");
	int abi = sandbox_landlock_abi();

	finding->ok = abi > 0;
	if (abi > 0) {
		snprintf(finding->detail, sizeof(finding->detail), "ABI %d", abi);
		return;
	}
	snprintf(finding->detail, sizeof(finding->detail), "not in this kernel, or not among its LSMs");
	snprintf(finding->cure, sizeof(finding->cure), "Linux 5.13 or later with lsm=landlock,… on its command line");
}

static bool find_filter(struct findings *findings, int policy)
{
	struct sandbox_finding *finding = add(findings, ISOLATION_NONE, false, "seccomp filters");
	struct sandbox_filter filter;
	struct sandbox_error error = { 0 };
	int status = 1;
	pid_t pid;

	if (sandbox_filter_read(policy, SANDBOX_BROKER, &filter, &error) == 0 && (pid = fork()) >= 0) {
		if (pid == 0)
			_exit(sandbox_filter_take(&filter, &error) == 0 ? 0 : -error.number);
		waitpid(pid, &status, 0);
	}
	finding->ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	snprintf(finding->detail, sizeof(finding->detail), finding->ok ? "default-deny, %u instructions for the broker" :
	    "the kernel does not take them (%u instructions)", filter.length);
	if (!finding->ok)
		snprintf(finding->cure, sizeof(finding->cure), "a kernel with CONFIG_SECCOMP_FILTER");
	return finding->ok;
}

size_t sandbox_probe(int policy, struct sandbox_finding found[SANDBOX_FINDINGS_MAX], enum isolation *best)
{
	struct findings findings = { .found = found };
	bool session = find_session(&findings, policy), filter;

	find_uids(&findings);
	find_landlock(&findings);
	filter = find_filter(&findings, policy);
	*best = session && filter ? ISOLATION_NAMESPACES : filter ? ISOLATION_RESTRICTED : ISOLATION_NONE;
	return findings.count;
}
