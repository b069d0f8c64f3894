/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Whose request is it?  Setting `identity':
 *
 *	token	On a shared host every local user can reach loopback, so the
 *		launcher prints an address with a token.  GET /?token=T makes it a
 *		cookie; a program sends Authorization: Bearer T.  Owner: "local".
 *	none	nobody is asked.  Owner: "local".
 *	proxy	setting proxy_header names the owner, and counts only from an
 *		address of proxy_peers.
 *
 * The cookie's value is the token itself, not something derived from it: it
 * survives httpd's restart with no state and no cryptography of our own, and
 * gives no more than the token gives.  HttpOnly keeps it from scripts,
 * SameSite=Strict from other sites' requests.  A cookie is not bound to a port,
 * so its name carries the port: two services of one person do not log each
 * other out.
 */
#ifndef PT_HTTPD_IDENTITY_H
#define PT_HTTPD_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "httpd/address.h"
#include "httpd/head.h"
#include "src/conf.h"
#include "src/msg.h"

/* The settings are such that requests can be told apart.  NULL, or what is
 * wrong. */
const char *identity_check(const struct conf *);

/* owner is filled when the request is somebody's. */
bool identity_owner(const struct conf *, const struct address *peer, const struct head *,
    char owner[OWNER_MAX + 1]);

/* GET /?token=…: false when it carries none (or identity is not token); else
 * *right says whether it is the one. */
bool identity_login(const struct conf *, const struct head *, bool *right);

/* "Set-Cookie: …\r\n" for this request's Host. */
void identity_cookie(const struct conf *, const struct head *, char *line, size_t size);

#endif
