/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A linkage table's entry is three instructions more than a jump here, and BL changes
 * PSTATE.BTYPE: all are stepped. */
#include "tracer/process/private.h"

bool arch_transfer(pid_t tid, const struct decoded *d, struct registers *r)
{
	(void)tid;
	(void)d;
	(void)r;
	return false;
}
