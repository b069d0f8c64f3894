/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What an instruction did to memory, told from its decoding and the registers
 * before and after it. */
#ifndef PT_EFFECT_H
#define PT_EFFECT_H

#include <stdbool.h>
#include <stdint.h>

#define EFFECT_VALUE_MAX 16

struct memory_range { uint64_t address, length; };

struct effect {
	bool anywhere;		/* not known where: compare all writable memory */
	bool known;		/* value holds what was written (length ≤ EFFECT_VALUE_MAX) */
	uint64_t address;
	uint64_t length;	/* 0: nothing; a bound when the value is not known */
	uint8_t value[EFFECT_VALUE_MAX];
};

#endif
