/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is said to httpd.  There may be no httpd, or one that does not read:
 * then the answer is lost and the latter is dropped, from the loop, so that no
 * caller finds its world changed under its feet.
 */
#ifndef PT_BROKER_ANSWER_H
#define PT_BROKER_ANSWER_H

#include "broker/broker.h"

/* Fill a failure: HTTP status, code (the setting's name when it is a limit),
 * and a message that says what to do. */
void failure(struct msg_failed *, unsigned status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void answer_failed(struct broker *, uint64_t request, struct msg_failed *);
void answer_created(struct broker *, const struct msg_created *);
void answer_attached(struct broker *, const struct msg_attached *);
void answer_sessions(struct broker *, const struct msg_sessions *);
void answer_program(struct broker *, const struct msg_program_is *);
void answer_ended(struct broker *, const struct msg_ended *);
void answer_measured(struct broker *, const struct msg_measured *);
void answer_offer(struct broker *);

#endif
