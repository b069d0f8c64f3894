/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * See flags.h.  Each row is a flag, or the part of one before its value, and
 * what the value may be.  What changes the code that comes out is here; what
 * reads, writes or runs something is not, and so is what is not known.
 */
#include "config.h"

#include "compiler/flags.h"

#include <stdio.h>
#include <string.h>

#include "src/request-files.h"

enum value {
	NONE,		/* the flag is complete */
	NUMBER,		/* decimal, 9 digits at most */
	OPTNUMBER,	/* "" or "=" and a NUMBER */
	WORD,		/* [A-Za-z0-9+_.-], with : for -std=iso9899:1990, 1 … 32 */
	WARNING,	/* [a-z0-9=+-]*: a comma would be -Wl, -Wa, or -Wp, */
	MACRO,		/* NAME or NAME=anything printable */
	NAME,		/* NAME */
	ONEOF,		/* one of the words */
};

struct flag {
	const char *flag;
	enum value value;
	const char *words;	/* ONEOF: "|a|b|" */
};

#define FLAG(f) { f, NONE, NULL }
#define VALUE(f, kind) { f, kind, NULL }
#define WORDS(f, words) { f, ONEOF, words }

static const struct flag plain[] = {
	WORDS("-O", "||0|1|2|3|s|g|z|fast|"),
	VALUE("-std=", WORD),
	FLAG("-ansi"), FLAG("-pedantic"), FLAG("-pedantic-errors"), FLAG("-w"),
	VALUE("-W", WARNING),
	WORDS("-g", "||0|1|2|3|gdb|gdb0|gdb1|gdb2|gdb3|dwarf|dwarf-2|dwarf-3|dwarf-4|dwarf-5|column-info|no-column-info|"),
	VALUE("-D", MACRO),
	VALUE("-U", NAME),
	WORDS("-l", "|m|pthread|dl|rt|c|util|atomic|stdc++|gcc|gcc_s|crypt|"),
	FLAG("-pthread"), FLAG("-static"), FLAG("-static-pie"), FLAG("-pie"), FLAG("-no-pie"), FLAG("-rdynamic"),
	FLAG("-static-libgcc"), FLAG("-static-libstdc++"),
	FLAG("-nostdlib"), FLAG("-nostartfiles"), FLAG("-nodefaultlibs"), FLAG("-nostdinc"), FLAG("-nostdinc++"),
	WORDS("-stdlib=", "|libstdc++|libc++|"),
};

/* Behind -f or -fno-. */
static const struct flag code[] = {
	FLAG("PIC"), FLAG("PIE"), FLAG("pic"), FLAG("pie"), FLAG("plt"), FLAG("common"),
	FLAG("omit-frame-pointer"), FLAG("asynchronous-unwind-tables"), FLAG("unwind-tables"),
	FLAG("exceptions"), FLAG("non-call-exceptions"), FLAG("delete-dead-exceptions"), FLAG("rtti"),
	FLAG("stack-protector"), FLAG("stack-protector-all"), FLAG("stack-protector-strong"),
	FLAG("stack-protector-explicit"), FLAG("stack-clash-protection"), FLAG("stack-check"),
	FLAG("cf-protection"), WORDS("cf-protection=", "|full|branch|return|none|"),
	WORDS("sanitize=", "|undefined|signed-integer-overflow|shift|bounds|null|alignment|integer-divide-by-zero|"),
	FLAG("sanitize-undefined-trap-on-error"), WORDS("sanitize-trap=", "|all|undefined|"),
	FLAG("trapv"), FLAG("wrapv"), FLAG("wrapv-pointer"), FLAG("strict-overflow"), FLAG("strict-aliasing"),
	FLAG("strict-enums"), FLAG("strict-volatile-bitfields"), FLAG("delete-null-pointer-checks"),
	WORDS("trivial-auto-var-init=", "|zero|pattern|uninitialized|"),
	FLAG("signed-char"), FLAG("unsigned-char"), FLAG("signed-bitfields"), FLAG("unsigned-bitfields"),
	FLAG("short-enums"), FLAG("short-wchar"), FLAG("pack-struct"), VALUE("pack-struct=", NUMBER),
	FLAG("builtin"), FLAG("freestanding"), FLAG("hosted"), FLAG("ms-extensions"), FLAG("plan9-extensions"),
	FLAG("gnu89-inline"), FLAG("gnu-keywords"), FLAG("asm"), FLAG("permissive"), FLAG("char8_t"),
	FLAG("dollars-in-identifiers"), FLAG("extended-identifiers"), FLAG("lax-vector-conversions"),
	FLAG("concepts"), FLAG("coroutines"), FLAG("aligned-new"), FLAG("sized-deallocation"),
	FLAG("elide-constructors"), FLAG("threadsafe-statics"), FLAG("use-cxa-atexit"), FLAG("implicit-templates"),
	FLAG("operator-names"), FLAG("access-control"), FLAG("check-new"), FLAG("nonansi-builtins"),
	VALUE("template-depth=", NUMBER), VALUE("constexpr-depth=", NUMBER), VALUE("constexpr-loop-limit=", NUMBER),
	VALUE("constexpr-ops-limit=", NUMBER), VALUE("constexpr-steps=", NUMBER), VALUE("bracket-depth=", NUMBER),
	WORDS("visibility=", "|default|hidden|protected|internal|"),
	FLAG("visibility-inlines-hidden"), FLAG("semantic-interposition"),
	WORDS("tls-model=", "|global-dynamic|local-dynamic|initial-exec|local-exec|"),
	FLAG("openmp"), FLAG("openmp-simd"), FLAG("openacc"), FLAG("analyzer"), FLAG("verbose-asm"),
	FLAG("inline"), FLAG("inline-functions"), FLAG("inline-functions-called-once"), FLAG("inline-small-functions"),
	VALUE("inline-limit=", NUMBER), FLAG("partial-inlining"), FLAG("indirect-inlining"), FLAG("early-inlining"),
	FLAG("keep-inline-functions"), FLAG("keep-static-functions"), FLAG("keep-static-consts"),
	FLAG("function-sections"), FLAG("data-sections"), FLAG("toplevel-reorder"), FLAG("section-anchors"),
	FLAG("zero-initialized-in-bss"), FLAG("merge-constants"), FLAG("merge-all-constants"),
	FLAG("optimize-sibling-calls"), FLAG("optimize-strlen"), FLAG("function-cse"), FLAG("defer-pop"),
	FLAG("forward-propagate"), FLAG("gcse"), FLAG("gcse-lm"), FLAG("gcse-sm"), FLAG("gcse-las"),
	FLAG("gcse-after-reload"), FLAG("cse-follow-jumps"), FLAG("crossjumping"), FLAG("dce"), FLAG("dse"),
	FLAG("if-conversion"), FLAG("if-conversion2"), FLAG("thread-jumps"), FLAG("jump-tables"), FLAG("bit-tests"),
	FLAG("peephole"), FLAG("peephole2"), FLAG("schedule-insns"), FLAG("schedule-insns2"), FLAG("sched-pressure"),
	FLAG("expensive-optimizations"), FLAG("caller-saves"), FLAG("shrink-wrap"), FLAG("shrink-wrap-separate"),
	FLAG("split-wide-types"), FLAG("combine-stack-adjustments"), FLAG("compare-elim"), FLAG("code-hoisting"),
	FLAG("cprop-registers"), FLAG("rename-registers"), FLAG("web"), FLAG("store-merging"), FLAG("stdarg-opt"),
	FLAG("reorder-blocks"), FLAG("reorder-blocks-and-partition"), FLAG("reorder-functions"),
	FLAG("guess-branch-probability"), FLAG("devirtualize"), FLAG("devirtualize-speculatively"),
	FLAG("hoist-adjacent-loads"), FLAG("isolate-erroneous-paths-dereference"), FLAG("lifetime-dse"),
	FLAG("move-loop-invariants"), FLAG("unroll-loops"), FLAG("unroll-all-loops"), FLAG("peel-loops"),
	FLAG("split-loops"), FLAG("unswitch-loops"), FLAG("version-loops-for-strides"), FLAG("prefetch-loop-arrays"),
	FLAG("vectorize"), FLAG("slp-vectorize"), WORDS("vect-cost-model=", "|unlimited|dynamic|cheap|very-cheap|"),
	VALUE("tree-", WARNING), VALUE("ipa-", WARNING), VALUE("ira-", WARNING), VALUE("loop-", WARNING),
	VALUE("align-functions", OPTNUMBER), VALUE("align-labels", OPTNUMBER),
	VALUE("align-loops", OPTNUMBER), VALUE("align-jumps", OPTNUMBER),
	WORDS("stack-reuse=", "|all|named_vars|none|"),
	FLAG("var-tracking"), FLAG("var-tracking-assignments"), FLAG("debug-types-section"), FLAG("standalone-debug"),
	FLAG("fast-math"), FLAG("unsafe-math-optimizations"), FLAG("associative-math"), FLAG("reciprocal-math"),
	FLAG("finite-math-only"), FLAG("math-errno"), FLAG("signed-zeros"), FLAG("trapping-math"),
	FLAG("rounding-math"), FLAG("signaling-nans"), FLAG("single-precision-constant"), FLAG("float-store"),
	FLAG("cx-limited-range"), FLAG("fp-int-builtin-inexact"),
	WORDS("excess-precision=", "|fast|standard|16|"), WORDS("fp-contract=", "|fast|on|off|"),
};

/* Behind -m or -mno-. */
static const struct flag machine[] = {
	VALUE("arch=", WORD), VALUE("tune=", WORD), VALUE("cpu=", WORD), WORDS("fpmath=", "|387|sse|both|sse+387|"),
	WORDS("asm=", "|intel|att|"),
	WORDS("cmodel=", "|small|medium|large|tiny|"),
	FLAG("64"), FLAG("mmx"), FLAG("sse"), FLAG("sse2"), FLAG("sse3"), FLAG("ssse3"), FLAG("sse4"), FLAG("sse4.1"),
	FLAG("sse4.2"), FLAG("sse4a"), FLAG("avx"), FLAG("avx2"), FLAG("avx512f"), FLAG("avx512bw"), FLAG("avx512cd"),
	FLAG("avx512dq"), FLAG("avx512vl"), FLAG("avx512vbmi"), FLAG("avx512vnni"), FLAG("fma"), FLAG("fma4"), FLAG("f16c"),
	FLAG("bmi"), FLAG("bmi2"), FLAG("lzcnt"), FLAG("popcnt"), FLAG("tbm"), FLAG("adx"), FLAG("aes"), FLAG("vaes"),
	FLAG("sha"), FLAG("pclmul"), FLAG("vpclmulqdq"), FLAG("gfni"), FLAG("movbe"), FLAG("movdiri"), FLAG("cx16"),
	FLAG("sahf"), FLAG("rdrnd"), FLAG("rdseed"), FLAG("xsave"), FLAG("prfchw"), FLAG("crc32"), FLAG("serialize"),
	FLAG("red-zone"), FLAG("80387"), FLAG("hard-float"), FLAG("soft-float"), FLAG("ieee-fp"), FLAG("fancy-math-387"),
	FLAG("general-regs-only"), FLAG("stackrealign"), VALUE("preferred-stack-boundary=", NUMBER),
	FLAG("accumulate-outgoing-args"), FLAG("push-args"), FLAG("omit-leaf-frame-pointer"), FLAG("vzeroupper"),
	FLAG("recip"), FLAG("tls-direct-seg-refs"), FLAG("inline-all-stringops"), FLAG("strict-align"),
	FLAG("outline-atomics"), VALUE("branch-cost=", NUMBER), WORDS("prefer-vector-width=", "|none|128|256|512|"),
	WORDS("branch-protection=", "|none|standard|pac-ret|bti|"),
	WORDS("indirect-branch=", "|keep|thunk|thunk-inline|thunk-extern|"),
	WORDS("function-return=", "|keep|thunk|thunk-inline|thunk-extern|"),
	WORDS("veclibabi=", "|svml|acml|"), FLAG("long-double-64"), FLAG("long-double-80"), FLAG("long-double-128"),
};

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool only(const char *s, const char *set, size_t least, size_t most)
{
	size_t length = strlen(s);

	return length >= least && length <= most && strspn(s, set) == length;
}

static bool is_name(const char *s, size_t length)
{
	return length > 0 && length <= 64 && strchr(DIGITS, *s) == NULL &&
	    strspn(s, LETTERS DIGITS "_") >= length;
}

static bool is_macro(const char *s)
{
	const char *equals = strchrnul(s, '=');

	for (const char *c = equals; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return false;
	return is_name(s, equals - s);
}

/* words: "|a|b|"; "||" holds the empty word. */
static bool one_of(const char *s, const char *words)
{
	size_t length = strlen(s);

	for (const char *w = words + 1; *w != '\0'; w += strcspn(w, "|") + 1)
		if (strcspn(w, "|") == length && memcmp(w, s, length) == 0)
			return true;
	return false;
}

static bool value_fits(const struct flag *flag, const char *value)
{
	switch (flag->value) {
	case NONE:	return *value == '\0';
	case NUMBER:	return only(value, DIGITS, 1, 9);
	case OPTNUMBER:	return *value == '\0' || (*value == '=' && only(value + 1, DIGITS, 1, 9));
	case WORD:	return only(value, LETTERS DIGITS "+_.:-", 1, 32);
	case WARNING:	return only(value, "abcdefghijklmnopqrstuvwxyz" DIGITS "=+-", 0, 64);
	case MACRO:	return is_macro(value);
	case NAME:	return is_name(value, strlen(value));
	case ONEOF:	return one_of(value, flag->words);
	}
	return false;
}

static bool matches(const struct flag *table, size_t count, const char *flag)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(table[i].flag);

		if (strncmp(flag, table[i].flag, length) == 0 && value_fits(&table[i], flag + length))
			return true;
	}
	return false;
}
#define MATCHES(table, flag) matches(table, sizeof(table) / sizeof(*(table)), flag)

static const char *behind(const char *flag, const char *prefix, const char *negated)
{
	if (strncmp(flag, negated, strlen(negated)) == 0)
		return flag + strlen(negated);
	return strncmp(flag, prefix, strlen(prefix)) == 0 ? flag + strlen(prefix) : NULL;
}

bool flag_allowed(const char *flag)
{
	const char *rest;

	if ((rest = behind(flag, "-f", "-fno-")) != NULL)
		return MATCHES(code, rest);
	if ((rest = behind(flag, "-m", "-mno-")) != NULL)
		return MATCHES(machine, rest);
	return MATCHES(plain, flag);
}

int flags_check(char *const flags[], char *why, size_t size)
{
	char shown[REQUEST_SHOWN];

	for (int i = 0; flags[i] != NULL; i++) {
		if (flag_allowed(flags[i]))
			continue;
		snprintf(why, size, "flags[%d] %s is not allowed. Allowed are -O0 to -O3 -Os -Og -Oz -Ofast, "
		    "-std=, -W with lower-case names, -w, -pedantic, -g0 to -g3, -f and -m flags that change the code, "
		    "-DNAME=VALUE, -UNAME, -pthread, -lm -lpthread -ldl -lrt -latomic, -static, -pie, -no-pie, -nostdlib, -nostartfiles.",
		    i, request_show(shown, flags[i]));
		return i;
	}
	return -1;
}

bool flag_is_library(const char *flag)
{
	return strncmp(flag, "-l", 2) == 0;
}

bool flags_have(char *const flags[], const char *flag)
{
	for (size_t i = 0; flags[i] != NULL; i++)
		if (strcmp(flags[i], flag) == 0)
			return true;
	return false;
}
