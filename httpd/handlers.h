/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* httpd's handlers: the broker's messages are in broker.c, the tracer's in sessions.c. */
#ifndef PT_HTTPD_HANDLERS_H
#define PT_HTTPD_HANDLERS_H

#define HANDLERS_DECLARED_ONLY
#define HANDLE_HTTPD(n) HANDLE(n)
#include "src/chan.h"
#include "src/handlers.h"

#endif
