/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The broker's handlers, which stand with what they work on. */
#ifndef PT_BROKER_HANDLERS_H
#define PT_BROKER_HANDLERS_H

#define HANDLERS_DECLARED_ONLY
#define HANDLE_BROKER(n) HANDLE(n)
#include "src/chan.h"
#include "src/handlers.h"

#endif
