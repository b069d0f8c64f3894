/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* V0–V31, FPSR, FPCR: NT_PRFPREG, struct user_fpsimd_state of the kernel's asm/ptrace.h. */
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "tracer/process/arch.h"

struct fpsimd_state {
	uint64_t v[64];
	uint32_t fpsr, fpcr, reserved[2];
};

int arch_vector_get(pid_t tid, struct vector_state *s)
{
	struct fpsimd_state state;
	struct iovec iov = { &state, sizeof state };

	memset(&state, 0, sizeof state);
	if (ptrace(PTRACE_GETREGSET, tid, NT_PRFPREG, &iov) != 0)
		return -errno;
	memcpy(&s->word[VECTOR_V], state.v, sizeof state.v);
	s->word[VECTOR_STATUS] = state.fpsr | (uint64_t)state.fpcr << 32;
	s->word[VECTOR_HAS] = 1;
	return 0;
}

int arch_vector_set(pid_t tid, const struct vector_state *s)
{
	struct fpsimd_state state;
	struct iovec iov = { &state, sizeof state };

	memset(&state, 0, sizeof state);
	memcpy(state.v, &s->word[VECTOR_V], sizeof state.v);
	state.fpsr = (uint32_t)s->word[VECTOR_STATUS];
	state.fpcr = (uint32_t)(s->word[VECTOR_STATUS] >> 32);
	return ptrace(PTRACE_SETREGSET, tid, NT_PRFPREG, &iov) == 0 ? 0 : -errno;
}
