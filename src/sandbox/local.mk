# SPDX-License-Identifier: AGPL-3.0-or-later
# libsandbox.a links nothing and is for every process; libsandboxspawn.a links
# libseccomp and libcap and is the launcher's alone.
noinst_LIBRARIES += libsandbox.a libsandboxspawn.a

libsandbox_a_SOURCES = \
	src/sandbox/sandbox.h src/sandbox/internal.h \
	src/sandbox/error.c src/sandbox/profiles.c \
	src/sandbox/userns.c src/sandbox/root.c src/sandbox/caps.c \
	src/sandbox/limits.c src/sandbox/landlock.c src/sandbox/policy.c \
	src/sandbox/prove.c src/sandbox/self.c \
	src/sandbox/tracee.h src/sandbox/tracee.c src/sandbox/stub.c src/sandbox/program.c

libsandboxspawn_a_SOURCES = \
	src/sandbox/calls.h src/sandbox/calls.c src/sandbox/filter.c \
	src/sandbox/launcher.c src/sandbox/executable.c src/sandbox/clean.c src/sandbox/spawn.c src/sandbox/probe.c
libsandboxspawn_a_CFLAGS = $(AM_CFLAGS) $(SECCOMP_CFLAGS) $(CAP_CFLAGS)
