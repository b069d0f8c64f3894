/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* AArch64: the link register until it is stored, the frame record (AAPCS64
 * section 6.4.6) after. */
#include "tracer/program/unwind-guess.h"

#include "tracer/program/image-private.h"

#define SWEEP_BYTES	4096

static const uint32_t STORE_RECORD = 0xa9007bfd, LOAD_RECORD = 0xa8407bfd;	/* stp, ldp x29, x30, [sp …] */
static const uint32_t RECORD_MASK = 0xfe407fff;

/* Has the function stored its frame record before pc, and not loaded it again? */
static bool has_record(const struct view *view, uint64_t start, uint64_t pc)
{
	bool stored = false;

	for (uint64_t at = start; at < pc && pc - start <= SWEEP_BYTES; at += 4) {
		uint32_t word;

		if (!view_read_all(view, at, &word, sizeof(word)))
			return true;
		if ((word & RECORD_MASK) == (STORE_RECORD & RECORD_MASK))
			stored = true;
		else if ((word & RECORD_MASK) == (LOAD_RECORD & RECORD_MASK))
			stored = false;
	}
	return stored || pc - start > SWEEP_BYTES;
}

static bool finish(const struct image *im, const struct view *view, struct frame *f,
    struct frame *caller, uint64_t cfa, uint64_t fp, uint64_t pc)
{
	pc &= 0x0000ffffffffffffULL;	/* without a signature */
	if (!unwind_is_code(im, view, pc))
		return false;
	f->cfa = cfa;
	caller->pc = caller->registers.word[REG_PC] = pc;
	caller->registers.word[REG_SP] = cfa;
	caller->registers.word[REG_FP] = fp;
	caller->known |= 1ULL << REG_PC | 1ULL << REG_SP | 1ULL << REG_FP;
	return true;
}

bool unwind_guess(const struct image *im, const struct view *view, struct frame *f,
    struct frame *caller)
{
	uint64_t at = f->signal ? f->pc : f->pc - 1, record[2];
	uint64_t fp = f->registers.word[REG_FP], sp = f->registers.word[REG_SP];
	struct module *m = image_module(im, at);
	const struct symbol *s = m ? module_symbol(m, at - m->bias) : NULL;

	if (f->signal && (!unwind_is_code(im, view, f->pc) ||
	    (s && !has_record(view, s->start + m->bias, f->pc))))
		return finish(im, view, f, caller, sp, fp, f->registers.word[REG_LR]);
	if (!(f->known >> REG_FP & 1) || fp < sp || !view_read_all(view, fp, record, sizeof(record)))
		return false;
	return finish(im, view, f, caller, fp + sizeof(record), record[0], record[1]);
}
