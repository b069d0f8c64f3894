/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a new session is measured against.  The code of a limit is its setting's name
 * (but limit_time, the compiler's own word for compile_wall). */
#ifndef PT_BROKER_LIMITS_H
#define PT_BROKER_LIMITS_H

#include "broker/broker.h"

/* A compilation's diagnostics as JSON: compile_diagnostics, each byte escaped. */
#define DIAGNOSTICS_MAX (1u << 20)

/* Whether this session may be; if not, why says what to do. */
bool limits_allow(const struct broker *, const struct msg_create *, struct msg_failed *why);

/* Raise RLIMIT_NOFILE's soft limit to what sessions_max needs; a hard limit that
 * is too low is logged.  Without descriptors SPAWNED would lose its channel. */
void limits_descriptors(const struct conf *);

#endif
