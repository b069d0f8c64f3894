/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/process/arch.h"

const uint8_t arch_breakpoint[] = { 0x00, 0x00, 0x20, 0xd4 };	/* brk #0 */
const size_t arch_breakpoint_size = sizeof arch_breakpoint;
const unsigned arch_breakpoint_advance = 0;	/* the pc stays on it */
