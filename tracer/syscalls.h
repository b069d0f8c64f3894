/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * System calls by name, and as text the way strace(1) writes them.  What their
 * pointers point to is read from views.
 */
#ifndef PT_SYSCALLS_H
#define PT_SYSCALLS_H

#include <stddef.h>

#include "tracer/timeline/events.h"
#include "tracer/timeline/view.h"

#define SYSCALL_ARGUMENT_MAX 160	/* bytes of one argument as text */

/* The name of a number of this machine, NULL: none; and back, -1: none. */
const char *syscall_name(int number);
int syscall_number(const char *name);

/* How many arguments the call has; six, where that is not known. */
unsigned syscall_arguments(const struct call_event *);
/* Is the argument where the kernel writes its answer? */
bool syscall_answers(const struct call_event *, unsigned index);
/* As text; the view: of the moment that has what it points to, or NULL. */
void syscall_argument(const struct call_event *, unsigned index, const struct view *,
    char text[SYSCALL_ARGUMENT_MAX]);
/* "5", "-1", "0x7ffff7fc1000", "?" when it has not returned; *error: "EBADF" or NULL. */
void syscall_result(const struct call_event *, char text[32], const char **error);

#endif
