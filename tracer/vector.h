/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The registers beside the general ones, of one thread at one moment: x87, MXCSR,
 * SSE, AVX, AVX-512, PKRU; V0–V31, FPSR, FPCR.  One canonical form, whatever the
 * machine's form was: a component that the machine holds in its initial state has
 * those values here.  One table says what each register is.  Nothing here knows
 * ptrace.
 */
#ifndef PT_VECTOR_H
#define PT_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where what stands in struct vector_state, in words of 8 bytes; what changes most
 * often comes first. */
#if defined(__x86_64__)
enum {
	VECTOR_XMM = 0,			/* 16 × 2: bits 0–127 of the first 16 */
	VECTOR_MXCSR = 32,
	VECTOR_X87 = 33,		/* FCW, FSW, FTW (abridged: a bit each), FOP */
	VECTOR_FIP, VECTOR_FDP,
	VECTOR_R = 36,			/* 8 × 2: R0–R7, whichever is ST(0) */
	VECTOR_YMM = 52,		/* 16 × 2: bits 128–255 */
	VECTOR_K = 84,			/* 8: k0–k7 */
	VECTOR_ZMM = 92,		/* 16 × 4: bits 256–511 */
	VECTOR_ZMM16 = 156,		/* 16 × 8: zmm16–zmm31 */
	VECTOR_PKRU = 284,
	VECTOR_HAS,			/* bit i: the machine has XSAVE's component i */
	VECTOR_WORDS,
};
#elif defined(__aarch64__)
enum {
	VECTOR_V = 0,			/* 32 × 2 */
	VECTOR_STATUS = 64,		/* FPSR, FPCR */
	VECTOR_HAS,			/* bit 0 */
	VECTOR_WORDS,
};
#endif

struct vector_state {
	uint64_t word[VECTOR_WORDS];
};

/* What a thread begins with (Intel SDM volume 1, 13.6; the Linux ABI). */
void vector_initial(struct vector_state *);

#define VECTOR_REGISTER_MAX	64	/* bytes */

/* Registers of one kind: name, or name and a number. */
struct vector_kind {
	const char *name;	/* "xmm"; NULL: end of the table */
	uint8_t first, count;	/* numbers; count 0: it has none */
	uint8_t size;		/* bytes */
	int16_t dwarf;		/* DWARF number (psABI) of the first, -1: none */
	uint8_t has;		/* component that it needs, 0: every machine has it */
	uint8_t within;		/* not in a list where the machine has this component: part of a wider one; 0: never within */
	bool stacked;		/* the number counts from the top of the x87 stack */
	struct { uint16_t at, size, stride; } part[4];	/* bytes in struct vector_state; low first */
};

/* In a person's order.  vector-ARCH.c */
extern const struct vector_kind vector_table[];

struct vector_register {
	const struct vector_kind *kind;
	unsigned number;
};

/* false: there is none of that name ("xmm3"), or DWARF number. */
bool vector_by_name(const char *, struct vector_register *);
bool vector_by_dwarf(int dwarf, struct vector_register *);
/* "xmm3", "mxcsr". */
void vector_name(const struct vector_register *, char name[16]);
/* Does the machine have these? */
bool vector_exists(const struct vector_state *, const struct vector_kind *);
/* Is it in a list of this machine's registers? */
bool vector_listed(const struct vector_state *, const struct vector_kind *);
/* Its bytes, lowest first (kind->size of them). */
void vector_get(const struct vector_state *, const struct vector_register *,
    uint8_t bytes[VECTOR_REGISTER_MAX]);
/* The first size bytes of what the number stands for, in any width: of an x87
 * register all ten, and zeros behind them.  false: it is none of these, or shorter. */
bool vector_read_dwarf(const struct vector_state *, int dwarf, void *buffer, size_t size);
void vector_put(struct vector_state *, const struct vector_register *, const uint8_t *bytes);

#endif
