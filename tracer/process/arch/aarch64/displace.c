/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Nothing is displaced: branches reach 128 MiB at most, and a fifth of all
 * instructions counts from the pc.  The single step does it. */
#include "tracer/process/arch.h"

bool arch_displace(struct arch_decoder *decoder, uint64_t pc, const uint8_t *bytes, size_t length,
    uint64_t at, struct displaced *out)
{
	(void)decoder;
	(void)pc;
	(void)bytes;
	(void)length;
	(void)at;
	*out = (struct displaced){ 0 };
	return false;
}
