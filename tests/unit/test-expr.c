/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Expressions over real programs, against gdb's `print'; their errors, bounds
 * and children. */
#include "tests/unit/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "tracer/program/expr.h"

static const char c_text[] =
	"#include <stdbool.h>\n"					/* 1 */
	"enum color { RED, GREEN = 5, BLUE = -1 };\n"			/* 2 */
	"struct point { int x, y; };\n"					/* 3 */
	"typedef struct point place;\n"					/* 4 */
	"typedef unsigned short half;\n"				/* 5 */
	"struct node { int value; struct node *next; struct point at[3]; };\n"	/* 6 */
	"struct bits { unsigned a : 3; int b : 5; unsigned long c : 40; struct { int in; union { int u; float f; }; }; };\n"	/* 7 */
	"int global = 42; static long table[4] = { 10, 20, 30, 40 };\n"	/* 8 */
	"static int twice(int n) { return 2 * n; }\n"			/* 9 */
	"static int work(int count, struct node *list, const char *text)\n"	/* 10 */
	"{\n"								/* 11 */
	"	signed char sc = -3; unsigned char uc = 200; char ch = 'q'; bool yes = true;\n"	/* 12 */
	"	short sh = -300; half us = 65535; int i = -7; unsigned u = 4000000000u;\n"	/* 13 */
	"	long lo = -5000000000; unsigned long ul = -1; float fl = 0.5f; double d = -2.25;\n"	/* 14 */
	"	enum color c = GREEN, blue = BLUE; int grid[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };\n"	/* 15 */
	"	struct bits b = { 5, -2, 1UL << 39, { 7, { 9 } } }; place p = { 1, -2 }; place *pp = &p, **ppp = &pp;\n"	/* 16 */
	"	int sized[count]; int (*row)[3] = grid; int (*call)(int) = twice; void *any = &i; char buffer[8] = \"abc\";\n"	/* 17 */
	"	for (int k = 0; k < count; k++) sized[k] = k * k;\n"		/* 18 */
	"	{ int i = 99; list->value += i; }\n"				/* 19 */
	"	global += call(i) + sc + uc + ch + yes + sh + us + (int)u + (int)lo + (int)ul + (int)fl + (int)d + c + blue;\n"	/* 20 */
	"	return grid[0][0] + b.a + p.x + pp->y + (*ppp)->x + sized[0] + row[0][0] + (any == 0) + buffer[0] + text[0] + (int)table[1];\n"
	"}\n"
	"int main(int argc, char **argv)\n"
	"{\n"
	"	struct node last = { 3, 0, { { 1, 2 }, { 3, 4 }, { 5, 6 } } }, first = { 8, &last, { { 7, 8 } } };\n"
	"	return work(5, &first, \"hello\") + (argc + (argv == 0) == 0);\n"
	"}\n";

/* At line 20, before it has run. */
static const char *const c_table[] = {
	"1 + 2 * 3", "(1 + 2) * 3", "7 / 2", "-7 / 2", "-7 % 3", "0x10 + 010", "1u - 2", "1 - 2u > 0", "5 & 3 | 4 ^ 1",
	"1 << 4 >> 2", "~5", "!5", "!0", "- -5", "'a' + 1", "'\\n'", "'\\x41'", "1.5 * 2", "1 / 2.0", "7 == 7.0", "3 > 2 > 1",
	"2147483647 + 1L", "4294967295", "0xffffffff", "10000000000", "1 ? 2 : 3", "0 ? 2 : 1 ? 4 : 5", "1 && 0 || 1",
	"sc", "uc", "ch", "yes", "sh", "us", "i", "u", "lo", "ul", "fl", "d", "c", "blue", "b.a", "b.b", "b.c", "b.in", "b.u",
	"sc + uc", "uc * uc", "ch + 1", "us + 1", "u + i", "u > i", "i < u", "lo < ul", "i < lo", "ul == -1", "ul >> 60", "i >> 1",
	"u << 1", "d * fl", "d < 0 && fl > 0", "-d", "i - d", "(int)d", "(unsigned char)i", "(long)u", "(unsigned)lo", "(half)i",
	"(char)97", "(float)1 / 4", "(short)us", "c == GREEN", "c + 1", "blue < 0", "RED", "BLUE", "(enum color)5", "c == 5",
	"p", "p.x", "p.y - p.x", "pp->y", "(*pp).x", "(*ppp)->y", "**ppp", "&p == pp", "*&i", "&i == any", "*(int *)any",
	"((struct point *)pp)->x", "((place *)pp)->x",
	"list->value", "list->next->value", "list->next->next", "list->next->next == 0", "list->next->at[1].y", "list->next->at[2]",
	"(list->next->at + 1)->x", "list && list->next && list->next->value == 3", "!list->next->next",
	"grid", "grid[1]", "grid[1][2]", "*grid[1]", "**grid", "*(grid[0] + 2)", "row[1][0]", "(*row)[1]", "&grid[1][2] - &grid[0][0]",
	"&grid[1] - &grid[0]", "sized", "sized[4]", "sized[i + 9]", "buffer", "buffer[1]", "buffer[0] == 'a'", "*buffer", "text[1]",
	"*text", "text[4] == 'o'", "table[2]", "table[2] / 7", "global", "count", "count * count",
	"sizeof(int)", "sizeof i", "sizeof grid", "sizeof(grid[0])", "sizeof(struct node)", "sizeof *list", "sizeof(place)",
	"sizeof(char *)", "sizeof sized", "sizeof(list->at) / sizeof(list->at[0])", "sizeof p.x + 1",
	"$rip == $pc", "$rsp > 0", "$sp == $rsp", "($eflags & 0x200) != 0", "*(int *)&u", "any != 0", "call == twice", "call != 0",
	"(char)sc", "-sc", "+uc", "~uc", "sc < uc", "(i < 0) + (u > 0)", "i ? d : 0",
};

/* Its answers differ with the stack's place or are told otherwise: known here. */
struct known {
	const char *text, *value, *type;
};

static const struct known c_known[] = {
	{ "$rsp & 15", "0", "unsigned long" },
	{ "&grid[1]", "0x*", "int (*)[3]" }, { "&grid", "0x*", "int (*)[2][3]" },
	{ "grid[1]", "{4, 5, 6}", "int [3]" }, { "grid + 1", "0x*", "int (*)[3]" },
	{ "&p", "0x*", "place *" }, { "&pp->x", "0x*", "int *" }, { "text + 1", "0x* \"ello\"", "const char *" },
	{ "i + 1", "-6", "int" }, { "u + i", "3999999993", "unsigned int" }, { "sc * 1L", "-3", "long" },
	{ "1.0f", "1", "float" }, { "i < u", "0", "int" }, { "call", "0x* <twice>", "int (*)(int)" },
	{ "(unsigned char)97", "97 'a'", "unsigned char" }, { "c", "GREEN", "enum color" },
	{ "(const char *)buffer", "0x* \"abc\"", "char *" }, { "true", "true", "bool" },
	{ "2[table]", "30", "long int" }, { "yes + yes", "2", "int" }, { "nullptr == list->next->next", "1", "int" },
};

static const struct known c_errors[] = {	/* type: the column */
	{ "foo + 1", "no variable named 'foo' in scope at this line", "1" },
	{ "1 + foo", "no variable named 'foo' in scope at this line", "5" },
	{ "i / 0", "division by zero", "3" }, { "i % (1 - 1)", "division by zero", "3" },
	{ "1 << 32", "shift of 32 bits by 32 is undefined", "3" }, { "1 >> -1", "shift of*", "3" },
	{ "p.z", "there is no member named 'z'", "3" }, { "i.x", "this has no members*", "3" },
	{ "p->x", "this is no pointer*", "4" }, { "*i", "only a pointer*", "1" }, { "*any", "a void \\* has*", "1" },
	{ "&b.a", "a bit field has no address", "1" }, { "&(i + 1)", "this is not in memory*", "1" },
	{ "list->next->next->value", "memory at 0x0 cannot be read", "19" },
	{ "p + 1", "a number is needed here*", "1" }, { "p && 1", "a condition has to be*", "1" },
	{ "(struct point)i", "only numbers and pointers can be cast*", "1" }, { "list * 2", "this operator is not for pointers", "6" },
	{ "i[0]", "only arrays and pointers have elements", "2" }, { "d & 1", "this operator is for integers", "3" },
	{ "(int)1e300", "this number is too large for an integer", "1" }, { "$xmm32", "there is no register 'xmm32'", "1" },
	{ "", "the expression is empty", "1" }, { "  ", "the expression is empty", "1" }, { "1 +", "the expression ends too early", "4" },
	{ "(1", "a ')' is missing at the end", "3" }, { "1)", "')' is not expected here", "2" }, { "i = 1", "an expression does not change*", "3" },
	{ "i++", "an expression does not change*", "2" }, { "i += 2", "an expression does not change*", "3" },
	{ "twice(1)", "functions cannot be called*", "6" }, { "1 2", "a number is not expected here", "3" },
	{ "'ab'", "a character is one byte*", "1" }, { "\"x\"", "strings have no address*", "1" }, { "09", "'09' is no number*", "1" },
	{ "12abc", "'12abc' is no number*", "1" }, { "99999999999999999999", "'99*", "1" }, { "i @ 2", "nothing in C begins with byte 0x40", "3" },
	{ "(struct nowhere *)0", "there is no struct of this name", "9" }, { "p.", "a member's name is expected here", "3" },
	{ "grid[", "the expression ends too early", "6" }, { "i ? 1", "a ':' is missing at the end", "6" },
};

static bool matches(const char *is, const char *expected)
{
	while (*expected) {
		if (*expected == '*') {
			if (expected[1] == '\0')
				return true;
			while (*is && !matches(is, expected + 1))
				is++;
			return *is != '\0';
		}
		expected += *expected == '\\';
		if (*is++ != *expected++)
			return false;
	}
	return *is == '\0';
}

/* "1 = 0x…" without "(type *) ", as gdb puts before pointers. */
static const char *plain(char *says)
{
	char *close;

	says[strcspn(says, "\n")] = '\0';
	if (says[0] == '(' && (close = strstr(says, ") 0x")))
		return close + 2;
	return says;
}

static bool evaluate(struct live *l, const struct frame *f, const char *text, struct variable *v,
    struct expr_error *error)
{
	struct expr *x = expr_parse(l->image, text, error);
	bool done = x && expr_evaluate(x, &l->view, f, v, error);

	expr_free(x);
	return done;
}

/* All of the table in one run of gdb; NULL: it cannot. */
static char *gdb_says(const struct live *l, const char *where, const char *const *table, size_t count)
{
	char path[160], command[512];
	char *says;
	FILE *file;

	snprintf(path, sizeof(path), "%s.gdb", l->binary);
	file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, "set debuginfod enabled off\nset width 0\nset confirm off\nset print null-stop on\nset print address on\nbreak %s\n"
	    "run >/dev/null </dev/null\n", where);
	for (size_t i = 0; i < count; i++)
		fprintf(file, "echo @%zu@\nprint %s\n", i, table[i]);
	fprintf(file, "kill\nquit\n");
	fclose(file);
	snprintf(command, sizeof(command), "gdb -q -nx %s <%s 2>&1", l->binary, path);
	says = live_output(command);
	unlink(path);
	if (says && strstr(says, "@0@"))
		return says;
	free(says);
	return NULL;
}

static size_t compare(struct live *l, const struct frame *f, char *says, const char *const *table,
    size_t count)
{
	struct expr_error error;
	struct variable v;
	size_t compared = 0;

	for (size_t i = 0; i < count; i++) {
		char mark[32], *at, *next;
		const char *theirs;

		snprintf(mark, sizeof(mark), "@%zu@", i);
		at = strstr(says, mark);
		snprintf(mark, sizeof(mark), "@%zu@", i + 1);
		next = strstr(says, mark);
		at = at ? strstr(at, " = ") : NULL;
		if (!at || (next && at > next))
			fail_msg("gdb has no answer to %s: %s", table[i], says);
		if (!evaluate(l, f, table[i], &v, &error))
			fail_msg("%s: column %u: %s", table[i], error.column, error.message);
		theirs = strdup(at + 3);
		if (strcmp(v.value, plain((char *)theirs)) != 0)
			fail_msg("%s is %s (%s); gdb says %s", table[i], v.value, v.type, theirs);
		free((char *)theirs);
		compared++;
	}
	return compared;
}

static void as_gdb(const char *command, const char *extension, const char *text, unsigned line,
    const char *const *table, size_t count)
{
	struct live l;
	struct frame f[4];
	char where[160], *says;

	if (!live_has("gdb") || !live_compile(&l, command, extension, text))
		return;
	live_to_main(&l);
	assert_true(live_run_to(&l, live_line(&l, line)));
	unwind(l.image, &l.view, f, 4);
	snprintf(where, sizeof(where), "%s:%u", l.source, line);
	says = gdb_says(&l, where, table, count);
	if (says)
		print_message("# %s: %zu expressions are as gdb says\n", command,
		    compare(&l, f, says, table, count));
	else
		print_message("# gdb cannot run programs here\n");
	free(says);
	live_end(&l);
}

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void c_as_gdb(void **state)
{
	static const char *const commands[] = { "gcc -g -O0", "gcc -gdwarf-4 -O0", "clang -g -O0" };

	(void)state;
	for (size_t i = 0; i < COUNT(commands); i++)
		as_gdb(commands[i], "c", c_text, 20, c_table, COUNT(c_table));
}

static void here(struct live *l, struct frame *f, const char *command, const char *extension,
    const char *text, unsigned line)
{
	assert_true(live_compile(l, command, extension, text));
	live_to_main(l);
	assert_true(live_run_to(l, live_line(l, line)));
	unwind(l->image, &l->view, f, 4);
}

static void values_and_types(void **state)
{
	struct live l;
	struct frame f[4];
	struct expr_error error;
	struct variable v;

	(void)state;
	here(&l, f, "cc -g -O0", "c", c_text, 20);
	for (size_t i = 0; i < COUNT(c_known); i++) {
		const struct known *k = &c_known[i];

		if (!evaluate(&l, f, k->text, &v, &error))
			fail_msg("%s: column %u: %s", k->text, error.column, error.message);
		if (!matches(v.value, k->value) || strcmp(v.type, k->type) != 0)
			fail_msg("%s is %s %s, not %s %s", k->text, v.type, v.value, k->type, k->value);
	}
	/* In the frame of the caller its own names count. */
	assert_true(evaluate(&l, &f[1], "first.value + last.value", &v, &error));
	assert_string_equal(v.value, "110");
	assert_true(evaluate(&l, &f[1], "last", &v, &error));
	assert_true(v.address != 0 && v.size == 40);
	assert_false(evaluate(&l, &f[1], "grid", &v, &error));
	live_end(&l);
}

static void errors(void **state)
{
	struct live l;
	struct frame f[4];
	struct expr_error error;
	struct variable v;

	(void)state;
	here(&l, f, "cc -g -O0", "c", c_text, 20);
	for (size_t i = 0; i < COUNT(c_errors); i++) {
		const struct known *k = &c_errors[i];

		if (evaluate(&l, f, k->text, &v, &error))
			fail_msg("%s is %s", k->text, v.value);
		if (!matches(error.message, k->value) || error.column != (unsigned)atoi(k->type))
			fail_msg("%s: column %u: %s", k->text, error.column, error.message);
	}
	live_end(&l);
}

static char *repeat(const char *what, size_t count, const char *behind)
{
	size_t length = strlen(what);
	char *text = malloc(count * length + strlen(behind) + 1);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * length, what, length);
	strcpy(text + count * length, behind);
	return text;
}

static void bounds(void **state)
{
	static const char *const deep[] = { "(", "-", "!", "1+", "1?1:", "sizeof ", "1[", "(int)", "(1+", "a." };
	struct live l;
	struct frame f[4];
	struct expr_error error;
	struct variable v;
	char *text;

	(void)state;
	here(&l, f, "cc -g -O0", "c", c_text, 20);
	for (size_t i = 0; i < COUNT(deep); i++) {
		text = repeat(deep[i], EXPR_LENGTH_MAX / strlen(deep[i]) - 2, "1");
		assert_false(evaluate(&l, f, text, &v, &error));
		assert_true(error.message[0] != '\0');
		free(text);
	}
	text = repeat("+1", 60, "");
	assert_true(evaluate(&l, f, text, &v, &error));
	assert_string_equal(v.value, "60");
	free(text);
	text = repeat(" ", EXPR_LENGTH_MAX - 1, "7");
	assert_true(evaluate(&l, f, text, &v, &error));
	free(text);
	text = repeat(" ", EXPR_LENGTH_MAX, "7");
	assert_false(evaluate(&l, f, text, &v, &error));
	assert_string_equal(error.message, "an expression has at most 1024 bytes");
	free(text);
	live_end(&l);
}

/* Any bytes are parsed or refused: pieces of the table, put together at random. */
static void nonsense(void **state)
{
	struct live l;
	struct frame f[4];
	struct expr_error error;
	struct variable v;
	unsigned seed = 1;
	char text[96];

	(void)state;
	here(&l, f, "cc -g -O0", "c", c_text, 20);
	for (int i = 0; i < 4000; i++) {
		size_t length = 0;

		while (length < 60) {
			const char *from = c_table[(seed = seed * 1103515245 + 12345) >> 8 & 127];
			size_t part = strlen(from), at = (seed >> 16) % part, take = 1 + (seed >> 20) % 6;

			take = take < part - at ? take : part - at;
			memcpy(text + length, from + at, take);
			length += take;
		}
		text[length] = '\0';
		if (!evaluate(&l, f, text, &v, &error))
			assert_true(error.column >= 1 && error.column <= length + 1 && error.message[0]);
	}
	live_end(&l);
}

/* One expression, parsed once, at many moments. */
static void many_moments(void **state)
{
	struct live l;
	struct frame f[4];
	struct expr_error error;
	struct expr *x;
	bool truth = true;
	int steps = 0;

	(void)state;
	here(&l, f, "cc -g -O0", "c", c_text, 18);
	x = expr_parse(l.image, "k >= 3 && sized[2] == 4", &error);
	assert_non_null(x);
	for (; steps < 2000; steps++) {
		assert_true(live_step(&l));
		unwind(l.image, &l.view, f, 1);
		if (!expr_test(x, &l.view, f, &truth, &error))
			continue;	/* before the loop there is no k */
		if (truth)
			break;
	}
	assert_true(truth && steps > 30 && steps < 2000);
	expr_free(x);
	live_end(&l);
}

/* -- C++ ------------------------------------------------------------------------- */

static const char cc_text[] =
	"#include <vector>\n"					/* 1 */
	"namespace shapes {\n"					/* 2 */
	"enum class Kind : unsigned char { small = 1, large };\n"	/* 3 */
	"enum { plain = 12 };\n"				/* 4 */
	"struct Named { int tag = 6; };\n"			/* 5 */
	"struct Base { long id = 4; virtual ~Base() {} };\n"	/* 6 */
	"struct Square : Named, Base {\n"			/* 7 */
	"	int side = 3; static int made; Square *to = nullptr; Kind kind = Kind::large;\n"	/* 8 */
	"	int area(int by) const\n"			/* 9 */
	"	{\n"						/* 10 */
	"		int a = side * by;\n"			/* 11 */
	"		return a;\n"				/* 12 */
	"	}\n"						/* 13 */
	"};\n"							/* 14 */
	"int Square::made = 8;\n"				/* 15 */
	"int count = 77;\n"					/* 16 */
	"}\n"							/* 17 */
	"int take(const shapes::Square &s, int &&moved, shapes::Base *base, int (&rows)[3])\n"	/* 18 */
	"{\n"							/* 19 */
	"	bool big = s.side > 2;\n"			/* 20 */
	"	return s.area(moved) + big + (int)base->id + rows[1];\n"	/* 21 */
	"}\n"							/* 22 */
	"int main()\n"						/* 23 */
	"{\n"							/* 24 */
	"	shapes::Square q; int rows[3] = { 1, 2, 3 };\n"	/* 25 */
	"	return take(q, 6, &q, rows) + shapes::plain + shapes::count + shapes::Square::made;\n"	/* 26 */
	"}\n";

static const char *const cc_take[] = {
	"s.side", "s.tag", "s.id", "s.side * 2 + moved", "moved + 0", "moved > 5", "!moved", "big", "big && s.side == 3",
	"base->id", "base == &s", "((shapes::Square *)base)->side", "(shapes::Base *)&s == base", "s.to == 0", "s.to",
	"rows[1]", "sizeof(rows)", "&rows[2] - rows", "shapes::count", "shapes::Square::made", "s.made", "(int)s.kind",
	"s.kind == shapes::Kind::large", "(int)shapes::Kind::small", "(int)s.kind + 1", "sizeof(shapes::Square)", "true", "false || big",
	"&s != 0", "(bool)7", "1 < 2",
};

static const char *const cc_area[] = {
	"side", "this->side", "(*this).side", "side * by", "tag", "id", "made", "(int)kind", "a + side", "this->tag + tag",
	"shapes::count", "to == 0",
};

static void cxx_as_gdb(void **state)
{
	static const char *const commands[] = { "g++ -g -O0", "clang++ -g -O0" };

	(void)state;
	for (size_t i = 0; i < COUNT(commands); i++) {
		as_gdb(commands[i], "cc", cc_text, 21, cc_take, COUNT(cc_take));
		as_gdb(commands[i], "cc", cc_text, 12, cc_area, COUNT(cc_area));
	}
}

/* -- children ---------------------------------------------------------------------- */

static struct expr_child child[64];

static size_t children(struct live *l, const struct frame *f, const char *text, size_t start, size_t max,
    size_t *total)
{
	struct expr_error error;
	struct expr *x = expr_parse(l->image, text, &error);
	size_t written = 0;

	assert_non_null(x);
	if (!expr_children(x, &l->view, f, start, child, max, total, &written, &error))
		fail_msg("%s: column %u: %s", text, error.column, error.message);
	expr_free(x);
	return written;
}

static void expect_child(size_t i, const char *name, const char *value, const char *expression, size_t below)
{
	const struct expr_child *c = &child[i];

	if (strcmp(c->variable.name, name) != 0 || !matches(c->variable.value, value) ||
	    strcmp(c->expression, expression) != 0 || c->variable.children != below)
		fail_msg("%s = %s: %s, %zu below", c->variable.name, c->variable.value, c->expression,
		    c->variable.children);
}

static void one_level(void **state)
{
	struct live l;
	struct frame f[4];
	size_t total;

	(void)state;
	here(&l, f, "cc -g -O0", "c", c_text, 20);
	assert_int_equal(children(&l, f, "list", 0, 64, &total), 3);
	expect_child(0, "value", "107", "list->value", 0);
	expect_child(1, "next", "0x*", "list->next", 3);
	expect_child(2, "at", "{{x = 7, y = 8}*", "list->at", 3);
	assert_int_equal(children(&l, f, "list->next->at", 1, 64, &total), 2);
	assert_int_equal(total, 3);
	expect_child(0, "[1]", "{x = 3, y = 4}", "list->next->at[1]", 2);
	assert_int_equal(children(&l, f, "b", 0, 64, &total), 6);
	expect_child(1, "b", "-2", "b.b", 0);
	expect_child(4, "u", "9", "b.u", 0);
	assert_int_equal(children(&l, f, "ppp", 0, 64, &total), 1);
	expect_child(0, "*ppp", "0x*", "*ppp", 2);
	assert_int_equal(children(&l, f, "*ppp", 1, 64, &total), 1);
	expect_child(0, "y", "-2", "(*ppp)->y", 0);
	assert_int_equal(children(&l, f, "grid", 0, 64, &total), 2);
	expect_child(1, "[1]", "{4, 5, 6}", "grid[1]", 3);
	assert_int_equal(children(&l, f, "grid[1]", 2, 64, &total), 1);
	expect_child(0, "[2]", "6", "grid[1][2]", 0);
	assert_int_equal(children(&l, f, "sized", 0, 2, &total), 2);
	assert_int_equal(total, 5);
	assert_int_equal(children(&l, f, "i", 0, 64, &total), 0);
	assert_int_equal(total, 0);
	assert_int_equal(children(&l, f, "list->next->next", 0, 64, &total), 0);
	assert_int_equal(children(&l, f, "any", 0, 64, &total), 0);
	live_end(&l);

	here(&l, f, "c++ -g -O0", "cc", cc_text, 21);
	assert_int_equal(children(&l, f, "s", 0, 64, &total), 6);
	for (size_t i = 0; i < total; i++) {
		struct expr_error error;
		struct variable v;

		if (child[i].expression[0] == '\0')
			continue;	/* the pointer to the virtual table has no name that C++ knows */
		if (!evaluate(&l, f, child[i].expression, &v, &error))
			fail_msg("%s: %s", child[i].expression, error.message);
		assert_string_equal(v.value, child[i].variable.value);
	}
	live_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_as_gdb),
		cmocka_unit_test(cxx_as_gdb),
		cmocka_unit_test(values_and_types),
		cmocka_unit_test(errors),
		cmocka_unit_test(bounds),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(many_moments),
		cmocka_unit_test(one_level),
	};

	return RUN_TESTS(tests);
}
