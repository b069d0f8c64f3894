/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What hostile code tries first; each must fail in the way that is written beside it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/sandbox-inside.h"

#define TRY(name, call) static long name(void) { return (long)(call); }
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

TRY(open_passwd, open("/etc/passwd", O_RDONLY))
TRY(open_shadow, open("/etc/shadow", O_RDONLY))
TRY(open_home, open("/root", O_RDONLY))
TRY(open_sys, open("/sys", O_RDONLY))
TRY(open_run, open("/run", O_RDONLY))
TRY(open_tty, open("/dev/tty", O_RDWR))
TRY(open_ptmx, open("/dev/ptmx", O_RDWR))
TRY(open_kvm, open("/dev/kvm", O_RDWR))
TRY(write_usr, open("/usr/bin/attempt", O_WRONLY | O_CREAT, 0700))
TRY(write_root, open("/attempt", O_WRONLY | O_CREAT, 0700))
TRY(overwrite_libc, open("/usr/bin/env", O_WRONLY))
TRY(make_device, mknod("/tmp/device", S_IFCHR | 0666, 0x103))
TRY(set_id, (close(open("/tmp/file", O_WRONLY | O_CREAT, 0700)), chmod("/tmp/file", 06755)))
TRY(inet, socket(AF_INET, SOCK_STREAM, 0))
TRY(inet6, socket(AF_INET6, SOCK_DGRAM, 0))
TRY(unix_socket, socket(AF_UNIX, SOCK_STREAM, 0))
TRY(netlink, socket(AF_NETLINK, SOCK_RAW, 0))
TRY(vsock, socket(40, SOCK_STREAM, 0))
TRY(alg, socket(38, SOCK_SEQPACKET, 0))
TRY(new_user, unshare(CLONE_NEWUSER))
TRY(new_user_by_clone, syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0))
TRY(untraced_clone, syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0))
TRY(clone3, syscall(SYS_clone3, NULL, 0))
TRY(mount_it, syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL))
TRY(unmount_it, syscall(SYS_umount2, "/usr", 2))
TRY(file_system_open, syscall(SYS_fsopen, "tmpfs", 0))
TRY(chroot_it, chroot("/tmp"))
TRY(become_root, setuid(0))
TRY(trace_init, ptrace(PTRACE_ATTACH, 1, 0, 0))
TRY(trace_me, ptrace(PTRACE_TRACEME, 0, 0, 0))
TRY(ring, syscall(SYS_io_uring_setup, 1, NULL))
TRY(bpf, syscall(SYS_bpf, 0, NULL, 0))
TRY(perf, syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0))
TRY(user_fault, syscall(SYS_userfaultfd, 0))
TRY(key, syscall(SYS_keyctl, 0, -3, 0))
TRY(handle, syscall(SYS_open_by_handle_at, AT_FDCWD, NULL, 0))
TRY(late_chmod, syscall(452, AT_FDCWD, "/tmp/file", 06755, 0))
TRY(unknown, syscall(600))
TRY(push_input, ioctl(0, TIOCSTI, "x"))
TRY(push_input_wide, syscall(SYS_ioctl, 0, TIOCSTI | 1ul << 32, "x"))
TRY(paste, ioctl(0, TIOCLINUX, "\3"))
TRY(take_tty, ioctl(0, TIOCSCTTY, 1))
TRY(limit_parent, syscall(SYS_prlimit64, getppid(), RLIMIT_CPU, NULL, NULL))
TRY(parent_memory, syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0))
TRY(shared_memory, syscall(SYS_shmget, 1, 4096, 01600))

const struct attempt common_attempts[] = {
	{ "open /etc/passwd", open_passwd, { ENOENT, EACCES } },
	{ "open /etc/shadow", open_shadow, { ENOENT, EACCES } },
	{ "open /root", open_home, { ENOENT, EACCES } },
	{ "open /sys", open_sys, { ENOENT, EACCES } },
	{ "open /run", open_run, { ENOENT, EACCES } },
	{ "open /dev/tty", open_tty, { ENOENT, EACCES } },
	{ "open /dev/ptmx", open_ptmx, { ENOENT, EACCES } },
	{ "open /dev/kvm", open_kvm, { ENOENT, EACCES } },
	{ "write to /usr", write_usr, { EROFS, EACCES } },
	{ "write to /", write_root, { EROFS, EACCES } },
	{ "overwrite a program", overwrite_libc, { EROFS, EACCES } },
	{ "make a device", make_device, { EPERM } },
	{ "chmod 06755", set_id, { ENOSYS, EPERM } },
	{ "AF_INET", inet, { EPERM } },
	{ "AF_INET6", inet6, { EPERM } },
	{ "AF_UNIX", unix_socket, { EPERM } },
	{ "AF_NETLINK", netlink, { EPERM } },
	{ "AF_VSOCK", vsock, { EPERM } },
	{ "AF_ALG", alg, { EPERM } },
	{ "unshare a user namespace", new_user, { EPERM } },
	{ "clone a user namespace", new_user_by_clone, { ENOSYS, EPERM } },
	{ "clone untraced", untraced_clone, { ENOSYS, EPERM } },
	{ "clone3", clone3, { ENOSYS } },
	{ "mount", mount_it, { EPERM } },
	{ "umount2", unmount_it, { EPERM } },
	{ "fsopen", file_system_open, { EPERM } },
	{ "chroot", chroot_it, { EPERM } },
	{ "setuid 0", become_root, { EPERM } },
	{ "trace pid 1", trace_init, { EPERM } },
	{ "PTRACE_TRACEME", trace_me, { EPERM } },
	{ "io_uring_setup", ring, { EPERM } },
	{ "bpf", bpf, { EPERM } },
	{ "perf_event_open", perf, { EPERM } },
	{ "userfaultfd", user_fault, { EPERM } },
	{ "keyctl", key, { EPERM } },
	{ "open_by_handle_at", handle, { EPERM } },
	{ "fchmodat2", late_chmod, { ENOSYS } },
	{ "a system call that nobody knows", unknown, { ENOSYS } },
	{ "TIOCSTI", push_input, { EPERM } },
	{ "TIOCSTI with a bit that the kernel ignores", push_input_wide, { EPERM } },
	{ "TIOCLINUX", paste, { EPERM } },
	{ "TIOCSCTTY", take_tty, { EPERM } },
	{ "read the parent's memory", parent_memory, { EPERM } },
	{ "System V shared memory", shared_memory, { EPERM } },
};
const size_t common_attempt_count = COUNT(common_attempts);

TRY(open_proc, open("/proc/self/environ", O_RDONLY))
TRY(open_proc_maps, open("/proc/1/maps", O_RDONLY))
TRY(set_affinity, syscall(SYS_sched_setaffinity, 0, 0, NULL))

const struct attempt compiler_attempts[] = {
	{ "open /proc/self/environ", open_proc, { ENOENT } },
	{ "open /proc/1/maps", open_proc_maps, { ENOENT } },
	{ "sched_setaffinity", set_affinity, { ENOSYS } },
};
const size_t compiler_attempt_count = COUNT(compiler_attempts);

TRY(memory_file, memfd_create("x", 0))
TRY(write_itself, open("/work/program", O_WRONLY))
TRY(write_self_exe, open("/proc/self/exe", O_WRONLY))
TRY(init_memory, open("/proc/1/mem", O_RDWR))
TRY(init_environment, open("/proc/1/environ", O_RDONLY))
TRY(init_files, open("/proc/1/root/etc", O_RDONLY))
TRY(other_pid, open("/proc/7/status", O_RDONLY))
TRY(sysctl_file, open("/proc/sys/kernel/hostname", O_RDONLY))
TRY(wait_queue, syscall(SYS_pidfd_open, 1, 0))
TRY(kill_other, kill(4242, SIGKILL))

const struct attempt tracee_attempts[] = {
	{ "memfd_create", memory_file, { ENOSYS } },
	{ "overwrite itself", write_itself, { EROFS, EACCES, ETXTBSY } },
	{ "overwrite /proc/self/exe", write_self_exe, { EROFS, EACCES, ETXTBSY } },
	{ "open /proc/1/mem", init_memory, { EACCES, ENOENT } },
	{ "open /proc/1/environ", init_environment, { EACCES, ENOENT } },
	{ "open /proc/1/root", init_files, { EACCES, ENOENT } },
	{ "see another process", other_pid, { ENOENT } },
	{ "open /proc/sys", sysctl_file, { ENOENT, EACCES } },
	{ "pidfd_open", wait_queue, { ENOSYS } },
	{ "kill another process", kill_other, { ESRCH } },
	{ "prlimit64 of the parent", limit_parent, { ENOSYS, EPERM } },
	{ "sched_setaffinity", set_affinity, { ENOSYS } },
};
const size_t tracee_attempt_count = COUNT(tracee_attempts);

int attempts_fail(const char *who, const struct attempt *attempts, size_t count)
{
	int wrong = 0;

	for (size_t i = 0; i < count; i++) {
		long got = (errno = 0, attempts[i].try());
		bool right = got == -1 && errno != 0;

		if (right)
			right = errno == attempts[i].want[0] || errno == attempts[i].want[1] ||
			    errno == attempts[i].want[2];
		if (!right) {
			fprintf(stderr, "# %s: %s: returned %ld, %s\n", who, attempts[i].what, got, strerror(errno));
			wrong++;
		}
	}
	return wrong;
}

int descriptors_open(void)
{
	int open_count = 0;

	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
		open_count += fcntl(fd, F_GETFD) >= 0;
	return open_count;
}

#if defined(__x86_64__)
static bool dies_of_sigsys(void (*enter)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		enter();
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static void enter_by_int80(void)
{
	long number = 20;	/* getpid of i386 */

	__asm__ volatile("int $0x80" : "+a"(number) : : "memory");
}

static void enter_by_x32(void)
{
	syscall(0x40000000 | SYS_getpid);
}

bool foreign_entry_kills(void)
{
	return dies_of_sigsys(enter_by_int80) && dies_of_sigsys(enter_by_x32);
}
#else
bool foreign_entry_kills(void)
{
	return true;	/* no second door that 64-bit code could take */
}
#endif
