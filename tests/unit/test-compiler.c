/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The real worker with the real toolchains: what compiles runs and prints what
 * it should, what does not says where and why, each limit has its own answer.
 * Each row runs in the sandbox (level namespaces, where the machine gives it)
 * and without (level none).
 */
#include "config.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/fdutil.h"
#include "tests/unit/worker.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#define MAIN_C(text) { "main.c", text }
#define HELLO "#include <stdio.h>\nint main(void)\n{\n\tputs(\"hello\");\n\treturn 0;\n}\n"

struct program {
	const char *name, *language;
	const char *compiler;		/* NULL: every one that is installed */
	const char *flags[6];
	const char *files[10];		/* name, text, … */
	unsigned status;
	const char *code;
	const char *expect;		/* 201: its output; else or too: see diagnostic */
	const char *diagnostic;		/* "FILE:LINE SEVERITY words", one of them */
};

static const struct program programs[] = {
	{ "hello", "c", NULL, {}, MAIN_C(HELLO), 201, "", "hello\n", NULL },
	{ "name without ending", "c", NULL, {}, { "program", HELLO }, 201, "", "hello\n", NULL },
	{ "flags win over defaults", "c", NULL, { "-O2", "-DGREETING=\"a b\"", "-std=c11", "-Wall", "-lm" },
	  MAIN_C("#include <stdio.h>\n#ifndef __OPTIMIZE__\n#error no -O2\n#endif\nint main(void) { puts(GREETING); }\n"),
	  201, "", "a b\n", NULL },
	{ "static", "c", NULL, { "-static" }, MAIN_C(HELLO), 201, "", "hello\n", NULL },
	{ "position-independent", "c", NULL, { "-fPIE", "-pie" }, MAIN_C(HELLO), 201, "", "hello\n", NULL },
	{ "threads", "c", NULL, { "-pthread" }, MAIN_C("#include <pthread.h>\n#include <stdio.h>\nstatic void *f(void *p) { puts(p); return p; }\n"
	  "int main(void) { pthread_t t; pthread_create(&t, 0, f, \"thread\"); pthread_join(t, 0); }\n"), 201, "", "thread\n", NULL },
	{ "two files and a header", "c", NULL, {}, { "main.c", "#include <stdio.h>\n#include \"sum.h\"\nint main(void) { printf(\"%d\\n\", sum(2, 3)); }\n",
	  "sum.h", "int sum(int, int);\n", "sum.c", "#include \"sum.h\"\nint sum(int a, int b) { return a + b; }\n" }, 201, "", "5\n", NULL },
	{ "a C file that includes another", "c", NULL, {}, { "main.c", "#include <stdio.h>\n#define HALF 1\n#include \"half.c\"\nint main(void) { printf(\"%d\\n\", half(8)); }\n",
	  "half.c", "#ifdef HALF\nstatic int half(int x) { return x / 2; }\n#endif\n" }, 201, "", "4\n", NULL },
	{ "C with assembly", "c", NULL, {}, { "main.c", "#include <stdio.h>\nint seven(void);\nint main(void) { printf(\"%d\\n\", seven()); }\n",
	  "seven.S", "#define SEVEN 7\n\t.globl seven\nseven:\n#if defined(__x86_64__)\n\tmovl $SEVEN, %eax\n#else\n\tmov w0, #SEVEN\n#endif\n\tret\n" }, 201, "", "7\n", NULL },
	{ "map, vector, lambda", "c++", NULL, {}, { "main.cpp", "#include <iostream>\n#include <map>\n#include <string>\n#include <vector>\n"
	  "int main()\n{\n\tstd::map<std::string, int> m{{\"a\", 1}};\n\tstd::vector<int> v{1, 2, 3};\n"
	  "\tauto f = [&](int x) { return x + v[1] + m[\"a\"]; };\n\tstd::cout << f(4) << '\\n';\n}\n" }, 201, "", "7\n", NULL },
	{ "C++20", "c++", NULL, { "-std=c++20" }, { "a.cc", "#include <iostream>\nint main() { auto f = []<class T>(T x) { return x; }; std::cout << f(1) << '\\n'; }\n" }, 201, "", "1\n", NULL },
	{ "a warning on success", "c", NULL, { "-Wall" }, MAIN_C("int main(void)\n{\n\tint unused;\n\treturn 0;\n}\n"), 201, "", "", "main.c:3 warning unused" },
#if defined(__x86_64__)
	{ "assembly with main", "asm", NULL, {}, { "a.s", "\t.globl main\n\t.section .rodata\ns:\t.string \"asm\"\n\t.text\nmain:\n\tpushq %rbp\n\tleaq s(%rip), %rdi\n\tcall puts@PLT\n\txorl %eax, %eax\n\tpopq %rbp\n\tret\n" }, 201, "", "asm\n", NULL },
	{ "assembly with _start", "asm", NULL, {}, { "a.s", "\t.globl _start\n_start:\n\tmovl $1, %eax\n\tmovl $1, %edi\n\tleaq s(%rip), %rsi\n\tmovl $6, %edx\n\tsyscall\n\tmovl $60, %eax\n\txorl %edi, %edi\n\tsyscall\ns:\t.ascii \"start\\n\"\n" }, 201, "", "start\n", NULL },
	{ "assembly, Intel in the source", "asm", NULL, {}, { "a.s", "\t.intel_syntax noprefix\n\t.globl main\nmain:\n\txor eax, eax\n\tret\n" }, 201, "", "", NULL },
	{ "assembly, Intel by flag", "asm", NULL, { "-masm=intel" }, { "a.s", "\t.globl main\nmain:\n\tmov eax, 0\n\tret\n" }, 201, "", "", NULL },
	{ "assembly, preprocessed", "asm", NULL, {}, { "a.S", "#include \"zero.h\"\n\t.globl main\nmain:\n\tmovl $ZERO, %eax\n\tret\n", "zero.h", "#define ZERO 0\n" }, 201, "", "", NULL },
	{ "assembly, wrong instruction", "asm", NULL, {}, { "a.s", "\t.globl main\nmain:\n\tbogus %eax\n\tret\n" }, 422, "compile_failed", NULL, "a.s:3 error" },
	{ "wrong inline assembly", "c", NULL, {}, MAIN_C("int main(void)\n{\n\t__asm__(\"bogus %eax\");\n}\n"), 422, "compile_failed", NULL, "main.c:3 error" },
#endif
	{ "assembly without main or _start", "asm", NULL, {}, { "a.s", "\t.text\nfoo:\n\tret\n" }, 422, "compile_failed", NULL, "- error undefined reference to `main': the program needs a function main" },
	{ "an error", "c", NULL, {}, MAIN_C("int main(void)\n{\n\treturn x;\n}\n"), 422, "compile_failed", NULL, "main.c:3 error" },
	{ "an error in a header", "c", NULL, {}, { "main.c", "#include \"a.h\"\nint main(void) { }\n", "a.h", "\nint f(void) { return x; }\n" }, 422, "compile_failed", NULL, "a.h:2 error" },
	{ "an error in the second file", "c", NULL, {}, { "main.c", "int main(void) { }\n", "second.c", "\nint f(void) { return x; }\n" }, 422, "compile_failed", NULL, "second.c:2 error" },
	{ "an error inside a template", "c++", NULL, {}, { "main.cpp", "#include <map>\nstruct S { };\nint main()\n{\n\tstd::map<S, int> m;\n\tm[S{}] = 1;\n}\n" }, 422, "compile_failed", NULL, "main.cpp:6 error" },
	{ "an undefined function", "c", NULL, {}, MAIN_C("int foo(void);\nint main(void)\n{\n\treturn foo();\n}\n"), 422, "compile_failed", NULL, "main.c:4 error undefined reference to `foo'" },
	{ "a function defined twice", "c", NULL, {}, { "main.c", "int f(void) { return 1; }\nint main(void) { }\n", "second.c", "\nint f(void) { return 2; }\n" }, 422, "compile_failed", NULL, "second.c:2 error multiple definition of `f'; main.c:1: first defined here" },
	{ "no main", "c", NULL, {}, MAIN_C("int f(void) { return 1; }\n"), 422, "compile_failed", NULL, "- error undefined reference to `main': the program needs a function main" },
	{ "garbage", "c", NULL, {}, MAIN_C("\001\002\177ELF \xef\xbf\xbd }{ @$`\n"), 422, "compile_failed", NULL, "main.c:1 error" },
	{ "only blanks", "c", NULL, {}, MAIN_C(" \n\t\n"), 422, "empty_source", NULL, NULL },
	{ "a flag that loads code", "c", NULL, { "-fplugin=x" }, MAIN_C(HELLO), 400, "flag_not_allowed", NULL, NULL },
	{ "an unknown compiler", "c", "icc", {}, MAIN_C(HELLO), 422, "compiler_not_found", NULL, NULL },
	{ "a bad name", "c", NULL, {}, { "../../x.c", HELLO }, 400, "bad_request", NULL, NULL },
	{ "an unknown option of the compiler's", "c", NULL, { "-std=c99999" }, MAIN_C(HELLO), 422, "compile_failed", NULL, "- error" },
	/* attack suite */
	{ "C03 /dev/stdin", "c", NULL, {}, MAIN_C("#include \"/dev/stdin\"\nint main(void) { }\n"), 0, NULL, NULL, NULL },
	{ "C05 includes itself", "c", NULL, {}, MAIN_C("#include \"main.c\"\n#include \"main.c\"\nint main(void) { }\n"), 422, NULL, NULL, "main.c:1 error" },
	{ "C14 #line names a file of the machine", "c", NULL, {}, MAIN_C("#line 7 \"/etc/shadow\"\nint main(void) { return x; }\n"), 422, "compile_failed", NULL, "- error /etc/shadow:7" },
	{ "C15 markup and escapes", "c", NULL, {}, MAIN_C("#error \x1b[31m</script><b>\nint main(void) { }\n"), 422, "compile_failed", NULL, "main.c:1 error" },
};

/* What the sandbox keeps away: only there. */
static const struct program confined[] = {
	{ "C01 /etc/passwd", "c", NULL, {}, MAIN_C("#include \"/etc/passwd\"\nint main(void) { }\n"), 422, "compile_failed", NULL, "main.c:1 error" },
	{ "C01 /root", "c", NULL, {}, MAIN_C("#include \"/root/.ssh/id_rsa\"\nint main(void) { }\n"), 422, "compile_failed", NULL, "main.c:1 error" },
	{ "C01 .incbin /etc/shadow", "asm", NULL, {}, { "a.s", "\t.incbin \"/etc/shadow\"\n" }, 422, "compile_failed", NULL, "a.s:1 error" },
#if !SANITIZED	/* which needs a /proc itself */
	{ "C02 /proc/self/environ", "c", NULL, {}, MAIN_C("#include \"/proc/self/environ\"\nint main(void) { }\n"), 422, "compile_failed", NULL, "main.c:1 error" },
	{ "C02 .incbin /proc/1/environ", "asm", NULL, {}, { "a.s", "\t.incbin \"/proc/1/environ\"\n" }, 422, "compile_failed", NULL, "a.s:1 error" },
	{ "C02 /proc/self/fd/3", "c", NULL, {}, MAIN_C("#include \"/proc/self/fd/3\"\nint main(void) { }\n"), 422, "compile_failed", NULL, "main.c:1 error" },
#endif
};

/* -- judging ---------------------------------------------------------- */

/* The program's standard output, in out. */
static void run_program(int elf, char *out, size_t size)
{
	int fds[2];
	pid_t pid;
	ssize_t n;
	size_t length = 0;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		char *argv[] = { (char[]){ "program" }, NULL }, *envp[] = { NULL };

		dup2(fds[1], 1);
		fexecve(elf, argv, envp);
		_exit(127);
	}
	close(fds[1]);
	while ((n = read(fds[0], out + length, size - 1 - length)) > 0)
		length += n;
	out[length] = '\0';
	close(fds[0]);
	waitpid(pid, NULL, 0);
}

static bool has_diagnostic(const json_t *list, const char *expected)
{
	char head[512];
	json_t *d;
	size_t i;

	json_array_foreach(list, i, d) {
		const char *file = json_string_value(json_object_get(d, "file"));
		const char *message = json_string_value(json_object_get(d, "message"));
		int n = file != NULL ? snprintf(head, sizeof(head), "%s:%d ", file, (int)json_integer_value(json_object_get(d, "line"))) :
		    snprintf(head, sizeof(head), "- ");

		snprintf(head + n, sizeof(head) - n, "%s", json_string_value(json_object_get(d, "severity")));
		n = strlen(head);
		if (strncmp(head, expected, n) == 0 && (expected[n] == '\0' || strstr(message, expected + n + 1) != NULL))
			return true;
	}
	return false;
}

/* No byte of the machine's secrets, and no path of ours. */
static void check_secrets(const struct program *p, const struct worker_result *r)
{
	char *text = r->diagnostics != NULL ? json_dumps(r->diagnostics, JSON_COMPACT) : strdup("");

	if (strstr(text, "root:") != NULL || strstr(text, "source0") != NULL || strstr(text, "/work/") != NULL ||
	    strstr(text, "/tmp/") != NULL || strstr(text, "PATH=") != NULL)
		fail_msg("%s: %s", p->name, text);
	free(text);
}

/* The debug information has our directory and no other. */
static void check_elf(const struct program *p, const struct worker_result *r)
{
	size_t length;
	char *elf = fd_read_all(r->elf, 64 << 20, &length);

	assert_non_null(elf);
	assert_memory_equal(elf, "\177ELF", 4);
	if (memmem(elf, length, "/work", 6) == NULL || memmem(elf, length, "source0.", 8) == NULL)
		fail_msg("%s: no /work, no source0 in the program", p->name);
	if (memmem(elf, length, "/job-", 5) != NULL)
		fail_msg("%s: the job's own directory is in the program", p->name);
	free(elf);
}

static void judge(const struct program *p, const char *compiler, const struct worker_result *r)
{
	char out[4096], *shown = r->diagnostics != NULL ? json_dumps(r->diagnostics, JSON_COMPACT) : NULL;

	if (!r->answered || !WIFEXITED(r->wait_status) || WEXITSTATUS(r->wait_status) != 0)
		fail_msg("%s (%s): no answer, or ended badly (%x)", p->name, compiler, r->wait_status);
	if (p->status != 0 && (r->status != p->status || (p->code != NULL && strcmp(r->code, p->code) != 0)))
		fail_msg("%s (%s): %u %s %s %s", p->name, compiler, r->status, r->code, r->message, shown);
	assert_int_equal(r->elf >= 0, r->status == 201);
	if (p->diagnostic != NULL && !has_diagnostic(r->diagnostics, p->diagnostic))
		fail_msg("%s (%s): %s is not in %s", p->name, compiler, p->diagnostic, shown);
	if (p->expect != NULL) {
		run_program(r->elf, out, sizeof(out));
		if (strcmp(out, p->expect) != 0)
			fail_msg("%s (%s): it printed %s", p->name, compiler, out);
		check_elf(p, r);
	}
	if (r->status == 201 && p->diagnostic == NULL && json_array_size(r->diagnostics) > 0)
		fail_msg("%s (%s): unexpected %s", p->name, compiler, shown);
	check_secrets(p, r);
	free(shown);
}

static void try(enum isolation level, const struct program *p, const char *compiler)
{
	char *body = worker_body(p->language, compiler, p->flags, p->files);
	struct worker_result r;

	worker_run(level, worker_job(), body, strlen(body), &r);
	judge(p, compiler, &r);
	worker_result_free(&r);
	free(body);
}

/* -- tests ------------------------------------------------------------ */

static bool namespaces;
static struct msg_tools tools;

static bool have(const char *language, const char *compiler)
{
	for (size_t i = 0; i < tools.tools_len; i++)
		if (strcmp(tools.tools[i].language, language) == 0 && strcmp(tools.tools[i].compiler, compiler) == 0)
			return true;
	return false;
}

static void try_all(enum isolation level, const struct program *list, size_t count)
{
	static const char *const compilers[] = { "gcc", "clang" };
	/* What is only so at this level is the same for each. */
	size_t compiler_count = level == ISOLATION_NAMESPACES ? 2 : 1;

	for (size_t i = 0; i < count; i++) {
		if (list[i].compiler != NULL) {
			try(level, &list[i], list[i].compiler);
			continue;
		}
		for (size_t c = 0; c < compiler_count; c++)
			if (have(list[i].language, compilers[c]))
				try(level, &list[i], compilers[c]);
	}
}

static void test_probe(void **state)
{
	struct msg_job job = worker_job();
	struct worker_result r;

	(void)state;
	job.probe = 1;
	worker_run(namespaces ? ISOLATION_NAMESPACES : ISOLATION_NONE, job, NULL, 0, &r);
	assert_true(r.answered);
	assert_non_null(r.tools);
	tools = *r.tools;
	assert_true(have("c", "gcc"));
	for (size_t i = 0; i < tools.tools_len; i++) {
		printf("# %s %s: %s\n", tools.tools[i].language, tools.tools[i].compiler, tools.tools[i].version);
		assert_non_null(strpbrk(tools.tools[i].version, "0123456789"));
	}
	worker_result_free(&r);
}

static void test_sandboxed(void **state)
{
	(void)state;
	if (!namespaces)
		skip();
	try_all(ISOLATION_NAMESPACES, programs, sizeof(programs) / sizeof(*programs));
	try_all(ISOLATION_NAMESPACES, confined, sizeof(confined) / sizeof(*confined));
}

/* One of each language: what is otherwise so is the same as at the other levels. */
static void test_restricted(void **state)
{
	(void)state;
	if (!worker_possible(ISOLATION_RESTRICTED))
		skip();
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++)
		if (i == 0 || strcmp(programs[i].language, programs[i - 1].language) != 0)
			try_all(ISOLATION_RESTRICTED, &programs[i], 1);
}

static void test_unsandboxed(void **state)
{
	(void)state;
	try_all(ISOLATION_NONE, programs, sizeof(programs) / sizeof(*programs));
}

/* -- limits ----------------------------------------------------------- */

static const char template_bomb[] = "template<int N> struct A { A<N + 1> a; int x[N]; }; A<0> a; int main() { }\n";
static const char constexpr_bomb[] =
    "constexpr unsigned long f(unsigned long n) { unsigned long s = 0; for (unsigned long i = 0; i < n; i++) s += i; return s; }\n"
    "constexpr auto v = f(1ul << 40);\nint main() { return v; }\n";
static const char warning_flood[] =
    "#define W1 { int *p = 1; char *q = 2; }\n#define W2 W1 W1 W1 W1 W1 W1 W1 W1\n#define W3 W2 W2 W2 W2 W2 W2 W2 W2\n"
    "#define W4 W3 W3 W3 W3 W3 W3 W3 W3\nint main(void) { W4 W4 W4 W4 W4 W4 W4 W4 }\n";

static const struct {
	struct program program;
	struct msg_job job;	/* what is not 0 replaces the standard */
	const char *words;
} limits[] = {
	{ { "wall-clock time", "c++", "gcc", { "-fconstexpr-ops-limit=999999999", "-fconstexpr-loop-limit=999999999" }, { "a.cc", constexpr_bomb }, 422, "limit_time", NULL, NULL },
	  { .wall_milliseconds = 1000 }, "limits are 1 s" },
	{ { "processor time", "c++", "gcc", { "-fconstexpr-ops-limit=999999999", "-fconstexpr-loop-limit=999999999" }, { "a.cc", constexpr_bomb }, 422, "limit_time", NULL, NULL },
	  { .cpu_seconds = 1 }, "1 s of processor time" },
	{ { "processor time", "c++", "clang", { "-fconstexpr-steps=999999999" }, { "a.cc", constexpr_bomb }, 422, "limit_time", NULL, NULL },
	  { .cpu_seconds = 1 }, "1 s of processor time" },
	{ { "C03 include /dev/zero", "c", "gcc", {}, MAIN_C("#include \"/dev/zero\"\nint main(void) { }\n"), 422, "limit_memory", NULL, NULL },
	  { .memory_bytes = 256 << 20 }, "limit is 256 MiB" },
	{ { "C04 .rept", "asm", "gcc", {}, { "a.s", "main: .rept 2147483647\n.quad 1\n.endr\n" }, 422, "limit_memory", NULL, NULL }, { .probe = 0 }, "1024 MiB" },
	{ { "C04 .rept", "asm", "clang", {}, { "a.s", "main: .rept 2147483647\n.quad 1\n.endr\n" }, 422, "limit_memory", NULL, NULL }, { .memory_bytes = 512 << 20 }, "512 MiB" },
	{ { "C04 .fill", "asm", "gcc", {}, { "a.s", "main: .fill 0x7fffffff,8,1\n" }, 422, "limit_output", NULL, NULL }, { .output_bytes = 1 << 20 }, "1024 KiB" },
	{ { "C04 main[-1u]", "c", "gcc", {}, MAIN_C("main[-1u]={1};\n"), 422, "limit_output", NULL, NULL }, { .output_bytes = 1 << 20 }, "1024 KiB" },
	{ { "a large array", "c", "gcc", {}, MAIN_C("int a[1 << 20] = { 1 };\nint main(void) { return a[3]; }\n"), 422, "limit_output", NULL, NULL }, { .output_bytes = 1 << 20 }, "1024 KiB" },
	{ { "a large array", "c", "clang", {}, MAIN_C("int a[1 << 20] = { 1 };\nint main(void) { return a[3]; }\n"), 422, "limit_output", NULL, NULL }, { .output_bytes = 1 << 20 }, "1024 KiB" },
	{ { "warnings without end", "c", "gcc", {}, MAIN_C(warning_flood), 422, "limit_diagnostics", NULL, "main.c:1 warning" }, { .diagnostics_bytes = 8 << 10 }, "64 KiB" },
	{ { "warnings without end", "c", "clang", {}, MAIN_C(warning_flood), 422, "limit_diagnostics", NULL, "main.c:5 warning" }, { .diagnostics_bytes = 8 << 10 }, "64 KiB" },
	{ { "C05 template recursion", "c++", "gcc", { "-ftemplate-depth=9999999" }, { "a.cc", template_bomb }, 422, NULL, NULL, NULL }, { .memory_bytes = 512 << 20 }, "" },
	{ { "C05 template recursion", "c++", "clang", {}, { "a.cc", template_bomb }, 422, "compile_failed", NULL, "a.cc:1 error" }, { .probe = 0 }, "" },
};

static struct msg_job limited(const struct msg_job *l)
{
	struct msg_job job = worker_job();

	job.wall_milliseconds = l->wall_milliseconds > 0 ? l->wall_milliseconds : job.wall_milliseconds;
	job.cpu_seconds = l->cpu_seconds > 0 ? l->cpu_seconds : job.cpu_seconds;
	job.memory_bytes = l->memory_bytes > 0 ? l->memory_bytes : job.memory_bytes;
	job.output_bytes = l->output_bytes > 0 ? l->output_bytes : job.output_bytes;
	job.diagnostics_bytes = l->diagnostics_bytes > 0 ? l->diagnostics_bytes : job.diagnostics_bytes;
	job.processes = l->processes > 0 ? l->processes : job.processes;
	return job;
}

static void try_limits(enum isolation level)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		const struct program *p = &limits[i].program;
		struct msg_job job = limited(&limits[i].job);
		char *body = worker_body(p->language, p->compiler, p->flags, p->files);
		struct worker_result r;

		if (have(p->language, p->compiler)) {
			worker_run(level, job, body, strlen(body), &r);
			judge(p, p->compiler, &r);
			if (strstr(r.message, limits[i].words) == NULL)
				fail_msg("%s: %s is not in: %s", p->name, limits[i].words, r.message);
			if (r.diagnostics != NULL) {
				char *text = json_dumps(r.diagnostics, JSON_COMPACT);

				assert_true(strlen(text) <= job.diagnostics_bytes);
				free(text);
			}
			worker_result_free(&r);
		}
		free(body);
	}
}

static void test_limits(void **state)
{
	(void)state;
	try_limits(namespaces ? ISOLATION_NAMESPACES : ISOLATION_NONE);
}

/* Only in a user namespace of the worker's own does this count the job's. */
static void test_limit_processes(void **state)
{
	static const struct program p = { "processes", "c", "gcc", {}, MAIN_C(HELLO), 422, "limit_processes", NULL, NULL };
	char *body = worker_body(p.language, p.compiler, p.flags, p.files);
	struct msg_job job = worker_job();
	struct worker_result r;

	(void)state;
	if (!namespaces)
		skip();
	job.processes = 2;
	worker_run(ISOLATION_NAMESPACES, job, body, strlen(body), &r);
	judge(&p, p.compiler, &r);
	worker_result_free(&r);
	free(body);
}

/* -- odd requests ----------------------------------------------------- */

static void test_two_megabytes(void **state)
{
	size_t size = 2 << 20;
	char *source = malloc(size + 256), *body;
	const char *files[] = { "main.c", source, NULL };
	struct worker_result r;

	(void)state;
	strcpy(source, HELLO);
	for (size_t n = strlen(source); n < size; n += 40)
		sprintf(source + n, "/* %-33zu*/\n", n);
	body = worker_body("c", NULL, NULL, files);
	worker_run(namespaces ? ISOLATION_NAMESPACES : ISOLATION_NONE, worker_job(), body, strlen(body), &r);
	assert_int_equal(r.status, 201);
	assert_string_equal(r.language, "c");
	worker_result_free(&r);
	free(body);
	free(source);
}

static void answer_to(const void *body, size_t length, unsigned status, const char *code)
{
	struct worker_result r;

	worker_run(namespaces ? ISOLATION_NAMESPACES : ISOLATION_NONE, worker_job(), body, length, &r);
	assert_true(r.answered);
	assert_int_equal(r.status, status);
	assert_string_equal(r.code, code);
	assert_true(strlen(r.message) > 10);
	worker_result_free(&r);
}

static void test_bad_bodies(void **state)
{
	static const char nul[] = "{\"language\":\"c\",\"files\":[{\"name\":\"a.c\",\"text\":\"\0\"}]}";
	struct msg_job job = worker_job();
	struct worker_result r;

	(void)state;
	answer_to("", 0, 400, "bad_request");
	answer_to("\177ELF\2\1\1", 7, 400, "bad_request");
	answer_to(nul, sizeof(nul) - 1, 400, "bad_request");
	answer_to("{\"language\":\"c\",\"files\":[]}", 27, 422, "empty_source");
	worker_run(namespaces ? ISOLATION_NAMESPACES : ISOLATION_NONE, job, NULL, 0, &r);
	assert_int_equal(r.status, 400);
	worker_result_free(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_sandboxed),
		cmocka_unit_test(test_restricted),
		cmocka_unit_test(test_unsandboxed),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_limit_processes),
		cmocka_unit_test(test_two_megabytes),
		cmocka_unit_test(test_bad_bodies),
	};

	namespaces = worker_possible(ISOLATION_NAMESPACES);
	return RUN_TESTS(tests);
}
