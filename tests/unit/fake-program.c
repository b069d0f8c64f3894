/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The fake program's lines, functions, frames and variables: program/ without an ELF. */
#include "tests/unit/fake-control.h"

#include <stdlib.h>
#include <string.h>

#include "tracer/program/disasm.h"
#include "tracer/program/expr.h"
#include "tracer/program/frames.h"
#include "tracer/program/functions.h"
#include "tracer/program/lines.h"
#include "tracer/program/variables.h"

/* -- lines and functions ----------------------------------------------------------- */

const char *image_file(const struct image *image, int file)
{
	(void)image;
	return file == 0 ? "main.c" : NULL;
}

int image_file_index(const struct image *image, const char *name)
{
	(void)image;
	return strcmp(name, "main.c") == 0 ? 0 : -1;
}

bool lines_find(const struct image *image, uint64_t address, struct line_row *row)
{
	(void)image;
	if (address < FAKE_TEXT || address > FAKE_TEXT + 4 * FAKE_END)
		return false;
	*row = (struct line_row){ .line = 10 + (unsigned)(address - FAKE_TEXT) / 12, .is_stmt = true };
	return true;
}

size_t lines_breakpoints(const struct image *image, int file, unsigned line, uint64_t *addresses,
    size_t max, unsigned *actual)
{
	(void)image;
	(void)file;
	if (line > 16 || max == 0)
		return 0;
	*actual = line < 10 ? 10 : line;
	addresses[0] = FAKE_TEXT + 12 * (*actual - 10);
	return 1;
}

size_t lines_with_code(const struct image *image, int file, unsigned from, unsigned to, unsigned *lines, size_t max)
{
	size_t n = 0;

	(void)image;
	(void)file;
	for (unsigned line = from < 10 ? 10 : from; line <= to && line <= 16 && n < max; line++)
		lines[n++] = line;
	return n;
}

bool function_find(const struct image *image, uint64_t address, struct function *f)
{
	(void)image;
	*f = (struct function){ .name = "main", .start = FAKE_TEXT, .end = FAKE_TEXT + 4 * 512, .body = FAKE_TEXT };
	return address >= f->start && address < f->end;
}

const char *function_module(const struct image *image, uint64_t address)
{
	(void)image;
	(void)address;
	return NULL;
}

bool function_by_name(const struct image *image, const char *name, struct function *f)
{
	return strcmp(name, "main") == 0 && function_find(image, FAKE_TEXT, f);
}

size_t functions_by_name(const struct image *image, const char *name, struct function *out, size_t max)
{
	return max > 0 && function_by_name(image, name, out);
}

/* -- frames ------------------------------------------------------------------------ */

size_t unwind(struct image *image, const struct view *v, struct frame *frames, size_t max)
{
	(void)image;
	frames[0] = (struct frame){ .pc = v->registers.word[REG_PC], .cfa = 0x8000, .signal = true,
		.registers = v->registers, .known = ~0ull };
	return max > 0;
}

size_t frames_find(struct image *image, const struct view *v, struct frame *frames, size_t max)
{
	return unwind(image, v, frames, max);
}

struct frame frame_at(const struct image *image, uint64_t pc)
{
	(void)image;
	return (struct frame){ .pc = pc, .signal = true };
}

void frame_name(const struct image *image, const struct frame *frame, char *name, size_t size)
{
	struct function f;

	snprintf(name, size, "%s", function_find(image, frame->pc, &f) ? f.name : "");
}

bool frame_place(const struct image *image, const struct frame *frame, int *file, unsigned *line)
{
	struct line_row row;

	if (!lines_find(image, frame->pc, &row))
		return false;
	*file = row.file;
	*line = row.line;
	return true;
}

/* -- variables and expressions ----------------------------------------------------- */

size_t variables_of(struct image *image, const struct view *v, const struct frame *frame,
    enum variable_scope scope, size_t start, struct variable *out, size_t max, size_t *total)
{
	(void)image;
	(void)v;
	(void)frame;
	*total = scope == VARIABLES_LOCALS;
	if (*total <= start || max == 0)
		return 0;
	out[0] = (struct variable){ .name = "x", .type = "long", .value = "3", .address = FAKE_DATA, .size = 8,
		.reg = -1, .available = true, .kind = VARIABLE_SIGNED };
	return 1;
}

bool variable_find(struct image *image, const struct view *v, const struct frame *frame, const char *name,
    struct variable *out)
{
	size_t total;

	return strcmp(name, "x") == 0 && variables_of(image, v, frame, VARIABLES_LOCALS, 0, out, 1, &total) == 1;
}

struct expr {
	char text[64];
};

struct expr *expr_parse(const struct image *image, const char *text, struct expr_error *error)
{
	struct expr *x = calloc(1, sizeof(*x));

	(void)image;
	snprintf(x->text, sizeof(x->text), "%s", text);
	if (text[0] != '(')
		return x;
	*error = (struct expr_error){ .column = 2, .message = "the expression ends too early" };
	free(x);
	return NULL;
}

void expr_free(struct expr *x)
{
	free(x);
}

/* "x" or a register. */
bool expr_evaluate(struct expr *x, const struct view *v, const struct frame *frame, struct variable *out,
    struct expr_error *error)
{
	int reg = x->text[0] == '$' ? register_by_name(x->text + 1) : -1;

	*error = (struct expr_error){ .column = 1, .message = "no such name" };
	if (reg < 0)
		return variable_find(NULL, v, frame, x->text, out);
	*out = (struct variable){ .type = "uint64_t", .reg = reg };
	snprintf(out->value, sizeof(out->value), "0x%llx", (unsigned long long)frame->registers.word[reg]);
	return true;
}

bool expr_test(struct expr *x, const struct view *v, const struct frame *frame, bool *truth,
    struct expr_error *error)
{
	struct variable unused;

	*truth = true;
	return expr_evaluate(x, v, frame, &unused, error);
}

bool expr_number(struct expr *x, const struct view *v, const struct frame *frame, struct expr_number *out,
    struct expr_error *error)
{
	struct variable is;

	*out = (struct expr_number){ 0 };
	if (!expr_evaluate(x, v, frame, &is, error))
		return false;
	out->magnitude = strtoull(is.value, NULL, 0);
	return true;
}

bool expr_children(struct expr *x, const struct view *v, const struct frame *frame, size_t start,
    struct expr_child *out, size_t max, size_t *total, size_t *written, struct expr_error *error)
{
	*total = 1;
	*written = start == 0 && max > 0 && expr_evaluate(x, v, frame, &out[0].variable, error);
	return true;
}

/* -- disassembly ------------------------------------------------------------------- */

struct disasm *disasm_new(void)
{
	return malloc(1);
}

void disasm_free(struct disasm *d)
{
	free(d);
}

size_t disasm(struct disasm *d, const struct view *v, enum disasm_syntax syntax, uint64_t address, uint64_t end,
    struct instruction *out, size_t max)
{
	size_t n = 0;

	(void)d;
	(void)v;
	if (address < FAKE_TEXT)
		return 0;
	for (; n < max && (end == 0 || address < end); n++, address += 4) {
		out[n] = (struct instruction){ .address = address, .size = 4, .bytes = { 0x90 } };
		strcpy(out[n].text, syntax == DISASM_INTEL ? "nop dword ptr" : "nopl");
	}
	return n;
}
