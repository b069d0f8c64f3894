/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The httpd of the moment: one channel, replaced when its process has died. */
#ifndef PT_BROKER_FRONT_H
#define PT_BROKER_FRONT_H

#include "broker/broker.h"

/* 0 or -errno. */
int front_init(struct broker *);

/* A new httpd, from the launcher; the channel becomes its own. */
void front_open(struct broker *, int channel);

#endif
