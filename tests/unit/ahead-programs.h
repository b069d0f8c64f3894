/* SPDX-License-Identifier: AGPL-3.0-or-later */
#ifndef PT_AHEAD_PROGRAMS_H
#define PT_AHEAD_PROGRAMS_H

/* A line that calls, prints, and a library that calls back; ends with (3 + 1330) & 255. */
static const char calls[] =
    "#include <stdio.h>\n#include <stdlib.h>\nint v[4] = { 3, 1, 2, 0 };\n"		/* 3 */
    "static int compare(const void *a, const void *b)\n{\n"				/* 4 */
    "	return *(int *)a - *(int *)b;\n}\n"						/* 6 */
    "static int sum(int n)\n{\n	return n > 0 ? n + sum(n - 1) : 0;\n}\n"		/* 8 */
    "int main(void)\n{\n	int total = 0;\n"					/* 12 */
    "	for (int i = 0; i < 20; i++) {\n"						/* 15 */
    "		total += sum(i);\n"							/* 16 */
    "		printf(\"%d\\n\", total);\n"						/* 17 */
    "	}\n	qsort(v, 4, sizeof v[0], compare);\n"					/* 19 */
    "	return v[3] + total;\n}\n";							/* 20 */

#endif
