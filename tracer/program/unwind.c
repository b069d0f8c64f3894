/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One frame after another: by call-frame information where there is some, else
 * by what the code itself shows (unwind-guess.c).  Of libdw only its reading of
 * the tables is used; registers and memory come from the view, so that the
 * outer frames' registers, which their variables need, are all at hand.
 */
#include "tracer/program/unwind.h"

#include <stdlib.h>

#include "tracer/program/image-private.h"
#include "tracer/program/location.h"
#include "tracer/program/unwind-guess.h"

/* General registers have the lowest DWARF numbers on both architectures. */
#define DWARF_GENERAL	33

/* AArch64 signs return addresses in bits that user addresses do not use. */
#if defined(__aarch64__)
#define CODE_ADDRESS(a)	((a) & 0x0000ffffffffffffULL)
#else
#define CODE_ADDRESS(a)	(a)
#endif

static void set(struct frame *f, int index, uint64_t word)
{
	f->registers.word[index] = word;
	f->known |= 1ULL << index;
}

static bool find_cfa(const struct evaluation *ev, Dwarf_Frame *table, uint64_t *cfa)
{
	Dwarf_Op *ops;
	size_t count;
	struct location where;

	if (dwarf_frame_cfa(table, &ops, &count) != 0 || count == 0)
		return false;
	location_evaluate(ev, ops, count, &where);
	*cfa = where.piece[0].value;
	return where.count == 1 && *cfa != 0 &&
	    (where.piece[0].place == PLACE_MEMORY || where.piece[0].place == PLACE_VALUE);
}

/*
 * Does a register without a rule keep its value?  elfutils up to 0.188 at least
 * takes rax for rbx in its x86-64 defaults (psABI, figure 3.4).
 */
static bool keeps(int number, bool same_value)
{
#if defined(__x86_64__)
	return number == 3 || (same_value && number != 0);
#else
	return same_value || (number >= 19 && number <= 29);	/* AAPCS64, section 6.1.1 */
#endif
}

/* The caller's value of one register; false: it cannot be recovered. */
static bool recover(const struct evaluation *ev, Dwarf_Frame *table, int number, uint64_t *word)
{
	Dwarf_Op memory[3], *ops;
	size_t count;
	struct location where;

	if (dwarf_frame_register(table, number, memory, &ops, &count) != 0)
		return false;
	if (count == 0) {
		int same = register_by_dwarf(number);

		if (!keeps(number, ops != memory) || same < 0 || !(ev->known >> same & 1))
			return false;
		*word = ev->registers->word[same];
		return true;
	}
	location_evaluate(ev, ops, count, &where);
	return location_word(ev, &where, word);
}

static void recover_all(const struct evaluation *ev, Dwarf_Frame *table, struct frame *caller)
{
	for (int i = 0; i < REGISTERS_COUNT; i++) {
		int number = register_table[i].dwarf;
		uint64_t word;

		if (number < 0 || number >= DWARF_GENERAL || i == REG_PC)
			continue;
		if (recover(ev, table, number, &word))
			set(caller, i, word);
	}
	if (!(caller->known >> REG_SP & 1))
		set(caller, REG_SP, ev->cfa);
}

/* true: the table says what is above, which may be nothing (caller->pc 0). */
static bool by_table(Dwarf_CFI *cfi, struct evaluation *ev, struct frame *f, struct frame *caller)
{
	Dwarf_Frame *table;
	int return_column;
	bool signal = false;
	uint64_t pc;

	if (!cfi || dwarf_cfi_addrframe(cfi, ev->pc, &table) != 0)
		return false;
	return_column = dwarf_frame_info(table, NULL, NULL, &signal);
	if (return_column < 0 || !find_cfa(ev, table, &f->cfa)) {
		free(table);
		return false;
	}
	ev->cfa = f->cfa;
	recover_all(ev, table, caller);
	if (recover(ev, table, return_column, &pc))
		set(caller, REG_PC, CODE_ADDRESS(pc));
	caller->pc = caller->registers.word[REG_PC];
	caller->signal = signal;
	free(table);
	return true;
}

static bool step(struct image *im, const struct view *view, struct frame *f, struct frame *caller)
{
	/* A return address may already belong to the next function: look at the call. */
	uint64_t at = f->signal ? f->pc : f->pc - 1;
	struct module *m = image_module(im, at);
	struct evaluation ev = { .view = view, .registers = &f->registers, .known = f->known };

	*caller = (struct frame){ 0 };
	if (m) {
		ev.bias = m->bias;
		ev.pc = at - m->bias;
		if (by_table(module_eh_frame(m), &ev, f, caller) ||
		    (m == im->own && by_table(module_debug_frame(m), &ev, f, caller)))
			return true;
	}
	*caller = (struct frame){ 0 };
	return unwind_guess(im, view, f, caller);
}

/* Does caller lie above f on the stack?  A signal's handler may run on another one. */
static bool goes_up(const struct frame *f, const struct frame *caller)
{
	if (caller->pc == 0)
		return false;
	return caller->signal || caller->registers.word[REG_SP] > f->registers.word[REG_SP] ||
	    (f->signal && caller->pc != f->pc);
}

/* A return address may already belong to the next call: look at the one before. */
static unsigned level_of(const struct image *im, const struct frame *f)
{
	return inlined_depth(im, f->signal ? f->pc : f->pc - 1);
}

size_t unwind(struct image *im, const struct view *view, struct frame *frames, size_t max)
{
	size_t count = 1;
	struct frame caller;

	if (max == 0)
		return 0;
	frames[0] = (struct frame){ .pc = view_register(view, REG_PC), .signal = true,
		.registers = view->registers, .known = ~0ULL >> (64 - REGISTERS_COUNT),
		.has_vector = true };
	frames[0].level = level_of(im, &frames[0]);
	while (step(im, view, &frames[count - 1], &caller)) {
		if (count == max || !goes_up(&frames[count - 1], &caller))
			break;
		caller.level = level_of(im, &caller);
		frames[count++] = caller;
	}
	return count;
}
