/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/process/pty.h"

#include <errno.h>
#include <sys/stat.h>
#include <stdio.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { CHUNK = 16384, TYPED_MAX = (1 << 20) + 2, HISTORY_MAX = 4 << 20, END_OF_FILE = 4 /* ^D, the default VEOF */ };

struct pty {
	struct pty_setup setup;
	int master, slave;
	struct event *readable, *writable;
	char *typed;			/* what the line discipline has not taken yet */
	size_t typed_length;
	char last;			/* byte typed */
	char *history;			/* all that was typed; NULL: none, or too much of it */
	size_t history_length, history_capacity;
	bool history_lost;
	bool paused;
};

static int set_modes(int fd)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	struct termios modes;

	if (tcgetattr(fd, &modes) != 0)
		return -errno;
	modes.c_oflag &= ~(tcflag_t)(OPOST | ONLCR);
	modes.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ECHOCTL);
	if (tcsetattr(fd, TCSANOW, &modes) != 0 || ioctl(fd, TIOCSWINSZ, &size) != 0)
		return -errno;
	return 0;
}

/* By the master alone: no path below /dev/pts is needed. */
static int open_both(struct pty *p)
{
	int unlock = 0;

	p->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (p->master < 0 || ioctl(p->master, TIOCSPTLCK, &unlock) != 0)
		return -errno;
	p->slave = ioctl(p->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return p->slave >= 0 ? set_modes(p->slave) : -errno;
}

/* The read makes the kernel flush what is still on its way to the master. */
void pty_drain(struct pty *p)
{
	char bytes[CHUNK];
	ssize_t n;

	while (!p->paused && (n = read(p->master, bytes, sizeof bytes)) > 0)
		p->setup.on_output(p->setup.arg, bytes, (size_t)n);
}

/* One chunk at a time: a program that prints without end must not keep the loop. */
static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct pty *p = arg;
	char bytes[CHUNK];
	ssize_t n = read((int)fd, bytes, sizeof bytes);

	(void)what;
	if (n > 0)
		p->setup.on_output(p->setup.arg, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		event_del(p->readable);
}

static void push(struct pty *p)
{
	ssize_t n;

	while (p->typed_length > 0) {
		n = write(p->master, p->typed, p->typed_length);
		if (n <= 0)
			break;
		p->typed_length -= (size_t)n;
		memmove(p->typed, p->typed + n, p->typed_length);
	}
	if (p->typed_length > 0)
		event_add(p->writable, NULL);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	push(arg);
}

/* -- typing again ------------------------------------------------------------------ */

static void remember(struct pty *p, const char *bytes, size_t length)
{
	size_t capacity = p->history_capacity ? p->history_capacity : 256;
	char *history;

	while (capacity - p->history_length < length)
		capacity *= 2;
	if (capacity > HISTORY_MAX || p->history_lost) {
		p->history_lost = true;
		return;
	}
	history = realloc(p->history, capacity);
	if (history == NULL) {
		p->history_lost = true;
		return;
	}
	p->history = history;
	p->history_capacity = capacity;
	memcpy(history + p->history_length, bytes, length);
	p->history_length += length;
}

/* Keys that edit the line or send a signal are not what is read. */
static bool is_plain(char c)
{
	return (unsigned char)c >= ' ' ? c != 127 : c == '\n' || c == '\t' || c == END_OF_FILE;
}

bool pty_can_return(const struct pty *p)
{
	struct termios modes;

	if (p->history_lost || tcgetattr(p->slave, &modes) != 0 || !(modes.c_lflag & ICANON))
		return false;
	for (size_t i = 0; i < p->history_length; i++)
		if (!is_plain(p->history[i]))
			return false;
	return true;
}

/* Behind so many bytes and ends of file that were read.  A line that ^D hands over
 * takes it along. */
static size_t offset_of(const struct pty *p, uint64_t bytes, uint64_t ends)
{
	size_t at = 0;

	for (; bytes > 0 && at < p->history_length; at++) {
		if (p->history[at] != END_OF_FILE)
			bytes--;
		else if (ends > 0 && (at == 0 || p->history[at - 1] == '\n'))
			ends--;
	}
	if (at > 0 && at < p->history_length && p->history[at] == END_OF_FILE &&
	    p->history[at - 1] != '\n' && p->history[at - 1] != END_OF_FILE)
		at++;
	for (; ends > 0 && at < p->history_length && p->history[at] == END_OF_FILE; at++)
		ends--;
	return at;
}

int pty_return(struct pty *p, uint64_t bytes, uint64_t ends)
{
	size_t at = offset_of(p, bytes, ends), length = p->history_length - at;
	char *typed;

	pty_readable(p);	/* has the line discipline take what is on its way to it */
	if (tcflush(p->slave, TCIFLUSH) != 0)
		return -errno;
	typed = realloc(p->typed, length + 2);
	if (typed == NULL)
		return -ENOMEM;
	if (length > 0)
		memcpy(typed, p->history + at, length);
	p->typed = typed;
	p->typed_length = length;
	push(p);
	return 0;
}

int pty_type(struct pty *p, const void *bytes, size_t length, bool end)
{
	size_t had = p->typed_length;
	char *typed;

	if (length > TYPED_MAX - 2 || p->typed_length > TYPED_MAX - 2 - length)
		return -ENOBUFS;
	typed = realloc(p->typed, p->typed_length + length + 2);
	if (typed == NULL)
		return -ENOMEM;
	p->typed = typed;
	if (length > 0) {
		memcpy(typed + p->typed_length, bytes, length);
		p->typed_length += length;
		p->last = typed[p->typed_length - 1];
	}
	/* In the middle of a line the first ^D only hands over what is there. */
	if (end && p->last != '\n' && p->last != 0 && p->last != END_OF_FILE)
		typed[p->typed_length++] = END_OF_FILE;
	if (end)
		typed[p->typed_length++] = p->last = END_OF_FILE;
	remember(p, typed + had, p->typed_length - had);
	push(p);
	return 0;
}

bool pty_readable(const struct pty *p)
{
	struct pollfd fd = { .fd = p->slave, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

void pty_discard(struct pty *p)
{
	char bytes[CHUNK];

	while (read(p->master, bytes, sizeof bytes) > 0)
		;
}

void pty_pause(struct pty *p, bool pause)
{
	if (pause == p->paused)
		return;
	p->paused = pause;
	if (pause)
		event_del(p->readable);
	else
		event_add(p->readable, NULL);
}

/* proc(5): through the link, so that no name in another mount namespace matters. */
int pty_is_descriptor(const struct pty *p, pid_t pid, unsigned fd)
{
	struct stat own, its;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/fd/%u", (int)pid, fd);
	if (fstat(p->slave, &own) != 0 || stat(path, &its) != 0)
		return -errno;
	return S_ISCHR(its.st_mode) && its.st_rdev == own.st_rdev;
}

int pty_slave(const struct pty *p)
{
	return p->slave;
}

struct pty *pty_open(const struct pty_setup *setup)
{
	struct pty *p = calloc(1, sizeof *p);
	int error;

	if (p == NULL)
		return NULL;
	p->setup = *setup;
	p->master = p->slave = -1;
	error = open_both(p);
	if (error == 0) {
		p->readable = event_new(setup->base, p->master, EV_READ | EV_PERSIST, on_readable, p);
		p->writable = event_new(setup->base, p->master, EV_WRITE, on_writable, p);
		if (p->readable == NULL || p->writable == NULL || event_add(p->readable, NULL) != 0)
			error = -ENOMEM;
	}
	if (error == 0)
		return p;
	pty_free(p);
	errno = -error;
	return NULL;
}

void pty_free(struct pty *p)
{
	if (p == NULL)
		return;
	if (p->readable != NULL)
		event_free(p->readable);
	if (p->writable != NULL)
		event_free(p->writable);
	if (p->master >= 0)
		close(p->master);
	if (p->slave >= 0)
		close(p->slave);
	free(p->typed);
	free(p->history);
	free(p);
}
