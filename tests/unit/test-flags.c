/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The allow-list: what a person may ask of a compiler, and what would run,
 * read or write something (attack suite C06). */
#include "tests/unit/unit.h"

#include <string.h>

#include "compiler/flags.h"

static const char *const allowed[] = {
	"-O", "-O0", "-O1", "-O2", "-O3", "-Os", "-Og", "-Oz", "-Ofast",
	"-std=c11", "-std=gnu17", "-std=c++20", "-std=gnu++2b", "-std=iso9899:1990", "-ansi", "-pedantic", "-pedantic-errors",
	"-w", "-W", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-Werror=format-security", "-Wformat=2",
	"-Wc++11-compat", "-g", "-g0", "-g3", "-ggdb", "-ggdb3", "-gdwarf-4",
	"-DX", "-DX=1", "-D_Y2=\"a b\"", "-DF=@x", "-DE=", "-UX", "-U_Y2",
	"-pthread", "-lm", "-lpthread", "-ldl", "-lrt", "-latomic", "-static", "-pie", "-no-pie", "-fPIE", "-fno-pie",
	"-static-pie", "-nostdlib", "-nostartfiles", "-stdlib=libc++",
	"-m64", "-march=native", "-march=x86-64-v3", "-march=armv8.2-a+fp16", "-mtune=generic", "-masm=intel", "-masm=att",
	"-mavx2", "-mno-avx", "-msse4.2", "-mno-red-zone", "-mpreferred-stack-boundary=4", "-mcmodel=large",
	"-fomit-frame-pointer", "-fno-omit-frame-pointer", "-fno-inline", "-funroll-loops", "-ftree-vectorize",
	"-fno-tree-vectorize", "-fno-stack-protector", "-fstack-protector-strong", "-fno-exceptions", "-fno-rtti",
	"-fwrapv", "-ftrapv", "-fsanitize=undefined", "-ffast-math", "-fcf-protection=none", "-fopenmp", "-fpermissive",
	"-ftemplate-depth=2000", "-fconstexpr-loop-limit=100000", "-falign-functions=32", "-falign-functions",
	"-fvisibility=hidden", "-fno-asynchronous-unwind-tables", "-fanalyzer",
};

static const char *const refused[] = {
	/* runs a program or loads code */
	"-fplugin=/tmp/x.so", "-fplugin=x", "-fplugin-arg-x-y", "-wrapper", "-wrapper,sh", "-B", "-B/tmp", "-B.",
	"-specs=x", "--specs=x", "-specs", "-Xclang", "-load", "-Xlinker", "-Xassembler", "-Xpreprocessor", "-mllvm",
	"-Wl,-plugin,x", "-Wl,-T,x", "-Wl,--version", "-Wa,--help", "-Wp,-fplugin=x", "-Wl,", "-fuse-ld=gold",
	"-fuse-ld=/tmp/x", "--ld-path=/tmp/x", "-fpass-plugin=x", "-no-canonical-prefixes", "-fcrash-diagnostics-dir=/tmp",
	"-gcc-toolchain=/tmp", "--gcc-toolchain=/tmp", "--sysroot=/tmp", "-isysroot", "-ivfsoverlay", "-cc1", "-cc1as",
	/* reads a file */
	"@file", "@/etc/passwd", "--config", "--config=x", "-config", "-include", "-imacros", "-include/etc/passwd",
	"-I/root", "-iquote", "-idirafter", "-L/tmp", "-T", "-Tx.ld", "-fprofile-use", "-fprofile-use=/tmp/x",
	"-fprofile-instr-use=x", "-fauto-profile=x", "-fmodule-map-file=x", "-fmodule-mapper=|sh", "-fsanitize-blacklist=x",
	"-fsanitize-ignorelist=x", "-fxray-always-instrument=x", "-finput-charset=x", "-l:/tmp/x.so", "-lsecret", "-l", "-l../x",
	/* writes one, or elsewhere */
	"-o", "-o/abs", "-oabs", "--output=x", "-M", "-MD", "-MF", "-MFx", "-MMD", "-save-temps", "-save-temps=obj",
	"-dumpdir", "-dumpbase", "-d", "-da", "-fdump-tree-all", "-fdump-rtl-all=/tmp/x", "-fno-dump-tree-all", "-fstack-usage",
	"-fcallgraph-info", "-fprofile-generate", "-fprofile-arcs", "-ftest-coverage", "--coverage", "-fopt-info-all=x",
	"-ftime-trace", "-gsplit-dwarf", "-fdiagnostics-format=sarif-file", "-fsave-optimization-record", "-fmodules-ts",
	"-flto", "-fcompare-debug", "-frandom-seed=x", "-fdebug-prefix-map=/work=/etc", "-fmacro-prefix-map=a=b",
	"-ffile-prefix-map=a=b", "-freport-bug", "-time", "-time=x", "-aux-info",
	/* changes what is made or who reads it */
	"-c", "-S", "-E", "-x", "-xc", "-x c", "-shared", "-r", "-###", "-v", "--help", "--version", "-print-search-dirs",
	"-dumpspecs", "-dM", "-P", "-C", "-m32", "-mx32", "-m16", "-V", "-b", "-target", "--target=x", "-pass-exit-codes",
	/* bad forms of good ones */
	"", "-", "--", "-O4", "-O22", "-O2 -fplugin=x", "-g4", "-g 3", "-Wall\n", "-Wall,-x", "-WALL", "-D", "-D=1", "-D1X",
	"-DX\n", "-DX=\n", "-DX=\x1b[m", "-DX(y)", "-D X", "-U", "-U1", "-UX=1", "-std=", "-std=c11 -x", "-std=/etc",
	"-march=", "-march=a,b", "-march=/x", "-fno-", "-f", "-m", "-mno-", "-fomit-frame-pointer=1", "-falign-functions=",
	"-falign-functions=x", "-ftemplate-depth=99999999999", "-fvisibility=x", "-fsanitize=address", "-masm=", "-masm=x|att",
	"-masm=|", "main.c", "/etc/passwd", "-lm -lx", "-fPIEx", "-pthreads", "-static-x",
	"-Wabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
};

static void test_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		if (!flag_allowed(allowed[i]))
			fail_msg("refused: %s", allowed[i]);
}

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		if (flag_allowed(refused[i]))
			fail_msg("allowed: %s", refused[i]);
}

static void test_message(void **state)
{
	char *flags[] = { (char[]){ "-O2" }, (char[]){ "-Wl,-T\x1b,x" }, NULL };
	char *good[] = { (char[]){ "-O2" }, NULL };
	char why[1025];

	(void)state;
	assert_int_equal(flags_check(good, why, sizeof(why)), -1);
	assert_int_equal(flags_check(flags, why, sizeof(why)), 1);
	assert_non_null(strstr(why, "flags[1] \"-Wl,-T?,x\" is not allowed. Allowed are -O0"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_message),
	};

	return RUN_TESTS(tests);
}
