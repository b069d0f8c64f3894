/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The session protocol (doc/PROTOCOL.md): what httpd's channels ask is checked
 * against src/session.def, done through control.h and program/, and answered
 * in the encoding it was asked in.  Many clients share one cursor.  Nothing
 * here blocks, and nothing here knows ptrace, DWARF or how a client connects.
 */
#ifndef PT_SESSION_H
#define PT_SESSION_H

#include <event2/event.h>

#include "src/chan.h"
#include "src/request.h"
#include "tracer/control.h"

struct session;

/* request: NULL for an uploaded program.  handlers: the process's own, for
 * httpd's channels.  All borrowed, outliving the session.  NULL: no memory. */
struct session *session_new(struct event_base *, struct image *, const struct request *,
    const chan_handler *handlers, void *owner);
void *session_owner(const struct session *);
void session_free(struct session *);

/* Fill in arg (the session) and the callbacks of a control_setup but on_started.  Its
 * budget is what `record' gives who names none. */
void session_control_setup(struct session *, struct control_setup *);

/* The program stands at its first stop: requests can be answered now. */
void session_begin(struct session *, struct control *);

/* Serve a channel to an httpd (fd becomes the session's, also on failure); an
 * older channel goes on until its httpd closes it.  0 or -errno. */
int session_client(struct session *, int fd);

#endif
