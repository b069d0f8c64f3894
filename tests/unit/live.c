/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tests/unit/live.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/elf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "tracer/program/functions.h"
#include "tracer/program/lines.h"

#if defined(__x86_64__)
static const uint8_t trap[] = { 0xcc };
#define TRAP_BEHIND	1	/* pc stands behind it */
#else
static const uint8_t trap[] = { 0x00, 0x00, 0x20, 0xd4 };	/* brk #0 */
#define TRAP_BEHIND	0
#endif

/* One folder for the whole test program; removed at its end. */
static const char *folder(void)
{
	static char path[64];

	if (!path[0]) {
		snprintf(path, sizeof(path), "/tmp/program-test-XXXXXX");
		if (!mkdtemp(path))
			abort();
	}
	return path;
}

static void __attribute__((destructor)) remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder());
	if (system(command) != 0)
		perror(command);
}

bool live_has(const char *program)
{
	char command[600];

	snprintf(command, sizeof(command), "command -v %s >/dev/null 2>&1", program);
	return system(command) == 0;
}

char *live_output(const char *command)
{
	FILE *pipe = popen(command, "re");
	size_t size = 0, length = 0;
	char *text = NULL;

	if (!pipe)
		return NULL;
	do {
		text = realloc(text, size += 65536);
		length += fread(text + length, 1, size - length - 1, pipe);
	} while (!feof(pipe) && length + 1 == size);
	text[length] = '\0';
	if (pclose(pipe) == 0)
		return text;
	free(text);
	return NULL;
}

bool live_compile(struct live *l, const char *compiler, const char *extension, const char *text)
{
	static int number;
	char command[512];
	FILE *file;

	memset(l, 0, sizeof(*l));
	l->elf = -1;
	snprintf(command, sizeof(command), "%.*s", (int)strcspn(compiler, " "), compiler);
	if (!live_has(command))
		return false;
	snprintf(l->source, sizeof(l->source), "%s/source%d.%s", folder(), number, extension);
	snprintf(l->binary, sizeof(l->binary), "%s/program%d", folder(), number++);
	file = fopen(l->source, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	snprintf(command, sizeof(command), "%s %s -o %s", compiler, l->source, l->binary);
	return system(command) == 0;
}

bool live_image(struct live *l)
{
	const char *file = strrchr(l->source, '/') + 1, *path = l->source;
	char why[128];

	l->elf = open(l->binary, O_RDONLY | O_CLOEXEC);
	assert_true(l->elf >= 0);
	l->image = image_open(l->elf, &file, &path, 1, why, sizeof(why));
	if (!l->image)
		print_message("# %s\n", why);
	return l->image != NULL;
}

int live_copy(const struct live *l)
{
	struct stat st;
	int from = open(l->binary, O_RDONLY | O_CLOEXEC);
	int to = memfd_create("copy", MFD_CLOEXEC);
	char *bytes;

	assert_true(from >= 0 && to >= 0 && fstat(from, &st) == 0);
	bytes = malloc((size_t)st.st_size);
	assert_int_equal(read(from, bytes, (size_t)st.st_size), st.st_size);
	assert_int_equal(write(to, bytes, (size_t)st.st_size), st.st_size);
	free(bytes);
	close(from);
	return to;
}

/* -- the view ------------------------------------------------------------ */

static size_t live_read(const struct view *v, uint64_t address, void *buffer, size_t length)
{
	const struct live *l = (const struct live *)v;
	struct iovec to = { buffer, length }, from = { (void *)(uintptr_t)address, length };
	ssize_t n = process_vm_readv(l->pid, &to, 1, &from, 1, 0);
	size_t done = n > 0 ? (size_t)n : 0;

	/* It gives nothing of a page that is only partly in range: go on by pages. */
	while (done < length) {
		size_t part = 4096 - ((address + done) & 4095);

		to = (struct iovec){ (char *)buffer + done, part < length - done ? part : length - done };
		from = (struct iovec){ (void *)(uintptr_t)(address + done), to.iov_len };
		n = process_vm_readv(l->pid, &to, 1, &from, 1, 0);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static const struct region *live_regions(const struct view *v, size_t *count)
{
	const struct live *l = (const struct live *)v;

	*count = l->region_count;
	return l->regions;
}

static const struct view_ops live_ops = { .read = live_read, .regions = live_regions };

static void read_maps(struct live *l)
{
	char path[32], line[512];
	FILE *maps;

	for (size_t i = 0; i < l->region_count; i++)
		free((char *)l->regions[i].name);
	l->region_count = 0;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)l->pid);
	maps = fopen(path, "re");
	assert_non_null(maps);
	while (l->region_count < LIVE_REGIONS && fgets(line, sizeof(line), maps)) {
		struct region *r = &l->regions[l->region_count];
		char flags[5];
		int name = 0;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%lx-%lx %4s %lx %*s %*u %n", &r->start, &r->end, flags,
		    &r->offset, &name) < 4)
			continue;
		r->protection = (flags[0] == 'r' ? PROT_READ : 0u) |
		    (flags[1] == 'w' ? PROT_WRITE : 0u) | (flags[2] == 'x' ? PROT_EXEC : 0u);
		r->shared = flags[3] == 's';
		r->name = strdup(name ? line + name : "");
		l->region_count++;
	}
	fclose(maps);
}

static void read_registers(struct live *l)
{
	struct iovec io = { &l->view.registers, sizeof(l->view.registers) };

	assert_int_equal(ptrace(PTRACE_GETREGSET, l->pid, NT_PRSTATUS, &io), 0);
}

static void refresh(struct live *l)
{
	read_registers(l);
	read_maps(l);
}

static void set_pc(struct live *l, uint64_t pc)
{
	struct iovec io = { &l->view.registers, sizeof(l->view.registers) };

	l->view.registers.word[REG_PC] = pc;
	assert_int_equal(ptrace(PTRACE_SETREGSET, l->pid, NT_PRSTATUS, &io), 0);
}

void live_start(struct live *l)
{
	int status;

	l->view.ops = &live_ops;
	l->pid = fork();
	assert_true(l->pid >= 0);
	if (l->pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl(l->binary, "program", "one", "two", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(l->pid, &status, 0), l->pid);
	assert_true(WIFSTOPPED(status));
	l->view.thread = l->pid;
	ptrace(PTRACE_SETOPTIONS, l->pid, NULL, PTRACE_O_EXITKILL);
	refresh(l);
}

/* Goes on until a stop with this signal; other signals are delivered. */
static bool go_on(struct live *l, int request, int until)
{
	int status, deliver = 0;

	for (;;) {
		if (ptrace(request, l->pid, NULL, deliver) != 0 ||
		    waitpid(l->pid, &status, 0) != l->pid || !WIFSTOPPED(status)) {
			l->pid = 0;
			return false;
		}
		if (WSTOPSIG(status) == until)
			return true;
		deliver = WSTOPSIG(status);
	}
}

static void poke(struct live *l, uint64_t address, const uint8_t *bytes, uint8_t *saved)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)l->pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	if (saved)
		assert_int_equal(pread(fd, saved, sizeof(trap), (off_t)address), sizeof(trap));
	assert_int_equal(pwrite(fd, bytes, sizeof(trap), (off_t)address), sizeof(trap));
	close(fd);
}

bool live_run_to(struct live *l, uint64_t address)
{
	uint8_t saved[sizeof(trap)];

	poke(l, address, trap, saved);
	if (!go_on(l, PTRACE_CONT, SIGTRAP))
		return false;
	refresh(l);
	assert_int_equal(l->view.registers.word[REG_PC], address + TRAP_BEHIND);
	set_pc(l, address);
	poke(l, address, saved, NULL);
	return true;
}

bool live_run_to_signal(struct live *l, int number)
{
	if (!go_on(l, PTRACE_CONT, number))
		return false;
	refresh(l);
	return true;
}

bool live_step(struct live *l)
{
	if (!go_on(l, PTRACE_SINGLESTEP, SIGTRAP))
		return false;
	read_registers(l);
	return true;
}

void live_to_main(struct live *l)
{
	assert_true(live_image(l));
	live_start(l);
	image_update(l->image, &l->view);
	assert_true(live_run_to(l, image_first_stop(l->image)));
	image_update(l->image, &l->view);
}

void live_end(struct live *l)
{
	if (l->pid > 0) {
		kill(l->pid, SIGKILL);
		waitpid(l->pid, NULL, 0);
	}
	for (size_t i = 0; i < l->region_count; i++)
		free((char *)l->regions[i].name);
	image_free(l->image);
	if (l->elf >= 0)
		close(l->elf);
	memset(l, 0, sizeof(*l));
	l->elf = -1;
}

uint64_t live_function(const struct live *l, const char *name)
{
	struct function f;

	if (!function_by_name(l->image, name, &f))
		fail_msg("no function %s", name);
	return f.start;
}

uint64_t live_line(const struct live *l, unsigned line)
{
	uint64_t address;
	unsigned actual;

	if (lines_breakpoints(l->image, 0, line, &address, 1, &actual) == 0)
		fail_msg("no code at line %u", line);
	return address;
}
