/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the files of this folder share. */
#ifndef PT_PROCESS_PRIVATE_H
#define PT_PROCESS_PRIVATE_H

#include "tracer/process/affinity.h"
#include "tracer/process/process.h"

struct planted {
	uint64_t address;
	uint8_t original[4];
	bool looked;			/* for a copy: */
	uint64_t slot;			/* its address, 0: none can be had */
};

#define TRAP_BIT (1ull << (SIGTRAP - 1))	/* of a signal mask */

enum { SCRATCHES_MAX = 4, ORIGINAL_BYTES = 16 };
struct scratch;

/* A file of /proc/TID that is kept open; tid 0: none is. */
struct proc_file {
	pid_t tid;
	int fd;
};
void proc_close(struct proc_file *);

/* What signals do, as the program was last asked.  Bit number - 1 each. */
struct actions {
	bool filtered;		/* the filter is there: it stops for rt_sigaction(2) */
	uint64_t known, shared;	/* shared: was set while there were other threads */
	uint64_t handler[64];
};

struct process {
	struct process_setup setup;
	pid_t pid;
	int next_id;
	struct tracee *threads;
	int signal_fd;
	struct event *signal_event;
	struct planted *planted;
	size_t planted_count, planted_capacity;
	struct scratch *scratches[SCRATCHES_MAX];	/* pages of copied instructions */
	size_t scratch_count;
	uint64_t syscall_at;		/* address of a syscall instruction, 0: none */
	bool report_calls;
	bool trap_ignored;		/* the program has SIGTRAP ignored */
	bool trap_comes;		/* at any moment: by a timer, or a descriptor */
	struct actions actions;
	struct watch_slot slots[WATCH_SLOTS];
	size_t slot_count;
	unsigned watch_plan;
	bool watching;
	struct proc_file statm, pagemap;
	uint64_t faults;		/* page faults of the program until the last stop */
	bool faults_told;		/* with which they were told */
	struct affinity affinity;
};

/* Into t->registers, of one that stands.  0 or -errno. */
int get_registers(struct tracee *);
/* Wait for the stop of one that was let go for a step: -errno, or its status. */
int tracee_await(struct tracee *, int *status);
/* Let it go where it stops again before it runs anything.  0 or -errno. */
int tracee_next_stop(struct tracee *);
/* A string instruction with a count, or LDXR … STXR: natively to where it ends, which
 * stays planted.  As tracee_step(). */
int tracee_run_to(struct tracee *, uint64_t end);
/* Take out those that were planted after the first so many. */
void process_unplant_behind(struct process *, size_t count);
struct planted *process_planted_at(struct process *, uint64_t address);
/* A stop among the copied instructions is one where they come from. */
void displaced_stop(struct tracee *);
/* Take the pages out of a region table that has room for SCRATCHES_MAX more. */
void displaced_hide(const struct process *, struct region *, size_t *count);
void displaced_free(struct process *);
int put_registers(pid_t, const struct registers *);
void affinity_free(struct process *);
/* At the end of the call that tracee_unmake_call() has put in its place. */
void unmake_done(struct tracee *);
/* At a stop of the filter: the call may set what a signal does. */
void actions_filtered(struct tracee *);
/* A SIGTRAP stop that no step, breakpoint or watched memory made: what the program was sent.
 * While that has it blocked it is kept; given back and come again, it is what it was. */
void trap_own(struct tracee *);
/* SIGTRAP if the thread, which is let go, is to get it from the kernel again: to be found by
 * the call that it enters, or delivered at the end of one (ptrace_report_syscall()).  Or 0. */
int trap_again(struct tracee *);
/* A step is done: is its stop that of a signal which came before its end?  Then that is
 * held.  The kernel keeps one of a kind for a thread; others stand while one is stepped,
 * so this is looked at where a timer or a descriptor sends it.  0 or -errno. */
int trap_beside_step(struct tracee *);
/* At the end of a call that a signal has come into the mask is still that of the call
 * (sigsuspend(2), ppoll(2)): the signal's handler is entered with it.  ptrace(2) tells the
 * one that comes back then; to set one, or to make a call, would have it come back at once. */
bool trap_mask_of_call(const struct tracee *);
/* Does the call have SIGTRAP sent by a timer (timer_create(2)) or a descriptor (F_SETSIG)? */
bool trap_is_set_up(const struct tracee *, const struct arch_call *);
/* Two signal masks of proc(5), status, or-ed.  false: they cannot be read. */
bool status_masks(const struct tracee *, const char *one, const char *other, uint64_t *masks);
/* Before the thread runs natively. */
void watch_arm(struct tracee *);
/* A SIGTRAP stop: was it watched memory?  Fills in ->stop.watched. */
bool watch_made_stop(struct tracee *);
/* It was interrupted between such an access and the stop for it, which comes next. */
bool watch_stop_follows(const struct tracee *);

#endif
