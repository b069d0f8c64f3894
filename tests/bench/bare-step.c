/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The limit of the method: PTRACE_SINGLESTEP and waitpid(2) and nothing else, both
 * processes on one core.  bare-step PROGRAM SYMBOL-ADDRESS STEPS prints steps a
 * second from that address on.
 */
#include <elf.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/measure.h"
#include "tracer/registers.h"

static void pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof one, &one);
}

#if defined(__x86_64__)
#define BREAKPOINT(word) (((word) & ~0xffl) | 0xcc)		/* int3 */
#else
#define BREAKPOINT(word) (((word) & ~0xffffffffl) | 0xd4200000)	/* brk #0 */
#endif

static void run_to(pid_t pid, uintptr_t address)
{
	long word = ptrace(PTRACE_PEEKTEXT, pid, (void *)address, NULL);
	struct registers r;
	struct iovec iov = { &r, sizeof r };
	int status;

	ptrace(PTRACE_POKETEXT, pid, (void *)address, (void *)BREAKPOINT(word));
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	waitpid(pid, &status, 0);
	ptrace(PTRACE_POKETEXT, pid, (void *)address, (void *)word);
	ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov);
	r.word[REG_PC] = address;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &iov);
}

int main(int argc, char **argv)
{
	long steps, n;
	double start;
	int status;
	pid_t pid;

	if (argc != 4) {
		fprintf(stderr, "usage: bare-step PROGRAM ADDRESS STEPS\n");
		return 2;
	}
	steps = atol(argv[3]);
	pin();
	pid = fork();
	if (pid == 0) {
		personality(ADDR_NO_RANDOMIZE);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(argv[1], argv[1], (char *)NULL);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	run_to(pid, (uintptr_t)strtoull(argv[2], NULL, 0));
	start = now();
	for (n = 0; n < steps; n++)
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) != 0 ||
		    waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			break;
	printf("%.0f\n", (double)n / (now() - start));
	kill(pid, SIGKILL);
	return n == steps ? 0 : 1;
}
