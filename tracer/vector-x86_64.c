/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* x86-64: DWARF numbers from the System V psABI, figure 3.36; XSAVE's components
 * from the Intel SDM volume 1, 13.1; x87 names as gdb has them. */
#include "tracer/vector.h"

#include <string.h>

enum { HAS_AVX = 2, HAS_AVX512 = 7, HAS_PKRU = 9 };

#define AT(word)	((word) * 8)

const struct vector_kind vector_table[] = {
	{ "xmm", 0, 16, 16, 17, 0, HAS_AVX, false, { { AT(VECTOR_XMM), 16, 16 } } },
	{ "xmm", 16, 16, 16, 67, HAS_AVX512, HAS_AVX512, false, { { AT(VECTOR_ZMM16), 16, 64 } } },
	{ "ymm", 0, 16, 32, -1, HAS_AVX, HAS_AVX512, false,
	    { { AT(VECTOR_XMM), 16, 16 }, { AT(VECTOR_YMM), 16, 16 } } },
	{ "ymm", 16, 16, 32, -1, HAS_AVX512, HAS_AVX512, false, { { AT(VECTOR_ZMM16), 32, 64 } } },
	{ "zmm", 0, 16, 64, -1, HAS_AVX512, 0, false,
	    { { AT(VECTOR_XMM), 16, 16 }, { AT(VECTOR_YMM), 16, 16 }, { AT(VECTOR_ZMM), 32, 32 } } },
	{ "zmm", 16, 16, 64, -1, HAS_AVX512, 0, false, { { AT(VECTOR_ZMM16), 64, 64 } } },
	{ "k", 0, 8, 8, 118, HAS_AVX512, 0, false, { { AT(VECTOR_K), 8, 8 } } },
	{ "mxcsr", 0, 0, 4, 64, 0, 0, false, { { AT(VECTOR_MXCSR), 4, 0 } } },
	{ "st", 0, 8, 10, 33, 0, 0, true, { { AT(VECTOR_R), 10, 16 } } },
	{ "fctrl", 0, 0, 2, 65, 0, 0, false, { { AT(VECTOR_X87), 2, 0 } } },
	{ "fstat", 0, 0, 2, 66, 0, 0, false, { { AT(VECTOR_X87) + 2, 2, 0 } } },
	{ "ftag", 0, 0, 2, -1, 0, 0, false, { { AT(VECTOR_X87) + 4, 2, 0 } } },
	{ "fop", 0, 0, 2, -1, 0, 0, false, { { AT(VECTOR_X87) + 6, 2, 0 } } },
	{ "fip", 0, 0, 8, -1, 0, 0, false, { { AT(VECTOR_FIP), 8, 0 } } },
	{ "fdp", 0, 0, 8, -1, 0, 0, false, { { AT(VECTOR_FDP), 8, 0 } } },
	{ "pkru", 0, 0, 4, -1, HAS_PKRU, 0, false, { { AT(VECTOR_PKRU), 4, 0 } } },
	{ NULL, 0, 0, 0, -1, 0, 0, false, { { 0, 0, 0 } } },
};

void vector_initial(struct vector_state *s)
{
	memset(s, 0, sizeof *s);
	s->word[VECTOR_X87] = 0x37f;
	s->word[VECTOR_MXCSR] = 0x1f80;
}
