# SPDX-License-Identifier: AGPL-3.0-or-later
pkglibexec_PROGRAMS += penguintrace-compiler

# All but main, for the tests too.
noinst_LIBRARIES += libcompiler.a
libcompiler_a_SOURCES = \
	compiler/job.h compiler/job.c \
	compiler/command.h compiler/command.c compiler/assembly.h compiler/assembly.c \
	compiler/flags.h compiler/flags.c \
	compiler/toolchain.h compiler/toolchain.c \
	compiler/workdir.h compiler/workdir.c \
	compiler/run.h compiler/run.c compiler/guard.h compiler/guard.c \
	compiler/diagnostics.h compiler/diagnostics.c compiler/render.c \
	compiler/names.h compiler/names.c
libcompiler_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

# The table of toolchains is compiled in: the sandbox shows no configuration.
nodist_libcompiler_a_SOURCES = compiler/toolchains.c
EXTRA_DIST += compiler/toolchains.conf compiler/toolchains.awk
CLEANFILES += compiler/toolchains.c
compiler/toolchains.c: compiler/toolchains.conf compiler/toolchains.awk
	$(AM_V_GEN)$(MKDIR_P) compiler && \
	$(AWK) -f $(srcdir)/compiler/toolchains.awk $(srcdir)/compiler/toolchains.conf > $@.tmp && \
	mv $@.tmp $@

penguintrace_compiler_SOURCES = compiler/main.c
penguintrace_compiler_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(MSGPACK_CFLAGS)
penguintrace_compiler_LDADD = libcompiler.a librequest.a libsandbox.a libshared.a \
	$(EVENT_LIBS) $(MSGPACK_LIBS) $(JANSSON_LIBS)
