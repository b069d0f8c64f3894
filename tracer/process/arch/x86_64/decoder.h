/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Capstone's decoder, for the files of this folder. */
#ifndef PT_X86_64_DECODER_H
#define PT_X86_64_DECODER_H

#include <capstone/capstone.h>

#include "tracer/process/arch.h"

/* The instruction, borrowed until the next call; NULL: it is none. */
const cs_insn *arch_decoder_instruction(struct arch_decoder *, uint64_t pc, const uint8_t *bytes,
    size_t length);

/* Which of struct registers a general register is or is part of, -1: none. */
int arch_decoder_register(unsigned id);

#endif
