/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * x87, MXCSR, SSE, AVX, AVX-512, PKRU: NT_X86_XSTATE, the standard form of XSAVE's
 * area (Intel SDM volume 1, 13.4): the legacy part, 512 bytes as FXSAVE has them,
 * then the header, then components at offsets that CPUID.0DH tells.  A component
 * whose bit in XSTATE_BV is zero is in its initial state, whatever its bytes are.
 */
#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "tracer/process/arch.h"

enum {
	FCW = 0, FSW = 2, FTW = 4, FOP = 6, FIP = 8, FDP = 16, MXCSR = 24, ST = 32, XMM = 160,
	XCR0 = 464,		/* where Linux says what the machine has (asm/user.h) */
	XSTATE_BV = 512,
	X87_COMPONENT = 0, SSE_COMPONENT = 1, AVX_COMPONENT = 2,
	GET_MAX = 4096,		/* all that is used here lies below */
	SET_MAX = 1 << 16,
};

/* Components behind the header that are copied as they are. */
static const struct component {
	uint8_t number;
	uint16_t word, bytes;
} components[] = {
	{ AVX_COMPONENT, VECTOR_YMM, 256 }, { 5, VECTOR_K, 64 }, { 6, VECTOR_ZMM, 512 },
	{ 7, VECTOR_ZMM16, 1024 }, { 9, VECTOR_PKRU, 4 },
};
#define COMPONENTS	(sizeof components / sizeof components[0])

/* Where each of them lies; 0: the machine does not have it. */
static const uint32_t *offsets(void)
{
	static uint32_t found[COMPONENTS];
	static bool asked;

	for (size_t i = 0; i < COMPONENTS && !asked; i++) {
		unsigned size, offset, c, d;

		if (__get_cpuid_count(0xd, components[i].number, &size, &offset, &c, &d) &&
		    size >= components[i].bytes && offset + components[i].bytes <= GET_MAX)
			found[i] = offset;
	}
	asked = true;
	return found;
}

static uint64_t word_at(const uint8_t *area, size_t offset)
{
	uint64_t word;

	memcpy(&word, area + offset, sizeof word);
	return word;
}

static bool has(uint64_t mask, unsigned component)
{
	return (mask >> component & 1) != 0;
}

/* FXSAVE has the registers from the top of the stack on, the state as they lie. */
static unsigned top_of(uint64_t control)
{
	return (unsigned)(control >> (16 + 11) & 7);
}

/* FTW is a byte, and the one behind it is reserved. */
#define X87_CONTROL	0xffff00ffffffffffull

static void read_x87(struct vector_state *s, const uint8_t *area)
{
	uint64_t control = word_at(area, FCW) & X87_CONTROL;

	s->word[VECTOR_X87] = control;
	s->word[VECTOR_FIP] = word_at(area, FIP);
	s->word[VECTOR_FDP] = word_at(area, FDP);
	for (unsigned i = 0; i < 8; i++)
		memcpy(&s->word[VECTOR_R + 2 * ((i + top_of(control)) & 7)], area + ST + 16 * i, 10);
}

static void write_x87(const struct vector_state *s, uint8_t *area)
{
	unsigned top = top_of(s->word[VECTOR_X87]);

	memcpy(area + FCW, &s->word[VECTOR_X87], 8);
	memcpy(area + FIP, &s->word[VECTOR_FIP], 8);
	memcpy(area + FDP, &s->word[VECTOR_FDP], 8);
	for (unsigned i = 0; i < 8; i++)
		memcpy(area + ST + 16 * i, &s->word[VECTOR_R + 2 * ((i + top) & 7)], 10);
}

int arch_vector_get(pid_t tid, struct vector_state *s)
{
	uint8_t area[GET_MAX];
	struct iovec iov = { area, sizeof area };
	const uint32_t *offset = offsets();
	uint64_t used;

	if (ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &iov) != 0)
		return -errno;
	vector_initial(s);
	if (iov.iov_len < XSTATE_BV + 64)
		return -EIO;
	used = word_at(area, XSTATE_BV);
	s->word[VECTOR_HAS] = word_at(area, XCR0);
	if (has(used, X87_COMPONENT))
		read_x87(s, area);
	if (has(used, SSE_COMPONENT))
		memcpy(&s->word[VECTOR_XMM], area + XMM, 256);
	if (has(used, SSE_COMPONENT) || has(used, AVX_COMPONENT))	/* 13.5.2 */
		memcpy(&s->word[VECTOR_MXCSR], area + MXCSR, 4);
	for (size_t i = 0; i < COMPONENTS; i++)
		if (offset[i] != 0 && has(used, components[i].number) &&
		    offset[i] + components[i].bytes <= iov.iov_len)
			memcpy(&s->word[components[i].word], area + offset[i], components[i].bytes);
	return 0;
}

static bool differs(const struct vector_state *a, const struct vector_state *b, unsigned word,
    size_t bytes)
{
	return memcmp(&a->word[word], &b->word[word], bytes) != 0;
}

/* What is as it was at the start is said to be so: the program can ask (XGETBV, XSAVE). */
static void mark(uint8_t *area, unsigned component, bool used)
{
	uint64_t mask = word_at(area, XSTATE_BV);

	mask = used ? mask | 1ull << component : mask & ~(1ull << component);
	memcpy(area + XSTATE_BV, &mask, sizeof mask);
}

static void fill(const struct vector_state *s, uint8_t *area, size_t length)
{
	const uint32_t *offset = offsets();
	struct vector_state initial;

	vector_initial(&initial);
	write_x87(s, area);
	mark(area, X87_COMPONENT, differs(s, &initial, VECTOR_X87, 24) ||
	    differs(s, &initial, VECTOR_R, 128));
	memcpy(area + XMM, &s->word[VECTOR_XMM], 256);
	memcpy(area + MXCSR, &s->word[VECTOR_MXCSR], 4);
	/* With both bits of MXCSR's zero its value would be taken for the initial one. */
	mark(area, SSE_COMPONENT, differs(s, &initial, VECTOR_XMM, 256 + 8));
	for (size_t i = 0; i < COMPONENTS; i++) {
		if (offset[i] == 0 || offset[i] + components[i].bytes > length ||
		    !has(s->word[VECTOR_HAS], components[i].number))
			continue;
		memcpy(area + offset[i], &s->word[components[i].word], components[i].bytes);
		mark(area, components[i].number,
		    differs(s, &initial, components[i].word, components[i].bytes));
	}
}

/* Set as a whole: what is not known here stays as it is. */
int arch_vector_set(pid_t tid, const struct vector_state *s)
{
	uint8_t *area = malloc(SET_MAX);
	struct iovec iov = { area, SET_MAX };
	int error = 0;

	if (area == NULL)
		return -ENOMEM;
	if (ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &iov) != 0) {
		error = -errno;
	} else if (iov.iov_len < XSTATE_BV + 64) {
		error = -EIO;
	} else {
		fill(s, area, iov.iov_len);
		if (ptrace(PTRACE_SETREGSET, tid, NT_X86_XSTATE, &iov) != 0)
			error = -errno;
	}
	free(area);
	return error;
}
