/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What the tracer process holds; shared by main.c and start.c only. */
#ifndef PT_TRACER_H
#define PT_TRACER_H

#include <event2/event.h>

#include "src/chan.h"
#include "src/request.h"
#include "tracer/control.h"
#include "tracer/session.h"

struct tracer {
	struct event_base *base;
	struct chan *broker;
	struct request *request;	/* NULL: an uploaded program, or none yet */
	struct image *image;
	struct session *session;
	struct control *control;
	const chan_handler *handlers;
};

/* Everything from the broker's trace to the first stop; what happens is told
 * to the broker with `started'. */
void tracer_start(struct tracer *, struct msg_trace *);

#endif
