# SPDX-License-Identifier: AGPL-3.0-or-later
# The launcher and the command line, one program.
bin_PROGRAMS += penguintrace
penguintrace_SOURCES = \
	src/launcher.h src/launcher.c src/launcher-start.c src/launcher-listen.c \
	src/launcher-children.c src/launcher-broker.c \
	src/cli/cli.h src/cli/options.c src/cli/doctor.c
penguintrace_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS)
penguintrace_LDADD = libsandboxspawn.a libsandbox.a libshared.a $(SECCOMP_LIBS) $(CAP_LIBS) $(EVENT_LIBS)
EXTRA_DIST += contrib/apparmor/penguintrace
