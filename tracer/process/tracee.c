/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One thread: let it go, have it stop, say why it did. */
#include "tracer/process/private.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

enum { OVERDUE_MICROSECONDS = 200000, QUEUE_MAX = 16 };

int get_registers(struct tracee *t)
{
	struct iovec iov = { &t->registers, sizeof t->registers };

	if (ptrace(PTRACE_GETREGSET, t->tid, NT_PRSTATUS, &iov) != 0)
		return -errno;
	t->trap_flag = arch_tidy(&t->registers);
	return 0;
}

int put_registers(pid_t tid, const struct registers *r)
{
	struct iovec iov = { (void *)(uintptr_t)r, sizeof *r };

	return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &iov) == 0 ? 0 : -errno;
}

int tracee_set_registers(struct tracee *t, const struct registers *r)
{
	int error = put_registers(t->tid, r);

	if (error == 0) {
		t->registers = *r;
		t->moved = false;
		t->slot = 0;
	}
	return error;
}

int tracee_get_vector(const struct tracee *t, struct vector_state *s)
{
	return arch_vector_get(t->tid, s);
}

int tracee_set_vector(const struct tracee *t, const struct vector_state *s)
{
	return arch_vector_set(t->tid, s);
}

/* -- why it stopped ---------------------------------------------------------- */

static unsigned long event_message(const struct tracee *t)
{
	unsigned long message = 0;

	ptrace(PTRACE_GETEVENTMSG, t->tid, NULL, &message);
	return message;
}

static enum stop_kind kind_of_event(struct tracee *t, int event)
{
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		arch_call_get(&t->registers, &t->stop.call);
		actions_filtered(t);
		return STOP_SYSCALL;
	case PTRACE_EVENT_CLONE:
		t->stop.child = (pid_t)event_message(t);
		return STOP_CLONE;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
		t->stop.child = (pid_t)event_message(t);
		return STOP_FORK;
	case PTRACE_EVENT_EXEC:
		return STOP_EXEC;
	case PTRACE_EVENT_EXIT:
		t->stop.status = (int)event_message(t);
		return STOP_EXITING;
	default:
		return STOP_INTERRUPT;
	}
}

/* A breakpoint of ours is told by the table, the pc is put back onto it. */
static bool at_planted(struct tracee *t)
{
	uint64_t pc = t->registers.word[REG_PC] - arch_breakpoint_advance;

	if (!process_planted(t->process, pc))
		return false;
	t->registers.word[REG_PC] = pc;
	t->moved = arch_breakpoint_advance > 0;
	return true;
}

static enum stop_kind kind_of_trap(struct tracee *t)
{
	if (arch_trap_is_breakpoint(t->stop.info.si_code) && at_planted(t))
		return STOP_BREAKPOINT;
	if (watch_made_stop(t))
		return STOP_WATCH;
	if (!t->steps)
		return STOP_SIGNAL;	/* the program's own, whatever it looks like */
	/* Stepping into a handler is told by ptrace_notify(): no signal's delivery. */
	if (t->stop.info.si_code == SIGTRAP) {
		t->delivers = false;
		return STOP_STEP;
	}
	return arch_trap_is_step(t->stop.info.si_code) ? STOP_STEP : STOP_SIGNAL;
}

/* PTRACE_O_TRACESYSGOOD: bit 7 is set, which no signal's number has. */
static bool is_call_stop(int status)
{
	return WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80);
}

static enum stop_kind kind_of_call(struct tracee *t)
{
	struct __ptrace_syscall_info info = { .op = PTRACE_SYSCALL_INFO_NONE };

	ptrace(PTRACE_GET_SYSCALL_INFO, t->tid, (void *)sizeof info, &info);
	if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		t->stop.result = info.exit.rval;
		if (t->unmaking)
			unmake_done(t);
		return STOP_RETURN;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return STOP_INTERRUPT;		/* gone since */
	t->stop.call.number = (long)info.entry.nr;
	for (int i = 0; i < 6; i++)
		t->stop.call.arguments[i] = info.entry.args[i];
	return STOP_ENTRY;
}

/* It was interrupted between the instruction and the stop for it. */
static bool step_stop_follows(const struct tracee *t)
{
	struct __ptrace_peeksiginfo_args args = { .nr = QUEUE_MAX };
	siginfo_t queue[QUEUE_MAX];
	long n = t->steps ? ptrace(PTRACE_PEEKSIGINFO, t->tid, &args, queue) : 0;

	for (long i = 0; i < n; i++)
		if (queue[i].si_signo == SIGTRAP && arch_trap_is_step(queue[i].si_code))
			return true;
	return false;
}

/* Before it runs anything: else the stop would pass for that of a later step. */
static void take_next_stop(struct tracee *t)
{
	int status;

	if (ptrace(PTRACE_CONT, t->tid, NULL, NULL) == 0 &&
	    waitpid(t->tid, &status, __WALL) == t->tid)
		tracee_classify(t, status);
}

static void classify_stop(struct tracee *t, int status)
{
	int event = status >> 16;

	if (event != 0) {
		t->stop.kind = kind_of_event(t, event);
		if (t->stop.kind == STOP_INTERRUPT && (watch_stop_follows(t) || step_stop_follows(t)))
			take_next_stop(t);
		return;
	}
	if (is_call_stop(status)) {
		t->stop.kind = kind_of_call(t);
		return;
	}
	t->delivers = true;
	if (ptrace(PTRACE_GETSIGINFO, t->tid, NULL, &t->stop.info) != 0)
		memset(&t->stop.info, 0, sizeof t->stop.info);
	t->stop.kind = WSTOPSIG(status) == SIGTRAP ? kind_of_trap(t) : STOP_SIGNAL;
	if (t->stop.kind == STOP_SIGNAL && WSTOPSIG(status) == SIGTRAP)
		trap_own(t);
}

void tracee_classify(struct tracee *t, int status)
{
	t->stopped = WIFSTOPPED(status);
	t->interrupted = false;		/* any trap clears one that is on its way (kernel, ptrace_stop()) */
	t->moved = false;
	t->slot = 0;
	t->stop.status = status;
	t->delivers = false;
	if (!t->stopped) {
		t->stop.kind = STOP_GONE;
		return;
	}
	get_registers(t);
	classify_stop(t, status);
	if (t->stopped)
		displaced_stop(t);
}

/* -- let it go ------------------------------------------------------------------ */

/* The signal to resume with; siginfo goes along, for the stop may be another's. */
static int take_pending(struct tracee *t)
{
	siginfo_t info;

	if (t->pending_count == 0 || !t->delivers)
		return 0;
	info = t->pending[0];
	tracee_drop_signal(t);
	ptrace(PTRACE_SETSIGINFO, t->tid, NULL, &info);
	return info.si_signo;
}

/* The thread's own registers, as the tracer wants them: one call for all that moved it. */
static int settle_registers(struct tracee *t, int request)
{
	struct registers r = t->registers;

	if (!t->moved && t->slot == 0 && !(t->trap_flag && request == PTRACE_CONT))
		return 0;
	if (t->slot != 0)
		r.word[REG_PC] = t->slot;
	t->moved = false;
	t->slot = 0;
	return put_registers(t->tid, &r);
}

static int resume(struct tracee *t, int request, int number)
{
	int error = settle_registers(t, request);

	if (error != 0)
		return error;
	if (number == 0)
		number = trap_again(t);
	if (ptrace(request, t->tid, NULL, (long)number) != 0)
		return -errno;
	t->stopped = false;
	t->steps = request == PTRACE_SINGLESTEP;
	return 0;
}

int tracee_continue(struct tracee *t)
{
	watch_arm(t);
	return resume(t, t->process->report_calls ? PTRACE_SYSCALL : PTRACE_CONT, take_pending(t));
}

int tracee_start_call(struct tracee *t)
{
	return resume(t, PTRACE_SYSCALL, take_pending(t));
}

int tracee_start_step(struct tracee *t)
{
	return resume(t, PTRACE_SINGLESTEP, take_pending(t));
}

int tracee_interrupt(struct tracee *t)
{
	if (t->stopped || t->interrupted)
		return 0;
	if (ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL) != 0)
		return -errno;
	t->interrupted = true;
	return 0;
}

static void on_overdue(int number)
{
	(void)number;		/* waitpid(2) has been interrupted: that is all */
}

/* Code can be changed where no record sees it (two mappings of one page): what was
 * taken for a plain instruction blocks, or never comes to the breakpoint behind it.
 * A step is not waited for without end. */
bool process_watch_steps(bool on)
{
	static bool is_on, has_handler;		/* as the timer: there is one for the whole process */
	const struct timeval often = { 0, on ? OVERDUE_MICROSECONDS : 0 };
	const struct itimerval timer = { often, often };
	const struct sigaction action = { .sa_handler = on_overdue };
	bool before = is_on;

	if (!has_handler)
		has_handler = sigaction(SIGALRM, &action, NULL) == 0;
	if (on != is_on)
		setitimer(ITIMER_REAL, &timer, NULL);
	is_on = on;
	return before;
}

/* The usual end of a step is told by the status alone: this is the hot path. */
int tracee_await(struct tracee *t, int *status)
{
	pid_t tid;

	while ((tid = waitpid(t->tid, status, __WALL)) < 0 && errno == EINTR)
		ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL);
	t->process->faults_told = false;
	return tid < 0 ? -errno : 0;
}

static int wait_stop(struct tracee *t, bool surely_step)
{
	int status, error = tracee_await(t, &status);

	if (error != 0)
		return error;
	if (surely_step && status == ((SIGTRAP << 8) | 0x7f)) {
		t->stopped = t->delivers = true;
		t->interrupted = false;
		t->stop.kind = STOP_STEP;
		return get_registers(t);
	}
	tracee_classify(t, status);
	return 0;
}

int tracee_next_stop(struct tracee *t)
{
	int error = resume(t, PTRACE_CONT, 0);

	return error != 0 ? error : wait_stop(t, false);
}

static int step_once(struct tracee *t)
{
	int error = resume(t, PTRACE_SINGLESTEP, 0);

	return error != 0 ? error : wait_stop(t, true);
}

int tracee_run_to(struct tracee *t, uint64_t end)
{
	int error = process_plant(t->process, end);

	if (error == 0)
		error = resume(t, PTRACE_CONT, 0);
	if (error == 0)
		error = wait_stop(t, false);
	if (error == 0 && t->stop.kind == STOP_BREAKPOINT)
		t->stop.kind = STOP_STEP;
	return error;
}

/* While nothing else is planted. */
static int run_through(struct tracee *t, uint64_t end)
{
	int error = tracee_run_to(t, end);

	process_unplant(t->process);
	return error;
}

/* What was taken for a step's end is SIGTRAP that the program was sent. */
static int is_signal(struct tracee *t, siginfo_t *info, bool *is)
{
	if (ptrace(PTRACE_GETSIGINFO, t->tid, NULL, info) != 0)
		return -errno;
	*is = !arch_trap_is_step(info->si_code);
	if (*is)
		tracee_classify(t, (SIGTRAP << 8) | 0x7f);
	return 0;
}

/* Nothing has moved: a jump to itself, or SIGTRAP that the program was sent, however it
 * looks (si_code is the sender's choice, rt_tgsigqueueinfo(2)).  Such a jump can as well be made twice. */
static int step_or_signal(struct tracee *t)
{
	const struct registers before = t->registers;
	siginfo_t info;
	bool is;
	int error = is_signal(t, &info, &is);

	if (error != 0 || is)
		return error;
	error = step_once(t);
	if (error == 0 && t->stop.kind == STOP_STEP &&
	    memcmp(&before, &t->registers, sizeof before) != 0)
		tracee_hold_signal(t, &info);
	return error;
}

int tracee_step(struct tracee *t)
{
	const uint64_t pc = t->registers.word[REG_PC];
	siginfo_t info;
	bool is;
	int error = step_once(t);

	if (error == 0 && t->stop.kind == STOP_STEP)
		error = t->registers.word[REG_PC] == pc ? is_signal(t, &info, &is) : trap_beside_step(t);
	return error;
}

int tracee_step_decoded(struct tracee *t, const struct decoded *d, bool deliver)
{
	const uint64_t pc = t->registers.word[REG_PC];
	int error;

	if (d->class == CLASS_RUN_TO && !deliver)
		return run_through(t, d->run_to);
	error = resume(t, PTRACE_SINGLESTEP, deliver ? take_pending(t) : 0);
	if (error != 0)
		return error;
	error = wait_stop(t, d->class != CLASS_TRAP && !deliver);
	if (error == 0 && t->stop.kind == STOP_STEP && !deliver)
		error = t->registers.word[REG_PC] == pc ? step_or_signal(t) : trap_beside_step(t);
	if (error == 0 && t->stop.kind == STOP_STEP && !deliver)
		error = arch_after_step(t->tid, d, &t->registers);
	return error;
}

/* A signal, the program's own trap flag and watched memory are the processor's business;
 * what stands in its way makes the step that is taken instead fail as it has to. */
bool tracee_transfer(struct tracee *t, const struct decoded *d)
{
	struct registers r = t->registers;

	return d->transfer != TRANSFER_NONE && t->stop.kind == STOP_STEP && t->pending_count == 0 &&
	    !t->trap_flag && !t->watches && arch_transfer(t->tid, d, &r) && tracee_set_registers(t, &r) == 0;
}
