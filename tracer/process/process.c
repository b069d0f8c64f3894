/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The program's threads, and the loop that hears of their stops. */
#include "tracer/process/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/log.h"

static const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
    PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXIT |
    PTRACE_O_TRACESECCOMP;

static struct tracee *find(struct process *p, pid_t tid)
{
	for (struct tracee *t = p->threads; t != NULL; t = t->next)
		if (t->tid == tid)
			return t;
	return NULL;
}

struct tracee *process_threads(struct process *p)
{
	return p->threads;
}

struct tracee *process_any_stopped(struct process *p)
{
	for (struct tracee *t = p->threads; t != NULL; t = t->next)
		if (t->stopped && t->id != 0 && t->stop.kind != STOP_EXITING)
			return t;
	return NULL;
}

pid_t process_pid(const struct process *p)
{
	return p->pid;
}

static struct tracee *add(struct process *p, pid_t tid, int id)
{
	struct tracee *t = calloc(1, sizeof *t), **last = &p->threads;

	if (t == NULL)
		die("no memory for a thread");
	t->process = p;
	t->tid = tid;
	t->id = id;
	while (*last != NULL)
		last = &(*last)->next;
	return *last = t;
}

void process_forget(struct process *p, struct tracee *t)
{
	for (struct tracee **at = &p->threads; *at != NULL; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			callstack_free(&t->calls);
			free(t);
			return;
		}
}

/* A child that was made by a traced thread is traced from its first moment on; its
 * first stop and its parent's report come in either order. */
static struct tracee *newcomer(struct process *p, pid_t tid, bool thread)
{
	struct tracee *t = find(p, tid);

	if (t == NULL)
		t = add(p, tid, -1);
	if (t->id < 0 && thread)
		t->id = p->next_id++;
	return t;
}

static void dispatch(struct process *p, pid_t tid, int status)
{
	struct tracee *t = find(p, tid), *child;

	if (t == NULL) {
		if (WIFSTOPPED(status))
			tracee_classify(add(p, tid, -1), status);
		return;		/* whose it is, its parent's stop will say */
	}
	tracee_classify(t, status);
	if (t->id < 0) {
		if (t->stop.kind == STOP_GONE)
			process_forget(p, t);
		return;
	}
	if (t->stop.kind == STOP_CLONE || t->stop.kind == STOP_FORK) {
		child = newcomer(p, t->stop.child, t->stop.kind == STOP_CLONE);
		if (t->stop.kind == STOP_FORK)
			child->id = 0;
		if (child->stopped) {
			p->setup.on_stop(p->setup.arg, t);
			if ((child = find(p, child->tid)) != NULL && child->stopped)
				p->setup.on_stop(p->setup.arg, child);
			return;
		}
	}
	p->setup.on_stop(p->setup.arg, t);
}

static bool look(struct process *p)
{
	struct rusage usage;
	int status;
	pid_t tid = wait4(-1, &status, WNOHANG | __WALL, &usage);

	if (tid <= 0)
		return false;
	p->faults = (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
	p->faults_told = find(p, tid) != NULL && WIFSTOPPED(status);
	dispatch(p, tid, status);
	return true;
}

/* All stops that are there.  Handlers may wait for a thread themselves: so ask
 * anew each time. */
static void on_sigchld(evutil_socket_t fd, short what, void *arg)
{
	struct process *p = arg;
	struct signalfd_siginfo info[2];	/* never two: it is a standard signal */

	(void)what;
	(void)!read((int)fd, info, sizeof info);
	while (look(p))
		;
}

static int watch_children(struct process *p)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -errno;
	p->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (p->signal_fd < 0)
		return -errno;
	p->signal_event = event_new(p->setup.base, p->signal_fd, EV_READ | EV_PERSIST,
	    on_sigchld, p);
	return p->signal_event != NULL && event_add(p->signal_event, NULL) == 0 ? 0 : -ENOMEM;
}

struct process *process_seize(const struct process_setup *setup, pid_t pid)
{
	struct process *p = calloc(1, sizeof *p);
	int error;

	if (p == NULL)
		return NULL;
	p->setup = *setup;
	p->pid = pid;
	p->signal_fd = -1;
	p->next_id = 2;
	error = watch_children(p);
	if (error == 0 && ptrace(PTRACE_SEIZE, pid, NULL, options) != 0)
		error = -errno;
	if (error != 0) {
		process_free(p);
		errno = -error;
		return NULL;
	}
	add(p, pid, 1);
	return p;
}

/* kill(2) may be refused across uids; PTRACE_KILL is not. */
void process_kill(struct process *p)
{
	for (struct tracee *t = p->threads; t != NULL; t = t->next)
		if (kill(t->tid, SIGKILL) != 0 && errno == EPERM)
			ptrace(PTRACE_KILL, t->tid, NULL, NULL);
}

/* Killed, each stops once more on its way out (PTRACE_O_TRACEEXIT) and has then to
 * be waited for: a killed process is never long in coming. */
static void reap(struct tracee *t)
{
	int status;

	while (waitpid(t->tid, &status, __WALL) == t->tid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, t->tid, NULL, NULL);
}

void process_free(struct process *p)
{
	if (p == NULL)
		return;
	process_kill(p);
	for (struct tracee *t = p->threads; t != NULL; t = t->next)
		if (t->stopped)
			ptrace(PTRACE_CONT, t->tid, NULL, NULL);
	/* The leader's end is told when it is the last. */
	for (struct tracee *t = p->threads; t != NULL; t = t->next)
		if (t->tid != p->pid)
			reap(t);
	if (p->threads != NULL && find(p, p->pid) != NULL)
		reap(find(p, p->pid));
	while (p->threads != NULL)
		process_forget(p, p->threads);
	if (p->signal_event != NULL)
		event_free(p->signal_event);
	if (p->signal_fd >= 0)
		close(p->signal_fd);
	proc_close(&p->statm);
	proc_close(&p->pagemap);
	displaced_free(p);
	affinity_free(p);
	free(p->planted);
	free(p);
}
