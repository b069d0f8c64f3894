/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "broker/answer.h"
#include "src/log.h"

void failure(struct msg_failed *f, unsigned status, const char *code, const char *format, ...)
{
	va_list arguments;

	*f = (struct msg_failed){ .status = status, .diagnostics = -1 };
	snprintf(f->code, sizeof f->code, "%s", code);
	va_start(arguments, format);
	vsnprintf(f->message, sizeof f->message, format, arguments);
	va_end(arguments);
}

static void sent(struct broker *b, int error)
{
	/* A httpd that has died is noticed by its channel's close. */
	if (error == 0 || error == -EPIPE || error == -ECONNRESET)
		return;
	log_error("httpd cannot be answered: %s", msg_strerror(error));
	event_active(b->httpd_drop, EV_TIMEOUT, 0);
}

#define ANSWER(b, name, message) \
	do { \
		if ((b)->httpd != NULL) \
			sent((b), send_##name((b)->httpd, (message))); \
	} while (0)

void answer_failed(struct broker *b, uint64_t request, struct msg_failed *m)
{
	m->request = request;
	ANSWER(b, failed, m);
}

void answer_created(struct broker *b, const struct msg_created *m)
{
	ANSWER(b, created, m);
}

void answer_attached(struct broker *b, const struct msg_attached *m)
{
	ANSWER(b, attached, m);
}

void answer_sessions(struct broker *b, const struct msg_sessions *m)
{
	ANSWER(b, sessions, m);
}

void answer_program(struct broker *b, const struct msg_program_is *m)
{
	ANSWER(b, program_is, m);
}

void answer_ended(struct broker *b, const struct msg_ended *m)
{
	ANSWER(b, ended, m);
}

void answer_measured(struct broker *b, const struct msg_measured *m)
{
	ANSWER(b, measured, m);
}

void answer_offer(struct broker *b)
{
	if (b->offered)
		ANSWER(b, offer, &b->offer);
}
