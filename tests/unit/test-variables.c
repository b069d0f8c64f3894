/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Arguments, locals and globals with their types and values, at -O0 exactly,
 * at -O2 against gdb. */
#include "tests/unit/live.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "tracer/program/functions.h"
#include "tracer/program/variables.h"

#define MANY	64

static struct variable variable[MANY];

struct expected {
	const char *name, *type, *value;	/* value ending in '*': a beginning */
};

static bool matches(const char *is, const char *expected)
{
	size_t length = strlen(expected);

	if (length && expected[length - 1] == '*')
		return strncmp(is, expected, length - 1) == 0;
	return strcmp(is, expected) == 0;
}

static const struct variable *among(size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(variable[i].name, name) == 0)
			return &variable[i];
	fail_msg("no %s", name);
	return NULL;
}

/* All of a scope. */
static void expect_all(struct live *l, const struct frame *f, enum variable_scope scope,
    const struct expected *e, size_t count)
{
	size_t total, got = variables_of(l->image, &l->view, f, scope, 0, variable, MANY, &total);

	for (size_t i = 0; i < count; i++) {
		const struct variable *v = among(got, e[i].name);

		if (!matches(v->type, e[i].type) || !matches(v->value, e[i].value))
			fail_msg("%s %s = %s, not %s %s", v->type, v->name, v->value, e[i].type,
			    e[i].value);
		assert_true(v->available);
	}
	assert_int_equal(got, count);
	assert_int_equal(total, count);
}

#define EXPECT(l, f, scope, e) expect_all(l, f, scope, e, sizeof(e) / sizeof((e)[0]))

static const char c_text[] =
	"#include <stdbool.h>\n"					/* 1 */
	"#include <stdint.h>\n"						/* 2 */
	"#include <complex.h>\n"					/* 3 */
	"#include <wchar.h>\n"						/* 4 */
	"enum color { RED, GREEN = 5, BLUE = -1 };\n"			/* 5 */
	"struct point { int x, y; };\n"					/* 6 */
	"struct bits { unsigned a : 3; int b : 5; struct point p; };\n"	/* 7 */
	"typedef struct point place;\n"					/* 8 */
	"union number { int i; float f; };\n"				/* 9 */
	"int global = 42;\n"						/* 10 */
	"static const char *const words[] = { \"one\", \"two\" };\n"	/* 11 */
	"static __thread int own = 7;\n"				/* 12 */
	"static int stop(void) { return own + words[1][0] + global; }\n"	/* 13 */
	"static int work(int count, const char *text, int (*call)(void), struct point *at)\n"	/* 14 */
	"{\n"								/* 15 */
	"	signed char sc = -3; unsigned char uc = 'a'; char ch = '\\n';\n"	/* 16 */
	"	short sh = -300; unsigned short us = 65535;\n"		/* 17 */
	"	unsigned u = 4000000000u; long lo = -5000000000; unsigned long ul = -1;\n"	/* 18 */
	"	long long ll = 1LL << 62; __int128 wide = -((__int128)1 << 100);\n"	/* 19 */
	"	bool yes = true; float fl = 0.1f; double d = 1e100; long double ld = 0.1L;\n"	/* 20 */
	"	double _Complex z = 1 + 2 * I; wchar_t w = L'\\u00e9';\n"	/* 21 */
	"	enum color c = GREEN, odd = 9; enum color blue = BLUE;\n"	/* 22 */
	"	void *nothing = 0; const void *p = &global; int **pp = 0;\n"	/* 23 */
	"	char buffer[16] = \"tab\\t\\\"q\\\"\\001\"; int numbers[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };\n"	/* 24 */
	"	struct point pt = { 1, -2 }; place pl = { 3, 4 }; struct bits b = { 5, -2, { 8, 9 } };\n"	/* 25 */
	"	union number n = { .f = 1 }; const struct point *cp = &pt; char *const kept = buffer;\n"	/* 26 */
	"	const char *bad = (const char *)8; int (*table[2])(void) = { stop, 0 }; int (*row)[3] = numbers;\n"	/* 27 */
	"	int sized[count]; static int still = 99; volatile const int vc = 1;\n"	/* 28 */
	"	for (int i = 0; i < count; i++) {\n"			/* 29 */
	"		int count = 100 + i;\n"				/* 30 */
	"		sized[i] = count;\n"				/* 31 */
	"	}\n"							/* 32 */
	"	still += call();\n"					/* 33 */
	"	return sc + uc + ch + sh + us + (int)u + (int)lo + (int)ul + (int)ll + (int)wide + yes + (int)fl + (int)d + (int)ld + (int)creal(z) + w + c + odd + blue\n"
	"	    + (nothing == p) + (pp == 0) + pt.x + pl.x + b.a + n.i + cp->x + kept[0] + (bad != 0) + (table[1] == 0) + row[0][0] + sized[0] + still + vc + text[0] + at->x;\n"
	"}\n"
	"int main(int argc, char **argv)\n"
	"{\n"
	"	struct point here = { 10, 20 };\n"
	"	return work(argc, \"h\\303\\251llo\", stop, &here) + (argv == 0);\n"
	"}\n";

static const struct expected arguments[] = {
	{ "count", "int", "3" },
	{ "text", "const char *", "0x*" },
	{ "call", "int (*)(void)", "0x*" },
	{ "at", "struct point *", "0x7ff*" },
};

static const struct expected locals[] = {
	{ "sc", "signed char", "-3 '\\375'" }, { "uc", "unsigned char", "97 'a'" },
	{ "ch", "char", "10 '\\n'" },
	{ "sh", "short*", "-300" }, { "us", "*", "65535" },
	{ "u", "unsigned int", "4000000000" }, { "lo", "long*", "-5000000000" },
	{ "ul", "*", "18446744073709551615" }, { "ll", "long long*", "4611686018427387904" },
	{ "wide", "__int128", "-1267650600228229401496703205376" },
	{ "yes", "*", "true" }, { "fl", "float", "0.1" }, { "d", "double", "1e+100" },
	{ "ld", "long double", "0.1" },
	{ "z", "*", "1 + 2i" }, { "w", "wchar_t", "233 L'\xc3\xa9'" },
	{ "c", "enum color", "GREEN" }, { "odd", "enum color", "9" }, { "blue", "enum color", "BLUE" },
	{ "nothing", "void *", "0x0" }, { "p", "const void *", "0x*" }, { "pp", "int **", "0x0" },
	{ "buffer", "char [16]", "\"tab\\t\\\"q\\\"\\001\"" },
	{ "numbers", "int [2][3]", "{{1, 2, 3}, {4, 5, 6}}" },
	{ "pt", "struct point", "{x = 1, y = -2}" }, { "pl", "place", "{x = 3, y = 4}" },
	{ "b", "struct bits", "{a = 5, b = -2, p = {x = 8, y = 9}}" },
	{ "n", "union number", "{i = 1065353216, f = 1}" },
	{ "cp", "const struct point *", "0x*" }, { "kept", "char * const", "0x*" },
	{ "bad", "const char *", "0x8" },
	{ "table", "int (*[2])(void)", "{0x*" }, { "row", "int (*)[3]", "0x*" },
	{ "sized", "int [3]", "{100, 101, 102}" }, { "still", "int", "99" },
	{ "vc", "const volatile int", "1" },
};

static bool find(struct live *l, const struct frame *f, const char *name)
{
	return variable_find(l->image, &l->view, f, name, &variable[0]);
}

static void expect_one(struct live *l, const struct frame *f, const char *name, const char *type,
    const char *value)
{
	if (!find(l, f, name))
		fail_msg("no %s", name);
	if (!matches(variable[0].type, type) || !matches(variable[0].value, value))
		fail_msg("%s %s = %s", variable[0].type, name, variable[0].value);
}

static void check_c(const char *command)
{
	struct live l;
	struct frame f[4];
	size_t total;

	if (!live_compile(&l, command, "c", c_text)) {
		print_message("# %s: not here\n", command);
		return;
	}
	print_message("# %s\n", command);
	live_to_main(&l);
	assert_true(live_run_to(&l, live_line(&l, 33)));
	assert_true(unwind(l.image, &l.view, f, 4) >= 2);
	EXPECT(&l, &f[0], VARIABLES_ARGUMENTS, arguments);
	EXPECT(&l, &f[0], VARIABLES_LOCALS, locals);

	/* A page of it. */
	variable[MANY - 1] = variable[4];
	assert_int_equal(variables_of(l.image, &l.view, &f[0], VARIABLES_LOCALS, 2, variable, 3, &total), 3);
	assert_string_equal(variable[2].name, variable[MANY - 1].name);
	assert_int_equal(total, sizeof(locals) / sizeof(locals[0]));
	assert_int_equal(variables_of(l.image, &l.view, &f[0], VARIABLES_LOCALS, 999, variable, 3, &total), 0);

	expect_one(&l, &f[0], "text", "const char *", "0x*");
	assert_non_null(strstr(variable[0].value, " \"h\xc3\xa9llo\""));
	expect_one(&l, &f[0], "call", "int (*)(void)", "0x*");
	assert_non_null(strstr(variable[0].value, " <stop>"));
	expect_one(&l, &f[0], "global", "int", "42");
	assert_true(variable[0].address != 0 && variable[0].size == 4);
	expect_one(&l, &f[0], "words", "const char * const [2]", "{0x*");
	assert_non_null(strstr(variable[0].value, "\"two\"}"));
#if defined(__x86_64__)
	expect_one(&l, &f[0], "own", "int", "7");
#endif
	assert_false(find(&l, &f[0], "nowhere"));

	/* The caller's. */
	expect_one(&l, &f[1], "here", "struct point", "{x = 10, y = 20}");
	expect_one(&l, &f[1], "argc", "int", "3");
	assert_false(find(&l, &f[1], "sc"));
	expect_one(&l, &f[1], "global", "int", "42");

	live_end(&l);
}

/* Inside the block the inner count is meant, behind it the argument. */
static void check_blocks(const char *command)
{
	struct live l;
	struct frame f[4];
	size_t total;

	if (!live_compile(&l, command, "c", c_text))
		return;
	live_to_main(&l);
	assert_true(live_run_to(&l, live_line(&l, 31)));
	unwind(l.image, &l.view, f, 4);
	expect_one(&l, &f[0], "count", "int", "100");
	expect_one(&l, &f[0], "i", "int", "0");
	variables_of(l.image, &l.view, &f[0], VARIABLES_ARGUMENTS, 0, variable, MANY, &total);
	assert_int_equal(total, 3);
	live_end(&l);
}

/* At main's very first instruction nothing is set up, and arguments are not yet
 * stored; what a place's address is must be right all the same. */
static void check_entry(const char *command)
{
	struct live l;
	struct frame f[4];
	uint64_t before;

	if (!live_compile(&l, command, "c", c_text))
		return;
	live_to_main(&l);
	unwind(l.image, &l.view, f, 4);
	assert_true(find(&l, &f[0], "here"));
	before = variable[0].address;
	assert_true(before != 0);
	for (int i = 0; i < 3; i++) {
		assert_true(live_step(&l));
		unwind(l.image, &l.view, f, 4);
		assert_true(find(&l, &f[0], "here"));
		assert_int_equal(variable[0].address, before);
	}
	live_end(&l);
}

static void c_variables(void **state)
{
	static const char *const commands[] = { "gcc -g -O0", "gcc -gdwarf-4 -O0 -no-pie",
		"gcc -g -O0 -gz=zlib", "clang -g -O0", "clang -gdwarf-4 -O0", "clang -gdwarf-5 -O0" };

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		check_c(commands[i]);
		check_blocks(commands[i]);
		check_entry(commands[i]);
	}
}

static const char cc_text[] =
	"#include <vector>\n"					/* 1 */
	"#include <string>\n"					/* 2 */
	"#include <map>\n"					/* 3 */
	"namespace shapes {\n"					/* 4 */
	"enum class Kind : unsigned char { small = 1, large };\n"	/* 5 */
	"struct Base { int id = 4; virtual ~Base() {} };\n"	/* 6 */
	"struct Square : Base {\n"				/* 7 */
	"	int side = 3; static int made; int *to = nullptr;\n"	/* 8 */
	"	int area(int by) const { int a = side * by; return a; }\n"	/* 9 */
	"};\n"							/* 10 */
	"int Square::made = 8;\n"				/* 11 */
	"int count = 77;\n"					/* 12 */
	"namespace { int hidden = 5; }\n"			/* 13 */
	"}\n"							/* 14 */
	"template <class T> T add(T a, T b) { T sum = a + b; return sum; }\n"	/* 15 */
	"int take(const shapes::Square &s, int &&moved, shapes::Kind k, std::vector<int> *v)\n"	/* 16 */
	"{\n"							/* 17 */
	"	auto twice = [&](int n) { int doubled = 2 * n + s.side; return doubled; };\n"	/* 18 */
	"	int shapes::Square::*member = &shapes::Square::side;\n"	/* 19 */
	"	char16_t c16 = u'\\u20ac'; decltype(nullptr) none = nullptr;\n"	/* 20 */
	"	int total = s.area(2) + twice(moved) + (int)k + (int)v->size() + shapes::hidden;\n"	/* 21 */
	"	return total + add(1, 2) + s.*member + c16 + (none == nullptr);\n"	/* 22 */
	"}\n"							/* 23 */
	"int main()\n"						/* 24 */
	"{\n"							/* 25 */
	"	std::vector<int> v{1, 2};\n"			/* 26 */
	"	std::string text = \"hi\";\n"			/* 27 */
	"	std::map<int, int> m;\n"			/* 28 */
	"	shapes::Square q;\n"				/* 29 */
	"	return take(q, 6, shapes::Kind::large, &v) + (int)m.size() + shapes::count + shapes::Square::made;\n"	/* 30 */
	"}\n";

static void check_cxx(const char *command)
{
	struct live l;
	struct frame f[4];

	if (!live_compile(&l, command, "cc", cc_text))
		return;
	print_message("# %s\n", command);
	live_to_main(&l);
	assert_true(live_run_to(&l, live_line(&l, 22)));
	assert_true(unwind(l.image, &l.view, f, 4) >= 2);
	expect_one(&l, &f[0], "s", "const shapes::Square &", "@0x*");
	assert_non_null(strstr(variable[0].value, "id = 4}, side = 3, to = 0x0}"));
	expect_one(&l, &f[0], "moved", "int &&", "@0x*");
	assert_non_null(strstr(variable[0].value, ": 6"));
	expect_one(&l, &f[0], "k", "shapes::Kind", "Kind::large");
	expect_one(&l, &f[0], "v", "std::vector<int, std::allocator<int> > *", "0x*");
	expect_one(&l, &f[0], "member", "int shapes::Square::*", "*");
	expect_one(&l, &f[0], "c16", "char16_t", "8364 u'\xe2\x82\xac'");
	expect_one(&l, &f[0], "none", "decltype(nullptr)", "0x0");
	expect_one(&l, &f[0], "shapes::count", "int", "77");
	expect_one(&l, &f[0], "hidden", "int", "5");
	expect_one(&l, &f[0], "made", "int", "8");
	expect_one(&l, &f[1], "q", "shapes::Square", "{*");
	expect_one(&l, &f[1], "text", "std::string", "\"hi\"");
	expect_one(&l, &f[1], "v", "std::vector<int, std::allocator<int> >", "{1, 2}");
	live_end(&l);

	/* A method: this, and locals of a lambda. */
	assert_true(live_compile(&l, command, "cc", cc_text));
	live_to_main(&l);
	assert_true(live_run_to(&l, live_line(&l, 9)));
	unwind(l.image, &l.view, f, 4);
	expect_one(&l, &f[0], "this", "const shapes::Square *", "0x7ff*");
	expect_one(&l, &f[0], "by", "int", "2");
	live_end(&l);
}

static const char library_text[] =
	"#include <vector>\n#include <string>\n#include <map>\n#include <set>\n#include <memory>\n"	/* 1-5 */
	"struct point { int x, y; };\n"							/* 6 */
	"int main()\n"									/* 7 */
	"{\n"										/* 8 */
	"	std::string brief = \"hi\", lengthy(300, 'x'), empty;\n"			/* 9 */
	"	std::vector<std::string> words{\"one\", \"two\"}; std::vector<int> none;\n"	/* 10 */
	"	std::vector<point> points{{1, 2}, {3, 4}}; std::vector<bool> bits{true};\n"	/* 11 */
	"	std::map<int, std::string> names; std::set<int> numbers;\n"			/* 12 */
	"	for (int i = 0; i < 9; i++) { names[i * 7 % 9] = \"n\"; numbers.insert(8 - i); }\n"	/* 13 */
	"	std::map<std::string, std::vector<int>> nested{{\"k\", {7, 8}}};\n"		/* 14 */
	"	auto unique = std::make_unique<int>(5); std::shared_ptr<int> shared;\n"	/* 15 */
	"	std::string &alias = brief; std::pair<int, char> pair{1, 'b'};\n"		/* 16 */
	"	return (int)(alias.size() + points.size() + bits.size()) + pair.first;\n"	/* 17 */
	"}\n";

static void check_library(const char *command)
{
	struct live l;
	struct frame f[2];
	size_t total;

	if (!live_compile(&l, command, "cc", library_text))
		return;
	print_message("# %s\n", command);
	live_to_main(&l);
	/* Nothing is constructed yet: whatever it shows, it must show something. */
	unwind(l.image, &l.view, f, 2);
	assert_true(variables_of(l.image, &l.view, &f[0], VARIABLES_LOCALS, 0, variable, MANY, &total) > 10);
	assert_true(live_run_to(&l, live_line(&l, 17)));
	unwind(l.image, &l.view, f, 2);
	expect_one(&l, &f[0], "brief", "std::string", "\"hi\"");
	expect_one(&l, &f[0], "lengthy", "std::string", "\"xxx*");
	assert_non_null(strstr(variable[0].value, "x\"\xe2\x80\xa6"));
	expect_one(&l, &f[0], "empty", "std::string", "\"\"");
	expect_one(&l, &f[0], "words", "std::vector<std::string, *", "{\"one\", \"two\"}");
	expect_one(&l, &f[0], "none", "std::vector<int, *", "{}");
	expect_one(&l, &f[0], "points", "std::vector<point, *", "{{x = 1, y = 2}, {x = 3, y = 4}}");
	expect_one(&l, &f[0], "bits", "std::vector<bool, *", "{*");
	expect_one(&l, &f[0], "names", "std::map<int, std::string, *",
	    "{0 = \"n\", 1 = \"n\", 2 = \"n\", 3 = \"n\", 4 = \"n\", 5 = \"n\", 6 = \"n\", 7 = \"n\", 8 = \"n\"}");
	expect_one(&l, &f[0], "numbers", "std::set<int, *", "{0, 1, 2, 3, 4, 5, 6, 7, 8}");
	expect_one(&l, &f[0], "nested", "std::map<*", "{\"k\" = {7, 8}}");
	expect_one(&l, &f[0], "unique", "*", "0x*");
	expect_one(&l, &f[0], "shared", "std::shared_ptr<int>", "0x0");
	expect_one(&l, &f[0], "alias", "std::string &", "@0x*");
	assert_non_null(strstr(variable[0].value, ": \"hi\""));
	expect_one(&l, &f[0], "pair", "std::pair<int, char>", "{first = 1, second = 98 'b'}");
	live_end(&l);
}

static void library_types(void **state)
{
	(void)state;
	check_library("g++ -g -O0");
	check_library("g++ -gdwarf-4 -O0 -std=c++17");
	check_library("clang++ -g -O0 -fstandalone-debug");
}

static void cxx_variables(void **state)
{
	(void)state;
	check_cxx("g++ -g -O0");
	check_cxx("g++ -gdwarf-4 -O0");
	check_cxx("clang++ -g -O0 -fstandalone-debug");	/* else std::string is only declared */
}

/* -- against gdb --------------------------------------------------------- */

static const char fast_text[] =
	"#include <stdio.h>\n"						/* 1 */
	"#include <stdlib.h>\n"						/* 2 */
	"struct pair { long a, b; };\n"					/* 3 */
	"__attribute__((noinline)) static long mix(long x, long y, struct pair p)\n"	/* 4 */
	"{\n"								/* 5 */
	"	long sum = x * 3 + p.a; long many = sum ^ y; int unused = 12;\n"	/* 6 */
	"	printf(\"%ld %ld\\n\", sum, many);\n"			/* 7 */
	"	struct pair q = { many, sum };\n"			/* 8 */
	"	return q.a * q.b + unused;\n"				/* 9 */
	"}\n"								/* 10 */
	"static inline long helper(long base) { long h = base * base; printf(\"%ld\\n\", h); return h; }\n"	/* 11 */
	"int main(int argc, char **argv)\n"				/* 12 */
	"{\n"								/* 13 */
	"	long total = 0;\n"					/* 14 */
	"	for (long i = 0; i < 3; i++)\n"				/* 15 */
	"		total += mix(i, argc, (struct pair){ total, i }) + helper(i);\n"	/* 16 */
	"	printf(\"%ld %s\\n\", total, argv[0]);\n"		/* 17 */
	"	return (int)total;\n"					/* 18 */
	"}\n";

/* What gdb says of the innermost frame of our program, as "name = value" lines. */
static char *gdb_says(const struct live *l, const char *location)
{
	char command[1024];

	snprintf(command, sizeof(command), "gdb --batch -nx -ex 'set debuginfod enabled off' "
	    "-ex 'break %s' -ex 'run one two >/dev/null' -ex 'printf \"PC=%%lu\\n\", $pc' -ex 'info args' "
	    "-ex 'info locals' %s 2>/dev/null", location, l->binary);
	return live_output(command);
}

/* Numbers that gdb and we both know must be the same; which ones are known
 * must be too, but for what gdb finds out from call sites. */
static void optimized(void **state)
{
	static const char *const lines[] = { "7", "9", "17" };
	size_t compared = 0;

	(void)state;
	if (!live_has("gdb"))
		skip();
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct live l;
		struct frame f[4];
		char *says, location[160];
		const char *pc;
		size_t total, count;

		assert_true(live_compile(&l, "gcc -g -O2 -no-pie", "c", fast_text));
		snprintf(location, sizeof(location), "%s:%s", l.source, lines[i]);
		says = gdb_says(&l, location);
		assert_non_null(says);
		pc = strstr(says, "PC=");
		if (!pc) {
			print_message("# gdb cannot run programs here\n");
			free(says);
			live_end(&l);
			skip();
		}
		live_to_main(&l);
		assert_true(live_run_to(&l, strtoull(pc + 3, NULL, 10)));
		assert_true(unwind(l.image, &l.view, f, 4) >= 1);
		for (int scope = VARIABLES_ARGUMENTS; scope <= VARIABLES_LOCALS; scope++) {
			count = variables_of(l.image, &l.view, &f[0], (enum variable_scope)scope, 0, variable, MANY, &total);
			for (size_t k = 0; k < count; k++) {
				char line[640];
				const char *at;

				snprintf(line, sizeof(line), "\n%s = ", variable[k].name);
				at = strstr(says, line);
				if (!at)
					continue;	/* of an inlined call */
				at += strlen(line);
				if (!variable[k].available || variable[k].value[0] == '0')
					continue;	/* gdb writes strings and pointers its way */
				if (strncmp(at, variable[k].value, strlen(variable[k].value)) != 0)
					fail_msg("line %s: %s is %s; gdb says\n%s", lines[i],
					    variable[k].name, variable[k].value, says);
				compared++;
			}
		}
		free(says);
		live_end(&l);
	}
	print_message("# %zu values are as gdb says\n", compared);
	assert_true(compared >= 6);
}

/* Every instruction of an optimized program: nothing may go wrong. */
static void every_step_optimized(void **state)
{
	static const char *const commands[] = { "gcc -g -O2", "gcc -g -O3 -gdwarf-4", "clang -g -O2" };
	struct live l;
	size_t shown = 0, known = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		if (!live_compile(&l, commands[i], "c", fast_text))
			continue;
		live_to_main(&l);
		for (int step = 0; step < 3000; step++) {
			struct frame f[4];
			size_t frames, total;

			if (image_is_own(l.image, view_register(&l.view, REG_PC))) {
				frames = unwind(l.image, &l.view, f, 4);
				for (size_t k = 0; k < frames; k++) {
					size_t n = variables_of(l.image, &l.view, &f[k],
					    VARIABLES_LOCALS, 0, variable, MANY, &total);

					for (size_t v = 0; v < n; v++, shown++)
						known += variable[v].available;
				}
			}
			if (!live_step(&l))
				break;
		}
		live_end(&l);
	}
	print_message("# %zu values, %zu known\n", shown, known);
	assert_true(known > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_variables), cmocka_unit_test(cxx_variables), cmocka_unit_test(library_types),
		cmocka_unit_test(optimized), cmocka_unit_test(every_step_optimized),
	};

	return RUN_TESTS(tests);
}
