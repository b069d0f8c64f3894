/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Programs that leave their lines in every way that there is. */
#ifndef PT_STEPPING_PROGRAMS_H
#define PT_STEPPING_PROGRAMS_H

static const char recursion[] =
"static int f(int n)\n"			/* 1 */
"{\n"					/* 2 */
"	if (n == 0)\n"			/* 3 */
"		return 1;\n"		/* 4 */
"	int r = f(n - 1);\n"		/* 5 */
"	return r + n;\n"		/* 6 */
"}\n"					/* 7 */
"int main(void)\n"			/* 8 */
"{\n"					/* 9 */
"	int r = f(2);\n"		/* 10 */
"	return r;\n"			/* 11 */
"}\n";

static const char callbacks[] =
"#include <stdlib.h>\n"			/* 1 */
"static int order(const void *a, const void *b)\n"	/* 2 */
"{\n"					/* 3 */
"	int x = *(const int *)a;\n"	/* 4 */
"	return x - *(const int *)b;\n"	/* 5 */
"}\n"					/* 6 */
"int main(void)\n"			/* 7 */
"{\n"					/* 8 */
"	int v[] = { 3, 1, 2 };\n"	/* 9 */
"	qsort(v, 3, sizeof *v, order);\n"	/* 10 */
"	return v[0] - 1;\n"		/* 11 */
"}\n";					/* 12 */

static const char jumps[] =
"#include <setjmp.h>\n"			/* 1 */
"static jmp_buf b;\n"			/* 2 */
"static int n;\n"			/* 3 */
"static void deeper(void)\n"		/* 4 */
"{\n"					/* 5 */
"	n++;\n"				/* 6 */
"	longjmp(b, n);\n"		/* 7 */
"}\n"					/* 8 */
"static void deep(void)\n"		/* 9 */
"{\n"					/* 10 */
"	deeper();\n"			/* 11 */
"	n = 100;\n"			/* 12 */
"}\n"					/* 13 */
"int main(void)\n"			/* 14 */
"{\n"					/* 15 */
"	volatile int r = setjmp(b);\n"	/* 16 */
"	if (r < 2)\n"			/* 17 */
"		deep();\n"		/* 18 */
"	return n - 2;\n"		/* 19 */
"}\n";

static const char handlers[] =
"#include <setjmp.h>\n"			/* 1 */
"#include <signal.h>\n"			/* 2 */
"static sigjmp_buf b;\n"		/* 3 */
"static volatile int n;\n"		/* 4 */
"static void on(int s)\n"		/* 5 */
"{\n"					/* 6 */
"	n++;\n"				/* 7 */
"	if (s == SIGUSR2)\n"		/* 8 */
"		siglongjmp(b, 1);\n"	/* 9 */
"}\n"					/* 10 */
"int main(void)\n"			/* 11 */
"{\n"					/* 12 */
"	signal(SIGUSR1, on);\n"		/* 13 */
"	signal(SIGUSR2, on);\n"		/* 14 */
"	raise(SIGUSR1);\n"		/* 15 */
"	n += 10;\n"			/* 16 */
"	if (sigsetjmp(b, 1) == 0)\n"	/* 17 */
"		raise(SIGUSR2);\n"	/* 18 */
"	return n - 12;\n"		/* 19 */
"}\n";

static const char exceptions[] =
"struct noisy { int *n; explicit noisy(int *p) : n(p) {} ~noisy() { ++*n; } };\n"	/* 1 */
"static int gone;\n"			/* 2 */
"static int thrower(int x)\n"		/* 3 */
"{\n"					/* 4 */
"	if (x > 1)\n"			/* 5 */
"		throw x;\n"		/* 6 */
"	return x;\n"			/* 7 */
"}\n"					/* 8 */
"static int between(int x)\n"		/* 9 */
"{\n"					/* 10 */
"	noisy guard(&gone);\n"		/* 11 */
"	return thrower(x) + 1;\n"	/* 12 */
"}\n"					/* 13 */
"int main()\n"				/* 14 */
"{\n"					/* 15 */
"	int r = 0;\n"			/* 16 */
"	try {\n"			/* 17 */
"		r = between(1);\n"	/* 18 */
"		r += between(2);\n"	/* 19 */
"		r = 100;\n"		/* 20 */
"	} catch (int e) {\n"		/* 21 */
"		r += e;\n"		/* 22 */
"	}\n"				/* 23 */
"	return r - 4 + gone - 2;\n"	/* 24 */
"}\n";

static const char inlines[] =
"#define IN static inline __attribute__((always_inline))\n"	/* 1 */
"volatile int sink;\n"			/* 2 */
"IN int half(int x)\n"			/* 3 */
"{\n"					/* 4 */
"	sink = x;\n"			/* 5 */
"	return sink / 2;\n"		/* 6 */
"}\n"					/* 7 */
"IN int quarter(int x)\n"		/* 8 */
"{\n"					/* 9 */
"	int h = half(x);\n"		/* 10 */
"	sink = h;\n"			/* 11 */
"	return half(sink);\n"		/* 12 */
"}\n"					/* 13 */
"int __attribute__((noinline)) plain(int x)\n"	/* 14 */
"{\n"					/* 15 */
"	sink = x;\n"			/* 16 */
"	return sink + 1;\n"		/* 17 */
"}\n"					/* 18 */
"IN int calls(int x)\n"			/* 19 */
"{\n"					/* 20 */
"	sink = plain(x);\n"		/* 21 */
"	return sink;\n"			/* 22 */
"}\n"					/* 23 */
"int main(void)\n"			/* 24 */
"{\n"					/* 25 */
"	sink = 40;\n"			/* 26 */
"	int a = quarter(sink);\n"	/* 27 */
"	sink = a;\n"			/* 28 */
"	a = calls(a);\n"		/* 29 */
"	sink = a;\n"			/* 30 */
"	return a - 11;\n"		/* 31 */
"}\n";

static const char tails[] =
"#include <stdio.h>\n"			/* 1 */
"volatile int sink;\n"			/* 2 */
"int __attribute__((noinline)) odd(int n);\n"	/* 3 */
"int __attribute__((noinline)) even(int n)\n"	/* 4 */
"{\n"					/* 5 */
"	sink = n;\n"			/* 6 */
"	if (n == 0)\n"			/* 7 */
"		return 1;\n"		/* 8 */
"	return odd(n - 1);\n"		/* 9 */
"}\n"					/* 10 */
"int __attribute__((noinline)) odd(int n)\n"	/* 11 */
"{\n"					/* 12 */
"	sink = -n;\n"			/* 13 */
"	if (n == 0)\n"			/* 14 */
"		return 0;\n"		/* 15 */
"	return even(n - 1);\n"		/* 16 */
"}\n"					/* 17 */
"int __attribute__((noinline)) say(const char *s)\n"	/* 18 */
"{\n"					/* 19 */
"	sink = 1;\n"			/* 20 */
"	return puts(s);\n"		/* 21 */
"}\n"					/* 22 */
"int main(void)\n"			/* 23 */
"{\n"					/* 24 */
"	sink = even(5);\n"		/* 25 */
"	sink += say(\"said\");\n"	/* 26 */
"	sink = 3;\n"			/* 27 */
"	return sink - 3;\n"		/* 28 */
"}\n";

static const char loops[] =
"volatile int sink;\n"			/* 1 */
"static int sum(const int *v, int n)\n"	/* 2 */
"{\n"					/* 3 */
"	int s = 0;\n"			/* 4 */
"	for (int i = 0; i < n; i++) {\n"	/* 5 */
"		if (v[i] & 1)\n"	/* 6 */
"			continue;\n"	/* 7 */
"		s += v[i];\n"		/* 8 */
"		sink = s;\n"		/* 9 */
"	}\n"				/* 10 */
"	return s;\n"			/* 11 */
"}\n"					/* 12 */
"int main(int argc, char **argv)\n"	/* 13 */
"{\n"					/* 14 */
"	int n = argc + 3, v[n];\n"	/* 15 */
"	char *p = __builtin_alloca(n * 100);\n"	/* 16 */
"	p[0] = **argv & 0;\n"	/* 17 */
"	for (int i = 0; i < n; i++)\n"	/* 18 */
"		v[i] = i;\n"		/* 19 */
"	while (n > 2) n--;\n"		/* 20 */
"	sink = sum(v, 4) + p[0];\n"	/* 21 */
"	switch (sink & 1) {\n"		/* 22 */
"	case 0: sink = 5; break;\n"	/* 23 */
"	default: sink = 6;\n"		/* 24 */
"	}\n"				/* 25 */
"	return n - 2;\n"		/* 26 */
"}\n";

static const char endings[] =
"#include <stdlib.h>\n"			/* 1 */
"static int n;\n"			/* 2 */
"static void __attribute__((constructor)) before(void)\n"	/* 3 */
"{\n"					/* 4 */
"	n = 1;\n"			/* 5 */
"}\n"					/* 6 */
"static void first(void)\n"		/* 7 */
"{\n"					/* 8 */
"	n++;\n"				/* 9 */
"}\n"					/* 10 */
"static void second(void)\n"		/* 11 */
"{\n"					/* 12 */
"	n++;\n"				/* 13 */
"}\n"					/* 14 */
"int main(void)\n"			/* 15 */
"{\n"					/* 16 */
"	atexit(first);\n"		/* 17 */
"	atexit(second);\n"		/* 18 */
"	return n - 1;\n"		/* 19 */
"}\n";					/* 20 */

static const char coroutines[] =
"#include <ucontext.h>\n"		/* 1 */
"static ucontext_t back, co;\n"		/* 2 */
"static char stack[65536];\n"		/* 3 */
"static int n;\n"			/* 4 */
"static void step(void)\n"		/* 5 */
"{\n"					/* 6 */
"	n++;\n"				/* 7 */
"	swapcontext(&co, &back);\n"	/* 8 */
"	n++;\n"				/* 9 */
"}\n"					/* 10 */
"static void work(void)\n"		/* 11 */
"{\n"					/* 12 */
"	step();\n"			/* 13 */
"	n += 10;\n"			/* 14 */
"}\n"					/* 15 */
"static void resume(void)\n"		/* 16 */
"{\n"					/* 17 */
"	swapcontext(&back, &co);\n"	/* 18 */
"	n += 100;\n"			/* 19 */
"}\n"					/* 20 */
"int main(void)\n"			/* 21 */
"{\n"					/* 22 */
"	getcontext(&co);\n"		/* 23 */
"	co.uc_stack.ss_sp = stack;\n"	/* 24 */
"	co.uc_stack.ss_size = sizeof stack;\n"	/* 25 */
"	co.uc_link = &back;\n"		/* 26 */
"	makecontext(&co, work, 0);\n"	/* 27 */
"	resume();\n"			/* 28 */
"	resume();\n"			/* 29 */
"	return n - 212;\n"		/* 30 */
"}\n";

#endif
