/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * ELFs with broken bits: every question is asked of hundreds of them, each in a
 * process of its own.  What libdw makes of them may end a session, but nothing
 * may hang, and most has to survive.
 */
#include "tests/unit/live.h"

#include <elf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "tracer/program/disasm.h"
#include "tracer/program/functions.h"
#include "tracer/program/lines.h"
#include "tracer/program/variables.h"

#define VARIATIONS	200
#define SECONDS		10	/* of processor time that one may take */

static const char text[] =
	"#include <vector>\n#include <string>\n#include <map>\n"
	"struct point { int x : 3; int y; struct point *next; double d[2][2]; };\n"
	"enum class color { red, green };\n"
	"template <class T> static T add(T a, T b) { T sum = a + b; return sum; }\n"
	"static int work(int n, const char *text, struct point p, int (*call)(int))\n"
	"{\n"
	"	int sized[n]; color c = color::green; std::string s(text);\n"
	"	std::map<int, std::vector<std::string>> m;\n"
	"	for (int i = 0; i < n; i++) { int k = add(i, 1); sized[i] = k; m[k].push_back(s); }\n"
	"	return sized[0] + (int)c + p.y + (call ? call(n) : 0);\n"
	"}\n"
	"int main(int argc, char **argv) { return work(argc, argv[0], point(), nullptr); }\n";

/* -- a moment that never was ---------------------------------------------- */

struct still {
	struct view view;
	const uint8_t *elf;	/* what lies at its segments' addresses */
	size_t size;
	struct region region[3];
	uint64_t stack[512];
};

#define STACK	0x7ff000000000ULL

static size_t still_read(const struct view *v, uint64_t address, void *buffer, size_t length)
{
	const struct still *s = (const struct still *)v;
	uint64_t base = s->region[0].start;

	if (address - base < s->size) {
		if (length > s->size - (address - base))
			length = s->size - (address - base);
		memcpy(buffer, s->elf + (address - base), length);
		return length;
	}
	if (address - STACK < sizeof(s->stack)) {
		if (length > sizeof(s->stack) - (address - STACK))
			length = sizeof(s->stack) - (address - STACK);
		memcpy(buffer, (const uint8_t *)s->stack + (address - STACK), length);
		return length;
	}
	return 0;
}

static const struct region *still_regions(const struct view *v, size_t *count)
{
	*count = 2;
	return ((const struct still *)v)->region;
}

static const struct view_ops still_ops = { .read = still_read, .regions = still_regions };

static uint64_t random_state;

static uint64_t random_number(void)	/* xorshift64 */
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	return random_state ^= random_state << 17;
}

static void still_make(struct still *s, const uint8_t *elf, size_t size, uint64_t pc)
{
	*s = (struct still){ .view = { .ops = &still_ops }, .elf = elf, .size = size };
	s->region[0] = (struct region){ .start = 0x400000, .end = 0x400000 + size,
		.protection = PROT_READ | PROT_EXEC, .name = "program" };
	s->region[1] = (struct region){ .start = STACK, .end = STACK + sizeof(s->stack),
		.protection = PROT_READ | PROT_WRITE, .name = "[stack]" };
	for (size_t i = 0; i < 512; i++)
		s->stack[i] = i % 3 == 0 ? STACK + 8 * (random_number() % 512) : pc + random_number() % 64;
	for (int i = 0; i < REGISTERS_COUNT; i++)
		s->view.registers.word[i] = i % 2 ? STACK + 8 * (random_number() % 512) : random_number();
	s->view.registers.word[REG_PC] = pc;
	s->view.registers.word[REG_SP] = STACK + 256;
	s->view.registers.word[REG_FP] = STACK + 512;
}

static void ask_at(struct image *im, const struct still *s)
{
	static struct variable variable[32];
	static struct frame frame[64];
	struct function f;
	size_t total, frames = unwind(im, &s->view, frame, 64);

	function_find(im, s->view.registers.word[REG_PC], &f);
	for (size_t i = 0; i < frames && i < 3; i++) {
		variables_of(im, &s->view, &frame[i], VARIABLES_ARGUMENTS, 0, variable, 32, &total);
		variables_of(im, &s->view, &frame[i], VARIABLES_LOCALS, 0, variable, 32, &total);
	}
	variable_find(im, &s->view, &frame[0], "nowhere", variable);
}

static void ask_everything(int fd, const uint8_t *elf, size_t size)
{
	const char *file = "source.cc", *path = "/work/source.cc";
	char why[128];
	struct image *im = image_open(fd, &file, &path, 1, why, sizeof(why));
	struct disasm *d = disasm_new();
	struct instruction in[16];
	uint64_t addresses[64], pc;
	unsigned actual;
	struct function f;
	static struct still s;

	if (!im)
		return;
	still_make(&s, elf, size, image_first_stop(im));
	image_update(im, &s.view);
	for (unsigned line = 1; line < 20; line++)
		lines_breakpoints(im, 0, line, addresses, 64, &actual);
	function_by_name(im, "work", &f);
	pc = image_first_stop(im);
	for (int i = 0; i < 40; i++) {
		still_make(&s, elf, size, pc + (uint64_t)i * 37 % 2048 - 512);
		image_is_own(im, s.view.registers.word[REG_PC]);
		disasm(d, &s.view, i % 2 ? DISASM_ATT : DISASM_INTEL, s.view.registers.word[REG_PC], 0, in, 16);
		ask_at(im, &s);
	}
	disasm_free(d);
	image_free(im);
}

/* -- breaking ------------------------------------------------------------- */

enum breaking { HEADERS, DEBUGGING, ANYTHING };

static size_t place_to_break(const uint8_t *elf, size_t size, enum breaking what)
{
	const Elf64_Ehdr *eh = (const Elf64_Ehdr *)elf;
	const Elf64_Shdr *sh = (const Elf64_Shdr *)(elf + eh->e_shoff);

	if (what == HEADERS && random_number() % 8 == 0)
		return random_number() % sizeof(*eh);
	if (what == HEADERS && random_number() % 2)
		return eh->e_phoff + random_number() % (eh->e_phnum * sizeof(Elf64_Phdr));
	if (what == HEADERS)
		return eh->e_shoff + random_number() % (eh->e_shnum * sizeof(*sh));
	for (int tries = 0; tries < 100; tries++) {
		const Elf64_Shdr *one = &sh[1 + random_number() % (eh->e_shnum - 1u)];

		/* Debug sections are those that are not loaded. */
		if (one->sh_type == SHT_NOBITS || one->sh_size == 0 ||
		    (what == DEBUGGING && (one->sh_type != SHT_PROGBITS || one->sh_flags & SHF_ALLOC)))
			continue;
		return one->sh_offset + random_number() % one->sh_size;
	}
	return random_number() % size;
}

static void broken_copy(const uint8_t *elf, uint8_t *copy, size_t size)
{
	enum breaking what = random_number() % 8 == 0 ? HEADERS :
	    random_number() % 4 ? DEBUGGING : ANYTHING;
	unsigned flips = 1 + (unsigned)(random_number() % (what == HEADERS ? 3 : 64));

	memcpy(copy, elf, size);
	while (flips--) {
		uint8_t *at = &copy[place_to_break(elf, size, what)];

		*at = random_number() % 2 ? *at ^ (uint8_t)(1u << random_number() % 8) :
		    (uint8_t)random_number();
	}
}

/* 0 fine, 1 ended by a signal, 2 took too long, 3 stopped by a sanitizer. */
static int in_a_process(const uint8_t *bytes, size_t size)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = memfd_create("broken", MFD_CLOEXEC);

		setrlimit(RLIMIT_CPU, &(struct rlimit){ SECONDS, SECONDS });
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		if (write(fd, bytes, size) != (ssize_t)size)
			_exit(0);
		ask_everything(fd, bytes, size);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL ? 2 : 1;
	return WEXITSTATUS(status) ? 3 : 0;
}

static void variations(const char *command)
{
	struct live l;
	struct stat st;
	uint8_t *elf, *copy;
	unsigned count[4] = { 0 };
	int fd;

	if (!live_compile(&l, command, "cc", text))
		return;
	fd = live_copy(&l);
	assert_int_equal(fstat(fd, &st), 0);
	elf = malloc((size_t)st.st_size);
	copy = malloc((size_t)st.st_size);
	assert_int_equal(pread(fd, elf, (size_t)st.st_size, 0), st.st_size);
	assert_int_equal(in_a_process(elf, (size_t)st.st_size), 0);
	for (unsigned seed = 1; seed <= VARIATIONS; seed++) {
		int how;

		random_state = seed * 0x9e3779b97f4a7c15ULL;
		broken_copy(elf, copy, (size_t)st.st_size);
		how = in_a_process(copy, (size_t)st.st_size);
		if (how)
			print_message("# %s, seed %u: %s\n", command, seed,
			    how == 1 ? "ended by a signal" : how == 2 ? "took too long" : "sanitizer");
		count[how]++;
	}
	print_message("# %s: %u survived, %u ended, %u too long, %u sanitizer\n", command,
	    count[0], count[1], count[2], count[3]);
	assert_int_equal(count[2], 0);
	assert_int_equal(count[3], 0);
	assert_true(count[0] >= VARIATIONS * 9 / 10);
	close(fd);
	free(elf);
	free(copy);
	live_end(&l);
}

/* Thousands of functions, and all of them have the same thousands of ranges. */
static void shared_ranges(void **state)
{
	struct live l;
	struct stat st;
	uint8_t *elf;
	int fd;

	(void)state;
	assert_true(live_compile(&l, "gcc -nostdlib -static -no-pie", "s",
	    "	.globl _start\n_start:	mov $60, %eax\n	syscall\nend:\n"
	    "	.section .debug_abbrev,\"\",@progbits\n"
	    "	.uleb128 1, 0x11\n	.byte 1\n	.uleb128 0x11, 1, 0x12, 7, 0, 0\n"
	    "	.uleb128 2, 0x2e\n	.byte 0\n	.uleb128 0x55, 0x17, 0, 0\n	.uleb128 0\n"
	    "	.section .debug_info,\"\",@progbits\n	.long 2f - 1f\n1:	.short 4\n	.long 0\n	.byte 8\n"
	    "	.uleb128 1\n	.quad _start\n	.quad end - _start\n"
	    "	.rept 100000\n	.uleb128 2\n	.long 0\n	.endr\n	.byte 0\n2:\n"
	    "	.section .debug_ranges,\"\",@progbits\n	.rept 50000\n	.quad 1, 2\n	.endr\n	.quad 0, 0\n"));
	fd = live_copy(&l);
	assert_int_equal(fstat(fd, &st), 0);
	elf = malloc((size_t)st.st_size);
	assert_int_equal(pread(fd, elf, (size_t)st.st_size, 0), st.st_size);
	assert_int_equal(in_a_process(elf, (size_t)st.st_size), 0);
	close(fd);
	free(elf);
	live_end(&l);
}

static void gcc_elf(void **state)
{
	(void)state;
	variations("g++ -g -O0 -no-pie");
	variations("g++ -gdwarf-4 -O2 -no-pie");
}

static void clang_elf(void **state)
{
	(void)state;
	variations("clang++ -g -O1 -no-pie");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_ranges), cmocka_unit_test(gcc_elf), cmocka_unit_test(clang_elf),
	};

	return RUN_TESTS(tests);
}
