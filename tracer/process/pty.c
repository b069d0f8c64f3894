/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/process/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { CHUNK = 16384, TYPED_MAX = (1 << 20) + 2, END_OF_FILE = 4 /* ^D, the default VEOF */ };

struct pty {
	struct pty_setup setup;
	int master, slave;
	struct event *readable, *writable;
	char *typed;			/* what the line discipline has not taken yet */
	size_t typed_length;
	char last;			/* byte typed */
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

int pty_type(struct pty *p, const void *bytes, size_t length, bool end)
{
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
	push(p);
	return 0;
}

bool pty_readable(const struct pty *p)
{
	struct pollfd fd = { .fd = p->slave, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
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
	free(p);
}
