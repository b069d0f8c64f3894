/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * At the start one compiler is asked which tools the machine has, in the
 * sandbox in which they will run; the answer is httpd's `offer'.
 */
#ifndef PT_BROKER_PROBE_H
#define PT_BROKER_PROBE_H

#include "broker/broker.h"

struct worker;

/* Ask.  When the compiler fails, it is asked again, later and later. */
int probe_start(struct broker *);

#endif
