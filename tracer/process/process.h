/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The live process: its threads, each running or stopped.  Only this folder
 * knows ptrace(2).  Stops that happen while nobody waits for them come through
 * the event loop (SIGCHLD by signalfd, then waitpid without blocking).
 *
 * Any call may answer -ESRCH: the thread is gone, its STOP_GONE comes.
 */
#ifndef PT_PROCESS_H
#define PT_PROCESS_H

#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tracer/process/arch.h"
#include "tracer/registers.h"
#include "tracer/timeline/callstack.h"
#include "tracer/timeline/view.h"

struct process;

enum stop_kind {
	STOP_STEP,		/* a single step is done */
	STOP_BREAKPOINT,	/* at a planted breakpoint; pc is its address */
	STOP_WATCH,		/* has touched watched memory: .watched */
	STOP_SIGNAL,		/* a signal is about to be delivered: .info; hold it or it is lost */
	STOP_ENTRY,		/* at the entry of a call, when calls are reported: .call */
	STOP_SYSCALL,		/* at the entry of a call that the filter reports: .call */
	STOP_RETURN,		/* at the end of a call, when calls are reported: .result */
	STOP_INTERRUPT,		/* because it was asked to, or at its start */
	STOP_CLONE,		/* has made a thread: .child */
	STOP_FORK,		/* has made a process: .child */
	STOP_EXEC,		/* has executed another program */
	STOP_EXITING,		/* about to leave, memory still there: .status as wait(2) */
	STOP_GONE,		/* has left: .status as wait(2) */
};

struct stop {
	enum stop_kind kind;
	siginfo_t info;
	struct arch_call call;
	int64_t result;		/* of the call, -errno */
	pid_t child;
	int status;
	unsigned watched;	/* slots, a bit each; 0: those of a plan that counts no longer */
};

#define PENDING_MAX 8

/* SIGTRAP that came for a thread whose program has it blocked, while it is not (tracee.c). */
enum trap_state {
	TRAP_NONE,
	TRAP_KEPT,	/* here; the kernel has none */
	TRAP_LENT,	/* and the kernel has one for the time of a call, with another siginfo */
	TRAP_DUE,	/* blocked no longer: it is to be sent */
	TRAP_SENT,	/* it comes again, with another siginfo */
};

struct tracee {
	struct tracee *next;
	struct process *process;
	pid_t tid;
	int id;				/* what people see: 1, 2, …; 0: another process */
	bool stopped;
	bool interrupted;		/* PTRACE_INTERRUPT is under way */
	bool delivers;			/* its stop is one from which a signal can be delivered */
	bool unmaking;			/* tracee_unmake_call() is on its way */
	bool trap_blocked;		/* the program has SIGTRAP blocked, although it is not */
	enum trap_state trap_state;	/* one came meanwhile: .trap */
	siginfo_t trap;
	bool steps;			/* was let go for one instruction: a step's end may come */
	struct stop stop;		/* the last one */
	bool watches;			/* its debug registers are in use */
	unsigned watch_plan;		/* for which plan of the process */
	struct registers registers;	/* while stopped */
	bool moved;			/* they are not yet the thread's own */
	bool trap_flag;			/* the kernel leaves the trap flag set when it is let go */
	unsigned copy_steps;		/* that it is being led out of such a copy by */
	uint64_t slot;			/* it goes on at this copy of the instruction it stands at; 0: none */
	siginfo_t pending[PENDING_MAX];	/* signals held back, oldest first */
	unsigned pending_count;
	/* The rest is control's. */
	bool own;			/* held at the entry of the person's code, or in it */
	bool exited;			/* on its way out */
	bool entered;			/* has run person's code before */
	bool unseen;			/* in the person's code, where no position is of its arrival */
	bool in_call;			/* stopped inside a system call, which will go on */
	bool calling;			/* has entered the call and not returned from it */
	bool call_told;			/* the record has its beginning */
	struct arch_call call;
	uint64_t stale_pc, stale_at;	/* a fault of a guard that is down was taken there */
	struct callstack calls;
};

struct process_setup {
	struct event_base *base;
	void *arg;
	void (*on_stop)(void *arg, struct tracee *);
};

/* -- process.c ------------------------------------------------------------- */
/* Seize a process that runs or waits (PTRACE_SEIZE: it is not stopped by it).
 * NULL with errno. */
struct process *process_seize(const struct process_setup *, pid_t pid);
/* Kill what is left and forget it. */
void process_free(struct process *);
void process_kill(struct process *);
struct tracee *process_threads(struct process *);	/* linked by next */
/* A thread that is stopped, to ask things of; NULL: none. */
struct tracee *process_any_stopped(struct process *);
/* Forget a thread after its STOP_GONE. */
void process_forget(struct process *, struct tracee *);
/* The program's own id in /proc. */
pid_t process_pid(const struct process *);

/* -- tracee.c --------------------------------------------------------------- */
/* Let it run, delivering the oldest pending signal if the stop allows it. */
int tracee_continue(struct tracee *);
/* Let it run for one instruction; the stop comes through the loop. */
int tracee_start_step(struct tracee *);
/* Let it run to the next entry or end of a system call: STOP_ENTRY or STOP_RETURN
 * comes, if nothing else does.  At a system-call instruction nothing else runs. */
int tracee_start_call(struct tracee *);
/* Does it stand at a system-call instruction, or within a call? */
bool tracee_at_call(struct tracee *);
/* Have tracee_continue() report the entry and the end of every call. */
void process_report_calls(struct process *, bool on);
/* One instruction that cannot block; waits for its stop.  0: look at ->stop. */
int tracee_step(struct tracee *);
/* The instruction as one step: CLASS_RUN_TO runs to its end.  deliver: the oldest
 * pending signal first, ending at its handler. */
int tracee_step_decoded(struct tracee *, const struct decoded *, bool deliver);
/* The same for a call or a jump, at a fraction of a step's cost and without letting it go:
 * ->stop stays what it was.  false: nothing was done, it has to be stepped. */
bool tracee_transfer(struct tracee *, const struct decoded *);
/* Between on and off a step that does not end within a fifth of a second ends with
 * STOP_INTERRUPT.  Uses ITIMER_REAL.  Was it on before? */
bool process_watch_steps(bool on);
/* Have it stop; STOP_INTERRUPT, or whatever it stops for first, comes. */
int tracee_interrupt(struct tracee *);
int tracee_set_registers(struct tracee *, const struct registers *);
/* x87, SSE, AVX … of a stopped thread.  0 or -errno. */
int tracee_get_vector(const struct tracee *, struct vector_state *);
int tracee_set_vector(const struct tracee *, const struct vector_state *);
/* Fill *t from a status of waitpid(2).  For process.c. */
void tracee_classify(struct tracee *, int status);

/* -- leave.c ---------------------------------------------------------------- */
/* What it does, as proc(5) has it in /proc/TID/stat: 'R', 'S', …; 0: not known. */
char tracee_state(const struct tracee *);
/* At STOP_EXITING: let it go.  The first thread, of which STOP_GONE comes only when all
 * others have left, has then made its last change of memory. */
void tracee_leave(struct tracee *);
/* It stood: has it been killed since, and its stop on the way out, which the loop tells of,
 * is there?  In that one it can be read and written as if nothing were. */
bool tracee_was_killed(const struct tracee *);

/* -- affinity.c ------------------------------------------------------------- */
/* One core for tracer and program from here on, for stepping in bulk: that which the
 * scheduler has the tracer on.  Before each step: nearly nothing when it is so already. */
void process_pin(struct process *);
void process_unpin(struct process *);
/* The same, unless more steps follow at once. */
void process_rest(struct process *);
/* Once a turn meanwhile: when others want the core too, the scheduler may choose another. */
void process_share_cores(struct process *);

/* -- memory.c ---------------------------------------------------------------- */
/* How many bytes from address on could be read. */
size_t process_read(struct process *, uint64_t address, void *buffer, size_t length);
/* Also where the program may not write; a thread must be stopped.  0 or -errno. */
int process_write(struct process *, uint64_t address, const void *bytes, size_t length);
/* Several ranges, into one buffer one behind the other; stops at the first that
 * cannot be read.  Returns the bytes. */
size_t process_read_ranges(struct process *, const struct memory_range *, size_t count, void *buffer);
/* The region table; *regions freed by the caller with its names (one block). */
int process_regions(struct process *, struct region **regions, size_t *count);
/* Set those of the pages from address on that are in no memory: what was never touched,
 * or given back (pagemap; what that does not say stays as it is). */
void process_absent(struct process *, uint64_t address, bool *absent, size_t pages);
/* Pages of private writable memory and stack (proc(5), statm's `data'): another
 * number says that a region has grown.  0: not known. */
uint64_t process_data_pages(struct process *);
/* Page faults of the program since its start: as long as it has had none, no region has grown.  false: the last
 * stop did not tell. */
bool process_faults(const struct process *, uint64_t *faults);

/* -- breakpoint.c ------------------------------------------------------------- */
int process_plant(struct process *, uint64_t address);	/* no matter if it is planted */
void process_unplant(struct process *);			/* all of them */
bool process_planted(struct process *, uint64_t address);
/* Bytes read from address on, as the program has them. */
void process_hide_planted(const struct process *, uint64_t address, void *buffer, size_t length);

/* -- displaced.c: on over a planted breakpoint, which stays ---------------------- */
/* At STOP_BREAKPOINT: the thread's next tracee_continue() does the instruction and goes
 * on; or it is done now: ->stop is another one then.  d: the instruction, neither
 * CLASS_SYSCALL nor CLASS_TRAP.  0 or -errno. */
int process_pass(struct tracee *, struct arch_decoder *, const struct decoded *d);
/* Would process_pass() take the breakpoint out for the moment?  The other threads of the
 * program must be stopped then: they would run through it. */
bool process_passes_in_place(struct tracee *, struct arch_decoder *);

/* -- watchpoint.c: memory that is watched while the program runs natively ------- */
struct watch_range { uint64_t address, length; bool reads; };
/* The ranges in slots; how many are needed, maybe more than WATCH_SLOTS. */
size_t watch_split(const struct watch_range *, size_t count, struct watch_slot slots[WATCH_SLOTS]);
/* Plan them; a thread that runs keeps those it has. */
void process_watch(struct process *, const struct watch_slot *, size_t count);
/* on: each thread watches from its next tracee_continue() on.  off: no thread that
 * is stopped does. */
void process_watch_on(struct process *, bool on);
/* At STOP_WATCH: the access is made, where the machine stops before it.  *done:
 * the thread stands behind it; false: look at ->stop. */
int tracee_finish_access(struct tracee *, bool *done);

/* -- syscall.c ------------------------------------------------------------------ */
/* Have a stopped thread make a call that does not block; all registers are as
 * before.  -errno of ptrace, else 0 and *result.  A signal that comes in between
 * is pending afterwards. */
int tracee_call(struct tracee *, const struct arch_call *, int64_t *result);
/* Where a syscall instruction is outside the person's code.  Call once the regions
 * are known. */
void process_find_syscall(struct process *, const struct region *, size_t count);
/* At STOP_ENTRY: the call is not made.  At the STOP_RETURN that follows the thread stands
 * before its instruction. */
int tracee_unmake_call(struct tracee *);
/* At STOP_SYSCALL: have the call answer -error instead of being made. */
int tracee_refuse_call(struct tracee *, int error);

/* -- auxv.c ----------------------------------------------------------------------- */
/* What may differ from run to run, though the commands are the same. */
enum varies { VARIES_ADDRESSES = 1, VARIES_RANDOM = 2, VARIES_TIME = 4 };
/* At STOP_EXEC: make the same what the kernel has chosen for this run (AT_RANDOM), and
 * have the clock read by system calls.  What could not be made so, varies or-ed. */
unsigned process_settle(struct tracee *);

/* -- restore.c: the program is made what it was ------------------------------------ */
/* As process_write(), and fast where the program may write. */
int process_restore(struct process *, uint64_t address, const void *bytes, size_t length);
/* At STOP_SYSCALL: have it stand behind the call, which is not made; a signal that
 * comes meanwhile is pending.  Elsewhere nothing happens.  0 or -errno. */
int tracee_leave_call(struct tracee *);
/* Are these the registers that it has?  Reads them anew. */
bool tracee_has_registers(struct tracee *, const struct registers *);
/* Signals that the program has it block, bit number - 1 each.  0 or -errno. */
int tracee_get_mask(const struct tracee *, uint64_t *mask);
int tracee_set_mask(struct tracee *, uint64_t mask);
/* Does the kernel keep a signal for it that it has blocked? */
bool tracee_signal_waits(const struct tracee *);
/* Hold those that are on their way to it: it runs nothing.  All threads of the program stand,
 * for each may take what was sent to all.  0 or -errno. */
int tracee_take_signals(struct tracee *);
/* Signals that the program ignores or has a handler for, bit number - 1 each; all of
 * them when that cannot be told. */
uint64_t tracee_signals_set(const struct tracee *);
/* Does the program's descriptor lead to the terminal that ours does? */
bool process_is_terminal(const struct process *, unsigned fd, int terminal);

/* -- signal.c --------------------------------------------------------------------- */
enum disposition { DISPOSITION_HANDLER, DISPOSITION_IGNORE, DISPOSITION_STOP, DISPOSITION_FATAL };
/* What the signal would do to the program, which is asked (rt_sigaction) where the filter
 * has let it set that since. */
enum disposition tracee_disposition(struct tracee *, int number);
/* At STOP_RETURN of this call: what the program does about SIGTRAP, which the
 * kernel forgets when a step ends while that is ignored (force_sig_info_to_task());
 * and whether it has itself sent one by a timer or a descriptor. */
void tracee_note_action(struct tracee *, const struct arch_call *);
void tracee_hold_signal(struct tracee *, const siginfo_t *);	/* becomes pending */
void tracee_drop_signal(struct tracee *);			/* forget the oldest */
/* Before the thread is stepped: the kernel must not find SIGTRAP blocked. */
void tracee_unblock_trap(struct tracee *);
/* Before the kernel looks at the mask for the program: as the program has set it. */
void tracee_block_trap(struct tracee *);
/* At STOP_RETURN of a call, before the mask is opened again: has it taken what waits for
 * the program, such as sigtimedwait(2)?  Then it is told what was sent. */
void tracee_trap_returned(struct tracee *, const struct arch_call *);
bool signal_has_address(int number);

#endif
