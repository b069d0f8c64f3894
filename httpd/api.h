/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the paths mean.  api.c has the table of routes and what is checked of
 * every request; the handlers stand in creation.c (POST and GET of sessions),
 * command.c (one session-protocol request), information.c (info, health,
 * metrics) and assets.c (the page).
 */
#ifndef PT_HTTPD_API_H
#define PT_HTTPD_API_H

#include "httpd/http.h"

/* A request's head has come: answer it, ask for its body, or let it wait. */
void api_request(struct conn *, const struct head *);

/*
 * Handlers of the table.  c->x has owner, session and command already, as far
 * as the route says; head is valid during the call only.
 */
void api_create(struct conn *, const struct head *);
void api_list(struct conn *, const struct head *);
void api_show(struct conn *, const struct head *);
void api_end(struct conn *, const struct head *);
void api_program(struct conn *, const struct head *);
void api_command(struct conn *, const struct head *);
void api_events(struct conn *, const struct head *);
void api_info(struct conn *, const struct head *);
void api_healthz(struct conn *, const struct head *);
void api_readyz(struct conn *, const struct head *);
void api_metrics(struct conn *, const struct head *);
void api_page(struct conn *, const struct head *);
void api_asset(struct conn *, const struct head *);

/*
 * The session-protocol request `command' with these arguments (JSON) for the
 * exchange's session; on_state gets the answer's status and body, and NULL
 * means that they are passed on as they are.  Errors are answered.
 */
void command_start(struct conn *, void (*on_state)(struct conn *, unsigned, const uint8_t *, size_t));

#endif
