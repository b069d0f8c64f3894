# SPDX-License-Identifier: AGPL-3.0-or-later
# The shared library: what every process links.  request.c is apart, because
# only the compiler and the tracer may parse what a person sent.
noinst_LIBRARIES += libshared.a librequest.a

libshared_a_SOURCES = \
	src/msg.def src/msg.h src/msg.c \
	src/mpread.h src/mpread.c \
	src/chan.h src/chan.c src/handlers.h \
	src/launch.h src/log.h src/log.c src/cleanup.h src/bisect.h \
	src/fdutil.h src/fdutil.c \
	src/settings.def src/conf.h src/conf.c \
	src/conf-forms.h src/conf-forms.c
libshared_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(MSGPACK_CFLAGS)

librequest_a_SOURCES = src/request.h src/request.c src/request-files.h src/request-files.c
librequest_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

# Documents that follow from the tables: sample configuration, man page.
noinst_PROGRAMS += tables
tables_SOURCES = src/tables.c
tables_CFLAGS = $(AM_CFLAGS) $(MSGPACK_CFLAGS)
tables_LDADD = libshared.a $(MSGPACK_LIBS)

nodist_man_MANS = penguintrace.8
EXTRA_DIST += doc/penguintrace.8.in
CLEANFILES += penguintrace.8 penguintrace.conf.sample
penguintrace.8: doc/penguintrace.8.in tables$(EXEEXT)
	$(AM_V_GEN)./tables man $(srcdir)/doc/penguintrace.8.in >$@.tmp && mv $@.tmp $@
penguintrace.conf.sample: tables$(EXEEXT)
	$(AM_V_GEN)./tables sample >$@.tmp && mv $@.tmp $@
exampledir = $(docdir)
nodist_example_DATA = penguintrace.conf.sample
