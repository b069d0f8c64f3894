/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One job, from the request's body to the answer. */
#ifndef PT_COMPILER_JOB_H
#define PT_COMPILER_JOB_H

#include "src/msg.h"

/*
 * Compile job->body within the job's limits.  *result is filled in any case;
 * its descriptors are the caller's to close.  peer: the broker's channel, whose
 * end ends the job, or -1.  false: the peer has gone, nobody waits for *result.
 */
bool job_run(const struct msg_job *job, int peer, struct msg_result *result);

#endif
