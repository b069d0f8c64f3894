/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Internet addresses without their port, IPv4 as its mapped IPv6 form
 * (::ffff:a.b.c.d), so that two of them are compared as 16 bytes. */
#ifndef PT_HTTPD_ADDRESS_H
#define PT_HTTPD_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct address { uint8_t bytes[16]; };

/* What is no internet address becomes ::. */
struct address address_of(const struct sockaddr *);

/* "192.0.2.1" or "2001:db8::1", without brackets. */
bool address_parse(const char *text, struct address *);
bool address_equal(const struct address *, const struct address *);

/*
 * Is the address in a list such as "192.0.2.1 10.0.0.0/8 2001:db8::/32"?
 * address_check_list() says whether every word of a list is one of these.
 */
bool address_in_list(const struct address *, const char *list);
bool address_check_list(const char *list);

#endif
