/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Outside a namespace of our own nothing ends with us: should we be killed, the
 * toolchain would go on and its directory stay.  The guard is a process that
 * waits for that and then tidies up.
 */
#ifndef PT_COMPILER_GUARD_H
#define PT_COMPILER_GUARD_H

#include <sys/types.h>

#include "compiler/workdir.h"

/* Watch over a process group and the directory that it works in.  The guard's
 * pid, or -errno. */
pid_t guard_start(pid_t group, const struct workdir *);
void guard_stop(pid_t guard);

#endif
