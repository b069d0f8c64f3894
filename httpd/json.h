/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The little JSON that httpd writes itself. */
#ifndef PT_HTTPD_JSON_H
#define PT_HTTPD_JSON_H

#include <event2/buffer.h>

/* text as a JSON string with its quotes; what is not UTF-8 becomes U+FFFD. */
void json_string(struct evbuffer *, const char *text);

#endif
