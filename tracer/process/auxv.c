/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What the kernel gives each run anew, made the same: so that the same commands
 * lead through the same moments.  It stands in the auxiliary vector (getauxval(3)),
 * above the environment on the new program's stack (System V ABI, 3.4.1).
 */
#include "tracer/process/private.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "src/cleanup.h"

enum { ENTRIES_MAX = 64, STRINGS_MAX = 65536 };

/* AT_RANDOM's bytes: the stack protector's canary and the pointer guard come from them. */
static const uint8_t same_bytes[16] = "\0penguin\0tracing";

/* Behind argc, the arguments and the environment, each list ended by 0.  0: not there. */
static uint64_t find_vector(struct process *p, uint64_t at)
{
	uint64_t words[512];
	size_t lists = 0, got;

	at += sizeof(uint64_t);		/* argc */
	for (size_t n = 0; n < STRINGS_MAX; n += got) {
		got = process_read(p, at, words, sizeof words) / sizeof words[0];
		if (got == 0)
			return 0;
		for (size_t i = 0; i < got; i++) {
			at += sizeof(uint64_t);
			if (words[i] == 0 && ++lists == 2)
				return at;
		}
	}
	return 0;
}

static bool fix_random(struct process *p, const Elf64_auxv_t *entry)
{
	return process_write(p, entry->a_un.a_val, same_bytes, sizeof same_bytes) == 0;
}

/* Without the vDSO the clock is read by system calls, which the record sees. */
static bool hide_vdso(struct process *p, uint64_t at)
{
	static const uint64_t ignore = AT_IGNORE;

	return process_write(p, at, &ignore, sizeof ignore) == 0;
}

static unsigned settle_vector(struct process *p, uint64_t at)
{
	Elf64_auxv_t entries[ENTRIES_MAX];
	size_t count = process_read(p, at, entries, sizeof entries) / sizeof entries[0];
	unsigned left = VARIES_RANDOM | VARIES_TIME;

	for (size_t i = 0; i < count && entries[i].a_type != AT_NULL; i++) {
		if (entries[i].a_type == AT_RANDOM && fix_random(p, &entries[i]))
			left &= ~(unsigned)VARIES_RANDOM;
		else if (entries[i].a_type == AT_SYSINFO_EHDR &&
		    hide_vdso(p, at + i * sizeof entries[0]))
			left &= ~(unsigned)VARIES_TIME;
	}
	return left;
}

/* proc(5), /proc/PID/personality: hexadecimal. */
static bool has_fixed_addresses(pid_t pid)
{
	char path[64], text[32] = "";
	cleanup_close int fd = -1;

	snprintf(path, sizeof path, "/proc/%d/personality", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, text, sizeof text - 1) > 0 &&
	    (strtoul(text, NULL, 16) & ADDR_NO_RANDOMIZE) != 0;
}

unsigned process_settle(struct tracee *t)
{
	uint64_t at = find_vector(t->process, t->registers.word[REG_SP]);
	unsigned left = at != 0 ? settle_vector(t->process, at) : VARIES_RANDOM | VARIES_TIME;

	return left | (has_fixed_addresses(t->tid) ? 0 : VARIES_ADDRESSES);
}
