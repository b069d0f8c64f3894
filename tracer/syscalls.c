/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "tracer/syscalls.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "tracer/signals.h"

enum { SHOWN_BYTES = 32, PATH_BYTES = 128, ERRNO_MAX = 4095, RESTART_MIN = 512, RESTART_MAX = 516 };

/* -- names ---------------------------------------------------------------------- */

static const struct { int number; const char *name; } names[] = {
#include "tracer/syscall-names.h"
};

enum { NAMES = sizeof names / sizeof names[0] };

const char *syscall_name(int number)
{
	for (size_t i = 0; i < NAMES; i++)
		if (names[i].number == number)
			return names[i].name;
	return NULL;
}

int syscall_number(const char *name)
{
	for (size_t i = 0; i < NAMES; i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].number;
	return -1;
}

/* -- what the arguments are ------------------------------------------------------- */

/*
 * A letter an argument: d descriptor or int, u unsigned, x hexadecimal, p pointer,
 * s path, b bytes given (the next argument says how many), o bytes answered (the
 * result says how many), S signal, O flags of open(2), P protection, M flags of
 * mmap(2), m mode, A directory's descriptor, H how of sigprocmask(2).  '=' first:
 * the result is an address.
 */
static const struct { int number; const char *letters; } calls[] = {
	{ SYS_read, "dou" }, { SYS_write, "dbu" }, { SYS_close, "d" }, { SYS_lseek, "ddd" },
	{ SYS_pread64, "doud" }, { SYS_pwrite64, "dbud" }, { SYS_readv, "dpu" }, { SYS_writev, "dpu" },
	{ SYS_mmap, "=puPMdx" }, { SYS_mprotect, "puP" }, { SYS_munmap, "pu" }, { SYS_brk, "=p" },
	{ SYS_mremap, "=puuxp" }, { SYS_madvise, "pud" },
	{ SYS_openat, "AsOm" }, { SYS_newfstatat, "Aspx" }, { SYS_fstat, "dp" }, { SYS_statx, "Asxxp" },
	{ SYS_faccessat, "Asd" }, { SYS_readlinkat, "Asou" }, { SYS_unlinkat, "Asx" },
	{ SYS_mkdirat, "Asm" }, { SYS_getcwd, "pu" }, { SYS_chdir, "s" }, { SYS_dup, "d" },
	{ SYS_dup3, "ddO" }, { SYS_pipe2, "pO" }, { SYS_fcntl, "ddx" }, { SYS_ioctl, "dxp" },
	{ SYS_ftruncate, "dd" }, { SYS_getdents64, "dpu" },
	{ SYS_rt_sigaction, "Sppu" }, { SYS_rt_sigprocmask, "Hppu" }, { SYS_rt_sigreturn, "" },
	{ SYS_sigaltstack, "pp" }, { SYS_kill, "dS" }, { SYS_tgkill, "ddS" }, { SYS_tkill, "dS" },
	{ SYS_rt_sigsuspend, "pu" }, { SYS_rt_sigtimedwait, "pppu" }, { SYS_rt_sigqueueinfo, "dSp" },
	{ SYS_rt_tgsigqueueinfo, "ddSp" },
	{ SYS_getpid, "" }, { SYS_getppid, "" }, { SYS_gettid, "" }, { SYS_getuid, "" },
	{ SYS_geteuid, "" }, { SYS_getgid, "" }, { SYS_getegid, "" }, { SYS_sched_yield, "" },
	{ SYS_uname, "p" }, { SYS_getrandom, "pux" }, { SYS_futex, "pduppu" },
	{ SYS_clock_gettime, "dp" }, { SYS_gettimeofday, "pp" }, { SYS_nanosleep, "pp" },
	{ SYS_clock_nanosleep, "ddpp" }, { SYS_setitimer, "dpp" }, { SYS_getitimer, "dp" },
	{ SYS_clone, "xpppp" }, { SYS_execve, "spp" }, { SYS_execveat, "Asppx" },
	{ SYS_exit, "d" }, { SYS_exit_group, "d" }, { SYS_wait4, "dpdp" },
	{ SYS_set_tid_address, "p" }, { SYS_set_robust_list, "pu" }, { SYS_prlimit64, "ddpp" },
	{ SYS_ppoll, "puppu" }, { SYS_pselect6, "dppppp" }, { SYS_socket, "ddd" },
	{ SYS_ptrace, "ddpp" }, { SYS_prctl, "dxxxx" }, { SYS_restart_syscall, "" },
#ifdef SYS_open
	{ SYS_open, "sOm" }, { SYS_creat, "sm" }, { SYS_stat, "sp" }, { SYS_lstat, "sp" },
	{ SYS_access, "sd" }, { SYS_readlink, "sou" }, { SYS_unlink, "s" }, { SYS_mkdir, "sm" },
	{ SYS_rmdir, "s" }, { SYS_rename, "ss" }, { SYS_pipe, "p" }, { SYS_dup2, "dd" },
	{ SYS_poll, "pud" }, { SYS_select, "dpppp" }, { SYS_alarm, "u" }, { SYS_pause, "" },
	{ SYS_fork, "" }, { SYS_vfork, "" }, { SYS_time, "p" }, { SYS_arch_prctl, "xp" },
	{ SYS_getpgrp, "" },
#endif
};

static const char *letters_of(int number)
{
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
		if (calls[i].number == number)
			return calls[i].letters;
	return "xxxxxx";
}

static const char *arguments_of(int number)
{
	const char *letters = letters_of(number);

	return *letters == '=' ? letters + 1 : letters;
}

unsigned syscall_arguments(const struct call_event *call)
{
	return (unsigned)strlen(arguments_of(call->number));
}

/* -- flags -------------------------------------------------------------------------- */

struct flag { uint64_t value; const char *name; };

static const struct flag open_flags[] = {
	{ O_CREAT, "O_CREAT" }, { O_EXCL, "O_EXCL" }, { O_TRUNC, "O_TRUNC" }, { O_APPEND, "O_APPEND" },
	{ O_NONBLOCK, "O_NONBLOCK" }, { O_CLOEXEC, "O_CLOEXEC" }, { O_DIRECTORY, "O_DIRECTORY" },
	{ O_NOFOLLOW, "O_NOFOLLOW" }, { 0, NULL },
};
static const struct flag protections[] = {
	{ PROT_READ, "PROT_READ" }, { PROT_WRITE, "PROT_WRITE" }, { PROT_EXEC, "PROT_EXEC" }, { 0, NULL },
};
static const struct flag map_flags[] = {
	{ MAP_SHARED, "MAP_SHARED" }, { MAP_PRIVATE, "MAP_PRIVATE" }, { MAP_FIXED, "MAP_FIXED" },
	{ MAP_ANONYMOUS, "MAP_ANONYMOUS" }, { MAP_NORESERVE, "MAP_NORESERVE" }, { MAP_STACK, "MAP_STACK" },
	{ MAP_DENYWRITE, "MAP_DENYWRITE" }, { 0, NULL },
};

static void put_flags(char *text, size_t size, uint64_t value, const struct flag *flags, const char *none)
{
	size_t used = (size_t)snprintf(text, size, "%s", none);

	for (; flags->name != NULL && used < size; flags++)
		if ((value & flags->value) == flags->value) {
			used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? "|" : "", flags->name);
			value &= ~flags->value;
		}
	if (used < size && (value != 0 || used == 0))
		snprintf(text + used, size - used, "%s%#llx", used > 0 ? "|" : "", (unsigned long long)value);
}

static void put_open_flags(char *text, size_t size, uint64_t value)
{
	static const char *const modes[] = { "O_RDONLY", "O_WRONLY", "O_RDWR", "" };

	put_flags(text, size, value & ~(uint64_t)O_ACCMODE, open_flags, modes[value & O_ACCMODE]);
}

/* -- bytes ---------------------------------------------------------------------------- */

static size_t escape(char *out, unsigned char byte)
{
	static const char plain[] = "\n\r\t\\\"", letters[] = "nrt\\\"";
	const char *at = byte != '\0' ? strchr(plain, byte) : NULL;

	if (at != NULL)
		return (size_t)sprintf(out, "\\%c", letters[at - plain]);
	return (size_t)sprintf(out, byte >= ' ' && byte <= '~' ? "%c" : "\\x%02x", byte);
}

/* In quotes, as far as there is room; '…' behind it when there is more. */
static void put_bytes(char *text, const struct view *view, uint64_t address, uint64_t length, bool string)
{
	unsigned char bytes[PATH_BYTES];
	bool more;
	size_t want = string ? sizeof bytes : SHOWN_BYTES, got, shown, used = 1;

	if (length < want)
		want = (size_t)length;
	got = view != NULL && address != 0 ? view_read(view, address, bytes, want) : 0;
	if (got == 0 && want > 0) {
		snprintf(text, SYSCALL_ARGUMENT_MAX, address == 0 ? "NULL" : "%#llx", (unsigned long long)address);
		return;
	}
	shown = string ? strnlen((const char *)bytes, got) : got;
	more = string ? shown == got : got < length;
	text[0] = '"';
	for (size_t i = 0; i < shown; i++) {
		if (used >= SYSCALL_ARGUMENT_MAX - 12) {
			more = true;
			break;
		}
		used += escape(text + used, bytes[i]);
	}
	strcpy(text + used, more ? "\"…" : "\"");
}

/* -- an argument ------------------------------------------------------------------------ */

static void put_pointer(char *text, uint64_t value)
{
	snprintf(text, SYSCALL_ARGUMENT_MAX, value == 0 ? "NULL" : "%#llx", (unsigned long long)value);
}

static void put_signed(char *text, uint64_t value)
{
	snprintf(text, SYSCALL_ARGUMENT_MAX, "%d", (int)value);
}

static void put_named(char *text, uint64_t value, char letter)
{
	static const char *const hows[] = { "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK" };

	if (letter == 'S' && value > 0 && value < 65)
		signal_name((int)value, text, SYSCALL_ARGUMENT_MAX);
	else if (letter == 'H' && value < 3)
		strcpy(text, hows[value]);
	else if (letter == 'A' && (int)value == AT_FDCWD)
		strcpy(text, "AT_FDCWD");
	else
		put_signed(text, value);
}

bool syscall_answers(const struct call_event *call, unsigned index)
{
	return arguments_of(call->number)[index] == 'o' && (call->flags & CALL_RETURNED) && call->result > 0;
}

void syscall_argument(const struct call_event *call, unsigned index, const struct view *view,
    char text[SYSCALL_ARGUMENT_MAX])
{
	char letter = arguments_of(call->number)[index];
	uint64_t value = call->arguments[index];

	switch (letter) {
	case 'd': put_signed(text, value); break;
	case 'u': snprintf(text, SYSCALL_ARGUMENT_MAX, "%llu", (unsigned long long)value); break;
	case 'm': snprintf(text, SYSCALL_ARGUMENT_MAX, "%#o", (unsigned)value); break;
	case 'p': put_pointer(text, value); break;
	case 's': put_bytes(text, view, value, UINT64_MAX, true); break;
	case 'b': put_bytes(text, view, value, call->arguments[index + 1], false); break;
	case 'o':
		if (syscall_answers(call, index))
			put_bytes(text, view, value, (uint64_t)call->result, false);
		else
			put_pointer(text, value);
		break;
	case 'O': put_open_flags(text, SYSCALL_ARGUMENT_MAX, value); break;
	case 'P': put_flags(text, SYSCALL_ARGUMENT_MAX, value, protections, value == 0 ? "PROT_NONE" : ""); break;
	case 'M': put_flags(text, SYSCALL_ARGUMENT_MAX, value, map_flags, ""); break;
	case 'S': case 'H': case 'A': put_named(text, value, letter); break;
	default: snprintf(text, SYSCALL_ARGUMENT_MAX, "%#llx", (unsigned long long)value); break;
	}
}

void syscall_result(const struct call_event *call, char text[32], const char **error)
{
	*error = NULL;
	if (!(call->flags & CALL_RETURNED)) {
		strcpy(text, "?");
	} else if (call->result < 0 && call->result >= -ERRNO_MAX) {
		*error = call->result <= -RESTART_MIN && call->result >= -RESTART_MAX ?
		    "ERESTART" : strerrorname_np((int)-call->result);
		strcpy(text, "-1");
	} else {
		snprintf(text, 32, *letters_of(call->number) == '=' ? "%#llx" : "%lld", (long long)call->result);
	}
}
