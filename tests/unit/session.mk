# SPDX-License-Identifier: AGPL-3.0-or-later
check_PROGRAMS += tests/unit/test-writer tests/unit/test-session tests/unit/test-literal tests/unit/test-syscalls
TESTS += tests/unit/test-writer tests/unit/test-session tests/unit/test-literal tests/unit/test-syscalls

session_test_flags = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(EVENT_CFLAGS) $(JANSSON_CFLAGS) $(MSGPACK_CFLAGS)
session_test_libs = libsession.a librequest.a libshared.a \
	$(CMOCKA_LIBS) $(EVENT_LIBS) $(JANSSON_LIBS) $(MSGPACK_LIBS)

tests_unit_test_writer_SOURCES = tests/unit/test-writer.c tests/unit/unit.h
tests_unit_test_writer_CFLAGS = $(session_test_flags)
tests_unit_test_writer_LDADD = $(session_test_libs)
tests_unit_test_session_SOURCES = tests/unit/test-session.c tests/unit/unit.h \
	tests/unit/fake-control.c tests/unit/fake-control.h
tests_unit_test_session_CFLAGS = $(session_test_flags)
# libprogram.a for the register table only: what it means is the fake's.
tests_unit_test_session_LDADD = libsession.a libprogram.a $(session_test_libs) $(DEMANGLE_LIBS)
tests_unit_test_literal_SOURCES = tests/unit/test-literal.c tests/unit/unit.h
tests_unit_test_literal_CFLAGS = $(session_test_flags)
tests_unit_test_literal_LDADD = $(session_test_libs)
tests_unit_test_syscalls_SOURCES = tests/unit/test-syscalls.c tests/unit/unit.h
tests_unit_test_syscalls_CFLAGS = $(session_test_flags)
tests_unit_test_syscalls_LDADD = $(session_test_libs)
