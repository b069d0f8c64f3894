/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Callers of code without call-frame information, such as hand-written
 * assembly.  Private to program/. */
#ifndef PT_UNWIND_GUESS_H
#define PT_UNWIND_GUESS_H

#include "tracer/program/unwind.h"

/*
 * Follows the instructions from the function's start up to f->pc, keeping
 * account of what they do to the stack; else takes the frame pointer.  A return
 * address has to lie behind a call.  Fills f->cfa and caller; false: no caller.
 */
bool unwind_guess(const struct image *, const struct view *, struct frame *f, struct frame *caller);

/* Is this address code, at the view's position?  (unwind-guess.c) */
bool unwind_is_code(const struct image *, const struct view *, uint64_t address);

#endif
