/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* x86-64: the stack as the instructions since the function's start left it. */
#include "tracer/program/unwind-guess.h"

#include <stdlib.h>
#include <string.h>

#include "tracer/program/disasm.h"
#include "tracer/program/image-private.h"

#define SWEEP_BYTES	8192	/* from the function's start to pc */
#define SWEEP_FRAME	(1LL << 32)	/* bytes a function may take of the stack */
#define SYMBOLS_BACK	8	/* a label is not always a function's start */
#define BATCH		32

/* At the entry the return address lies at sp: cfa = sp + 8 + depth. */
struct stack {
	int64_t depth;			/* bytes pushed since the entry */
	int64_t frame;			/* depth at which rbp points */
	bool framed;			/* rbp was set from rsp */
	bool lost;			/* rsp was aligned or computed: only rbp counts */
	int64_t saved[REGISTERS_COUNT];	/* depth behind the push of it, 0: not saved */
};

static int register_operand(const char *text)
{
	int i = register_by_name(text);

	return i >= 0 && register_table[i].dwarf >= 0 && register_table[i].dwarf < 16 ? i : -1;
}

static void push(struct stack *s, const char *operand)
{
	int i = register_operand(operand);

	s->depth += 8;
	if (i >= 0 && s->saved[i] == 0)
		s->saved[i] = s->depth;
}

static void pop(struct stack *s, const char *operand)
{
	int i = register_operand(operand);

	if (i >= 0 && s->saved[i] == s->depth)
		s->saved[i] = 0;
	if (i == X86_RBP)
		s->framed = false;
	s->depth -= 8;
}

/* sub or add by a number; by a register nobody knows how far. */
static void move(struct stack *s, const char *operand, int sign)
{
	char *end;
	int64_t by = (int64_t)strtoull(operand, &end, 0);

	if (*end == '\0' && end != operand && by > -SWEEP_FRAME && by < SWEEP_FRAME)
		s->depth += sign * by;
	else
		s->lost = true;
}

static void leave(struct stack *s)
{
	if (s->framed)
		s->depth = s->frame;
	s->lost = false;
	pop(s, "rbp");
}

static bool starts(const char *text, const char *with, const char **rest)
{
	size_t length = strlen(with);

	if (strncmp(text, with, length) != 0)
		return false;
	*rest = text + length;
	return true;
}

/* One instruction, in Intel syntax. */
static void follow(struct stack *s, const char *text)
{
	const char *operand;

	if (starts(text, "push ", &operand))
		push(s, operand);
	else if (starts(text, "pop ", &operand))
		pop(s, operand);
	else if (starts(text, "pushf", &operand))
		s->depth += 8;
	else if (starts(text, "popf", &operand))
		s->depth -= 8;
	else if (starts(text, "sub rsp, ", &operand))
		move(s, operand, 1);
	else if (starts(text, "add rsp, ", &operand))
		move(s, operand, -1);
	else if (strcmp(text, "mov rbp, rsp") == 0)
		s->frame = s->depth, s->framed = true;
	else if (strcmp(text, "mov rsp, rbp") == 0 && s->framed)
		s->depth = s->frame, s->lost = false;
	else if (strcmp(text, "leave") == 0)
		leave(s);
	else if (starts(text, "and rsp", &operand) || starts(text, "lea rsp", &operand) ||
	    starts(text, "mov rsp", &operand))
		s->lost = true;
}

/* Code behind a return is reached from before the epilogue. */
static bool ends_path(const char *text)
{
	return strncmp(text, "ret", 3) == 0 || strncmp(text, "jmp", 3) == 0;
}

static bool sweep(const struct view *view, uint64_t start, uint64_t pc, struct stack *s)
{
	struct disasm *d = disasm_new();
	struct instruction *in = calloc(BATCH, sizeof(*in));
	struct stack deepest;
	uint64_t at = start;

	memset(s, 0, sizeof(*s));
	deepest = *s;
	while (d && in && at < pc) {
		size_t count = disasm(d, view, DISASM_INTEL, at, pc, in, BATCH);

		if (count == 0)
			break;
		for (size_t i = 0; i < count; i++) {
			follow(s, in[i].text);
			if (s->depth > deepest.depth || (s->framed && !deepest.framed))
				deepest = *s;
			if (ends_path(in[i].text))
				*s = deepest;
		}
		at = in[count - 1].address + in[count - 1].size;
	}
	free(in);
	disasm_free(d);
	return at == pc;
}

/* call rel32, or call r/m64 of 2 … 7 bytes (opcode FF /2), before the address. */
static bool behind_call(const struct view *view, uint64_t address)
{
	uint8_t b[7];

	if (!view_read_all(view, address - sizeof(b), b, sizeof(b)))
		return false;
	if (b[2] == 0xe8)
		return true;
	for (size_t i = 0; i + 1 < sizeof(b); i++)
		if (b[i] == 0xff && (b[i + 1] & 0x38) == 0x10)
			return true;
	return false;
}

static bool return_address(const struct image *im, const struct view *view, uint64_t cfa,
    uint64_t *address)
{
	return cfa >= 8 && view_read_all(view, cfa - 8, address, sizeof(*address)) &&
	    unwind_is_code(im, view, *address) && behind_call(view, *address);
}

static bool is_preserved(int i)		/* System V psABI, figure 3.4 */
{
	return i == X86_RBX || i == X86_RBP || (i <= X86_R12 && i >= X86_R15);
}

static void make_caller(const struct view *view, struct frame *f, const struct stack *s,
    uint64_t cfa, uint64_t pc, struct frame *caller)
{
	for (int i = 0; i < REGISTERS_COUNT; i++) {
		uint64_t word = f->registers.word[i];

		if (!is_preserved(i))
			continue;
		if (s->saved[i] ? !view_read_all(view, cfa - 8 - (uint64_t)s->saved[i], &word, 8) :
		    !(f->known >> i & 1))
			continue;
		caller->registers.word[i] = word;
		caller->known |= 1ULL << i;
	}
	caller->registers.word[REG_SP] = f->cfa = cfa;
	caller->registers.word[REG_PC] = caller->pc = pc;
	caller->known |= 1ULL << REG_SP | 1ULL << REG_PC;
}

static bool by_sweep(const struct image *im, const struct view *view, struct frame *f,
    uint64_t start, struct frame *caller)
{
	struct stack s;
	uint64_t cfa, pc;

	if (f->pc < start || f->pc - start > SWEEP_BYTES || !sweep(view, start, f->pc, &s))
		return false;
	cfa = s.framed && (s.lost || !(f->known >> REG_SP & 1)) ?
	    f->registers.word[REG_FP] + 8 + (uint64_t)s.frame :
	    f->registers.word[REG_SP] + 8 + (uint64_t)s.depth;
	if (!return_address(im, view, cfa, &pc))
		return false;
	make_caller(view, f, &s, cfa, pc, caller);
	return true;
}

/* The symbols' starts at and before pc, nearest first. */
static bool by_symbols(const struct image *im, const struct view *view, struct frame *f,
    struct frame *caller)
{
	uint64_t at = f->signal ? f->pc : f->pc - 1;
	struct module *m = image_module(im, at);

	for (int i = 0; m && i < SYMBOLS_BACK; i++) {
		const struct symbol *s = module_symbol(m, at - m->bias);

		if (!s)
			return false;
		if (by_sweep(im, view, f, s->start + m->bias, caller))
			return true;
		at = s->start + m->bias - 1;
	}
	return false;
}

static bool has_symbol(const struct image *im, uint64_t address)
{
	struct module *m = image_module(im, address);

	return m && module_symbol(m, address - m->bias);
}

bool unwind_guess(const struct image *im, const struct view *view, struct frame *f,
    struct frame *caller)
{
	static const struct stack entry, framed = { .framed = true, .saved = { [X86_RBP] = 8 } };
	uint64_t sp = f->registers.word[REG_SP], fp = f->registers.word[REG_FP], pc;

	/* A call to where no code is, or to a stub: nothing has been pushed since. */
	if (f->signal && !has_symbol(im, f->pc) && return_address(im, view, sp + 8, &pc)) {
		make_caller(view, f, &entry, sp + 8, pc, caller);
		return true;
	}
	if (by_symbols(im, view, f, caller))
		return true;
	if (!(f->known >> REG_FP & 1) || fp < sp || !return_address(im, view, fp + 16, &pc))
		return false;
	make_caller(view, f, &framed, fp + 16, pc, caller);
	return true;
}
