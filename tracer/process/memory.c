/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The program's memory as it is now, and its region table. */
#include "tracer/process/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include "src/cleanup.h"
#include "tracer/timeline/pages.h"

enum { RANGES_MAX = 64, MAPS_MAX = 16 << 20, PAGES_AT_ONCE = 512 };

/* A thread whose memory is still there: the first one may have left before others. */
static pid_t alive(const struct process *p)
{
	for (const struct tracee *t = p->threads; t != NULL; t = t->next)
		if (t->stopped && t->id > 0)
			return t->tid;
	return p->pid;
}

size_t process_read(struct process *p, uint64_t address, void *buffer, size_t length)
{
	struct iovec to = { buffer, length }, from = { (void *)(uintptr_t)address, length };
	ssize_t n = process_vm_readv(alive(p), &to, 1, &from, 1, 0);

	return n > 0 ? (size_t)n : 0;
}

size_t process_read_ranges(struct process *p, const struct memory_range *ranges, size_t count, void *buffer)
{
	struct iovec from[RANGES_MAX], to = { buffer, 0 };
	ssize_t n;

	if (count > RANGES_MAX)
		count = RANGES_MAX;
	for (size_t i = 0; i < count; i++) {
		from[i] = (struct iovec){ (void *)(uintptr_t)ranges[i].address, ranges[i].length };
		to.iov_len += ranges[i].length;
	}
	n = process_vm_readv(alive(p), &to, 1, from, count, 0);
	return n > 0 ? (size_t)n : 0;
}

static int poke_word(pid_t tid, uint64_t address, const uint8_t *bytes, size_t skip, size_t n)
{
	long word;

	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)address, NULL);
	if (errno != 0)
		return -errno;
	memcpy((uint8_t *)&word + skip, bytes, n);
	return ptrace(PTRACE_POKEDATA, tid, (void *)(uintptr_t)address, (void *)word) == 0 ? 0 : -errno;
}

int process_write(struct process *p, uint64_t address, const void *bytes, size_t length)
{
	struct tracee *t = process_any_stopped(p);
	const uint8_t *from = bytes;

	if (t == NULL)
		return -ESRCH;
	while (length > 0) {
		size_t skip = address % sizeof(long), n = sizeof(long) - skip;
		int error;

		if (n > length)
			n = length;
		error = poke_word(t->tid, address - skip, from, skip, n);
		if (error != 0)
			return error;
		address += n;
		from += n;
		length -= n;
	}
	return 0;
}

/* -- /proc/PID/maps (proc(5)) --------------------------------------------------- */

static char *read_text(const char *path, size_t *length)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	cleanup_free char *text = NULL;
	size_t capacity = 0, n = 0;

	for (;;) {
		ssize_t got;

		if (capacity - n < 4096) {
			char *more = capacity < MAPS_MAX ? realloc(text, capacity + 16384) : NULL;

			if (more == NULL)
				return NULL;
			text = more;
			capacity += 16384;
		}
		got = fd >= 0 ? read(fd, text + n, capacity - n - 1) : -1;
		if (got < 0)
			return NULL;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
	*length = n;
	return steal_pointer(&text);
}

static bool parse_line(char *line, struct region *r)
{
	char protection[5] = "";
	unsigned long start, end, offset;
	int name = 0;

	if (sscanf(line, "%lx-%lx %4s %lx %*s %*s %n", &start, &end, protection, &offset, &name) < 4)
		return false;
	r->start = start;
	r->end = end;
	r->offset = offset;
	r->protection = (protection[0] == 'r' ? PROT_READ : 0u) |
	    (protection[1] == 'w' ? PROT_WRITE : 0u) | (protection[2] == 'x' ? PROT_EXEC : 0u);
	r->shared = protection[3] == 's';
	r->name = name > 0 ? line + name : "";
	return start < end;
}

/* The table and the text that its names point into, in one block. */
int process_regions(struct process *p, struct region **regions, size_t *count)
{
	char path[64], *next;
	size_t length, lines = 0, room;
	cleanup_free char *text = NULL;
	struct region *table;

	snprintf(path, sizeof path, "/proc/%d/maps", (int)alive(p));
	text = read_text(path, &length);
	if (text == NULL)
		return -ESRCH;
	for (size_t i = 0; i < length; i++)
		lines += text[i] == '\n';
	room = lines + 1 + SCRATCHES_MAX;
	table = malloc(room * sizeof *table + length + 1);
	if (table == NULL)
		return -ENOMEM;
	next = (char *)(table + room);
	memcpy(next, text, length + 1);
	for (*count = 0; next != NULL && *next != '\0' && *count < lines; ) {
		char *line = strsep(&next, "\n");

		if (parse_line(line, &table[*count]))
			(*count)++;
	}
	displaced_hide(p, table, count);
	*regions = table;
	return 0;
}

/* -- what is asked again and again: the files stay open ------------------------------ */

static int proc_open(struct process *p, struct proc_file *file, const char *name)
{
	pid_t tid = alive(p);
	char path[64];

	if (file->tid == tid)
		return file->fd;
	proc_close(file);
	snprintf(path, sizeof path, "/proc/%d/%s", (int)tid, name);
	file->fd = open(path, O_RDONLY | O_CLOEXEC);
	file->tid = tid;
	return file->fd;
}

void proc_close(struct proc_file *file)
{
	if (file->tid != 0 && file->fd >= 0)
		close(file->fd);
	file->tid = 0;
}

/* Documentation/admin-guide/mm/pagemap.rst: present, or swapped out. */
void process_absent(struct process *p, uint64_t address, bool *absent, size_t pages)
{
	static const uint64_t there = 1ull << 63 | 1ull << 62;
	uint64_t entries[PAGES_AT_ONCE];
	int fd = proc_open(p, &p->pagemap, "pagemap");

	if (fd < 0 || sysconf(_SC_PAGESIZE) != SHADOW_PAGE)
		return;
	for (size_t done = 0; done < pages; ) {
		size_t n = pages - done < PAGES_AT_ONCE ? pages - done : PAGES_AT_ONCE;
		ssize_t got = pread(fd, entries, n * sizeof entries[0],
		    (off_t)((address / SHADOW_PAGE + done) * sizeof entries[0]));

		for (size_t i = 0; got > 0 && i < (size_t)got / sizeof entries[0]; i++)
			absent[done + i] = (entries[i] & there) == 0;
		done += n;
	}
}

/* wait4(2): a stop tells what the whole program has used, all threads' faults among it. */
bool process_faults(const struct process *p, uint64_t *faults)
{
	*faults = p->faults;
	return p->faults_told;
}

uint64_t process_data_pages(struct process *p)
{
	char text[128];
	unsigned long pages;
	int fd = proc_open(p, &p->statm, "statm");
	ssize_t n = fd >= 0 ? pread(fd, text, sizeof text - 1, 0) : -1;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	return sscanf(text, "%*u %*u %*u %*u %*u %lu", &pages) == 1 ? pages : 0;
}
