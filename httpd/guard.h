/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What a browser must be kept from doing for somebody else's page.
 *
 * DNS rebinding: a page of evil.example lets its own name point at our address
 * and then is `same origin' with us.  The Host header still says evil.example:
 * only an address, localhost and the names of setting `hosts' are served.  An
 * address is always let through, whichever it is and with whichever port: a
 * rebinding needs a name, and behind ssh -L or a container's port mapping the
 * address the browser names is not one that we could know.
 *
 * Cross-site requests: a form or a WebSocket of another page reaches us with
 * the person's cookie or from the person's loopback.  The browser says whose
 * page it is in Origin (and Sec-Fetch-Site); one that is not ours is refused.
 * Clients that are no browsers send neither.
 */
#ifndef PT_HTTPD_GUARD_H
#define PT_HTTPD_GUARD_H

#include <stdbool.h>

#include "httpd/head.h"

/* hosts: setting `hosts'. */
bool guard_host(const char *host, const char *hosts);
bool guard_origin(const struct head *, const char *hosts);

#endif
