/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The program's terminal (pty(7)).  Canonical mode and signals as usual; no echo
 * and no CR before LF, so that the output is what the program printed.
 */
#ifndef PT_PTY_H
#define PT_PTY_H

#include <event2/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct pty;

struct pty_setup {
	struct event_base *base;
	void *arg;
	void (*on_output)(void *arg, const void *bytes, size_t length);
};

/* NULL with errno. */
struct pty *pty_open(const struct pty_setup *);
void pty_free(struct pty *);
int pty_slave(const struct pty *);	/* borrowed */
/* Is the process's descriptor this terminal?  -errno: it cannot be told. */
int pty_is_descriptor(const struct pty *, pid_t, unsigned fd);
/* Take what has been printed up to now: all of it, the kernel's queues included. */
void pty_drain(struct pty *);
/* Stop taking, and take again (a program that prints on blocks). */
void pty_pause(struct pty *, bool);
/* Type bytes; end: and then ^D.  -ENOMEM, or -ENOBUFS when too much waits. */
int pty_type(struct pty *, const void *bytes, size_t length, bool end);
/* Forget what has been printed and was not taken. */
void pty_discard(struct pty *);
/* Is what was typed what is read: no keys that edit or raise signals, no other mode? */
bool pty_can_return(const struct pty *);
/* What was typed behind so many bytes and ends of file that were read is typed again,
 * and nothing else waits to be read.  0 or -errno. */
int pty_return(struct pty *, uint64_t bytes, uint64_t ends);
/* Would a read by the program return at once? */
bool pty_readable(const struct pty *);

#endif
