/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Which system calls each role may make.  What is not here answers ENOSYS; a
 * foreign architecture's entry (int 0x80, x32) kills.  A denylist would leak:
 * new calls appear in every kernel.
 */
#include <asm/termbits.h>
#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "src/sandbox/calls.h"
#include "src/sandbox/internal.h"

#define H (1 << SANDBOX_HTTPD)
#define B (1 << SANDBOX_BROKER)
#define C (1 << SANDBOX_COMPILER)
#define T (1 << SANDBOX_TRACER)
#define P (1 << SANDBOX_TRACEE)
#define S (1 << SANDBOX_STUB)
#define W (1 << SANDBOX_START)	/* waits to be the program; has all of P's besides (filter.c) */
#define SERVERS (H | B)
#define WORKERS (C | T)
#define PROGRAMS (C | P)	/* run what a person chose */
#define ALL (H | B | C | T | P)
#define OURS (H | B | C | T)

/* Every flag of clone(2) that makes a namespace or hides from a tracer. */
#define CLONE_FORBIDDEN (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | \
    CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_UNTRACED | CLONE_PTRACE)

#define ALLOW(call, who)		{ .name = #call, .roles = (who), .action = CALL_ALLOW }
#define REFUSE(call)			{ .name = #call, .roles = PROGRAMS, .action = CALL_REFUSE }
#define ALLOW_IF(call, who, nth, is)	{ .name = #call, .roles = (who), .action = CALL_ALLOW, \
    .test = TEST_EQUAL, .argument = (nth), .value = (uint32_t)(is) }
#define WITHOUT(call, who, act, nth, bits) { .name = #call, .roles = (who), .action = (act), \
    .test = TEST_BITS_CLEAR, .argument = (nth), .value = (bits) }
#define REFUSE_IF(call, who, nth, is)	{ .name = #call, .roles = (who), .action = CALL_REFUSE, \
    .test = TEST_EQUAL, .argument = (nth), .value = (uint32_t)(is) }

const struct call_row sandbox_calls[] = {
	/* All of these without an argument's test but clone, which comes with one. */
#define IS(call, name) (__builtin_strcmp(#call, name) == 0)
#define TRACE(call) { .name = #call, .roles = P, .action = CALL_TRACE, \
    .test = IS(call, "clone") ? TEST_BITS_CLEAR : IS(call, "mprotect") ? TEST_UNMARKED : TEST_NONE, \
    .argument = IS(call, "mprotect") ? SANDBOX_MARKED_ARGUMENT : 0, .value = CLONE_FORBIDDEN },
	SANDBOX_TRACED_CALLS(TRACE)

	/* The tracer's own, which it has no need to be told of: two stops less for every
	 * library call that is stepped over. */
	{ .name = "mprotect", .roles = P, .action = CALL_ALLOW, .test = TEST_MARKED,
	    .argument = SANDBOX_MARKED_ARGUMENT },

	/* clone3's flags are behind a pointer, where no filter sees them: ENOSYS by
	 * default, and glibc falls back to clone. */
	WITHOUT(clone, C, CALL_ALLOW, 0, CLONE_FORBIDDEN),
	ALLOW(fork, C), ALLOW(vfork, C), ALLOW(execve, C), ALLOW(execveat, C),

	/* Descriptors that are open already. */
	ALLOW(read, OURS), ALLOW(readv, OURS), ALLOW(poll, OURS), ALLOW(ppoll, OURS),
	ALLOW(select, OURS), ALLOW(pselect6, OURS),
	ALLOW(write, ALL), ALLOW(writev, ALL), ALLOW(close, ALL), ALLOW(lseek, ALL),
	ALLOW(pread64, ALL), ALLOW(pwrite64, ALL), ALLOW(preadv, ALL), ALLOW(pwritev, ALL),
	ALLOW(dup, ALL), ALLOW(dup2, ALL), ALLOW(dup3, ALL), ALLOW(fcntl, OURS),
	ALLOW(close_range, ALL), ALLOW(fstat, ALL), ALLOW(ftruncate, ALL),
	ALLOW(pipe, ALL), ALLOW(pipe2, ALL), ALLOW(eventfd2, ALL),
	ALLOW(epoll_create, ALL), ALLOW(epoll_create1, ALL), ALLOW(epoll_ctl, ALL),
	ALLOW(epoll_wait, ALL), ALLOW(epoll_pwait, ALL), ALLOW(epoll_pwait2, ALL),
	ALLOW(timerfd_create, ALL), ALLOW(timerfd_settime, ALL), ALLOW(timerfd_gettime, ALL),
	ALLOW(signalfd4, OURS),
	/* Goes round RLIMIT_AS; the compiler's answer is one, bounded by RLIMIT_FSIZE. */
	ALLOW(memfd_create, OURS),

	/* No locks and leases: two sessions would see each other's on a file of /usr. */
	ALLOW_IF(fcntl, P, 1, F_DUPFD), ALLOW_IF(fcntl, P, 1, F_DUPFD_CLOEXEC),
	ALLOW_IF(fcntl, P, 1, F_GETFD), ALLOW_IF(fcntl, P, 1, F_SETFD),
	ALLOW_IF(fcntl, P, 1, F_GETFL), ALLOW_IF(fcntl, P, 1, F_SETFL),
	ALLOW_IF(fcntl, P, 1, F_GETOWN), ALLOW_IF(fcntl, P, 1, F_SETOWN),
	ALLOW_IF(fcntl, P, 1, F_GETPIPE_SZ), ALLOW_IF(fcntl, P, 1, F_SETPIPE_SZ),
	REFUSE_IF(fcntl, P, 1, F_GETLK), REFUSE_IF(fcntl, P, 1, F_SETLK), REFUSE_IF(fcntl, P, 1, F_SETLKW),
	REFUSE_IF(fcntl, P, 1, F_OFD_GETLK), REFUSE_IF(fcntl, P, 1, F_OFD_SETLK),
	REFUSE_IF(fcntl, P, 1, F_OFD_SETLKW),

	/* Channels and connections. */
	ALLOW(recvmsg, OURS), ALLOW(sendmsg, OURS), ALLOW(recvfrom, OURS), ALLOW(sendto, OURS),
	ALLOW(getsockopt, OURS), ALLOW(shutdown, OURS),
	ALLOW(accept, H), ALLOW(accept4, H), ALLOW(setsockopt, SERVERS),
	ALLOW(getsockname, OURS), ALLOW(getpeername, SERVERS),
	ALLOW_IF(socketpair, B, 0, AF_UNIX),

	/* Memory.  Our servers and the tracer never need new code. */
	ALLOW(mmap, C), ALLOW(mprotect, C),
	WITHOUT(mmap, H | B | T, CALL_ALLOW, 2, PROT_EXEC),
	WITHOUT(mprotect, H | B | T, CALL_ALLOW, 2, PROT_EXEC),
	ALLOW(munmap, OURS), ALLOW(mremap, OURS), ALLOW(brk, OURS),
	ALLOW(madvise, ALL), ALLOW(mincore, ALL), ALLOW(msync, ALL),

	/* Files.  The servers have none (they stand in an empty directory); fstat(3)
	 * is newfstatat(2) with an empty path. */
	ALLOW(newfstatat, ALL), ALLOW(statx, PROGRAMS | T),
	ALLOW(open, PROGRAMS | T), ALLOW(openat, PROGRAMS | T), ALLOW(openat2, PROGRAMS), ALLOW(creat, PROGRAMS),
	ALLOW(stat, PROGRAMS | T), ALLOW(lstat, PROGRAMS | T), ALLOW(access, PROGRAMS | T),
	ALLOW(faccessat, PROGRAMS | T), ALLOW(faccessat2, PROGRAMS | T),
	ALLOW(readlink, PROGRAMS | T), ALLOW(readlinkat, PROGRAMS | T),
	ALLOW(getcwd, PROGRAMS | T), ALLOW(getdents64, PROGRAMS | T), ALLOW(getdents, PROGRAMS | T),
	ALLOW(chdir, PROGRAMS), ALLOW(fchdir, PROGRAMS),
	ALLOW(statfs, PROGRAMS | T), ALLOW(fstatfs, PROGRAMS | T),
	ALLOW(mkdir, PROGRAMS | T), ALLOW(mkdirat, PROGRAMS | T), ALLOW(rmdir, PROGRAMS),
	ALLOW(unlink, PROGRAMS | T), ALLOW(unlinkat, PROGRAMS | T),
	ALLOW(rename, PROGRAMS), ALLOW(renameat, PROGRAMS), ALLOW(renameat2, PROGRAMS),
	ALLOW(link, PROGRAMS), ALLOW(linkat, PROGRAMS),
	ALLOW(symlink, PROGRAMS), ALLOW(symlinkat, PROGRAMS),
	/* Set-id bits are refused, though every mount here is nosuid. */
	WITHOUT(chmod, PROGRAMS | T, CALL_ALLOW, 1, 06000),
	WITHOUT(fchmod, PROGRAMS | T, CALL_ALLOW, 1, 06000),
	WITHOUT(fchmodat, PROGRAMS | T, CALL_ALLOW, 2, 06000),
	ALLOW(umask, PROGRAMS | T), ALLOW(truncate, PROGRAMS), ALLOW(fallocate, OURS | P),
	ALLOW(fadvise64, PROGRAMS | T), ALLOW(readahead, PROGRAMS), ALLOW(copy_file_range, PROGRAMS | T),
	ALLOW(sendfile, PROGRAMS | T), ALLOW(fsync, PROGRAMS), ALLOW(fdatasync, PROGRAMS),
	ALLOW(utimensat, PROGRAMS), ALLOW(utime, PROGRAMS), ALLOW(utimes, PROGRAMS), ALLOW(futimesat, PROGRAMS),

	/* Terminals and the like, by number: never TIOCSTI, TIOCLINUX, TIOCSCTTY. */
	ALLOW_IF(ioctl, ALL, 1, FIONREAD), ALLOW_IF(ioctl, ALL, 1, FIONBIO),
	ALLOW_IF(ioctl, PROGRAMS | T, 1, TCGETS), ALLOW_IF(ioctl, PROGRAMS | T, 1, TIOCGWINSZ),
	ALLOW_IF(ioctl, P | T, 1, TCSETS), ALLOW_IF(ioctl, P | T, 1, TCSETSW),
	ALLOW_IF(ioctl, P | T, 1, TCSETSF), ALLOW_IF(ioctl, P | T, 1, TCFLSH),
	ALLOW_IF(ioctl, P | T, 1, TIOCOUTQ), ALLOW_IF(ioctl, P | T, 1, TIOCSWINSZ),
	ALLOW_IF(ioctl, P, 1, TCSBRK), ALLOW_IF(ioctl, P, 1, TCXONC),
	ALLOW_IF(ioctl, P | T, 1, TIOCGPGRP), ALLOW_IF(ioctl, P, 1, TIOCSPGRP),
	ALLOW_IF(ioctl, P, 1, TIOCGSID),
	ALLOW_IF(ioctl, PROGRAMS, 1, FIOCLEX), ALLOW_IF(ioctl, PROGRAMS, 1, FIONCLEX),
	ALLOW_IF(ioctl, T, 1, TIOCGPTN), ALLOW_IF(ioctl, T, 1, TIOCSPTLCK), ALLOW_IF(ioctl, T, 1, TIOCGPTPEER),
	REFUSE_IF(ioctl, PROGRAMS, 1, TIOCSTI), REFUSE_IF(ioctl, PROGRAMS, 1, TIOCLINUX),
	REFUSE_IF(ioctl, PROGRAMS, 1, TIOCSCTTY),

	/* Oneself. */
	ALLOW(getpid, ALL), ALLOW(gettid, ALL), ALLOW(getppid, ALL), ALLOW(getuid, ALL), ALLOW(geteuid, ALL),
	ALLOW(getgid, ALL), ALLOW(getegid, ALL), ALLOW(getresuid, ALL), ALLOW(getresgid, ALL),
	ALLOW(getgroups, PROGRAMS), ALLOW(capget, ALL),
	ALLOW(getpgrp, PROGRAMS), ALLOW(getpgid, PROGRAMS), ALLOW(getsid, PROGRAMS),
	ALLOW(setpgid, PROGRAMS), ALLOW(setsid, PROGRAMS),
	ALLOW(uname, ALL), ALLOW(sysinfo, ALL), ALLOW(getrandom, ALL),
	ALLOW(getrusage, ALL), ALLOW(times, ALL), ALLOW(getrlimit, ALL), ALLOW(setrlimit, PROGRAMS),
	/* Another's limits are out: 0 is oneself. */
	ALLOW_IF(prlimit64, ALL, 0, 0),
	ALLOW(getpriority, PROGRAMS), ALLOW(set_tid_address, ALL), ALLOW(set_robust_list, ALL),
	ALLOW(get_robust_list, P), ALLOW(rseq, ALL), ALLOW(arch_prctl, ALL), ALLOW(getcpu, ALL),
	ALLOW(sched_yield, ALL), ALLOW(sched_getaffinity, ALL), ALLOW(sched_getparam, PROGRAMS),
	ALLOW(sched_getscheduler, PROGRAMS), ALLOW(sched_get_priority_max, PROGRAMS),
	ALLOW(sched_get_priority_min, PROGRAMS),
	ALLOW_IF(prctl, ALL, 0, PR_SET_NAME), ALLOW_IF(prctl, ALL, 0, PR_GET_NAME),
	ALLOW_IF(prctl, ALL, 0, PR_GET_NO_NEW_PRIVS), ALLOW_IF(prctl, ALL, 0, PR_GET_SECCOMP),
	ALLOW_IF(prctl, ALL, 0, PR_CAPBSET_READ), ALLOW_IF(prctl, ALL, 0, PR_GET_SECUREBITS),
	ALLOW_IF(prctl, ALL, 0, PR_GET_DUMPABLE), ALLOW_IF(prctl, C, 0, PR_SET_PDEATHSIG),
	ALLOW_IF(prctl, C, 0, PR_SET_CHILD_SUBREAPER), ALLOW_IF(prctl, P, 0, PR_GET_PDEATHSIG),
	ALLOW_IF(prctl, ALL, 0, 0x53564d41 /* PR_SET_VMA: glibc names its arenas */),

	/* Time and waiting. */
	ALLOW(clock_gettime, ALL), ALLOW(clock_getres, ALL), ALLOW(gettimeofday, ALL), ALLOW(time, ALL),
	ALLOW(nanosleep, ALL), ALLOW(clock_nanosleep, ALL), ALLOW(restart_syscall, ALL),
	ALLOW(alarm, PROGRAMS), ALLOW(setitimer, PROGRAMS | T), ALLOW(getitimer, PROGRAMS), ALLOW(pause, PROGRAMS),
	ALLOW(timer_create, P), ALLOW(timer_settime, P), ALLOW(timer_gettime, P),
	ALLOW(timer_getoverrun, P), ALLOW(timer_delete, P),
	ALLOW(futex, ALL), ALLOW(futex_waitv, P), ALLOW(membarrier, P),

	/* Signals and children. */
	ALLOW(rt_sigaction, OURS), ALLOW(rt_sigprocmask, ALL), ALLOW(rt_sigreturn, ALL),
	ALLOW(rt_sigpending, ALL), ALLOW(rt_sigsuspend, ALL), ALLOW(rt_sigtimedwait, ALL),
	ALLOW(rt_sigqueueinfo, P), ALLOW(rt_tgsigqueueinfo, P), ALLOW(sigaltstack, ALL),
	ALLOW(kill, WORKERS | P), ALLOW(tgkill, ALL), ALLOW(tkill, ALL),
	ALLOW(wait4, WORKERS | P), ALLOW(waitid, WORKERS | P),
	ALLOW(pidfd_open, WORKERS), ALLOW(pidfd_send_signal, WORKERS),
	ALLOW(exit, ALL), ALLOW(exit_group, OURS),

	/* The tracer's trade. */
	ALLOW(ptrace, T), ALLOW(process_vm_readv, T), ALLOW(process_vm_writev, T),
	ALLOW(sched_setaffinity, T),

	/* The stub reaps, and ends.  Below the level of namespaces it looks for what the
	 * program has left behind. */
	ALLOW(wait4, S), ALLOW(exit_group, S), ALLOW(close, S), ALLOW(close_range, S), ALLOW(write, S),
	ALLOW(kill, S), ALLOW(getpid, S), ALLOW(read, S), ALLOW(rt_sigreturn, S), ALLOW(restart_syscall, S),
	WITHOUT(openat, S, CALL_ALLOW, 2, O_ACCMODE | O_CREAT | O_TRUNC),

	/* The program before it is that: hears its order, takes its terminal and its
	 * filter.  The program's filter, on top of this one, has none of these. */
	ALLOW(recvmsg, W), ALLOW(seccomp, W), ALLOW(personality, W),
	ALLOW_IF(fcntl, W, 1, F_GET_SEALS),
	ALLOW_IF(prctl, W, 0, PR_SET_NO_NEW_PRIVS), ALLOW_IF(ioctl, W, 1, TIOCSCTTY),

	/* What attacks and curious programs try first: said as a refusal. */
	REFUSE(socket), REFUSE(socketpair), REFUSE(connect), REFUSE(bind), REFUSE(listen),
	REFUSE(ptrace), REFUSE(process_vm_readv), REFUSE(process_vm_writev), REFUSE(pidfd_getfd),
	REFUSE(mount), REFUSE(umount2), REFUSE(pivot_root), REFUSE(chroot), REFUSE(unshare), REFUSE(setns),
	REFUSE(mknod), REFUSE(mknodat), REFUSE(chown), REFUSE(lchown), REFUSE(fchown), REFUSE(fchownat),
	REFUSE(setuid), REFUSE(setgid), REFUSE(setreuid), REFUSE(setregid), REFUSE(setresuid),
	REFUSE(setresgid), REFUSE(setgroups), REFUSE(setfsuid), REFUSE(setfsgid), REFUSE(capset),
	REFUSE(sethostname), REFUSE(setdomainname), REFUSE(settimeofday), REFUSE(clock_settime),
	REFUSE(adjtimex), REFUSE(clock_adjtime), REFUSE(reboot), REFUSE(swapon), REFUSE(swapoff),
	REFUSE(init_module), REFUSE(finit_module), REFUSE(delete_module), REFUSE(kexec_load),
	REFUSE(kexec_file_load), REFUSE(bpf), REFUSE(perf_event_open), REFUSE(userfaultfd),
	REFUSE(io_uring_setup), REFUSE(io_uring_enter), REFUSE(io_uring_register),
	REFUSE(add_key), REFUSE(request_key), REFUSE(keyctl), REFUSE(personality),
	REFUSE(open_by_handle_at), REFUSE(name_to_handle_at), REFUSE(fanotify_init), REFUSE(quotactl),
	REFUSE(acct), REFUSE(syslog), REFUSE(iopl), REFUSE(ioperm), REFUSE(modify_ldt), REFUSE(kcmp),
	REFUSE(fsopen), REFUSE(fsconfig), REFUSE(fsmount), REFUSE(move_mount), REFUSE(open_tree),
	REFUSE(mount_setattr), REFUSE(setpriority), REFUSE(sched_setscheduler), REFUSE(sched_setparam),
	REFUSE(sched_setattr), REFUSE(shmget), REFUSE(shmat), REFUSE(semget), REFUSE(msgget), REFUSE(mq_open),
	REFUSE(seccomp), REFUSE(flock),

#if SANDBOX_SANITIZED
	/* ASan reads its own maps and unwinds on a report; code pages it makes none. */
	ALLOW(openat, H | B), ALLOW(readlink, H | B), ALLOW(sched_setaffinity, C), ALLOW(personality, H | B | T),
	ALLOW(sigaltstack, S), ALLOW(mmap, S), ALLOW(munmap, S),
#endif
};
const size_t sandbox_call_count = sizeof(sandbox_calls) / sizeof(sandbox_calls[0]);
