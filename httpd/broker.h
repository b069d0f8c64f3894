/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Requests to the broker, and finding the one that an answer belongs to. */
#ifndef PT_HTTPD_BROKER_H
#define PT_HTTPD_BROKER_H

#include "httpd/httpd.h"

/*
 * One request that waits for its answer; lives in what asked.  done is called
 * once, with the answer's type and message (MSG_failed among them); the
 * pending is free again by then.  Descriptors in the message are closed after
 * done unless it takes them (member set to -1).
 */
struct pending {
	LIST_ENTRY(pending) link;
	uint32_t number;	/* 0: none waits */
	void (*done)(struct pending *, unsigned type, void *msg);
};

/* Enter p among those that wait; its number goes into the message's field
 * `request'.  If the message then cannot be sent: pending_forget(). */
uint32_t pending_start(struct httpd *, struct pending *, void (*done)(struct pending *, unsigned, void *));
void pending_forget(struct pending *);

#endif
