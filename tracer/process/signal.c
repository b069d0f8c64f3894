/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/process/private.h"

#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

/* rt_sigaction(2) as the kernel has it: handler, flags, and on x86-64 the restorer, then the mask. */
enum { KERNEL_SIGACTION = 32, KERNEL_SIGSET = 8, RED_ZONE = 512 };

static enum disposition by_default(int number)
{
	switch (number) {
	case SIGCHLD:
	case SIGURG:
	case SIGWINCH:
	case SIGCONT:
		return DISPOSITION_IGNORE;
	case SIGSTOP:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		return DISPOSITION_STOP;
	default:
		return DISPOSITION_FATAL;
	}
}

/* -- what the program would do -------------------------------------------------------- */

static uint64_t bit(int number)
{
	return 1ull << (number - 1);
}

/* The kernel makes SIG_DFL of it unasked: with each delivery, or by force_sig_info_to_task(). */
static bool may_reset(int number, const uint64_t action[4])
{
	return (action[1] & SA_RESETHAND) != 0 || signal_has_address(number) || number == SIGSYS;
}

static void remember(struct actions *a, int number, const uint64_t action[4])
{
	if (!a->filtered || (a->shared & bit(number)) != 0 || may_reset(number, action))
		return;
	a->known |= bit(number);
	a->handler[number - 1] = action[0];
}

/* The call is made after this stop.  With other threads about, one of them may ask in between. */
void actions_filtered(struct tracee *t)
{
	struct actions *a = &t->process->actions;
	uint32_t number = (uint32_t)t->stop.call.arguments[0];	/* an int: the kernel looks at no more */

	a->filtered = true;
	if (t->stop.call.number != SYS_rt_sigaction || t->stop.call.arguments[1] == 0 ||
	    number < 1 || number > 64)
		return;
	a->known &= ~bit((int)number);
	if (t->process->threads->next != NULL)
		a->shared |= bit((int)number);
}

/* Below the stack, out of every red zone; what stood there is put back. */
static bool ask_action(struct tracee *t, int number, uint64_t action[4])
{
	uint64_t at = (t->registers.word[REG_SP] - RED_ZONE - KERNEL_SIGACTION) & ~15ull;
	struct arch_call call = { SYS_rt_sigaction, { (uint64_t)number, 0, at, KERNEL_SIGSET } };
	uint8_t saved[KERNEL_SIGACTION];
	int64_t result = -1;
	bool told;

	if (process_read(t->process, at, saved, sizeof saved) != sizeof saved)
		return false;
	told = tracee_call(t, &call, &result) == 0 && result == 0 &&
	    process_read(t->process, at, action, KERNEL_SIGACTION) == KERNEL_SIGACTION;
	process_write(t->process, at, saved, sizeof saved);
	return told;
}

/* Where no call can be made: SIG_DFL, SIG_IGN, or another address that is none. */
static bool handler_of_status(const struct tracee *t, int number, uint64_t *handler)
{
	uint64_t ignored, caught;

	if (!status_masks(t, "SigIgn:", "SigIgn:", &ignored) || !status_masks(t, "SigCgt:", "SigCgt:", &caught))
		return false;
	*handler = (uint64_t)(uintptr_t)((caught & bit(number)) ? SIG_ERR :
	    (ignored & bit(number)) ? SIG_IGN : SIG_DFL);
	return true;
}

/* Asking takes as long as a timer's whole period may be: a program whose every signal is
 * asked about gets nowhere between two of them. */
static bool find_handler(struct tracee *t, int number, uint64_t *handler)
{
	struct actions *a = &t->process->actions;
	uint64_t action[4];

	if ((a->known & bit(number)) == 0) {
		if (trap_mask_of_call(t) && handler_of_status(t, number, handler))
			return true;
		if (!ask_action(t, number, action))
			return false;
		remember(a, number, action);
		*handler = action[0];
		return true;
	}
	*handler = a->handler[number - 1];
	return true;
}

enum disposition tracee_disposition(struct tracee *t, int number)
{
	uint64_t handler = 0;

	if (number == SIGTRAP && t->process->trap_ignored)
		return DISPOSITION_IGNORE;
	if (number == SIGKILL || number == SIGSTOP || !find_handler(t, number, &handler))
		return by_default(number);
	if (handler == (uint64_t)(uintptr_t)SIG_DFL)
		return by_default(number);
	return handler == (uint64_t)(uintptr_t)SIG_IGN ? DISPOSITION_IGNORE : DISPOSITION_HANDLER;
}

void tracee_note_action(struct tracee *t, const struct arch_call *call)
{
	const uint64_t ignore = (uint64_t)(uintptr_t)SIG_IGN;
	uint64_t handler = 0;

	t->process->trap_comes |= t->stop.result >= 0 && trap_is_set_up(t, call);
	if (call->number != SYS_rt_sigaction || call->arguments[0] != SIGTRAP || t->stop.result != 0)
		return;
	if (call->arguments[2] != 0 && t->process->trap_ignored)
		process_write(t->process, call->arguments[2], &ignore, sizeof ignore);
	if (call->arguments[1] != 0 &&
	    process_read(t->process, call->arguments[1], &handler, sizeof handler) == sizeof handler &&
	    call->arguments[1] != call->arguments[2])
		t->process->trap_ignored = handler == ignore;
}

void tracee_hold_signal(struct tracee *t, const siginfo_t *info)
{
	if (t->pending_count < PENDING_MAX)
		t->pending[t->pending_count++] = *info;
}

void tracee_drop_signal(struct tracee *t)
{
	if (t->pending_count == 0)
		return;
	t->pending_count--;
	memmove(&t->pending[0], &t->pending[1], t->pending_count * sizeof t->pending[0]);
}

bool signal_has_address(int number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL ||
	    number == SIGTRAP;
}
