/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The listeners that the launcher opened, and how many connections there may
 * be: in all (connections_max) and from one address (connections_per_address,
 * not counted for proxy_peers, from whom everybody comes).
 */
#ifndef PT_HTTPD_LISTEN_H
#define PT_HTTPD_LISTEN_H

#include "httpd/address.h"
#include "httpd/httpd.h"

/* Accept on descriptors first … first + count - 1.  0 or -errno. */
int listen_start(struct httpd *, int first, unsigned count);
void listen_stop(struct httpd *);

/* A connection from this address is no more. */
void listen_released(struct httpd *, const struct address *);

#endif
