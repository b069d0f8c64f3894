/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Capstone over the bytes of a view; what it cannot decode is shown as bytes. */
#include "tracer/program/disasm.h"

#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW	4096	/* bytes read at a time */

#if defined(__x86_64__)
#define UNIT_MAX	15	/* of an instruction: SDM volume 2, section 2.3.11 */
#else
#define UNIT_MAX	4
#endif

struct disasm {
	csh handle;
	cs_insn *insn;
	enum disasm_syntax syntax;
};

struct disasm *disasm_new(void)
{
	struct disasm *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
#if defined(__x86_64__)
	if (cs_open(CS_ARCH_X86, CS_MODE_64, &d->handle) != CS_ERR_OK)
#else
	if (cs_open(CS_ARCH_ARM64, CS_MODE_ARM, &d->handle) != CS_ERR_OK)
#endif
	{
		free(d);
		return NULL;
	}
	d->insn = cs_malloc(d->handle);
	d->syntax = DISASM_INTEL;	/* capstone's default */
	return d;
}

void disasm_free(struct disasm *d)
{
	if (!d)
		return;
	cs_free(d->insn, 1);
	cs_close(&d->handle);
	free(d);
}

static void set_syntax(struct disasm *d, enum disasm_syntax syntax)
{
	if (d->syntax == syntax)
		return;
	cs_option(d->handle, CS_OPT_SYNTAX,
	    syntax == DISASM_ATT ? CS_OPT_SYNTAX_ATT : CS_OPT_SYNTAX_INTEL);
	d->syntax = syntax;
}

/* How long an instruction is that cannot be decoded; 1 byte if that is not known either. */
#if defined(__x86_64__)
/* EVEX (SDM volume 2, section 2.7): capstone 4 lacks forms that glibc uses. */
static size_t undecoded_length(const uint8_t *b, size_t length)
{
	size_t size = 6;	/* prefix, opcode, ModRM */
	unsigned map, mod, rm;

	if (length < 7 || b[0] != 0x62)
		return 1;
	map = b[1] & 7;
	mod = b[5] >> 6;
	rm = b[5] & 7;
	if (mod != 3 && rm == 4)
		size++;		/* SIB */
	if (mod == 1)
		size += 1;
	else if (mod == 2 || (mod == 0 && (rm == 5 || (rm == 4 && (b[6] & 7) == 5))))
		size += 4;
	if (map == 3 || (map == 1 && ((b[4] >= 0x70 && b[4] <= 0x73) || b[4] == 0xc2 ||
	    (b[4] >= 0xc4 && b[4] <= 0xc6))))
		size++;		/* imm8 */
	return size <= length ? size : 1;
}

static bool branches(const char *mnemonic)
{
	return mnemonic[0] == 'j' || strncmp(mnemonic, "call", 4) == 0 ||
	    strncmp(mnemonic, "loop", 4) == 0 || strncmp(mnemonic, "xbegin", 6) == 0;
}
#else
static size_t undecoded_length(const uint8_t *b, size_t length)
{
	(void)b;
	return length < 4 ? 1 : 4;
}

static bool branches(const char *mnemonic)
{
	return strcmp(mnemonic, "b") == 0 || strcmp(mnemonic, "bl") == 0 ||
	    strncmp(mnemonic, "b.", 2) == 0 || strncmp(mnemonic, "cb", 2) == 0 ||
	    strncmp(mnemonic, "tb", 2) == 0;
}
#endif

/* The last operand of a direct branch is its target: "0x401126", "w0, #3, #0x4000". */
static uint64_t target_of(const cs_insn *in)
{
	const char *last = strrchr(in->op_str, ' ');
	char *end;
	uint64_t target;

	if (!branches(in->mnemonic))
		return 0;
	last = last ? last + 1 : in->op_str;
	if (*last == '#')
		last++;
	if (strncmp(last, "0x", 2) != 0)
		return 0;
	target = strtoull(last, &end, 16);
	return *end == '\0' ? target : 0;
}

static void as_bytes(struct instruction *out, const uint8_t *bytes, size_t size)
{
	size_t length = (size_t)snprintf(out->text, sizeof(out->text), ".byte ");

	for (size_t i = 0; i < size; i++)
		length += (size_t)snprintf(out->text + length, sizeof(out->text) - length,
		    i ? ", 0x%02x" : "0x%02x", bytes[i]);
	out->size = (uint8_t)size;
	out->target = 0;
}

static void one(struct disasm *d, const uint8_t *bytes, size_t length, uint64_t address,
    struct instruction *out)
{
	const uint8_t *code = bytes;
	uint64_t at = address;

	out->address = address;
	if (cs_disasm_iter(d->handle, &code, &length, &at, d->insn) && d->insn->size != 0) {
		out->size = (uint8_t)d->insn->size;
		out->target = target_of(d->insn);
		snprintf(out->text, sizeof(out->text), "%s%s%s", d->insn->mnemonic,
		    d->insn->op_str[0] ? " " : "", d->insn->op_str);
	} else {
		as_bytes(out, bytes, undecoded_length(bytes, length));
	}
	memset(out->bytes, 0, sizeof(out->bytes));
	memcpy(out->bytes, bytes, out->size);
}

size_t disasm(struct disasm *d, const struct view *view, enum disasm_syntax syntax,
    uint64_t address, uint64_t end, struct instruction *out, size_t max)
{
	uint8_t window[WINDOW];
	size_t count = 0, have, used;

	set_syntax(d, syntax);
	while (count < max && (end == 0 || address < end)) {
		size_t want = end && end - address < WINDOW ? end - address : WINDOW;

		have = view_read(view, address, window, want);
		if (have == 0)
			break;
		for (used = 0; count < max && used < have; used += out[count++].size) {
			/* Not across the window's end, unless nothing lies behind it. */
			if (used != 0 && have == WINDOW && have - used < UNIT_MAX)
				break;
			one(d, window + used, have - used, address + used, &out[count]);
		}
		address += used;
		if (address < used)
			break;	/* the end of the address space */
	}
	return count;
}
