# SPDX-License-Identifier: AGPL-3.0-or-later
# toolchains.conf to a table in C; a line of another form stops the build.
BEGIN {
	language["c"] = "LANGUAGE_C"; language["c++"] = "LANGUAGE_CXX"; language["asm"] = "LANGUAGE_ASM"
	dialect["gnu"] = "DIALECT_GNU"; dialect["llvm"] = "DIALECT_LLVM"
	print "/* Made from compiler/toolchains.conf. */\n#include \"compiler/toolchain.h\"\n"
	print "const struct toolchain toolchains[] = {"
}
/^[ \t]*(#|$)/ { next }
NF != 5 || !($1 in language) || !($3 in dialect) || $4 !~ /^\// || $5 !~ /^\// {
	printf "%s:%d: not a toolchain: %s\n", FILENAME, FNR, $0 > "/dev/stderr"
	bad = 1
	exit 1
}
{ printf "	{ %s, \"%s\", %s, \"%s\", \"%s\" },\n", language[$1], $2, dialect[$3], $4, $5 }
END { if (!bad) print "};\nconst size_t toolchain_count = sizeof(toolchains) / sizeof(*toolchains);" }
