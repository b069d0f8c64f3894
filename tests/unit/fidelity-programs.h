/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Programs whose every step is compared with the timeline; each exits with 0 when it
 * has found what it expects, and with the number of a place when not. */
#ifndef PT_FIDELITY_PROGRAMS_H
#define PT_FIDELITY_PROGRAMS_H

extern const char program_x87[], program_xsave[], program_avx[], program_avx512[],
    program_cpp[], program_syscalls[], program_signals[], program_threads[], program_jit[], program_own_code[],
    program_calls[], program_flags[], program_rep[];

#define PROGRAM_REP_STEPS	(12 + 1)

#endif
