# SPDX-License-Identifier: AGPL-3.0-or-later
include tracer/program/local.mk
include tracer/timeline/local.mk
include tracer/process/local.mk

# The session protocol, over control.h and program/: apart, so that its tests
# can put a program of their own below it.
noinst_LIBRARIES += libsession.a
libsession_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
libsession_a_SOURCES = \
	src/session.def \
	tracer/args.c tracer/args.h tracer/args-table.c tracer/args-table.h \
	tracer/breakpoints.c tracer/breakpoints.h tracer/breakpoints-wish.c \
	tracer/call.c tracer/clients.c \
	tracer/session-events.c tracer/session-events-write.c \
	tracer/failure.c tracer/failure.h \
	tracer/literal.c tracer/literal.h \
	tracer/queries-machine.c tracer/queries-registers.c tracer/queries-stack.c \
	tracer/queries-search.c tracer/queries-syscalls.c tracer/queries-text.c tracer/queries-timeline.c tracer/queries-values.c \
	tracer/session.c tracer/session.h tracer/session-parts.h \
	tracer/session-catch.c tracer/session-hits.c tracer/session-remake.c tracer/session-rewind.c tracer/session-run.c tracer/session-settings.c \
	tracer/session-stops.c tracer/session-waiting.c tracer/session-write.c \
	tracer/signals.c tracer/signals.h \
	tracer/syscalls.c tracer/syscalls.h \
	tracer/state.c tracer/utf8.c tracer/utf8.h \
	tracer/value.c tracer/value.h \
	tracer/watchpoints.c tracer/watchpoints.h \
	tracer/writer.c tracer/writer.h tracer/writer-private.h tracer/writer-text.c

# The machine's system calls by name, as <sys/syscall.h> has them.
tracer/libsession_a-syscalls.$(OBJEXT): tracer/syscall-names.h
tracer/syscall-names.h: Makefile
	$(AM_V_GEN)$(MKDIR_P) tracer && echo '#include <sys/syscall.h>' | $(CPP) $(CPPFLAGS) -dM - | \
		sed -n 's/^#define SYS_\([a-z0-9_]*\) .*/\1/p' | LC_ALL=C sort | \
		sed 's/.*/#ifdef SYS_&\n	{ SYS_&, "&" },\n#endif/' >$@.new && mv $@.new $@
CLEANFILES += tracer/syscall-names.h

# doc/PROTOCOL.md's tables and the page's types, from session.def.
noinst_PROGRAMS += session-tables
session_tables_SOURCES = tracer/session-tables.c src/session.def
EXTRA_DIST += contrib/generate-types

pkglibexec_PROGRAMS += penguintrace-tracer
penguintrace_tracer_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS)
penguintrace_tracer_SOURCES = tracer/main.c tracer/start.c tracer/tracer.h
penguintrace_tracer_LDADD = libsession.a libengine.a libtimeline.a libprogram.a \
	librequest.a libsandbox.a libshared.a \
	$(EVENT_LIBS) $(MSGPACK_LIBS) $(JANSSON_LIBS) $(DW_LIBS) $(ELF_LIBS) $(CAPSTONE_LIBS) $(DEMANGLE_LIBS)
