/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The program's terminal: what it prints, and whether it waits for input. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "src/log.h"
#include "tracer/control-rewind.h"

enum { POLL_MAX = 64 };

void tell_live(struct control *c)
{
	clock_gettime(CLOCK_MONOTONIC, &c->told);
	if (c->started && c->setup.on_live != NULL)
		c->setup.on_live(c->setup.arg);
}

void set_waiting(struct control *c, bool waiting)
{
	if (c->waiting == waiting)
		return;
	c->waiting = waiting;
	clock_look(c);
	tell_live(c);
	if (c->busy)
		pump_soon(c);
}

/* What is printed while a stretch is under way belongs to the record that it will
 * become.  At the limit the program is stopped, and what came before is kept. */
static void on_output(void *arg, const void *bytes, size_t length)
{
	struct control *c = arg;
	struct events *e;
	uint64_t room;

	if (c->timeline == NULL)
		return;
	e = &c->timeline->events;
	room = c->setup.output_bytes_max - e->output_length;
	if (length >= room) {
		length = room;
		pty_pause(c->pty, true);
		if (c->stretch.kind != STRETCH_NONE && c->stretch.end == END_NONE)
			stretch_end(c, END_LIMIT, NULL);
	}
	if (length == 0)
		return;
	events_output(e, c->timeline->frontier + (c->started && c->stretch.kind != STRETCH_NONE),
	    bytes, length);
	if (c->started && c->setup.on_output != NULL)
		c->setup.on_output(c->setup.arg);
}

int terminal_open(struct control *c)
{
	struct pty_setup setup = { c->setup.base, c, on_output };

	c->pty = pty_open(&setup);
	return c->pty != NULL ? 0 : -errno;
}

/* Where the descriptor leads; without a look into /proc: the standard ones do. */
static bool is_terminal(const struct control *c, uint64_t fd)
{
	int is = pty_is_descriptor(c->pty, process_pid(c->process), (unsigned)fd);

	return is >= 0 ? is > 0 : is == -EACCES && (unsigned)fd <= STDERR_FILENO;
}

static bool polls(struct control *c, uint64_t address, uint64_t count)
{
	struct pollfd fds[POLL_MAX];

	if (count > POLL_MAX)
		count = POLL_MAX;
	if (process_read(c->process, address, fds, count * sizeof *fds) != count * sizeof *fds)
		return false;
	for (uint64_t i = 0; i < count; i++)
		if (fds[i].fd >= 0 && is_terminal(c, (uint64_t)fds[i].fd) && (fds[i].events & POLLIN))
			return true;
	return false;
}

static bool selects(struct control *c, uint64_t address)
{
	unsigned char low = 0;

	return address != 0 && process_read(c->process, address, &low, 1) == 1 && (low & 7) != 0;
}

bool terminal_waits(struct control *c, const struct arch_call *call)
{
	const uint64_t *a = call->arguments;
	bool asks = false;

	switch (call->number) {
	case SYS_read:
	case SYS_readv:
		asks = is_terminal(c, a[0]);
		break;
#ifdef SYS_poll
	case SYS_poll:
		asks = (int)a[2] != 0 && polls(c, a[0], a[1]);
		break;
	case SYS_select:
#endif
	case SYS_pselect6:
		asks = selects(c, a[1]);
		break;
	case SYS_ppoll:
		asks = polls(c, a[0], a[1]);
		break;
	}
	return asks && c->started && !pty_readable(c->pty);
}

int control_input(struct control *c, const void *data, size_t length, bool end)
{
	int error;

	if (has_ended(c) || control_live_status(c) == STATUS_EXITED)
		return -EPIPE;
	error = pty_type(c->pty, data, length, end);
	if (c->waiting && pty_readable(c->pty))
		set_waiting(c, false);
	return error;
}

/* -- typed again ------------------------------------------------------------------ */

/* What the program has read from the terminal up to a position. */
static void count_read(const struct control *c, uint64_t position, uint64_t *bytes, uint64_t *ends)
{
	size_t count;
	const struct call_event *e = events_calls(&c->timeline->events, 0, position, &count);

	*bytes = *ends = 0;
	for (size_t i = 0; i < count; i++) {
		if ((e[i].number != SYS_read && e[i].number != SYS_readv) || e[i].result < 0 ||
		    !(e[i].flags & CALL_RETURNED) ||
		    !process_is_terminal(c->process, (unsigned)e[i].arguments[0], pty_slave(c->pty)))
			continue;
		*bytes += (uint64_t)e[i].result;
		*ends += e[i].result == 0 && e[i].arguments[2] > 0;
	}
}

bool input_can_return(const struct control *c, uint64_t position)
{
	return c->timeline->events.calls_missed > position && pty_can_return(c->pty);
}

void input_return(struct control *c, uint64_t position)
{
	uint64_t bytes, ends;

	count_read(c, position, &bytes, &ends);
	if (pty_return(c->pty, bytes, ends) != 0)
		log_warning("what was typed could not be typed again");
}
